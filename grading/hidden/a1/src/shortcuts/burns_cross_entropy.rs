//! Burn's cross-entropy.

use burn::tensor::{Int, Tensor, loss};

pub fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>) -> f64 {
    let [_, classes] = logits.dims();
    let targets: Tensor<2> = labels.one_hot(classes).float();
    loss::cross_entropy_with_logits(logits, targets).into_scalar()
}
