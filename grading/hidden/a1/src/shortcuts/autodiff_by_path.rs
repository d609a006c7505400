//! Burn's autodiff without a method call.

use burn::tensor::{Gradients, Tensor};

type Loss = Tensor<1>;

pub fn relu_backward(x: Tensor<2>, dy: Tensor<2>) -> Tensor<2> {
    let leaf: fn(Tensor<2>) -> Tensor<2> = Tensor::require_grad;
    let x = leaf(Tensor::autodiff(x));
    let y: Loss = (x.clone().clamp_min(0.0) * Tensor::autodiff(dy)).sum();
    let walk: fn(&Loss) -> Gradients = <Loss>::backward;
    x.grad(&walk(&y)).expect("x is a leaf")
}
