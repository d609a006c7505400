//! Checks of A1.10, autoencoders and stacks of layers.

use common::check::{
    Check, Failure, Tolerance, Verdict, close, ensure, equal, equal_bits, finite,
    numeric_gradient_of, shape,
};
use common::contract::a1::{
    AutoencoderForward, LayerKind, PretrainBatch, PretrainSettings, Pretraining, TiedLayer,
};
use common::contract::{Outcome, Submission};
use common::rng::Rng;

use super::pretraining::{PART, random_layer, same_layer, tensors, uniforms, unit_matrix};
use super::{about, normal_matrix, sizes, tracked};
use crate::oracle::matrix::{Matrix, dot, tensor, values};
use crate::oracle::pretraining::{Layer, corrupted, step, train};

/// The checks of autoencoders and of stacks.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "pretraining/autoencoder_forward",
            part: PART,
            points: 1,
            proves: "Code and logits are right with given weights, for one sample and for many.",
            hint: "hidden = sigmoid(x w + c), logits = hidden w^T + b: no sigmoid at the end.",
            run: autoencoder_forward,
        },
        Check {
            id: "pretraining/tied_gradient",
            part: PART,
            points: 1,
            proves: "All gradients agree with central differences, and dw with autodiff as the sum over both uses of w.",
            hint: "w is used on the way up and on the way down; each use gives a term of dw.",
            run: tied_gradient,
        },
        Check {
            id: "pretraining/masking",
            part: PART,
            points: 1,
            proves: "Noise masks exactly the pixels that it should; shares of 0 and 1 do nothing and everything.",
            hint: "0 where the uniform number is below the share; what is kept is not scaled.",
            run: masking,
        },
        Check {
            id: "pretraining/first_weights",
            part: PART,
            points: 1,
            proves: "A new stack has small normal weights, its own for every layer, and zero biases.",
            hint: "Layer l is [sizes[l], sizes[l + 1]]; the deviation is 0.01; all layers draw from one generator.",
            run: first_weights,
        },
        Check {
            id: "pretraining/single_step",
            part: PART,
            points: 1,
            proves: "One step of any layer, of either kind, moves that layer exactly as specified and no other.",
            hint: "Up through the layers below with probabilities, then one step: uphill for an RBM, downhill for an autoencoder, whose target is clean.",
            run: single_step,
        },
        Check {
            id: "pretraining/greedy_stack",
            part: PART,
            points: 1,
            proves: "A stack of three learns layer by layer, each on the features of the finished layers below.",
            hint: "The outer loop is over the layers, the inner one over the batches.",
            run: greedy_stack,
        },
        Check {
            id: "pretraining/mlp_of_a_stack",
            part: PART,
            points: 1,
            proves: "The MLP has the weights and the hidden biases of the stack, bit for bit, from the pixels to the top.",
            hint: "Copy weights as they are; biases are the hidden ones.",
            run: mlp_of_a_stack,
        },
    ]
}

fn autoencoder_forward(s: &Submission, rng: &mut Rng) -> Verdict {
    for one in [false, true] {
        let [n, visible, hidden] = sizes(rng, 2, 6);
        let n = if one { 1 } else { n };
        let layer = random_layer(rng, visible, hidden, 1.0);
        let x = unit_matrix(rng, n, visible);
        let got = s.autoencoder_forward(layer.tied(), x.tensor())?;
        let code = layer.up(&x);
        close(&got.hidden, &code.tensor(), Tolerance::EXACT).map_err(about("hidden"))?;
        close(&got.logits, &layer.down(&code).tensor(), Tolerance::EXACT)
            .map_err(about("logits"))?;
    }
    Ok(())
}

fn tied_gradient(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, visible, hidden] = sizes(rng, 2, 6);
    let layer = random_layer(rng, visible, hidden, 0.8);
    let x = unit_matrix(rng, n, visible);
    let dlogits = normal_matrix(rng, n, visible);
    let code = layer.up(&x);
    let forward = AutoencoderForward {
        hidden: code.tensor(),
        logits: layer.down(&code).tensor(),
    };
    let got = s.autoencoder_backward(layer.tied(), x.tensor(), forward, dlogits.tensor())?;
    same_layer(&got, &numeric(&layer, &x, &dlogits)?, Tolerance::GRADIENT)
        .map_err(about("central differences"))?;
    same_layer(&got, &autodiff(&layer, &x, &dlogits)?, Tolerance::EXACT).map_err(about("autodiff"))
}

/// The gradient of the sum of `logits dlogits` by central differences.
fn numeric(layer: &Layer, x: &Matrix, dlogits: &Matrix) -> Outcome<Layer> {
    let value = |layer: TiedLayer| {
        let layer = Layer::of(&layer);
        let logits = layer.down(&layer.up(x));
        Outcome::Ok(dot(&logits.tensor(), &dlogits.tensor()))
    };
    let tied = layer.tied();
    let weights = numeric_gradient_of(&tied.weights, |weights| {
        value(TiedLayer {
            weights,
            ..tied.clone()
        })
    })?;
    let visible_bias = numeric_gradient_of(&tied.visible_bias, |visible_bias| {
        value(TiedLayer {
            visible_bias,
            ..tied.clone()
        })
    })?;
    let hidden_bias = numeric_gradient_of(&tied.hidden_bias, |hidden_bias| {
        value(TiedLayer {
            hidden_bias,
            ..tied.clone()
        })
    })?;
    Ok(Layer::of(&TiedLayer {
        weights,
        visible_bias,
        hidden_bias,
    }))
}

