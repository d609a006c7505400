//! Checks of A2.9: the network and what it costs.

use burn::tensor::Tensor;
use common::check::{
    Check, Tolerance, Verdict, close, close_values, ensure, equal, equal_bits, shape,
};
use common::contract::Submission;
use common::contract::a2::{Cifar, CifarConv, CifarNet, CifarRunning, CifarStage};
use common::nn::tensors;
use common::rng::Rng;

use super::{about, sizes};
use crate::oracle::array::values;
use crate::oracle::cifar::{Pass, cost, widths_of};

pub(super) const PART: &str = "A2.9";

/// The most parameters that a recipe's network may have.
const PARAMETERS: usize = 1_000_000;
/// The most multiply-accumulates that it may take for one picture.
const PRODUCTS: usize = 40_000_000;

/// The checks of the network.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "cifar/values",
            part: PART,
            points: 1,
            proves: "The network gives the right logits in training and in evaluation, and its running statistics follow the batches.",
            hint: "Both convolutions of a stage have their own statistics. In training use those of the batch; the running variance gets m / (m - 1) times that of the batch.",
            run: forward_values,
        },
        Check {
            id: "cifar/alone_and_in_a_batch",
            part: PART,
            points: 1,
            proves: "A picture has the same probabilities alone, in any batch and for any batch size, and evaluation leaves the running statistics as they are bit for bit.",
            hint: "Call cifar_forward with training false on each piece of the batch; the last piece may be smaller. Then the softmax.",
            run: alone,
        },
        Check {
            id: "cifar/init",
            part: PART,
            points: 1,
            proves: "A new network has the right shapes and laws, and no two of its layers the same numbers; the seed fixes it.",
            hint: "Kernels have the variance 2 / (9 c_in), the head's weights 1 / c; scales 1, shifts and bias 0.",
            run: init,
        },
        Check {
            id: "cifar/budget",
            part: PART,
            points: 1,
            proves: "Parameters and multiply-accumulates are counted right, and your own recipe is within its budget.",
            hint: "The widening convolution is computed before the pooling, the residual one after it. Normalisation has two parameters per channel; the bias is one per class.",
            run: budget,
        },
    ]
}

/// A layer whose scales and shifts are not ones and zeros.
fn layer(rng: &mut Rng, from: usize, to: usize) -> CifarConv {
    let deviation = (2.0 / (9 * from) as f64).sqrt();
    CifarConv {
        kernel: rng.tensor([to, from, 3, 3], |rng| deviation * rng.normal()),
        gamma: rng.tensor([to], |rng| rng.uniform(0.5, 1.5)),
        beta: rng.tensor([to], |rng| 0.5 * rng.normal()),
    }
}

/// A network of random numbers in all its tensors.
pub(super) fn random_net(
    rng: &mut Rng,
    widths: &[usize],
    channels: usize,
    classes: usize,
) -> CifarNet {
    let mut from = channels;
    let mut stages = Vec::new();
    for &to in widths {
        stages.push(CifarStage {
            widen: layer(rng, from, to),
            residual: layer(rng, to, to),
        });
        from = to;
    }
    CifarNet {
        stages,
        head_weight: rng.normal_tensor([from, classes]),
        head_bias: rng.normal_tensor([classes]),
    }
}

/// Statistics as after some training.
pub(super) fn random_running(rng: &mut Rng, widths: &[usize]) -> Vec<CifarRunning> {
    let twice = widths.iter().flat_map(|&width| [width, width]);
    twice
        .map(|width| CifarRunning {
            mean: rng.tensor([width], |rng| 0.3 * rng.normal()),
            variance: rng.tensor([width], |rng| rng.uniform(0.5, 2.0)),
        })
        .collect()
}

/// Compares running statistics with lists.
pub(super) fn running_is(got: &[CifarRunning], want: &[[Vec<f64>; 2]]) -> Verdict {
    equal(&got.len(), &want.len()).map_err(about("layers with running statistics"))?;
    for (i, (got, [mean, variance])) in got.iter().zip(want).enumerate() {
        let layer = |what| about(format!("{what} of layer {i}"));
        close_values(&values(&got.mean), mean, Tolerance::EXACT).map_err(layer("running mean"))?;
        close_values(&values(&got.variance), variance, Tolerance::EXACT)
            .map_err(layer("running variance"))?;
    }
    Ok(())
}

/// Compares two networks, tensor by tensor.
pub(super) fn same_bits(got: &CifarNet, want: &CifarNet) -> Verdict {
    let (got, want) = (tensors(got), tensors(want));
    equal(&got.len(), &want.len()).map_err(about("tensors"))?;
    for (i, (got, want)) in got.iter().zip(&want).enumerate() {
        equal_bits(got, want).map_err(about(format_args!("tensor {i}")))?;
    }
    Ok(())
}

/// Sizes that two stages can halve, rows and columns not the same.
pub(super) fn random_pictures(rng: &mut Rng, n: usize, channels: usize) -> Tensor<4> {
    let [rows, columns] = [[8, 4], [4, 8]][rng.below(2)];
    rng.normal_tensor([n, channels, rows, columns])
}

fn forward_values(s: &Submission, rng: &mut Rng) -> Verdict {
    let [channels, first, second, classes] = sizes(rng, 1, 4);
    let widths = [first, second];
    let net = random_net(rng, &widths, channels, classes);
    let mut running = random_running(rng, &widths);
    for training in [true, true, false] {
        let x = random_pictures(rng, 3, channels);
        let want = Pass::of(&net, &running, &x, training);
        let got = s.cifar_forward(net.clone(), running, x, training)?;
        let when = if training { "training" } else { "evaluation" };
        close(&got.logits, &want.logits(), Tolerance::EXACT)
            .map_err(about(format_args!("logits in {when}")))?;
        running_is(&got.running, &want.running).map_err(about(when))?;
        running = got.running;
    }
    Ok(())
}

