//! The gradient of response normalisation by Burn's autodiff, through the toolkit.

use burn::tensor::Tensor;
use common::contract::a2::ResponseNorm;
use common::nn;

pub fn local_response_norm_backward(
    x: Tensor<4>,
    dy: Tensor<4>,
    settings: ResponseNorm,
) -> Tensor<4> {
    let (_, dx) = nn::value_and_gradient(&x, |x| {
        let y = local_response_norm(x.clone(), settings);
        (y * dy).sum()
    });
    dx
}

fn local_response_norm(x: Tensor<4>, settings: ResponseNorm) -> Tensor<4> {
    let s = x.clone().square() * settings.alpha + settings.k;
    x * s.powf_scalar(-settings.beta)
}
