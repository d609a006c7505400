//! A backward pass by the toolkit's call of Burn's autodiff.

use burn::tensor::Tensor;
use common::nn::value_and_gradient as both;

fn upsampled(x: Tensor<4>, [rows, columns]: [usize; 2]) -> Tensor<4> {
    let [n, c, height, width] = x.dims();
    let x = x.reshape([n * c * height, 1, width, 1]);
    let wider = x.repeat_dim(3, columns / width);
    let x = wider.reshape([n * c, height, 1, columns]);
    x.repeat_dim(2, rows / height).reshape([n, c, rows, columns])
}

pub fn upsample_nearest_backward(dy: Tensor<4>, [height, width]: [usize; 2]) -> Tensor<4> {
    let [n, c, rows, columns] = dy.dims();
    let x = Tensor::zeros([n, c, height, width], (&dy.device(), dy.dtype()));
    let (_, dx) = both(&x, |x| {
        let dy = Tensor::from_data(dy.to_data(), &x.device());
        (upsampled(x.clone(), [rows, columns]) * dy).sum()
    });
    dx
}
