//! A2.3 Pooling, upsampling, transposed convolution.

use burn::tensor::Tensor;

use crate::{contract, record};

record! {
    /// How a window of pooling moves over an image, rows first in each pair.
    pub struct PoolWindow {
        /// The rows and columns of the window.
        pub kernel: [usize; 2],
        /// Steps between two windows; need not be the kernel.
        pub stride: [usize; 2],
        /// Rows and columns around the image on each side; at most half of the kernel.
        pub padding: [usize; 2],
    }
}

record! {
    /// How a transposed convolution spreads an image, rows first in each pair. All but `output_padding` is named after the
    /// convolution whose adjoint it is.
    pub struct TransposedConvOptions {
        /// Steps in the output between two places of the kernel.
        pub stride: [usize; 2],
        /// Rows and columns that are cut off the output on each side.
        pub padding: [usize; 2],
        /// Rows and columns more at the bottom and on the right of the output.
        pub output_padding: [usize; 2],
        /// Steps in the output between two elements of the kernel; 1 is none left out.
        pub dilation: [usize; 2],
        /// Into how many groups the channels are divided; each output channel sees the inputs of its group alone.
        pub groups: usize,
    }
}

record! {
    /// The gradients of a transposed convolution.
    pub struct TransposedConvGradients {
        /// By the input, `[n, c_in, height, width]`.
        pub dx: Tensor<4>,
        /// By the weight, `[c_in, c_out / groups, kernel rows, kernel columns]`.
        pub dweight: Tensor<4>,
        /// By the bias, `[c_out]`.
        pub dbias: Tensor<1>,
    }
}

contract! {
    /// A2.3 Pooling, upsampling, transposed convolution.
    ///
    /// Images are `[n, c, height, width]`. A pair of sizes has the rows first.
    pub trait Pooling, table PoolingTable {
        /// How many windows of `kernel` fit along a side of `size`, padded on both ends, when they are `stride` apart.
        /// Refuses a kernel or stride of 0, a padding of more than half of the kernel, and a kernel that does not fit.
        fn pool_output_size(size: usize, kernel: usize, stride: usize, padding: usize) -> Result<usize, String>;
        /// The largest value of each window, `[n, c, out rows, out columns]`.
        fn max_pool_forward(x: Tensor<4>, window: PoolWindow) -> Tensor<4>;
        /// The gradient of [`max_pool_forward`](Self::max_pool_forward) by `x`: each window gives all of its `dy` to its
        /// first largest value.
        fn max_pool_backward(x: Tensor<4>, dy: Tensor<4>, window: PoolWindow) -> Tensor<4>;
        /// The mean of each window. The padding counts as zeros, or not at all.
        fn avg_pool_forward(x: Tensor<4>, window: PoolWindow, count_include_pad: bool) -> Tensor<4>;
        /// The gradient of [`avg_pool_forward`](Self::avg_pool_forward) by its input of `input_size` rows and columns.
        fn avg_pool_backward(
            dy: Tensor<4>,
            input_size: [usize; 2],
            window: PoolWindow,
            count_include_pad: bool,
        ) -> Tensor<4>;
        /// The mean of each channel of each image, `[n, c]`.
        fn global_avg_pool_forward(x: Tensor<4>) -> Tensor<2>;
        /// The gradient of [`global_avg_pool_forward`](Self::global_avg_pool_forward) by its input, from `dy` `[n, c]`.
        fn global_avg_pool_backward(dy: Tensor<2>, input_size: [usize; 2]) -> Tensor<4>;
        /// The image at `output_size` rows and columns, each pixel a copy of one of `x`.
        fn upsample_nearest_forward(x: Tensor<4>, output_size: [usize; 2]) -> Tensor<4>;
        /// The gradient of [`upsample_nearest_forward`](Self::upsample_nearest_forward) by its input.
        fn upsample_nearest_backward(dy: Tensor<4>, input_size: [usize; 2]) -> Tensor<4>;
        /// The image at `output_size` rows and columns, each pixel a mixture of the four of `x` around it.
        fn upsample_bilinear_forward(x: Tensor<4>, output_size: [usize; 2], align_corners: bool) -> Tensor<4>;
        /// The gradient of [`upsample_bilinear_forward`](Self::upsample_bilinear_forward) by its input.
        fn upsample_bilinear_backward(dy: Tensor<4>, input_size: [usize; 2], align_corners: bool) -> Tensor<4>;
        /// The side of the output of a transposed convolution. Refuses a kernel, stride or dilation of 0, an
        /// `output_padding` that is not below the larger of stride and dilation, and an output without pixels.
        fn conv_transpose_output_size(
            size: usize,
            kernel: usize,
            stride: usize,
            padding: usize,
            output_padding: usize,
            dilation: usize,
        ) -> Result<usize, String>;
        /// The transposed convolution of `x` `[n, c_in, height, width]` with `weight`
        /// `[c_in, c_out / groups, kernel rows, kernel columns]`, plus a bias `[c_out]`.
        fn conv_transpose2d_forward(
            x: Tensor<4>,
            weight: Tensor<4>,
            bias: Option<Tensor<1>>,
            options: TransposedConvOptions,
        ) -> Tensor<4>;
        /// The gradients of [`conv_transpose2d_forward`](Self::conv_transpose2d_forward).
        fn conv_transpose2d_backward(
            x: Tensor<4>,
            weight: Tensor<4>,
            dy: Tensor<4>,
            options: TransposedConvOptions,
        ) -> TransposedConvGradients;
    }
}
