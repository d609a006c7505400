//! Burn's GELU through globs, beside another function of that name.

use burn::tensor::*;

mod decoy {
    pub fn gelu(x: f64) -> f64 {
        x
    }
}

pub fn gelu_forward(x: Tensor<2>) -> Tensor<2> {
    use activation::*;
    let _ = decoy::gelu(0.0);
    gelu(x)
}
