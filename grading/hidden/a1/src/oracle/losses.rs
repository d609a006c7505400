//! A1.4: losses row by row, metrics by counting.

use super::matrix::Matrix;

/// `ln sum exp x`, around the largest element.
pub fn log_sum_exp(x: &[f64]) -> f64 {
    let largest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + x.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}

/// Row-wise `x - ln sum exp x`.
pub fn log_softmax(x: &Matrix) -> Matrix {
    let sums: Vec<f64> = (0..x.rows).map(|i| log_sum_exp(x.row(i))).collect();
    Matrix::from_fn(x.rows, x.columns, |i, k| x[(i, k)] - sums[i])
}

/// How the cross-entropy counts.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// One weight per class; all 1 without.
    pub class_weights: Option<Vec<f64>>,
    /// The share of the target that is spread evenly.
    pub smoothing: f64,
    /// Rows with this label do not count.
    pub ignore: Option<i64>,
}

impl Options {
    /// The weight of class `k`.
    fn weight(&self, k: usize) -> f64 {
        self.class_weights.as_ref().map_or(1.0, |v| v[k])
    }

    /// The share of class `k` in the target of a row with label `y`, of `c` classes.
    fn target(&self, y: usize, k: usize, c: usize) -> f64 {
        let onehot = if k == y { 1.0 } else { 0.0 };
        (1.0 - self.smoothing) * onehot + self.smoothing / c as f64
    }

    /// The rows that count, with their labels.
    fn kept<'a>(&'a self, labels: &'a [i64]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let kept = labels.iter().enumerate();
        kept.filter(|(_, y)| Some(**y) != self.ignore)
            .map(|(i, y)| (i, *y as usize))
    }
}

/// The mean cross-entropy, as PyTorch defines it.
pub fn cross_entropy(x: &Matrix, labels: &[i64], options: &Options) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (i, y) in options.kept(labels) {
        count += options.weight(y);
        let lse = log_sum_exp(x.row(i));
        for k in 0..x.columns {
            sum += options.weight(k) * options.target(y, k, x.columns) * (lse - x[(i, k)]);
        }
    }
    sum / count
}

/// Its gradient by the logits.
pub fn cross_entropy_gradient(x: &Matrix, labels: &[i64], options: &Options) -> Matrix {
    let mut gradient = x.map(|_| 0.0);
    let count: f64 = options.kept(labels).map(|(_, y)| options.weight(y)).sum();
    for (i, y) in options.kept(labels) {
        let lse = log_sum_exp(x.row(i));
        for k in 0..x.columns {
            // The gradient of  a_k (lse - x_k)  by x_j is  a_k (p_j - [j = k]).
            let a = options.weight(k) * options.target(y, k, x.columns) / count;
            for j in 0..x.columns {
                gradient[(i, j)] += a * (x[(i, j)] - lse).exp();
            }
            gradient[(i, k)] -= a;
        }
    }
    gradient
}

/// `ln(1 + exp x)` without overflow.
pub fn softplus(x: f64) -> f64 {
    if x > 0.0 {
        x + (-x).exp().ln_1p()
    } else {
        x.exp().ln_1p()
    }
}

/// The mean of `softplus(x) - x t`.
pub fn bce(x: &Matrix, t: &Matrix) -> f64 {
    let terms = x.values.iter().zip(&t.values);
    terms.map(|(x, t)| softplus(*x) - x * t).sum::<f64>() / x.values.len() as f64
}

/// The mean of `(x - t)^2`.
pub fn mse(x: &Matrix, t: &Matrix) -> f64 {
    let terms = x.values.iter().zip(&t.values);
    terms.map(|(x, t)| (x - t) * (x - t)).sum::<f64>() / x.values.len() as f64
}

/// The share of rows whose label is not in the first `k` of the classes sorted by logit, where a
/// stable sort keeps equal ones in the order of their index.
pub fn topk_error(x: &Matrix, labels: &[i64], k: usize) -> f64 {
    let wrong = (0..x.rows).filter(|&i| {
        let row = x.row(i);
        let mut ranking: Vec<usize> = (0..row.len()).collect();
        ranking.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        !ranking.iter().take(k).any(|&j| j as i64 == labels[i])
    });
    wrong.count() as f64 / x.rows as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::tensor_layers::{gelu, sigmoid};
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Fixture {
        logits: Vec<f64>,
        labels: Vec<i64>,
        class_weights: Vec<f64>,
        cross_entropy: Vec<Case>,
        bce_targets: Vec<f64>,
        bce: f64,
        bce_gradient: Vec<f64>,
        gelu: Vec<f64>,
        gelu_gradient: Vec<f64>,
    }

    #[derive(Deserialize)]
    struct Case {
        weighted: bool,
        label_smoothing: f64,
        ignore_index: Option<i64>,
        loss: f64,
        gradient: Vec<f64>,
    }

    fn fixture() -> Fixture {
        serde_json::from_str(include_str!("../../fixtures/losses.json")).unwrap()
    }

    fn matrix(values: &[f64]) -> Matrix {
        Matrix::from_fn(6, 4, |i, j| values[i * 4 + j])
    }

    fn assert_near(got: f64, want: f64) {
        assert!(
            (got - want).abs() < 1e-12 * (1.0 + want.abs()),
            "{got} for {want}"
        );
    }

    #[test]
    fn cross_entropy_is_that_of_pytorch() {
        let f = fixture();
        let x = matrix(&f.logits);
        assert_eq!(f.cross_entropy.len(), 8);
        for case in &f.cross_entropy {
            let options = Options {
                class_weights: case.weighted.then(|| f.class_weights.clone()),
                smoothing: case.label_smoothing,
                ignore: case.ignore_index,
            };
            assert_near(cross_entropy(&x, &f.labels, &options), case.loss);
            let gradient = cross_entropy_gradient(&x, &f.labels, &options);
            for (got, want) in gradient.values.iter().zip(&case.gradient) {
                assert_near(*got, *want);
            }
        }
    }

    #[test]
    fn bce_is_that_of_pytorch() {
        let f = fixture();
        let (x, t) = (matrix(&f.logits), matrix(&f.bce_targets));
        assert_near(bce(&x, &t), f.bce);
        for i in 0..24 {
            let gradient = (sigmoid(x.values[i]) - t.values[i]) / 24.0;
            assert_near(gradient, f.bce_gradient[i]);
        }
    }

    #[test]
    fn gelu_is_that_of_pytorch() {
        let f = fixture();
        for ((x, want), slope) in f.logits.iter().zip(&f.gelu).zip(&f.gelu_gradient) {
            assert_near(gelu(*x), *want);
            let numeric = (gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5;
            assert!((numeric - slope).abs() < 1e-9, "{numeric} for {slope}");
        }
    }

    #[test]
    fn of_equal_logits_the_first_ranks_first() {
        let x = Matrix::from_fn(1, 3, |_, _| 0.5);
        assert_eq!([0, 1, 2].map(|y| topk_error(&x, &[y], 2)), [0.0, 0.0, 1.0]);
    }
}
