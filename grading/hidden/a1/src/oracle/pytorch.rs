//! Trajectories of PyTorch's optimisers, made by `fixtures/generate.py`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::optimisers::Settings;

/// One vector per parameter.
pub type Parameters = Vec<Vec<f64>>;

/// Runs of several optimisers from the same start on the same gradients.
#[derive(Debug, Deserialize)]
pub struct Trajectories {
    /// The parameters at the start.
    pub parameters: Parameters,
    /// The gradients of each step.
    pub gradients: Vec<Parameters>,
    /// The runs by name.
    pub runs: BTreeMap<String, Run>,
}

/// One run.
#[derive(Debug, Deserialize)]
pub struct Run {
    lr: f64,
    mu: f64,
    decay: f64,
    betas: (f64, f64),
    eps: f64,
    weight_decay: f64,
    /// The parameters after each step.
    pub trajectory: Vec<Parameters>,
}

impl Run {
    /// The settings of the run.
    pub fn settings(&self) -> Settings {
        Settings {
            lr: self.lr,
            mu: self.mu,
            decay: self.decay,
            beta1: self.betas.0,
            beta2: self.betas.1,
            eps: self.eps,
            weight_decay: self.weight_decay,
        }
    }
}

impl Trajectories {
    /// Those of the fixture.
    ///
    /// # Panics
    /// When the fixture, which is part of the program, is broken.
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../../fixtures/optimisers.json"))
            .expect("fixtures/optimisers.json is what generate.py writes")
    }
}
