//! A1.8: mean and deviation of a sum behind dropout.

use a1_backprop::theory::DropoutSum;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("not_scaled", |e: &DropoutSum| {
            right(e).map(|x| Some(x * (1.0 - e.p)))
        })
        .mistake("variance_for_deviation", |e: &DropoutSum| {
            let [_, deviation] = right(e);
            [None, Some(deviation * deviation)]
        })
        .mistake("kept_with_probability_p", |e: &DropoutSum| {
            let [mean, deviation] = right(e);
            let scale = e.p / (1.0 - e.p);
            [Some(mean * scale), Some(deviation / scale)]
        })
        .mistake("scaled_twice", |e: &DropoutSum| {
            right(e).map(|x| Some(x / (1.0 - e.p)))
        })
}

fn right(e: &DropoutSum) -> [f64; 2] {
    let terms = || e.activations.iter().zip(e.weights).map(|(a, w)| a * w);
    let squares: f64 = terms().map(|term| term * term).sum();
    [terms().sum(), (squares * e.p / (1.0 - e.p)).sqrt()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    #[test]
    fn all_eight_masks_agree() {
        agrees(
            right,
            |e: &DropoutSum| {
                let (mut mean, mut square) = (0.0, 0.0);
                for mask in 0..8 {
                    let (mut probability, mut z) = (1.0, 0.0);
                    for i in 0..3 {
                        if mask >> i & 1 == 1 {
                            probability *= 1.0 - e.p;
                            z += e.weights[i] * e.activations[i] / (1.0 - e.p);
                        } else {
                            probability *= e.p;
                        }
                    }
                    mean += probability * z;
                    square += probability * z * z;
                }
                [mean, (square - mean * mean).sqrt()]
            },
            1e-9,
        );
    }
}
