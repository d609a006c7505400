//! Mutants of A1.11: bias and variance.

use a1_backprop::parts::generalisation as reference;
use burn::tensor::Tensor;
use common::contract::a1::BiasVariance;
use hidden_suite::Mutant;

use super::generalisation::PART;

/// The mutants of the decomposition.
pub fn mutants() -> Vec<Mutant> {
    let mut all = bias_variance();
    all.extend(polynomial_bias_variance());
    all
}

/// The reference's decomposition, spoilt.
fn spoilt(
    f: Tensor<2>,
    t: Tensor<1>,
    noise: f64,
    spoil: impl FnOnce(&mut BiasVariance),
) -> BiasVariance {
    let mut parts = reference::bias_variance(f, t, noise);
    spoil(&mut parts);
    parts
}

fn bias_variance() -> Vec<Mutant> {
    vec![
        mutant!(
            generalisation.bias_variance / "variance_over_sets_less_one",
            "the unbiased estimate of the variance",
            |f, t, noise| {
                let sets = f.dims()[0] as f64;
                spoilt(f, t, noise, |p| p.variance *= sets / (sets - 1.0))
            }
        ),
        mutant!(
            generalisation.bias_variance / "bias_squared_at_last",
            "the mean of the biases, squared",
            |f, t, noise| {
                let bias: f64 = (f.clone().mean_dim(0) - t.clone().unsqueeze())
                    .mean()
                    .into_scalar();
                spoilt(f, t, noise, |p| p.bias_squared = bias * bias)
            }
        ),
        mutant!(
            generalisation.bias_variance / "bias_of_each_prediction",
            "the bias is the mean of (f - t)^2",
            |f, t, noise| spoilt(f, t, noise, |p| p.bias_squared = p.expected_error - p.noise)
        ),
        mutant!(
            generalisation.bias_variance / "variance_around_the_truth",
            "the variance is the mean of (f - t)^2",
            |f, t, noise| spoilt(f, t, noise, |p| p.variance = p.expected_error - p.noise)
        ),
        mutant!(
            generalisation.bias_variance / "variance_over_points",
            "the spread of a data set's predictions over the points",
            |f, t, noise| {
                let mean = f.clone().mean_dim(1);
                let variance = (f.clone() - mean).square().mean().into_scalar();
                spoilt(f, t, noise, |p| p.variance = variance)
            }
        ),
        mutant!(
            generalisation.bias_variance / "sum_over_points",
            "bias and variance are sums over the points",
            |f, t, noise| {
                let points = t.dims()[0] as f64;
                spoilt(f, t, noise, |p| {
                    p.bias_squared *= points;
                    p.variance *= points;
                    p.expected_error = p.bias_squared + p.variance + p.noise;
                })
            }
        ),
        mutant!(
            generalisation.bias_variance / "standard_deviation",
            "the root of the variance",
            |f, t, noise| spoilt(f, t, noise, |p| p.variance = p.variance.sqrt())
        ),
        mutant!(
            generalisation.bias_variance / "bias_not_squared",
            "the root of the squared bias",
            |f, t, noise| spoilt(f, t, noise, |p| p.bias_squared = p.bias_squared.sqrt())
        ),
        mutant!(
            generalisation.bias_variance / "noise_squared",
            "noise_variance is taken for a deviation",
            |f, t, noise| reference::bias_variance(f, t, noise * noise)
        ),
        mutant!(
            generalisation.bias_variance / "error_without_noise",
            "the expected error is that against the truth",
            |f, t, noise| spoilt(f, t, noise, |p| p.expected_error -= noise)
        ),
        mutant!(
            generalisation.bias_variance / "first_data_set_only",
            "the mean prediction is that of the first data set",
            |f, t, noise| {
                let first = f.clone().narrow(0, 0, 1);
                let mut parts = reference::bias_variance(first.clone(), t.clone(), noise);
                parts.variance = (f.clone() - first).square().mean().into_scalar();
                parts.expected_error = reference::bias_variance(f, t, noise).expected_error;
                parts
            }
        ),
    ]
}

fn polynomial_bias_variance() -> Vec<Mutant> {
    vec![
        mutant!(
            generalisation.polynomial_bias_variance / "training_points_for_bias",
            "bias and variance are measured at the points that were fitted",
            |x, y, _, _, degree, noise| {
                let truth = y.clone().mean_dim(0).squeeze_dim(0);
                reference::polynomial_bias_variance(x.clone(), y, x, truth, degree, noise)
            }
        ),
        mutant!(
            generalisation.polynomial_bias_variance / "one_fit_to_the_mean",
            "one polynomial, fitted to the mean of the data sets",
            |x, y, test_x, truth, degree, noise| reference::polynomial_bias_variance(
                x,
                y.mean_dim(0),
                test_x,
                truth,
                degree,
                noise
            )
        ),
        mutant!(
            generalisation.polynomial_bias_variance / "degree_less_one",
            "degree coefficients in place of degree + 1",
            |x, y, test_x, truth, degree, noise| reference::polynomial_bias_variance(
                x,
                y,
                test_x,
                truth,
                degree.max(1) - 1,
                noise
            )
        ),
        mutant!(
            generalisation.polynomial_bias_variance / "no_constant",
            "polynomials through the origin",
            |x, y, test_x, truth, degree, noise| {
                let of = |x: Tensor<1>| {
                    reference::polynomial_features(x, degree + 1).narrow(1, 1, degree + 1)
                };
                let w = reference::least_squares(of(x), y.transpose());
                reference::bias_variance(of(test_x).matmul(w).transpose(), truth, noise)
            }
        ),
        mutant!(
            generalisation.polynomial_bias_variance / "last_data_set_left_out",
            "one data set too few",
            |x, y, test_x, truth, degree, noise| {
                let sets = y.dims()[0];
                let y = y.narrow(0, 0, sets - 1);
                reference::polynomial_bias_variance(x, y, test_x, truth, degree, noise)
            }
        ),
        mutant!(
            generalisation.polynomial_bias_variance / "noise_from_residuals",
            "the noise is the mean squared residual of the fits",
            |x, y, test_x, truth, degree, noise| {
                let f = reference::polynomial_features(x.clone(), degree);
                let w = reference::least_squares(f.clone(), y.clone().transpose());
                let residual = (f.matmul(w) - y.clone().transpose()).square().mean();
                let mut parts =
                    reference::polynomial_bias_variance(x, y, test_x, truth, degree, noise);
                parts.noise = residual.into_scalar();
                parts.expected_error = parts.bias_squared + parts.variance + parts.noise;
                parts
            }
        ),
        mutant!(
            generalisation.polynomial_bias_variance / "truth_is_noisy",
            "the noise counts a second time in the expected error",
            |x, y, test_x, truth, degree, noise| {
                let mut parts =
                    reference::polynomial_bias_variance(x, y, test_x, truth, degree, noise);
                parts.expected_error += noise;
                parts
            }
        ),
    ]
}
