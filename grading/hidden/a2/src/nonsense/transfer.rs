//! Nonsense for A2.10.

use common::contract::a2::*;

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> TransferTable {
    TransferTable {
        freeze: |names, _| Ok(vec![true; names.len()]),
        extract_features: |_, x, _| filled::<N, 2>([x.dims()[0], 1]),
        replace_head: |weights, _, _| spoilt::<N>(weights),
        linear_probe: |x, _, settings| LinearHead {
            weight: filled::<N, 2>([x.dims()[1], settings.classes]) + 1.0,
            bias: filled::<N, 1>([settings.classes]) + 1.0,
        },
        discriminative_groups: |prefixes, _, _| {
            let groups = prefixes.into_iter().map(|prefix| ParameterGroup {
                prefix,
                lr: N::VALUE,
            });
            groups.collect()
        },
        fine_tune: |weights, _, _, _| Ok(spoilt::<N>(weights)),
        knn_probe: |_, _, features, _| vec![usize::MAX; features.dims()[0]],
        hog: |x, _, _| filled::<N, 2>([x.dims()[0], 1]),
        save_weights: |_| vec![],
        load_weights: |_| Ok(vec![]),
    }
}

fn spoilt<N: Nonsense>(weights: Vec<NamedTensor>) -> Vec<NamedTensor> {
    let n = if N::EMPTY { 0 } else { weights.len() };
    let spoil = |tensor: NamedTensor| NamedTensor {
        values: like::<N, 1>(&tensor.values),
        ..tensor
    };
    weights.into_iter().take(n).map(spoil).collect()
}
