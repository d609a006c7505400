//! A2.8: group normalisation of one image, and a folded channel.

use a2_cnn::theory::NormAndFold;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("groups_interleaved", |e: &NormAndFold| {
            [
                Some(output(e, &[e.channels[0], e.channels[2]], 2)),
                None,
                None,
            ]
        })
        .mistake("channel_alone", |e: &NormAndFold| {
            [Some(output(e, &[e.channels[2]], 2)), None, None]
        })
        .mistake("affine_of_the_group", |e: &NormAndFold| {
            [Some(output(e, &e.channels[2..], 1)), None, None]
        })
        .mistake("variance_over_one_less", |e: &NormAndFold| {
            let x = (output(e, &e.channels[2..], 2) - e.beta[2]) * 0.75f64.sqrt();
            [Some(x + e.beta[2]), None, None]
        })
        .mistake("eps_forgotten", |e: &NormAndFold| {
            let [mean, variance, _] = e.running;
            let running = [mean, variance, 0.0];
            let [_, weight, bias] = right(&NormAndFold { running, ..*e });
            [None, Some(weight), Some(bias)]
        })
        .mistake("root_forgotten", |e: &NormAndFold| {
            let scale = e.affine[0] / (e.running[1] + e.running[2]);
            [None, Some(e.weight * scale), None]
        })
        .mistake("bias_not_scaled", |e: &NormAndFold| {
            [
                None,
                None,
                Some(e.bias - e.running[0] * scale(e) + e.affine[1]),
            ]
        })
        .mistake("mean_forgotten", |e: &NormAndFold| {
            [None, None, Some(e.bias * scale(e) + e.affine[1])]
        })
}

/// The first pixel of channel 3, normalised with `set`, with the scale and the shift at `affine`.
fn output(e: &NormAndFold, set: &[[f64; 2]], affine: usize) -> f64 {
    let numbers = set.concat();
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let normalised = (e.channels[2][0] - mean) / variance.sqrt();
    e.gamma[affine] * normalised + e.beta[affine]
}

fn scale(e: &NormAndFold) -> f64 {
    e.affine[0] / (e.running[1] + e.running[2]).sqrt()
}

fn right(e: &NormAndFold) -> [f64; 3] {
    [
        output(e, &e.channels[2..], 2),
        e.weight * scale(e),
        (e.bias - e.running[0]) * scale(e) + e.affine[1],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// The variance from the distances of all pairs; and kernel and bias as slope and value at 0 of what the channel
    /// gives for a pixel.
    #[test]
    fn pairs_of_pixels_and_a_straight_line_agree() {
        agrees(
            right,
            |e: &NormAndFold| {
                let set = e.channels[2..].concat();
                let pairs = set
                    .iter()
                    .flat_map(|a| set.iter().map(move |b| (a - b).powi(2)));
                let variance = pairs.sum::<f64>() / 32.0;
                let distance: f64 = set.iter().map(|x| e.channels[2][0] - x).sum::<f64>() / 4.0;
                let [mean, running, eps] = e.running;
                let channel = |pixel: f64| {
                    let y = e.weight * pixel + e.bias;
                    e.affine[0] * (y - mean) / (running + eps).sqrt() + e.affine[1]
                };
                [
                    e.gamma[2] * distance / variance.sqrt() + e.beta[2],
                    channel(1.0) - channel(0.0),
                    channel(0.0),
                ]
            },
            1e-9,
        );
    }
}
