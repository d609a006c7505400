//! Mutants of A1.9, batch normalisation of sequences.

use a1_backprop::parts::norms as reference;
use burn::tensor::Tensor;
use common::contract::a1::{
    BatchNormSequenceForward, BatchNormSettings, NormSequenceGradients, RunningStatistics,
};
use hidden_suite::Mutant;

use super::norms::PART;

/// The mutants of this part that are about sequences.
pub fn mutants() -> Vec<Mutant> {
    let mut all = forward();
    all.extend(backward());
    all
}

fn forward() -> Vec<Mutant> {
    vec![
        mutant!(
            norms.batchnorm_sequence_forward / "over_samples_only",
            "every position has a mean and a variance of its own, over the samples",
            |x, g, b, r, s| with_output(x, g, b, r, s, |x| standardised(x, &[0]))
        ),
        mutant!(
            norms.batchnorm_sequence_forward / "over_positions_only",
            "every sample has a mean and a variance of its own, over the positions",
            |x, g, b, r, s| with_output(x, g, b, r, s, |x| standardised(x, &[2]))
        ),
        mutant!(
            norms.batchnorm_sequence_forward / "over_channels",
            "every position of every sample is normalised over its channels",
            |x, g, b, r, s| with_output(x, g, b, r, s, |x| standardised(x, &[1]))
        ),
        mutant!(
            norms.batchnorm_sequence_forward / "over_everything",
            "all channels share one mean and one variance",
            |x, g, b, r, s| with_output(x, g, b, r, s, |x| standardised(x, &[0, 1, 2]))
        ),
        mutant!(
            norms.batchnorm_sequence_forward / "reshaped_without_swap",
            "[n, d, l] is reshaped to [n l, d] as it is",
            |x, g, b, r, s| {
                let [n, d, l] = x.dims();
                let forward = reference::batchnorm_forward(x.reshape([n * l, d]), g, b, r, s)?;
                Ok(BatchNormSequenceForward {
                    y: forward.y.reshape([n, d, l]),
                    running: forward.running,
                })
            }
        ),
        mutant!(
            norms.batchnorm_sequence_forward / "not_swapped_back",
            "the rows are reshaped to [n, d, l] without a swap",
            |x, g, b, r, s| {
                let forward = reference::batchnorm_sequence_forward(x, g, b, r, s)?;
                let shape = forward.y.dims();
                let y = forward.y.swap_dims(1, 2).reshape(shape);
                Ok(BatchNormSequenceForward { y, ..forward })
            }
        ),
        mutant!(
            norms.batchnorm_sequence_forward / "unbiased_over_samples",
            "the running variance counts n values, not n l",
            |x, g, b, r, s| {
                let [n, _, l] = x.dims();
                let (n, all) = (n as f64, (n * l) as f64);
                let (training, kept) = (s.training, r.variance.clone() * (1.0 - s.momentum));
                let mut forward = reference::batchnorm_sequence_forward(x, g, b, r, s)?;
                if training && n > 1.0 {
                    let factor = n / (n - 1.0) * (all - 1.0) / all;
                    let moved = forward.running.variance - kept.clone();
                    forward.running.variance = kept + moved * factor;
                }
                Ok(forward)
            }
        ),
        mutant!(
            norms.batchnorm_sequence_forward / "refuses_one_sample",
            "one sample is an error, however long it is",
            |x, g, b, r, s| match (s.training, x.dims()[0]) {
                (true, 0 | 1) => Err("one sample".into()),
                _ => reference::batchnorm_sequence_forward(x, g, b, r, s),
            }
        ),
        mutant!(
            norms.batchnorm_sequence_forward / "trains_on_one_value",
            "one value per channel is normalised to beta",
            |x, g, b, r, s| match x.dims() {
                [1, _, 1] => Ok(BatchNormSequenceForward { y: x, running: r }),
                _ => reference::batchnorm_sequence_forward(x, g, b, r, s),
            }
        ),
        mutant!(
            norms.batchnorm_sequence_forward / "trains_on_nothing",
            "no samples are normalised to no samples",
            |x, g, b, r, s| match x.dims() {
                [0, _, _] => Ok(BatchNormSequenceForward { y: x, running: r }),
                _ => reference::batchnorm_sequence_forward(x, g, b, r, s),
            }
        ),
        mutant!(
            norms.batchnorm_sequence_forward / "batch_statistics_in_evaluation",
            "normalises with the batch whatever training says",
            |x, g, b, r, s| {
                let s = BatchNormSettings {
                    training: true,
                    ..s
                };
                let forward = reference::batchnorm_sequence_forward(x, g, b, r.clone(), s)?;
                Ok(BatchNormSequenceForward {
                    running: r,
                    ..forward
                })
            }
        ),
    ]
}

