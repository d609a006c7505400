//! A2.10: what is trained when a network is fine-tuned, and how fast.

use a2_cnn::theory::FrozenNetwork;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("old_head", |e: &FrozenNetwork| {
            [Some(trained(e, e.before)), None]
        })
        .mistake("first_block_trained", |e: &FrozenNetwork| {
            let first = 9 * e.widths[0] + 2 * e.widths[0];
            [Some(trained(e, e.after) + first as f64), None]
        })
        .mistake("running_statistics_trained", |e: &FrozenNetwork| {
            let statistics = 2 * (e.widths[1] + e.widths[2]);
            [Some(trained(e, e.after) + statistics as f64), None]
        })
        .mistake("no_normalisation", |e: &FrozenNetwork| {
            let affine = 2 * (e.widths[1] + e.widths[2]);
            [Some(trained(e, e.after) - affine as f64), None]
        })
        .mistake("head_sees_one_pixel", |e: &FrozenNetwork| {
            let one_pixel = FrozenNetwork { side: 8, ..copy(e) };
            [Some(trained(&one_pixel, e.after)), None]
        })
        .mistake("one_division", |e: &FrozenNetwork| {
            [None, Some(e.lr / e.factor)]
        })
        .mistake("rates_rise", |e: &FrozenNetwork| {
            [None, Some(e.lr * e.factor * e.factor)]
        })
        .mistake("factor_twice", |e: &FrozenNetwork| {
            // Linear instead of geometric: at a factor of 2 both are the same.
            let rate = e.lr / (2.0 * e.factor);
            let other = (e.factor - 2.0).abs() > 1e-9;
            [None, other.then_some(rate)]
        })
}

fn copy(e: &FrozenNetwork) -> FrozenNetwork {
    FrozenNetwork { ..*e }
}

/// The numbers of the second block, of the third, and of a head for so many classes.
fn trained(e: &FrozenNetwork, classes: usize) -> f64 {
    let [a, b, c] = e.widths;
    let features = c * (e.side / 8).pow(2);
    let blocks = 9 * a * b + 2 * b + 9 * b * c + 2 * c;
    (blocks + (features + 1) * classes) as f64
}

fn right(e: &FrozenNetwork) -> [f64; 2] {
    [trained(e, e.after), e.lr / e.factor.powi(2)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// A list of all tensors with their shapes, and the names that are trained.
    #[test]
    fn a_list_of_tensors_agrees() {
        agrees(
            right,
            |e: &FrozenNetwork| {
                let mut tensors: Vec<(String, Vec<usize>)> = Vec::new();
                let (mut from, mut side) = (1, e.side);
                for (k, to) in (1..).zip(e.widths) {
                    tensors.push((format!("conv{k}.kernel"), vec![to, from, 3, 3]));
                    for name in ["gamma", "beta", "mean", "variance"] {
                        tensors.push((format!("norm{k}.{name}"), vec![to]));
                    }
                    (from, side) = (to, side / 2);
                }
                tensors.push(("head.weight".into(), vec![from * side * side, e.after]));
                tensors.push(("head.bias".into(), vec![e.after]));
                let is_trained = |name: &str| {
                    let frozen = name.starts_with("conv1.") || name.starts_with("norm1.");
                    !frozen && !name.ends_with("mean") && !name.ends_with("variance")
                };
                let numbers = tensors.iter().filter(|(name, _)| is_trained(name));
                let count: usize = numbers
                    .map(|(_, shape)| shape.iter().product::<usize>())
                    .sum();
                let mut rate = e.lr;
                for _before in ["conv3", "conv2"] {
                    rate /= e.factor;
                }
                [count as f64, rate]
            },
            1e-12,
        );
    }
}
