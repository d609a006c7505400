//! An MLP that learns labels by heart (Zhang et al. 2017).

use burn::tensor::Device;
use common::data::{Images, Split};
use common::rng::Rng;
use common::train::{Average, Batch, Interrupt, LabOptions, Plan, Run, fit};
use serde::{Deserialize, Serialize};

use super::network::{Network, Settings, measure};
use super::predictions::in_batches;
use super::students::students;
use crate::parts::generalisation;

/// How many samples there are, and what the network is like unless the student says otherwise.
const SAMPLES: usize = 1000;
const TEST_SAMPLES: usize = 2000;
const HIDDEN: [usize; 2] = [512, 256];
const BATCH_SIZE: usize = 50;
const LR: f64 = 1e-3;
const EPOCHS: usize = 100;

/// One training run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The share of training labels that are random.
    pub share: f64,
    /// Training samples.
    pub samples: usize,
    /// Layers, from the pixels to the classes.
    pub layers: Vec<usize>,
    /// Samples per step.
    pub batch_size: usize,
    /// Adam's learning rate.
    pub lr: f64,
    /// The share of training samples that the network got wrong, epoch by epoch, against the labels that it
    /// was given.
    pub train_error: Vec<f64>,
    /// The share of test samples that it got wrong after each epoch, against their true labels.
    pub test_error: Vec<f64>,
}

impl Fit {
    /// The training error of the last epoch and the test error after it.
    #[must_use]
    pub fn errors(&self) -> (f64, f64) {
        let last = |errors: &[f64]| errors.last().copied().unwrap_or(f64::NAN);
        (last(&self.train_error), last(&self.test_error))
    }
}

/// Trains an MLP on samples of which a `share` has random labels.
///
/// # Errors
/// When a function is missing or panics, the run is interrupted, or the loss is not finite.
pub fn train(split: &Split, share: f64, options: &LabOptions) -> anyhow::Result<Fit> {
    let train = students(|| with_random_labels(&split.train, share, options.seed))?;
    let test = split.test.clone().take(TEST_SAMPLES);
    let mut layers = vec![train.features()];
    layers.extend(options.hidden.as_deref().unwrap_or(&HIDDEN));
    layers.push(train.classes);

    let device = &options.device;
    let settings = Settings::new(options.lr.unwrap_or(LR), 0.0);
    let plan = Plan {
        samples: train.len(),
        batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
        epochs: options.epochs.unwrap_or(EPOCHS),
        seed: options.seed,
        settings: String::new(), // nothing is saved
        folder: None,
        early_stopping: None,
        interrupt: Interrupt::on_ctrl_c(),
        quiet: true,
    };
    let step = |network: Network, batch: Batch<'_>| {
        let (x, labels) = train.flat(batch.samples, device);
        network.step(x, labels, &settings)
    };
    let evaluate = |network: &Network| evaluate(network, &test, device);
    let run = Run::new(students(|| Network::new(&layers, plan.seed, device))?);
    let run = students(|| fit(run, &plan, step, evaluate))??;

    let column = |name: &str| {
        let rows = run.history.column(name);
        rows.into_iter().map(|(_, error)| error).collect()
    };
    Ok(Fit {
        share,
        samples: plan.samples,
        layers,
        batch_size: plan.batch_size,
        lr: settings.adam.lr,
        train_error: column("train_error"),
        test_error: column("test_error"),
    })
}

fn evaluate(network: &Network, images: &Images, device: &Device) -> Average {
    let mut average = Average::new();
    for (x, labels) in in_batches(images, device) {
        average.add(&measure(network.logits(x), labels));
    }
    average
}

/// Some of the images, a share of them with random labels.
fn with_random_labels(images: &Images, share: f64, seed: u64) -> Images {
    let mut order = Rng::named(seed, "memorised samples").permutation(images.len());
    order.truncate(SAMPLES);
    let mut some = images.subset(&order);
    let uniforms = |name: &str| {
        let mut rng = Rng::named(seed, name);
        (0..order.len()).map(|_| rng.unit()).collect()
    };
    let labels = generalisation::randomise_labels(
        some.labels
            .iter()
            .map(|label| usize::from(*label))
            .collect(),
        some.classes,
        share,
        uniforms("coins"),
        uniforms("draws"),
    );
    some.labels = labels.into_iter().map(|label| label as u8).collect();
    some
}
