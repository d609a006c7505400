//! Mutants of A1.10: autoencoders and their noise.

use a1_backprop::parts::pretraining as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a1::{AutoencoderForward, TiedLayer};
use hidden_suite::Mutant;

use super::pretraining::{PART, down, scaled, up, without_hidden_bias, without_visible_bias};

/// The mutants of autoencoders.
pub fn mutants() -> Vec<Mutant> {
    let mut all = autoencoder();
    all.extend(noise());
    all
}

fn autoencoder() -> Vec<Mutant> {
    vec![
        mutant!(
            pretraining.autoencoder_forward / "no_encoder_bias",
            "the hidden biases are left out",
            |layer, x| reference::autoencoder_forward(without_hidden_bias(layer), x)
        ),
        mutant!(
            pretraining.autoencoder_forward / "no_decoder_bias",
            "the visible biases are left out",
            |layer, x| reference::autoencoder_forward(without_visible_bias(layer), x)
        ),
        mutant!(
            pretraining.autoencoder_forward / "linear_code",
            "no sigmoid between the two layers",
            |layer, x| {
                let hidden = up(&layer, x);
                AutoencoderForward {
                    logits: down(&layer, hidden.clone()),
                    hidden,
                }
            }
        ),
        mutant!(
            pretraining.autoencoder_forward / "tanh_code",
            "tanh for the sigmoid",
            |layer, x| {
                let hidden = up(&layer, x).tanh();
                AutoencoderForward {
                    logits: down(&layer, hidden.clone()),
                    hidden,
                }
            }
        ),
        mutant!(
            pretraining.autoencoder_forward / "reconstruction_for_logits",
            "the logits go through their sigmoid",
            |layer, x| {
                let forward = reference::autoencoder_forward(layer, x);
                AutoencoderForward {
                    logits: activation::sigmoid(forward.logits),
                    ..forward
                }
            }
        ),
        mutant!(
            pretraining.autoencoder_backward / "way_up_only",
            "dw lacks the use of w on the way down",
            |layer, x, f, d| TiedLayer {
                weights: paths(&layer, x.clone(), &f, d.clone()).0,
                ..reference::autoencoder_backward(layer, x, f, d)
            }
        ),
        mutant!(
            pretraining.autoencoder_backward / "way_down_only",
            "dw lacks the use of w on the way up",
            |layer, x, f, d| TiedLayer {
                weights: paths(&layer, x.clone(), &f, d.clone()).1,
                ..reference::autoencoder_backward(layer, x, f, d)
            }
        ),
        mutant!(
            pretraining.autoencoder_backward / "mean_of_both_ways",
            "dw is the mean over the two uses of w",
            |layer, x, f, d| {
                let gradient = reference::autoencoder_backward(layer, x, f, d);
                TiedLayer {
                    weights: gradient.weights.clone() * 0.5,
                    ..gradient
                }
            }
        ),
        mutant!(
            pretraining.autoencoder_backward / "no_derivative_of_the_code",
            "dz = dhidden",
            |layer, x, f, d| {
                let dz = d.clone().matmul(layer.weights.clone());
                TiedLayer {
                    weights: x.transpose().matmul(dz.clone())
                        + d.clone().transpose().matmul(f.hidden),
                    visible_bias: d.sum_dim(0).squeeze_dim(0),
                    hidden_bias: dz.sum_dim(0).squeeze_dim(0),
                }
            }
        ),
        mutant!(
            pretraining.autoencoder_backward / "reconstruction_for_input",
            "dw uses what came out where x belongs",
            |layer, _, f, d| {
                let x = activation::sigmoid(f.logits.clone());
                reference::autoencoder_backward(layer, x, f, d)
            }
        ),
        mutant!(
            pretraining.autoencoder_backward / "divided_by_n",
            "the gradients are divided by the batch size, which dlogits already is",
            |layer, x, f, d| {
                let n = x.dims()[0] as f64;
                scaled(reference::autoencoder_backward(layer, x, f, d), 1.0 / n)
            }
        ),
        mutant!(
            pretraining.autoencoder_backward / "no_encoder_bias",
            "dc is zero",
            |layer, x, f, d| without_hidden_bias(reference::autoencoder_backward(layer, x, f, d))
        ),
        mutant!(
            pretraining.autoencoder_backward / "upstream_ignored",
            "dlogits is taken for ones",
            |layer, x, f, d| reference::autoencoder_backward(layer, x, f, d.ones_like())
        ),
        mutant!(
            pretraining.autoencoder_backward / "sigmoid_of_the_output",
            "dlogits goes through the derivative of the output's sigmoid",
            |layer, x, f, d| {
                let y = activation::sigmoid(f.logits.clone());
                let d = d * y.clone() * (1.0 - y);
                reference::autoencoder_backward(layer, x, f, d)
            }
        ),
    ]
}

fn noise() -> Vec<Mutant> {
    vec![
        mutant!(
            pretraining.corrupt / "scaled",
            "what is kept is divided by 1 - share, as dropout does",
            |x, share, u| reference::corrupt(x, share, u) / (1.0 - share)
        ),
        mutant!(
            pretraining.corrupt / "keeps_the_share",
            "share is the probability to keep",
            |x, share, u| reference::corrupt(x, 1.0 - share, u)
        ),
        mutant!(
            pretraining.corrupt / "complement",
            "0 where the uniform number is above the share",
            |x, share, u| x.mask_fill(u.greater_equal_elem(share), 0.0)
        ),
        mutant!(
            pretraining.corrupt / "lower_equal",
            "a share of 0 masks the pixels whose number is 0",
            |x, share, u| x.mask_fill(u.lower_equal_elem(share), 0.0)
        ),
        mutant!(
            pretraining.corrupt / "ones",
            "masked pixels are 1",
            |x, share, u| x.mask_fill(u.lower_elem(share), 1.0)
        ),
        mutant!(
            pretraining.corrupt / "one_mask_per_batch",
            "every sample loses the same pixels",
            |x, share, u| {
                let [n, visible] = x.dims();
                reference::corrupt(x, share, u.slice([0..1, 0..visible]).repeat_dim(0, n))
            }
        ),
        mutant!(
            pretraining.corrupt / "whole_samples",
            "a sample loses all of its pixels or none",
            |x, share, u| {
                let [n, visible] = x.dims();
                reference::corrupt(x, share, u.slice([0..n, 0..1]).repeat_dim(1, visible))
            }
        ),
    ]
}

/// The two terms of dw: that of the way up and that of the way down.
fn paths(
    layer: &TiedLayer,
    x: Tensor<2>,
    forward: &AutoencoderForward,
    dlogits: Tensor<2>,
) -> (Tensor<2>, Tensor<2>) {
    let h = forward.hidden.clone();
    let dhidden = dlogits.clone().matmul(layer.weights.clone());
    let dz: Tensor<2> = dhidden * h.clone() * (1.0 - h.clone());
    (x.transpose().matmul(dz), dlogits.transpose().matmul(h))
}
