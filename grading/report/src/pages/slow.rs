//! What took long, from `timing.json`.

use std::collections::HashMap;

use super::model::HandInResults;

/// How many are listed.
const LISTED: usize = 10;

/// A hand-in that took long.
#[derive(Debug, Clone, Copy)]
pub struct SlowHandIn<'a> {
    /// The hand-in.
    pub hand_in: &'a HandInResults,
    /// Seconds for all.
    pub seconds: f64,
    /// Hundredths of the longest bar for reading and compiling.
    pub compile_width: f64,
    /// Hundredths of the longest bar for the checks.
    pub check_width: f64,
}

/// A check that takes long.
#[derive(Debug, Clone, Copy)]
pub struct SlowCheck<'a> {
    /// Its id.
    pub id: &'a str,
    /// The median over the class, in seconds.
    pub median: f64,
    /// The longest, in seconds.
    pub longest: f64,
    /// Whose was the longest.
    pub whose: &'a HandInResults,
}

/// The hand-ins that took longest, the longest first.
#[must_use]
pub fn hand_ins<'a>(all: &[&'a HandInResults]) -> Vec<SlowHandIn<'a>> {
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| b.seconds().total_cmp(&a.seconds()));
    sorted.truncate(LISTED);
    let longest = sorted
        .first()
        .map_or(0.0, |first| first.seconds())
        .max(1e-9);
    let slow = sorted.into_iter().map(|hand_in| SlowHandIn {
        hand_in,
        seconds: hand_in.seconds(),
        compile_width: (hand_in.timing.read + hand_in.timing.compile) / longest * 100.0,
        check_width: hand_in.timing.check / longest * 100.0,
    });
    slow.collect()
}

/// The checks whose longest run was longest, the longest first.
#[must_use]
pub fn checks<'a>(all: &[&'a HandInResults]) -> Vec<SlowCheck<'a>> {
    let mut runs: HashMap<&str, Vec<(f64, &HandInResults)>> = HashMap::new();
    for hand_in in all {
        for (id, seconds) in &hand_in.timing.checks {
            runs.entry(id).or_default().push((*seconds, hand_in));
        }
    }
    let slow = runs.into_iter().filter_map(|(id, mut runs)| {
        runs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (longest, whose) = *runs.last()?;
        Some(SlowCheck {
            id,
            median: f64::midpoint(runs[(runs.len() - 1) / 2].0, runs[runs.len() / 2].0),
            longest,
            whose,
        })
    });
    let mut slow: Vec<_> = slow.collect();
    slow.sort_by(|a, b| b.longest.total_cmp(&a.longest).then(a.id.cmp(b.id)));
    slow.truncate(LISTED);
    slow
}
