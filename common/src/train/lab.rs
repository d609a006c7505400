//! A lab: a training run that a student starts by name.

use std::path::PathBuf;

use anyhow::anyhow;
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

/// Runs the lab called `name`.
///
/// # Errors
/// There is no such lab, or what the lab says.
pub fn run_lab(labs: &[Lab], name: &str, options: &LabOptions) -> anyhow::Result<()> {
    let lab = labs.iter().find(|lab| lab.name == name).ok_or_else(|| {
        let names: Vec<&str> = labs.iter().map(|lab| lab.name).collect();
        anyhow!(
            "there is no lab {name:?}; the labs are {}",
            names.join(", ")
        )
    })?;
    (lab.run)(options)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_is_found_by_its_name_and_an_unknown_one_is_answered_with_the_known() {
        let labs = [Lab {
            name: "mlp",
            about: "An MLP on digits, to 6 % error.",
            run: |options| Err(anyhow!("seed {}", options.seed)),
        }];
        let run = |name| run_lab(&labs, name, &LabOptions::new("out")).unwrap_err();
        assert_eq!(run("mlp").to_string(), "seed 0");
        assert_eq!(
            run("cnn").to_string(),
            "there is no lab \"cnn\"; the labs are mlp"
        );
    }
}
