//! Parameters under an optimiser, step after step: the submission's and the oracle's.

use burn::tensor::Tensor;
use common::check::{Tolerance, Verdict, close, equal};
use common::contract::Submission;
use common::contract::a1::{AdamSettings, AdamState, Optimisers};

use super::about;
use crate::oracle::matrix::vector;
use crate::oracle::optimisers::{Rule, Settings, Weight};

/// Parameters on their way, with all that any optimiser remembers.
#[derive(Clone)]
pub(super) struct Walk {
    pub(super) parameters: Vec<Tensor<1>>,
    /// Velocities, squares, or Adam's first moments.
    pub(super) state: Vec<Tensor<1>>,
    /// Adam's second moments.
    second: Vec<Tensor<1>>,
    step: usize,
}

impl Walk {
    pub(super) fn start(parameters: &[Vec<f64>]) -> Self {
        let zeros: Vec<_> = parameters
            .iter()
            .map(|p| vector(vec![0.0; p.len()]))
            .collect();
        Self {
            parameters: parameters.iter().cloned().map(vector).collect(),
            state: zeros.clone(),
            second: zeros,
            step: 0,
        }
    }

    /// Makes one step with the submission's optimiser.
    pub(super) fn step(
        &mut self,
        s: &Submission,
        rule: Rule,
        gradients: &[Vec<f64>],
        settings: &Settings,
    ) -> Verdict {
        let Settings {
            lr, mu, decay, eps, ..
        } = *settings;
        let w = self.parameters.clone();
        let v = self.state.clone();
        let g: Vec<_> = gradients.iter().cloned().map(vector).collect();
        let stepped = match rule {
            Rule::Sgd => {
                self.parameters = s.sgd(w, g, lr)?;
                return self.has_shapes(gradients);
            }
            Rule::Adam | Rule::Adamw => return self.adam(s, rule, g, settings, gradients),
            Rule::Momentum => s.momentum(w, g, v, lr, mu)?,
            Rule::Nesterov => s.nesterov(w, g, v, lr, mu)?,
            Rule::Adagrad => s.adagrad(w, g, v, lr, eps)?,
            Rule::Rmsprop => s.rmsprop(w, g, v, lr, decay, eps)?,
        };
        self.parameters = stepped.parameters;
        self.state = stepped.state;
        self.has_shapes(gradients)
    }

    fn adam(
        &mut self,
        s: &Submission,
        rule: Rule,
        g: Vec<Tensor<1>>,
        settings: &Settings,
        shapes: &[Vec<f64>],
    ) -> Verdict {
        let w = self.parameters.clone();
        let state = AdamState {
            step: self.step,
            first: self.state.clone(),
            second: self.second.clone(),
        };
        let settings = AdamSettings {
            lr: settings.lr,
            beta1: settings.beta1,
            beta2: settings.beta2,
            eps: settings.eps,
            weight_decay: settings.weight_decay,
        };
        let stepped = match rule {
            Rule::Adamw => s.adamw(w, g, state, settings)?,
            _ => s.adam(w, g, state, settings)?,
        };
        self.parameters = stepped.parameters;
        self.state = stepped.state.first;
        self.second = stepped.state.second;
        equal(&stepped.state.step, &(self.step + 1)).map_err(about("step"))?;
        self.step += 1;
        self.has_shapes(shapes)
    }

    /// What comes out is as long as what went in.
    fn has_shapes(&self, want: &[Vec<f64>]) -> Verdict {
        let lengths = |list: &[Tensor<1>]| list.iter().map(|t| t.dims()[0]).collect::<Vec<_>>();
        let want: Vec<usize> = want.iter().map(Vec::len).collect();
        equal(&lengths(&self.parameters), &want).map_err(about("lengths of the parameters"))?;
        equal(&lengths(&self.state), &want).map_err(about("lengths of the state"))?;
        equal(&lengths(&self.second), &want).map_err(about("lengths of the second moments"))
    }

    pub(super) fn parameters_are(&self, want: &[Vec<f64>]) -> Verdict {
        same("parameter", &self.parameters, want)
    }
}

pub(super) fn same(what: &str, got: &[Tensor<1>], want: &[Vec<f64>]) -> Verdict {
    equal(&got.len(), &want.len()).map_err(about(format_args!("number of {what}s")))?;
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        close(got, &vector(want.clone()), Tolerance::EXACT)
            .map_err(about(format_args!("{what} {i}")))?;
    }
    Ok(())
}

/// The oracle at the start.
pub(super) fn weights(start: &[Vec<f64>]) -> Vec<Vec<Weight>> {
    let weight = |w: &f64| Weight {
        w: *w,
        ..Weight::default()
    };
    let each = start.iter();
    each.map(|ws| ws.iter().map(weight).collect()).collect()
}

/// Step `t` of the oracle.
pub(super) fn advance(
    all: &mut [Vec<Weight>],
    rule: Rule,
    gradients: &[Vec<f64>],
    t: usize,
    settings: &Settings,
) {
    for (weights, gs) in all.iter_mut().zip(gradients) {
        for (weight, g) in weights.iter_mut().zip(gs) {
            weight.step(rule, *g, t, settings);
        }
    }
}

pub(super) fn agrees(walk: &Walk, rule: Rule, want: &[Vec<Weight>]) -> Verdict {
    let list = |field: fn(&Weight) -> f64| -> Vec<Vec<f64>> {
        want.iter()
            .map(|ws| ws.iter().map(field).collect())
            .collect()
    };
    walk.parameters_are(&list(|w| w.w))?;
    match rule {
        Rule::Sgd => Ok(()),
        Rule::Momentum | Rule::Nesterov => same("velocity", &walk.state, &list(|w| w.first)),
        Rule::Adagrad | Rule::Rmsprop => same("square", &walk.state, &list(|w| w.second)),
        Rule::Adam | Rule::Adamw => {
            same("first moment", &walk.state, &list(|w| w.first))?;
            same("second moment", &walk.second, &list(|w| w.second))
        }
    }
}
