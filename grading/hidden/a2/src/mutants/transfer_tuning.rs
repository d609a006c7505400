//! Mutants of A2.10: fine-tuning.

use a2_cnn::parts::transfer as reference;
use burn::tensor::{Int, Tensor, TensorData};
use common::contract::a2::*;
use common::nn::{Sgd, cross_entropy, value_and_gradient};
use common::rng::Rng;
use hidden_suite::Mutant;

use super::transfer::{PART, flat};

/// What is wrong with fine-tuning.
#[derive(Clone, Copy, PartialEq)]
enum TuneBug {
    FrozenDecay,
    TrainsEverything,
    StatisticsDrift,
    StatisticsDecay,
    OneRate,
    LastGroupWins,
    SharedVelocity,
    NoMomentum,
    NoDecay,
    DecayOnKernels,
    VelocityPerStep,
    Nesterov,
    AllSamples,
    FirstBatch,
    SumOfLosses,
    IdleGroupsPass,
    ErrorNamesNothing,
    LettersNotParts,
    OtherOrder,
}

/// `fine_tune` with one bug.
macro_rules! tune {
    ($name:literal, $Bug:ident, $words:literal) => {
        mutant!(
            transfer.fine_tune / $name,
            $words,
            |weights, x, labels, settings| tune(TuneBug::$Bug, weights, &x, &labels, settings)
        )
    };
}

/// The mutants of fine-tuning.
pub fn mutants() -> Vec<Mutant> {
    vec![
        tune!(
            "frozen_decay",
            FrozenDecay,
            "frozen tensors have the rate 0, but weight decay shrinks them"
        ),
        tune!(
            "trains_everything",
            TrainsEverything,
            "what is in no group has the last group's rate"
        ),
        tune!(
            "statistics_drift",
            StatisticsDrift,
            "the running statistics follow the batches"
        ),
        tune!(
            "statistics_trained",
            StatisticsDecay,
            "running statistics in a group are decayed like weights"
        ),
        tune!("one_rate", OneRate, "all groups have the first one's rate"),
        tune!(
            "last_group_wins",
            LastGroupWins,
            "the last group that fits gives the rate"
        ),
        tune!(
            "shared_velocity",
            SharedVelocity,
            "all tensors have one velocity, as long as the longest"
        ),
        tune!("no_momentum", NoMomentum, "w - lr g"),
        tune!("no_decay", NoDecay, "weight decay is left out"),
        tune!(
            "decay_on_kernels",
            DecayOnKernels,
            "scales, shifts and the bias are not decayed"
        ),
        tune!(
            "velocity_per_step",
            VelocityPerStep,
            "the velocity begins anew in every step"
        ),
        tune!("nesterov", Nesterov, "looks ahead along the velocity"),
        tune!("all_samples", AllSamples, "every step sees all samples"),
        tune!("first_batch", FirstBatch, "every step sees the first batch"),
        tune!(
            "sum_of_losses",
            SumOfLosses,
            "the loss is a sum over the batch"
        ),
        tune!(
            "idle_groups_pass",
            IdleGroupsPass,
            "a group with nothing to train is passed over"
        ),
        tune!(
            "error_names_nothing",
            ErrorNamesNothing,
            "the error does not say which group"
        ),
        tune!(
            "letters_not_parts",
            LettersNotParts,
            "a group trains whatever begins with its letters"
        ),
        tune!(
            "trained_first",
            OtherOrder,
            "the tensors that are trained come first"
        ),
    ]
}

fn begins(name: &str, prefix: &str) -> bool {
    reference::freeze(vec![name.into()], vec![prefix.into()]).is_ok()
}

fn is_statistic(name: &str) -> bool {
    name.ends_with(".mean") || name.ends_with(".variance")
}

/// The rate of each tensor, or none where it stays.
fn rates(bug: TuneBug, weights: &[NamedTensor], groups: &[ParameterGroup]) -> Vec<Option<f64>> {
    let fits = |name: &str, group: &ParameterGroup| match bug {
        TuneBug::LettersNotParts => name.starts_with(&group.prefix),
        _ => begins(name, &group.prefix),
    };
    let rate = |w: &NamedTensor| {
        if is_statistic(&w.name) && bug != TuneBug::StatisticsDecay {
            return None;
        }
        let mut fitting = groups.iter().filter(|group| fits(&w.name, group));
        let group = match bug {
            TuneBug::LastGroupWins => fitting.next_back(),
            _ => fitting.next(),
        };
        match (bug, group) {
            (TuneBug::TrainsEverything, None) => groups.last().map(|group| group.lr),
            (TuneBug::OneRate, Some(_)) => groups.first().map(|group| group.lr),
            (_, group) => group.map(|group| group.lr),
        }
    };
    weights.iter().map(rate).collect()
}

