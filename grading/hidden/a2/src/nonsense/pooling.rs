//! Nonsense for A2.3.

use burn::tensor::Tensor;
use common::contract::a2::{PoolingTable, TransposedConvGradients};

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> PoolingTable {
    PoolingTable {
        pool_output_size: |_, _, _, _| size::<N>(),
        max_pool_forward: |x, _| like::<N, 4>(&x),
        max_pool_backward: |x, _, _| like::<N, 4>(&x),
        avg_pool_forward: |x, _, _| like::<N, 4>(&x),
        avg_pool_backward: |dy, size, _, _| resized::<N>(dy.dims(), size),
        global_avg_pool_forward: |x| {
            let [n, c, _, _] = x.dims();
            filled::<N, 2>([n, c])
        },
        global_avg_pool_backward: |dy, [height, width]| {
            let [n, c] = dy.dims();
            filled::<N, 4>([n, c, height, width])
        },
        upsample_nearest_forward: |x, size| resized::<N>(x.dims(), size),
        upsample_nearest_backward: |dy, size| resized::<N>(dy.dims(), size),
        upsample_bilinear_forward: |x, size, _| resized::<N>(x.dims(), size),
        upsample_bilinear_backward: |dy, size, _| resized::<N>(dy.dims(), size),
        conv_transpose_output_size: |_, _, _, _, _, _| size::<N>(),
        conv_transpose2d_forward: |x, _, _, _| like::<N, 4>(&x),
        conv_transpose2d_backward: |x, weight, dy, _| TransposedConvGradients {
            dx: like::<N, 4>(&x),
            dweight: like::<N, 4>(&weight),
            dbias: filled::<N, 1>([dy.dims()[1]]),
        },
    }
}

fn size<N: Nonsense>() -> Result<usize, String> {
    match N::EMPTY {
        true => Err("no".into()),
        false => Ok(0),
    }
}

fn resized<N: Nonsense>([n, c, _, _]: [usize; 4], [height, width]: [usize; 2]) -> Tensor<4> {
    filled::<N, 4>([n, c, height, width])
}