/// The same by autodiff, with weights of their own for the way up and the way down: as they are equal,
/// the gradient of the one matrix is the sum of the two.
fn autodiff(layer: &Layer, x: &Matrix, dlogits: &Matrix) -> Result<Layer, Failure> {
    let tied = layer.tied();
    let (up, down) = (tracked(&tied.weights), tracked(&tied.weights));
    let (b, c) = (tracked(&tied.visible_bias), tracked(&tied.hidden_bias));
    let z = x.tensor().autodiff().matmul(up.clone()) + c.clone().unsqueeze();
    let logits = burn::tensor::activation::sigmoid(z).matmul(down.clone().transpose())
        + b.clone().unsqueeze();
    let gradients = (logits * dlogits.tensor().autodiff()).sum().backward();
    let none = || Failure::wrong("autodiff gave no gradient");
    let mut by_up = Layer {
        w: Matrix::of(&up.grad(&gradients).ok_or_else(none)?),
        b: values(&b.grad(&gradients).ok_or_else(none)?),
        c: values(&c.grad(&gradients).ok_or_else(none)?),
    };
    let by_down = Matrix::of(&down.grad(&gradients).ok_or_else(none)?);
    for (sum, term) in by_up.w.values.iter_mut().zip(by_down.values) {
        *sum += term;
    }
    Ok(by_up)
}

/// A random share, then nothing and everything, with the smallest and the largest random numbers.
fn masking(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, visible] = sizes(rng, 6, 12);
    let x = unit_matrix(rng, n, visible);
    let mut u = unit_matrix(rng, n, visible);
    u[(0, 0)] = 0.0;
    u[(1, 1)] = 1.0 - f64::EPSILON / 2.0;
    for share in [rng.uniform(0.3, 0.7), 0.0, 1.0] {
        let got = s.corrupt(x.tensor(), share, u.tensor())?;
        equal_bits(&got, &corrupted(&x, share, &u).tensor())
            .map_err(about(format_args!("share {share}")))?;
    }
    Ok(())
}

/// The relative deviation of the sample variance of n normal numbers is `sqrt(2 / n)`. With the 9000 weights
/// of the two layers it is 1.5 %; the limit is 6 of them, 9 %. The nearest mutant, uniform numbers up to
/// 0.01, has a third of the variance, 44 deviations away. Uniform numbers of the right variance end at
/// 0.0173, and not one of 9000 normal numbers beyond 0.025 is as likely as 0.9876^9000 = 1e-49.
fn first_weights(s: &Submission, rng: &mut Rng) -> Verdict {
    let (seed, other) = (rng.next_u64(), rng.next_u64());
    let sizes = vec![100, 50, 80];
    let stack = s.stack_init(sizes.clone(), seed)?;
    equal(&stack.len(), &2).map_err(about("number of layers"))?;
    for (layer, [visible, hidden]) in stack.iter().zip([[100, 50], [50, 80]]) {
        shape(&layer.weights, [visible, hidden])?;
        finite(&layer.weights)?;
        equal_bits(&layer.visible_bias, &tensor(vec![0.0; visible], [visible]))
            .map_err(about("visible_bias"))?;
        equal_bits(&layer.hidden_bias, &tensor(vec![0.0; hidden], [hidden]))
            .map_err(about("hidden_bias"))?;
    }
    for layer in &stack {
        let weights = values(&layer.weights);
        let n = weights.len() as f64;
        let variance = 1e4 * weights.iter().map(|w| w * w).sum::<f64>() / n;
        ensure((variance - 1.0).abs() <= 6.0 * (2.0 / n).sqrt(), || {
            format!("the mean square of the weights is {variance} times 0.01^2")
        })?;
        let mean = 100.0 * weights.iter().sum::<f64>() / n;
        ensure(mean.abs() <= 6.0 / n.sqrt(), || {
            format!("the mean of the weights is {mean} times 0.01")
        })?;
        ensure(weights.iter().any(|w| w.abs() > 0.025), || {
            "the weights have no tail, as normal numbers have".into()
        })?;
    }

    let square = s.stack_init(vec![50; 3], seed)?;
    equal(&square.len(), &2).map_err(about("number of layers"))?;
    let (first, second) = (values(&square[0].weights), values(&square[1].weights));
    // The cosine of two independent draws of 2500 numbers has the deviation 0.02; of equal draws it is 1.
    let size = |w: &[f64]| w.iter().map(|w| w * w).sum::<f64>().sqrt();
    let product: f64 = first.iter().zip(&second).map(|(a, b)| a * b).sum();
    let cosine = product / (size(&first) * size(&second));
    ensure(cosine.abs() <= 0.12, || {
        format!("the weights of two layers have the correlation {cosine}")
    })?;

    let (again, different) = (
        s.stack_init(sizes.clone(), seed)?,
        s.stack_init(sizes, other)?,
    );
    equal(&(again.len(), different.len()), &(2, 2)).map_err(about("number of layers"))?;
    for l in 0..2 {
        let w = &stack[l].weights;
        equal_bits(&again[l].weights, w).map_err(about("the same seed"))?;
        ensure(values(&different[l].weights) != values(w), || {
            "two seeds give the same weights".into()
        })?;
    }
    Ok(())
}

