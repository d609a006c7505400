//! A1.9 number by number: variances one value at a time (Welford 1962), and in the backward passes the
//! three paths of CS231n, through the centred value, the variance and the mean.

use burn::tensor::Tensor;
use common::contract::a1::*;

use super::transposed;
use crate::oracle::matrix::{Matrix, tensor, values, vector};

pub fn table() -> NormsTable {
    NormsTable {
        batchnorm_forward: |x, gamma, beta, running, settings| {
            let [n, d] = x.dims();
            let x = x.reshape([n, d, 1]);
            let forward = batchnorm(&x, &gamma, &beta, &running, &settings)?;
            Ok(BatchNormForward {
                y: forward.y.reshape([n, d]),
                running: forward.running,
            })
        },
        batchnorm_backward_by_steps: batchnorm_backward,
        batchnorm_backward,
        batchnorm_sequence_forward: |x, gamma, beta, running, settings| {
            batchnorm(&x, &gamma, &beta, &running, &settings)
        },
        batchnorm_sequence_backward,
        layernorm_forward: |x, gamma, beta, eps| {
            let (x, gamma, beta) = (Matrix::of(&x), values(&gamma), values(&beta));
            let rows: Vec<Moments> = (0..x.rows).map(|i| moments(x.row(i))).collect();
            Matrix::from_fn(x.rows, x.columns, |i, j| {
                let scale = gamma[j] / (rows[i].variance + eps).sqrt();
                scale * x[(i, j)] + (beta[j] - scale * rows[i].mean)
            })
            .tensor()
        },
        layernorm_backward: |x, gamma, dy, eps| {
            let (x, gamma, dy) = (Matrix::of(&x), values(&gamma), Matrix::of(&dy));
            let mut dgamma = vec![0.0; x.columns];
            let mut dx = x.map(|_| 0.0);
            for i in (0..x.rows).rev() {
                let g: Vec<f64> = (0..x.columns).map(|j| dy[(i, j)] * gamma[j]).collect();
                let (row, normalised) = backward(x.row(i), &g, eps);
                for j in 0..x.columns {
                    dx[(i, j)] = row[j];
                    dgamma[j] += dy[(i, j)] * normalised[j];
                }
            }
            NormGradients {
                dx: dx.tensor(),
                dgamma: vector(dgamma),
                dbeta: vector(super::column_sums(&dy)),
            }
        },
        rmsnorm_forward: |x, gamma, eps| {
            let (x, gamma) = (Matrix::of(&x), values(&gamma));
            Matrix::from_fn(x.rows, x.columns, |i, j| {
                x[(i, j)] * inverse_rms(x.row(i), eps) * gamma[j]
            })
            .tensor()
        },
        rmsnorm_backward: |x, gamma, dy, eps| {
            let (x, gamma, dy) = (Matrix::of(&x), values(&gamma), Matrix::of(&dy));
            let d = x.columns as f64;
            let dx = Matrix::from_fn(x.rows, x.columns, |i, j| {
                let inverse = inverse_rms(x.row(i), eps);
                let along: f64 = (0..x.columns)
                    .map(|k| dy[(i, k)] * gamma[k] * x[(i, k)])
                    .sum();
                inverse * dy[(i, j)] * gamma[j] - inverse.powi(3) * x[(i, j)] * along / d
            });
            let dgamma = (0..x.columns).map(|j| {
                (0..x.rows)
                    .map(|i| dy[(i, j)] * x[(i, j)] * inverse_rms(x.row(i), eps))
                    .sum()
            });
            RmsNormGradients {
                dx: dx.tensor(),
                dgamma: vector(dgamma.collect()),
            }
        },
    }
}

struct Moments {
    mean: f64,
    variance: f64,
}

fn moments(x: &[f64]) -> Moments {
    let (mut mean, mut squares) = (0.0, 0.0);
    for (i, x) in x.iter().enumerate() {
        let before = x - mean;
        mean += before / (i + 1) as f64;
        squares += before * (x - mean);
    }
    Moments {
        mean,
        variance: squares / x.len() as f64,
    }
}

fn inverse_rms(x: &[f64], eps: f64) -> f64 {
    let squares: f64 = x.iter().rev().map(|x| x * x).sum();
    1.0 / (eps + squares / x.len() as f64).sqrt()
}

/// The numbers of channel `j` of `[n, d, l]`.
fn channel(x: &Tensor<3>, j: usize) -> Vec<f64> {
    values(&x.clone().narrow(1, j, 1))
}

