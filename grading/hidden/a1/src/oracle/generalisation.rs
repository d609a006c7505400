//! A1.11: the pseudo-inverse by singular values, and everything else by loops.

use common::contract::a1::{BiasVariance, ErrorCurve, RegressionSet, SelectedModel};

use super::matrix::Matrix;
use super::perceptron::dot;

/// The transpose.
pub fn transpose(a: &Matrix) -> Matrix {
    Matrix::from_fn(a.columns, a.rows, |i, j| a[(j, i)])
}

/// The unit matrix.
pub fn identity(n: usize) -> Matrix {
    Matrix::from_fn(n, n, |i, j| f64::from(u8::from(i == j)))
}

/// The first rows.
pub fn rows(a: &Matrix, n: usize) -> Matrix {
    Matrix::from_fn(n, a.columns, |i, j| a[(i, j)])
}

/// The first columns.
pub fn columns(a: &Matrix, n: usize) -> Matrix {
    Matrix::from_fn(a.rows, n, |i, j| a[(i, j)])
}

/// The singular vectors and values of a matrix of full rank: `a = sum over k of  values[k] left[k] right[k]^T`.
struct Singular {
    values: Vec<f64>,
    left: Vec<Vec<f64>>,
    right: Vec<Vec<f64>>,
}

/// One-sided Jacobi (Hestenes 1958): columns are rotated, two at a time, until all are orthogonal. What they
/// then are is `values[k] left[k]`; the same rotations of the unit matrix give `right`.
fn singular(a: &Matrix) -> Singular {
    if a.rows < a.columns {
        let Singular {
            values,
            left,
            right,
        } = singular(&transpose(a));
        return Singular {
            values,
            left: right,
            right: left,
        };
    }
    let d = a.columns;
    let mut images: Vec<Vec<f64>> = (0..d)
        .map(|j| (0..a.rows).map(|i| a[(i, j)]).collect())
        .collect();
    let mut right: Vec<Vec<f64>> = (0..d).map(|j| identity(d).row(j).to_vec()).collect();
    // Convergence is quadratic: for the few columns of a check ten sweeps are more than enough.
    for _ in 0..30 {
        let mut rotated = false;
        for p in 0..d {
            for q in p + 1..d {
                let (pp, qq) = (dot(&images[p], &images[p]), dot(&images[q], &images[q]));
                let pq = dot(&images[p], &images[q]);
                if pq.abs() <= 1e-14 * (pp * qq).sqrt() {
                    continue;
                }
                rotated = true;
                let zeta = (qq - pp) / (2.0 * pq);
                let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
                let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
                rotate(&mut images, p, q, cosine, cosine * tangent);
                rotate(&mut right, p, q, cosine, cosine * tangent);
            }
        }
        if !rotated {
            break;
        }
    }
    let values: Vec<f64> = images.iter().map(|v| dot(v, v).sqrt()).collect();
    let unit = |(v, s): (&Vec<f64>, &f64)| v.iter().map(|v| v / s).collect();
    Singular {
        left: images.iter().zip(&values).map(unit).collect(),
        values,
        right,
    }
}

fn rotate(vectors: &mut [Vec<f64>], p: usize, q: usize, cosine: f64, sine: f64) {
    for i in 0..vectors[p].len() {
        let (a, b) = (vectors[p][i], vectors[q][i]);
        vectors[p][i] = cosine * a - sine * b;
        vectors[q][i] = sine * a + cosine * b;
    }
}

