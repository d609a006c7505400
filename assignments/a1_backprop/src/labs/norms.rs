//! `train norms`: what normalisers do for a deep network whose weights start too small.

use std::path::Path;

use anyhow::ensure;
use burn::tensor::Device;
use common::data::{self, Images, Split};
use common::plot::{Curve, Panel, curves};
use common::train::{Average, Batch, History, Lab, LabOptions, Plan, Run, fit};

use super::deep::{DeepNetwork, Normaliser};
use super::network::measure;
use super::predictions::in_batches;
use super::students::{students, two_images};

/// The lab.
pub const LAB: Lab = Lab {
    name: "norms",
    about: "a deep network that starts badly, without a normaliser, with batch and with layer normalisation",
    run,
};

/// What the lab does when it is not told otherwise.
struct Defaults {
    /// The share of test images that the network gets wrong at most, with either normaliser.
    target: Option<f64>,
    epochs: usize,
}

fn defaults(data: &str) -> Defaults {
    let (target, epochs) = match data {
        "digits16" | "digits28" => (Some(0.1), 10),
        "zipcode" => (Some(0.1), 8),
        "mnist" => (Some(0.07), 2),
        _ => (None, 4),
    };
    Defaults { target, epochs }
}

/// Twelve hidden layers.
const HIDDEN: [usize; 12] = [64; 12];
/// Near 0, where tanh is a straight line, 1 would keep the size of the signal. With 0.5 each layer halves
/// it, and a four-thousandth of it leaves the last.
const GAIN: f64 = 0.5;
const BATCH_SIZE: usize = 64;
const LR: f64 = 0.01;
/// How many images the spread of the activations is measured on.
const PROBED: usize = 500;

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits16");
    let defaults = defaults(name);
    println!("{}", goal(name, defaults.target));
    students(try_every_function)?;

    let mut split = data::load(name)?;
    split.normalise();
    let mut sizes = vec![split.train.features()];
    sizes.extend(options.hidden.as_deref().unwrap_or(&HIDDEN));
    sizes.push(split.train.classes);
    let batch_size = options.batch_size.unwrap_or(BATCH_SIZE);
    ensure!(
        batch_size == 0 || split.train.len() % batch_size != 1,
        "with a batch size of {batch_size} one sample is left for the last batch of an epoch, and batch \
         normalisation cannot train on one: choose another --batch-size"
    );
    println!("{}", split.about);

    let network = students(|| DeepNetwork::new(&sizes, GAIN, options.seed, &options.device))?;
    let out = options.out.as_path();
    draw_spreads(&network, &split.test, options, out)?;

    let epochs = options.epochs.unwrap_or(defaults.epochs);
    let mut histories = Vec::new();
    for normaliser in Normaliser::ALL {
        let lr = options.lr.unwrap_or(LR);
        let plan = Plan {
            samples: split.train.len(),
            batch_size,
            epochs,
            settings: format!(
                "normaliser: {}, {sizes:?} on {name}, momentum with learning rate {lr}",
                normaliser.name()
            ),
            folder: Some(out.join(normaliser.name())),
            ..Plan::of(options)
        };
        println!("{}, {epochs} epochs", plan.settings);
        let run = train(network.clone(), normaliser, lr, &plan, &split, options)?;
        histories.push((normaliser, run.history));
    }
    draw_curves(&histories, name, out)?;
    println!(
        "in {}: spread, curves (.png and .svg), and a folder with history and checkpoint for each network",
        out.display()
    );
    println!("{}", verdict(&histories, defaults.target));
    Ok(())
}

/// Calls every function that the lab needs once, so that what is missing is said before the data are read.
fn try_every_function() {
    for normaliser in Normaliser::ALL {
        let (x, labels) = two_images();
        let network = DeepNetwork::new(&[4, 3, 2], GAIN, 0, &Device::flex());
        let (network, _) = network.step(normaliser, LR, x.clone(), labels);
        let _ = network.logits(normaliser, x);
    }
}

