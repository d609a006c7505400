//! Mutants of A2.10: names, features, the head, fine-tuning.

use a2_cnn::parts::transfer as reference;
use burn::tensor::{Int, Tensor, TensorData, activation};
use common::contract::a2::*;
use common::nn::{
    ConvOptions, Sgd, avg_pool2d, conv2d, cross_entropy, max_pool2d, value_and_gradient,
};
use common::rng::Rng;
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.10";

/// The mutants of the network and its training.
pub fn mutants() -> Vec<Mutant> {
    let mut all = freezes();
    all.extend(features());
    all.extend(heads());
    all.extend(groups());
    all.extend(tunings());
    all
}

fn freezes() -> Vec<Mutant> {
    vec![
        mutant!(
            transfer.freeze / "letters_not_parts",
            "conv1 freezes conv10.kernel",
            |names, prefixes| {
                reference::freeze(names.clone(), prefixes.clone())?;
                let begins = |name: &String| prefixes.iter().any(|p| name.starts_with(p.as_str()));
                Ok(names.iter().map(begins).collect())
            }
        ),
        mutant!(
            transfer.freeze / "anywhere_in_the_name",
            "conv1 freezes norm.conv1.gamma",
            |names, prefixes| {
                reference::freeze(names.clone(), prefixes.clone())?;
                let has = |name: &String| {
                    prefixes
                        .iter()
                        .any(|p| format!(".{name}.").contains(&format!(".{p}.")))
                };
                Ok(names.iter().map(has).collect())
            }
        ),
        mutant!(
            transfer.freeze / "whole_names_only",
            "a prefix freezes the tensor of that name alone",
            |names, prefixes| {
                reference::freeze(names.clone(), prefixes.clone())?;
                Ok(names.iter().map(|name| prefixes.contains(name)).collect())
            }
        ),
        mutant!(
            transfer.freeze / "never_whole_names",
            "a prefix does not freeze the tensor of its own name",
            |names, prefixes| {
                let frozen = reference::freeze(names.clone(), prefixes.clone())?;
                let pairs = names.iter().zip(frozen);
                Ok(pairs
                    .map(|(name, frozen)| frozen && !prefixes.contains(name))
                    .collect())
            }
        ),
        mutant!(
            transfer.freeze / "trainable",
            "true is what is trained",
            |names, prefixes| {
                let frozen = reference::freeze(names, prefixes)?;
                Ok(frozen.into_iter().map(|frozen| !frozen).collect())
            }
        ),
        mutant!(
            transfer.freeze / "first_prefix_only",
            "the other prefixes are not looked at",
            |names, prefixes| {
                reference::freeze(names.clone(), prefixes.clone())?;
                reference::freeze(names, prefixes.into_iter().take(1).collect())
            }
        ),
        mutant!(
            transfer.freeze / "slips_pass",
            "a prefix that fits nothing freezes nothing",
            |names, prefixes| {
                let begins = |p: &String| reference::freeze(names.clone(), vec![p.clone()]).is_ok();
                let fit = prefixes.into_iter().filter(begins).collect();
                reference::freeze(names.clone(), fit)
            }
        ),
        mutant!(
            transfer.freeze / "error_names_nothing",
            "the error does not say which prefix",
            |names, prefixes| reference::freeze(names, prefixes).map_err(|_| "a prefix".into())
        ),
    ]
}

/// What is wrong with the features.
#[derive(Clone, Copy, PartialEq)]
enum FeatureBug {
    BatchStatistics,
    AfterDropout,
    NoReluAtTheEnd,
    AveragePooling,
    ChannelsLast,
    NoShift,
    FirstBlock,
    Logits,
    EpsOutside,
}

/// `extract_features` with one bug.
macro_rules! feature {
    ($name:literal, $Bug:ident, $words:literal) => {
        mutant!(
            transfer.extract_features / $name,
            $words,
            |weights, x, size| {
                let batches = x.split(size, 0).into_iter();
                let each = batches.map(|x| features_with(FeatureBug::$Bug, &weights, x));
                Tensor::cat(each.collect(), 0)
            }
        )
    };
}

