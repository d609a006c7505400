//! Mutants of A1.9, batch normalisation of vectors backwards.

use a1_backprop::parts::norms as reference;
use burn::tensor::Tensor;
use common::contract::a1::NormGradients;
use hidden_suite::Mutant;

use super::norms::PART;

/// The mutants of this part that are about the gradients of batches of vectors.
pub fn mutants() -> Vec<Mutant> {
    let mut all = by_steps();
    all.extend(closed_form());
    all
}

fn by_steps() -> Vec<Mutant> {
    vec![
        mutant!(
            norms.batchnorm_backward_by_steps / "variance_held_constant",
            "the path through the variance is missing",
            |x, g, dy, eps| {
                let right = reference::batchnorm_backward(x.clone(), g.clone(), dy.clone(), eps);
                let dx = scaled(&x, &g, &dy, eps);
                NormGradients {
                    dx: dx.clone() - dx.mean_dim(0),
                    ..right
                }
            }
        ),
        mutant!(
            norms.batchnorm_backward_by_steps / "mean_held_constant",
            "the path through the mean is missing",
            |x, g, dy, eps| {
                let right = reference::batchnorm_backward(x.clone(), g.clone(), dy.clone(), eps);
                let dx = right.dx + scaled(&x, &g, &dy, eps).mean_dim(0);
                NormGradients { dx, ..right }
            }
        ),
        mutant!(
            norms.batchnorm_backward_by_steps / "square_without_two",
            "the derivative of the square is centred, not 2 centred",
            |x, g, dy, eps| {
                let right = reference::batchnorm_backward(x.clone(), g.clone(), dy.clone(), eps);
                let dx = scaled(&x, &g, &dy, eps);
                let constant = dx.clone() - dx.mean_dim(0);
                NormGradients {
                    dx: (right.dx + constant) * 0.5,
                    ..right
                }
            }
        ),
        mutant!(
            norms.batchnorm_backward_by_steps / "variance_not_shared",
            "the gradient of the variance goes whole to every row, not a share 1 / n",
            |x, g, dy, eps| {
                let n = x.dims()[0] as f64;
                let right = reference::batchnorm_backward(x.clone(), g.clone(), dy.clone(), eps);
                let dx = scaled(&x, &g, &dy, eps);
                let constant = dx.clone() - dx.mean_dim(0);
                let by_variance = right.dx - constant.clone();
                NormGradients {
                    dx: constant + by_variance * n,
                    ..right
                }
            }
        ),
        mutant!(
            norms.batchnorm_backward_by_steps / "gamma_forgotten",
            "dnormalised is dy",
            |x, g, dy, eps| NormGradients {
                dx: reference::batchnorm_backward(x.clone(), g.ones_like(), dy.clone(), eps).dx,
                ..reference::batchnorm_backward(x, g, dy, eps)
            }
        ),
        mutant!(
            norms.batchnorm_backward_by_steps / "no_eps",
            "the backward pass leaves eps out",
            |x, g, dy, _| reference::batchnorm_backward_by_steps(x, g, dy, 0.0)
        ),
        mutant!(
            norms.batchnorm_backward_by_steps / "dgamma_from_centred",
            "dgamma multiplies with the centred values, not with the normalised ones",
            |x, g, dy, eps| {
                let centred = x.clone() - x.clone().mean_dim(0);
                NormGradients {
                    dgamma: (dy.clone() * centred).sum_dim(0).squeeze_dim(0),
                    ..reference::batchnorm_backward(x, g, dy, eps)
                }
            }
        ),
    ]
}

