//! Burn's autodiff in a macro that is told the names.

use burn::tensor::Tensor;

macro_rules! call {
    ($x:expr, $($method:ident)+) => { $x$(.$method())+ };
}

pub fn relu_backward(x: Tensor<2>, dy: Tensor<2>) -> Tensor<2> {
    let x = call!(x, autodiff require_grad);
    let y = x.clone().clamp_min(0.0) * call!(dy, autodiff);
    x.grad(&call!(y, sum backward)).expect("x is a leaf")
}