/// The largest singular value over the smallest.
pub fn condition(a: &Matrix) -> f64 {
    let values = singular(a).values;
    let largest = values.iter().copied().fold(0.0, f64::max);
    largest / values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The pseudo-inverse of a matrix of full rank.
pub fn pseudo_inverse(a: &Matrix) -> Matrix {
    let Singular {
        values,
        left,
        right,
    } = singular(a);
    Matrix::from_fn(a.columns, a.rows, |i, j| {
        (0..values.len())
            .map(|k| right[k][i] * left[k][j] / values[k])
            .sum()
    })
}

/// `1, x, ..., x^degree` of each number.
pub fn polynomial_features(x: &[f64], degree: usize) -> Matrix {
    Matrix::from_fn(x.len(), degree + 1, |i, k| x[i].powi(k as i32))
}

/// `max(x w, 0)`
pub fn relu_features(x: &Matrix, weights: &Matrix) -> Matrix {
    x.times(weights).map(|z| z.max(0.0))
}

/// Bias and variance from predictions `[data sets, points]`, point by point.
pub fn bias_variance(predictions: &Matrix, truth: &[f64], noise: f64) -> BiasVariance {
    let (sets, points) = (predictions.rows as f64, predictions.columns as f64);
    let mut parts = BiasVariance {
        bias_squared: 0.0,
        variance: 0.0,
        noise,
        expected_error: noise,
    };
    for (j, truth) in truth.iter().enumerate() {
        let at_point: Vec<f64> = (0..predictions.rows).map(|i| predictions[(i, j)]).collect();
        let mean = at_point.iter().sum::<f64>() / sets;
        parts.bias_squared += (mean - truth).powi(2) / points;
        for f in at_point {
            parts.variance += (f - mean).powi(2) / (sets * points);
            parts.expected_error += (f - truth).powi(2) / (sets * points);
        }
    }
    parts
}

/// The labels after those whose coin is below `share` were drawn anew.
pub fn randomise_labels(
    labels: &[usize],
    classes: usize,
    share: f64,
    coins: &[f64],
    draws: &[f64],
) -> Vec<usize> {
    let drawn = |u: f64| {
        (1..classes)
            .filter(|k| *k as f64 <= u * classes as f64)
            .count()
    };
    (0..labels.len())
        .map(|i| {
            if coins[i] < share {
                drawn(draws[i])
            } else {
                labels[i]
            }
        })
        .collect()
}

/// Inputs and targets.
#[derive(Debug, Clone)]
pub struct Set {
    /// `[n, inputs]`
    pub x: Matrix,
    /// `[n, outputs]`
    pub y: Matrix,
}

impl Set {
    /// As the contract has it.
    pub fn tensors(&self) -> RegressionSet {
        RegressionSet {
            x: self.x.tensor(),
            y: self.y.tensor(),
        }
    }

    /// The mean squared error of `x w`.
    pub fn error(&self, w: &Matrix) -> f64 {
        let predictions = self.x.times(w).values;
        let squares = predictions.iter().zip(&self.y.values);
        squares.map(|(f, y)| (f - y).powi(2)).sum::<f64>() / self.y.values.len() as f64
    }

    /// The set with the ReLU features of the first `width` columns of `weights` for inputs.
    pub fn with_features(&self, weights: &Matrix, width: usize) -> Self {
        Self {
            x: relu_features(&self.x, &columns(weights, width)),
            y: self.y.clone(),
        }
    }
}

/// The errors after least squares on the first samples.
pub fn learning_curve(train: &Set, test: &Set, sizes: &[usize]) -> ErrorCurve {
    let part = |n: &usize| Set {
        x: rows(&train.x, *n),
        y: rows(&train.y, *n),
    };
    curve(sizes.iter().map(|n| (part(n), test.clone())))
}

/// The errors after least squares on the first features.
pub fn double_descent_curve(
    train: &Set,
    test: &Set,
    weights: &Matrix,
    widths: &[usize],
) -> ErrorCurve {
    let with = |width: &usize| {
        let of = |set: &Set| set.with_features(weights, *width);
        (of(train), of(test))
    };
    curve(widths.iter().map(with))
}

fn curve(points: impl Iterator<Item = (Set, Set)>) -> ErrorCurve {
    let errors = points.map(|(train, test)| {
        let w = pseudo_inverse(&train.x).times(&train.y);
        (train.error(&w), test.error(&w))
    });
    let (train, test) = errors.unzip();
    ErrorCurve { train, test }
}

/// The model of the smallest validation error.
pub fn select_model(
    [train, validation, test]: [&Set; 3],
    weights: &Matrix,
    widths: &[usize],
) -> SelectedModel {
    let [on_validation, on_test] =
        [validation, test].map(|set| double_descent_curve(train, set, weights, widths).test);
    let best = (0..widths.len())
        .min_by(|a, b| on_validation[*a].total_cmp(&on_validation[*b]))
        .expect("at least one width");
    SelectedModel {
        width: widths[best],
        validation_error: on_validation[best],
        test_error: on_test[best],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::matrix::Matrix;

    #[test]
    fn the_pseudo_inverse_of_known_matrices() {
        let row = Matrix::from_fn(1, 3, |_, j| [1.0, 2.0, 2.0][j]);
        let inverse = pseudo_inverse(&row).values;
        for (got, want) in inverse.iter().zip([1.0 / 9.0, 2.0 / 9.0, 2.0 / 9.0]) {
            assert!((got - want).abs() < 1e-15, "{inverse:?}");
        }
        // Its singular values are 3 and 1.
        let square = Matrix::from_fn(2, 2, |i, j| if i == j { 2.0 } else { 1.0 });
        assert!((condition(&square) - 3.0).abs() < 1e-14);
        let unit = pseudo_inverse(&square).times(&square);
        for (got, want) in unit.values.iter().zip(identity(2).values) {
            assert!((got - want).abs() < 1e-15, "{unit:?}");
        }
    }

    /// Gradient descent from zero never leaves the span of the samples, so it ends at the shortest solution.
    #[test]
    fn the_pseudo_inverse_is_where_gradient_descent_ends() {
        let mut rng = common::rng::Rng::new(5);
        let x = Matrix::from_fn(3, 7, |_, _| rng.normal());
        let y = Matrix::from_fn(3, 1, |_, _| rng.normal());
        let mut w = Matrix::from_fn(7, 1, |_, _| 0.0);
        for _ in 0..5000 {
            let residual = x.times(&w);
            for j in 0..7 {
                let slope: f64 = (0..3)
                    .map(|i| x[(i, j)] * (residual[(i, 0)] - y[(i, 0)]))
                    .sum();
                w[(j, 0)] -= 0.05 * slope;
            }
        }
        for (got, want) in pseudo_inverse(&x).times(&y).values.iter().zip(w.values) {
            assert!((got - want).abs() < 1e-10, "{got} {want}");
        }
    }
}
