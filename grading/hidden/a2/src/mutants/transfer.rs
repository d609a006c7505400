//! Mutants of A2.10: what is frozen, the new head, rates group by group.

use a2_cnn::parts::transfer as reference;
use common::contract::a2::*;
use common::rng::Rng;
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.10";

/// The mutants of what comes before fine-tuning.
pub fn mutants() -> Vec<Mutant> {
    let mut all = freezes();
    all.extend(heads());
    all.extend(groups());
    all
}

/// The tensor of a name.
pub(super) fn flat(weights: &[NamedTensor], name: &str) -> NamedTensor {
    let found = weights.iter().find(|tensor| tensor.name == name);
    found.expect("a network").clone()
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
