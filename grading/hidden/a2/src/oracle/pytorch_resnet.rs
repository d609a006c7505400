//! PyTorch's residual networks, as `fixtures/resnet.py` has run them.

use burn::tensor::Tensor;
use common::contract::a2::{ResnetCifar, ResnetConfig, ResnetSettings, ResnetShortcut};
use common::nn::Parameters;
use common::rng::Rng;
use serde::Deserialize;

use super::array::{Array, tensor, vector};
use super::resnet::{Scene, random_network};

/// Two networks for one step of training.
#[derive(Debug, Deserialize)]
pub struct Fixture {
    images: [usize; 4],
    classes: usize,
    width: usize,
    momentum: f64,
    eps: f64,
    networks: Vec<Numbers>,
}

/// All numbers of one network, in the order in which the contract declares the tensors.
#[derive(Debug, Deserialize)]
struct Numbers {
    projection: bool,
    images: Vec<f64>,
    labels: Vec<i64>,
    parameters: Vec<f64>,
    statistics: Vec<f64>,
    logits: Vec<f64>,
    loss: f64,
    gradients: Vec<f64>,
    statistics_after: Vec<f64>,
}

/// One network and what came out of the step.
pub struct Step {
    /// What went in.
    pub scene: Scene,
    /// `[n, classes]`
    pub logits: Tensor<2>,
    /// The mean cross-entropy.
    pub loss: f64,
    /// Its gradient.
    pub gradients: ResnetCifar,
    /// The statistics after the batch.
    pub statistics: common::contract::a2::ResnetStatistics,
}

/// The two steps, with option A and with option B.
///
/// # Panics
/// When the fixture, which is part of the program, is broken.
pub fn steps() -> Vec<Step> {
    let fixture: Fixture = serde_json::from_str(include_str!("../../fixtures/resnet.json"))
        .expect("fixtures/resnet.json is what resnet.py writes");
    let steps = fixture.networks.iter().map(|numbers| fixture.step(numbers));
    steps.collect()
}

impl Fixture {
    fn step(&self, numbers: &Numbers) -> Step {
        let [n, channels, ..] = self.images;
        let config = ResnetConfig {
            blocks_per_stage: 1,
            channels,
            width: self.width,
            classes: self.classes,
            shortcut: match numbers.projection {
                true => ResnetShortcut::Projection,
                false => ResnetShortcut::ZeroPadding,
            },
            zero_gamma: false,
        };
        let (parameters, statistics) = random_network(&config, &mut Rng::new(0));
        Step {
            logits: tensor(numbers.logits.clone(), [n, self.classes]),
            loss: numbers.loss,
            gradients: filled(parameters.clone(), &numbers.gradients),
            statistics: filled(statistics.clone(), &numbers.statistics_after),
            scene: Scene {
                parameters: filled(parameters, &numbers.parameters),
                statistics: filled(statistics, &numbers.statistics),
                images: Array {
                    shape: self.images,
                    values: numbers.images.clone(),
                },
                labels: numbers.labels.clone(),
                settings: ResnetSettings {
                    residual: true,
                    training: true,
                    momentum: self.momentum,
                    eps: self.eps,
                },
            },
        }
    }
}

/// The same structure with other numbers, one tensor after the other.
fn filled<P: Parameters>(structure: P, numbers: &[f64]) -> P {
    let mut left = numbers;
    let filled = structure.map(&mut |old| {
        let [n] = old.dims();
        let (these, rest) = left.split_at(n);
        left = rest;
        vector(these.to_vec())
    });
    assert!(left.is_empty(), "{} numbers too many", left.len());
    filled
}

#[cfg(test)]
mod tests {
    use super::super::array::matrix;
    use super::super::resnet::{Machine, loss, product};
    use super::*;
    use common::check::{Tolerance, close, within};
    use common::nn::tensors;

    #[test]
    fn the_loops_agree_with_pytorch() {
        for step in steps() {
            let scene = &step.scene;
            let mut machine = Machine::new(&scene.settings);
            let (logits, after) =
                machine.network(&scene.parameters, &scene.statistics, &scene.images);
            close(&matrix(&logits), &step.logits, Tolerance::EXACT).unwrap();
            within(loss(&logits, &scene.labels), step.loss, Tolerance::EXACT).unwrap();
            for (got, want) in tensors(&after).iter().zip(tensors(&step.statistics)) {
                close(got, &want, Tolerance::EXACT).unwrap();
            }
            // Along one tensor after the other.
            let mut rng = Rng::new(1);
            for chosen in 0..tensors(&step.gradients).len() {
                let mut at = 0;
                let direction = scene.parameters.clone().map(&mut |tensor| {
                    at += 1;
                    match at == chosen + 1 {
                        true => rng.normal_tensor(tensor.dims()),
                        false => tensor.zeros_like(),
                    }
                });
                let along = product(&step.gradients, &direction);
                within(scene.slope(&direction), along, Tolerance::GRADIENT).unwrap();
            }
        }
    }
}