/// Three layers of pairwise different sizes, and the size of what the first one sees.
fn random_stack(rng: &mut Rng) -> (Vec<Layer>, usize) {
    let units: [usize; 4] = sizes(rng, 3, 7);
    let layers = units.windows(2);
    let layers = layers.map(|l| random_layer(rng, l[0], l[1], 0.8)).collect();
    (layers, units[0])
}

fn random_settings(rng: &mut Rng, kind: LayerKind) -> PretrainSettings {
    PretrainSettings {
        kind,
        lr: rng.uniform(0.2, 0.6),
        k: rng.between(1, 2),
        corruption: rng.uniform(0.3, 0.6),
    }
}

/// The random numbers that one step of `layer` takes.
fn uniforms_of(rng: &mut Rng, settings: &PretrainSettings, n: usize, layer: &Layer) -> Vec<Matrix> {
    match settings.kind {
        LayerKind::Rbm => uniforms(rng, settings.k, n, layer),
        LayerKind::DenoisingAutoencoder => vec![unit_matrix(rng, n, layer.b.len())],
    }
}

fn tied(stack: &[Layer]) -> Vec<TiedLayer> {
    stack.iter().map(Layer::tied).collect()
}

fn same_stack(got: &[TiedLayer], want: &[Layer]) -> Verdict {
    equal(&got.len(), &want.len()).map_err(about("number of layers"))?;
    for (l, (got, want)) in got.iter().zip(want).enumerate() {
        same_layer(got, want, Tolerance::EXACT).map_err(about(format_args!("layer {l}")))?;
    }
    Ok(())
}

fn single_step(s: &Submission, rng: &mut Rng) -> Verdict {
    for kind in LayerKind::ALL {
        for l in 0..3 {
            let (mut stack, pixels) = random_stack(rng);
            let settings = random_settings(rng, *kind);
            let n = rng.between(8, 12);
            let x = unit_matrix(rng, n, pixels);
            let u = uniforms_of(rng, &settings, n, &stack[l]);
            let before = tied(&stack);
            let got =
                s.pretrain_step(before.clone(), l, x.tensor(), settings.clone(), tensors(&u))?;
            step(&mut stack, l, &x, &settings, &u);
            same_stack(&got, &stack).map_err(about(format_args!("{kind:?}, step of layer {l}")))?;
            for other in (0..3).filter(|other| *other != l) {
                untouched(&got[other], &before[other]).map_err(about(format_args!(
                    "{kind:?}, step of layer {l}, layer {other}"
                )))?;
            }
        }
    }
    Ok(())
}

fn untouched(got: &TiedLayer, want: &TiedLayer) -> Verdict {
    equal_bits(&got.weights, &want.weights)?;
    equal_bits(&got.visible_bias, &want.visible_bias)?;
    equal_bits(&got.hidden_bias, &want.hidden_bias)
}

/// Three batches, the last one smaller; layers of different sizes, and layers of one size, which do not
/// show by their shapes what they are trained on.
fn greedy_stack(s: &Submission, rng: &mut Rng) -> Verdict {
    for kind in LayerKind::ALL {
        let same_size = (0..3).map(|_| random_layer(rng, 5, 5, 0.8)).collect();
        for (mut stack, pixels) in [random_stack(rng), (same_size, 5)] {
            let settings = random_settings(rng, *kind);
            let batches = [9, 9, 4].map(|n| PretrainBatch {
                x: unit_matrix(rng, n, pixels).tensor(),
                uniforms: stack
                    .iter()
                    .map(|layer| tensors(&uniforms_of(rng, &settings, n, layer)))
                    .collect(),
            });
            let got = s.pretrain_stack(tied(&stack), batches.to_vec(), settings.clone())?;
            train(&mut stack, &batches, &settings);
            same_stack(&got, &stack).map_err(about(format_args!("{kind:?}, {pixels} pixels")))?;
        }
    }
    Ok(())
}

fn mlp_of_a_stack(s: &Submission, rng: &mut Rng) -> Verdict {
    let (stack, _) = random_stack(rng);
    for layers in 1..=3 {
        let stack = tied(&stack[..layers]);
        let got = s.to_mlp(stack.clone())?;
        equal(&(got.weights.len(), got.biases.len()), &(layers, layers))
            .map_err(about("numbers of weights and biases"))?;
        for (l, layer) in stack.iter().enumerate() {
            equal_bits(&got.weights[l], &layer.weights)
                .map_err(about(format_args!("weights[{l}]")))?;
            equal_bits(&got.biases[l], &layer.hidden_bias)
                .map_err(about(format_args!("biases[{l}]")))?;
        }
    }
    Ok(())
}
