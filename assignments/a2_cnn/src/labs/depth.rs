//! `train depth`: what happens to plain and to residual networks when they get deeper.

use std::fmt::Write;
use std::path::Path;

use anyhow::ensure;
use burn::tensor::{DType, Device, Int, Tensor};
use common::data::{self, Images, Split};
use common::files::write_atomically;
use common::nn::{avg_pool2d, count};
use common::plot::{Curve, Panel, Scale, curves, scaled_curves};
use common::rng::Rng;
use common::train::{Average, Batch, Lab, LabOptions, Plan, Run, fit};

use super::depth_network::{DepthState, Kind};
use super::students::students;
use crate::parts::resnet;

/// The lab.
pub const LAB: Lab = Lab {
    name: "depth",
    about: "plain and residual networks of 8, 20 and 56 layers; the deepest residual one to at most half of the plain one's training loss",
    run,
};

/// The training loss of the deepest residual network, as a share of the plain one's, is at most this. Over the seeds 0 to 3
/// it was 0.02 to 0.06, and 0.10 to 0.19 after half of the epochs.
const TARGET: f64 = 0.5;
/// Blocks of each stage: 8, 20 and 56 layers. `--hidden` takes others.
const BLOCKS: [usize; 3] = [1, 3, 9];
const EPOCHS: usize = 10;
const BATCH_SIZE: usize = 50;
const LR: f64 = 0.05;
/// Training and test images that are used: enough to see who learns.
const USED: [usize; 2] = [1000, 500];
/// How many images the gradients before the first step are measured on.
const PROBED: usize = 100;
/// Layers and units of the two stacks that the probe looks at.
const STACK: [usize; 2] = [50, 16];

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits16");
    println!(
        "target: the deepest residual network has at most {TARGET} of the deepest plain one's training loss on {name}"
    );
    students(try_every_function)?;

    let split = small(data::load(name)?);
    println!("{}", split.about);
    let kinds = kinds(options.hidden.as_deref().unwrap_or(&BLOCKS))?;
    let starts = students(|| begin(&kinds, &split, options))?;
    let norms = students(|| gradients(&starts, &split, options))?;
    let stacks = students(|| probe(options.seed))?;
    draw_gradients(&norms, &stacks, &options.out)?;

    let mut rows = Vec::new();
    for ((kind, state), norms) in starts.into_iter().zip(&norms) {
        let parameters = count(&state.parameters);
        let run = train(kind, state, &split, name, options)?;
        rows.push(Row::new(kind, parameters, &norms.1, &run));
    }
    draw_losses(&rows, name, &options.out)?;
    print!("{}", table(&rows));
    write_atomically(&options.out.join("depth.csv"), csv(&rows).as_bytes())?;
    println!(
        "in {}: gradients, losses (.png and .svg), depth.csv, and a folder with history and checkpoint for each network",
        options.out.display()
    );
    println!("{}", verdict(&rows));
    Ok(())
}

/// Calls every function that the lab needs once, so that what is missing is said before anything is trained.
fn try_every_function() {
    let kind = Kind {
        blocks_per_stage: 1,
        residual: true,
    };
    let device = Device::flex();
    let x = Tensor::<4>::ones([2, 1, 4, 4], (&device, DType::F32));
    let labels = Tensor::<1, Int>::from_ints([0, 1], &device);
    let state = DepthState::new(kind.config(1, 2), 0, &device);
    let (state, _) = state.step(kind, LR, x.clone(), labels.clone());
    let _ = state.measure(kind, x, labels);
    let one = Tensor::<2>::ones([1, 1], &device);
    let _ = resnet::gradient_norm_probe(vec![one.clone()], one.clone(), one, true);
}

/// A plain and a residual network of each depth.
fn kinds(blocks: &[usize]) -> anyhow::Result<Vec<Kind>> {
    ensure!(
        !blocks.is_empty(),
        "a network needs blocks: --hidden 1,3 trains networks with 1 and with 3 blocks in each stage"
    );
    let both = blocks.iter().flat_map(|&blocks_per_stage| {
        [false, true].map(|residual| Kind {
            blocks_per_stage,
            residual,
        })
    });
    Ok(both.collect())
}

/// The first images, normalised.
fn small(mut split: Split) -> Split {
    let first = |images: &Images, n: usize| {
        let all: Vec<usize> = (0..images.len().min(n)).collect();
        images.subset(&all)
    };
    split.train = first(&split.train, USED[0]);
    split.test = first(&split.test, USED[1]);
    split.normalise();
    split
}

