//! Mutants of A1.8: dropout and the penalties; the others are in `early_stopping` and `augmentation`.

use a1_backprop::parts::regularisation as reference;
use burn::tensor::Tensor;
use common::contract::a1::MlpParameters;
use common::rng::Rng;
use hidden_suite::Mutant;

pub(super) const PART: &str = "A1.8";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = dropout_mask();
    all.extend(dropout());
    all.extend(penalties());
    all.extend(gradients());
    all.extend(super::early_stopping::mutants());
    all.extend(super::augmentation::mutants());
    all
}

fn dropout_mask() -> Vec<Mutant> {
    vec![
        mutant!(
            regularisation.dropout_mask / "drops_what_it_should_keep",
            "1 where u < p",
            |u, p| 1.0 - reference::dropout_mask(u, p)
        ),
        mutant!(
            regularisation.dropout_mask / "p_is_the_share_kept",
            "1 where u >= 1 - p",
            |u, p| reference::dropout_mask(u, 1.0 - p)
        ),
        mutant!(
            regularisation.dropout_mask / "strict",
            "1 where u > p",
            |u, p| u.clone().greater_elem(p).float().cast(u.dtype())
        ),
        mutant!(
            regularisation.dropout_mask / "one_mask_per_batch",
            "every row has the mask of the first",
            |u, p| {
                let shape = u.dims();
                reference::dropout_mask(u.slice(0..1).expand(shape), p)
            }
        ),
        mutant!(
            regularisation.dropout_mask / "whole_rows",
            "a sample is kept or dropped as a whole",
            |u, p| {
                let shape = u.dims();
                reference::dropout_mask(u.slice([0..shape[0], 0..1]).expand(shape), p)
            }
        ),
        mutant!(
            regularisation.dropout_mask / "scaled",
            "the factor is in the mask already",
            |u, p| reference::dropout_mask(u, p) / (1.0 - p)
        ),
        mutant!(
            regularisation.dropout_mask / "own_numbers",
            "draws its own uniform numbers",
            |u, p| reference::dropout_mask(own_uniforms(u.dims()), p)
        ),
    ]
}

fn dropout() -> Vec<Mutant> {
    vec![
        mutant!(
            regularisation.dropout_forward / "unscaled",
            "mask x",
            |x, mask, _, training| reference::dropout_forward(x, mask, 0.0, training)
        ),
        mutant!(
            regularisation.dropout_forward / "as_in_2014",
            "mask x in training, (1 - p) x outside",
            |x, mask, p, training| match training {
                true => x * mask,
                false => x * (1.0 - p),
            }
        ),
        mutant!(
            regularisation.dropout_forward / "divided_by_p",
            "mask x / p",
            |x, mask, p, training| reference::dropout_forward(x, mask, 1.0 - p, training)
        ),
        mutant!(
            regularisation.dropout_forward / "multiplied",
            "mask x (1 - p)",
            |x, mask, p, training| match training {
                true => x * mask * (1.0 - p),
                false => x,
            }
        ),
        mutant!(
            regularisation.dropout_forward / "also_outside_training",
            "drops outside training too",
            |x, mask, p, _| reference::dropout_forward(x, mask, p, true)
        ),
        mutant!(
            regularisation.dropout_forward / "scaled_outside_training",
            "x / (1 - p) outside training",
            |x, mask, p, training| match training {
                true => reference::dropout_forward(x, mask, p, true),
                false => x / (1.0 - p),
            }
        ),
        mutant!(
            regularisation.dropout_forward / "never",
            "gives back x",
            |x, _, _, _| x
        ),
        mutant!(
            regularisation.dropout_forward / "nan_at_p_1",
            "divides 0 by 0 when p is 1",
            |x, mask, p, training| match training {
                true => x * mask / (1.0 - p),
                false => x,
            }
        ),
        mutant!(
            regularisation.dropout_forward / "single_precision",
            "the factor is rounded to single precision",
            |x, mask, p, training| match training {
                true if p < 1.0 => x * mask * f64::from(1.0 / (1.0 - p as f32)),
                _ => reference::dropout_forward(x, mask, p, training),
            }
        ),
        mutant!(
            regularisation.dropout_backward / "mask_forgotten",
            "dy / (1 - p)",
            |dy, mask, p, training| {
                reference::dropout_backward(dy, mask.ones_like(), p, training)
            }
        ),
        mutant!(
            regularisation.dropout_backward / "mask_resampled",
            "draws a new mask",
            |dy, mask, p, training| {
                let mask = reference::dropout_mask(own_uniforms(mask.dims()), p);
                reference::dropout_backward(dy, mask, p, training)
            }
        ),
        mutant!(
            regularisation.dropout_backward / "unscaled",
            "mask dy",
            |dy, mask, _, training| reference::dropout_backward(dy, mask, 0.0, training)
        ),
        mutant!(
            regularisation.dropout_backward / "divided_by_p",
            "mask dy / p",
            |dy, mask, p, training| reference::dropout_backward(dy, mask, 1.0 - p, training)
        ),
        mutant!(
            regularisation.dropout_backward / "scaled_twice",
            "mask dy / (1 - p)^2",
            |dy, mask, p, training| {
                let dx = reference::dropout_backward(dy, mask.clone(), p, training);
                reference::dropout_backward(dx, mask, p, training)
            }
        ),
        mutant!(
            regularisation.dropout_backward / "also_outside_training",
            "drops outside training too",
            |dy, mask, p, _| reference::dropout_backward(dy, mask, p, true)
        ),
        mutant!(
            regularisation.dropout_backward / "nan_at_p_1",
            "divides 0 by 0 when p is 1",
            |dy, mask, p, training| match training {
                true => dy * mask / (1.0 - p),
                false => dy,
            }
        ),
    ]
}

