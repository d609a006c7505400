//! Running the public checks of some parts, and what came out.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::check::{Assignment, Check, CheckResult, Failure, Kind, Part, Status, run_check};
use crate::contract::{Serve, Submission};
use crate::rules::{Scan, scan};

/// How long one check may take.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The stack of a check's thread: room for a recursion that is deep but ends.
const STACK_BYTES: usize = 256 << 20;

/// The public checks of some parts of an assignment, run.
pub struct Report {
    /// `a1`
    pub assignment: &'static str,
    /// The title of the assignment.
    pub title: &'static str,
    /// Where the handout is, from the root of the workspace.
    pub handout: String,
    /// The seed of the checks' random numbers.
    pub seed: u64,
    /// The parts, in the order of the handout.
    pub parts: Vec<PartReport>,
}

/// The public checks of one part, run.
pub struct PartReport {
    /// The part.
    pub part: &'static Part,
    /// Its checks, in their order.
    pub results: Vec<CheckResult>,
    /// What its source contains that is forbidden.
    pub scan: Scan,
}

/// How far a student is with a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Every function still is the starter's.
    NotStarted,
    /// So many checks pass of so many.
    Partly(usize, usize),
    /// Every public check passes.
    Done,
    /// The source breaks a rule, so no check counts.
    BreaksRule,
}

impl Report {
    /// Runs the public checks of `parts`, one after the other, each for at most `limit`, and searches their
    /// `sources` for what is forbidden. Before a check runs, `begin` is told its id.
    #[must_use]
    pub fn run(
        assignment: &Assignment,
        parts: &[&'static Part],
        sources: &BTreeMap<String, String>,
        seed: u64,
        limit: Duration,
        begin: &dyn Fn(&str),
    ) -> Self {
        let run_part = |part: &&'static Part| PartReport {
            part,
            results: assignment
                .checks
                .iter()
                .filter(|check| check.part == part.id)
                .map(|check| {
                    begin(check.id);
                    run_within(*check, assignment.table, seed, limit)
                })
                .collect(),
            scan: scan(part, sources),
        };
        Self {
            assignment: assignment.id,
            title: assignment.title,
            handout: format!("assignments/{}/HANDOUT.md", assignment.package),
            seed,
            parts: parts.iter().map(run_part).collect(),
        }
    }

    /// The points reached.
    #[must_use]
    pub fn points(&self) -> u32 {
        self.parts.iter().map(PartReport::points).sum()
    }

    /// The points that can be reached.
    #[must_use]
    pub fn max(&self) -> u32 {
        self.parts.iter().map(PartReport::max).sum()
    }

    /// The number of hidden checks, and their points.
    #[must_use]
    pub fn hidden(&self) -> (usize, u32) {
        let parts = self.parts.iter().map(PartReport::hidden);
        parts.fold((0, 0), |(n, points), more| (n + more.0, points + more.1))
    }

    /// Whether every check passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.parts
            .iter()
            .all(|part| part.progress() == Progress::Done)
    }

    /// The report as one JSON document.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "assignment": self.assignment,
            "seed": self.seed,
            "points": self.points(),
            "max": self.max(),
            "parts": self.parts.iter().map(PartReport::to_json).collect::<Vec<_>>(),
        })
    }
}

impl PartReport {
    /// The points reached: none where a rule is broken.
    #[must_use]
    pub fn points(&self) -> u32 {
        if self.scan.is_clean() {
            self.results.iter().map(CheckResult::points).sum()
        } else {
            0
        }
    }

    /// The points that can be reached.
    #[must_use]
    pub fn max(&self) -> u32 {
        self.results.iter().map(|result| result.check.points).sum()
    }

    /// The number of hidden checks, and their points: those that the public checks leave.
    #[must_use]
    pub fn hidden(&self) -> (usize, u32) {
        (self.part.hidden_checks, self.part.points - self.max())
    }

