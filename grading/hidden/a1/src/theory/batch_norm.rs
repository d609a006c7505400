//! A1.9: batch normalisation of four numbers.

use a1_backprop::theory::BatchNorm;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("biased_and_unbiased_exchanged", |e: &BatchNorm| {
            let (_, squares) = moments(e);
            [
                Some(output(e, squares / 3.0)),
                None,
                Some(updated(e, e.running_variance, squares / 4.0)),
            ]
        })
        .mistake("momentum_reversed", |e: &BatchNorm| {
            let (mean, _) = moments(e);
            [None, Some(updated(e, mean, e.running_mean)), None]
        })
        .mistake("running_statistics_in_training", |e: &BatchNorm| {
            let z = (e.batch[0] - e.running_mean) / e.running_variance.sqrt();
            [Some(e.gamma * z + e.beta), None, None]
        })
        .mistake("gamma_and_beta_exchanged", |e: &BatchNorm| {
            let exchanged = BatchNorm {
                gamma: e.beta,
                beta: e.gamma,
                ..*e
            };
            [Some(right(&exchanged)[0]), None, None]
        })
        .mistake("mean_of_the_batch_only", |e: &BatchNorm| {
            let (mean, _) = moments(e);
            [None, Some(mean), None]
        })
}

/// The mean, and the sum of the squared distances from it.
fn moments(e: &BatchNorm) -> (f64, f64) {
    let mean = e.batch.iter().sum::<f64>() / 4.0;
    (mean, e.batch.iter().map(|x| (x - mean).powi(2)).sum())
}

fn output(e: &BatchNorm, variance: f64) -> f64 {
    let (mean, _) = moments(e);
    e.gamma * (e.batch[0] - mean) / variance.sqrt() + e.beta
}

fn updated(e: &BatchNorm, running: f64, batch: f64) -> f64 {
    (1.0 - e.momentum) * running + e.momentum * batch
}

fn right(e: &BatchNorm) -> [f64; 3] {
    let (mean, squares) = moments(e);
    [
        output(e, squares / 4.0),
        updated(e, e.running_mean, mean),
        updated(e, e.running_variance, squares / 3.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// Variances from the squared distances of all pairs: their mean over pairs of two different samples is
    /// twice the unbiased one, over all pairs twice the biased one.
    #[test]
    fn distances_of_pairs_agree() {
        agrees(
            right,
            |e: &BatchNorm| {
                let pairs = e
                    .batch
                    .iter()
                    .flat_map(|a| e.batch.map(|b| (a - b).powi(2)));
                let squares: f64 = pairs.sum();
                let (biased, unbiased) = (squares / 32.0, squares / 24.0);
                let distance: f64 = e.batch.iter().map(|x| e.batch[0] - x).sum::<f64>() / 4.0;
                let mean = e.batch[0] - distance;
                [
                    e.gamma * distance / biased.sqrt() + e.beta,
                    e.running_mean + e.momentum * (mean - e.running_mean),
                    e.running_variance + e.momentum * (unbiased - e.running_variance),
                ]
            },
            1e-9,
        );
    }
}
