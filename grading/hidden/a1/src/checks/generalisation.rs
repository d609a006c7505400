//! Checks of A1.11, generalisation.

use common::check::{Check, Tolerance, Verdict, close, equal, within};
use common::contract::Submission;
use common::contract::a1::{BiasVariance, Generalisation};
use common::rng::Rng;

use super::{about, normal_matrix, sizes};
use crate::oracle::generalisation::{self as oracle, transpose};
use crate::oracle::matrix::{Matrix, vector};
use crate::oracle::perceptron::dot;

pub(super) const PART: &str = "A1.11";

/// No system that a check poses has a larger condition number: others are drawn again.
const CONDITION: f64 = 100.0;

/// The normal equations square the condition number, so their solution may be off by
/// `CONDITION^2 eps = 2e-12` times a small factor. Errors, which are squares, are bounded likewise. That leaves
/// a factor of 1000 to this; the mildest mutant, a ridge of 1e-6, is off by more than 1e-7.
pub(super) const SOLVED: Tolerance = Tolerance {
    absolute: 1e-8,
    relative: 1e-8,
};

/// The checks of this part but for those of the curves.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "generalisation/feature_maps",
            part: PART,
            points: 1,
            proves: "Polynomial and ReLU features are right for every degree, for positive and negative inputs.",
            hint: "Powers start at 0; column k is the power k. A ReLU feature is never negative.",
            run: feature_maps,
        },
        Check {
            id: "generalisation/overdetermined",
            part: PART,
            points: 1,
            proves: "With at most as many features as samples the coefficients are those of the pseudo-inverse, and no feature is left in the residual.",
            hint: "Solve F^T F w = F^T y, for all outputs at once and without a constant that nobody asked for.",
            run: overdetermined,
        },
        Check {
            id: "generalisation/minimum_norm",
            part: PART,
            points: 3,
            proves: "With more features than samples the coefficients are those of the pseudo-inverse: singular values and the four conditions of Penrose say so.",
            hint: "F^T a with F F^T a = y: exactly, without a ridge, and with every feature in use.",
            run: minimum_norm,
        },
        Check {
            id: "generalisation/decomposition",
            part: PART,
            points: 2,
            proves: "Bias, variance and noise of any predictions are right and add up to the expected error, with a single data set too.",
            hint: "All means divide by the number of data sets and of points; noise_variance is a variance already.",
            run: decomposition,
        },
        Check {
            id: "generalisation/closed_form",
            part: PART,
            points: 2,
            proves: "For polynomials of every degree bias, variance and error are those of the closed form for linear smoothers, at the test points.",
            hint: "Fit one polynomial for each data set, predict at test_x, and compare with the truth there.",
            run: closed_form,
        },
        Check {
            id: "generalisation/random_labels",
            part: PART,
            points: 1,
            proves: "Exactly the labels whose coin is below the share are drawn anew, uniformly over all classes.",
            hint: "Coin i and draw i belong to label i. The new class may be the old one.",
            run: random_labels,
        },
    ]
}

/// Draws until all of `systems` of what was drawn are well conditioned.
pub(super) fn conditioned(
    rng: &mut Rng,
    mut draw: impl FnMut(&mut Rng) -> Matrix,
    systems: impl Fn(&Matrix) -> Vec<Matrix>,
) -> Matrix {
    loop {
        let drawn = draw(rng);
        // A NaN, from a singular system, is not below either.
        let well = |system: &Matrix| oracle::condition(system) < CONDITION;
        if systems(&drawn).iter().all(well) {
            return drawn;
        }
    }
}

fn random_features(rng: &mut Rng, n: usize, d: usize) -> Matrix {
    conditioned(rng, |rng| normal_matrix(rng, n, d), |x| vec![x.clone()])
}

fn feature_maps(s: &Submission, rng: &mut Rng) -> Verdict {
    for degree in 0..=6 {
        let n = rng.between(8, 11);
        let x: Vec<f64> = (0..n).map(|_| rng.uniform(-2.0, 2.0)).collect();
        let got = s.polynomial_features(vector(x.clone()), degree)?;
        let want = oracle::polynomial_features(&x, degree).tensor();
        close(&got, &want, Tolerance::EXACT).map_err(about(format_args!("degree {degree}")))?;
    }
    let [n, inputs, width] = sizes(rng, 4, 9);
    let (x, weights) = (
        normal_matrix(rng, n, inputs),
        normal_matrix(rng, inputs, width),
    );
    let got = s.relu_features(x.tensor(), weights.tensor())?;
    let want = oracle::relu_features(&x, &weights).tensor();
    close(&got, &want, Tolerance::EXACT).map_err(about("relu_features"))
}

