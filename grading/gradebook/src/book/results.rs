//! The hand-ins that stand: those of the latest results.

use std::collections::BTreeMap;

use crate::events::Events;
use crate::summary::HandIn;

/// The results of an assignment as they stand.
#[derive(Default)]
pub(super) struct Results<'a> {
    /// Whether there are any.
    pub any: bool,
    /// Whether every hand-in of the class is in the latest ones.
    pub complete: bool,
    /// By student, in the order in which they were handed in.
    pub of: BTreeMap<&'a str, Vec<&'a HandIn>>,
    /// Hand-ins that were in earlier results and are in the latest complete ones no longer, with the latest run
    /// that had them. Not those that made way for a later attempt: `grade` grades only the last one of each
    /// student unless told otherwise.
    pub vanished: BTreeMap<&'a str, i64>,
}

impl<'a> Results<'a> {
    /// A complete run says all there is; one that was interrupted adds to those before it.
    pub fn of(events: &'a Events, assignment: &str) -> Self {
        let mut runs: Vec<_> = events
            .runs
            .iter()
            .filter(|run| run.what.assignment == assignment)
            .collect();
        runs.sort_by_key(|run| run.seq);
        let mut standing: BTreeMap<&str, &HandIn> = BTreeMap::new();
        let mut seen: BTreeMap<&str, (i64, &HandIn)> = BTreeMap::new();
        for run in &runs {
            if run.what.complete {
                standing.clear();
            }
            for hand_in in &run.what.hand_ins {
                standing.insert(&hand_in.hand_in, hand_in);
                seen.insert(&hand_in.hand_in, (run.seq, hand_in));
            }
        }
        seen.retain(|name, (_, gone)| {
            let later =
                |other: &&HandIn| other.student == gone.student && other.attempt > gone.attempt;
            !standing.contains_key(name) && !standing.values().any(later)
        });
        let mut of: BTreeMap<&str, Vec<&HandIn>> = BTreeMap::new();
        for hand_in in standing.into_values() {
            of.entry(&hand_in.student).or_default().push(hand_in);
        }
        for hand_ins in of.values_mut() {
            in_order(hand_ins);
        }
        Self {
            any: !runs.is_empty(),
            complete: runs.last().is_some_and(|run| run.what.complete),
            of,
            vanished: seen
                .into_iter()
                .map(|(name, (seq, _))| (name, seq))
                .collect(),
        }
    }
}

/// Orders the hand-ins of a student by time, then by attempt, then by name; by attempt first when not all times
/// are known.
fn in_order(hand_ins: &mut [&HandIn]) {
    let timed = hand_ins.iter().all(|h| h.submitted_at.is_some());
    hand_ins.sort_by(|a, b| {
        let time = a.submitted_at.cmp(&b.submitted_at);
        let attempt = a.attempt.cmp(&b.attempt);
        let by_both = if timed {
            time.then(attempt)
        } else {
            attempt.then(time)
        };
        by_both.then_with(|| a.hand_in.cmp(&b.hand_in))
    });
}
