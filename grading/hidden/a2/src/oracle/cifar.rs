//! What the answers of A2.9 should be.

use burn::tensor::Tensor;
use common::contract::a2::{CifarConv, CifarNet, CifarRunning, CropFlip};

use super::array::{tensor, values};
use super::tape::{Tape, Var, softmax};
use super::tape_maps::{Moments, TapeMaps, linear};

/// The share of a new batch in the running statistics, as the contract says.
const MOMENTUM: f64 = 0.1;
/// What is added to a variance, as the contract says.
const EPS: f64 = 1e-5;

/// A network on its way through a batch.
pub struct Pass {
    tape: Tape,
    /// The parameters, one list for each tensor, in the order of their declaration.
    leaves: Vec<Vec<Var>>,
    logits: Vec<Vec<Var>>,
    /// The mean and the variance of each layer after the batch.
    pub running: Vec<[Vec<f64>; 2]>,
}

/// One layer: convolution, normalisation, ReLU.
struct Layer<'a> {
    weights: &'a CifarConv,
    running: &'a CifarRunning,
    training: bool,
}

impl Pass {
    /// The pass of `x` through `net`.
    pub fn of(net: &CifarNet, running: &[CifarRunning], x: &Tensor<4>, training: bool) -> Self {
        let mut pass = Self {
            tape: Tape::new(),
            leaves: vec![],
            logits: vec![],
            running: vec![],
        };
        let mut x = TapeMaps::on(&mut pass.tape, x);
        for (stage, running) in net.stages.iter().zip(running.chunks(2)) {
            let layer = |weights, running| Layer {
                weights,
                running,
                training,
            };
            x = pass.layer(&x, &layer(&stage.widen, &running[0]));
            x = x.pooled(&pass.tape);
            let residual = pass.layer(&x, &layer(&stage.residual, &running[1]));
            x = x.plus(&mut pass.tape, &residual);
        }
        let [_, channels, height, width] = x.shape;
        let features: Vec<Vec<Var>> = x
            .values
            .chunks(channels * height * width)
            .map(|picture| {
                let planes = picture.chunks(height * width);
                planes.map(|plane| pass.tape.mean(plane)).collect()
            })
            .collect();
        let [weight, bias] = [values(&net.head_weight), values(&net.head_bias)];
        let [weight, bias] = [weight, bias].map(|v| pass.tape.inputs(&v));
        pass.logits = linear(&mut pass.tape, &features, &weight, &bias);
        pass.leaves.extend([weight, bias]);
        pass
    }

    fn layer(&mut self, x: &TapeMaps, layer: &Layer) -> TapeMaps {
        let CifarConv {
            kernel,
            gamma,
            beta,
        } = layer.weights;
        let outputs = gamma.dims()[0];
        let leaves = [values(kernel), values(gamma), values(beta)].map(|v| self.tape.inputs(&v));
        let x = x.convolved(&mut self.tape, &leaves[0], outputs);
        let before = [values(&layer.running.mean), values(&layer.running.variance)];
        let batch = x.moments(&self.tape);
        let unbiased = batch.count as f64 / (batch.count as f64 - 1.0);
        let (used, after) = match layer.training {
            true => {
                let moved = |old: &[f64], new: &[f64], factor: f64| -> Vec<f64> {
                    let pairs = old.iter().zip(new);
                    pairs
                        .map(|(old, new)| old + MOMENTUM * (factor * new - old))
                        .collect()
                };
                let mean = moved(&before[0], &batch.mean, 1.0);
                let variance = moved(&before[1], &batch.variance, unbiased);
                (batch, [mean, variance])
            }
            false => {
                let [mean, variance] = before.clone();
                let count = batch.count;
                (
                    Moments {
                        mean,
                        variance,
                        count,
                    },
                    before,
                )
            }
        };
        let affine = [&leaves[1][..], &leaves[2][..]];
        let y = x.normalised(&mut self.tape, affine, &used, EPS, layer.training);
        self.leaves.extend(leaves);
        self.running.push(after);
        y.relu(&mut self.tape)
    }

    /// The logits, `[n, classes]`.
    pub fn logits(&self) -> Tensor<2> {
        self.table(|row| row)
    }

    /// Their softmax.
    pub fn probabilities(&self) -> Tensor<2> {
        self.table(|row| softmax(&row))
    }

