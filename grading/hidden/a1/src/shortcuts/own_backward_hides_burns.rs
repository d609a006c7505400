//! A method of one's own called `backward`, so that the call of Burn's looks like it.

use burn::tensor::Tensor;

struct Decoy;

impl Decoy {
    fn backward(&self) {}
}

pub fn gradient(w: Tensor<1>) -> Tensor<1> {
    Decoy.backward();
    let w = w.autodiff().require_grad();
    let gradients = w.clone().square().sum().backward();
    w.grad(&gradients).expect("w is a leaf")
}
