//! Pooling for networks.

use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{Tensor, module};

/// The largest value of each window of `kernel` rows and columns. Windows start every `stride`; those that do not fit
/// into the image are left out.
///
/// `x`: `[n, c, height, width]`; gives `[n, c, out rows, out columns]` with `out = (size - kernel) / stride + 1`.
/// Gradients flow through it on an autodiff device.
#[must_use]
pub fn max_pool2d(x: Tensor<4>, kernel: [usize; 2], stride: [usize; 2]) -> Tensor<4> {
    module::max_pool2d(x, MaxPoolOptions::new(kernel).with_stride(stride))
}

/// The mean of each window, as [`max_pool2d`].
#[must_use]
pub fn avg_pool2d(x: Tensor<4>, kernel: [usize; 2], stride: [usize; 2]) -> Tensor<4> {
    module::avg_pool2d(x, AvgPoolOptions::new(kernel).with_stride(stride))
}
