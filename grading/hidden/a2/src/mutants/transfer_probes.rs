//! Mutants of A2.10: linear probes and nearest neighbours.

use a2_cnn::parts::transfer as reference;
use burn::tensor::Tensor;
use common::contract::a2::*;
use hidden_suite::Mutant;

use super::transfer::PART;
use crate::oracle::array::rows;

/// The mutants of probes.
pub fn mutants() -> Vec<Mutant> {
    let mut all = probes();
    all.extend(neighbours());
    all
}

fn probes() -> Vec<Mutant> {
    vec![
        mutant!(
            transfer.linear_probe / "bias_decayed",
            "the bias is decayed too",
            |x, labels, settings| {
                // A feature of ones is a bias with decay; the rest has none of its own.
                let [n, d] = x.dims();
                let ones = Tensor::ones([n, 1], (&x.device(), x.dtype()));
                let all = Tensor::cat(vec![x, ones], 1);
                let head = reference::linear_probe(all, labels, settings);
                LinearHead {
                    weight: head.weight.clone().slice(0..d),
                    bias: head.weight.slice(d..d + 1).reshape([-1]),
                }
            }
        ),
        mutant!(
            transfer.linear_probe / "no_decay",
            "weight decay is left out",
            |x, labels, settings| reference::linear_probe(
                x,
                labels,
                ProbeSettings {
                    weight_decay: 0.0,
                    ..settings
                }
            )
        ),
        mutant!(
            transfer.linear_probe / "sum_of_losses",
            "the gradient is a sum over the samples",
            |x, labels, settings| {
                let n = x.dims()[0] as f64;
                reference::linear_probe(
                    x,
                    labels,
                    ProbeSettings {
                        lr: settings.lr * n,
                        weight_decay: settings.weight_decay / n,
                        ..settings
                    },
                )
            }
        ),
        mutant!(
            transfer.linear_probe / "no_bias",
            "the bias stays zero",
            |x, labels, settings| {
                let head = reference::linear_probe(x, labels, settings);
                LinearHead {
                    bias: head.bias.zeros_like(),
                    ..head
                }
            }
        ),
        mutant!(
            transfer.linear_probe / "one_step_more",
            "makes a step more",
            |x, labels, settings| reference::linear_probe(
                x,
                labels,
                ProbeSettings {
                    steps: settings.steps + 1,
                    ..settings
                }
            )
        ),
        mutant!(
            transfer.linear_probe / "uphill",
            "adds the gradient",
            |x, labels, settings| reference::linear_probe(
                x,
                labels,
                ProbeSettings {
                    lr: -settings.lr,
                    ..settings
                }
            )
        ),
        mutant!(
            transfer.linear_probe / "features_normalised",
            "features are centred first",
            |x, labels, settings| {
                let mean = x.clone().mean_dim(0);
                reference::linear_probe(x - mean, labels, settings)
            }
        ),
    ]
}

/// The vote of neighbours under a distance, in an order of theirs, by a rule.
fn vote(
    known: &Tensor<2>,
    labels: &[usize],
    features: &Tensor<2>,
    distance: fn(&[f64], &[f64]) -> f64,
    later_first: bool,
    winner: impl Fn(&[usize]) -> usize,
) -> Vec<usize> {
    let known = rows(known);
    let answer = |query: &Vec<f64>| {
        let distances: Vec<f64> = known.iter().map(|row| distance(row, query)).collect();
        let mut order: Vec<usize> = (0..known.len()).collect();
        if later_first {
            order.reverse();
        }
        order.sort_by(|&i, &j| distances[i].total_cmp(&distances[j]));
        let votes: Vec<usize> = order.iter().map(|&i| labels[i]).collect();
        winner(&votes)
    };
    rows(features).iter().map(answer).collect()
}

fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

fn count(votes: &[usize], class: usize) -> usize {
    votes.iter().filter(|vote| **vote == class).count()
}

/// The class with the most votes, of several the one that `prefers`.
fn winner(votes: &[usize], prefer_last: bool) -> usize {
    let most = votes.iter().map(|&class| count(votes, class)).max();
    let mut best = votes
        .iter()
        .filter(|class| Some(count(votes, **class)) == most);
    let class = if prefer_last {
        best.next_back()
    } else {
        best.next()
    };
    class.copied().unwrap_or_default()
}

fn neighbours() -> Vec<Mutant> {
    vec![
        mutant!(
            transfer.knn_probe / "nearest_only",
            "the nearest neighbour decides",
            |known, labels, x, _| reference::knn_probe(known, labels, x, 1)
        ),
        mutant!(
            transfer.knn_probe / "manhattan",
            "the sum of the absolute differences",
            |known, labels, x, k| vote(
                &known,
                &labels,
                &x,
                |a, b| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum(),
                false,
                |votes| winner(&votes[..k.min(votes.len())], false)
            )
        ),
        mutant!(
            transfer.knn_probe / "cosine",
            "the angle between the rows",
            |known, labels, x, k| vote(
                &known,
                &labels,
                &x,
                |a, b| {
                    let dot =
                        |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
                    -dot(a, b) / (dot(a, a) * dot(b, b) + 1e-9).sqrt()
                },
                false,
                |votes| winner(&votes[..k.min(votes.len())], false)
            )
        ),
        mutant!(
            transfer.knn_probe / "later_row_first",
            "of rows at the same distance the later one is nearer",
            |known, labels, x, k| vote(&known, &labels, &x, square, true, |votes| {
                winner(&votes[..k.min(votes.len())], false)
            })
        ),
        mutant!(
            transfer.knn_probe / "smallest_class_of_equals",
            "of classes with as many votes the smallest wins",
            |known, labels, x, k| vote(&known, &labels, &x, square, false, |votes| {
                let votes = &votes[..k.min(votes.len())];
                let mut sorted = votes.to_vec();
                sorted.sort_unstable();
                winner(&sorted, false)
            })
        ),
        mutant!(
            transfer.knn_probe / "farthest_of_equals",
            "of classes with as many votes the farthest wins",
            |known, labels, x, k| vote(&known, &labels, &x, square, false, |votes| {
                winner(&votes[..k.min(votes.len())], true)
            })
        ),
        mutant!(
            transfer.knn_probe / "farthest_rows",
            "the k farthest rows vote",
            |known, labels, x, k| vote(
                &known,
                &labels,
                &x,
                |a, b| -square(a, b),
                false,
                |votes| { winner(&votes[..k.min(votes.len())], false) }
            )
        ),
        mutant!(
            transfer.knn_probe / "one_neighbour_more",
            "k + 1 rows vote",
            |known, labels, x, k| reference::knn_probe(known, labels, x, k + 1)
        ),
    ]
}
