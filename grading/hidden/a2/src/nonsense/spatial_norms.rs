//! Nonsense for A2.8.

use burn::tensor::Tensor;
use common::contract::a2::*;

use hidden_suite::nonsense::{Nonsense, like};

pub fn table<N: Nonsense>() -> SpatialNormsTable {
    SpatialNormsTable {
        spatial_bn_forward: |x, _, _, running, _| {
            Ok(SpatialBnForward {
                y: like::<N, 4>(&x),
                running: SpatialStatistics {
                    mean: like::<N, 1>(&running.mean),
                    variance: like::<N, 1>(&running.variance),
                },
            })
        },
        spatial_bn_backward: |x, gamma, _, _| gradients::<N>(&x, &gamma),
        group_norm_forward: |x, _, _, _, _| Ok(like::<N, 4>(&x)),
        group_norm_backward: |x, gamma, _, _, _| gradients::<N>(&x, &gamma),
        instance_norm_forward: |x, _, _, _| like::<N, 4>(&x),
        instance_norm_backward: |x, gamma, _, _| gradients::<N>(&x, &gamma),
        fold_bn_into_conv: |weight, bias, _, _, _, _| FoldedConv {
            weight: like::<N, 4>(&weight),
            bias: like::<N, 1>(&bias),
        },
    }
}

fn gradients<N: Nonsense>(x: &Tensor<4>, gamma: &Tensor<1>) -> SpatialNormGradients {
    SpatialNormGradients {
        dx: like::<N, 4>(x),
        dgamma: like::<N, 1>(gamma),
        dbeta: like::<N, 1>(gamma),
    }
}
