//! Mutants of A2.10: what is made of features, features made by hand, files.

use a2_cnn::parts::transfer as reference;
use burn::tensor::{Tensor, TensorData};
use common::contract::a2::*;
use hidden_suite::Mutant;

use super::transfer::PART;

/// The mutants of probes, of HOG and of files.
pub fn mutants() -> Vec<Mutant> {
    let mut all = probes();
    all.extend(neighbours());
    all.extend(histograms());
    all.extend(files());
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

/// The rows of a matrix.
fn rows(x: &Tensor<2>) -> Vec<Vec<f64>> {
    let d = x.dims()[1];
    let all: Vec<f64> = x.to_data().iter().collect();
    all.chunks(d).map(<[f64]>::to_vec).collect()
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

/// What is wrong with the histograms.
#[derive(Clone, Copy, PartialEq)]
enum HogBug {
    Signed,
    HardBins,
    CentresAtEdges,
    NoWrap,
    ZeroOutside,
    NotHalved,
    Counts,
    SquaredLength,
    AxesExchanged,
    CellsNotBlocks,
    BlocksApart,
    SumNorm,
    NoEps,
    EpsOnce,
    ColumnsFirst,
}

/// `hog` with one bug.
macro_rules! histogram {
    ($name:literal, $Bug:ident, $words:literal) => {
        mutant!(transfer.hog / $name, $words, |x, cell, bins| hog(
            HogBug::$Bug,
            &x,
            cell,
            bins
        ))
    };
}

fn histograms() -> Vec<Mutant> {
    vec![
        histogram!("signed", Signed, "angles go around the whole circle"),
        histogram!("nearest_bin_only", HardBins, "a pixel votes for one bin"),
        histogram!(
            "centres_at_edges",
            CentresAtEdges,
            "the centre of bin b is at b pi / bins"
        ),
        histogram!(
            "no_wrap",
            NoWrap,
            "the last bin and the first are no neighbours"
        ),
        histogram!(
            "zero_outside",
            ZeroOutside,
            "the pixels over the edge are 0"
        ),
        histogram!(
            "not_halved",
            NotHalved,
            "the gradient is the whole difference"
        ),
        histogram!("counts", Counts, "every pixel has one vote"),
        histogram!(
            "squared_length",
            SquaredLength,
            "the square of the length is the vote"
        ),
        histogram!("axes_exchanged", AxesExchanged, "atan2(gx, gy)"),
        histogram!(
            "cells_not_blocks",
            CellsNotBlocks,
            "each cell is normalised on its own"
        ),
        histogram!("blocks_apart", BlocksApart, "blocks do not overlap"),
        histogram!("sum_norm", SumNorm, "a block is divided by its sum"),
        histogram!("no_eps", NoEps, "an empty block is 0 / 0"),
        histogram!("eps_not_squared", EpsOnce, "eps is added to the square"),
        histogram!(
            "columns_first",
            ColumnsFirst,
            "the cells of a block come column by column"
        ),
    ]
}

fn hog(bug: HogBug, x: &Tensor<4>, cell: usize, bins: usize) -> Tensor<2> {
    let [n, _, h, w] = x.dims();
    let pixels: Vec<f64> = x.to_data().iter().collect();
    let (rows, columns) = (h / cell, w / cell);
    let mut features = Vec::new();
    for picture in pixels.chunks(h * w) {
        let cells = cells(bug, picture, [h, w], cell, bins);
        let step = if bug == HogBug::BlocksApart { 2 } else { 1 };
        for top in (0..rows - 1).step_by(step) {
            for left in (0..columns - 1).step_by(step) {
                let at = |i, j| {
                    let (i, j) = if bug == HogBug::ColumnsFirst {
                        (j, i)
                    } else {
                        (i, j)
                    };
                    cells[((top + i) * columns + left + j) * bins..][..bins].to_vec()
                };
                let four = [at(0, 0), at(0, 1), at(1, 0), at(1, 1)];
                let block = four.concat();
                let length = |v: &[f64]| {
                    let square: f64 = v.iter().map(|v| v * v).sum();
                    match bug {
                        HogBug::NoEps => square.sqrt(),
                        HogBug::EpsOnce => (square + HOG_EPS).sqrt(),
                        HogBug::SumNorm => v.iter().sum::<f64>() + HOG_EPS,
                        _ => (square + HOG_EPS * HOG_EPS).sqrt(),
                    }
                };
                match bug {
                    HogBug::CellsNotBlocks => {
                        for own in four {
                            features.extend(own.iter().map(|v| v / length(&own)));
                        }
                    }
                    _ => features.extend(block.iter().map(|v| v / length(&block))),
                }
            }
        }
    }
    let d = features.len() / n;
    Tensor::from_data(TensorData::new(features, [n, d]), (&x.device(), x.dtype()))
}

fn cells(bug: HogBug, picture: &[f64], [h, w]: [usize; 2], cell: usize, bins: usize) -> Vec<f64> {
    let (rows, columns) = (h / cell, w / cell);
    let at = |i: isize, j: isize| {
        let (row, column) = (
            i.clamp(0, h as isize - 1) as usize,
            j.clamp(0, w as isize - 1) as usize,
        );
        let inside = row as isize == i && column as isize == j;
        match bug {
            HogBug::ZeroOutside if !inside => 0.0,
            _ => picture[row * w + column],
        }
    };
    let half = if bug == HogBug::NotHalved { 1.0 } else { 0.5 };
    let turn = match bug {
        HogBug::Signed => std::f64::consts::TAU,
        _ => std::f64::consts::PI,
    };
    let mut cells = vec![0.0; rows * columns * bins];
    for i in 0..rows * cell {
        for j in 0..columns * cell {
            let (row, column) = (i as isize, j as isize);
            let gx = half * (at(row, column + 1) - at(row, column - 1));
            let gy = half * (at(row + 1, column) - at(row - 1, column));
            let angle = match bug {
                HogBug::AxesExchanged => gx.atan2(gy),
                _ => gy.atan2(gx),
            };
            let vote = match bug {
                HogBug::Counts => 1.0,
                HogBug::SquaredLength => gx * gx + gy * gy,
                _ => gx.hypot(gy),
            };
            let centre = if bug == HogBug::CentresAtEdges {
                0.0
            } else {
                0.5
            };
            let place = angle.rem_euclid(turn) / turn * bins as f64 - centre;
            let below = place.floor();
            let share = match bug {
                HogBug::HardBins => (place - below).round(),
                _ => place - below,
            };
            for (bin, part) in [(below, 1.0 - share), (below + 1.0, share)] {
                let outside = bin < 0.0 || bin >= bins as f64;
                if bug == HogBug::NoWrap && outside {
                    continue;
                }
                let bin = (bin as i64).rem_euclid(bins as i64) as usize;
                cells[(i / cell * columns + j / cell) * bins + bin] += vote * part;
            }
        }
    }
    cells
}

fn files() -> Vec<Mutant> {
    vec![
        mutant!(
            transfer.save_weights / "single_precision",
            "numbers lose half of their digits",
            |weights| {
                let cut = |tensor: NamedTensor| {
                    let single = tensor.values.cast(burn::tensor::DType::F32);
                    NamedTensor {
                        values: single.cast(burn::tensor::DType::F64),
                        ..tensor
                    }
                };
                reference::save_weights(weights.into_iter().map(cut).collect())
            }
        ),
        mutant!(
            transfer.save_weights / "length_in_letters",
            "the length of a name is counted in letters",
            |weights| {
                let mut file = reference::save_weights(weights.clone());
                let letters = weights
                    .first()
                    .map_or(0, |tensor| tensor.name.chars().count());
                if let Some(length) = file.get_mut(8) {
                    *length = letters as u8;
                }
                file
            }
        ),
        mutant!(
            transfer.save_weights / "big_endian",
            "the number of tensors is big endian",
            |weights| {
                let mut file = reference::save_weights(weights);
                file[4..8].reverse();
                file
            }
        ),
        mutant!(
            transfer.save_weights / "sorted",
            "tensors come in the order of their names",
            |weights| {
                let mut weights = weights;
                weights.sort_by(|a, b| a.name.cmp(&b.name));
                reference::save_weights(weights)
            }
        ),
        mutant!(
            transfer.load_weights / "bytes_left_over",
            "what is behind the last tensor is not looked at",
            |bytes| {
                let shorter = bytes[..bytes.len().saturating_sub(1)].to_vec();
                reference::load_weights(bytes).or_else(|_| reference::load_weights(shorter))
            }
        ),
        mutant!(
            transfer.load_weights / "panics_on_short_files",
            "a file that ends too early is a panic",
            |bytes| match reference::load_weights(bytes) {
                Err(why) if why.contains("early") => panic!("index out of bounds"),
                other => other,
            }
        ),
        mutant!(
            transfer.load_weights / "any_beginning",
            "the first four letters are not looked at",
            |bytes| {
                let mut bytes = bytes;
                if let Some(letters) = bytes.get_mut(..4) {
                    letters.copy_from_slice(b"WGT1");
                }
                reference::load_weights(bytes)
            }
        ),
        mutant!(
            transfer.load_weights / "last_of_a_name_wins",
            "a name may be there twice",
            |bytes| match reference::load_weights(bytes) {
                Err(why) if why.contains("twice") => Ok(vec![]),
                other => other,
            }
        ),
        mutant!(
            transfer.load_weights / "letters_replaced",
            "what is not UTF-8 in a name is replaced",
            |bytes| match reference::load_weights(bytes) {
                Err(why) if why.contains("UTF-8") => Ok(vec![]),
                other => other,
            }
        ),
        mutant!(
            transfer.load_weights / "sizes_wrap_around",
            "the product of the sizes may be larger than a number can be",
            |bytes| match reference::load_weights(bytes) {
                Err(why) if why.contains("too large") => Ok(vec![]),
                other => other,
            }
        ),
        mutant!(
            transfer.load_weights / "flat",
            "every tensor has one axis",
            |bytes| {
                let flat = |tensor: NamedTensor| NamedTensor {
                    shape: vec![tensor.shape.iter().product()],
                    ..tensor
                };
                Ok(reference::load_weights(bytes)?
                    .into_iter()
                    .map(flat)
                    .collect())
            }
        ),
        mutant!(
            transfer.load_weights / "single_precision",
            "numbers are read in single precision",
            |bytes| {
                let cut = |tensor: NamedTensor| NamedTensor {
                    values: tensor.values.cast(burn::tensor::DType::F32),
                    ..tensor
                };
                Ok(reference::load_weights(bytes)?
                    .into_iter()
                    .map(cut)
                    .collect())
            }
        ),
    ]
}
