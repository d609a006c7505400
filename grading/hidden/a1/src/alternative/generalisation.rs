//! A1.11 with loops, and least squares by orthogonal columns in place of a Gram matrix.

use burn::tensor::Tensor;
use common::contract::a1::*;

use super::{transposed, transposed_times};
use crate::oracle::matrix::{Matrix, values};

pub fn table() -> GeneralisationTable {
    GeneralisationTable {
        polynomial_features: |x, degree| powers(&values(&x), degree).tensor(),
        relu_features: |x, weights| relu(&Matrix::of(&x), &Matrix::of(&weights)).tensor(),
        least_squares: |features, targets| {
            fit(&Matrix::of(&features), &Matrix::of(&targets)).tensor()
        },
        bias_variance: |predictions, truth, noise| {
            decompose(&Matrix::of(&predictions), &values(&truth), noise)
        },
        polynomial_bias_variance,
        randomise_labels: |labels, classes, share, coins, draws| {
            let random = coins.iter().map(|coin| *coin < share);
            let new = draws.iter().map(|u| (u * classes as f64).floor() as usize);
            let all = labels.into_iter().zip(random.zip(new));
            all.map(|(old, (random, new))| if random { new } else { old })
                .collect()
        },
        learning_curve: |train, test, sizes| {
            let (x, y) = (Matrix::of(&train.x), Matrix::of(&train.y));
            curve(sizes, |n| {
                let (x, y) = (first_rows(&x, n), first_rows(&y, n));
                let w = fit(&x, &y);
                (
                    error(&x, &w, &y),
                    error(&Matrix::of(&test.x), &w, &Matrix::of(&test.y)),
                )
            })
        },
        double_descent_curve: |train, test, weights, widths| {
            curve(widths, |width| {
                let w = fit_features(&train, &weights, width);
                let of = |set: &RegressionSet| feature_error(set, &weights, &w);
                (of(&train), of(&test))
            })
        },
        select_model,
    }
}

fn powers(x: &[f64], degree: usize) -> Matrix {
    Matrix::from_fn(x.len(), degree + 1, |i, k| (0..k).map(|_| x[i]).product())
}

fn relu(x: &Matrix, weights: &Matrix) -> Matrix {
    x.times(weights).map(|z| if z > 0.0 { z } else { 0.0 })
}

fn first_rows(a: &Matrix, n: usize) -> Matrix {
    Matrix::from_fn(n, a.columns, |i, j| a[(i, j)])
}

fn first_columns(a: &Matrix, n: usize) -> Matrix {
    transposed(&first_rows(&transposed(a), n))
}

/// `a = q r` with orthonormal columns in `q` and an upper triangle `r` (Gram-Schmidt, each column twice).
fn orthogonalise(a: &Matrix) -> (Matrix, Matrix) {
    let (mut q, mut r) = (a.clone(), Matrix::from_fn(a.columns, a.columns, |_, _| 0.0));
    for j in 0..a.columns {
        for _ in 0..2 {
            for k in 0..j {
                let along: f64 = (0..a.rows).map(|i| q[(i, k)] * q[(i, j)]).sum();
                r[(k, j)] += along;
                for i in 0..a.rows {
                    q[(i, j)] -= along * q[(i, k)];
                }
            }
        }
        r[(j, j)] = (0..a.rows).map(|i| q[(i, j)].powi(2)).sum::<f64>().sqrt();
        for i in 0..a.rows {
            q[(i, j)] /= r[(j, j)];
        }
    }
    (q, r)
}

/// `a = q r`: the solution of `r w = q^T y`. A wide one, from `a^T = q r`: `q` times that of `r^T z = y`.
fn fit(a: &Matrix, y: &Matrix) -> Matrix {
    if a.columns <= a.rows {
        let (q, r) = orthogonalise(a);
        let mut w = transposed_times(&q, y);
        for i in (0..w.rows).rev() {
            for j in 0..w.columns {
                let known: f64 = (i + 1..w.rows).map(|k| r[(i, k)] * w[(k, j)]).sum();
                w[(i, j)] = (w[(i, j)] - known) / r[(i, i)];
            }
        }
        w
    } else {
        let (q, r) = orthogonalise(&transposed(a));
        let mut z = y.clone();
        for i in 0..z.rows {
            for j in 0..z.columns {
                let known: f64 = (0..i).map(|k| r[(k, i)] * z[(k, j)]).sum();
                z[(i, j)] = (z[(i, j)] - known) / r[(i, i)];
            }
        }
        q.times(&z)
    }
}