fn overdetermined(s: &Submission, rng: &mut Rng) -> Verdict {
    for extra in [0, 1, 5] {
        let d = rng.between(3, 6);
        let (n, outputs) = (d + extra, 2);
        let features = random_features(rng, n, d);
        let targets = normal_matrix(rng, n, outputs);
        let got = s.least_squares(features.tensor(), targets.tensor())?;
        let want = oracle::pseudo_inverse(&features).times(&targets);
        close(&got, &want.tensor(), SOLVED).map_err(about(format_args!("{n} x {d}")))?;

        let fitted = features.times(&Matrix::of(&got));
        let residual = Matrix::from_fn(n, outputs, |i, j| targets[(i, j)] - fitted[(i, j)]);
        let left = transpose(&features).times(&residual);
        let nothing = left.map(|_| 0.0).tensor();
        close(&left.tensor(), &nothing, SOLVED).map_err(about("F^T (y - F w)"))?;
    }
    Ok(())
}

fn minimum_norm(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..3 {
        let n = rng.between(3, 6);
        let d = n + rng.between(1, 6);
        let features = random_features(rng, n, d);
        let targets = normal_matrix(rng, n, 2);
        let got = s.least_squares(features.tensor(), targets.tensor())?;
        let inverse = oracle::pseudo_inverse(&features);
        close(&got, &inverse.times(&targets).tensor(), SOLVED)
            .map_err(about(format_args!("{n} x {d}, singular values")))?;

        // The targets of the unit matrix ask for the pseudo-inverse itself.
        let got = s.least_squares(features.tensor(), oracle::identity(n).tensor())?;
        close(&got, &inverse.tensor(), SOLVED).map_err(about("targets are the unit matrix"))?;
        penrose(&features, &Matrix::of(&got))?;
    }
    Ok(())
}

/// The four equations that only the pseudo-inverse `p` of `a` fulfils (Penrose 1955).
fn penrose(a: &Matrix, p: &Matrix) -> Verdict {
    let (ap, pa) = (a.times(p), p.times(a));
    for (name, got, want) in [
        ("A P A = A", ap.times(a), a.clone()),
        ("P A P = P", pa.times(p), p.clone()),
        ("A P is symmetric", ap.clone(), transpose(&ap)),
        ("P A is symmetric", pa.clone(), transpose(&pa)),
    ] {
        close(&got.tensor(), &want.tensor(), SOLVED).map_err(about(name))?;
    }
    Ok(())
}

fn same_parts(got: &BiasVariance, want: &BiasVariance, tolerance: Tolerance) -> Verdict {
    let parts = |p: &BiasVariance| [p.bias_squared, p.variance, p.noise, p.expected_error];
    let names = ["bias_squared", "variance", "noise", "expected_error"];
    for ((name, got), want) in names.iter().zip(parts(got)).zip(parts(want)) {
        within(got, want, tolerance).map_err(about(name))?;
    }
    let sum = got.bias_squared + got.variance + got.noise;
    within(sum, got.expected_error, tolerance).map_err(about("bias_squared + variance + noise"))
}

fn decomposition(s: &Submission, rng: &mut Rng) -> Verdict {
    // Square predictions too: there the mean over the wrong axis has the right shape.
    let [sets, points] = sizes(rng, 3, 9);
    for (sets, points) in [(sets, points), (points, points), (1, points), (sets, 1)] {
        let predictions = normal_matrix(rng, sets, points);
        let truth: Vec<f64> = (0..points).map(|_| 1.0 + rng.normal()).collect();
        let noise = rng.uniform(0.1, 0.9);
        let got = s.bias_variance(predictions.tensor(), vector(truth.clone()), noise)?;
        let want = oracle::bias_variance(&predictions, &truth, noise);
        same_parts(&got, &want, Tolerance::EXACT)
            .map_err(about(format_args!("{sets} data sets, {points} points")))?;
    }
    Ok(())
}

/// The rows of a random orthogonal matrix: those of a normal one, made orthogonal one by one, twice so that
/// rounding does not show.
fn orthogonal(rng: &mut Rng, n: usize) -> Vec<Vec<f64>> {
    let normal = random_features(rng, n, n);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for i in 0..n {
        let mut v = normal.row(i).to_vec();
        for _ in 0..2 {
            for other in &basis {
                let along = dot(&v, other);
                v.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
            }
            let length = dot(&v, &v).sqrt();
            v.iter_mut().for_each(|v| *v /= length);
        }
        basis.push(v);
    }
    basis
}