fn penalties() -> Vec<Mutant> {
    vec![
        mutant!(
            regularisation.l1_penalty / "mean",
            "the mean of |w| of each layer",
            |p, lambda, biases| {
                let each = counted(&p, biases);
                let means = each.into_iter().map(|w| w.abs().mean());
                lambda * means.map(|m| m.into_scalar::<f64>()).sum::<f64>()
            }
        ),
        mutant!(
            regularisation.l1_penalty / "half",
            "lambda / 2 sum |w|",
            |p, lambda, biases| reference::l1_penalty(p, lambda / 2.0, biases)
        ),
        mutant!(
            regularisation.l1_penalty / "signs_kept",
            "lambda sum w",
            |p, lambda, biases| {
                let sums = counted(&p, biases).into_iter().map(Tensor::sum);
                lambda * sums.map(|s| s.into_scalar::<f64>()).sum::<f64>()
            }
        ),
        mutant!(
            regularisation.l1_penalty / "biases_always",
            "counts the biases whatever was asked",
            |p, lambda, _| reference::l1_penalty(p, lambda, true)
        ),
        mutant!(
            regularisation.l1_penalty / "biases_never",
            "never counts the biases",
            |p, lambda, _| reference::l1_penalty(p, lambda, false)
        ),
        mutant!(
            regularisation.l1_penalty / "first_layer_only",
            "counts the first layer",
            |p, lambda, biases| reference::l1_penalty(first_layer(p), lambda, biases)
        ),
        mutant!(
            regularisation.l2_penalty / "no_half",
            "lambda sum w^2",
            |p, lambda, biases| reference::l2_penalty(p, 2.0 * lambda, biases)
        ),
        mutant!(
            regularisation.l2_penalty / "root",
            "lambda / 2 times the norm of all weights",
            |p, lambda, biases| {
                let squares = reference::l2_penalty(p, 2.0, biases);
                lambda / 2.0 * squares.sqrt()
            }
        ),
        mutant!(
            regularisation.l2_penalty / "mean",
            "the mean of w^2",
            |p, lambda, biases| {
                let n: usize = counted(&p, biases).iter().map(|w| w.dims()[0]).sum();
                reference::l2_penalty(p, lambda, biases) / n as f64
            }
        ),
        mutant!(
            regularisation.l2_penalty / "biases_always",
            "counts the biases whatever was asked",
            |p, lambda, _| reference::l2_penalty(p, lambda, true)
        ),
        mutant!(
            regularisation.l2_penalty / "biases_never",
            "never counts the biases",
            |p, lambda, _| reference::l2_penalty(p, lambda, false)
        ),
        mutant!(
            regularisation.l2_penalty / "first_layer_only",
            "counts the first layer",
            |p, lambda, biases| reference::l2_penalty(first_layer(p), lambda, biases)
        ),
    ]
}

