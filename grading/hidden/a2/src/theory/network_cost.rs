//! A2.9: what a convolutional network costs.

use a2_cnn::theory::NetworkCost;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("second_convolution_at_full_size", |e: &NetworkCost| {
            let [_, products] = right(e);
            let more = 9 * e.first * e.second * 3 * (e.side / 2).pow(2);
            [None, Some(products + more as f64)]
        })
        .mistake("no_biases_no_normalisation", |e: &NetworkCost| {
            let [parameters, _] = right(e);
            let left_out = e.first + 2 * e.second + e.classes;
            [Some(parameters - left_out as f64), None]
        })
        .mistake("running_statistics_counted", |e: &NetworkCost| {
            let [parameters, _] = right(e);
            [Some(parameters + 2.0 * e.second as f64), None]
        })
        .mistake("one_kernel_for_all_inputs", |e: &NetworkCost| {
            let weights = e.kernel * e.kernel * e.first + 9 * e.second + e.second * e.classes;
            let quarter = (e.side / 2).pow(2);
            let products = e.kernel * e.kernel * e.first * e.side * e.side
                + 9 * e.second * quarter
                + e.second * e.classes;
            let rest = e.first + 2 * e.second + e.classes;
            [Some((weights + rest) as f64), Some(products as f64)]
        })
        .mistake("additions_counted_too", |e: &NetworkCost| {
            let [_, products] = right(e);
            [None, Some(2.0 * products)]
        })
        .mistake("head_sees_every_pixel", |e: &NetworkCost| {
            let [parameters, products] = right(e);
            let more = ((e.side / 2).pow(2) - 1) * e.second * e.classes;
            [Some(parameters + more as f64), Some(products + more as f64)]
        })
}

fn right(e: &NetworkCost) -> [f64; 2] {
    let first = e.kernel * e.kernel * e.channels * e.first;
    let second = 9 * e.first * e.second;
    let head = e.second * e.classes;
    let parameters = first + e.first + second + 2 * e.second + head + e.classes;
    let products = first * e.side * e.side + second * (e.side / 2).pow(2) + head;
    [parameters as f64, products as f64]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// Each output of a convolution and each weight that it uses, one by one.
    fn convolution(inputs: usize, outputs: usize, kernel: usize, side: usize) -> [usize; 2] {
        let (mut weights, mut products) = (0, 0);
        for _ in 0..outputs {
            for _ in 0..inputs {
                for _ in 0..kernel * kernel {
                    weights += 1;
                    for _row in 0..side {
                        products += side;
                    }
                }
            }
        }
        [weights, products]
    }

    #[test]
    fn counting_one_by_one_agrees() {
        agrees(
            right,
            |e: &NetworkCost| {
                let [mut parameters, mut products] =
                    convolution(e.channels, e.first, e.kernel, e.side);
                parameters += e.first;
                let [weights, more] = convolution(e.first, e.second, 3, e.side / 2);
                parameters += weights;
                products += more;
                // gamma and beta, then the rows of the head and its bias.
                parameters += (0..e.second).map(|_| 2).sum::<usize>();
                for _class in 0..e.classes {
                    parameters += e.second + 1;
                    products += e.second;
                }
                [parameters as f64, products as f64]
            },
            0.0,
        );
    }
}
