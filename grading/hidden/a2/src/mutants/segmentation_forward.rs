//! Mutants of A2.12: the classifier that is looked into.

use a2_cnn::parts::segmentation as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a2::{LookCnn, LookForward};
use common::nn::{ConvOptions, avg_pool2d, conv2d, max_pool2d};
use hidden_suite::Mutant;

use super::segmentation::PART;

/// How the classifier is spoiled.
struct Ways {
    first: fn(Tensor<4>) -> Tensor<4>,
    pool: fn(Tensor<4>) -> Tensor<4>,
    second: fn(Tensor<4>) -> Tensor<4>,
    inputs: fn(Tensor<4>) -> Tensor<2>,
}

const RIGHT: Ways = Ways {
    first: activation::relu,
    pool: |x| max_pool2d(x, [2, 2], [2, 2]),
    second: activation::relu,
    inputs: |maps| maps.flatten(1, 3),
};

fn spoiled(cnn: &LookCnn, images: Tensor<4>, ways: &Ways) -> LookForward {
    let same = |x: Tensor<4>, weight: &Tensor<4>, bias: &Tensor<1>| {
        let half = weight.dims()[2] / 2;
        let options = ConvOptions {
            padding: [half, half],
            ..ConvOptions::default()
        };
        conv2d(x, weight.clone(), Some(bias.clone()), &options)
    };
    let x = (ways.first)(same(images, &cnn.conv1_weight, &cnn.conv1_bias));
    let maps = (ways.second)(same((ways.pool)(x), &cnn.conv2_weight, &cnn.conv2_bias));
    let inputs = (ways.inputs)(maps.clone());
    LookForward {
        logits: inputs.matmul(cnn.head_weight.clone()) + cnn.head_bias.clone().unsqueeze(),
        maps,
    }
}

/// The mutants of the classifier itself.
pub(super) fn forward() -> Vec<Mutant> {
    vec![
        mutant!(
            segmentation.look_forward / "maps_before_relu",
            "the maps, and what the linear layer sees, are before ReLU",
            |cnn, x| spoiled(
                &cnn,
                x,
                &Ways {
                    second: |x| x,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.look_forward / "no_first_relu",
            "no ReLU after the first convolution",
            |cnn, x| spoiled(
                &cnn,
                x,
                &Ways {
                    first: |x| x,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.look_forward / "mean_pooling",
            "pools with the mean",
            |cnn, x| spoiled(
                &cnn,
                x,
                &Ways {
                    pool: |x| avg_pool2d(x, [2, 2], [2, 2]),
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.look_forward / "maps_last",
            "the linear layer sees the maps pixel by pixel",
            |cnn, x| spoiled(
                &cnn,
                x,
                &Ways {
                    inputs: |maps| maps.permute([0, 2, 3, 1]).flatten(1, 3),
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.look_forward / "no_bias_in_the_head",
            "the linear layer has no bias",
            |mut cnn, x| {
                cnn.head_bias = cnn.head_bias.zeros_like();
                reference::look_forward(cnn, x)
            }
        ),
        mutant!(
            segmentation.look_forward / "no_bias_in_the_second",
            "the second convolution has no bias",
            |mut cnn, x| {
                cnn.conv2_bias = cnn.conv2_bias.zeros_like();
                reference::look_forward(cnn, x)
            }
        ),
        mutant!(
            segmentation.look_forward / "probabilities",
            "gives the softmax",
            |cnn, x| {
                let right = reference::look_forward(cnn, x);
                LookForward {
                    logits: activation::softmax(right.logits, 1),
                    ..right
                }
            }
        ),
    ]
}
