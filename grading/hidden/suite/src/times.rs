//! What the checks of a suite cost.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use common::check::run_check;
use common::contract::Submission;
use common::device::use_double_precision;

use crate::Suite;

/// How many seeds the times are the mean of.
const SEEDS: u64 = 5;
/// How many checks are named.
const NAMED: usize = 12;

/// The processor's time of all checks on the reference and on each alternative, in milliseconds a seed, and of the checks that
/// cost most.
#[must_use]
pub fn check_times(suite: &Suite) -> String {
    use_double_precision();
    let mut text = String::new();
    let mut tables = vec![("reference", suite.assignment.table)];
    let alternatives = suite.alternatives.iter();
    tables.extend(alternatives.map(|other| (other.id, other.table)));
    for (name, table) in tables {
        let submission = Submission::local(table());
        let mut times: BTreeMap<&str, Duration> = BTreeMap::new();
        for seed in 0..SEEDS {
            for check in suite.checks() {
                *times.entry(check.id).or_default() += run_check(check, &submission, seed).time;
            }
        }
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3 / SEEDS as f64;
        let all: Duration = times.values().sum();
        let _ = writeln!(text, "{name}: {:.1} ms for all checks", milliseconds(all));
        let mut times: Vec<(Duration, &str)> = times.into_iter().map(|(id, t)| (t, id)).collect();
        times.sort();
        for (time, id) in times.iter().rev().take(NAMED) {
            let _ = writeln!(text, "  {:7.2} ms  {id}", milliseconds(*time));
        }
    }
    text
}
