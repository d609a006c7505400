//! Burn's functional linear layer.

use burn::tensor::Tensor;
use burn::tensor::module::linear;

pub fn linear_forward(x: Tensor<2>, w: Tensor<2>, b: Tensor<1>) -> Tensor<2> {
    linear(x, w, Some(b))
}
