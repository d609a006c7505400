//! `train pretrain`: what do layers that were trained without labels know about digits?
//!
//! A stack of two layers learns from all training images without their labels, once as RBMs and once as
//! denoising autoencoders. Then an MLP that starts with its weights learns from 100 labelled images, beside one
//! that starts with random weights. All of it is made of the functions in `src/parts`.

mod few_labels;
mod pictures;
mod unlabelled;

use std::fmt::Write;

use anyhow::{Context, bail};
use burn::tensor::Device;
use common::contract::a1::{LayerKind, PretrainSettings};
use common::data::{self, Split};
use common::files::write_atomically;
use common::train::{Lab, LabOptions};

use super::students::{students, try_every_function};
use few_labels::Start;
use unlabelled::Unlabelled;

/// The lab.
pub const LAB: Lab = Lab {
    name: "pretrain",
    about: "RBMs and autoencoders without labels, then 100 labels: fewer errors than from random weights",
    run,
};

/// The comparison is the mean over this many seeds.
const SEEDS: u64 = 5;
const LABELS: usize = 100;
const HIDDEN: [usize; 2] = [256, 256];
const BATCH_SIZE: usize = 50;

const KINDS: [LayerKind; 2] = [LayerKind::Rbm, LayerKind::DenoisingAutoencoder];

/// Of each layer, without labels. Large sets need fewer rounds for as many steps.
fn epochs(data: &str) -> usize {
    match data {
        "zipcode" => 15,
        "mnist" => 1,
        _ => 10,
    }
}

/// Learning rates of Hinton's guide (2010) and of Vincent et al. (2010), for gradients that are means over
/// the batch.
fn settings(kind: LayerKind, lr: Option<f64>) -> PretrainSettings {
    PretrainSettings {
        kind,
        lr: lr.unwrap_or(0.1),
        k: 1,
        corruption: 0.3,
    }
}

/// A kind in a word.
fn name(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::Rbm => "rbm",
        LayerKind::DenoisingAutoencoder => "denoising",
    }
}

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let data = options.data.as_deref().unwrap_or("digits16");
    println!(
        "target: with {LABELS} labels of {data}, fewer test errors from pre-trained weights than from random ones"
    );
    if options.resume {
        bail!("the lab pretrain always starts anew: leave out --resume");
    }
    students(try_every_function)?;
    students(unlabelled::try_every_function)?;
    let split = data::load(data)?;
    println!("{}", split.about);

    let mut sizes = vec![split.train.features()];
    sizes.extend(options.hidden.as_deref().unwrap_or(&HIDDEN));
    let mut results = Results::default();
    for seed in options.seed..options.seed + SEEDS {
        let seconds = std::time::Instant::now();
        results.add(seed, one_seed(options, data, &split, &sizes, seed)?);
        println!(
            "{}, {:.1} s",
            results.line(),
            seconds.elapsed().as_secs_f64()
        );
    }

    let out = options.out.as_path();
    let path = out.join("errors.csv");
    write_atomically(&path, results.to_csv().as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))?;
    let title = format!("{LABELS} labels of {data}, mean of {SEEDS} seeds");
    pictures::comparison(&title, &results.curves())?.save(out.join("comparison"))?;
    println!(
        "in {}: filters of both kinds, reconstructions, comparison (.png and .svg), errors.csv",
        out.display()
    );
    println!("{}", results.verdict());
    Ok(())
}

/// The test errors after every epoch with labels, from random weights and from those of each kind.
fn one_seed(
    options: &LabOptions,
    data: &str,
    split: &Split,
    sizes: &[usize],
    seed: u64,
) -> anyhow::Result<Vec<Vec<f64>>> {
    let device: &Device = &options.device;
    let mut starts = vec![Start::Random];
    let mut first_layers = Vec::new();
    for kind in KINDS {
        let unlabelled = Unlabelled {
            split,
            sizes,
            settings: settings(kind, options.lr),
            epochs: options.epochs.unwrap_or_else(|| epochs(data)),
            batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
            seed,
            device,
            // What the first seed shows the others would only repeat.
            quiet: seed > options.seed,
        };
        let trained = unlabelled.train()?;
        if seed == options.seed {
            let title = format!("Filters of the first layer on {data}, {}", name(kind));
            pictures::filters(&title, &trained.snapshots, &split.train)?
                .save(options.out.join(format!("filters-{}", name(kind))))?;
            first_layers.push((kind, trained.stack[0].clone()));
        }
        starts.push(Start::Stack(trained.stack));
    }
    if seed == options.seed {
        let picture = students(|| pictures::reconstructions(data, &first_layers, split, device))?;
        picture?.save(options.out.join("reconstructions"))?;
    }
    let train = |start| few_labels::train(start, LABELS, split, sizes, seed, device);
    starts.into_iter().map(train).collect()
}