/// Trains a copy of `network`, or goes on where it was stopped. With `--resume` a network that was not begun
/// yet is begun.
fn train(
    network: DeepNetwork,
    normaliser: Normaliser,
    lr: f64,
    plan: &Plan,
    split: &Split,
    options: &LabOptions,
) -> anyhow::Result<Run<DeepNetwork>> {
    let device = &options.device;
    let begun = plan.checkpoint().is_some_and(|file| file.is_file());
    let mut run = if options.resume && begun {
        Run::resume(plan)?
    } else {
        Run::new(network)
    };
    run.state = run.state.on(device);
    let step = |network: DeepNetwork, batch: Batch<'_>| {
        let (x, labels) = split.train.flat(batch.samples, device);
        network.step(normaliser, lr, x, labels)
    };
    let evaluate = |network: &DeepNetwork| {
        let mut average = Average::new();
        for (x, labels) in in_batches(&split.test, device) {
            average.add(&measure(network.logits(normaliser, x), labels));
        }
        average
    };
    Ok(students(|| fit(run, plan, step, evaluate))??)
}

fn goal(name: &str, target: Option<f64>) -> String {
    match target {
        Some(share) => format!(
            "target: at most {} % test error on {name} with batch and with layer normalisation",
            100.0 * share
        ),
        None => format!("{name} has no target: see what the normalisers do"),
    }
}

/// The last line: what came out, and what was to come out.
fn verdict(histories: &[(Normaliser, History)], target: Option<f64>) -> String {
    let errors: Option<Vec<(Normaliser, f64)>> = histories
        .iter()
        .map(|(normaliser, history)| Some((*normaliser, history.last_value("test_error")?)))
        .collect();
    let Some(errors) = errors else {
        return "nothing was trained".into();
    };
    let words: Vec<String> = errors
        .iter()
        .map(|(normaliser, error)| format!("{} {:.2} %", normaliser.name(), 100.0 * error))
        .collect();
    let result = format!("test error by normaliser: {}", words.join(", "));
    let Some(share) = target else {
        return result;
    };
    let mut normalised = errors.iter().filter(|(n, _)| *n != Normaliser::None);
    let is = match normalised.all(|(_, error)| *error <= share) {
        true => "is",
        false => "is not",
    };
    format!(
        "{result}; the target, {} % with either, {is} reached",
        100.0 * share
    )
}

/// Draws how widely the activations of each layer are spread before the first step.
fn draw_spreads(
    network: &DeepNetwork,
    images: &Images,
    options: &LabOptions,
    out: &Path,
) -> anyhow::Result<()> {
    let samples: Vec<usize> = (0..images.len().min(PROBED)).collect();
    let (x, _) = images.flat(&samples, &options.device);
    let curve = |normaliser: Normaliser| {
        let spreads = network.spreads(normaliser, x.clone());
        let points = spreads.into_iter().enumerate();
        Curve {
            name: normaliser.name().into(),
            points: points.map(|(l, spread)| ((l + 1) as f64, spread)).collect(),
        }
    };
    let panel = Panel {
        y_label: "standard deviation of the activations".into(),
        x_label: "hidden layer".into(),
        curves: students(|| Normaliser::ALL.map(curve).to_vec())?,
    };
    curves("Before the first step", &[panel])?.save(out.join("spread"))?;
    Ok(())
}

/// Draws training loss and test error of the networks.
fn draw_curves(histories: &[(Normaliser, History)], name: &str, out: &Path) -> anyhow::Result<()> {
    let panel = |y_label: &str, column: &str, factor: f64| Panel {
        y_label: y_label.into(),
        x_label: "epoch".into(),
        curves: histories
            .iter()
            .map(|(normaliser, history)| Curve {
                name: normaliser.name().into(),
                points: history
                    .column(column)
                    .into_iter()
                    .map(|(epoch, y)| (epoch as f64, factor * y))
                    .collect(),
            })
            .collect(),
    };
    let panels = [
        panel("training loss, nats", "train_loss", 1.0),
        panel("test error, %", "test_error", 100.0),
    ];
    curves(&format!("A deep network on {name}, by normaliser"), &panels)?
        .save(out.join("curves"))?;
    Ok(())
}
