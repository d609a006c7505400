//! Mutants of A1.10: one step of a layer in a stack.

use a1_backprop::parts::pretraining as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a1::{LayerKind, PretrainSettings, TiedLayer};
use common::rng::Rng;
use hidden_suite::Mutant;

use super::pretraining::{PART, rounded, scaled, up, without_hidden_bias};

/// The mutants of single steps.
pub fn mutants() -> Vec<Mutant> {
    vec![
        mutant!(
            pretraining.pretrain_step / "raw_pixels",
            "every layer sees the pixels, where they fit",
            |stack, l, x, settings, u| on(stack, l, x, settings, u, |_, v| v)
        ),
        mutant!(
            pretraining.pretrain_step / "features_rounded",
            "the features of the layers below are made 0 or 1",
            |stack, l, x, settings, u| on(stack, l, x, settings, u, |layer, v| {
                rounded(reference::p_h_given_v(layer, v))
            })
        ),
        mutant!(
            pretraining.pretrain_step / "features_are_logits",
            "the features of the layers below lack their sigmoid",
            |stack, l, x, settings, u| on(stack, l, x, settings, u, |layer, v| up(&layer, v))
        ),
        mutant!(
            pretraining.pretrain_step / "features_without_bias",
            "the layers below forget their hidden biases",
            |stack, l, x, settings, u| on(stack, l, x, settings, u, |layer, v| {
                reference::p_h_given_v(without_hidden_bias(layer), v)
            })
        ),
        mutant!(
            pretraining.pretrain_step / "rbm_downhill",
            "the gradient of the log-likelihood is subtracted",
            |stack, l, x, mut settings, u| {
                if settings.kind == LayerKind::Rbm {
                    settings.lr = -settings.lr;
                }
                reference::pretrain_step(stack, l, x, settings, u)
            }
        ),
        mutant!(
            pretraining.pretrain_step / "autoencoder_uphill",
            "the gradient of the loss is added",
            |stack, l, x, mut settings, u| {
                if settings.kind == LayerKind::DenoisingAutoencoder {
                    settings.lr = -settings.lr;
                }
                reference::pretrain_step(stack, l, x, settings, u)
            }
        ),
        mutant!(
            pretraining.pretrain_step / "one_kind",
            "an RBM whatever was asked for",
            |stack, l, x, mut settings, u| {
                let [n, _] = x.dims();
                let hidden = stack[l].hidden_bias.dims()[0];
                let mut rng = Rng::new(0);
                let u = match settings.kind {
                    LayerKind::Rbm => u,
                    LayerKind::DenoisingAutoencoder => {
                        vec![rng.tensor([n, hidden], Rng::unit), u[0].clone()]
                    }
                };
                settings.k = u.len() / 2;
                settings.kind = LayerKind::Rbm;
                reference::pretrain_step(stack, l, x, settings, u)
            }
        ),
        mutant!(
            pretraining.pretrain_step / "k_ignored",
            "always CD-1",
            |stack, l, x, mut settings, u| {
                settings.k = 1;
                reference::pretrain_step(stack, l, x, settings, u)
            }
        ),
        mutant!(
            pretraining.pretrain_step / "target_is_damaged",
            "the autoencoder is to give back its damaged input",
            |stack, l, x, settings, u| {
                denoising(stack, l, x, settings, u, |p| {
                    descent(p.damaged.clone(), p.damaged)
                })
            }
        ),
        mutant!(
            pretraining.pretrain_step / "input_is_clean",
            "the autoencoder sees its target",
            |stack, l, x, settings, u| {
                denoising(stack, l, x, settings, u, |p| {
                    descent(p.clean.clone(), p.clean)
                })
            }
        ),
        mutant!(
            pretraining.pretrain_step / "roles_swapped",
            "the autoencoder sees the clean input and is to damage it",
            |stack, l, x, settings, u| {
                denoising(stack, l, x, settings, u, |p| descent(p.clean, p.damaged))
            }
        ),
        mutant!(
            pretraining.pretrain_step / "squared_error",
            "the gradient of half the squared error for that of the cross-entropy",
            |stack, l, x, settings, u| denoising(stack, l, x, settings, u, |p| Descent {
                slope: |y| y.clone() * (1.0 - y),
                ..descent(p.damaged, p.clean)
            })
        ),
        mutant!(
            pretraining.pretrain_step / "mean_over_pixels",
            "the loss is a mean over the units too",
            |stack, l, x, mut settings, u| {
                if settings.kind == LayerKind::DenoisingAutoencoder {
                    settings.lr /= stack[l].visible_bias.dims()[0] as f64;
                }
                reference::pretrain_step(stack, l, x, settings, u)
            }
        ),
        mutant!(
            pretraining.pretrain_step / "sum_over_samples",
            "the loss is a sum over the samples",
            |stack, l, x, mut settings, u| {
                if settings.kind == LayerKind::DenoisingAutoencoder {
                    settings.lr *= x.dims()[0] as f64;
                }
                reference::pretrain_step(stack, l, x, settings, u)
            }
        ),
        mutant!(
            pretraining.pretrain_step / "hidden_bias_stays",
            "the hidden biases do not learn",
            |stack, l, x, settings, u| {
                let before = stack[l].hidden_bias.clone();
                let mut stack = reference::pretrain_step(stack, l, x, settings, u);
                stack[l].hidden_bias = before;
                stack
            }
        ),
        mutant!(
            pretraining.pretrain_step / "visible_bias_stays",
            "the visible biases do not learn",
            |stack, l, x, settings, u| {
                let before = stack[l].visible_bias.clone();
                let mut stack = reference::pretrain_step(stack, l, x, settings, u);
                stack[l].visible_bias = before;
                stack
            }
        ),
        mutant!(
            pretraining.pretrain_step / "learning_rate_ignored",
            "the learning rate is 1",
            |stack, l, x, mut settings, u| {
                settings.lr = 1.0;
                reference::pretrain_step(stack, l, x, settings, u)
            }
        ),
        mutant!(
            pretraining.pretrain_step / "moves_the_next_layer",
            "the visible biases of the layer above are set to the hidden ones of this",
            |stack, l, x, settings, u| {
                let mut stack = reference::pretrain_step(stack, l, x, settings, u);
                if l + 1 < stack.len() {
                    stack[l + 1].visible_bias = stack[l].hidden_bias.clone();
                }
                stack
            }
        ),
        mutant!(
            pretraining.pretrain_step / "gives_one_layer",
            "gives the layer for the stack",
            |stack, l, x, settings, u| {
                vec![reference::pretrain_step(stack, l, x, settings, u).swap_remove(l)]
            }
        ),
    ]
}