fn gradients() -> Vec<Mutant> {
    vec![
        mutant!(
            regularisation.l1_gradient / "of_l2",
            "lambda w",
            reference::l2_gradient
        ),
        mutant!(
            regularisation.l1_gradient / "one_at_zero",
            "lambda at w = 0",
            |p, lambda, biases| {
                let sign = |w: &Tensor<2>| w.clone().mask_fill(w.clone().equal_elem(0.0), 1.0);
                let weights = p.weights.iter().map(sign).collect();
                reference::l1_gradient(MlpParameters { weights, ..p }, lambda, biases)
            }
        ),
        mutant!(
            regularisation.l1_gradient / "no_sign",
            "lambda everywhere",
            |mut p, lambda, biases| {
                p.weights = p.weights.iter().map(Tensor::ones_like).collect();
                p.biases = p.biases.iter().map(Tensor::ones_like).collect();
                reference::l1_gradient(p, lambda, biases)
            }
        ),
        mutant!(
            regularisation.l1_gradient / "lambda_forgotten",
            "sign(w)",
            |p, _, biases| reference::l1_gradient(p, 1.0, biases)
        ),
        mutant!(
            regularisation.l1_gradient / "biases_always",
            "the biases have a gradient whatever was asked",
            |p, lambda, _| reference::l1_gradient(p, lambda, true)
        ),
        mutant!(
            regularisation.l1_gradient / "biases_never",
            "the biases never have a gradient",
            |p, lambda, _| reference::l1_gradient(p, lambda, false)
        ),
        mutant!(
            regularisation.l2_gradient / "twice",
            "2 lambda w",
            |p, lambda, biases| reference::l2_gradient(p, 2.0 * lambda, biases)
        ),
        mutant!(
            regularisation.l2_gradient / "half",
            "lambda / 2 w",
            |p, lambda, biases| reference::l2_gradient(p, lambda / 2.0, biases)
        ),
        mutant!(
            regularisation.l2_gradient / "uphill",
            "-lambda w",
            |p, lambda, biases| reference::l2_gradient(p, -lambda, biases)
        ),
        mutant!(
            regularisation.l2_gradient / "biases_always",
            "the biases have a gradient whatever was asked",
            |p, lambda, _| reference::l2_gradient(p, lambda, true)
        ),
        mutant!(
            regularisation.l2_gradient / "biases_never",
            "the biases never have a gradient",
            |p, lambda, _| reference::l2_gradient(p, lambda, false)
        ),
        mutant!(
            regularisation.l2_gradient / "biases_missing",
            "biases that do not count are left out of the answer",
            |p, lambda, with_biases| {
                let mut gradient = reference::l2_gradient(p, lambda, with_biases);
                gradient.biases.retain(|_| with_biases);
                gradient
            }
        ),
    ]
}

/// Uniform numbers that are not those of the argument.
fn own_uniforms(shape: [usize; 2]) -> Tensor<2> {
    Rng::new(8).tensor(shape, Rng::unit)
}

/// All that a penalty counts, flat.
fn counted(parameters: &MlpParameters, with_biases: bool) -> Vec<Tensor<1>> {
    let flat = |w: &Tensor<2>| w.clone().reshape([-1]);
    let mut all: Vec<_> = parameters.weights.iter().map(flat).collect();
    if with_biases {
        all.extend(parameters.biases.iter().cloned());
    }
    all
}

fn first_layer(mut parameters: MlpParameters) -> MlpParameters {
    parameters.weights.truncate(1);
    parameters.biases.truncate(1);
    parameters
}
