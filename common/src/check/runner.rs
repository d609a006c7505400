//! Running checks.

use std::time::{Duration, Instant};

use super::{Check, Failure, Kind};
use crate::contract::{CallError, Submission, catch};
use crate::rng::Rng;

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It passed.
    Passed,
    /// It failed, and why.
    Failed(Failure),
}

/// A check that was run.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// The check.
    pub check: Check,
    /// How it ended.
    pub status: Status,
    /// Whether it drew random numbers. One that passed without is the same under every seed.
    pub random: bool,
    /// How long it took.
    pub time: Duration,
}

impl CheckResult {
    /// Whether it passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.status == Status::Passed
    }

    /// The points it gave.
    #[must_use]
    pub fn points(&self) -> u32 {
        if self.passed() { self.check.points } else { 0 }
    }

    /// Why it failed.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match &self.status {
            Status::Passed => None,
            Status::Failed(failure) => Some(failure),
        }
    }
}

/// Runs one check. Its random numbers are those of its id under `seed`, so a check does not depend on
/// which others run.
///
/// A check that itself panics is the grader's failure, not the student's: what a student's function
/// does arrives as a value.
#[must_use]
pub fn run_check(check: &Check, submission: &Submission, seed: u64) -> CheckResult {
    let start = Instant::now();
    let mut rng = Rng::named(seed, check.id);
    let verdict = catch(|| (check.run)(submission, &mut rng));
    let status = match verdict {
        Ok(Ok(())) => Status::Passed,
        Ok(Err(failure)) => Status::Failed(failure),
        Err(CallError::Panicked { message, .. } | CallError::NotImplemented(message)) => {
            Status::Failed(Failure {
                kind: Kind::Grader,
                message: format!("check {} panicked: {message}", check.id),
            })
        }
        Err(other) => Status::Failed(other.into()),
    };
    CheckResult {
        check: *check,
        status,
        random: rng != Rng::named(seed, check.id),
        time: start.elapsed(),
    }
}
