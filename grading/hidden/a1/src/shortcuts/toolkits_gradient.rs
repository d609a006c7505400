//! The derivative of a loss by the toolkit of later assignments, which calls Burn's autodiff elsewhere.

use burn::tensor::Tensor;

pub fn gradient(w: Tensor<1>) -> Tensor<1> {
    common::nn::value_and_gradient(&w, |w| w.clone().square().sum()).1
}