fn features() -> Vec<Mutant> {
    vec![
        feature!(
            "batch_statistics",
            BatchStatistics,
            "normalises with the batch"
        ),
        feature!(
            "after_dropout",
            AfterDropout,
            "every other feature is dropped, the rest doubled"
        ),
        feature!(
            "before_relu",
            NoReluAtTheEnd,
            "the second block has no ReLU"
        ),
        feature!("average_pooling", AveragePooling, "the mean of each 2 x 2"),
        feature!("channels_last", ChannelsLast, "flattened pixel by pixel"),
        feature!("no_shift", NoShift, "beta is left out"),
        feature!("first_block", FirstBlock, "the features of the first block"),
        feature!("logits", Logits, "what comes out of the head"),
        feature!("eps_outside_root", EpsOutside, "eps is added to the root"),
        mutant!(
            transfer.extract_features / "last_batch_left_out",
            "pictures that fill no batch have no features",
            |weights, x, size| {
                let whole = (x.dims()[0] / size * size).max(1);
                reference::extract_features(weights, x.slice(0..whole), size)
            }
        ),
        mutant!(
            transfer.extract_features / "by_place_in_the_list",
            "the first tensor is taken for conv1.kernel, and so on",
            |weights, x, size| {
                let names = ORDER.iter().zip(weights);
                let renamed = names.map(|(name, tensor)| NamedTensor {
                    name: (*name).into(),
                    ..tensor
                });
                reference::extract_features(renamed.collect(), x, size)
            }
        ),
    ]
}

/// The names in the order of the contract.
const ORDER: [&str; 12] = [
    "conv1.kernel",
    "norm1.gamma",
    "norm1.beta",
    "norm1.mean",
    "norm1.variance",
    "conv2.kernel",
    "norm2.gamma",
    "norm2.beta",
    "norm2.mean",
    "norm2.variance",
    "head.weight",
    "head.bias",
];

fn flat(weights: &[NamedTensor], name: &str) -> NamedTensor {
    let found = weights.iter().find(|tensor| tensor.name == name);
    found.expect("a network").clone()
}

fn features_with(bug: FeatureBug, weights: &[NamedTensor], x: Tensor<4>) -> Tensor<2> {
    let options = ConvOptions {
        padding: [1, 1],
        ..ConvOptions::default()
    };
    let mut x = x;
    for k in [1, 2] {
        let kernel = flat(weights, &format!("conv{k}.kernel"));
        let [to, from] = [kernel.shape[0], kernel.shape[1]];
        x = conv2d(x, kernel.values.reshape([to, from, 3, 3]), None, &options);
        let of = |name: &str| {
            let values = flat(weights, &format!("norm{k}.{name}")).values;
            values.reshape([1, to, 1, 1])
        };
        let (mut mean, mut variance) = (of("mean"), of("variance"));
        if bug == FeatureBug::BatchStatistics {
            let over = |x: Tensor<4>| x.mean_dim(0).mean_dim(2).mean_dim(3);
            mean = over(x.clone());
            variance = over((x.clone() - mean.clone()).square());
        }
        let root = match bug {
            FeatureBug::EpsOutside => variance.sqrt() + TRANSFER_EPS,
            _ => (variance + TRANSFER_EPS).sqrt(),
        };
        x = (x - mean) / root * of("gamma");
        if bug != FeatureBug::NoShift {
            x = x + of("beta");
        }
        if k == 1 || bug != FeatureBug::NoReluAtTheEnd {
            x = activation::relu(x);
        }
        x = match bug {
            FeatureBug::AveragePooling => avg_pool2d(x, [2, 2], [2, 2]),
            _ => max_pool2d(x, [2, 2], [2, 2]),
        };
        if bug == FeatureBug::FirstBlock {
            break;
        }
    }
    if bug == FeatureBug::ChannelsLast {
        x = x.permute([0, 2, 3, 1]);
    }
    let rows: Tensor<2> = x.flatten(1, 3);
    match bug {
        FeatureBug::AfterDropout => {
            let [n, d] = rows.dims();
            let mut place = 0;
            let mask = Rng::new(0).tensor([d], |_| {
                place += 1;
                f64::from(place % 2 * 2)
            });
            rows * mask.unsqueeze::<2>().expand([n, d])
        }
        FeatureBug::Logits => {
            let head = flat(weights, "head.weight");
            let bias = flat(weights, "head.bias").values;
            let [d, classes] = [head.shape[0], head.shape[1]];
            // The picture may be of another size than the head.
            let rows = rows
                .clone()
                .slice([0..rows.dims()[0], 0..d.min(rows.dims()[1])]);
            rows.matmul(head.values.reshape([d, classes])) + bias.unsqueeze()
        }
        _ => rows,
    }
}

/// The tensors, each changed.
fn each(weights: Vec<NamedTensor>, change: impl Fn(&mut NamedTensor)) -> Vec<NamedTensor> {
    let mut weights = weights;
    weights.iter_mut().for_each(change);
    weights
}

