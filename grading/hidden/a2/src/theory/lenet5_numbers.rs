//! A2.5: a sparse layer, a unit of sub-sampling, and the loss of the RBF units.

use a2_cnn::theory::Lenet5Numbers;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("dense", |e: &Lenet5Numbers| {
            let planes = e.threes + e.fours + 1;
            let weights = planes * 6 * e.kernel * e.kernel;
            [Some((weights + planes) as f64), None, None]
        })
        .mistake("a_bias_for_each_link", |e: &Lenet5Numbers| {
            let area = e.kernel * e.kernel;
            [Some((links(e) * (area + 1)) as f64), None, None]
        })
        .mistake("mean_of_four", |e: &Lenet5Numbers| {
            let mean = Lenet5Numbers {
                coefficient: e.coefficient / 4.0,
                ..*e
            };
            [None, Some(right(&mean)[1]), None]
        })
        .mistake("plain_tanh", |e: &Lenet5Numbers| {
            let sum = e.coefficient * e.units.iter().sum::<f64>() + e.bias;
            [None, Some(sum.tanh()), None]
        })
        .mistake("bias_inside", |e: &Lenet5Numbers| {
            let inside = Lenet5Numbers {
                bias: e.bias * e.coefficient,
                ..*e
            };
            [None, Some(right(&inside)[1]), None]
        })
        .mistake("equation_8", |e: &Lenet5Numbers| {
            [None, None, Some(e.distances[0])]
        })
        .mistake("without_j", |e: &Lenet5Numbers| {
            let [d1, d2, d3] = e.distances;
            let sum = 1.0 + (d1 - d2).exp() + (d1 - d3).exp();
            [None, None, Some(sum.ln())]
        })
        .mistake("j_itself", |e: &Lenet5Numbers| {
            let sum = e.distances.iter().map(|d| (-d).exp()).sum::<f64>();
            [None, None, Some(e.distances[0] + (e.j + sum).ln())]
        })
        .mistake("others_only", |e: &Lenet5Numbers| {
            let [d1, d2, d3] = e.distances;
            let sum = (-e.j).exp() + (-d2).exp() + (-d3).exp();
            [None, None, Some(d1 + sum.ln())]
        })
}

fn links(e: &Lenet5Numbers) -> usize {
    3 * e.threes + 4 * e.fours + 6
}

fn right(e: &Lenet5Numbers) -> [f64; 3] {
    let planes = e.threes + e.fours + 1;
    let sum = e.coefficient * e.units.iter().sum::<f64>() + e.bias;
    let others = e.distances.iter().map(|d| (-d).exp()).sum::<f64>() + (-e.j).exp();
    [
        (links(e) * e.kernel * e.kernel + planes) as f64,
        1.7159 * (sum * 2.0 / 3.0).tanh(),
        e.distances[0] + others.ln(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// The planes one by one; tanh by exponentials; the loss as cross-entropy with one class more, which has the score -j.
    #[test]
    fn another_way_agrees() {
        agrees(
            right,
            |e: &Lenet5Numbers| {
                let seen = [vec![3; e.threes], vec![4; e.fours], vec![6]].concat();
                let parameters = seen.iter().map(|seen| seen * e.kernel.pow(2) + 1);
                let sum: f64 = e.units.iter().map(|unit| e.coefficient * unit).sum();
                let power = (-4.0 / 3.0 * (sum + e.bias)).exp();
                let [d1, d2, d3] = e.distances;
                let scores = [-d1, -d2, -d3, -e.j];
                let share = 1.0 / scores.iter().map(|s| (s - scores[0]).exp()).sum::<f64>();
                [
                    parameters.sum::<usize>() as f64,
                    1.7159 * (1.0 - power) / (1.0 + power),
                    -share.ln(),
                ]
            },
            1e-12,
        );
    }

    #[test]
    fn c3_of_the_paper_has_1516_parameters() {
        let c3 = Lenet5Numbers {
            threes: 6,
            fours: 9,
            kernel: 5,
            units: [0.5; 4],
            coefficient: 0.5,
            bias: 0.1,
            distances: [1.0, 2.5, 2.6],
            j: 1.0,
        };
        assert_eq!(right(&c3)[0], 1516.0);
    }
}