/// Images with half as many rows and columns, so that the lab takes a minute, and their labels.
fn batch(images: &Images, samples: &[usize], device: &Device) -> (Tensor<4>, Tensor<1, Int>) {
    let (x, labels) = images.batch(samples, device);
    (avg_pool2d(x, [2, 2], [2, 2]), labels)
}

fn begin(kinds: &[Kind], split: &Split, options: &LabOptions) -> Vec<(Kind, DepthState)> {
    let (channels, classes) = (split.train.channels, split.train.classes);
    let begin = |kind: &Kind| {
        let config = kind.config(channels, classes);
        (
            *kind,
            DepthState::new(config, options.seed, &options.device),
        )
    };
    kinds.iter().map(begin).collect()
}

/// The norms of the gradients of every network before its first step, layer by layer.
fn gradients(
    starts: &[(Kind, DepthState)],
    split: &Split,
    options: &LabOptions,
) -> Vec<(Kind, Vec<f64>)> {
    let samples: Vec<usize> = (0..split.train.len().min(PROBED)).collect();
    let (x, labels) = batch(&split.train, &samples, &options.device);
    let norms = |(kind, state): &(Kind, DepthState)| {
        let norms = state.gradient_norms(*kind, x.clone(), labels.clone());
        (*kind, norms)
    };
    starts.iter().map(norms).collect()
}

/// The probe's norms for a stack of sigmoids and for a residual one, with the same random weights.
fn probe(seed: u64) -> [(&'static str, Vec<f64>); 2] {
    let [layers, units] = STACK;
    let mut rng = Rng::named(seed, "probe");
    let std = (2.0 / units as f64).sqrt();
    let weights: Vec<Tensor<2>> = (0..layers)
        .map(|_| rng.tensor([units, units], |rng| std * rng.normal()))
        .collect();
    let (x, dy) = (rng.normal_tensor([8, units]), rng.normal_tensor([8, units]));
    [("sigmoids", false), ("residual", true)].map(|(name, residual)| {
        let norms = resnet::gradient_norm_probe(weights.clone(), x.clone(), dy.clone(), residual);
        (name, norms)
    })
}

/// A value of each layer, made of its gradient's norm as a share of the last layer's. It is drawn from the last to the
/// first, as the gradient goes, and without what is not finite.
fn backwards(name: &str, norms: &[f64], value: fn(f64) -> f64) -> Curve {
    let last = norms.last().copied().unwrap_or(1.0);
    let values = norms.iter().rev().map(|norm| value(norm / last));
    let points = values.enumerate().map(|(back, y)| (back as f64, y));
    Curve {
        name: name.into(),
        points: points.filter(|(_, y)| y.is_finite()).collect(),
    }
}

/// Draws how the gradient changes on its way back: of the dense stacks in powers of ten, of the deepest networks as it is.
fn draw_gradients(
    norms: &[(Kind, Vec<f64>)],
    stacks: &[(&str, Vec<f64>)],
    out: &Path,
) -> anyhow::Result<()> {
    let panel = |y_label: &str, curves: Vec<Curve>| Panel {
        y_label: y_label.into(),
        x_label: "layers back from the last".into(),
        curves,
    };
    let lost = |share: f64| (-share.log10()).max(0.0);
    let of_stacks = stacks
        .iter()
        .map(|(name, norms)| backwards(name, norms, lost));
    let deepest = norms.iter().map(|(kind, _)| kind.depth()).max();
    let of_networks = norms
        .iter()
        .filter(|(kind, _)| Some(kind.depth()) == deepest)
        .map(|(kind, norms)| backwards(&kind.name(), norms, |share| share));
    let panels = [
        (
            panel("dense layers: powers of ten lost", of_stacks.collect()),
            [Scale::Linear, Scale::Linear],
        ),
        (
            panel(
                "convolutions: times the last layer's",
                of_networks.collect(),
            ),
            [Scale::Linear, Scale::Log],
        ),
    ];
    let title = "The norm of the gradient before the first step";
    scaled_curves(title, &panels)?.save(out.join("gradients"))?;
    Ok(())
}

/// Trains a network, or goes on where it was stopped. With `--resume` a network that was not begun yet is begun.
fn train(
    kind: Kind,
    state: DepthState,
    split: &Split,
    name: &str,
    options: &LabOptions,
) -> anyhow::Result<Run<DepthState>> {
    let (device, lr) = (&options.device, options.lr.unwrap_or(LR));
    let plan = Plan {
        samples: split.train.len(),
        batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
        epochs: options.epochs.unwrap_or(EPOCHS),
        settings: format!(
            "{} on {name}, momentum with learning rate {lr}",
            kind.name()
        ),
        folder: Some(options.out.join(kind.name())),
        ..Plan::of(options)
    };
    println!("{}", plan.settings);
    let begun = plan.checkpoint().is_some_and(|file| file.is_file());
    let mut run = match options.resume && begun {
        true => Run::resume(&plan)?,
        false => Run::new(state),
    };
    run.state = run.state.on(device);
    let step = |state: DepthState, at: Batch<'_>| {
        let (x, labels) = batch(&split.train, at.samples, device);
        state.step(kind, lr, x, labels)
    };
    let evaluate = |state: &DepthState| {
        let all: Vec<usize> = (0..split.test.len()).collect();
        let (x, labels) = batch(&split.test, &all, device);
        let mut average = Average::new();
        average.add(&state.measure(kind, x, labels));
        average
    };
    Ok(students(|| fit(run, &plan, step, evaluate))??)
}

