//! The toolkit's convolution under another name.

use burn::tensor::Tensor;
use common::contract::a2::ConvOptions;
use common::nn as layers;

pub fn conv2d_gemm(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvOptions,
) -> Tensor<4> {
    layers::conv2d(x, weight, Some(bias), &options)
}
