//! Mutants of A1.10: restricted Boltzmann machines.

use a1_backprop::parts::pretraining as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a1::TiedLayer;
use hidden_suite::Mutant;

pub(super) const PART: &str = "A1.10";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = free_energy();
    all.extend(conditionals());
    all.extend(chain());
    all.extend(statistics());
    all.extend(super::pretraining_autoencoder::mutants());
    all.extend(super::pretraining_step::mutants());
    all.extend(super::pretraining_stack::mutants());
    all
}

fn free_energy() -> Vec<Mutant> {
    vec![
        mutant!(
            pretraining.rbm_free_energy / "wrong_sign",
            "ln of the sum, without the minus",
            |layer, v| reference::rbm_free_energy(layer, v).neg()
        ),
        mutant!(
            pretraining.rbm_free_energy / "no_hidden_bias",
            "the hidden biases are left out",
            |layer, v| reference::rbm_free_energy(without_hidden_bias(layer), v)
        ),
        mutant!(
            pretraining.rbm_free_energy / "no_visible_bias",
            "the visible biases are left out",
            |layer, v| reference::rbm_free_energy(without_visible_bias(layer), v)
        ),
        mutant!(
            pretraining.rbm_free_energy / "overflow",
            "ln(1 + exp(z)) as it is written, infinite for large z",
            |layer, v| free_energy_with(layer, v, |z| z.exp().log1p().sum_dim(1))
        ),
        mutant!(
            pretraining.rbm_free_energy / "best_state_only",
            "the energy of the best hidden state: max(z, 0) for softplus",
            |layer, v| free_energy_with(layer, v, |z| z.clamp_min(0.0).sum_dim(1))
        ),
        mutant!(
            pretraining.rbm_free_energy / "energy_of_probabilities",
            "E(v, p(h | v)): the energy without the entropy",
            |layer, v| free_energy_with(layer, v, |z| {
                (activation::sigmoid(z.clone()) * z).sum_dim(1)
            })
        ),
        mutant!(
            pretraining.rbm_free_energy / "sigmoid_for_softplus",
            "sums the probabilities of the hidden units",
            |layer, v| free_energy_with(layer, v, |z| activation::sigmoid(z).sum_dim(1))
        ),
        mutant!(
            pretraining.rbm_free_energy / "mean_over_units",
            "the mean over the hidden units for the sum",
            |layer, v| free_energy_with(layer, v, |z| softplus(z).mean_dim(1))
        ),
    ]
}

fn conditionals() -> Vec<Mutant> {
    vec![
        mutant!(
            pretraining.p_h_given_v / "no_bias",
            "the hidden biases are left out",
            |layer, v| reference::p_h_given_v(without_hidden_bias(layer), v)
        ),
        mutant!(
            pretraining.p_h_given_v / "sign_of_the_energy",
            "sigmoid(-z): the lower the energy the less likely",
            |layer, v| 1.0 - reference::p_h_given_v(layer, v)
        ),
        mutant!(
            pretraining.p_h_given_v / "softmax",
            "hidden units that exclude each other",
            |layer, v| activation::softmax(up(&layer, v), 1)
        ),
        mutant!(
            pretraining.p_h_given_v / "no_sigmoid",
            "the logits for the probabilities",
            |layer, v| up(&layer, v)
        ),
        mutant!(
            pretraining.p_h_given_v / "overflow",
            "exp(z) / (1 + exp(z)), which is NaN for large z",
            |layer, v| {
                let e = up(&layer, v).exp();
                e.clone() / (e + 1.0)
            }
        ),
        mutant!(
            pretraining.p_v_given_h / "no_bias",
            "the visible biases are left out",
            |layer, h| reference::p_v_given_h(without_visible_bias(layer), h)
        ),
        mutant!(
            pretraining.p_v_given_h / "sign_of_the_energy",
            "sigmoid(-z): the lower the energy the less likely",
            |layer, h| 1.0 - reference::p_v_given_h(layer, h)
        ),
        mutant!(
            pretraining.p_v_given_h / "no_sigmoid",
            "the logits for the probabilities",
            |layer, h| down(&layer, h)
        ),
        mutant!(
            pretraining.p_v_given_h / "hidden_states_rounded",
            "h is made 0 or 1 first",
            |layer, h| reference::p_v_given_h(layer, rounded(h))
        ),
    ]
}

