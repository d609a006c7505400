use burn::tensor::{Device, Int, Tensor};
use common::contract::a1::*;

use hidden_suite::nonsense::{Nonsense, like};

pub fn table<N: Nonsense>() -> LossesTable {
    LossesTable {
        log_softmax: |x| like::<N, 2>(&x),
        cross_entropy: |_, _, _| N::VALUE,
        cross_entropy_backward: |x, _, _| like::<N, 2>(&x),
        bce_with_logits: |_, _| N::VALUE,
        bce_with_logits_backward: |x, _| like::<N, 2>(&x),
        mse: |_, _| N::VALUE,
        mse_backward: |x, _| like::<N, 2>(&x),
        topk_error: |_, _, _| N::VALUE,
        confusion: |_, _, _| Tensor::<2, Int>::from_data([[-1]], &Device::flex()),
        accuracy: |_| N::VALUE,
    }
}
