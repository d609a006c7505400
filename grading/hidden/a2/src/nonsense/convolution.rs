//! Nonsense for A2.2.

use burn::tensor::Tensor;
use common::contract::a2::{ConvGradients, ConvOptions, ConvolutionTable};

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> ConvolutionTable {
    ConvolutionTable {
        conv_out_size: |_, _, _, _, _| Ok(0),
        conv2d_naive: convolved::<N>,
        im2col: |x, kernel, options| {
            let [n, c, _, _] = x.dims();
            let [rows, columns] = places(&x, kernel, &options);
            filled::<N, 3>([n, c * kernel[0] * kernel[1], rows * columns])
        },
        col2im: |columns, [height, width], kernel, _| {
            let [n, rows, _] = columns.dims();
            filled::<N, 4>([n, rows / (kernel[0] * kernel[1]), height, width])
        },
        conv2d_gemm: convolved::<N>,
        conv2d_backward: |x, weight, _, _| ConvGradients {
            dx: like::<N, 4>(&x),
            dbias: filled::<N, 1>([weight.dims()[0]]),
            dweight: like::<N, 4>(&weight),
        },
    }
}

fn convolved<N: Nonsense>(
    x: Tensor<4>,
    weight: Tensor<4>,
    _: Tensor<1>,
    options: ConvOptions,
) -> Tensor<4> {
    let [c_out, _, rows, columns] = weight.dims();
    let [out_rows, out_columns] = places(&x, [rows, columns], &options);
    filled::<N, 4>([x.dims()[0], c_out, out_rows, out_columns])
}

/// The right sizes, so that the numbers are what is wrong.
fn places(x: &Tensor<4>, kernel: [usize; 2], options: &ConvOptions) -> [usize; 2] {
    let [_, _, height, width] = x.dims();
    std::array::from_fn(|axis| {
        crate::oracle::convolution::places(
            [height, width][axis],
            kernel[axis],
            options.stride[axis],
            options.padding[axis],
            options.dilation[axis],
        )
    })
}
