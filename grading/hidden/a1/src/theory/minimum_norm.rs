//! A1.11: `w = X^T (X X^T)^-1 y`.

use a1_backprop::theory::MinimumNorm;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("each_sample_for_itself", |e: &MinimumNorm| {
            let ([[a, b, _], [_, c, d]], [y1, y2]) = (e.samples, e.targets);
            let (first, second) = (y1 / (a * a + b * b), y2 / (c * c + d * d));
            [Some(a * first), Some(d * second), None]
        })
        .mistake("ridge", |e: &MinimumNorm| answers(e, 1.0).map(Some))
        .mistake("sum_of_sizes_for_the_norm", |e: &MinimumNorm| {
            let sizes = weights(e, 0.0).map(f64::abs);
            [None, None, Some(sizes.iter().sum())]
        })
}

fn right(e: &MinimumNorm) -> [f64; 3] {
    answers(e, 0.0)
}

fn answers(e: &MinimumNorm, ridge: f64) -> [f64; 3] {
    let [w1, w2, w3] = weights(e, ridge);
    [w1, w3, (w1 * w1 + w2 * w2 + w3 * w3).sqrt()]
}

/// `(X X^T + ridge)^-1 y`
fn multipliers(e: &MinimumNorm, ridge: f64) -> [f64; 2] {
    let ([[a, b, _], [_, c, d]], [y1, y2]) = (e.samples, e.targets);
    let (first, both, second) = (a * a + b * b + ridge, b * c, c * c + d * d + ridge);
    let determinant = first * second - both * both;
    [
        (second * y1 - both * y2) / determinant,
        (first * y2 - both * y1) / determinant,
    ]
}

fn weights(e: &MinimumNorm, ridge: f64) -> [f64; 3] {
    let [first, second] = multipliers(e, ridge);
    [0, 1, 2].map(|i| first * e.samples[0][i] + second * e.samples[1][i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    #[test]
    fn gradient_descent_from_zero_agrees() {
        agrees(
            right,
            |e: &MinimumNorm| {
                let mut w = [0.0; 3];
                // The largest eigenvalue of X^T X is at most the sum of all squares, 64.
                for _ in 0..20_000 {
                    let errors = [0, 1].map(|n| {
                        let x = e.samples[n];
                        x[0] * w[0] + x[1] * w[1] + x[2] * w[2] - e.targets[n]
                    });
                    for (i, w) in w.iter_mut().enumerate() {
                        *w -= (errors[0] * e.samples[0][i] + errors[1] * e.samples[1][i]) / 64.0;
                    }
                }
                [w[0], w[2], (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]).sqrt()]
            },
            1e-9,
        );
    }
}
