//! Checks of A2.7: whole networks, their gradients, and the probe.

use common::check::{
    Check, Failure, Tolerance, Verdict, close, close_values, ensure, equal, labels, within,
};
use common::contract::Submission;
use common::contract::a2::{
    Resnet, ResnetCifar, ResnetConfig, ResnetGradient, ResnetShortcut, ResnetStatistics,
};
use common::nn::{Parameters, tensors};
use common::rng::Rng;

use super::about;
use super::resnet::{PART, same_statistics, settings};
use super::resnet_start::random_config;
use crate::oracle::array::{Array, matrix, rows};
use crate::oracle::pytorch_resnet::steps;
use crate::oracle::resnet::{Machine, Scene, probe, product, random_network};

/// The checks of this part that look at whole networks.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "resnet/network",
            part: PART,
            points: 2,
            proves: "A network has the logits and the statistics of PyTorch and of plain loops, in training and outside, residual and plain.",
            hint: "Each block gets its own statistics and gives its own; images are averaged over rows and columns at the end.",
            run: network,
        },
        Check {
            id: "resnet/gradient",
            part: PART,
            points: 2,
            proves: "The loss and its gradient by every tensor are PyTorch's, and the slopes of a loss in plain loops.",
            hint: "Mean and variance of the batch are functions of the weights, and the shortcut carries a gradient too.",
            run: gradient,
        },
        Check {
            id: "resnet/probe",
            part: PART,
            points: 1,
            proves: "The probe's norms are those of back-propagation by hand: 50 residual layers pass the gradient on, 50 sigmoids do not.",
            hint: "The root of the sum of squares of each gradient, first layer first; a residual layer adds its input.",
            run: gradient_probe,
        },
    ]
}

/// Compares the statistics of a network.
fn same_network(got: &ResnetStatistics, want: &ResnetStatistics) -> Verdict {
    close(&got.stem.mean, &want.stem.mean, Tolerance::EXACT).map_err(about("stem.mean"))?;
    close(&got.stem.variance, &want.stem.variance, Tolerance::EXACT)
        .map_err(about("stem.variance"))?;
    equal(&got.blocks.len(), &want.blocks.len()).map_err(about("blocks with statistics"))?;
    for (i, (got, want)) in got.blocks.iter().zip(&want.blocks).enumerate() {
        same_statistics(got, want).map_err(about(format_args!("block {i}")))?;
    }
    Ok(())
}

/// A network and a batch with labels.
fn scene(rng: &mut Rng, shortcut: ResnetShortcut, residual: bool, training: bool) -> Scene {
    let config = ResnetConfig {
        blocks_per_stage: 1,
        width: 2,
        ..random_config(rng, shortcut)
    };
    let (parameters, statistics) = random_network(&config, rng);
    let mut settings = settings(rng, training);
    settings.residual = residual;
    Scene {
        parameters,
        statistics,
        images: Array::normal(rng, [2, config.channels, 4, 5]),
        labels: (0..2).map(|_| rng.below(config.classes) as i64).collect(),
        settings,
    }
}

fn network(s: &Submission, rng: &mut Rng) -> Verdict {
    let run = |scene: &Scene| {
        s.resnet_forward(
            scene.parameters.clone(),
            scene.statistics.clone(),
            scene.images.tensor(),
            scene.settings.clone(),
        )
    };
    for step in steps() {
        let got = run(&step.scene)?;
        close(&got.logits, &step.logits, Tolerance::EXACT).map_err(about("PyTorch, logits"))?;
        same_network(&got.statistics, &step.statistics).map_err(about("PyTorch"))?;
    }
    for (shortcut, residual, training) in [
        (ResnetShortcut::ZeroPadding, true, false),
        (ResnetShortcut::Projection, true, true),
        (ResnetShortcut::ZeroPadding, false, true),
    ] {
        let scene = scene(rng, shortcut, residual, training);
        let mut machine = Machine::new(&scene.settings);
        let (logits, after) = machine.network(&scene.parameters, &scene.statistics, &scene.images);
        let got = run(&scene)?;
        let which = format!("{shortcut:?}, residual {residual}, training {training}");
        close(&got.logits, &matrix(&logits), Tolerance::EXACT).map_err(about(&which))?;
        same_network(&got.statistics, &after).map_err(about(which))?;
    }
    Ok(())
}

fn call(s: &Submission, scene: &Scene) -> Result<ResnetGradient, Failure> {
    Ok(s.resnet_gradient(
        scene.parameters.clone(),
        scene.statistics.clone(),
        scene.images.tensor(),
        labels(&scene.labels),
        scene.settings.clone(),
    )?)
}

