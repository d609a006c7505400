//! Mutants of A1.6.
//!
//! One of the syllabus's mutants cannot be written: "gradients modified". A function of the contract
//! owns its arguments, and the caller's tensors are out of its reach.

use a1_backprop::parts::optimisers as reference;
use burn::tensor::Tensor;
use common::contract::a1::{Clipped, Stepped};
use hidden_suite::Mutant;

pub(super) const PART: &str = "A1.6";

pub(super) type Tensors = Vec<Tensor<1>>;

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = momentum();
    all.extend(adaptive());
    all.extend(super::adam::mutants());
    all.extend(clipping());
    all
}

fn momentum() -> Vec<Mutant> {
    vec![
        mutant!(optimisers.sgd / "ascent", "w + lr g", |w, g, lr| {
            reference::sgd(w, g, -lr)
        }),
        mutant!(optimisers.sgd / "rate_ignored", "w - g", |w, g, _| {
            reference::sgd(w, g, 1.0)
        }),
        mutant!(
            optimisers.sgd / "first_gradient_for_all",
            "every parameter uses the first gradient",
            |w, g, lr| {
                let first = g[0].clone();
                let g = w
                    .iter()
                    .map(|w| first.clone().slice(0..w.dims()[0]))
                    .collect();
                reference::sgd(w, g, lr)
            }
        ),
        mutant!(
            optimisers.momentum / "dampened",
            "v = mu v + (1 - mu) g",
            |w, g, v, lr, mu| reference::momentum(w, scaled(g, 1.0 - mu), v, lr, mu)
        ),
        mutant!(
            optimisers.momentum / "rate_inside",
            "v = mu v + lr g, w = w - v",
            |w, g, v, lr, mu| reference::momentum(w, scaled(g, lr), v, 1.0, mu)
        ),
        mutant!(
            optimisers.momentum / "velocity_forgotten",
            "gives back the old velocity",
            |w, g, v, lr, mu| Stepped {
                state: v.clone(),
                ..reference::momentum(w, g, v, lr, mu)
            }
        ),
        mutant!(
            optimisers.momentum / "old_velocity",
            "steps by the velocity from before",
            |w, g, v, lr, mu| Stepped {
                parameters: reference::sgd(w.clone(), v.clone(), lr),
                ..reference::momentum(w, g, v, lr, mu)
            }
        ),
        mutant!(
            optimisers.momentum / "friction_on_gradient",
            "v = mu (v + g)",
            |w, g, v, lr, mu| reference::momentum(w, scaled(g, mu), v, lr, mu)
        ),
        mutant!(
            optimisers.momentum / "shared_velocity",
            "all parameters use the velocity of the first",
            |w, g, v, lr, mu| reference::momentum(w, g, shared(&v), lr, mu)
        ),
        mutant!(
            optimisers.momentum / "plain_sgd",
            "w - lr g, the velocity only kept",
            |w, g, v, lr, mu| Stepped {
                parameters: reference::sgd(w.clone(), g.clone(), lr),
                ..reference::momentum(w, g, v, lr, mu)
            }
        ),
        mutant!(
            optimisers.nesterov / "plain_momentum",
            "w - lr v",
            reference::momentum
        ),
        mutant!(
            optimisers.nesterov / "old_velocity",
            "g + mu v with the velocity from before",
            |w, g, v, lr, mu| {
                // The new velocity is g + mu v.
                let ahead = reference::momentum(w.clone(), g.clone(), v.clone(), 0.0, mu).state;
                Stepped {
                    parameters: reference::sgd(w.clone(), ahead, lr),
                    ..reference::nesterov(w, g, v, lr, mu)
                }
            }
        ),
        mutant!(
            optimisers.nesterov / "gradient_missing",
            "w - lr mu v",
            |w, g, v, lr, mu| reference::momentum(w, g, v, lr * mu, mu)
        ),
        mutant!(
            optimisers.nesterov / "look_ahead_kept",
            "the velocity that is kept is g + mu v",
            |w, g, v, lr, mu| {
                let n = reference::nesterov(w, g.clone(), v, lr, mu);
                let state = n
                    .state
                    .into_iter()
                    .zip(g)
                    .map(|(v, g)| v * mu + g)
                    .collect();
                Stepped { state, ..n }
            }
        ),
    ]
}