/// The reference's step with another way through the layers below.
fn on(
    mut stack: Vec<TiedLayer>,
    l: usize,
    x: Tensor<2>,
    settings: PretrainSettings,
    u: Vec<Tensor<2>>,
    through: fn(TiedLayer, Tensor<2>) -> Tensor<2>,
) -> Vec<TiedLayer> {
    let below = stack[..l].iter().cloned();
    let seen = below.fold(x, |v, layer| through(layer, v));
    let alone = vec![stack[l].clone()];
    stack[l] = reference::pretrain_step(alone, 0, seen, settings, u).swap_remove(0);
    stack
}

/// What a denoising autoencoder may mix up.
struct Pair {
    clean: Tensor<2>,
    damaged: Tensor<2>,
}

/// What it is trained on, and a factor of dlogits, given the output.
struct Descent {
    input: Tensor<2>,
    target: Tensor<2>,
    slope: fn(Tensor<2>) -> Tensor<2>,
}

fn descent(input: Tensor<2>, target: Tensor<2>) -> Descent {
    Descent {
        input,
        target,
        slope: |y| y.ones_like(),
    }
}

/// The step of a denoising autoencoder with another idea of input, target or loss; the reference's
/// step of an RBM.
fn denoising(
    mut stack: Vec<TiedLayer>,
    l: usize,
    x: Tensor<2>,
    settings: PretrainSettings,
    u: Vec<Tensor<2>>,
    idea: fn(Pair) -> Descent,
) -> Vec<TiedLayer> {
    if settings.kind == LayerKind::Rbm {
        return reference::pretrain_step(stack, l, x, settings, u);
    }
    let n = x.dims()[0] as f64;
    let below = stack[..l].iter().cloned();
    let clean = below.fold(x, |v, layer| reference::p_h_given_v(layer, v));
    let damaged = reference::corrupt(clean.clone(), settings.corruption, u[0].clone());
    let Descent {
        input,
        target,
        slope,
    } = idea(Pair { clean, damaged });
    let layer = stack[l].clone();
    let forward = reference::autoencoder_forward(layer.clone(), input.clone());
    let y = activation::sigmoid(forward.logits.clone());
    let dlogits = (y.clone() - target) * slope(y) / n;
    let gradient = reference::autoencoder_backward(layer.clone(), input, forward, dlogits);
    let step = scaled(gradient, -settings.lr);
    stack[l] = TiedLayer {
        weights: layer.weights + step.weights,
        visible_bias: layer.visible_bias + step.visible_bias,
        hidden_bias: layer.hidden_bias + step.hidden_bias,
    };
    stack
}
