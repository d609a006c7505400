//! A1.11 Generalisation: what a fit to some samples is worth on others.
//!
//! Every model here is linear in features: `predictions = features w`, fitted by least squares, so that the
//! best fit is found exactly and what is left to study is generalisation alone. Systems of linear equations
//! are solved by the given [`solve`]. The error of predictions is everywhere the mean squared error
//!
//! ```text
//! the mean over samples and outputs of  (prediction - y)^2
//! ```

use burn::tensor::Tensor;
use common::contract::a1::{BiasVariance, ErrorCurve, RegressionSet, SelectedModel};
use common::linear::solve;

/// The powers of each number: column `k` holds `x^k`, from the constant `x^0 = 1` on.
///
/// - `x`: `[n]`. Gives `[n, degree + 1]`.
pub fn polynomial_features(x: Tensor<1>, degree: usize) -> Tensor<2> {
    // BEGIN SOLUTION A1.11 polynomial_features
    let mut powers = vec![x.ones_like()];
    for k in 0..degree {
        powers.push(powers[k].clone() * x.clone());
    }
    Tensor::stack(powers, 1)
    // END SOLUTION
}

/// The hidden layer of a network whose first weights stay as they were drawn: `max(x w, 0)`.
///
/// - `x`: `[n, inputs]`; `weights`: `[inputs, width]`. Gives `[n, width]`.
///
/// Source: Rahimi & Recht, "Random features for large-scale kernel machines" (2007).
pub fn relu_features(x: Tensor<2>, weights: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.11 relu_features
    x.matmul(weights).clamp_min(0.0)
    // END SOLUTION
}

/// The coefficients `w` with the smallest squared error of `features w`; if many `w` share it, the one of
/// the smallest norm. This is the pseudo-inverse of the features times the targets.
///
/// With `n` samples and `d` features it comes from the smaller of two systems of linear equations:
///
/// ```text
/// d <= n:   (F^T F) w = F^T y                  the normal equations, d x d
/// d > n:    w = F^T a  with  (F F^T) a = y     every sample is fitted exactly, n x n
/// ```
///
/// In the second case `w` is a combination of the samples. It has no part in the directions that no
/// sample sees, and so it is the shortest of all that fit.
///
/// - `features`: `[n, d]`, with independent columns if `d <= n` and independent rows if `d >= n`;
///   `targets`: `[n, outputs]`. Gives `[d, outputs]`.
pub fn least_squares(features: Tensor<2>, targets: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.11 least_squares
    let [n, d] = features.dims();
    let transposed = features.clone().transpose();
    if d <= n {
        let gram = transposed.clone().matmul(features);
        solve(gram, transposed.matmul(targets))
    } else {
        let gram = features.matmul(transposed.clone());
        transposed.matmul(solve(gram, targets))
    }
    // END SOLUTION
}

// BEGIN SOLUTION
fn mean_square(differences: Tensor<2>) -> f64 {
    differences.square().mean().into_scalar()
}

/// The mean squared error of `x w`.
fn error(x: Tensor<2>, w: Tensor<2>, y: Tensor<2>) -> f64 {
    mean_square(x.matmul(w) - y)
}
// END SOLUTION

/// Splits the expected error of a learner into three terms.
///
/// The learner was trained on many data sets, and each time asked for predictions `f` at the same test
/// points. With `m` the mean of `f` over the data sets at a point, and `t` the truth there,
///
/// ```text
/// bias_squared   = the mean over points of                 (m - t)^2
/// variance       = the mean over points and data sets of   (f - m)^2
/// noise          = noise_variance
/// expected_error = the mean over points and data sets of   (f - t)^2, plus noise_variance
/// ```
///
/// A mean over `s` data sets is the sum divided by `s`, not by `s - 1`: only then
/// `bias_squared + variance + noise = expected_error`, exactly, for every set of predictions.
///
/// - `predictions`: `[data sets, points]`; `truth`: `[points]`, without noise; `noise_variance`: the
///   variance of what an observation adds to the truth.
///
/// Source: Geman, Bienenstock & Doursat (1992); Prince, "Understanding Deep Learning", section 8.2.
pub fn bias_variance(
    predictions: Tensor<2>,
    truth: Tensor<1>,
    noise_variance: f64,
) -> BiasVariance {
    // BEGIN SOLUTION A1.11 bias_variance
    let mean = predictions.clone().mean_dim(0);
    let truth: Tensor<2> = truth.unsqueeze();
    BiasVariance {
        bias_squared: mean_square(mean.clone() - truth.clone()),
        variance: mean_square(predictions.clone() - mean),
        noise: noise_variance,
        expected_error: mean_square(predictions - truth) + noise_variance,
    }
    // END SOLUTION
}

