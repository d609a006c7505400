use common::contract::a1::*;

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> PretrainingTable {
    PretrainingTable {
        rbm_free_energy: |_, v| filled::<N, 1>([v.dims()[0]]),
        p_h_given_v: |layer, v| filled::<N, 2>([v.dims()[0], layer.weights.dims()[1]]),
        p_v_given_h: |layer, h| filled::<N, 2>([h.dims()[0], layer.weights.dims()[0]]),
        cd_k: |layer, _, _, _| layer_like::<N>(&layer),
        autoencoder_forward: |layer, x| AutoencoderForward {
            hidden: filled::<N, 2>([x.dims()[0], layer.weights.dims()[1]]),
            logits: like::<N, 2>(&x),
        },
        autoencoder_backward: |layer, _, _, _| layer_like::<N>(&layer),
        corrupt: |x, _, _| like::<N, 2>(&x),
        stack_init: |sizes, _| {
            let layers = if N::EMPTY { &sizes[..1] } else { &sizes[..] };
            let layer = |l: &[usize]| TiedLayer {
                weights: filled::<N, 2>([l[0], l[1]]),
                visible_bias: filled::<N, 1>([l[0]]),
                hidden_bias: filled::<N, 1>([l[1]]),
            };
            layers.windows(2).map(layer).collect()
        },
        pretrain_step: |stack, _, _, _, _| stack_like::<N>(&stack),
        pretrain_stack: |stack, _, _| stack_like::<N>(&stack),
        to_mlp: |stack| MlpParameters {
            weights: list::<N>(&stack)
                .map(|l| like::<N, 2>(&l.weights))
                .collect(),
            biases: list::<N>(&stack)
                .map(|l| like::<N, 1>(&l.hidden_bias))
                .collect(),
        },
    }
}

fn layer_like<N: Nonsense>(layer: &TiedLayer) -> TiedLayer {
    TiedLayer {
        weights: like::<N, 2>(&layer.weights),
        visible_bias: like::<N, 1>(&layer.visible_bias),
        hidden_bias: like::<N, 1>(&layer.hidden_bias),
    }
}

fn list<N: Nonsense>(stack: &[TiedLayer]) -> impl Iterator<Item = &TiedLayer> {
    stack.iter().take(if N::EMPTY { 0 } else { stack.len() })
}

fn stack_like<N: Nonsense>(stack: &[TiedLayer]) -> Vec<TiedLayer> {
    list::<N>(stack).map(layer_like::<N>).collect()
}
