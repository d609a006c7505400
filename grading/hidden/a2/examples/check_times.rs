//! The processor's time of each check on the reference and the alternative: `cargo run -p hidden_a2 --example check_times`.

use std::collections::BTreeMap;
use std::time::Duration;

use common::check::run_check;
use common::contract::Submission;

/// How many seeds the times are the mean of.
const SEEDS: u64 = 5;

fn main() {
    common::device::use_double_precision();
    let suite = hidden_a2::suite();
    let mut tables = vec![("reference", suite.assignment.table)];
    tables.extend(
        suite
            .alternatives
            .iter()
            .map(|other| (other.id, other.table)),
    );
    for (name, table) in tables {
        let submission = Submission::local(table());
        let mut times: BTreeMap<&str, Duration> = BTreeMap::new();
        for seed in 0..SEEDS {
            for check in suite.checks() {
                *times.entry(check.id).or_default() += run_check(check, &submission, seed).time;
            }
        }
        let mut times: Vec<(Duration, &str)> =
            times.into_iter().map(|(id, time)| (time, id)).collect();
        times.sort();
        let all: Duration = times.iter().map(|(time, _)| *time).sum();
        println!(
            "{name}: {:.1} ms for all checks",
            all.as_secs_f64() * 1e3 / SEEDS as f64
        );
        for (time, id) in times.iter().rev().take(12) {
            println!("  {:7.2} ms  {id}", time.as_secs_f64() * 1e3 / SEEDS as f64);
        }
    }
}