/// Least squares is linear in the targets: predictions are `H y` with `H = F_test F^+`. Over noise of
/// covariance `v I` the mean prediction is `H t`, and its variance at a point `v` times the squared length of
/// that row of `H`.
///
/// The data sets are the truth plus and minus `sqrt(v n) q` for each `q` of an orthogonal basis: `2 n` of them,
/// with mean `t` and covariance `v I` exactly. So the closed form holds without a statistical error.
fn closed_form(s: &Submission, rng: &mut Rng) -> Verdict {
    for degree in 0..=4 {
        let [n, points] = sizes(rng, 7, 10);
        let variance = rng.uniform(0.1, 0.9);
        let frequency = rng.uniform(1.0, 3.0);
        let truth = |x: &[f64]| -> Vec<f64> {
            let of = |x: &f64| 1.0 + (frequency * x).sin() + x * x;
            x.iter().map(of).collect()
        };
        let train_x = spread(rng, n);
        let test_x: Vec<f64> = (0..points).map(|_| rng.uniform(-1.2, 1.2)).collect();
        let (at_train, at_test) = (truth(&train_x), truth(&test_x));

        let mut train_y = Vec::new();
        for direction in orthogonal(rng, n) {
            for sign in [1.0, -1.0] {
                let step = sign * (variance * n as f64).sqrt();
                let moved = at_train.iter().zip(&direction).map(|(t, q)| t + step * q);
                train_y.push(moved.collect::<Vec<f64>>());
            }
        }
        rng.shuffle(&mut train_y);
        let train_y = Matrix::from_fn(2 * n, n, |i, j| train_y[i][j]);

        let got = s.polynomial_bias_variance(
            vector(train_x.clone()),
            train_y.tensor(),
            vector(test_x.clone()),
            vector(at_test.clone()),
            degree,
            variance,
        )?;
        let features = |x: &[f64]| oracle::polynomial_features(x, degree);
        let smoother = features(&test_x).times(&oracle::pseudo_inverse(&features(&train_x)));
        let mean = |f: &dyn Fn(usize) -> f64| (0..points).map(f).sum::<f64>() / points as f64;
        let bias = |i: usize| dot(smoother.row(i), &at_train) - at_test[i];
        let row_power = |i: usize| dot(smoother.row(i), smoother.row(i));
        let bias_squared = mean(&|i| bias(i).powi(2));
        let of_fit = variance * mean(&row_power);
        let want = BiasVariance {
            bias_squared,
            variance: of_fit,
            noise: variance,
            expected_error: bias_squared + of_fit + variance,
        };
        same_parts(&got, &want, SOLVED).map_err(about(format_args!("degree {degree}")))?;
    }
    Ok(())
}

/// `n` numbers in random order, one in each of `n` equal pieces of `[-1, 1]`, none near the edge of its piece.
/// Their powers up to 4 are drawn again where they are badly conditioned.
fn spread(rng: &mut Rng, n: usize) -> Vec<f64> {
    let piece = 2.0 / n as f64;
    let draw = |rng: &mut Rng| {
        let mut x: Vec<f64> = (0..n)
            .map(|i| piece * (i as f64 + rng.uniform(0.2, 0.8)) - 1.0)
            .collect();
        rng.shuffle(&mut x);
        Matrix::from_fn(n, 1, |i, _| x[i])
    };
    let powers = |x: &Matrix| vec![oracle::polynomial_features(&x.values, 4)];
    conditioned(rng, draw, powers).values
}

fn random_labels(s: &Submission, rng: &mut Rng) -> Verdict {
    for share in [0.0_f64, 0.25, 0.6, 1.0] {
        let (n, classes) = (60, rng.between(3, 12));
        let labels: Vec<usize> = (0..n).map(|_| rng.below(classes)).collect();
        let mut coins: Vec<f64> = (0..n).map(|_| rng.unit()).collect();
        let mut draws: Vec<f64> = (0..n).map(|_| rng.unit()).collect();
        // A coin at the edge, with a draw that would change its label; the ends of both ranges.
        coins[0] = share.min(1.0 - f64::EPSILON);
        draws[0] = ((labels[0] + 1) % classes) as f64 / classes as f64 + 0.5 / classes as f64;
        (coins[1], draws[1]) = (0.0, 0.0);
        (coins[2], draws[2]) = (0.0, 1.0 - f64::EPSILON);
        let got =
            s.randomise_labels(labels.clone(), classes, share, coins.clone(), draws.clone())?;
        let want = oracle::randomise_labels(&labels, classes, share, &coins, &draws);
        equal(&got, &want).map_err(about(format_args!("{classes} classes, share {share}")))?;
    }
    Ok(())
}
