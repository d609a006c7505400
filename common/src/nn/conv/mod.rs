//! The convolution that networks are trained with.

mod backward;
mod channels;
mod forward;
mod geometry;
mod input;
mod kernels;
mod operation;
mod pixels;
mod planes;
mod products;
#[cfg(test)]
mod tests;
mod weight;

use burn::backend::Dispatch;
use burn::tensor::ops::ConvOptions as BurnOptions;
use burn::tensor::{Tensor, module};

use self::geometry::Geometry;
use self::operation::Convolution;
use super::flex::is_ours;
use crate::record;

record! {
    /// How a kernel moves over an image, rows first in each pair.
    pub struct ConvOptions {
        /// Steps between two places of the kernel.
        pub stride: [usize; 2],
        /// Zeros around the image, on each side.
        pub padding: [usize; 2],
        /// Steps between two elements of the kernel; 1 is none left out.
        pub dilation: [usize; 2],
        /// Into how many groups the channels are divided; each output channel sees the inputs of its group alone.
        pub groups: usize,
    }
}

impl Default for ConvOptions {
    /// Stride 1, no padding, no dilation, one group.
    fn default() -> Self {
        Self {
            stride: [1, 1],
            padding: [0, 0],
            dilation: [1, 1],
            groups: 1,
        }
    }
}

/// The cross-correlation that the field calls convolution, plus a bias per output channel:
///
/// ```text
/// y[n, o, i, j] = bias[o] + sum over c, p, q of  x[n, first + c, i s + p d - pad, j s + q d - pad] weight[o, c, p, q]
/// ```
///
/// where `first` is the first channel of the group that `o` belongs to.
///
/// - `x`: `[n, c_in, height, width]`; `weight`: `[c_out, c_in / groups, kernel rows, kernel columns]`; `bias`: `[c_out]`.
/// - Gives `[n, c_out, out rows, out columns]` with `out = (size + 2 pad - d (kernel - 1) - 1) / stride + 1`, rounded down.
///
/// Gradients flow through it on an autodiff device.
///
/// # Panics
/// When the channels do not fit, or the kernel is larger than the padded image.
#[must_use]
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: &ConvOptions,
) -> Tensor<4> {
    let g = Geometry::new(x.dims(), weight.dims(), options);
    let channels = g.groups * g.outputs;
    if let Some(bias) = &bias {
        let length = bias.dims()[0];
        assert!(
            length == channels,
            "conv2d: the bias has {length} numbers for {channels} output channels"
        );
    }
    let same = bias.as_ref().is_none_or(|bias| bias.dtype() == x.dtype());
    assert!(
        same && weight.dtype() == x.dtype(),
        "conv2d: x, weight and bias are of one precision"
    );
    if !is_ours(&x) {
        let options = BurnOptions::new(
            options.stride,
            options.padding,
            options.dilation,
            options.groups,
        );
        return module::conv2d(x, weight, bias, options);
    }
    let with_bias = bias.is_some();
    let bias =
        bias.unwrap_or_else(|| Tensor::empty([0], (&x.device().without_autodiff(), x.dtype())));
    Tensor::from_dispatch(Dispatch::convolution(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        with_bias,
        options.clone(),
    ))
}
