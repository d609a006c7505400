//! Mutants of A1.9, layer and RMS normalisation.

use a1_backprop::parts::norms as reference;
use burn::tensor::Tensor;
use common::contract::a1::{NormGradients, RmsNormGradients};
use hidden_suite::Mutant;

use super::norms::{PART, whole};

/// The mutants of this part that are about rows.
pub fn mutants() -> Vec<Mutant> {
    let mut all = layernorm_forward();
    all.extend(layernorm_backward());
    all.extend(rmsnorm());
    all
}

fn layernorm_forward() -> Vec<Mutant> {
    vec![
        mutant!(
            norms.layernorm_forward / "over_the_batch",
            "every column is normalised",
            |x, g, b, eps| {
                let (centred, variance) = standardised(&x, 0);
                centred / (variance + eps).sqrt() * g.unsqueeze() + b.unsqueeze()
            }
        ),
        mutant!(
            norms.layernorm_forward / "over_everything",
            "all rows share one mean and one variance",
            whole
        ),
        mutant!(
            norms.layernorm_forward / "unbiased",
            "the variance divides by d - 1",
            |x, g, b, eps| {
                let d = x.dims()[1] as f64;
                let (centred, variance) = standardised(&x, 1);
                let root = (variance * (d / (d - 1.0)) + eps).sqrt();
                centred / root * g.unsqueeze() + b.unsqueeze()
            }
        ),
        mutant!(
            norms.layernorm_forward / "eps_outside_root",
            "eps is added to the root",
            |x, g, b, eps| {
                let (centred, variance) = standardised(&x, 1);
                centred / (variance.sqrt() + eps) * g.unsqueeze() + b.unsqueeze()
            }
        ),
        mutant!(
            norms.layernorm_forward / "no_eps",
            "eps is left out",
            |x, g, b, _| reference::layernorm_forward(x, g, b, 0.0)
        ),
        mutant!(
            norms.layernorm_forward / "difference_of_moments",
            "the variance is mean(x^2) - mean^2",
            |x, g, b, eps| {
                let mean = x.clone().mean_dim(1);
                let variance = x.clone().square().mean_dim(1) - mean.clone().square();
                let root = (variance.clamp_min(0.0) + eps).sqrt();
                (x - mean) / root * g.unsqueeze() + b.unsqueeze()
            }
        ),
        mutant!(
            norms.layernorm_forward / "not_centred",
            "the mean is not taken off",
            |x, g, b, eps| reference::rmsnorm_forward(x, g, eps) + b.unsqueeze()
        ),
        mutant!(
            norms.layernorm_forward / "gamma_and_beta_swapped",
            "beta scales and gamma shifts",
            |x, g, b, eps| reference::layernorm_forward(x, b, g, eps)
        ),
        mutant!(
            norms.layernorm_forward / "no_gamma",
            "there is no scale",
            |x, g, b, eps| reference::layernorm_forward(x, g.ones_like(), b, eps)
        ),
        mutant!(
            norms.layernorm_forward / "no_beta",
            "there is no shift",
            |x, g, b, eps| reference::layernorm_forward(x, g, b.zeros_like(), eps)
        ),
    ]
}

fn layernorm_backward() -> Vec<Mutant> {
    vec![
        mutant!(
            norms.layernorm_backward / "gamma_outside_the_means",
            "the means go over dy, and gamma is multiplied at the end, as in batch normalisation",
            |x, g, dy, eps| {
                let dx =
                    reference::layernorm_backward(x.clone(), g.ones_like(), dy.clone(), eps).dx;
                NormGradients {
                    dx: dx * g.clone().unsqueeze(),
                    ..reference::layernorm_backward(x, g, dy, eps)
                }
            }
        ),
        mutant!(
            norms.layernorm_backward / "over_the_batch",
            "the backward pass of batch normalisation",
            |x, g, dy, eps| NormGradients {
                dx: reference::batchnorm_backward(x.clone(), g.clone(), dy.clone(), eps).dx,
                ..reference::layernorm_backward(x, g, dy, eps)
            }
        ),
        mutant!(
            norms.layernorm_backward / "statistics_held_constant",
            "mean and variance are taken for constants",
            |x, g, dy, eps| NormGradients {
                dx: scaled(&x, &g, &dy, eps),
                ..reference::layernorm_backward(x, g, dy, eps)
            }
        ),
        mutant!(
            norms.layernorm_backward / "variance_held_constant",
            "the term with x^ is missing",
            |x, g, dy, eps| {
                let dx = scaled(&x, &g, &dy, eps);
                NormGradients {
                    dx: dx.clone() - dx.mean_dim(1),
                    ..reference::layernorm_backward(x, g, dy, eps)
                }
            }
        ),
        mutant!(
            norms.layernorm_backward / "mean_held_constant",
            "the term mean(g) is missing",
            |x, g, dy, eps| {
                let right = reference::layernorm_backward(x.clone(), g.clone(), dy.clone(), eps);
                let dx = right.dx + scaled(&x, &g, &dy, eps).mean_dim(1);
                NormGradients { dx, ..right }
            }
        ),
        mutant!(
            norms.layernorm_backward / "no_eps",
            "the backward pass leaves eps out",
            |x, g, dy, _| reference::layernorm_backward(x, g, dy, 0.0)
        ),
        mutant!(
            norms.layernorm_backward / "dgamma_from_batch",
            "dgamma multiplies with the values normalised over the batch",
            |x, g, dy, eps| NormGradients {
                dgamma: reference::batchnorm_backward(x.clone(), g.clone(), dy.clone(), eps).dgamma,
                ..reference::layernorm_backward(x, g, dy, eps)
            }
        ),
        mutant!(
            norms.layernorm_backward / "averaged",
            "dgamma and dbeta are means over the samples",
            |x, g, dy, eps| {
                let n = x.dims()[0] as f64;
                let right = reference::layernorm_backward(x, g, dy, eps);
                NormGradients {
                    dgamma: right.dgamma / n,
                    dbeta: right.dbeta / n,
                    ..right
                }
            }
        ),
        mutant!(
            norms.layernorm_backward / "dbeta_times_gamma",
            "dbeta sums dy gamma",
            |x, g, dy, eps| {
                let right = reference::layernorm_backward(x, g.clone(), dy, eps);
                NormGradients {
                    dbeta: right.dbeta * g,
                    ..right
                }
            }
        ),
    ]
}