fn heads() -> Vec<Mutant> {
    vec![
        mutant!(
            transfer.replace_head / "old_head_kept",
            "the head stays as it is",
            |weights, _, _| weights
        ),
        mutant!(
            transfer.replace_head / "old_bias_kept",
            "the new bias begins with the old one",
            |weights, classes, seed| {
                let old = flat(&weights, "head.bias").values;
                each(reference::replace_head(weights, classes, seed), |tensor| {
                    if tensor.name == "head.bias" {
                        let n = old.dims()[0].min(classes);
                        let new = tensor.values.clone();
                        tensor.values = new.slice_assign(0..n, old.clone().slice(0..n));
                    }
                })
            }
        ),
        mutant!(
            transfer.replace_head / "head_first",
            "the new head is put at the beginning of the list",
            |weights, classes, seed| {
                let mut weights = reference::replace_head(weights, classes, seed);
                weights.rotate_right(2);
                weights
            }
        ),
        mutant!(
            transfer.replace_head / "everything_new",
            "the kernels are drawn anew too",
            |weights, classes, seed| {
                each(reference::replace_head(weights, classes, seed), |tensor| {
                    if tensor.name.ends_with("kernel") {
                        tensor.values = Rng::new(seed).normal_tensor(tensor.values.dims());
                    }
                })
            }
        ),
        mutant!(
            transfer.replace_head / "transposed",
            "head.weight is [classes, d]",
            |weights, classes, seed| {
                each(reference::replace_head(weights, classes, seed), |tensor| {
                    if tensor.name == "head.weight" {
                        tensor.shape.reverse();
                    }
                })
            }
        ),
        mutant!(
            transfer.replace_head / "kaiming",
            "the weights have the variance 2 / d",
            |weights, classes, seed| {
                each(reference::replace_head(weights, classes, seed), |tensor| {
                    if tensor.name == "head.weight" {
                        tensor.values = tensor.values.clone() * 2f64.sqrt();
                    }
                })
            }
        ),
        mutant!(
            transfer.replace_head / "zeros",
            "the weights are zeros",
            |weights, classes, seed| {
                each(reference::replace_head(weights, classes, seed), |tensor| {
                    if tensor.name == "head.weight" {
                        tensor.values = tensor.values.zeros_like();
                    }
                })
            }
        ),
        mutant!(
            transfer.replace_head / "ignores_seed",
            "every seed gives the same head",
            |weights, classes, _| reference::replace_head(weights, classes, 3)
        ),
        mutant!(
            transfer.replace_head / "statistics_reset",
            "the running statistics begin anew",
            |weights, classes, seed| {
                each(reference::replace_head(weights, classes, seed), |tensor| {
                    if tensor.name.ends_with(".mean") {
                        tensor.values = tensor.values.zeros_like();
                    }
                })
            }
        ),
    ]
}

fn groups() -> Vec<Mutant> {
    vec![
        mutant!(
            transfer.discriminative_groups / "reversed",
            "the first group has the largest rate",
            |prefixes, lr, factor| {
                let mut turned = reference::discriminative_groups(prefixes.clone(), lr, factor);
                turned.reverse();
                for (group, prefix) in turned.iter_mut().zip(prefixes) {
                    group.prefix = prefix;
                }
                turned
            }
        ),
        mutant!(
            transfer.discriminative_groups / "last_one_divided",
            "the last group has lr / factor",
            |prefixes, lr, factor| reference::discriminative_groups(prefixes, lr / factor, factor)
        ),
        mutant!(
            transfer.discriminative_groups / "one_rate",
            "every group has lr",
            |prefixes, lr, _| reference::discriminative_groups(prefixes, lr, 1.0)
        ),
        mutant!(
            transfer.discriminative_groups / "harmonic",
            "the rates are lr, lr / factor, lr / (2 factor)",
            |prefixes, lr, factor| {
                let n = prefixes.len();
                let groups = prefixes
                    .into_iter()
                    .enumerate()
                    .map(|(i, prefix)| ParameterGroup {
                        prefix,
                        lr: if i + 1 == n {
                            lr
                        } else {
                            lr / (factor * (n - 1 - i) as f64)
                        },
                    });
                groups.collect()
            }
        ),
        mutant!(
            transfer.discriminative_groups / "groups_turned",
            "the groups come from the output to the input",
            |prefixes, lr, factor| {
                let mut groups = reference::discriminative_groups(prefixes, lr, factor);
                groups.reverse();
                groups
            }
        ),
    ]
}

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

fn tunings() -> Vec<Mutant> {
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