    /// How far the part is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let passed = self.results.iter().filter(|result| result.passed()).count();
        if !self.scan.is_clean() {
            Progress::BreaksRule
        } else if passed == self.results.len() {
            Progress::Done
        } else if self.results.iter().all(is_not_implemented) {
            Progress::NotStarted
        } else {
            Progress::Partly(passed, self.results.len())
        }
    }

    /// The check to look at next: the first that gives a wrong answer, or else the first whose
    /// function is not written yet.
    #[must_use]
    pub fn next(&self) -> Option<&CheckResult> {
        let failed = || self.results.iter().filter(|result| !result.passed());
        failed()
            .find(|result| !is_not_implemented(result))
            .or_else(|| failed().next())
    }

    fn to_json(&self) -> Value {
        json!({
            "id": self.part.id,
            "title": self.part.title,
            "points": self.points(),
            "max": self.max(),
            "hidden_checks": self.part.hidden_checks,
            "hidden_points": self.hidden().1,
            "violations": self.scan.violations,
            "unread": self.scan.unread,
            "checks": self.results.iter().map(check_json).collect::<Vec<_>>(),
        })
    }
}

/// Whether a check failed only because a function still is the starter's.
#[must_use]
pub fn is_not_implemented(result: &CheckResult) -> bool {
    result
        .failure()
        .is_some_and(|failure| failure.kind == Kind::NotImplemented)
}

fn check_json(result: &CheckResult) -> Value {
    let failure = result.failure();
    json!({
        "id": result.check.id,
        "points": result.points(),
        "max": result.check.points,
        "passed": result.passed(),
        "kind": failure.map(|failure| kind_name(failure.kind)),
        "message": failure.map(|failure| failure.message.as_str()),
        "seconds": result.time.as_secs_f64(),
    })
}

/// The name of a kind in JSON: stable, for programs.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::NotImplemented => "not_implemented",
        Kind::Wrong => "wrong",
        Kind::Panicked => "panicked",
        Kind::TimedOut => "timed_out",
        Kind::Crashed => "crashed",
        Kind::Grader => "grader",
    }
}

/// Runs one check on a thread of its own. A check that does not end in time is left behind on its
/// thread, which ends with the process.
fn run_within(
    check: Check,
    table: fn() -> Box<dyn Serve>,
    seed: u64,
    limit: Duration,
) -> CheckResult {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::Builder::new()
        .name(check.id.to_string()) // a stack overflow ends the process with the thread's name
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let submission = Submission::local(table());
            // The receiver is gone when the time was up.
            let _ = sender.send(run_check(&check, &submission, seed));
        });
    if let Err(error) = thread {
        return failed(
            check,
            Kind::Grader,
            format!("no thread for the check: {error}"),
        );
    }
    match receiver.recv_timeout(limit) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => CheckResult {
            time: limit,
            ..failed(check, Kind::TimedOut, timed_out(limit))
        },
        Err(RecvTimeoutError::Disconnected) => {
            failed(check, Kind::Grader, "the check's thread ended early".into())
        }
    }
}

fn timed_out(limit: Duration) -> String {
    format!(
        "timed out after {} s: is there a loop that does not end?",
        limit.as_secs_f64()
    )
}

