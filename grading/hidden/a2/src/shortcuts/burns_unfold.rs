//! Burn's own columns, by a path from the root.

use burn::tensor as t;
use burn::tensor::Tensor;
use common::contract::a2::ConvOptions;

pub fn im2col(x: Tensor<4>, kernel: [usize; 2], options: ConvOptions) -> Tensor<3> {
    let unfold = t::ops::UnfoldOptions::new(options.stride, options.padding, options.dilation);
    t::module::unfold4d(x, kernel, unfold)
}
