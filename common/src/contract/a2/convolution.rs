//! A2.2 Convolution.

use burn::tensor::Tensor;

pub use crate::nn::ConvOptions;
use crate::{contract, record};

record! {
    /// The gradients of a convolution.
    pub struct ConvGradients {
        /// By the image, `[n, c_in, height, width]`.
        pub dx: Tensor<4>,
        /// By the kernels, `[c_out, c_in / groups, kernel rows, kernel columns]`.
        pub dweight: Tensor<4>,
        /// By the bias, `[c_out]`.
        pub dbias: Tensor<1>,
    }
}

contract! {
    /// A2.2 Convolution: by loops, as a matrix product, and backwards.
    ///
    /// Images are `[n, c_in, height, width]`, kernels `[c_out, c_in / groups, kernel rows, kernel columns]`, outputs
    /// `[n, c_out, out rows, out columns]`. Pairs have the rows first.
    pub trait Convolution, table ConvolutionTable {
        /// How many places a kernel has along one axis. Refuses a kernel that is larger than the padded image, and a
        /// kernel, stride or dilation of 0.
        fn conv_out_size(
            size: usize,
            kernel: usize,
            stride: usize,
            padding: usize,
            dilation: usize,
        ) -> Result<usize, String>;
        /// The convolution by its definition, one sum for each number of the output.
        fn conv2d_naive(
            x: Tensor<4>,
            weight: Tensor<4>,
            bias: Tensor<1>,
            options: ConvOptions,
        ) -> Tensor<4>;
        /// What a kernel of `kernel` rows and columns sees at each of its places, as columns of a matrix:
        /// `[n, c_in kernel rows kernel columns, out rows out columns]`. The groups play no part.
        fn im2col(x: Tensor<4>, kernel: [usize; 2], options: ConvOptions) -> Tensor<3>;
        /// The transpose of [`im2col`](Convolution::im2col): adds every number of the columns to the pixel it came
        /// from. `size` is `[height, width]` of the image; gives `[n, c_in, height, width]`.
        fn col2im(
            columns: Tensor<3>,
            size: [usize; 2],
            kernel: [usize; 2],
            options: ConvOptions,
        ) -> Tensor<4>;
        /// The same convolution as products of matrices, one for each group.
        fn conv2d_gemm(
            x: Tensor<4>,
            weight: Tensor<4>,
            bias: Tensor<1>,
            options: ConvOptions,
        ) -> Tensor<4>;
        /// The gradients of the convolution, from `dy` `[n, c_out, out rows, out columns]`.
        fn conv2d_backward(
            x: Tensor<4>,
            weight: Tensor<4>,
            dy: Tensor<4>,
            options: ConvOptions,
        ) -> ConvGradients;
    }
}