fn alone(s: &Submission, rng: &mut Rng) -> Verdict {
    let [channels, width, classes] = sizes(rng, 2, 4);
    let net = random_net(rng, &[width], channels, classes);
    let running = random_running(rng, &[width]);
    let x = random_pictures(rng, 5, channels);
    let want = Pass::of(&net, &running, &x, false).probabilities();
    for batch_size in [1, 2, 3, 5, 8] {
        let (net, running) = (net.clone(), running.clone());
        let got = s.cifar_predict(net, running, x.clone(), batch_size)?;
        close(&got, &want, Tolerance::EXACT)
            .map_err(about(format_args!("5 pictures by {batch_size}")))?;
    }
    for rows in [0..1, 2..5] {
        let (net, before) = (net.clone(), running.clone());
        let part = x.clone().slice([rows.clone()]);
        let got = s.cifar_forward(net.clone(), before, part.clone(), false)?;
        let logits = Pass::of(&net, &running, &part, false).logits();
        close(&got.logits, &logits, Tolerance::EXACT)
            .map_err(about(format_args!("pictures {rows:?} alone")))?;
        equal(&got.running.len(), &running.len())?;
        for (got, want) in got.running.iter().zip(&running) {
            equal_bits(&got.mean, &want.mean).map_err(about("running mean"))?;
            equal_bits(&got.variance, &want.variance).map_err(about("running variance"))?;
        }
    }
    Ok(())
}

/// Whether numbers have mean 0 and this variance. The mean of n normal numbers is off by `sqrt(variance / n)`, their
/// mean square by the share `sqrt(2 / n)` of itself; the limits are 6 of these, false alarms 4e-9.
fn normal(numbers: &[f64], variance: f64) -> Verdict {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    ensure(mean.abs() <= 6.0 * (variance / n).sqrt(), || {
        format!("the mean {mean} is not near 0")
    })?;
    let square = numbers.iter().map(|x| x * x).sum::<f64>() / n;
    ensure(
        (square / variance - 1.0).abs() <= 6.0 * (2.0 / n).sqrt(),
        || format!("expected the variance {variance}, got {square}"),
    )
}

/// The smallest kernel has 5400 numbers: 6 deviations of its variance are 12 %. The nearest mutants have half or 16/24 of
/// it, 17 deviations away and more.
fn init(s: &Submission, rng: &mut Rng) -> Verdict {
    let (channels, widths, classes) = (25, [24, 32], 60);
    let seed = rng.next_u64();
    let draw = |seed| s.cifar_init(widths.to_vec(), channels, classes, seed);
    let net = draw(seed)?;
    equal(&net.stages.len(), &2).map_err(about("stages"))?;
    let mut from = channels;
    let mut drawn: Vec<Vec<f64>> = Vec::new();
    for (k, (stage, &width)) in net.stages.iter().zip(&widths).enumerate() {
        let layers = [
            ("widen", &stage.widen, from),
            ("residual", &stage.residual, width),
        ];
        for (name, layer, inputs) in layers {
            let what = format!("stages[{k}].{name}");
            shape(&layer.kernel, [width, inputs, 3, 3]).map_err(about(&what))?;
            let kernel = values(&layer.kernel);
            normal(&kernel, 2.0 / (9 * inputs) as f64).map_err(about(&what))?;
            close_values(&values(&layer.gamma), &vec![1.0; width], Tolerance::EXACT)
                .map_err(about(format_args!("{what}.gamma")))?;
            close_values(&values(&layer.beta), &vec![0.0; width], Tolerance::EXACT)
                .map_err(about(format_args!("{what}.beta")))?;
            ensure(drawn.iter().all(|known| known[..9] != kernel[..9]), || {
                format!("{what} begins with the numbers of another layer")
            })?;
            drawn.push(kernel);
        }
        from = width;
    }
    shape(&net.head_weight, [from, classes]).map_err(about("head_weight"))?;
    normal(&values(&net.head_weight), 1.0 / from as f64).map_err(about("head_weight"))?;
    close_values(
        &values(&net.head_bias),
        &vec![0.0; classes],
        Tolerance::EXACT,
    )
    .map_err(about("head_bias"))?;
    same_bits(&draw(seed)?, &net).map_err(about("the same seed"))?;
    let other = draw(seed ^ 1)?;
    ensure(same_bits(&other, &net).is_err(), || {
        "two seeds give the same network".into()
    })
}

fn budget(s: &Submission, rng: &mut Rng) -> Verdict {
    for stages in 0..=3 {
        let [channels, classes] = sizes(rng, 1, 12);
        let widths: Vec<usize> = (0..stages).map(|_| rng.between(1, 20)).collect();
        let side = 8 * rng.between(1, 3);
        let got = s.cifar_budget(widths.clone(), channels, classes, side)?;
        let want = cost(&widths, channels, classes, side);
        equal(&[got.parameters, got.multiply_accumulates], &want).map_err(about(format_args!(
            "widths {widths:?}, {channels} channels, {classes} classes, side {side}"
        )))?;
    }
    let text = s.cifar_recipe()?;
    let widths = widths_of(&text).filter(|widths| !widths.is_empty() && !widths.contains(&0));
    ensure(widths.is_some(), || "cifar_recipe has no widths".into())?;
    let [parameters, products] = cost(&widths.unwrap_or_default(), 3, 10, 32);
    ensure(parameters <= PARAMETERS && products <= PRODUCTS, || {
        format!("the recipe takes {parameters} parameters and {products} multiply-accumulates")
    })
}