fn adaptive() -> Vec<Mutant> {
    vec![
        mutant!(
            optimisers.adagrad / "eps_inside_the_root",
            "g / sqrt(s + eps)",
            |w, g, s, lr, eps| {
                let s: Tensors = added(s, &g);
                Stepped {
                    parameters: each(w, &g, &s, |w, g, s| w - g * lr / (s + eps).sqrt()),
                    state: s,
                }
            }
        ),
        mutant!(
            optimisers.adagrad / "no_sum",
            "s = g^2",
            |w, g, s, lr, eps| {
                let zeros = s.iter().map(Tensor::zeros_like).collect();
                reference::adagrad(w, g, zeros, lr, eps)
            }
        ),
        mutant!(
            optimisers.adagrad / "no_root",
            "g / (s + eps)",
            |w, g, s, lr, eps| {
                let s: Tensors = added(s, &g);
                Stepped {
                    parameters: each(w, &g, &s, |w, g, s| w - g * lr / (s + eps)),
                    state: s,
                }
            }
        ),
        mutant!(
            optimisers.adagrad / "old_squares",
            "divides by the root of the squares from before",
            |w, g, s, lr, eps| Stepped {
                parameters: each(w, &g, &s, |w, g, s| w - g * lr / (s.sqrt() + eps)),
                state: added(s, &g),
            }
        ),
        mutant!(
            optimisers.adagrad / "shared_squares",
            "all parameters use the squares of the first",
            |w, g, s, lr, eps| reference::adagrad(w, g, shared(&s), lr, eps)
        ),
        mutant!(
            optimisers.rmsprop / "eps_inside_the_root",
            "g / sqrt(s + eps)",
            |w, g, s, lr, decay, eps| {
                let s = reference::rmsprop(w.clone(), g.clone(), s, lr, decay, eps).state;
                Stepped {
                    parameters: each(w, &g, &s, |w, g, s| w - g * lr / (s + eps).sqrt()),
                    state: s,
                }
            }
        ),
        mutant!(
            optimisers.rmsprop / "decay_swapped",
            "s = (1 - decay) s + decay g^2",
            |w, g, s, lr, decay, eps| reference::rmsprop(w, g, s, lr, 1.0 - decay, eps)
        ),
        mutant!(
            optimisers.rmsprop / "adagrad",
            "s = s + g^2",
            |w, g, s, lr, _, eps| reference::adagrad(w, g, s, lr, eps)
        ),
        mutant!(
            optimisers.rmsprop / "bias_corrected",
            "s is divided by 1 - decay in the first step",
            |w, g, s, lr, decay, eps| {
                let first = s
                    .iter()
                    .all(|s| s.clone().sum().into_scalar::<f64>() == 0.0);
                let Stepped { state, parameters } =
                    reference::rmsprop(w.clone(), g.clone(), s, lr, decay, eps);
                let corrected = scaled(state.clone(), 1.0 / (1.0 - decay));
                Stepped {
                    parameters: match first {
                        true => each(w, &g, &corrected, |w, g, s| w - g * lr / (s.sqrt() + eps)),
                        false => parameters,
                    },
                    state,
                }
            }
        ),
        mutant!(
            optimisers.rmsprop / "gradient_not_squared",
            "s = decay s + (1 - decay) |g|",
            |w, g, s, lr, decay, eps| {
                let roots = g.iter().map(|g| g.clone().abs().sqrt()).collect();
                let s = reference::rmsprop(w.clone(), roots, s, lr, decay, eps).state;
                Stepped {
                    parameters: each(w, &g, &s, |w, g, s| w - g * lr / (s.sqrt() + eps)),
                    state: s,
                }
            }
        ),
    ]
}

