//! A1.3: forward passes and sums by index.

use std::f64::consts::PI;

use super::matrix::Matrix;

/// `x w + b`.
pub fn linear(x: &Matrix, w: &Matrix, b: &[f64]) -> Matrix {
    let y = x.times(w);
    Matrix::from_fn(y.rows, y.columns, |i, j| y[(i, j)] + b[j])
}

/// The error function, by `2 / sqrt pi exp(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...)`: all terms have
/// the sign of `x`, so nothing cancels.
pub fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum(); // 1 - erf(6) = 2e-17
    }
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while term.abs() > 1e-18 * sum.abs() {
        odd += 2.0;
        term *= 2.0 * x * x / odd;
        sum += term;
    }
    2.0 / PI.sqrt() * (-x * x).exp() * sum
}

/// `x / 2 (1 + erf(x / sqrt 2))`.
pub fn gelu(x: f64) -> f64 {
    x / 2.0 * (1.0 + erf(x / 2.0f64.sqrt()))
}

/// `1 / (1 + exp(-x))`.
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Adds every element of `gradient` to the element of an array of `shape` from which it was repeated.
pub fn unbroadcast(gradient: &[f64], from: [usize; 3], shape: [usize; 3]) -> Vec<f64> {
    let mut sums = vec![0.0; shape.iter().product()];
    for (index, value) in gradient.iter().enumerate() {
        let [i, j, k] = unravel(index, from);
        let at = |axis: usize, index: usize| if shape[axis] == 1 { 0 } else { index };
        sums[(at(0, i) * shape[1] + at(1, j)) * shape[2] + at(2, k)] += value;
    }
    sums
}

/// `x.permute(axes)` of an array of `shape`: its elements and its shape.
pub fn permute(x: &[f64], shape: [usize; 3], axes: [usize; 3]) -> (Vec<f64>, [usize; 3]) {
    let to = axes.map(|axis| shape[axis]);
    let mut y = vec![0.0; x.len()];
    for (index, value) in x.iter().enumerate() {
        let from = unravel(index, shape);
        let [i, j, k] = axes.map(|axis| from[axis]);
        y[(i * to[1] + j) * to[2] + k] = *value;
    }
    (y, to)
}

fn unravel(index: usize, [_, b, c]: [usize; 3]) -> [usize; 3] {
    [index / (b * c), index / c % b, index % c]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erf_has_the_values_of_the_tables() {
        // Abramowitz & Stegun, table 7.1.
        for (x, want) in [
            (0.0, 0.0),
            (0.5, 0.520_499_877_813_046_5),
            (1.0, 0.842_700_792_949_714_9),
            (2.0, 0.995_322_265_018_952_7),
            (-2.0, -0.995_322_265_018_952_7),
        ] {
            assert!((erf(x) - want).abs() < 1e-15, "erf({x}) = {}", erf(x));
        }
        assert_eq!(erf(7.0), 1.0);
    }

    #[test]
    fn unbroadcast_sums_over_repeated_axes() {
        let gradient = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(
            unbroadcast(&gradient, [1, 2, 3], [1, 1, 3]),
            [5.0, 7.0, 9.0]
        );
        assert_eq!(unbroadcast(&gradient, [1, 2, 3], [1, 2, 1]), [6.0, 15.0]);
        assert_eq!(unbroadcast(&gradient, [1, 2, 3], [1, 1, 1]), [21.0]);
    }

    #[test]
    fn permute_moves_axis_axes_i_to_i() {
        let (y, shape) = permute(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 2, 3], [2, 0, 1]);
        assert_eq!(shape, [3, 1, 2]);
        assert_eq!(y, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }
}
