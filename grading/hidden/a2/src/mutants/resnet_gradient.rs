//! Mutants of A2.7: gradients and the probe.

use a2_cnn::parts::resnet as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a2::{ResnetCifar, ResnetGradient, ResnetSettings, ResnetStatistics};
use common::nn::{Parameters, cross_entropy, detach, value_and_gradient, value_and_gradient_with};
use hidden_suite::Mutant;

use super::resnet::PART;
use super::spoiled_block::{RIGHT, Used, Ways, convolve};

/// The mutants of this part that are about gradients.
pub fn mutants() -> Vec<Mutant> {
    let mut all = gradient();
    all.extend(probe());
    all
}

/// The right loss with the gradient of `other`, which need not have the right value.
fn gradient_of(
    p: ResnetCifar,
    right: ResnetGradient,
    other: impl FnOnce(&ResnetCifar) -> Tensor<1>,
) -> ResnetGradient {
    let (_, gradients) = value_and_gradient(&p, other);
    ResnetGradient { gradients, ..right }
}

fn gradient() -> Vec<Mutant> {
    vec![
        mutant!(
            resnet.resnet_gradient / "identity_detached",
            "no gradient goes through the shortcuts",
            |p, r, images, labels, s| {
                let right = reference::resnet_gradient(
                    p.clone(),
                    r.clone(),
                    images.clone(),
                    labels.clone(),
                    s.clone(),
                );
                gradient_of(p, right, |p| {
                    let sum = |f, shortcut| activation::relu::<4>(f + detach(shortcut));
                    let logits = logits(Ways { sum, ..RIGHT }, p, &r, images, &s);
                    cross_entropy(logits, labels, 0.0)
                })
            }
        ),
        mutant!(
            resnet.resnet_gradient / "statistics_taken_for_constants",
            "the mean and the variance of a batch are taken for constants",
            |p, r, images, labels, s| {
                let right = reference::resnet_gradient(
                    p.clone(),
                    r.clone(),
                    images.clone(),
                    labels.clone(),
                    s.clone(),
                );
                gradient_of(p, right, |p| {
                    let used: Used = |_, _, batch| (detach(batch.mean), detach(batch.variance));
                    let logits = logits(Ways { used, ..RIGHT }, p, &r, images, &s);
                    cross_entropy(logits, labels, 0.0)
                })
            }
        ),
        mutant!(
            resnet.resnet_gradient / "of_the_sum",
            "the gradient is that of the sum over the batch",
            |p, r, images, labels, s| {
                let n = images.dims()[0] as f64;
                let right = reference::resnet_gradient(p, r, images, labels, s);
                let gradients = right.gradients.map(&mut |gradient| gradient * n);
                ResnetGradient { gradients, ..right }
            }
        ),
        mutant!(
            resnet.resnet_gradient / "sum_for_the_loss",
            "the loss is the sum over the batch",
            |p, r, images, labels, s| {
                let n = images.dims()[0] as f64;
                let right = reference::resnet_gradient(p, r, images, labels, s);
                ResnetGradient {
                    loss: right.loss * n,
                    ..right
                }
            }
        ),
        mutant!(
            resnet.resnet_gradient / "smoothed",
            "the labels are smoothed",
            |p, r, images, labels, s| {
                let ((loss, statistics), gradients) = value_and_gradient_with(&p, |p| {
                    let forward = reference::resnet_forward(p.clone(), r, images, s);
                    (
                        cross_entropy(forward.logits, labels, 0.1),
                        forward.statistics,
                    )
                });
                ResnetGradient {
                    loss,
                    gradients,
                    statistics,
                }
            }
        ),
        mutant!(
            resnet.resnet_gradient / "sign",
            "the gradient points downhill",
            |p, r, images, labels, s| {
                let right = reference::resnet_gradient(p, r, images, labels, s);
                let gradients = right.gradients.map(&mut |gradient| gradient.neg());
                ResnetGradient { gradients, ..right }
            }
        ),
        mutant!(
            resnet.resnet_gradient / "statistics_stay",
            "the running statistics come back as they went in",
            |p, r, images, labels, s| {
                let statistics = r.clone();
                let right = reference::resnet_gradient(p, r, images, labels, s);
                ResnetGradient {
                    statistics,
                    ..right
                }
            }
        ),
        mutant!(
            resnet.resnet_gradient / "dense_layer_only",
            "only the dense layer gets a gradient",
            |p, r, images, labels, s| {
                let mut right = reference::resnet_gradient(p, r, images, labels, s);
                right.gradients.stem = right.gradients.stem.zeros_like();
                right.gradients.blocks = right
                    .gradients
                    .blocks
                    .map(&mut |gradient| gradient.zeros_like());
                right
            }
        ),
    ]
}