/// The names of a network's tensors, in order.
fn tensor_names(p: &ResnetCifar) -> Vec<String> {
    let mut names: Vec<String> = ["stem", "stem_norm.gamma", "stem_norm.beta"]
        .map(String::from)
        .into();
    for (i, block) in p.blocks.iter().enumerate() {
        let mut of_block = vec![
            "conv1",
            "norm1.gamma",
            "norm1.beta",
            "conv2",
            "norm2.gamma",
            "norm2.beta",
        ];
        if block.projection.is_some() {
            of_block.extend(["projection.conv", "projection.gamma", "projection.beta"]);
        }
        names.extend(of_block.iter().map(|name| format!("block {i}, {name}")));
    }
    names.extend(["dense_weight", "dense_bias"].map(String::from));
    names
}

/// Gradients are compared at the tolerance of numeric ones: through a division by a number Burn's autodiff has single
/// precision, whatever the element type.
fn gradient(s: &Submission, rng: &mut Rng) -> Verdict {
    for step in steps() {
        let got = call(s, &step.scene)?;
        within(got.loss, step.loss, Tolerance::EXACT).map_err(about("PyTorch, loss"))?;
        same_network(&got.statistics, &step.statistics).map_err(about("PyTorch"))?;
        let (got, want) = (tensors(&got.gradients), tensors(&step.gradients));
        equal(&got.len(), &want.len()).map_err(about("the number of gradients"))?;
        let names = tensor_names(&step.gradients);
        for ((got, want), name) in got.iter().zip(want).zip(names) {
            close(got, &want, Tolerance::GRADIENT)
                .map_err(about(format_args!("PyTorch, {name}")))?;
        }
    }
    for (shortcut, residual) in [
        (ResnetShortcut::ZeroPadding, true),
        (ResnetShortcut::Projection, false),
    ] {
        slopes(s, rng, shortcut, residual)
            .map_err(about(format_args!("{shortcut:?}, residual {residual}")))?;
    }
    Ok(())
}

/// How many random directions a gradient is looked at from.
const DIRECTIONS: usize = 3;

/// The gradient against slopes of the loss in plain loops, for a batch that is not near a kink.
fn slopes(s: &Submission, rng: &mut Rng, shortcut: ResnetShortcut, residual: bool) -> Verdict {
    let (scene, loss) = loop {
        let scene = scene(rng, shortcut, residual, true);
        if let Some(loss) = scene.loss() {
            break (scene, loss);
        }
    };
    let got = call(s, &scene)?;
    within(got.loss, loss, Tolerance::EXACT).map_err(about("loss"))?;
    let lengths =
        |p: &ResnetCifar| -> Vec<usize> { tensors(p).iter().map(|t| t.dims()[0]).collect() };
    equal(&lengths(&got.gradients), &lengths(&scene.parameters))
        .map_err(about("the lengths of all gradients"))?;
    for _ in 0..DIRECTIONS {
        let parameters = scene.parameters.clone();
        let direction = parameters.map(&mut |tensor| rng.normal_tensor(tensor.dims()));
        let along = product(&got.gradients, &direction);
        within(along, scene.slope(&direction), Tolerance::GRADIENT).map_err(about("a slope"))?;
    }
    Ok(())
}

/// Weights of `layers` layers of `d` units, of variance 2 / d.
fn stack(rng: &mut Rng, layers: usize, d: usize) -> Vec<Vec<Vec<f64>>> {
    let std = (2.0 / d as f64).sqrt();
    let layer = |_| rows(&rng.tensor([d, d], |rng| std * rng.normal()));
    (0..layers).map(layer).collect()
}

fn gradient_probe(s: &Submission, rng: &mut Rng) -> Verdict {
    for (layers, residual) in [(1, true), (3, true), (4, false), (50, true), (50, false)] {
        let (n, d) = (3, 4);
        let weights = stack(rng, layers, d);
        let (x, dy) = (rng.normal_tensor([n, d]), rng.normal_tensor([n, d]));
        let want = probe(&weights, &rows(&x), &rows(&dy), residual);
        let list = weights.iter().map(|w| matrix(w)).collect();
        let got = s.gradient_norm_probe(list, x, dy, residual)?;
        let which = format!("{layers} layers, residual {residual}");
        // The norms of 50 residual layers are around 1e15.
        let relative = Tolerance {
            absolute: 1e-300,
            relative: 1e-6,
        };
        close_values(&got, &want, relative).map_err(about(&which))?;
        if layers == 50 {
            // Over 200 seeds the ratio was 0.02 to 70 for residual layers and at most 1e-25 for sigmoids.
            let ratio = got[0] / got[layers - 1];
            let right = if residual { ratio > 1e-3 } else { ratio < 1e-6 };
            ensure(right, || {
                format!("{which}: first to last norm is {ratio:e}")
            })?;
        }
    }
    Ok(())
}