fn tune(
    bug: TuneBug,
    weights: Vec<NamedTensor>,
    x: &Tensor<4>,
    labels: &Tensor<1, Int>,
    settings: FineTuneSettings,
) -> Result<Vec<NamedTensor>, String> {
    for ParameterGroup { prefix, .. } in &settings.groups {
        let fits = |w: &NamedTensor| match bug {
            TuneBug::LettersNotParts => w.name.starts_with(prefix),
            _ => begins(&w.name, prefix),
        };
        let trains = weights.iter().any(|w| !is_statistic(&w.name) && fits(w));
        match (trains, bug) {
            (false, TuneBug::ErrorNamesNothing) => return Err("an idle group".into()),
            (false, bug) if bug != TuneBug::IdleGroupsPass => {
                return Err(format!("nothing to train begins with {prefix}"));
            }
            _ => {}
        }
    }
    let rates = rates(bug, &weights, &settings.groups);
    let longest = weights
        .iter()
        .map(|w| w.values.dims()[0])
        .max()
        .unwrap_or(0);
    let mut weights = weights;
    let mut velocities: Vec<Tensor<1>> = weights.iter().map(|w| w.values.zeros_like()).collect();
    let mut shared: Tensor<1> = Rng::new(0).tensor([longest], |_| 0.0);
    for batch in &settings.batches {
        let n = labels.dims()[0];
        let batch: Vec<usize> = match bug {
            TuneBug::AllSamples => (0..n).collect(),
            TuneBug::FirstBatch => settings.batches[0].clone(),
            _ => batch.clone(),
        };
        let rows: Vec<i64> = batch.iter().map(|&i| i as i64).collect();
        let rows = Tensor::from_data(TensorData::new(rows, [batch.len()]), &x.device());
        let (x, labels) = (
            x.clone().select(0, rows.clone()),
            labels.clone().select(0, rows),
        );
        let of_batch = x.clone();
        let (_, gradients) = value_and_gradient(&weights, |weights| {
            let features = reference::extract_features(weights.clone(), x, batch.len());
            let head = flat(weights, "head.weight");
            let matrix = head.values.reshape([head.shape[0], head.shape[1]]);
            let logits = features.matmul(matrix) + flat(weights, "head.bias").values.unsqueeze();
            let factor = if bug == TuneBug::SumOfLosses {
                batch.len() as f64
            } else {
                1.0
            };
            cross_entropy(logits, labels, 0.0) * factor
        });
        for (i, gradient) in gradients.into_iter().enumerate() {
            let w = weights[i].values.clone();
            let frozen = bug == TuneBug::FrozenDecay && !is_statistic(&weights[i].name);
            let Some(lr) = rates[i] else {
                if frozen {
                    weights[i].values = w * (1.0 - 0.01 * settings.weight_decay);
                }
                continue;
            };
            let vector = weights[i].shape.len() == 1;
            let weight_decay = match bug {
                TuneBug::NoDecay => 0.0,
                TuneBug::DecayOnKernels if vector => 0.0,
                _ => settings.weight_decay,
            };
            let sgd = Sgd {
                lr,
                momentum: if bug == TuneBug::NoMomentum {
                    0.0
                } else {
                    settings.momentum
                },
                nesterov: bug == TuneBug::Nesterov,
                weight_decay,
            };
            let length = w.dims()[0];
            let v = match bug {
                TuneBug::VelocityPerStep => w.zeros_like(),
                TuneBug::SharedVelocity => shared.clone().slice(0..length),
                _ => velocities[i].clone(),
            };
            let (w, v) = sgd.step(w, gradient.values, v);
            shared = shared.slice_assign(0..length, v.clone());
            velocities[i] = v;
            weights[i].values = w;
        }
        if bug == TuneBug::StatisticsDrift {
            let mean = of_batch.mean().into_scalar::<f64>();
            for w in weights.iter_mut().filter(|w| w.name == "norm1.mean") {
                w.values = w.values.clone() * 0.9 + 0.1 * mean;
            }
        }
    }
    if bug == TuneBug::OtherOrder {
        let mut pairs: Vec<_> = weights.into_iter().zip(rates).collect();
        pairs.sort_by_key(|(_, rate)| rate.is_none());
        weights = pairs.into_iter().map(|(w, _)| w).collect();
    }
    Ok(weights)
}