/// What goes wrong on the way from `v_0` to `v_k`.
fn chain() -> Vec<Mutant> {
    vec![
        mutant!(
            pretraining.cd_k / "no_hidden_bias",
            "the hidden biases are left out everywhere",
            |layer, v0, k, u| reference::cd_k(without_hidden_bias(layer), v0, k, u)
        ),
        mutant!(
            pretraining.cd_k / "reconstruction_from_probabilities",
            "v_t is drawn from p(v | p(h | v)), not from a sample of h",
            |layer, v0, k, u| chain_with(layer, v0, k, &u, |p, _| p, sampled)
        ),
        mutant!(
            pretraining.cd_k / "visible_probabilities",
            "v_t is p(v | h), not a sample of it",
            |layer, v0, k, u| chain_with(layer, v0, k, &u, sampled, |p, _| p)
        ),
        mutant!(
            pretraining.cd_k / "inverted_samples",
            "1 where the uniform number is above the probability",
            |layer, v0, k, u| {
                let inverted = |p: Tensor<2>, u| 1.0 - sampled(p, u);
                chain_with(layer, v0, k, &u, inverted, inverted)
            }
        ),
        mutant!(
            pretraining.cd_k / "threshold_for_samples",
            "units are 1 where their probability is above 1/2",
            |layer, v0, k, u| chain_with(layer, v0, k, &u, |p, _| rounded(p), |p, _| rounded(p))
        ),
        mutant!(
            pretraining.cd_k / "data_rounded",
            "the data are made 0 or 1 first",
            |layer, v0, k, u| reference::cd_k(layer, rounded(v0), k, u)
        ),
        mutant!(
            pretraining.cd_k / "one_step_whatever_k",
            "always CD-1",
            |layer, v0, _, u| reference::cd_k(layer, v0, 1, u)
        ),
        mutant!(
            pretraining.cd_k / "one_step_too_few",
            "the chain has k - 1 steps",
            |layer, v0, k, u| reference::cd_k(layer, v0, k - 1, u)
        ),
        mutant!(
            pretraining.cd_k / "starts_again",
            "every step starts at the data",
            |layer, v0, k, u| reference::cd_k(layer, v0, 1, u[2 * k - 2..].to_vec())
        ),
        mutant!(
            pretraining.cd_k / "uniforms_used_again",
            "every step uses the random numbers of the first",
            |layer, v0, k, u| {
                let first = u[..2].iter().cycle().take(2 * k);
                reference::cd_k(layer, v0, k, first.cloned().collect())
            }
        ),
    ]
}

/// What goes wrong at the two ends of the chain.
fn statistics() -> Vec<Mutant> {
    vec![
        mutant!(
            pretraining.cd_k / "wrong_sign",
            "downhill: the gradient of the negative log-likelihood",
            |layer, v0, k, u| scaled(reference::cd_k(layer, v0, k, u), -1.0)
        ),
        mutant!(
            pretraining.cd_k / "negative_phase_uses_v0",
            "v_0^T p(h | v_k) is subtracted",
            |layer, v0, k, u| {
                let ends = Ends::of(&layer, v0, k, &u);
                let v0 = ends.v0.clone();
                TiedLayer {
                    weights: outer(v0, ends.p0.clone() - ends.p.clone()),
                    ..ends.gradient()
                }
            }
        ),
        mutant!(
            pretraining.cd_k / "positive_phase_sampled",
            "h_1 for p(h | v_0) in the statistics of the data",
            |layer, v0, k, u| {
                let ends = Ends::of(&layer, v0, k, &u);
                let p0 = sampled(ends.p0.clone(), u[0].clone());
                Ends { p0, ..ends }.gradient()
            }
        ),
        mutant!(
            pretraining.cd_k / "negative_phase_one_behind",
            "h_k for p(h | v_k) in the statistics of the chain",
            |layer, v0, k, u| {
                let before = Ends::of(&layer, v0.clone(), k - 1, &u);
                let p = sampled(before.p, u[2 * k - 2].clone());
                Ends {
                    p,
                    ..Ends::of(&layer, v0, k, &u)
                }
                .gradient()
            }
        ),
        mutant!(
            pretraining.cd_k / "hidden_bias_sampled",
            "h_1 for p(h | v_0) in dc",
            |layer, v0, k, u| {
                let ends = Ends::of(&layer, v0, k, &u);
                let h = sampled(ends.p0.clone(), u[0].clone());
                TiedLayer {
                    hidden_bias: mean(h - ends.p.clone()),
                    ..ends.gradient()
                }
            }
        ),
        mutant!(
            pretraining.cd_k / "no_negative_phase",
            "the statistics of the data alone",
            |layer, v0, k, u| {
                let ends = Ends::of(&layer, v0, k, &u);
                let (v, p) = (ends.v.zeros_like(), ends.p.zeros_like());
                Ends { v, p, ..ends }.gradient()
            }
        ),
        mutant!(
            pretraining.cd_k / "not_divided_by_n",
            "the sum over the batch for the mean",
            |layer, v0, k, u| {
                let n = v0.dims()[0] as f64;
                scaled(reference::cd_k(layer, v0, k, u), n)
            }
        ),
        mutant!(
            pretraining.cd_k / "biases_not_divided_by_n",
            "db and dc are sums, dw is a mean",
            |layer, v0, k, u| {
                let n = v0.dims()[0] as f64;
                let gradient = reference::cd_k(layer, v0, k, u);
                TiedLayer {
                    weights: gradient.weights.clone(),
                    ..scaled(gradient, n)
                }
            }
        ),
        mutant!(
            pretraining.cd_k / "no_bias_gradients",
            "only the weights learn",
            |layer, v0, k, u| {
                without_hidden_bias(without_visible_bias(reference::cd_k(layer, v0, k, u)))
            }
        ),
    ]
}

