//! What an item is worth to a student, and how items are put together.

use serde::Serialize;

/// The worth of an item, as a share of what can be had.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Grade {
    /// It is known.
    Scored {
        /// 0 to 1.
        share: f64,
    },
    /// It is not known yet; never to be read as 0.
    Pending {
        /// What is certain already.
        low: f64,
        /// What it can still become.
        high: f64,
    },
    /// It does not count for this student.
    Excused,
}

impl Grade {
    /// Nothing is known of it.
    pub const OPEN: Self = Self::Pending {
        low: 0.0,
        high: 1.0,
    };

    /// `points` of `max`.
    #[must_use]
    pub fn of(points: f64, max: f64) -> Self {
        Self::Scored {
            share: points / max,
        }
    }

    /// The share, when it is known.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        match self {
            Self::Scored { share } => Some(share),
            _ => None,
        }
    }

    /// Whether it is not known yet.
    #[must_use]
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Pending { .. })
    }

    /// What is certain, and what it can become; `None` when it does not count.
    fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Self::Scored { share } => Some((share, share)),
            Self::Pending { low, high } => Some((low, high)),
            Self::Excused => None,
        }
    }
}

/// The weighted mean. Excused items leave their weight to the others in proportion; when nothing is left, the
/// whole is excused. Items without weight change nothing.
#[must_use]
pub fn combined(items: &[(f64, Grade)]) -> Grade {
    let counting: Vec<(f64, (f64, f64))> = items
        .iter()
        .filter(|(weight, _)| *weight > 0.0)
        .filter_map(|&(weight, grade)| Some((weight, grade.bounds()?)))
        .collect();
    let all: f64 = counting.iter().map(|(weight, _)| weight).sum();
    if counting.is_empty() {
        return Grade::Excused;
    }
    let low = counting.iter().map(|(w, (low, _))| w * low).sum::<f64>() / all;
    let high = counting.iter().map(|(w, (_, high))| w * high).sum::<f64>() / all;
    let pending = |(weight, grade): &(f64, Grade)| *weight > 0.0 && grade.is_pending();
    if items.iter().any(pending) {
        Grade::Pending { low, high }
    } else {
        Grade::Scored { share: low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: Grade = Grade::Scored { share: 0.5 };
    const FULL: Grade = Grade::Scored { share: 1.0 };

    #[test]
    fn a_mean_is_weighted() {
        assert_eq!(
            combined(&[(0.75, FULL), (0.25, HALF)]),
            Grade::Scored { share: 0.875 }
        );
    }

    #[test]
    fn what_is_excused_leaves_its_weight_to_the_others() {
        let items = [(0.5, FULL), (0.25, HALF), (0.25, Grade::Excused)];
        // 0.5/0.75 x 1 + 0.25/0.75 x 0.5
        let share = combined(&items).share().unwrap();
        assert!((share - 5.0 / 6.0).abs() < 1e-12);
        assert_eq!(combined(&[(1.0, Grade::Excused)]), Grade::Excused);
        // an item without weight cannot carry it: that would be nothing divided by nothing
        assert_eq!(
            combined(&[(1.0, Grade::Excused), (0.0, HALF)]),
            Grade::Excused
        );
    }

    #[test]
    fn what_is_pending_keeps_the_whole_open_between_two_bounds() {
        let items = [(0.75, HALF), (0.25, Grade::OPEN)];
        assert_eq!(
            combined(&items),
            Grade::Pending {
                low: 0.375,
                high: 0.625
            }
        );
        assert_eq!(combined(&[(1.0, HALF), (0.0, Grade::OPEN)]), HALF);
    }
}
