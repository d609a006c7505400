//! Burn's own pooling.

use burn::tensor::Tensor;
use burn::tensor::module::max_pool2d as pool;
use burn::tensor::ops::MaxPoolOptions;
use common::contract::a2::PoolWindow;

pub fn max_pool_forward(x: Tensor<4>, window: PoolWindow) -> Tensor<4> {
    let options = MaxPoolOptions::new(window.kernel)
        .with_stride(window.stride)
        .with_padding(window.padding);
    pool(x, options)
}
