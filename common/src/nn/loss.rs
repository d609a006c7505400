//! The loss of classifiers.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};

/// The mean cross-entropy in nats of `logits` `[n, classes]` against `labels` `[n]`, of which the share `smoothing`
/// is spread evenly over all classes (Szegedy et al., "Rethinking the Inception architecture", 2016, section 7).
#[must_use]
pub fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>, smoothing: f64) -> Tensor<1> {
    let log_p = log_softmax(logits, 1);
    let right = log_p.clone().gather(1, labels.unsqueeze_dim(1)).mean();
    let loss = right.neg() * (1.0 - smoothing);
    match smoothing {
        0.0 => loss,
        _ => loss - log_p.mean() * smoothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{labels, tensor};

    #[test]
    fn values_by_hand() {
        let logits = tensor::<2>([[0.0, 0.0, 0.0, 0.0], [1000.0, 0.0, 0.0, 0.0]]);
        let plain = cross_entropy(logits.clone(), labels(&[2, 0]), 0.0);
        assert!((plain.into_scalar::<f64>() - 4f64.ln() / 2.0).abs() < 1e-6);
        // The second row's mean of -log p is 750, and a tenth of half of it is 37.5.
        let smooth = cross_entropy(logits, labels(&[2, 0]), 0.1);
        assert!((smooth.into_scalar::<f64>() - (4f64.ln() / 2.0 + 37.5)).abs() < 1e-4);
    }
}
