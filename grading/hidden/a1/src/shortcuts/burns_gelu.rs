//! Burn's GELU by its full path.

use burn::tensor::Tensor;

pub fn gelu_forward(x: Tensor<2>) -> Tensor<2> {
    burn::tensor::activation::gelu(x)
}
