//! A lab: a training run that a student starts by name.

use std::path::PathBuf;

use burn::tensor::Device;

/// A training run made of the student's own functions.
#[derive(Debug, Clone, Copy)]
pub struct Lab {
    /// The name on the command line: `mlp`.
    pub name: &'static str,
    /// What it trains and the figure to reach, in one sentence.
    pub about: &'static str,
    /// Runs it.
    pub run: fn(&LabOptions) -> anyhow::Result<()>,
}

/// What a student may say to any lab. What is `None` is the lab's choice.
#[derive(Debug, Clone)]
pub struct LabOptions {
    /// The data set's name in the registry; the embedded synthetic digits without.
    pub data: Option<String>,
    /// Where tensors live.
    pub device: Device,
    /// How often to go through the training set.
    pub epochs: Option<usize>,
    /// Samples per step.
    pub batch_size: Option<usize>,
    /// The learning rate.
    pub lr: Option<f64>,
    /// Units of each hidden layer.
    pub hidden: Option<Vec<usize>>,
    /// Fixes weights and order.
    pub seed: u64,
    /// The folder for curves, pictures and checkpoints.
    pub out: PathBuf,
    /// Go on from the last checkpoint in `out`.
    pub resume: bool,
}

impl LabOptions {
    /// Everything is the lab's choice, on the CPU with seed 0, from the beginning.
    #[must_use]
    pub fn new(out: impl Into<PathBuf>) -> Self {
        Self {
            data: None,
            device: Device::flex(),
            epochs: None,
            batch_size: None,
            lr: None,
            hidden: None,
            seed: 0,
            out: out.into(),
            resume: false,
        }
    }
}
