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

/// Round numbers for a logarithmic axis, the first at or below `low` and the last at or above `high`: 1, 2 and 5
/// times powers of ten, or the powers alone where that would be more than `count`.
pub(super) fn log_ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let scaled = |factor: f64, power: i32| match power {
        0.. => factor * 10f64.powi(power),
        _ => factor / 10f64.powi(-power), // rounded once: 0.05 is 0.05
    };
    let covering = |factors: &[f64]| {
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let all = (first..=last).flat_map(|power| factors.iter().map(move |f| scaled(*f, power)));
        let all: Vec<f64> = all.collect();
        let from = all.iter().rposition(|tick| *tick <= low).unwrap_or(0);
        let to = all.iter().position(|tick| *tick >= high);
        let to = to.unwrap_or(all.len() - 1).max(from + 1);
        all[from..=to.min(all.len() - 1)].to_vec()
    };
    let fine = covering(&[1.0, 2.0, 5.0]);
    if fine.len() <= count {
        fine
    } else {
        covering(&[1.0])
    }
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
    fn log_ticks_are_round_and_cover_the_values() {
        assert_eq!(log_ticks(0.03, 0.4, 8), [0.02, 0.05, 0.1, 0.2, 0.5]);
        assert_eq!(
            log_ticks(0.03, 400.0, 8),
            [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]
        );
        assert_eq!(log_ticks(10.0, 10.0, 8), [10.0, 20.0]);
        assert_eq!(log_ticks(1.0, 100.0, 3), [1.0, 10.0, 100.0]);
    }

    #[test]
    fn labels_have_the_decimals_of_the_step() {
        assert_eq!(label(0.6000000000000001, 0.2), "0.6");
        assert_eq!(label(20.0, 5.0), "20");
        assert_eq!(label(0.05, 0.05), "0.05");
    }
}
