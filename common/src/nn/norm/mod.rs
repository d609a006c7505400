//! Normalisation for networks.

mod channels;
mod operation;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::{Tensor, module};

use self::operation::Normalization;
use super::flex::is_ours;

/// Batch normalisation with the statistics of the batch: for every channel, over the images and the places,
///
/// ```text
/// y = gamma (x - mean) / sqrt(variance + eps) + beta
/// ```
///
/// - `x`: `[n, c, height, width]`; `gamma`, `beta`: `[c]`.
/// - Gives `(y, mean, variance)`, the latter `[c]` each, the variance biased (divided by the count). No gradient flows
///   through the two; they are for running averages.
///
/// Gradients flow through `y` on an autodiff device, also by way of the mean and the variance in it.
///
/// Source: Ioffe & Szegedy, "Batch normalization" (2015), Algorithm 1.
///
/// # Panics
/// When `gamma` or `beta` is not of one number per channel, or `x` is empty.
#[must_use]
pub fn batch_norm2d(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    eps: f64,
) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    let [n, c, height, width] = x.dims();
    assert!(
        n * c * height * width > 0,
        "batch_norm2d: x is empty: {:?}",
        x.dims()
    );
    assert!(
        gamma.dims() == [c] && beta.dims() == [c],
        "batch_norm2d: gamma {:?} and beta {:?} have a number for each of {c} channels",
        gamma.dims(),
        beta.dims()
    );
    let same = gamma.dtype() == x.dtype() && beta.dtype() == x.dtype();
    assert!(same, "batch_norm2d: x, gamma and beta are of one precision");
    if is_ours(&x) {
        let (y, mean, variance) = Dispatch::normalized(
            x.into_dispatch(),
            gamma.into_dispatch(),
            beta.into_dispatch(),
            eps,
        );
        return (
            Tensor::from_dispatch(y),
            Tensor::from_dispatch(mean),
            Tensor::from_dispatch(variance),
        );
    }
    let all = module::batch_norm_train(x, gamma, beta, eps);
    (all.output, all.mean, all.variance)
}