fn clipping() -> Vec<Mutant> {
    vec![
        mutant!(
            optimisers.clip_grad_norm / "per_tensor",
            "clips each gradient by its own norm",
            |g, max| {
                let norm = reference::clip_grad_norm(g.clone(), max).norm;
                let each = g.into_iter();
                let clipped = each.flat_map(|g| reference::clip_grad_norm(vec![g], max).gradients);
                Clipped {
                    gradients: clipped.collect(),
                    norm,
                }
            }
        ),
        mutant!(
            optimisers.clip_grad_norm / "scales_up",
            "small gradients are scaled up to the limit",
            |g, max| {
                let norm = reference::clip_grad_norm(g.clone(), max).norm;
                let factor = if norm > 0.0 { max / norm } else { 1.0 };
                Clipped {
                    gradients: scaled(g, factor),
                    norm,
                }
            }
        ),
        mutant!(
            optimisers.clip_grad_norm / "divides_by_zero",
            "g max / norm whenever the norm is not above 0 or above the limit",
            |g, max| {
                let clipped = reference::clip_grad_norm(g, max);
                match clipped.norm > 0.0 {
                    true => clipped,
                    false => Clipped {
                        gradients: scaled(clipped.gradients, f64::NAN),
                        ..clipped
                    },
                }
            }
        ),
        mutant!(
            optimisers.clip_grad_norm / "by_value",
            "clamps every element",
            |g, max| {
                let norm = reference::clip_grad_norm(g.clone(), max).norm;
                Clipped {
                    gradients: g.into_iter().map(|g| g.clamp(-max, max)).collect(),
                    norm,
                }
            }
        ),
        mutant!(
            optimisers.clip_grad_norm / "squared_norm",
            "the root is missing",
            |g, max| {
                let norm = reference::clip_grad_norm(g.clone(), max).norm.powi(2);
                let factor = if norm > max { max / norm } else { 1.0 };
                Clipped {
                    gradients: scaled(g, factor),
                    norm,
                }
            }
        ),
        mutant!(
            optimisers.clip_grad_norm / "sum_of_norms",
            "adds up the norms of the gradients",
            |g, max| {
                let norms = g
                    .iter()
                    .map(|g| reference::clip_grad_norm(vec![g.clone()], max).norm);
                let norm: f64 = norms.sum();
                let factor = if norm > max { max / norm } else { 1.0 };
                Clipped {
                    gradients: scaled(g, factor),
                    norm,
                }
            }
        ),
        mutant!(
            optimisers.clip_grad_norm / "norm_after",
            "gives the norm after clipping",
            |g, max| {
                let clipped = reference::clip_grad_norm(g, max);
                Clipped {
                    norm: clipped.norm.min(max),
                    ..clipped
                }
            }
        ),
        mutant!(
            optimisers.clip_grad_norm / "no_clipping",
            "gives the gradients as they came",
            |g, max| Clipped {
                gradients: g.clone(),
                ..reference::clip_grad_norm(g, max)
            }
        ),
        mutant!(
            optimisers.clip_grad_norm / "unit_norm",
            "scales to norm 1 times the limit squared: max_norm is used twice",
            |g, max| {
                let clipped = reference::clip_grad_norm(g, max);
                match clipped.norm > max {
                    true => Clipped {
                        gradients: scaled(clipped.gradients, max),
                        ..clipped
                    },
                    false => clipped,
                }
            }
        ),
        mutant!(
            optimisers.clip_grad_norm / "rounds_below_the_limit",
            "multiplies with a factor that is 1 but for the rounding",
            |g, max| {
                let clipped = reference::clip_grad_norm(g, max);
                Clipped {
                    gradients: scaled(clipped.gradients, 1.0 - f64::EPSILON),
                    ..clipped
                }
            }
        ),
    ]
}

pub(super) fn scaled(tensors: Tensors, factor: f64) -> Tensors {
    tensors.into_iter().map(|t| t * factor).collect()
}

/// The first tensor for all, cut or filled with its first element to each one's length.
pub(super) fn shared(tensors: &[Tensor<1>]) -> Tensors {
    let first: Vec<f64> = tensors[0].to_data().iter().collect();
    let like = |t: &Tensor<1>| {
        let n = t.dims()[0];
        let values: Vec<f64> = (0..n).map(|i| first[i % first.len()]).collect();
        Tensor::from_data(values.as_slice(), (&t.device(), t.dtype()))
    };
    tensors.iter().map(like).collect()
}

pub(super) fn each(
    w: Tensors,
    g: &[Tensor<1>],
    s: &[Tensor<1>],
    f: impl Fn(Tensor<1>, Tensor<1>, Tensor<1>) -> Tensor<1>,
) -> Tensors {
    let all = w.into_iter().zip(g).zip(s);
    all.map(|((w, g), s)| f(w, g.clone(), s.clone())).collect()
}

/// `s + g^2`
fn added(s: Tensors, g: &[Tensor<1>]) -> Tensors {
    s.into_iter()
        .zip(g)
        .map(|(s, g)| s + g.clone().square())
        .collect()
}