fn error(x: &Matrix, w: &Matrix, y: &Matrix) -> f64 {
    let got = x.times(w).values;
    let sum: f64 = got
        .iter()
        .zip(&y.values)
        .rev()
        .map(|(f, y)| (y - f) * (y - f))
        .sum();
    sum / (y.rows * y.columns) as f64
}

fn fit_features(train: &RegressionSet, weights: &Tensor<2>, width: usize) -> Matrix {
    let weights = first_columns(&Matrix::of(weights), width);
    fit(
        &relu(&Matrix::of(&train.x), &weights),
        &Matrix::of(&train.y),
    )
}

fn feature_error(set: &RegressionSet, weights: &Tensor<2>, w: &Matrix) -> f64 {
    let weights = first_columns(&Matrix::of(weights), w.rows);
    error(&relu(&Matrix::of(&set.x), &weights), w, &Matrix::of(&set.y))
}

fn curve(points: Vec<usize>, errors: impl Fn(usize) -> (f64, f64)) -> ErrorCurve {
    let (train, test) = points.into_iter().map(errors).unzip();
    ErrorCurve { train, test }
}

/// Variance as the mean square less the square of the mean; the expected error as the sum of its parts.
fn decompose(predictions: &Matrix, truth: &[f64], noise: f64) -> BiasVariance {
    let (sets, points) = (predictions.rows, predictions.columns);
    let (mut bias_squared, mut variance) = (0.0, 0.0);
    for j in 0..points {
        let mean = |power: i32| {
            let sum: f64 = (0..sets).map(|i| predictions[(i, j)].powi(power)).sum();
            sum / sets as f64
        };
        bias_squared += (mean(1) - truth[j]).powi(2);
        variance += mean(2) - mean(1).powi(2);
    }
    let (bias_squared, variance) = (bias_squared / points as f64, variance / points as f64);
    BiasVariance {
        bias_squared,
        variance,
        noise,
        expected_error: bias_squared + variance + noise,
    }
}

fn polynomial_bias_variance(
    train_x: Tensor<1>,
    train_y: Tensor<2>,
    test_x: Tensor<1>,
    test_truth: Tensor<1>,
    degree: usize,
    noise: f64,
) -> BiasVariance {
    let train_y = Matrix::of(&train_y);
    let (train, test) = (
        powers(&values(&train_x), degree),
        powers(&values(&test_x), degree),
    );
    // One data set at a time.
    let mut predictions = vec![];
    for i in 0..train_y.rows {
        let y = Matrix::from_fn(train_y.columns, 1, |j, _| train_y[(i, j)]);
        predictions.extend(test.times(&fit(&train, &y)).values);
    }
    let predictions = Matrix {
        rows: train_y.rows,
        columns: test.rows,
        values: predictions,
    };
    decompose(&predictions, &values(&test_truth), noise)
}

fn select_model(
    train: RegressionSet,
    validation: RegressionSet,
    test: RegressionSet,
    weights: Tensor<2>,
    widths: Vec<usize>,
) -> SelectedModel {
    let mut best: Option<(f64, Matrix)> = None;
    for width in widths {
        let w = fit_features(&train, &weights, width);
        let error = feature_error(&validation, &weights, &w);
        if best.as_ref().is_none_or(|(smallest, _)| error < *smallest) {
            best = Some((error, w));
        }
    }
    let (validation_error, w) = best.expect("at least one width");
    SelectedModel {
        width: w.rows,
        validation_error,
        test_error: feature_error(&test, &weights, &w),
    }
}
