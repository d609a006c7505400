//! A2.4: parameters and connections of two layers of planes.

use a2_cnn::theory::SharedWeights;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("shared_biases", |e: &SharedWeights| {
            let [weights1, weights2] = weights(e);
            [
                Some((weights1 + e.first) as f64),
                Some((weights2 + e.second) as f64),
                None,
            ]
        })
        .mistake("dense", |e: &SharedWeights| {
            let dense = SharedWeights {
                seen: e.first,
                ..*e
            };
            let [_, parameters, connections] = right(&dense);
            [None, Some(parameters), Some(connections)]
        })
        .mistake("unshared_weights", |e: &SharedWeights| {
            let [units1, units2] = units(e);
            let area = e.kernel * e.kernel;
            [
                Some((units1 * (area + 1)) as f64),
                Some((units2 * (e.seen * area + 1)) as f64),
                None,
            ]
        })
        .mistake("bias_is_no_connection", |e: &SharedWeights| {
            let [_, units2] = units(e);
            let lines = units2 * e.seen * e.kernel * e.kernel;
            [None, None, Some(lines as f64)]
        })
        .mistake("one_kernel_for_all_it_sees", |e: &SharedWeights| {
            let one = SharedWeights { seen: 1, ..*e };
            let [_, parameters, connections] = right(&one);
            [None, Some(parameters), Some(connections)]
        })
}

/// Units of both layers.
fn units(e: &SharedWeights) -> [usize; 2] {
    [
        e.first * (e.side / 2) * (e.side / 2),
        e.second * (e.side / 4) * (e.side / 4),
    ]
}

/// Shared weights of both layers.
fn weights(e: &SharedWeights) -> [usize; 2] {
    let area = e.kernel * e.kernel;
    [e.first * area, e.second * e.seen * area]
}

fn right(e: &SharedWeights) -> [f64; 3] {
    let ([units1, units2], [weights1, weights2]) = (units(e), weights(e));
    let lines = units2 * (e.seen * e.kernel * e.kernel + 1);
    [weights1 + units1, weights2 + units2, lines].map(|n| n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;
    use std::collections::HashSet;

    /// Every line into every unit is drawn, and the different weights at their ends are counted.
    #[test]
    fn counting_one_by_one_agrees() {
        let layer = |planes: usize, seen: usize, side: usize, kernel: usize| {
            let (mut numbers, mut lines) = (HashSet::new(), 0);
            for plane in 0..planes {
                for unit in 0..side * side {
                    numbers.insert([plane, unit, usize::MAX, 0]);
                    lines += 1;
                    for below in 0..seen {
                        for place in 0..kernel * kernel {
                            numbers.insert([plane, below, place, 1]);
                            lines += 1;
                        }
                    }
                }
            }
            (numbers.len() as f64, lines as f64)
        };
        agrees(
            right,
            |e: &SharedWeights| {
                let (first, _) = layer(e.first, 1, e.side / 2, e.kernel);
                let (second, lines) = layer(e.second, e.seen, e.side / 4, e.kernel);
                [first, second, lines]
            },
            0.0,
        );
    }

    #[test]
    fn the_paper_counts_the_same() {
        let lenet = SharedWeights {
            side: 16,
            kernel: 5,
            first: 12,
            second: 12,
            seen: 8,
        };
        assert_eq!(right(&lenet), [1068.0, 2592.0, 38_592.0]);
    }
}
