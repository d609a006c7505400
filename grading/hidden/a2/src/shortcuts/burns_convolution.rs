//! Burn's functional convolution.

use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions as Options;
use common::contract::a2::ConvOptions;

pub fn conv2d_naive(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvOptions,
) -> Tensor<4> {
    let ConvOptions {
        stride,
        padding,
        dilation,
        groups,
    } = options;
    let options = Options::new(stride, padding, dilation, groups);
    conv2d(x, weight, Some(bias), options)
}
