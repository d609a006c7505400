//! Mutants of A1.10: autoencoders and stacks of layers.

use a1_backprop::parts::pretraining as reference;
use burn::tensor::{DType, Tensor, activation};
use common::contract::a1::{
    AutoencoderForward, LayerKind, MlpParameters, PretrainBatch, PretrainSettings, TiedLayer,
};
use common::rng::Rng;
use hidden_suite::Mutant;

use super::pretraining::{
    PART, down, rounded, scaled, up, without_hidden_bias, without_visible_bias,
};

/// The mutants of autoencoders and of stacks.
pub fn mutants() -> Vec<Mutant> {
    let mut all = autoencoder();
    all.extend(noise());
    all.extend(first_weights());
    all.extend(one_step());
    all.extend(stack());
    all.extend(mlp());
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

fn first_weights() -> Vec<Mutant> {
    vec![
        mutant!(
            pretraining.stack_init / "variance_for_deviation",
            "normal numbers of variance 0.01",
            |sizes, seed| with_weights(sizes, seed, |w, _| w * 10.0)
        ),
        mutant!(
            pretraining.stack_init / "uniform",
            "uniform numbers up to 0.01",
            |sizes, seed| with_weights(sizes, seed, |w, rng| {
                rng.tensor(w.dims(), |rng| rng.uniform(-0.01, 0.01))
            })
        ),
        mutant!(
            pretraining.stack_init / "uniform_of_that_variance",
            "uniform numbers with the deviation 0.01",
            |sizes, seed| with_weights(sizes, seed, |w, rng| {
                let bound = 0.01 * 3f64.sqrt();
                rng.tensor(w.dims(), |rng| rng.uniform(-bound, bound))
            })
        ),
        mutant!(
            pretraining.stack_init / "positive",
            "the sizes of normal numbers",
            |sizes, seed| with_weights(sizes, seed, |w, _| w.abs())
        ),
        mutant!(
            pretraining.stack_init / "zeros",
            "zero weights, which never differ from each other",
            |sizes, seed| with_weights(sizes, seed, |w, _| w.zeros_like())
        ),
        mutant!(
            pretraining.stack_init / "one_stream_for_all",
            "every layer starts the generator again",
            |sizes, seed| {
                let layers = sizes.windows(2);
                layers
                    .flat_map(|l| reference::stack_init(l.to_vec(), seed))
                    .collect()
            }
        ),
        mutant!(
            pretraining.stack_init / "seed_ignored",
            "always the same weights",
            |sizes, _| reference::stack_init(sizes, 0)
        ),
        mutant!(
            pretraining.stack_init / "transposed",
            "weights of shape [hidden, visible]",
            |sizes, seed| with_weights(sizes, seed, |w, _| w.transpose())
        ),
        mutant!(
            pretraining.stack_init / "random_biases",
            "the hidden biases are drawn too",
            |sizes, seed| {
                let mut rng = Rng::new(!seed);
                let mut stack = reference::stack_init(sizes, seed);
                for layer in &mut stack {
                    layer.hidden_bias = rng.normal_tensor(layer.hidden_bias.dims()) * 0.01;
                }
                stack
            }
        ),
        mutant!(
            pretraining.stack_init / "biases_swapped",
            "visible biases as many as hidden units, and the other way round",
            |sizes, seed| {
                let mut stack = reference::stack_init(sizes, seed);
                for layer in &mut stack {
                    std::mem::swap(&mut layer.visible_bias, &mut layer.hidden_bias);
                }
                stack
            }
        ),
        mutant!(
            pretraining.stack_init / "last_layer_missing",
            "the last size is taken for that of the classes",
            |mut sizes, seed| {
                sizes.pop();
                reference::stack_init(sizes, seed)
            }
        ),
    ]
}

fn one_step() -> Vec<Mutant> {
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

fn stack() -> Vec<Mutant> {
    vec![
        mutant!(
            pretraining.pretrain_stack / "all_layers_at_once",
            "the loop over the batches is the outer one",
            |mut stack, batches, settings| {
                for batch in &batches {
                    for l in 0..stack.len() {
                        stack = step_on(stack, l, batch, &settings);
                    }
                }
                stack
            }
        ),
        mutant!(
            pretraining.pretrain_stack / "from_the_top",
            "the last layer learns first",
            |mut stack, batches, settings| {
                for l in (0..stack.len()).rev() {
                    for batch in &batches {
                        stack = step_on(stack, l, batch, &settings);
                    }
                }
                stack
            }
        ),
        mutant!(
            pretraining.pretrain_stack / "features_of_the_untrained",
            "every layer sees the features of the layers below as they were at first",
            |stack, batches, settings| {
                let trained = |l: usize| {
                    let mut own = stack.clone();
                    for batch in &batches {
                        own = step_on(own, l, batch, &settings);
                    }
                    own.swap_remove(l)
                };
                (0..stack.len()).map(trained).collect()
            }
        ),
        mutant!(
            pretraining.pretrain_stack / "raw_pixels",
            "every layer is trained on the pixels, where they fit",
            |stack, batches, settings| {
                let train = |(l, layer): (usize, TiedLayer)| {
                    let mut alone = vec![layer];
                    for batch in &batches {
                        let (x, u) = (batch.x.clone(), batch.uniforms[l].clone());
                        alone = reference::pretrain_step(alone, 0, x, settings.clone(), u);
                    }
                    alone.swap_remove(0)
                };
                stack.into_iter().enumerate().map(train).collect()
            }
        ),
        mutant!(
            pretraining.pretrain_stack / "lower_layers_go_on",
            "while a layer learns, those below it learn on",
            |mut stack, batches, settings| {
                for l in 0..stack.len() {
                    for batch in &batches {
                        for below in 0..=l {
                            stack = step_on(stack, below, batch, &settings);
                        }
                    }
                }
                stack
            }
        ),
        mutant!(
            pretraining.pretrain_stack / "first_layer_only",
            "only the first layer learns",
            |mut stack, batches, settings| {
                for batch in &batches {
                    stack = step_on(stack, 0, batch, &settings);
                }
                stack
            }
        ),
        mutant!(
            pretraining.pretrain_stack / "last_layer_forgotten",
            "the last layer stays as it was",
            |stack, batches, settings| {
                let last = stack[stack.len() - 1].clone();
                let mut trained = reference::pretrain_stack(stack, batches, settings);
                trained.pop();
                trained.push(last);
                trained
            }
        ),
        mutant!(
            pretraining.pretrain_stack / "one_batch",
            "only the first batch is used",
            |stack, batches, settings| {
                reference::pretrain_stack(stack, batches[..1].to_vec(), settings)
            }
        ),
        mutant!(
            pretraining.pretrain_stack / "smaller_batch_dropped",
            "the last, smaller batch is left out",
            |stack, mut batches, settings| {
                batches.retain(|batch| batch.x.dims()[0] == 9);
                reference::pretrain_stack(stack, batches, settings)
            }
        ),
        mutant!(
            pretraining.pretrain_stack / "batches_reversed",
            "the batches come in the other order",
            |stack, mut batches, settings| {
                batches.reverse();
                reference::pretrain_stack(stack, batches, settings)
            }
        ),
        mutant!(
            pretraining.pretrain_stack / "random_numbers_of_the_first",
            "every layer uses the random numbers of layer 0, where they fit",
            |stack, mut batches, settings| {
                for batch in &mut batches {
                    batch.uniforms = vec![batch.uniforms[0].clone(); stack.len()];
                }
                reference::pretrain_stack(stack, batches, settings)
            }
        ),
    ]
}

fn mlp() -> Vec<Mutant> {
    vec![
        mutant!(
            pretraining.to_mlp / "transposed",
            "the weights are copied transposed",
            |stack| {
                let mlp = reference::to_mlp(stack);
                MlpParameters {
                    weights: mlp.weights.into_iter().map(Tensor::transpose).collect(),
                    ..mlp
                }
            }
        ),
        mutant!(
            pretraining.to_mlp / "no_encoder_bias",
            "the biases are zero",
            |stack| reference::to_mlp(stack.into_iter().map(without_hidden_bias).collect())
        ),
        mutant!(
            pretraining.to_mlp / "visible_bias",
            "the biases are the visible ones",
            |stack| MlpParameters {
                biases: stack.iter().map(|l| l.visible_bias.clone()).collect(),
                ..reference::to_mlp(stack)
            }
        ),
        mutant!(
            pretraining.to_mlp / "from_the_top",
            "the last layer comes first",
            |mut stack| {
                stack.reverse();
                reference::to_mlp(stack)
            }
        ),
        mutant!(
            pretraining.to_mlp / "last_layer_missing",
            "the last layer is left for the classes",
            |mut stack| {
                stack.pop();
                reference::to_mlp(stack)
            }
        ),
        mutant!(
            pretraining.to_mlp / "rounded_to_single",
            "the weights go through single precision",
            |stack| {
                let mlp = reference::to_mlp(stack);
                let weights = mlp.weights.into_iter();
                MlpParameters {
                    weights: weights
                        .map(|w| w.cast(DType::F32).cast(DType::F64))
                        .collect(),
                    ..mlp
                }
            }
        ),
        mutant!(
            pretraining.to_mlp / "halved",
            "the weights are halved, as for a deep Boltzmann machine",
            |stack| {
                let mlp = reference::to_mlp(stack);
                MlpParameters {
                    weights: mlp.weights.into_iter().map(|w| w / 2.0).collect(),
                    ..mlp
                }
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

/// The reference's first stack with other weights, which may come from a generator.
fn with_weights(
    sizes: Vec<usize>,
    seed: u64,
    weights: fn(Tensor<2>, &mut Rng) -> Tensor<2>,
) -> Vec<TiedLayer> {
    let mut rng = Rng::new(!seed);
    let mut stack = reference::stack_init(sizes, seed);
    for layer in &mut stack {
        layer.weights = weights(layer.weights.clone(), &mut rng);
    }
    stack
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

fn step_on(
    stack: Vec<TiedLayer>,
    l: usize,
    batch: &PretrainBatch,
    settings: &PretrainSettings,
) -> Vec<TiedLayer> {
    let (x, u) = (batch.x.clone(), batch.uniforms[l].clone());
    reference::pretrain_step(stack, l, x, settings.clone(), u)
}
