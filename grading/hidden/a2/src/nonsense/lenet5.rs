//! Nonsense for A2.5.

use common::contract::a2::*;

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> Lenet5Table {
    Lenet5Table {
        c3_table: || {
            if N::EMPTY {
                vec![]
            } else {
                vec![vec![0; 3]; 16]
            }
        },
        c3_kernel: |_| filled::<N, 4>([16, 6, 5, 5]),
        lenet5_sizes: |_, _, modern| {
            if N::EMPTY {
                return vec![];
            }
            let none = |layer: &&str| LayerSize {
                layer: layer.to_string(),
                units: 0,
                parameters: 0,
                connections: 0,
            };
            let names = ["C1", "S2", "C3", "S4", "C5", "F6", "out"];
            names[..if modern { 7 } else { 6 }]
                .iter()
                .map(none)
                .collect()
        },
        lenet5_input: |images| {
            let [n, c, height, width] = images.dims();
            filled::<N, 4>([n, c, height + 4, width + 4])
        },
        trainable_subsampling: |x, _, _| {
            let [n, c, height, width] = x.dims();
            filled::<N, 4>([n, c, height / 2, width / 2])
        },
        lenet5_features: |p, images| filled::<N, 2>([images.dims()[0], p.f6_bias.dims()[0]]),
        rbf_distances: |x, prototypes| filled::<N, 2>([x.dims()[0], prototypes.dims()[0]]),
        rbf_loss: |_, _, _| filled::<N, 1>([1]),
        lenet5_modern: |_, images| filled::<N, 2>([images.dims()[0], 10]),
        modernise: |_| {
            Ok(LadderRung {
                passes: 0,
                loss: LadderLoss::SquaredError,
                unit: LadderUnit::ScaledTanh,
                rule: LadderRule::Sgd,
                lr: N::VALUE,
                last_lr: N::VALUE,
                shift: 0,
                dropout: N::VALUE,
            })
        },
        ladder_lr: |_, _| N::VALUE,
        ladder_shift: |images, _, _| like::<N, 4>(&images),
        ladder_forward: |_, _, images, _| filled::<N, 2>([images.dims()[0], 10]),
        ladder_loss: |_, _, _| filled::<N, 1>([1]),
    }
}