fn from_channels(channels: Vec<Vec<f64>>, [n, d, l]: [usize; 3]) -> Tensor<3> {
    let channels = channels.into_iter();
    Tensor::cat(channels.map(|c| tensor(c, [n, 1, l])).collect(), 1).reshape([n, d, l])
}

fn batchnorm(
    x: &Tensor<3>,
    gamma: &Tensor<1>,
    beta: &Tensor<1>,
    running: &RunningStatistics,
    settings: &BatchNormSettings,
) -> Result<BatchNormSequenceForward, String> {
    let [n, d, l] = x.dims();
    if settings.training && n * l <= 1 {
        return Err("more than one value per channel, please".into());
    }
    let (gamma, beta) = (values(gamma), values(beta));
    let (mut means, mut variances) = (values(&running.mean), values(&running.variance));
    let mut channels = vec![];
    for j in 0..d {
        let x = channel(x, j);
        let mut used = Moments {
            mean: means[j],
            variance: variances[j],
        };
        if settings.training {
            used = moments(&x);
            let unbiased = used.variance + used.variance / (x.len() - 1) as f64;
            means[j] += settings.momentum * (used.mean - means[j]);
            variances[j] += settings.momentum * (unbiased - variances[j]);
        }
        let scale = gamma[j] / (settings.eps + used.variance).sqrt();
        channels.push(
            x.iter()
                .map(|x| beta[j] + scale * (x - used.mean))
                .collect(),
        );
    }
    Ok(BatchNormSequenceForward {
        y: from_channels(channels, [n, d, l]),
        running: RunningStatistics {
            mean: vector(means),
            variance: vector(variances),
        },
    })
}

/// The gradient of a list's normalisation from `g`, and the normalised list.
fn backward(x: &[f64], g: &[f64], eps: f64) -> (Vec<f64>, Vec<f64>) {
    let n = x.len() as f64;
    let Moments { mean, variance } = moments(x);
    let inverse = 1.0 / (variance + eps).sqrt();
    let centred: Vec<f64> = x.iter().map(|x| x - mean).collect();
    let by_variance: f64 =
        g.iter().zip(&centred).map(|(g, x)| g * x).sum::<f64>() * -0.5 * inverse.powi(3);
    let by_mean = -inverse * g.iter().sum::<f64>();
    let dx = g.iter().zip(&centred);
    let dx = dx.map(|(g, x)| g * inverse + by_variance * 2.0 * x / n + by_mean / n);
    (dx.collect(), centred.iter().map(|x| x * inverse).collect())
}

fn batchnorm_backward(x: Tensor<2>, gamma: Tensor<1>, dy: Tensor<2>, eps: f64) -> NormGradients {
    let (x, dy) = (transposed(&Matrix::of(&x)), transposed(&Matrix::of(&dy)));
    let gamma = values(&gamma);
    let mut dgamma = vec![];
    let mut dx = x.map(|_| 0.0);
    for j in 0..x.rows {
        let g: Vec<f64> = dy.row(j).iter().map(|dy| gamma[j] * dy).collect();
        let (row, normalised) = backward(x.row(j), &g, eps);
        for (i, value) in row.into_iter().enumerate() {
            dx[(j, i)] = value;
        }
        dgamma.push(normalised.iter().zip(dy.row(j)).map(|(a, b)| a * b).sum());
    }
    NormGradients {
        dx: transposed(&dx).tensor(),
        dgamma: vector(dgamma),
        dbeta: vector(super::column_sums(&transposed(&dy))),
    }
}

fn batchnorm_sequence_backward(
    x: Tensor<3>,
    gamma: Tensor<1>,
    dy: Tensor<3>,
    eps: f64,
) -> NormSequenceGradients {
    let shape = x.dims();
    let gamma = values(&gamma);
    let (mut channels, mut dgamma, mut dbeta) = (vec![], vec![], vec![]);
    for (j, gamma) in gamma.iter().enumerate() {
        let dy = channel(&dy, j);
        let g: Vec<f64> = dy.iter().map(|dy| dy * gamma).collect();
        let (dx, normalised) = backward(&channel(&x, j), &g, eps);
        channels.push(dx);
        dgamma.push(normalised.iter().zip(&dy).map(|(a, b)| a * b).sum());
        dbeta.push(dy.iter().sum());
    }
    NormSequenceGradients {
        dx: from_channels(channels, shape),
        dgamma: vector(dgamma),
        dbeta: vector(dbeta),
    }
}
