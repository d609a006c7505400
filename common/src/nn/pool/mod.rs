//! Pooling for networks.

mod operation;
#[cfg(test)]
mod tests;
mod windows;

use burn::backend::Dispatch;
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{Tensor, module};

use self::operation::Pooling;
use self::windows::Windows;
use super::flex::is_ours;

/// The largest value of each window of `kernel` rows and columns. Windows start every `stride`; those that do not fit
/// into the image are left out.
///
/// `x`: `[n, c, height, width]`; gives `[n, c, out rows, out columns]` with `out = (size - kernel) / stride + 1`.
/// Gradients flow through it on an autodiff device, to the first of equal values.
///
/// # Panics
/// When no window fits.
#[must_use]
pub fn max_pool2d(x: Tensor<4>, kernel: [usize; 2], stride: [usize; 2]) -> Tensor<4> {
    let windows = windows(&x, kernel, stride);
    if is_ours(&x) {
        Tensor::from_dispatch(Dispatch::largest(x.into_dispatch(), windows))
    } else {
        module::max_pool2d(x, MaxPoolOptions::new(kernel).with_stride(stride))
    }
}

/// The mean of each window, as [`max_pool2d`].
///
/// # Panics
/// When no window fits.
#[must_use]
pub fn avg_pool2d(x: Tensor<4>, kernel: [usize; 2], stride: [usize; 2]) -> Tensor<4> {
    let windows = windows(&x, kernel, stride);
    if is_ours(&x) {
        Tensor::from_dispatch(Dispatch::means(x.into_dispatch(), windows))
    } else {
        module::avg_pool2d(x, AvgPoolOptions::new(kernel).with_stride(stride))
    }
}

fn windows(x: &Tensor<4>, kernel: [usize; 2], stride: [usize; 2]) -> Windows {
    let [_, _, height, width] = x.dims();
    Windows::new([height, width], kernel, stride)
}
