//! Nonsense for A2.7.

use common::contract::a2::*;
use common::nn::Parameters;
use common::rng::Rng;

use crate::oracle::resnet::random_network;
use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> ResnetTable {
    ResnetTable {
        zero_padding_shortcut: |x, stride, channels| {
            let [n, _, h, w] = x.dims();
            filled::<N, 4>([n, channels, h.div_ceil(stride), w.div_ceil(stride)])
        },
        basic_block_forward: |block, statistics, x, stride, _| {
            let ([n, _, h, w], channels) = (x.dims(), block.conv1.dims()[0]);
            BasicBlockForward {
                y: filled::<N, 4>([n, channels, h.div_ceil(stride), w.div_ceil(stride)]),
                statistics: spoiled::<N, _>(statistics),
            }
        },
        resnet_cifar: |config, _| {
            let (mut parameters, mut statistics) = random_network(&config, &mut Rng::new(0));
            if N::EMPTY {
                parameters.blocks.clear();
                statistics.blocks.clear();
            }
            ResnetNetwork {
                parameters: spoiled::<N, _>(parameters),
                statistics: spoiled::<N, _>(statistics),
            }
        },
        resnet_parameter_count: |_| usize::MAX,
        resnet_forward: |p, statistics, images, _| ResnetForward {
            logits: filled::<N, 2>([images.dims()[0], p.dense_bias.dims()[0]]),
            statistics: spoiled::<N, _>(statistics),
        },
        resnet_gradient: |mut p, mut statistics, _, _, _| {
            if N::EMPTY {
                p.blocks.clear();
                statistics.blocks.clear();
            }
            ResnetGradient {
                loss: N::VALUE,
                gradients: spoiled::<N, _>(p),
                statistics: spoiled::<N, _>(statistics),
            }
        },
        gradient_norm_probe: |weights, _, _, _| {
            let n = if N::EMPTY { 0 } else { weights.len() };
            vec![N::VALUE; n]
        },
    }
}

/// The same structure, its tensors of nonsense.
fn spoiled<N: Nonsense, P: Parameters>(parameters: P) -> P {
    parameters.map(&mut |tensor| {
        // A tensor of another length does not fit its structure.
        let spoiled = like::<N, 1>(&tensor);
        if spoiled.dims() == tensor.dims() {
            spoiled
        } else {
            tensor.zeros_like()
        }
    })
}
