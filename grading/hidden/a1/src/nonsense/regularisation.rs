use common::contract::a1::*;

use hidden_suite::nonsense::{Nonsense, like, list};

pub fn table<N: Nonsense>() -> RegularisationTable {
    RegularisationTable {
        dropout_mask: |uniforms, _| like::<N, 2>(&uniforms),
        dropout_forward: |x, _, _, _| like::<N, 2>(&x),
        dropout_backward: |dy, _, _, _| like::<N, 2>(&dy),
        l1_penalty: |_, _, _| N::VALUE,
        l1_gradient: |parameters, _, _| gradient::<N>(&parameters),
        l2_penalty: |_, _, _| N::VALUE,
        l2_gradient: |parameters, _, _| gradient::<N>(&parameters),
        early_stopping: |losses, _, _| EarlyStop {
            stop: None,
            best: Some(losses.len()),
        },
        mixup: |x, targets, _, _| Mixed {
            x: like::<N, 2>(&x),
            targets: like::<N, 2>(&targets),
        },
        shift_images: |images, _, _| like::<N, 4>(&images),
        flip_images: |images, _| like::<N, 4>(&images),
        ensemble_average: |logits, _| like::<N, 2>(&logits[0]),
    }
}

fn gradient<N: Nonsense>(parameters: &MlpParameters) -> MlpParameters {
    MlpParameters {
        weights: list::<N, 2>(&parameters.weights),
        biases: list::<N, 1>(&parameters.biases),
    }
}
