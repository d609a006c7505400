//! Nonsense for A2.6.

use common::contract::a2::*;

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> AlexnetTable {
    AlexnetTable {
        local_response_norm: |x, _| like::<N, 4>(&x),
        local_response_norm_backward: |x, _, _| like::<N, 4>(&x),
        overlapping_pool: |x, size, stride| {
            let [n, c, h, w] = x.dims();
            filled::<N, 4>([n, c, (h - size) / stride + 1, (w - size) / stride + 1])
        },
        colour_components: |images| {
            let [_, c, _, _] = images.dims();
            ColourComponents {
                values: filled::<N, 1>([c]),
                vectors: filled::<N, 2>([c, c]),
            }
        },
        pca_colour_jitter: |images, _, _| like::<N, 4>(&images),
        random_crop_flip: |images, [h, w], _| {
            let [n, c, _, _] = images.dims();
            filled::<N, 4>([n, c, h, w])
        },
        ten_crops: |images, [h, w]| {
            let [n, c, _, _] = images.dims();
            filled::<N, 5>([n, 10, c, h, w])
        },
        mini_alexnet_forward: |p, images, _| logits::<N>(&p, images.dims()[0]),
        ten_crop_predict: |p, images, _, _| logits::<N>(&p, images.dims()[0]),
        alexnet_config: || AlexnetConfig {
            image: [0; 3],
            convolutions: Vec::new(),
            dense: Vec::new(),
        },
        alexnet_table: |config| {
            let rows = if N::EMPTY {
                0
            } else {
                config.convolutions.len()
            };
            let row = AlexnetRow {
                name: String::new(),
                output: [0; 3],
                parameters: 0,
                multiplications: usize::MAX,
            };
            vec![row; rows]
        },
        top_k_errors: |_, _, ks| {
            let n = if N::EMPTY { 0 } else { ks.len() };
            vec![N::VALUE; n]
        },
    }
}

fn logits<N: Nonsense>(p: &MiniAlexnet, n: usize) -> burn::tensor::Tensor<2> {
    filled::<N, 2>([n, p.dense2_bias.dims()[0]])
}