pub(super) fn without_hidden_bias(layer: TiedLayer) -> TiedLayer {
    TiedLayer {
        hidden_bias: layer.hidden_bias.zeros_like(),
        ..layer
    }
}

pub(super) fn without_visible_bias(layer: TiedLayer) -> TiedLayer {
    TiedLayer {
        visible_bias: layer.visible_bias.zeros_like(),
        ..layer
    }
}

pub(super) fn up(layer: &TiedLayer, v: Tensor<2>) -> Tensor<2> {
    v.matmul(layer.weights.clone()) + layer.hidden_bias.clone().unsqueeze()
}

pub(super) fn down(layer: &TiedLayer, h: Tensor<2>) -> Tensor<2> {
    h.matmul(layer.weights.clone().transpose()) + layer.visible_bias.clone().unsqueeze()
}

pub(super) fn rounded(p: Tensor<2>) -> Tensor<2> {
    p.greater_elem(0.5).float()
}

pub(super) fn scaled(layer: TiedLayer, factor: f64) -> TiedLayer {
    TiedLayer {
        weights: layer.weights * factor,
        visible_bias: layer.visible_bias * factor,
        hidden_bias: layer.hidden_bias * factor,
    }
}

fn softplus(z: Tensor<2>) -> Tensor<2> {
    z.clone().clamp_min(0.0) + z.abs().neg().exp().log1p()
}

/// The free energy with another answer to what the hidden units contribute.
fn free_energy_with(
    layer: TiedLayer,
    v: Tensor<2>,
    hidden: fn(Tensor<2>) -> Tensor<2>,
) -> Tensor<1> {
    let visible = v
        .clone()
        .matmul(layer.visible_bias.clone().unsqueeze_dim(1));
    (visible + hidden(up(&layer, v))).neg().squeeze_dim(1)
}

fn sampled(p: Tensor<2>, u: Tensor<2>) -> Tensor<2> {
    u.lower(p).float()
}

fn outer(v: Tensor<2>, h: Tensor<2>) -> Tensor<2> {
    let n = v.dims()[0] as f64;
    v.transpose().matmul(h) / n
}

fn mean(rows: Tensor<2>) -> Tensor<1> {
    rows.mean_dim(0).squeeze_dim(0)
}

/// The two ends of a chain: visible units, and the probabilities of the hidden ones.
struct Ends {
    v0: Tensor<2>,
    p0: Tensor<2>,
    v: Tensor<2>,
    p: Tensor<2>,
}

impl Ends {
    fn of(layer: &TiedLayer, v0: Tensor<2>, k: usize, u: &[Tensor<2>]) -> Self {
        Self::with(layer, v0, k, u, sampled, sampled)
    }

    /// With other ways to make states of probabilities.
    fn with(
        layer: &TiedLayer,
        v0: Tensor<2>,
        k: usize,
        u: &[Tensor<2>],
        hidden: fn(Tensor<2>, Tensor<2>) -> Tensor<2>,
        visible: fn(Tensor<2>, Tensor<2>) -> Tensor<2>,
    ) -> Self {
        let p = |v: &Tensor<2>| reference::p_h_given_v(layer.clone(), v.clone());
        let mut v = v0.clone();
        for u in u.chunks(2).take(k) {
            let h = hidden(p(&v), u[0].clone());
            v = visible(reference::p_v_given_h(layer.clone(), h), u[1].clone());
        }
        Self {
            p0: p(&v0),
            p: p(&v),
            v0,
            v,
        }
    }

    fn gradient(self) -> TiedLayer {
        TiedLayer {
            weights: outer(self.v0.clone(), self.p0.clone())
                - outer(self.v.clone(), self.p.clone()),
            visible_bias: mean(self.v0 - self.v),
            hidden_bias: mean(self.p0 - self.p),
        }
    }
}

fn chain_with(
    layer: TiedLayer,
    v0: Tensor<2>,
    k: usize,
    u: &[Tensor<2>],
    hidden: fn(Tensor<2>, Tensor<2>) -> Tensor<2>,
    visible: fn(Tensor<2>, Tensor<2>) -> Tensor<2>,
) -> TiedLayer {
    Ends::with(&layer, v0, k, u, hidden, visible).gradient()
}
