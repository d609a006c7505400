//! Burn's interpolation for the way up.

use burn::tensor::Tensor;
use burn::tensor::module;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

pub fn upsample_to(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Nearest).with_output_size(size);
    module::interpolate(x, options)
}
