//! A1.6: three steps of Adam.

use a1_backprop::theory::AdamSteps;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("no_bias_correction", |e: &AdamSteps| {
            steps(e, |_| (1.0, 1.0)).map(Some)
        })
        .mistake("correction_of_the_first_step_kept", |e: &AdamSteps| {
            let [_, second, third] = steps(e, |_| (1.0 - e.beta1, 1.0 - e.beta2));
            [None, Some(second), Some(third)]
        })
        .mistake("betas_exchanged", |e: &AdamSteps| {
            let exchanged = AdamSteps {
                beta1: e.beta2,
                beta2: e.beta1,
                ..*e
            };
            let [_, second, third] = right(&exchanged);
            [None, Some(second), Some(third)]
        })
        .mistake("wrong_sign", |e: &AdamSteps| {
            right(e).map(|step| Some(-step))
        })
        .mistake("the_gradient_itself", |e: &AdamSteps| {
            e.gradients.map(|g| Some(-e.lr * g))
        })
}

fn right(e: &AdamSteps) -> [f64; 3] {
    steps(e, |t| (1.0 - e.beta1.powi(t), 1.0 - e.beta2.powi(t)))
}

/// The steps, with what `m` and `v` are divided by in step `t`.
fn steps(e: &AdamSteps, correction: impl Fn(i32) -> (f64, f64)) -> [f64; 3] {
    let (mut m, mut v) = (0.0, 0.0);
    [1, 2, 3].map(|t| {
        let g = e.gradients[t - 1];
        m = e.beta1 * m + (1.0 - e.beta1) * g;
        v = e.beta2 * v + (1.0 - e.beta2) * g * g;
        let (first, second) = correction(t as i32);
        -e.lr * (m / first) / (v / second).sqrt()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// The corrected moments are means with weights `beta^age` that add up to 1.
    #[test]
    fn weighted_means_agree() {
        agrees(
            right,
            |e: &AdamSteps| {
                [1, 2, 3].map(|t| {
                    let mean = |beta: f64, of: fn(f64) -> f64| {
                        let weights = (0..t).map(|i| beta.powi(t - 1 - i));
                        let sum: f64 = weights.clone().sum();
                        let terms = weights.zip(e.gradients).map(|(w, g)| w * of(g));
                        terms.sum::<f64>() / sum
                    };
                    -e.lr * mean(e.beta1, |g| g) / mean(e.beta2, |g| g * g).sqrt()
                })
            },
            1e-12,
        );
    }
}