fn rmsnorm() -> Vec<Mutant> {
    vec![
        mutant!(
            norms.rmsnorm_forward / "centred",
            "the mean is taken off first",
            |x, g, eps| reference::layernorm_forward(x, g.clone(), g.zeros_like(), eps)
        ),
        mutant!(
            norms.rmsnorm_forward / "deviation",
            "divides by the standard deviation, not by the root mean square",
            |x, g, eps| {
                let (_, variance) = standardised(&x, 1);
                x / (variance + eps).sqrt() * g.unsqueeze()
            }
        ),
        mutant!(
            norms.rmsnorm_forward / "sum_not_mean",
            "divides by the length of the row",
            |x, g, eps| {
                let root = (x.clone().square().sum_dim(1) + eps).sqrt();
                x / root * g.unsqueeze()
            }
        ),
        mutant!(
            norms.rmsnorm_forward / "eps_outside_root",
            "eps is added to the root",
            |x, g, eps| {
                let root = x.clone().square().mean_dim(1).sqrt() + eps;
                x / root * g.unsqueeze()
            }
        ),
        mutant!(
            norms.rmsnorm_forward / "no_root",
            "divides by the mean square",
            |x, g, eps| {
                let square = x.clone().square().mean_dim(1) + eps;
                x / square * g.unsqueeze()
            }
        ),
        mutant!(
            norms.rmsnorm_forward / "over_the_batch",
            "every column is normalised",
            |x, g, eps| {
                let root = (x.clone().square().mean_dim(0) + eps).sqrt();
                x / root * g.unsqueeze()
            }
        ),
        mutant!(
            norms.rmsnorm_forward / "no_gamma",
            "there is no scale",
            |x, g, eps| reference::rmsnorm_forward(x, g.ones_like(), eps)
        ),
        mutant!(
            norms.rmsnorm_forward / "one_plus_gamma",
            "the scale is 1 + gamma, as in Gemma",
            |x, g, eps| reference::rmsnorm_forward(x, g + 1.0, eps)
        ),
        mutant!(
            norms.rmsnorm_backward / "root_held_constant",
            "the term with x^ is missing",
            |x, g, dy, eps| RmsNormGradients {
                dx: dy.clone() * g.clone().unsqueeze()
                    / (x.clone().square().mean_dim(1) + eps).sqrt(),
                ..reference::rmsnorm_backward(x, g, dy, eps)
            }
        ),
        mutant!(
            norms.rmsnorm_backward / "mean_taken_off",
            "the gradient of a mean that was never taken off",
            |x, g, dy, eps| {
                let right = reference::rmsnorm_backward(x.clone(), g.clone(), dy.clone(), eps);
                let mean = (dy * g.unsqueeze()).mean_dim(1);
                let root = (x.square().mean_dim(1) + eps).sqrt();
                RmsNormGradients {
                    dx: right.dx - mean / root,
                    ..right
                }
            }
        ),
        mutant!(
            norms.rmsnorm_backward / "gamma_outside_the_mean",
            "the mean goes over dy x^, and gamma is multiplied at the end",
            |x, g, dy, eps| {
                let dx = reference::rmsnorm_backward(x.clone(), g.ones_like(), dy.clone(), eps).dx;
                RmsNormGradients {
                    dx: dx * g.clone().unsqueeze(),
                    ..reference::rmsnorm_backward(x, g, dy, eps)
                }
            }
        ),
        mutant!(
            norms.rmsnorm_backward / "no_eps",
            "the backward pass leaves eps out",
            |x, g, dy, _| reference::rmsnorm_backward(x, g, dy, 0.0)
        ),
        mutant!(
            norms.rmsnorm_backward / "dgamma_from_x",
            "dgamma multiplies with x, not with x^",
            |x, g, dy, eps| RmsNormGradients {
                dgamma: (dy.clone() * x.clone()).sum_dim(0).squeeze_dim(0),
                ..reference::rmsnorm_backward(x, g, dy, eps)
            }
        ),
        mutant!(
            norms.rmsnorm_backward / "dgamma_averaged",
            "dgamma is a mean over the samples",
            |x, g, dy, eps| {
                let n = x.dims()[0] as f64;
                let right = reference::rmsnorm_backward(x, g, dy, eps);
                RmsNormGradients {
                    dgamma: right.dgamma / n,
                    ..right
                }
            }
        ),
    ]
}

/// `x` less its mean along an axis, and its variance along it.
fn standardised(x: &Tensor<2>, axis: usize) -> (Tensor<2>, Tensor<2>) {
    let centred = x.clone() - x.clone().mean_dim(axis);
    let variance = centred.clone().square().mean_dim(axis);
    (centred, variance)
}

/// `dy gamma / root`: the gradient of layer normalisation with constant statistics.
fn scaled(x: &Tensor<2>, gamma: &Tensor<1>, dy: &Tensor<2>, eps: f64) -> Tensor<2> {
    let (_, variance) = standardised(x, 1);
    dy.clone() * gamma.clone().unsqueeze() / (variance + eps).sqrt()
}
