//! Mutants of A1.10: stacks of layers, from their first weights to an MLP.

use a1_backprop::parts::pretraining as reference;
use burn::tensor::{DType, Tensor};
use common::contract::a1::{MlpParameters, PretrainBatch, PretrainSettings, TiedLayer};
use common::rng::Rng;
use hidden_suite::Mutant;

use super::pretraining::{PART, without_hidden_bias};

/// The mutants of stacks.
pub fn mutants() -> Vec<Mutant> {
    let mut all = first_weights();
    all.extend(stack());
    all.extend(mlp());
    all
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

fn step_on(
    stack: Vec<TiedLayer>,
    l: usize,
    batch: &PretrainBatch,
    settings: &PretrainSettings,
) -> Vec<TiedLayer> {
    let (x, u) = (batch.x.clone(), batch.uniforms[l].clone());
    reference::pretrain_step(stack, l, x, settings.clone(), u)
}
