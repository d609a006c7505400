//! Burn's GELU as a value.

use burn::tensor::{Tensor, activation};

const BEND: [fn(Tensor<2>) -> Tensor<2>; 1] = [activation::gelu::<2>];

pub fn gelu_forward(x: Tensor<2>) -> Tensor<2> {
    BEND[0](x)
}
