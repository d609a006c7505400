//! Mutants of A1.9, batch normalisation of vectors forwards.

use a1_backprop::parts::norms as reference;
use burn::tensor::Tensor;
use common::contract::a1::{BatchNormForward, BatchNormSettings, RunningStatistics};
use hidden_suite::Mutant;

pub(super) const PART: &str = "A1.9";

/// The mutants of this part that are about batches of vectors on their way forwards.
pub fn mutants() -> Vec<Mutant> {
    let mut all = forward();
    all.extend(running());
    all
}

fn forward() -> Vec<Mutant> {
    vec![
        mutant!(
            norms.batchnorm_forward / "batch_statistics_in_evaluation",
            "normalises with the batch whatever training says, and keeps the running statistics",
            |x, g, b, r, s| {
                let s = BatchNormSettings {
                    training: true,
                    ..s
                };
                let y = reference::batchnorm_forward(x, g, b, r.clone(), s)?.y;
                Ok(BatchNormForward { y, running: r })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "running_statistics_in_training",
            "normalises with the running statistics in training too",
            |x, g, b, r, s| {
                let after =
                    reference::batchnorm_forward(x.clone(), g.clone(), b.clone(), r, s.clone())?;
                let s = BatchNormSettings {
                    training: false,
                    ..s
                };
                reference::batchnorm_forward(x, g, b, after.running, s)
            }
        ),
        mutant!(
            norms.batchnorm_forward / "unbiased_normalisation",
            "normalises with the variance over n - 1",
            |x, g, b, r, s| with_root(x, g, b, r, s, |variance, n, eps| {
                (variance * (n / (n - 1.0)) + eps).sqrt()
            })
        ),
        mutant!(
            norms.batchnorm_forward / "eps_outside_root",
            "eps is added to the root",
            |x, g, b, r, s| with_root(x, g, b, r, s, |variance, _, eps| variance.sqrt() + eps)
        ),
        mutant!(
            norms.batchnorm_forward / "no_eps",
            "eps is left out",
            |x, g, b, r, s| with_root(x, g, b, r, s, |variance, _, _| variance.sqrt())
        ),
        mutant!(
            norms.batchnorm_forward / "fixed_eps",
            "eps is 1e-5, whatever was asked for",
            |x, g, b, r, s| reference::batchnorm_forward(
                x,
                g,
                b,
                r,
                BatchNormSettings { eps: 1e-5, ..s }
            )
        ),
        mutant!(
            norms.batchnorm_forward / "no_root",
            "divides by the variance",
            |x, g, b, r, s| with_root(x, g, b, r, s, |variance, _, eps| variance + eps)
        ),
        mutant!(
            norms.batchnorm_forward / "not_centred",
            "the mean is not taken off",
            |x, g, b, r, s| {
                let centred = reference::batchnorm_forward(x.clone(), g.clone(), b, r, s.clone())?;
                let root =
                    ((x.clone() - x.clone().mean_dim(0)).square().mean_dim(0) + s.eps).sqrt();
                let mean = x.mean_dim(0) / root * g.unsqueeze();
                Ok(BatchNormForward {
                    y: centred.y + mean,
                    ..centred
                })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "wrong_axis",
            "every row is normalised",
            |x, g, b, r, s| {
                let right =
                    reference::batchnorm_forward(x.clone(), g.clone(), b.clone(), r, s.clone())?;
                let y = if s.training {
                    reference::layernorm_forward(x, g, b, s.eps)
                } else {
                    right.y
                };
                Ok(BatchNormForward { y, ..right })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "one_variance_for_all",
            "mean and variance are those of the whole matrix",
            |x, g, b, r, s| {
                let right =
                    reference::batchnorm_forward(x.clone(), g.clone(), b.clone(), r, s.clone())?;
                let y = if s.training {
                    whole(x, g, b, s.eps)
                } else {
                    right.y
                };
                Ok(BatchNormForward { y, ..right })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "gamma_and_beta_swapped",
            "beta scales and gamma shifts",
            |x, g, b, r, s| reference::batchnorm_forward(x, b, g, r, s)
        ),
        mutant!(
            norms.batchnorm_forward / "no_gamma",
            "there is no scale",
            |x, g, b, r, s| reference::batchnorm_forward(x, g.ones_like(), b, r, s)
        ),
        mutant!(
            norms.batchnorm_forward / "no_beta",
            "there is no shift",
            |x, g, b, r, s| reference::batchnorm_forward(x, g, b.zeros_like(), r, s)
        ),
        mutant!(
            norms.batchnorm_forward / "difference_of_moments",
            "the variance is mean(x^2) - mean^2",
            |x, g, b, r, s| {
                let mean = x.clone().mean_dim(0);
                let variance = x.clone().square().mean_dim(0) - mean.clone().square();
                let root = (variance.clamp_min(0.0) + s.eps).sqrt();
                let right =
                    reference::batchnorm_forward(x.clone(), g.clone(), b.clone(), r, s.clone())?;
                let y = if s.training {
                    (x - mean) / root * g.unsqueeze() + b.unsqueeze()
                } else {
                    right.y
                };
                Ok(BatchNormForward { y, ..right })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "trains_on_one_sample",
            "one sample is normalised to beta",
            |x, g, b, r, s| {
                if s.training && x.dims()[0] == 1 {
                    return Ok(BatchNormForward {
                        y: b.unsqueeze(),
                        running: r,
                    });
                }
                reference::batchnorm_forward(x, g, b, r, s)
            }
        ),
        mutant!(
            norms.batchnorm_forward / "trains_on_nothing",
            "only one sample is refused, not none",
            |x, g, b, r, s| {
                if x.dims()[0] == 0 {
                    return Ok(BatchNormForward { y: x, running: r });
                }
                reference::batchnorm_forward(x, g, b, r, s)
            }
        ),
        mutant!(
            norms.batchnorm_forward / "refuses_one_sample_in_evaluation",
            "one sample is an error outside training too",
            |x, g, b, r, s| match x.dims()[0] {
                1 => Err("one sample".into()),
                _ => reference::batchnorm_forward(x, g, b, r, s),
            }
        ),
        mutant!(
            norms.batchnorm_forward / "refuses_two_samples",
            "two samples are an error",
            |x, g, b, r, s| match x.dims()[0] {
                2 => Err("two samples".into()),
                _ => reference::batchnorm_forward(x, g, b, r, s),
            }
        ),
    ]
}

fn running() -> Vec<Mutant> {
    vec![
        mutant!(
            norms.batchnorm_forward / "biased_running_variance",
            "the running variance gets the variance over n",
            |x, g, b, r, s| {
                let n = x.dims()[0] as f64;
                let (old, kept) = (r.variance.clone(), 1.0 - s.momentum);
                with_running(x, g, b, r, s, |new, _| RunningStatistics {
                    variance: old.clone() * kept + (new.variance - old * kept) * ((n - 1.0) / n),
                    ..new
                })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "momentum_reversed",
            "momentum is the share of the old statistics",
            |x, g, b, r, s| {
                let momentum = 1.0 - s.momentum;
                reference::batchnorm_forward(x, g, b, r, BatchNormSettings { momentum, ..s })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "fixed_momentum",
            "momentum is 0.1, whatever was asked for",
            |x, g, b, r, s| {
                reference::batchnorm_forward(x, g, b, r, BatchNormSettings { momentum: 0.1, ..s })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "running_is_the_last_batch",
            "the old statistics are forgotten",
            |x, g, b, r, s| {
                reference::batchnorm_forward(x, g, b, r, BatchNormSettings { momentum: 1.0, ..s })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "running_never_moves",
            "the running statistics come out as they went in",
            |x, g, b, r, s| with_running(x, g, b, r, s, |_, old| old)
        ),
        mutant!(
            norms.batchnorm_forward / "running_variance_never_moves",
            "only the running mean moves",
            |x, g, b, r, s| with_running(x, g, b, r, s, |new, old| RunningStatistics {
                variance: old.variance,
                ..new
            })
        ),
        mutant!(
            norms.batchnorm_forward / "running_mean_never_moves",
            "only the running variance moves",
            |x, g, b, r, s| with_running(x, g, b, r, s, |new, old| RunningStatistics {
                mean: old.mean,
                ..new
            })
        ),
        mutant!(
            norms.batchnorm_forward / "running_deviation",
            "the running variance averages the standard deviation of the batch",
            |x, g, b, r, s| {
                let (momentum, n) = (s.momentum, x.dims()[0] as f64);
                let squares = (x.clone() - x.clone().mean_dim(0)).square().sum_dim(0);
                with_running(x, g, b, r, s, |new, old| {
                    let deviation = (squares / (n - 1.0)).sqrt().squeeze_dim(0);
                    RunningStatistics {
                        variance: old.variance * (1.0 - momentum) + deviation * momentum,
                        ..new
                    }
                })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "eps_in_running_variance",
            "the running variance averages variance + eps",
            |x, g, b, r, s| {
                let more = s.momentum * s.eps;
                with_running(x, g, b, r, s, |new, _| RunningStatistics {
                    variance: new.variance + more,
                    ..new
                })
            }
        ),
        mutant!(
            norms.batchnorm_forward / "running_moves_in_evaluation",
            "the running statistics move outside training too",
            |x, g, b, r, s| {
                let right = reference::batchnorm_forward(
                    x.clone(),
                    g.clone(),
                    b.clone(),
                    r.clone(),
                    s.clone(),
                )?;
                if s.training || x.dims()[0] < 2 {
                    return Ok(right);
                }
                let s = BatchNormSettings {
                    training: true,
                    ..s
                };
                let running = reference::batchnorm_forward(x, g, b, r, s)?.running;
                Ok(BatchNormForward { running, ..right })
            }
        ),
    ]
}

type Forward = Result<BatchNormForward, String>;

/// Batch normalisation with another root of the variance, the number of samples and eps, in training
/// and outside.
fn with_root(
    x: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    running: RunningStatistics,
    settings: BatchNormSettings,
    root: fn(Tensor<2>, f64, f64) -> Tensor<2>,
) -> Forward {
    let right = reference::batchnorm_forward(
        x.clone(),
        gamma.clone(),
        beta.clone(),
        running,
        settings.clone(),
    )?;
    if !settings.training {
        return Ok(right);
    }
    let n = x.dims()[0] as f64;
    let centred = x.clone() - x.mean_dim(0);
    let variance = centred.clone().square().mean_dim(0);
    let normalised = centred / root(variance, n, settings.eps);
    let y = normalised * gamma.unsqueeze() + beta.unsqueeze();
    Ok(BatchNormForward { y, ..right })
}

/// Batch normalisation with other running statistics after training, made of the right ones and the
/// old.
fn with_running(
    x: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    running: RunningStatistics,
    settings: BatchNormSettings,
    spoil: impl FnOnce(RunningStatistics, RunningStatistics) -> RunningStatistics,
) -> Forward {
    let training = settings.training;
    let mut forward = reference::batchnorm_forward(x, gamma, beta, running.clone(), settings)?;
    if training {
        forward.running = spoil(forward.running, running);
    }
    Ok(forward)
}

/// Normalised with the mean and the variance of all elements.
pub(super) fn whole(x: Tensor<2>, gamma: Tensor<1>, beta: Tensor<1>, eps: f64) -> Tensor<2> {
    let centred = x.clone() - x.mean().unsqueeze();
    let root = (centred.clone().square().mean() + eps).sqrt();
    centred / root.unsqueeze() * gamma.unsqueeze() + beta.unsqueeze()
}
