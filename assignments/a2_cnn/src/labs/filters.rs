//! `train filters`: a network of two convolutions made of your own functions learns to read digits.

use anyhow::{anyhow, ensure};
use burn::tensor::{Device, Int, Tensor};
use common::data::{self, Images};
use common::nn::{AdamState, single};
use common::plot::learning_curves;
use common::train::{AT_ONCE, Average, Batch, Lab, LabOptions, Plan, Run, Target, fit};

use super::filter_network::{FilterNetwork, measure};
use super::filter_pictures::{draw_kernels, draw_maps};
use super::students::students;

/// The lab.
pub const LAB: Lab = Lab {
    name: "filters",
    about: "two convolutions of your own (A2.2) on digits, and what their kernels become: 3 % test error on digits16",
    run,
};

/// What the lab does when it is not told otherwise.
struct Defaults {
    /// The share of test images that a correct implementation gets wrong at most.
    target: Option<f64>,
    epochs: usize,
}

fn defaults(data: &str) -> Defaults {
    let (target, epochs) = match data {
        "digits16" | "digits28" => (Some(0.03), 12),
        "zipcode" => (Some(0.06), 12),
        "mnist" => (Some(0.025), 2),
        _ => (None, 4),
    };
    Defaults { target, epochs }
}

/// Planes of the two layers.
const PLANES: [usize; 2] = [8, 16];
const BATCH_SIZE: usize = 64;
const LR: f64 = 4e-3;

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits16");
    let defaults = defaults(name);
    let target = Target {
        data: name,
        error: defaults.target,
        network: "network",
    };
    println!("{}", target.goal());
    let planes = planes(options)?;
    students(try_every_function)??;

    let mut split = data::load(name)?;
    let shown = split.test.clone(); // to be drawn as it is
    split.normalise();
    println!("{}", split.about);
    let lr = options.lr.unwrap_or(LR);
    let plan = Plan {
        samples: split.train.len(),
        batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
        epochs: options.epochs.unwrap_or(defaults.epochs),
        settings: format!("filters with {planes:?} planes on {name}, Adam with learning rate {lr}"),
        ..Plan::of(options)
    };
    println!("{}, {} epochs", plan.settings, plan.epochs);

    let device = &options.device;
    let (shape, classes) = (split.train.shape(), split.train.classes);
    // The same weights whether the run begins or goes on: the picture shows where it began.
    let new = || new_network(shape, planes, classes, plan.seed, device);
    let begin = students(new)??;
    let before = begin.weights.first.clone();
    let mut run = match options.resume {
        true => Run::resume(&plan)?,
        false => Run::new(begin),
    };
    run.state = on(run.state, device);
    let step = |network: FilterNetwork, batch: Batch<'_>| {
        let (x, labels) = split.train.batch(batch.samples, device);
        network.step(x, labels, lr)
    };
    let evaluate = |network: &FilterNetwork| evaluate(network, &split.test, device);
    let run = students(|| fit(run, &plan, step, evaluate))??;

    let out = options.out.as_path();
    let measured = [("loss", "nats"), ("error", "%")];
    let title = format!("Two convolutions on {name}");
    learning_curves(&title, &run.history, &measured)?.save(out.join("curves"))?;
    draw_kernels(&before, &run.state.weights.first, out)?;
    let maps = || draw_maps(&run.state, &split.test, &shown, 0, device, out);
    students(maps)??;
    println!(
        "in {}: kernels, maps, curves (.png and .svg), history (.csv and .json), checkpoint.bin",
        out.display()
    );
    println!("{}", target.verdict(&run));
    Ok(())
}

fn planes(options: &LabOptions) -> anyhow::Result<[usize; 2]> {
    let Some(hidden) = &options.hidden else {
        return Ok(PLANES);
    };
    let planes = <[usize; 2]>::try_from(hidden.as_slice());
    planes.map_err(|_| anyhow!("--hidden takes the planes of two layers here, as in 8,16"))
}

fn new_network(
    shape: [usize; 3],
    planes: [usize; 2],
    classes: usize,
    seed: u64,
    device: &Device,
) -> anyhow::Result<FilterNetwork> {
    FilterNetwork::new(shape, planes, classes, seed, device)
        .map_err(|why| anyhow!("images of {shape:?} are too small for the kernels: {why}"))
}

/// Calls every function that the lab needs once, so that what is missing is said before the data are read.
fn try_every_function() -> anyhow::Result<()> {
    let device = Device::flex();
    let network = new_network([1, 4, 4], [2, 2], 2, 0, &device)?;
    let x = Tensor::ones([2, 1, 4, 4], &device);
    let labels = Tensor::<1, Int>::from_ints([0, 1], &device);
    let (_, metrics) = network.step(x, labels, LR);
    ensure!(
        metrics.values.iter().all(|(_, value)| value.is_finite()),
        "your convolution gives numbers that are not finite: cargo hw check convolution says more"
    );
    Ok(())
}

/// The network on `device`, in single precision.
fn on(network: FilterNetwork, device: &Device) -> FilterNetwork {
    FilterNetwork {
        weights: single(network.weights, device),
        adam: AdamState {
            step: network.adam.step,
            first: single(network.adam.first, device),
            second: single(network.adam.second, device),
        },
    }
}

/// Loss and error over all of `images`.
fn evaluate(network: &FilterNetwork, images: &Images, device: &Device) -> Average {
    let mut average = Average::new();
    for (x, labels) in images.in_order(AT_ONCE, device) {
        average.add(&measure(network.outputs(x).logits, labels));
    }
    average
}