    fn table(&self, f: impl Fn(Vec<f64>) -> Vec<f64>) -> Tensor<2> {
        let rows = self.logits.iter().map(|row| f(self.tape.values(row)));
        let all: Vec<f64> = rows.flatten().collect();
        let n = self.logits.len();
        let classes = all.len() / n.max(1);
        tensor(all, [n, classes])
    }

    /// The smoothed cross-entropy, and its gradient by each parameter tensor, flat.
    pub fn gradient(&mut self, labels: &[usize], smoothing: f64) -> (f64, Vec<Vec<f64>>) {
        let loss = self.tape.cross_entropy(&self.logits, labels, smoothing);
        let by = self
            .leaves
            .iter()
            .map(|leaf| self.tape.gradient(loss, leaf));
        (self.tape.value(loss), by.collect())
    }
}

/// Which of a network's tensors are kernels or the head's matrix, in the order of their declaration.
pub fn decays(stages: usize) -> Vec<bool> {
    let layers = [true, false, false].repeat(2 * stages);
    [layers, vec![true, false]].concat()
}

/// The rate of a step.
pub fn rate(peak: f64, warmup: f64, step: usize, steps: usize) -> f64 {
    let rising = (warmup * steps as f64).floor();
    let step = step as f64;
    if step < rising {
        peak / rising * (step + 1.0)
    } else {
        // cos^2(x / 2) = (1 + cos x) / 2.
        let share = (step - rising) / (steps as f64 - rising);
        peak * (std::f64::consts::FRAC_PI_2 * share).cos().powi(2)
    }
}

/// Pixel by pixel: where does each come from?
pub fn augmented(x: &Tensor<4>, draws: &[CropFlip], padding: usize) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    let old = values(x);
    let mut new = Vec::with_capacity(old.len());
    for (i, draw) in draws.iter().enumerate().take(n) {
        for c in 0..channels {
            for row in 0..height {
                for column in 0..width {
                    let column = if draw.flip {
                        width - 1 - column
                    } else {
                        column
                    };
                    let (row, column) = (row + draw.top, column + draw.left);
                    let inside = |at: usize, size: usize| (padding..padding + size).contains(&at);
                    new.push(match inside(row, height) && inside(column, width) {
                        true => {
                            let (row, column) = (row - padding, column - padding);
                            old[((i * channels + c) * height + row) * width + column]
                        }
                        false => 0.0,
                    });
                }
            }
        }
    }
    tensor(new, x.dims())
}

/// Parameters and multiply-accumulates, counted one by one: every weight, and every output with every weight it uses.
pub fn cost(widths: &[usize], channels: usize, classes: usize, side: usize) -> [usize; 2] {
    let (mut parameters, mut products) = (0, 0);
    let (mut from, mut side) = (channels, side);
    for &to in widths {
        for (inputs, size) in [(from, side), (to, side / 2)] {
            for _ in 0..to {
                parameters += 2 + inputs * 9;
                products += (0..size * size).map(|_| inputs * 9).sum::<usize>();
            }
        }
        (from, side) = (to, side / 2);
    }
    for _ in 0..classes {
        parameters += from + 1;
        products += from;
    }
    [parameters, products]
}

/// The widths that a recipe's text has, for the cap: whatever is between its brackets.
pub fn widths_of(text: &str) -> Option<Vec<usize>> {
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with("widths"))?;
    let (_, rest) = line.split_once('[')?;
    let (inside, _) = rest.split_once(']')?;
    inside.split(',').map(|w| w.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_by_hand() {
        // 3 -> 4 at 8 x 8 and 4 -> 4 at 4 x 4: 108 + 144 weights, 16 scales and shifts, 50 in the head.
        assert_eq!(cost(&[4], 3, 10, 8), [318, 108 * 64 + 144 * 16 + 40]);
    }

    #[test]
    fn the_rate_by_hand() {
        // 2 of 6 steps rise: 1/2, 1; then 4 steps of a cosine from 1: at its half 1/2.
        assert_eq!(rate(1.0, 0.4, 0, 6), 0.5);
        assert_eq!(rate(1.0, 0.4, 1, 6), 1.0);
        assert_eq!(rate(1.0, 0.4, 2, 6), 1.0);
        assert!((rate(1.0, 0.4, 4, 6) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn widths_are_read() {
        assert_eq!(
            widths_of("a = 1\nwidths = [3, 14] # x\n"),
            Some(vec![3, 14])
        );
        assert_eq!(widths_of("nothing"), None);
    }
}
