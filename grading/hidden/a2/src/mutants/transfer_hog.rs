//! Mutants of A2.10: features made by hand.

use burn::tensor::{Tensor, TensorData};
use common::contract::a2::*;
use hidden_suite::Mutant;

use super::transfer::PART;

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

/// The mutants of histograms of oriented gradients.
pub fn mutants() -> Vec<Mutant> {
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