fn failed(check: Check, kind: Kind, message: String) -> CheckResult {
    CheckResult {
        check,
        status: Status::Failed(Failure { kind, message }),
        random: false,
        time: Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn report(table: fn() -> Box<dyn Serve>) -> Report {
        report_within(table, TIME_LIMIT)
    }

    fn report_within(table: fn() -> Box<dyn Serve>, limit: Duration) -> Report {
        let assignment = sample::assignment(table);
        let parts: Vec<&Part> = sample::PARTS.iter().collect();
        Report::run(&assignment, &parts, &BTreeMap::new(), 0, limit, &|_| ())
    }

    fn progress(report: &Report) -> Vec<Progress> {
        report.parts.iter().map(PartReport::progress).collect()
    }

    #[test]
    fn right_functions_get_every_point() {
        let report = report(sample::right);
        assert!(report.passed());
        assert_eq!((report.points(), report.max()), (6, 6));
        assert!(report.parts[0].next().is_none());
    }

    #[test]
    fn the_starter_is_not_started() {
        let report = report(sample::starter);
        assert!(!report.passed());
        assert_eq!(report.points(), 0);
        assert_eq!(progress(&report), [Progress::NotStarted; 2]);
    }

    #[test]
    fn the_first_wrong_answer_comes_next() {
        let report = report(sample::begun);
        assert_eq!(
            progress(&report),
            [Progress::Partly(1, 2), Progress::NotStarted]
        );
        assert_eq!(report.parts[0].next().unwrap().check.id, "adding/subtract");
    }

    #[test]
    fn a_check_that_hangs_is_timed_out_and_the_rest_goes_on() {
        let report = report_within(sample::stuck, Duration::from_secs(1));
        let add = report.parts[0].results[0].failure().unwrap();
        assert_eq!(add.kind, Kind::TimedOut);
        assert_eq!(
            add.message,
            "timed out after 1 s: is there a loop that does not end?"
        );
        assert_eq!(report.points(), 4);
    }

    #[test]
    fn a_panic_is_a_failure_like_others() {
        let report = report(sample::panicking);
        let add = report.parts[0].results[0].failure().unwrap();
        assert_eq!(add.kind, Kind::Panicked);
        assert_eq!(add.message, "add: panicked: no idea\n  input: a 1, b 2");
        assert_eq!(report.points(), 4);
    }

    #[test]
    fn a_broken_rule_costs_the_part_and_is_in_the_json() {
        let assignment = sample::assignment(sample::right);
        let parts: Vec<&Part> = sample::PARTS.iter().collect();
        let sources = sample::with_std_sums();
        let report = Report::run(&assignment, &parts, &sources, 0, TIME_LIMIT, &|_| ());
        assert_eq!(progress(&report), [Progress::BreaksRule, Progress::Done]);
        assert_eq!((report.points(), report.max()), (3, 6));
        assert!(!report.passed());
        let json = report.to_json();
        assert_eq!(json["parts"][0]["checks"][0]["passed"], true);
        assert_eq!(
            json["parts"][0]["violations"],
            json!([{
                "file": "adding.rs",
                "line": 3,
                "found": "`Add::add`, which is `std::ops::Add::add`",
                "rule": "no sums of std's",
                "instead": "add the numbers yourself",
            }])
        );
        assert_eq!(json["parts"][1]["violations"], json!([]));
    }

    #[test]
    fn begin_is_told_each_check() {
        let told = std::cell::RefCell::new(Vec::new());
        let assignment = sample::assignment(sample::right);
        let begin = |id: &str| told.borrow_mut().push(id.to_string());
        let parts = [&sample::PARTS[1]];
        let _ = Report::run(&assignment, &parts, &BTreeMap::new(), 0, TIME_LIMIT, &begin);
        assert_eq!(*told.borrow(), ["doubling/double"]);
    }

    #[test]
    fn json_has_every_check_with_its_failure() {
        let json = report(sample::begun).to_json();
        assert_eq!((&json["points"], &json["max"]), (&json!(2), &json!(6)));
        assert_eq!(json["parts"][0]["id"], "S1.1");
        let checks = &json["parts"][0]["checks"];
        assert_eq!(checks[0]["passed"], true);
        assert_eq!(checks[0]["kind"], Value::Null);
        assert_eq!(checks[1]["kind"], "wrong");
        assert_eq!(
            checks[1]["message"],
            "subtract: expected -1.0, got 1.0\n  input: a = 1, b = 2"
        );
        assert_eq!(json["parts"][1]["checks"][0]["kind"], "not_implemented");
    }
}
