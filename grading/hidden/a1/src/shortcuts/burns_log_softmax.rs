//! Burn's log-softmax.

use burn::tensor::Tensor;
use burn::tensor::activation;

pub fn log_softmax(logits: Tensor<2>) -> Tensor<2> {
    activation::log_softmax(logits, 1)
}
