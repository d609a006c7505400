//! A1.5: Kaiming's rule, and what becomes of the signal without its gain.

use a1_backprop::theory::KaimingLayer;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("fan_out", |e: &KaimingLayer| {
            let variance = 2.0 / e.fan_out as f64;
            [Some(variance), Some((3.0 * variance).sqrt()), None]
        })
        .mistake("gain_missing", |e: &KaimingLayer| {
            let variance = 1.0 / e.fan_in as f64;
            [Some(variance), Some((3.0 * variance).sqrt()), None]
        })
        .mistake("deviation_for_variance", |e: &KaimingLayer| {
            let [variance, _, factor] = right(e);
            [
                Some(variance.sqrt()),
                Some(variance.sqrt()),
                Some(factor.sqrt()),
            ]
        })
        .mistake("glorot", |e: &KaimingLayer| {
            let variance = 2.0 / (e.fan_in + e.fan_out) as f64;
            [Some(variance), Some((3.0 * variance).sqrt()), Some(1.0)]
        })
}

fn right(e: &KaimingLayer) -> [f64; 3] {
    let fan_in = e.fan_in as f64;
    [
        2.0 / fan_in,
        (6.0 / fan_in).sqrt(),
        0.5f64.powi(e.depth as i32),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::rng::Rng;
    use common::theory::Exercise;

    /// A layer with these weights keeps the mean square of its pre-activations, one with gain 1 halves it.
    #[test]
    fn a_simulated_layer_agrees() {
        let mut rng = Rng::new(3);
        let e = KaimingLayer::draw(&mut rng);
        let [variance, bound, factor] = right(&e);
        assert!((bound * bound / 3.0 - variance).abs() < 1e-15);
        let trials = 20_000;
        let mean_square = |rng: &mut Rng, gain: f64| {
            let squares = (0..trials).map(|_| {
                let terms = (0..e.fan_in)
                    .map(|_| rng.uniform(-bound, bound) * gain * rng.normal().max(0.0));
                terms.sum::<f64>().powi(2)
            });
            squares.sum::<f64>() / trials as f64
        };
        // The square of a normal number has the variance 2: 6 sigma are 6 sqrt(2 / 20000) = 0.06.
        assert!((mean_square(&mut rng, 1.0) - 1.0).abs() < 0.06);
        assert!((mean_square(&mut rng, 0.5f64.sqrt()) - 0.5).abs() < 0.03);
        assert_eq!(factor, (0..e.depth).fold(1.0, |factor, _| factor / 2.0));
    }
}
