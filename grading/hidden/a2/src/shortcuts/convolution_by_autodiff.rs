//! The gradients of one's own convolution by Burn's autodiff.

use burn::tensor::Tensor;
use common::contract::a2::{ConvGradients, ConvOptions};

fn conv2d_gemm(x: Tensor<4>, weight: Tensor<4>, _: ConvOptions) -> Tensor<4> {
    let [n, c, height, width] = x.dims();
    let c_out = weight.dims()[0];
    let kernels = weight.reshape([1, c_out, c]);
    let y = kernels.matmul(x.reshape([n, c, height * width]));
    y.reshape([n, c_out, height, width])
}

pub fn conv2d_backward(
    x: Tensor<4>,
    weight: Tensor<4>,
    dy: Tensor<4>,
    options: ConvOptions,
) -> ConvGradients {
    let [x, weight] = [x, weight].map(|leaf| leaf.autodiff().require_grad());
    let y = conv2d_gemm(x.clone(), weight.clone(), options);
    let gradients = (y * dy.clone().autodiff()).sum().backward();
    let c_out = dy.dims()[1];
    ConvGradients {
        dx: x.grad(&gradients).expect("x is a leaf"),
        dweight: weight.grad(&gradients).expect("weight is a leaf"),
        dbias: dy.sum_dim(0).sum_dim(2).sum_dim(3).reshape([c_out]),
    }
}