/// Bias and variance of polynomials of one degree: fits one to each data set by least squares, predicts at
/// the test points, and splits the error there as [`bias_variance`] does.
///
/// Bias and variance are about points that were not fitted: nothing is measured at `train_x`.
///
/// - `train_x`: `[n]`, shared by all data sets; `train_y`: `[data sets, n]`, what was observed there.
/// - `test_x`: `[points]`; `test_truth`: `[points]`, the truth there, without noise.
pub fn polynomial_bias_variance(
    train_x: Tensor<1>,
    train_y: Tensor<2>,
    test_x: Tensor<1>,
    test_truth: Tensor<1>,
    degree: usize,
    noise_variance: f64,
) -> BiasVariance {
    // BEGIN SOLUTION A1.11 polynomial_bias_variance
    // Each data set is one column of targets.
    let w = least_squares(polynomial_features(train_x, degree), train_y.transpose());
    let predictions = polynomial_features(test_x, degree).matmul(w);
    bias_variance(predictions.transpose(), test_truth, noise_variance)
    // END SOLUTION
}

/// Replaces a share of the labels by random ones.
///
/// A coin is thrown for each label. Where `coins[i] < share`, label `i` becomes class number
/// `floor(draws[i] classes)`, which may be the class that it was. All others stay.
///
/// - `labels`: `n` classes of `0..classes`; `coins`, `draws`: `n` uniform numbers of `[0, 1)` each.
///
/// Source: Zhang et al., "Understanding deep learning requires rethinking generalization" (2017).
pub fn randomise_labels(
    labels: Vec<usize>,
    classes: usize,
    share: f64,
    coins: Vec<f64>,
    draws: Vec<f64>,
) -> Vec<usize> {
    // BEGIN SOLUTION A1.11 randomise_labels
    let mut labels = labels;
    for (i, label) in labels.iter_mut().enumerate() {
        if coins[i] < share {
            *label = (draws[i] * classes as f64) as usize;
        }
    }
    labels
    // END SOLUTION
}

/// How errors change with the number of samples: for each `n` of `sizes`, fits `y` from `x` by least
/// squares (with the smallest norm, where there are fewer samples than inputs) to the first `n` samples of
/// `train`.
///
/// - Gives for each `n`, in the order of `sizes`, the error over those `n` samples and the error over all
///   of `test`.
pub fn learning_curve(train: RegressionSet, test: RegressionSet, sizes: Vec<usize>) -> ErrorCurve {
    // BEGIN SOLUTION A1.11 learning_curve
    let mut curve = ErrorCurve {
        train: Vec::new(),
        test: Vec::new(),
    };
    for n in sizes {
        let x = train.x.clone().narrow(0, 0, n);
        let y = train.y.clone().narrow(0, 0, n);
        let w = least_squares(x.clone(), y.clone());
        curve.train.push(error(x, w.clone(), y));
        curve.test.push(error(test.x.clone(), w, test.y.clone()));
    }
    curve
    // END SOLUTION
}

/// How errors change with the number of features: for each `d` of `widths`, fits `y` from the ReLU features
/// of the first `d` columns of `weights` by least squares, with the smallest norm, to all of `train`.
///
/// - `weights`: `[inputs, widest]`.
/// - Gives for each `d`, in the order of `widths`, the error over `train` and the error over `test`, whose
///   features are made with the same weights.
///
/// Source: Belkin, Hsu, Ma & Mandal, "Reconciling modern machine-learning practice and the classical
/// bias-variance trade-off" (2019).
pub fn double_descent_curve(
    train: RegressionSet,
    test: RegressionSet,
    weights: Tensor<2>,
    widths: Vec<usize>,
) -> ErrorCurve {
    // BEGIN SOLUTION A1.11 double_descent_curve
    let train_features = relu_features(train.x, weights.clone());
    let test_features = relu_features(test.x, weights);
    let mut curve = ErrorCurve {
        train: Vec::new(),
        test: Vec::new(),
    };
    for d in widths {
        let x = train_features.clone().narrow(1, 0, d);
        let w = least_squares(x.clone(), train.y.clone());
        curve.train.push(error(x, w.clone(), train.y.clone()));
        let x = test_features.clone().narrow(1, 0, d);
        curve.test.push(error(x, w, test.y.clone()));
    }
    curve
    // END SOLUTION
}

/// Chooses a model honestly. For each `d` of `widths` a model is fitted to `train`, as
/// [`double_descent_curve`] does. The one with the smallest error over `validation` is chosen, the first of
/// these if there are several, and its error over `test` is reported.
///
/// The test set tells how good the chosen model is and nothing else: with other test labels the same width
/// must come out. The chosen model is not fitted again.
///
/// - `weights`: `[inputs, widest]`; `widths`: at least one.
pub fn select_model(
    train: RegressionSet,
    validation: RegressionSet,
    test: RegressionSet,
    weights: Tensor<2>,
    widths: Vec<usize>,
) -> SelectedModel {
    // BEGIN SOLUTION A1.11 select_model
    let curve = double_descent_curve(train.clone(), validation, weights.clone(), widths.clone());
    let mut best = 0;
    for (i, error) in curve.test.iter().enumerate() {
        if *error < curve.test[best] {
            best = i;
        }
    }
    let chosen = double_descent_curve(train, test, weights, vec![widths[best]]);
    SelectedModel {
        width: widths[best],
        validation_error: curve.test[best],
        test_error: chosen.test[0],
    }
    // END SOLUTION
}