/// Test errors of every seed: `[seed][start][epoch]`.
#[derive(Default)]
struct Results {
    seeds: Vec<u64>,
    errors: Vec<Vec<Vec<f64>>>,
}

impl Results {
    /// The starts in words, in the order in which [`one_seed`] gives them.
    fn names() -> Vec<&'static str> {
        let kinds = KINDS.into_iter().map(name);
        std::iter::once("random").chain(kinds).collect()
    }

    fn add(&mut self, seed: u64, errors: Vec<Vec<f64>>) {
        self.seeds.push(seed);
        self.errors.push(errors);
    }

    /// The errors of one start after the last epoch, in per cent, one per seed.
    fn last(&self, start: usize) -> Vec<f64> {
        let of_seed = |errors: &Vec<Vec<f64>>| 100.0 * errors[start].last().copied().unwrap_or(1.0);
        self.errors.iter().map(of_seed).collect()
    }

    /// What the last seed gave.
    fn line(&self) -> String {
        let mut line = format!("seed {}: test error", self.seeds[self.seeds.len() - 1]);
        for (start, name) in Self::names().into_iter().enumerate() {
            let errors = self.last(start);
            let _ = write!(line, "  {name} {:.2} %", errors[errors.len() - 1]); // a String takes every write
        }
        line
    }

    fn to_csv(&self) -> String {
        let mut csv = format!("seed,{}\n", Self::names().join(","));
        for (i, seed) in self.seeds.iter().enumerate() {
            let _ = write!(csv, "{seed}");
            for start in 0..Self::names().len() {
                let _ = write!(csv, ",{}", self.last(start)[i] / 100.0);
            }
            csv.push('\n');
        }
        csv
    }

    /// The mean error of each start after every epoch, in per cent.
    fn curves(&self) -> Vec<(&'static str, Vec<f64>)> {
        let curve = |(start, name)| {
            let runs: Vec<&Vec<f64>> = self.errors.iter().map(|errors| &errors[start]).collect();
            let mean = |epoch: usize| {
                100.0 * runs.iter().map(|run| run[epoch]).sum::<f64>() / runs.len() as f64
            };
            let epochs = runs.iter().map(|run| run.len()).min().unwrap_or(0);
            (name, (0..epochs).map(mean).collect())
        };
        Self::names().into_iter().enumerate().map(curve).collect()
    }

    /// The last line: mean and standard deviation of each start, and whether the target is reached.
    fn verdict(&self) -> String {
        let mut text = format!(
            "test error with {LABELS} labels, mean of {} seeds:",
            self.seeds.len()
        );
        let mut means = Vec::new();
        for (start, name) in Self::names().into_iter().enumerate() {
            let (mean, deviation) = mean_and_deviation(&self.last(start));
            let comma = if start == 0 { "" } else { "," };
            let _ = write!(text, "{comma} {name} {mean:.2} ± {deviation:.2} %");
            means.push(mean);
        }
        let is_reached = means[1..].iter().all(|mean| *mean < means[0]);
        text + if is_reached {
            "; the target is reached"
        } else {
            "; the target is not reached"
        }
    }
}

/// With the deviation of a sample: n - 1 in its denominator.
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(random: [f64; 2], rbm: [f64; 2], denoising: [f64; 2]) -> Results {
        let mut results = Results::default();
        for i in 0..2 {
            let errors = [random[i], rbm[i], denoising[i]];
            results.add(i as u64, errors.map(|e| vec![0.9, e]).to_vec());
        }
        results
    }

    #[test]
    fn the_verdict_is_about_the_means() {
        let good = results([0.3, 0.2], [0.1, 0.3], [0.1, 0.1]);
        assert_eq!(
            good.verdict(),
            "test error with 100 labels, mean of 2 seeds: random 25.00 ± 7.07 %, rbm 20.00 ± 14.14 %, \
             denoising 10.00 ± 0.00 %; the target is reached"
        );
        let bad = results([0.3, 0.2], [0.1, 0.3], [0.2, 0.3]);
        assert!(bad.verdict().ends_with("the target is not reached"));
        assert_eq!(good.curves()[1], ("rbm", vec![90.0, 20.0]));
        assert_eq!(
            good.to_csv(),
            "seed,random,rbm,denoising\n0,0.3,0.1,0.1\n1,0.2,0.3,0.1\n"
        );
    }
}
