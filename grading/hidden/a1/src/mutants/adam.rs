//! Mutants of A1.6: Adam and AdamW.

use a1_backprop::parts::optimisers as reference;
use burn::tensor::Tensor;
use common::contract::a1::{AdamSettings, AdamState, AdamStepped};
use hidden_suite::Mutant;

use super::optimisers::{PART, Tensors, each, scaled, shared};

/// The mutants of Adam and AdamW.
pub fn mutants() -> Vec<Mutant> {
    vec![
        mutant!(
            optimisers.adam / "no_bias_correction",
            "m / (sqrt(v) + eps)",
            |w, g, state, s| adam_with(w, g, state, s, |m, v, _, s| m / (v.sqrt() + s.eps))
        ),
        mutant!(
            optimisers.adam / "first_moment_not_corrected",
            "corrects the second moment only",
            |w, g, state, s| adam_with(w, g, state, s, |m, v, t, s| m
                / ((v / (1.0 - s.beta2.powf(t))).sqrt() + s.eps))
        ),
        mutant!(
            optimisers.adam / "second_moment_not_corrected",
            "corrects the first moment only",
            |w, g, state, s| adam_with(w, g, state, s, |m, v, t, s| m
                / (1.0 - s.beta1.powf(t))
                / (v.sqrt() + s.eps))
        ),
        mutant!(
            optimisers.adam / "steps_from_zero",
            "t is 0 in the first step, so the correction divides by 0",
            |w, g, state, s| adam_with(w, g, state, s, |m, v, t, s| corrected(m, v, t - 1.0, s))
        ),
        mutant!(
            optimisers.adam / "step_too_late",
            "t is 2 in the first step",
            |w, g, state, s| adam_with(w, g, state, s, |m, v, t, s| corrected(m, v, t + 1.0, s))
        ),
        mutant!(
            optimisers.adam / "step_not_counted",
            "gives back the old step",
            |w, g, state, s| {
                let step = state.step;
                let mut stepped = reference::adam(w, g, state, s);
                stepped.state.step = step;
                stepped
            }
        ),
        mutant!(
            optimisers.adam / "eps_inside_the_root",
            "m / sqrt(v + eps)",
            |w, g, state, s| adam_with(w, g, state, s, |m, v, t, s| m
                / (1.0 - s.beta1.powf(t))
                / (v / (1.0 - s.beta2.powf(t)) + s.eps).sqrt())
        ),
        mutant!(
            optimisers.adam / "eps_before_correction",
            "eps is added to the root of the uncorrected second moment",
            |w, g, state, s| adam_with(w, g, state, s, |m, v, t, s| m
                / (1.0 - s.beta1.powf(t))
                / ((v.sqrt() + s.eps) / (1.0 - s.beta2.powf(t)).sqrt()))
        ),
        mutant!(
            optimisers.adam / "betas_swapped",
            "beta1 for the squares, beta2 for the gradients",
            |w, g, state, s| {
                let (beta1, beta2) = (s.beta2, s.beta1);
                reference::adam(w, g, state, AdamSettings { beta1, beta2, ..s })
            }
        ),
        mutant!(
            optimisers.adam / "decay_ignored",
            "no weight decay",
            |w, g, state, s| reference::adam(w, g, state, without_decay(&s))
        ),
        mutant!(
            optimisers.adam / "decay_decoupled",
            "AdamW's weight decay",
            reference::adamw
        ),
        mutant!(
            optimisers.adam / "corrected_moments_kept",
            "the state holds the corrected first moment",
            |w, g, state, s| {
                let mut stepped = reference::adam(w, g, state, s.clone());
                let t = stepped.state.step as f64;
                stepped.state.first = scaled(stepped.state.first, 1.0 / (1.0 - s.beta1.powf(t)));
                stepped
            }
        ),
        mutant!(
            optimisers.adam / "shared_moments",
            "all parameters use the moments of the first",
            |w, g, state, s| {
                let state = AdamState {
                    first: shared(&state.first),
                    second: shared(&state.second),
                    ..state
                };
                reference::adam(w, g, state, s)
            }
        ),
        mutant!(
            optimisers.adamw / "l2",
            "weight decay goes through the gradient",
            reference::adam
        ),
        mutant!(
            optimisers.adamw / "decay_without_rate",
            "w (1 - weight_decay)",
            |w, g, state, s| {
                let w = scaled(w, 1.0 - s.weight_decay);
                reference::adam(w, g, state, without_decay(&s))
            }
        ),
        mutant!(
            optimisers.adamw / "decay_ignored",
            "no weight decay",
            |w, g, state, s| reference::adam(w, g, state, without_decay(&s))
        ),
        mutant!(
            optimisers.adamw / "decay_after_the_step",
            "Adam's step first, then w (1 - lr weight_decay)",
            |w, g, state, s| {
                let stepped = reference::adam(w, g, state, without_decay(&s));
                AdamStepped {
                    parameters: scaled(stepped.parameters, 1.0 - s.lr * s.weight_decay),
                    ..stepped
                }
            }
        ),
        mutant!(
            optimisers.adamw / "decay_twice",
            "decoupled and through the gradient",
            |w, g, state, s| {
                let g = decayed_by(g, &w, s.weight_decay);
                reference::adamw(w, g, state, s)
            }
        ),
        mutant!(
            optimisers.adamw / "decay_grows",
            "w (1 + lr weight_decay)",
            |w, g, state, s| {
                let weight_decay = -s.weight_decay;
                reference::adamw(w, g, state, AdamSettings { weight_decay, ..s })
            }
        ),
    ]
}

fn decayed_by(g: Tensors, w: &[Tensor<1>], decay: f64) -> Tensors {
    g.into_iter()
        .zip(w)
        .map(|(g, w)| g + w.clone() * decay)
        .collect()
}

fn without_decay(settings: &AdamSettings) -> AdamSettings {
    AdamSettings {
        weight_decay: 0.0,
        ..settings.clone()
    }
}

/// Adam's update from the corrected moments.
fn corrected(m: Tensor<1>, v: Tensor<1>, t: f64, s: &AdamSettings) -> Tensor<1> {
    m / (1.0 - s.beta1.powf(t)) / ((v / (1.0 - s.beta2.powf(t))).sqrt() + s.eps)
}

/// Adam with another way from the moments `m`, `v` and the step `t` to the update.
fn adam_with(
    w: Tensors,
    g: Tensors,
    state: AdamState,
    settings: AdamSettings,
    update: impl Fn(Tensor<1>, Tensor<1>, f64, &AdamSettings) -> Tensor<1>,
) -> AdamStepped {
    let g = decayed_by(g, &w, settings.weight_decay);
    let stepped = reference::adam(w.clone(), g, state, without_decay(&settings));
    let AdamState {
        step,
        first,
        second,
    } = &stepped.state;
    AdamStepped {
        parameters: each(w, first, second, |w, m, v| {
            w - update(m, v, *step as f64, &settings) * settings.lr
        }),
        state: stepped.state,
    }
}
