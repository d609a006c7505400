//! Nonsense for A2.4.

use common::contract::a2::*;

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> Lenet1989Table {
    Lenet1989Table {
        scaled_tanh: |a| like::<N, 2>(&a),
        background_pad: |x, margin| {
            let [n, c, height, width] = x.dims();
            filled::<N, 4>([n, c, height + 2 * margin, width + 2 * margin])
        },
        lenet1989_connections: || {
            if N::EMPTY {
                vec![]
            } else {
                vec![vec![0; 8]; 12]
            }
        },
        lenet1989_sizes: |_, _| {
            if N::EMPTY {
                return vec![];
            }
            let none = |layer: &str| LayerSize {
                layer: layer.into(),
                units: 0,
                parameters: 0,
                connections: 0,
            };
            ["H1", "H2", "H3", "out"].map(none).into()
        },
        lenet1989_init: |height, width, _| {
            let (rows, columns) = (height / 4, width / 4);
            Lenet1989Parameters {
                h1_weight: filled::<N, 4>([12, 1, 5, 5]),
                h1_bias: filled::<N, 3>([12, 2 * rows, 2 * columns]),
                h2_weight: filled::<N, 4>([12, 8, 5, 5]),
                h2_bias: filled::<N, 3>([12, rows, columns]),
                h3_weight: filled::<N, 2>([12 * rows * columns, 30]),
                h3_bias: filled::<N, 1>([30]),
                out_weight: filled::<N, 2>([30, 10]),
                out_bias: filled::<N, 1>([10]),
            }
        },
        lenet1989_forward: |_, images| filled::<N, 2>([images.dims()[0], 10]),
        signed_mse: |_, _| filled::<N, 1>([1]),
        lenet1989_pass: |p, _, _, _| Lenet1989Pass {
            parameters: Lenet1989Parameters {
                h1_weight: like::<N, 4>(&p.h1_weight),
                h1_bias: like::<N, 3>(&p.h1_bias),
                h2_weight: like::<N, 4>(&p.h2_weight),
                h2_bias: like::<N, 3>(&p.h2_bias),
                h3_weight: like::<N, 2>(&p.h3_weight),
                h3_bias: like::<N, 1>(&p.h3_bias),
                out_weight: like::<N, 2>(&p.out_weight),
                out_bias: like::<N, 1>(&p.out_bias),
            },
            loss: N::VALUE,
        },
        reject_curve: |outputs, _| {
            let point = RejectPoint {
                threshold: N::VALUE,
                rejected: N::VALUE,
                error: N::VALUE,
            };
            let points = if N::EMPTY { 0 } else { outputs.dims()[0] };
            vec![point; points]
        },
        reject_for_error: |_, _| (!N::EMPTY).then_some(N::VALUE),
    }
}