/// The logits of a network whose blocks and norms are computed in these ways.
fn logits(
    ways: Ways,
    p: &ResnetCifar,
    old: &ResnetStatistics,
    images: Tensor<4>,
    settings: &ResnetSettings,
) -> Tensor<2> {
    let stem = convolve(images, &p.stem, 1);
    let stem = activation::relu(ways.norm(stem, &p.stem_norm, &old.stem, settings));
    let pairs = p.blocks.iter().zip(&old.blocks);
    let last = pairs.fold(stem, |x, (block, old)| {
        let [outputs, inputs, ..] = block.conv1.dims();
        ways.output(block, old, x, outputs / inputs, settings)
    });
    let means = last.mean_dims(&[2, 3]).flatten::<2>(1, 3);
    means.matmul(p.dense_weight.clone()) + p.dense_bias.clone().unsqueeze()
}

/// A layer of the probe's stack, of its input and of what the weights make of it.
type Layer = fn(Tensor<2>, Tensor<2>) -> Tensor<2>;

/// The norms of the gradients in a stack of such layers.
fn norms(weights: Vec<Tensor<2>>, x: Tensor<2>, dy: Tensor<2>, layer: Layer) -> Vec<f64> {
    let (_, gradients) = value_and_gradient(&weights, |weights| {
        let through = |x: Tensor<2>, w: &Tensor<2>| layer(x.clone(), x.matmul(w.clone()));
        (weights.iter().fold(x, through) * dy).sum()
    });
    let norm = |gradient: Tensor<2>| gradient.square().sum().sqrt().into_scalar::<f64>();
    gradients.into_iter().map(norm).collect()
}

fn probe() -> Vec<Mutant> {
    vec![
        mutant!(
            resnet.gradient_norm_probe / "last_layer_first",
            "the norms are in the order of the backward pass",
            |w, x, dy, residual| {
                let mut right = reference::gradient_norm_probe(w, x, dy, residual);
                right.reverse();
                right
            }
        ),
        mutant!(
            resnet.gradient_norm_probe / "no_root",
            "the sums of squares, without a root",
            |w, x, dy, residual| {
                let right = reference::gradient_norm_probe(w, x, dy, residual);
                right.into_iter().map(|norm| norm * norm).collect()
            }
        ),
        mutant!(
            resnet.gradient_norm_probe / "root_of_the_mean",
            "the root of the mean square and not of the sum",
            |w, x, dy, residual| {
                let d = x.dims()[1] as f64;
                let right = reference::gradient_norm_probe(w, x, dy, residual);
                right.into_iter().map(|norm| norm / d).collect()
            }
        ),
        mutant!(
            resnet.gradient_norm_probe / "shares",
            "the norms are divided by the largest",
            |w, x, dy, residual| {
                let right = reference::gradient_norm_probe(w, x, dy, residual);
                let largest = right.iter().copied().fold(0.0, f64::max);
                right.into_iter().map(|norm| norm / largest).collect()
            }
        ),
        mutant!(
            resnet.gradient_norm_probe / "dy_ignored",
            "the gradient is that of the sum of the output",
            |w, x, dy, residual| {
                let ones = dy.ones_like();
                reference::gradient_norm_probe(w, x, ones, residual)
            }
        ),
        mutant!(
            resnet.gradient_norm_probe / "never_residual",
            "no layer adds its input: plain ReLU",
            |w, x, dy, residual| match residual {
                true => norms(w, x, dy, |_, z| activation::relu(z)),
                false => reference::gradient_norm_probe(w, x, dy, false),
            }
        ),
        mutant!(
            resnet.gradient_norm_probe / "identity_detached",
            "no gradient goes through the input that is added",
            |w, x, dy, residual| match residual {
                true => norms(w, x, dy, |x, z| detach(x) + activation::relu(z)),
                false => reference::gradient_norm_probe(w, x, dy, false),
            }
        ),
        mutant!(
            resnet.gradient_norm_probe / "relu_of_the_sum",
            "ReLU comes after the sum",
            |w, x, dy, residual| match residual {
                true => norms(w, x, dy, |x, z| activation::relu(x + z)),
                false => reference::gradient_norm_probe(w, x, dy, false),
            }
        ),
        mutant!(
            resnet.gradient_norm_probe / "plain_relu",
            "the plain stack has ReLU and not sigmoids",
            |w, x, dy, residual| match residual {
                true => reference::gradient_norm_probe(w, x, dy, true),
                false => norms(w, x, dy, |_, z| activation::relu(z)),
            }
        ),
        mutant!(
            resnet.gradient_norm_probe / "transposed_weights",
            "a layer multiplies by the transpose of its weights",
            |w, x, dy, residual| {
                let w = w.into_iter().map(Tensor::transpose).collect();
                reference::gradient_norm_probe(w, x, dy, residual)
            }
        ),
    ]
}