fn closed_form() -> Vec<Mutant> {
    vec![
        mutant!(
            norms.batchnorm_backward / "statistics_held_constant",
            "mean and variance are taken for constants",
            |x, g, dy, eps| NormGradients {
                dx: scaled(&x, &g, &dy, eps),
                ..reference::batchnorm_backward(x, g, dy, eps)
            }
        ),
        mutant!(
            norms.batchnorm_backward / "no_mean_of_dy",
            "the term mean(dy) is missing",
            |x, g, dy, eps| {
                let right = reference::batchnorm_backward(x.clone(), g.clone(), dy.clone(), eps);
                let dx = right.dx + scaled(&x, &g, &dy, eps).mean_dim(0);
                NormGradients { dx, ..right }
            }
        ),
        mutant!(
            norms.batchnorm_backward / "no_projection",
            "the term with x^ is missing",
            |x, g, dy, eps| {
                let dx = scaled(&x, &g, &dy, eps);
                NormGradients {
                    dx: dx.clone() - dx.mean_dim(0),
                    ..reference::batchnorm_backward(x, g, dy, eps)
                }
            }
        ),
        mutant!(
            norms.batchnorm_backward / "not_divided_by_n",
            "n dy - sum(dy) - x^ sum(dy x^) is not divided by n",
            |x, g, dy, eps| {
                let n = x.dims()[0] as f64;
                let right = reference::batchnorm_backward(x, g, dy, eps);
                NormGradients {
                    dx: right.dx * n,
                    ..right
                }
            }
        ),
        mutant!(
            norms.batchnorm_backward / "unbiased",
            "the closed form of a variance over n - 1",
            |x, g, dy, eps| {
                let n = x.dims()[0] as f64;
                let factor = (n - 1.0) / n;
                // With the variance over n - 1 the root is that of a smaller eps, but for a factor.
                let right = reference::batchnorm_backward(x, g, dy, eps * factor);
                NormGradients {
                    dx: right.dx * factor.sqrt(),
                    dgamma: right.dgamma * factor.sqrt(),
                    ..right
                }
            }
        ),
        mutant!(
            norms.batchnorm_backward / "no_eps",
            "the backward pass leaves eps out",
            |x, g, dy, _| reference::batchnorm_backward(x, g, dy, 0.0)
        ),
        mutant!(
            norms.batchnorm_backward / "gamma_forgotten",
            "dx is without gamma",
            |x, g, dy, eps| NormGradients {
                dx: reference::batchnorm_backward(x.clone(), g.ones_like(), dy.clone(), eps).dx,
                ..reference::batchnorm_backward(x, g, dy, eps)
            }
        ),
        mutant!(
            norms.batchnorm_backward / "upstream_ignored",
            "dy is taken for ones",
            |x, g, dy, eps| reference::batchnorm_backward(x, g, dy.ones_like(), eps)
        ),
        mutant!(
            norms.batchnorm_backward / "averaged",
            "dgamma and dbeta are means over the batch",
            |x, g, dy, eps| {
                let n = x.dims()[0] as f64;
                let right = reference::batchnorm_backward(x, g, dy, eps);
                NormGradients {
                    dgamma: right.dgamma / n,
                    dbeta: right.dbeta / n,
                    ..right
                }
            }
        ),
        mutant!(
            norms.batchnorm_backward / "dgamma_and_dbeta_swapped",
            "dgamma is dbeta, and the other way round",
            |x, g, dy, eps| {
                let right = reference::batchnorm_backward(x, g, dy, eps);
                NormGradients {
                    dx: right.dx,
                    dgamma: right.dbeta,
                    dbeta: right.dgamma,
                }
            }
        ),
        mutant!(
            norms.batchnorm_backward / "wrong_axis",
            "means go along the rows",
            |x, g, dy, eps| NormGradients {
                dx: reference::layernorm_backward(x.clone(), g.clone(), dy.clone(), eps).dx,
                ..reference::batchnorm_backward(x, g, dy, eps)
            }
        ),
    ]
}

/// `dy gamma / root`: the gradient of batch normalisation with constant statistics.
fn scaled(x: &Tensor<2>, gamma: &Tensor<1>, dy: &Tensor<2>, eps: f64) -> Tensor<2> {
    let centred = x.clone() - x.clone().mean_dim(0);
    let root = (centred.square().mean_dim(0) + eps).sqrt();
    dy.clone() * gamma.clone().unsqueeze() / root
}
