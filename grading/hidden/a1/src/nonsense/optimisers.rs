use burn::tensor::Tensor;
use common::contract::a1::*;

use hidden_suite::nonsense::{Nonsense, list};

pub fn table<N: Nonsense>() -> OptimisersTable {
    OptimisersTable {
        sgd: |w, _, _| list::<N, 1>(&w),
        momentum: |w, _, _, _, _| stepped::<N>(&w),
        nesterov: |w, _, _, _, _| stepped::<N>(&w),
        adagrad: |w, _, _, _, _| stepped::<N>(&w),
        rmsprop: |w, _, _, _, _, _| stepped::<N>(&w),
        adam: |w, _, state, _| adam::<N>(&w, &state),
        adamw: |w, _, state, _| adam::<N>(&w, &state),
        clip_grad_norm: |g, _| Clipped {
            gradients: list::<N, 1>(&g),
            norm: N::VALUE,
        },
    }
}

fn stepped<N: Nonsense>(parameters: &[Tensor<1>]) -> Stepped {
    Stepped {
        parameters: list::<N, 1>(parameters),
        state: list::<N, 1>(parameters),
    }
}

fn adam<N: Nonsense>(parameters: &[Tensor<1>], state: &AdamState) -> AdamStepped {
    AdamStepped {
        parameters: list::<N, 1>(parameters),
        state: AdamState {
            step: state.step + 1,
            first: list::<N, 1>(parameters),
            second: list::<N, 1>(parameters),
        },
    }
}