fn backward() -> Vec<Mutant> {
    vec![
        mutant!(
            norms.batchnorm_sequence_backward / "over_samples_only",
            "every position is taken for a batch of its own",
            |x, g, dy, eps| {
                let right =
                    reference::batchnorm_sequence_backward(x.clone(), g.clone(), dy.clone(), eps);
                let positions = (0..x.dims()[2]).map(|k| {
                    let at = |x: &Tensor<3>| x.clone().narrow(2, k, 1).squeeze_dim::<2>(2);
                    let dx = reference::batchnorm_backward(at(&x), g.clone(), at(&dy), eps).dx;
                    dx.unsqueeze_dim(2)
                });
                NormSequenceGradients {
                    dx: Tensor::cat(positions.collect(), 2),
                    ..right
                }
            }
        ),
        mutant!(
            norms.batchnorm_sequence_backward / "over_positions_only",
            "every sample is taken for a batch of its own",
            |x, g, dy, eps| {
                let right =
                    reference::batchnorm_sequence_backward(x.clone(), g.clone(), dy.clone(), eps);
                let samples = (0..x.dims()[0]).map(|i| {
                    let at = |x: &Tensor<3>| x.clone().narrow(0, i, 1);
                    reference::batchnorm_sequence_backward(at(&x), g.clone(), at(&dy), eps).dx
                });
                NormSequenceGradients {
                    dx: Tensor::cat(samples.collect(), 0),
                    ..right
                }
            }
        ),
        mutant!(
            norms.batchnorm_sequence_backward / "dy_without_swap",
            "x is swapped before the reshape, dy is not",
            |x, g, dy, eps| {
                let [n, d, l] = x.dims();
                let dy = dy.reshape([n, l, d]).swap_dims(1, 2);
                reference::batchnorm_sequence_backward(x, g, dy, eps)
            }
        ),
        mutant!(
            norms.batchnorm_sequence_backward / "dx_not_swapped_back",
            "the rows of dx are reshaped without a swap",
            |x, g, dy, eps| {
                let shape = x.dims();
                let right = reference::batchnorm_sequence_backward(x, g, dy, eps);
                NormSequenceGradients {
                    dx: right.dx.swap_dims(1, 2).reshape(shape),
                    ..right
                }
            }
        ),
        mutant!(
            norms.batchnorm_sequence_backward / "statistics_held_constant",
            "mean and variance are taken for constants",
            |x, g, dy, eps| {
                let variance = mean(&(x.clone() - mean(&x, &[0, 2])).square(), &[0, 2]);
                let gamma = channels(g.clone());
                NormSequenceGradients {
                    dx: dy.clone() * gamma / (variance + eps).sqrt(),
                    ..reference::batchnorm_sequence_backward(x, g, dy, eps)
                }
            }
        ),
        mutant!(
            norms.batchnorm_sequence_backward / "parameters_averaged_over_positions",
            "dgamma and dbeta are means over the positions",
            |x, g, dy, eps| {
                let l = x.dims()[2] as f64;
                let right = reference::batchnorm_sequence_backward(x, g, dy, eps);
                NormSequenceGradients {
                    dgamma: right.dgamma / l,
                    dbeta: right.dbeta / l,
                    ..right
                }
            }
        ),
    ]
}

/// The right running statistics, and in training another normalised `x`, given `x` and its squares'
/// eps.
fn with_output(
    x: Tensor<3>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    running: RunningStatistics,
    settings: BatchNormSettings,
    normalised: fn(Tensor<3>) -> (Tensor<3>, Tensor<3>),
) -> Result<BatchNormSequenceForward, String> {
    let eps = settings.eps;
    let training = settings.training;
    let (g, b) = (gamma.clone(), beta.clone());
    let mut forward = reference::batchnorm_sequence_forward(x.clone(), g, b, running, settings)?;
    if training {
        let (centred, variance) = normalised(x);
        forward.y = centred / (variance + eps).sqrt() * channels(gamma) + channels(beta);
    }
    Ok(forward)
}

/// `x` less its mean over `axes`, and its variance over them.
fn standardised(x: Tensor<3>, axes: &[usize]) -> (Tensor<3>, Tensor<3>) {
    let centred = x.clone() - mean(&x, axes);
    let variance = mean(&centred.clone().square(), axes);
    (centred, variance)
}

fn mean(x: &Tensor<3>, axes: &[usize]) -> Tensor<3> {
    axes.iter().fold(x.clone(), |x, axis| x.mean_dim(*axis))
}

/// One number per channel, to go with `[n, d, l]`.
fn channels(parameter: Tensor<1>) -> Tensor<3> {
    let d = parameter.dims()[0];
    parameter.reshape([1, d, 1])
}
