//! Round numbers for an axis.

/// About `count` round numbers that cover `0..=high`, ending at or above `high`: steps of 1, 2 or 5
/// times a power of ten, at least `smallest`.
pub(super) fn ticks(high: f64, count: usize, smallest: f64) -> Vec<f64> {
    let high = if high.is_finite() && high > 0.0 {
        high
    } else {
        1.0
    };
    let rough = high / count as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * power)
        .max(smallest);
    let last = (high / step - 1e-9).ceil() as usize;
    (0..=last).map(|i| i as f64 * step).collect()
}

/// The number as short as it can be at a distance of `step` to the next.
pub(super) fn label(value: f64, step: f64) -> String {
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_values() {
        assert_eq!(
            ticks(0.93, 5, 0.0),
            [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]
        );
        assert_eq!(ticks(10.0, 5, 1.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(3.0, 8, 1.0), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(ticks(0.0, 4, 0.0).last(), Some(&1.0));
        assert_eq!(ticks(f64::NAN, 4, 0.0).last(), Some(&1.0));
    }

    #[test]
    fn labels_have_the_decimals_of_the_step() {
        assert_eq!(label(0.6000000000000001, 0.2), "0.6");
        assert_eq!(label(20.0, 5.0), "20");
        assert_eq!(label(0.05, 0.05), "0.05");
    }
}
