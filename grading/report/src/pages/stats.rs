//! The figures of a class.

/// Mean and quartiles of some points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// The mean.
    pub mean: f64,
    /// The lower quartile.
    pub lower: f64,
    /// The median.
    pub median: f64,
    /// The upper quartile.
    pub upper: f64,
}

impl Figures {
    /// The figures of `points`, or nothing when there are none.
    #[must_use]
    pub fn of(points: &[u32]) -> Option<Self> {
        if points.is_empty() {
            return None;
        }
        let mut sorted = points.to_vec();
        sorted.sort_unstable();
        let sum: f64 = sorted.iter().copied().map(f64::from).sum();
        Some(Self {
            mean: sum / sorted.len() as f64,
            lower: quantile(&sorted, 0.25),
            median: quantile(&sorted, 0.5),
            upper: quantile(&sorted, 0.75),
        })
    }
}

/// A quantile by straight lines between the sorted values, as R (type 7), NumPy and spreadsheets have it.
fn quantile(sorted: &[u32], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let (low, high) = (f64::from(sorted[below]), f64::from(sorted[above]));
    low + (high - low) * place.fract()
}

/// How many have how many points. The bin `i` begins at `i * width`. When bins are of one number each, `max` has
/// its own; else the last one holds `max` too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bins {
    /// How many points a bin is wide.
    pub width: u32,
    /// The most that can be had.
    pub max: u32,
    /// How many are in each bin.
    pub counts: Vec<usize>,
}

impl Bins {
    /// At most this many bins, so that each is wide enough to be seen.
    const MOST: u32 = 24;

    /// The bins of `points` out of `max`. More than `max` counts as `max`.
    #[must_use]
    pub fn of(points: &[u32], max: u32) -> Self {
        let max = max.max(1);
        let widths = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u32.pow(power)));
        let width = widths
            .into_iter()
            .find(|width| max.div_ceil(*width) <= Self::MOST)
            .unwrap_or(max);
        let bins = max.div_ceil(width) as usize + usize::from(width == 1);
        let mut counts = vec![0; bins];
        for &points in points {
            counts[((points / width) as usize).min(bins - 1)] += 1;
        }
        Self { width, max, counts }
    }
}

/// `part` of `whole` in whole per cent. Only all is 100, and only none is 0.
#[must_use]
pub fn percent(part: impl Into<u64>, whole: impl Into<u64>) -> u64 {
    let (part, whole) = (part.into(), whole.into());
    if part == 0 || whole == 0 {
        return 0;
    }
    if part >= whole {
        return 100;
    }
    let share = part as f64 / whole as f64 * 100.0;
    (share.round() as u64).clamp(1, 99)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_those_worked_out_by_hand() {
        // Places 0.75, 1.5 and 2.25 of 1, 2, 4, 8.
        let figures = Figures::of(&[8, 1, 4, 2]).unwrap();
        assert_eq!(figures.mean, 3.75);
        assert_eq!(figures.lower, 1.75);
        assert_eq!(figures.median, 3.0);
        assert_eq!(figures.upper, 5.0);
    }

    #[test]
    fn one_value_is_every_figure_and_none_has_no_figures() {
        let figures = Figures::of(&[7]).unwrap();
        assert_eq!((figures.lower, figures.upper, figures.mean), (7., 7., 7.));
        assert_eq!(Figures::of(&[]), None);
    }

    #[test]
    fn full_points_are_in_the_last_bin() {
        let bins = Bins::of(&[0, 9, 10, 239, 240, 999], 240);
        assert_eq!((bins.width, bins.counts.len()), (10, 24));
        assert_eq!(bins.counts[..2], [2, 1]);
        assert_eq!(bins.counts[23], 3);
        assert_eq!(bins.counts.iter().sum::<usize>(), 6);
    }

    #[test]
    fn odd_maxima_have_bins_too() {
        assert_eq!(Bins::of(&[], 0).counts, [0, 0]);
        assert_eq!(Bins::of(&[0, 2, 3, 3], 3).counts, [1, 0, 1, 2]);
        assert_eq!(Bins::of(&[], 40).width, 2);
        assert_eq!(
            Bins::of(&[u32::MAX], u32::MAX).counts.iter().sum::<usize>(),
            1
        );
    }

    #[test]
    fn per_cent_says_all_and_none_only_of_all_and_none() {
        assert_eq!(percent(0_u32, 300_u32), 0);
        assert_eq!(percent(1_u32, 300_u32), 1);
        assert_eq!(percent(299_u32, 300_u32), 99);
        assert_eq!(percent(300_u32, 300_u32), 100);
        assert_eq!(percent(1_u32, 3_u32), 33);
        assert_eq!(percent(2_u32, 3_u32), 67);
        assert_eq!(percent(5_u32, 0_u32), 0);
    }
}
