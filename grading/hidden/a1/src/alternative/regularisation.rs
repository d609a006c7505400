//! A1.8 element by element and image by image.

use burn::tensor::Tensor;
use common::contract::a1::*;

use super::pairs;
use crate::oracle::matrix::{Matrix, tensor, values, vector};

pub fn table() -> RegularisationTable {
    RegularisationTable {
        dropout_mask: |uniforms, p| Matrix::of(&uniforms).map(|u| f64::from(u >= p)).tensor(),
        dropout_forward: dropout,
        dropout_backward: dropout,
        l1_penalty: |parameters, lambda, biases| {
            elements(&parameters, biases)
                .map(|w| lambda * w.abs())
                .sum()
        },
        l1_gradient: |parameters, lambda, biases| {
            let sign = |w: f64| f64::from(w > 0.0) - f64::from(w < 0.0);
            gradient(parameters, biases, |w| lambda * sign(w))
        },
        l2_penalty: |parameters, lambda, biases| {
            elements(&parameters, biases)
                .map(|w| 0.5 * lambda * w * w)
                .sum()
        },
        l2_gradient: |parameters, lambda, biases| gradient(parameters, biases, |w| w * lambda),
        early_stopping,
        // Moves each sample towards its partner.
        mixup: |x, targets, partners, lambda| {
            let towards = |t: Tensor<2>| {
                let partner = t.clone().select(0, partners.clone());
                t.clone() - (t - partner) * (1.0 - lambda)
            };
            Mixed {
                x: towards(x),
                targets: towards(targets),
            }
        },
        shift_images,
        flip_images,
        ensemble_average,
    }
}

fn dropout(x: Tensor<2>, mask: Tensor<2>, p: f64, training: bool) -> Tensor<2> {
    if !training {
        return x;
    }
    pairs(x, mask, |x, m| if m == 0.0 { 0.0 } else { x / (1.0 - p) })
}

/// All elements of the weights, after those of the biases if they count.
fn elements(parameters: &MlpParameters, biases: bool) -> impl Iterator<Item = f64> {
    let biases = parameters.biases.iter().filter(move |_| biases);
    let weights = parameters.weights.iter().flat_map(values);
    biases.flat_map(values).chain(weights)
}

fn gradient(parameters: MlpParameters, biases: bool, f: impl Fn(f64) -> f64) -> MlpParameters {
    let of_bias = |b: f64| if biases { f(b) } else { 0.0 };
    MlpParameters {
        weights: parameters
            .weights
            .iter()
            .map(|w| Matrix::of(w).map(&f).tensor())
            .collect(),
        biases: parameters
            .biases
            .iter()
            .map(|b| vector(values(b).into_iter().map(of_bias).collect()))
            .collect(),
    }
}

/// Remembers the best epoch alone: its loss and the wait follow from it.
fn early_stopping(losses: Vec<f64>, patience: usize, min_delta: f64) -> EarlyStop {
    let mut best: Option<usize> = None;
    for (epoch, loss) in losses.iter().enumerate() {
        let improves = match best {
            Some(best) => losses[best] - loss > min_delta,
            None => *loss < f64::INFINITY,
        };
        if improves {
            best = Some(epoch);
        }
        let next = best.map_or(0, |best| best + 1); // the first epoch of the wait
        if epoch + 1 - next >= patience {
            return EarlyStop {
                stop: Some(epoch),
                best,
            };
        }
    }
    EarlyStop { stop: None, best }
}

/// Goes through the pixels that move and leaves out those that leave.
fn shift_images(images: Tensor<4>, offsets: Vec<Offset>, background: f64) -> Tensor<4> {
    let [_, channels, height, width] = images.dims();
    let (h, w) = (height as i64, width as i64);
    let mut moved = vec![background; values(&images).len()];
    for (i, value) in values(&images).into_iter().enumerate() {
        let Offset { down, right } = &offsets[i / (channels * height * width)];
        let (row, column) = ((i / width % height) as i64, (i % width) as i64);
        if (0..h).contains(&(row + down)) && (0..w).contains(&(column + right)) {
            moved[(i as i64 + down * w + right) as usize] = value;
        }
    }
    tensor(moved, images.dims())
}

/// Reverses the rows of the chosen images.
fn flip_images(images: Tensor<4>, flips: Vec<bool>) -> Tensor<4> {
    let [_, channels, height, width] = images.dims();
    let mut pixels = values(&images);
    for (row, pixels) in pixels.chunks_mut(width).enumerate() {
        if flips[row / (channels * height)] {
            pixels.reverse();
        }
    }
    tensor(pixels, images.dims())
}

/// The softmax takes off a row's level, so the normalised mean of log-probabilities is that of logits.
fn ensemble_average(logits: Vec<Tensor<2>>, averaging: Averaging) -> Tensor<2> {
    let m = logits.len() as f64;
    let all: Vec<Matrix> = logits.iter().map(Matrix::of).collect();
    let (rows, columns) = (all[0].rows, all[0].columns);
    match averaging {
        Averaging::LogProbabilities => {
            let mean = |i, k| all.iter().map(|x| x[(i, k)] / m).sum();
            log_softmax(&Matrix::from_fn(rows, columns, mean))
        }
        Averaging::Probabilities => {
            let log_p: Vec<Matrix> = all.iter().map(|x| Matrix::of(&log_softmax(x))).collect();
            let log_mean = |i, k| {
                let member = |x: &Matrix| x[(i, k)] - m.ln();
                log_sum_exp(&log_p.iter().map(member).collect::<Vec<f64>>())
            };
            Matrix::from_fn(rows, columns, log_mean).tensor()
        }
    }
}

fn log_softmax(x: &Matrix) -> Tensor<2> {
    Matrix::from_fn(x.rows, x.columns, |i, k| x[(i, k)] - log_sum_exp(x.row(i))).tensor()
}

/// `ln(e^a + e^b)` again and again.
fn log_sum_exp(x: &[f64]) -> f64 {
    let add = |a: f64, b: f64| a.max(b) + (-(a - b).abs()).exp().ln_1p();
    x.iter().copied().reduce(add).unwrap_or(f64::NEG_INFINITY)
}