/// What came of one network.
struct Row {
    kind: Kind,
    parameters: usize,
    /// The norm of the first layer's gradient before the first step, by that of the last.
    ratio: f64,
    /// By epoch.
    losses: Vec<(f64, f64)>,
    test_error: f64,
    seconds: f64,
}

impl Row {
    fn new(kind: Kind, parameters: usize, norms: &[f64], run: &Run<DepthState>) -> Self {
        let losses = run.history.column("train_loss");
        let test_error = run.history.last_value("test_error");
        Self {
            kind,
            parameters,
            ratio: norms[0] / norms[norms.len() - 1],
            losses: losses
                .into_iter()
                .map(|(at, loss)| (at as f64, loss))
                .collect(),
            test_error: test_error.unwrap_or(f64::NAN),
            seconds: run.history.seconds(),
        }
    }

    /// After the last epoch.
    fn loss(&self) -> f64 {
        self.losses.last().map_or(f64::NAN, |(_, loss)| *loss)
    }
}

fn table(rows: &[Row]) -> String {
    let mut table = format!(
        "{:<13} {:>10}  {:>22}  {:>13}  {:>10}  {:>7}\n",
        "network", "parameters", "gradient, first / last", "training loss", "test error", "seconds"
    );
    for row in rows {
        // A String takes every write.
        let _ = writeln!(
            table,
            "{:<13} {:>10}  {:>22.2}  {:>13.4}  {:>8.1} %  {:>7.1}",
            row.kind.name(),
            row.parameters,
            row.ratio,
            row.loss(),
            100.0 * row.test_error,
            row.seconds
        );
    }
    table
}

fn csv(rows: &[Row]) -> String {
    let mut csv =
        String::from("network,layers,parameters,gradient_ratio,train_loss,test_error,seconds\n");
    for row in rows {
        // A String takes every write.
        let _ = writeln!(
            csv,
            "{},{},{},{},{},{},{:.3}",
            row.kind.name(),
            row.kind.depth(),
            row.parameters,
            row.ratio,
            row.loss(),
            row.test_error,
            row.seconds
        );
    }
    csv
}

/// Draws the training losses, plain and residual apart.
fn draw_losses(rows: &[Row], name: &str, out: &Path) -> anyhow::Result<()> {
    let panel = |what: &str, residual: bool| Panel {
        y_label: format!("{what}: training loss, nats"),
        x_label: "epoch".into(),
        curves: rows
            .iter()
            .filter(|row| row.kind.residual == residual)
            .map(|row| Curve {
                name: format!("{} layers", row.kind.depth()),
                points: row.losses.clone(),
            })
            .collect(),
    };
    let panels = [panel("plain", false), panel("residual", true)];
    let title = format!("Deeper and deeper on {name}");
    curves(&title, &panels)?.save(out.join("losses"))?;
    Ok(())
}

/// The last line: what came out, and what was to come out.
fn verdict(rows: &[Row]) -> String {
    let deepest = |residual: bool| {
        let of_kind = rows.iter().filter(|row| row.kind.residual == residual);
        of_kind.max_by_key(|row| row.kind.depth())
    };
    let (Some(plain), Some(residual)) = (deepest(false), deepest(true)) else {
        return "nothing was trained".into();
    };
    let share = residual.loss() / plain.loss();
    let is = if share <= TARGET { "is" } else { "is not" };
    format!(
        "training loss with {} layers: plain {:.3}, residual {:.3}, a share of {share:.2}; the target, at most {TARGET}, {is} reached",
        plain.kind.depth(),
        plain.loss(),
        residual.loss()
    )
}
