use common::contract::a1::*;

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> TensorLayersTable {
    TensorLayersTable {
        linear_forward: |x, w, _| filled::<N, 2>([x.dims()[0], w.dims()[1]]),
        linear_backward: |x, w, dy| LinearGradients {
            dx: like::<N, 2>(&x),
            dw: like::<N, 2>(&w),
            db: filled::<N, 1>([dy.dims()[1]]),
        },
        relu_forward: |x| like::<N, 2>(&x),
        relu_backward: |x, _| like::<N, 2>(&x),
        gelu_forward: |x| like::<N, 2>(&x),
        gelu_backward: |x, _| like::<N, 2>(&x),
        sigmoid_backward: |y, _| like::<N, 2>(&y),
        tanh_backward: |y, _| like::<N, 2>(&y),
        unbroadcast: |_, shape| filled::<N, 3>(shape),
        sum_backward: |_, shape, _| filled::<N, 2>(shape),
        mean_backward: |_, shape, _| filled::<N, 2>(shape),
        reshape_backward: |_, shape| filled::<N, 3>(shape),
        permute_backward: |dy, _| like::<N, 3>(&dy),
    }
}
