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
        Ok(Err(failure)) => Status::Failed(match submission.failed_call() {
            Some(call) => failure.of_call(&call),
            None => failure,
        }),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Tolerance, Verdict, close, equal, tensor};
    use burn::tensor::Tensor;

    crate::contract! {
        /// Two functions that can panic.
        pub trait Halves, table HalvesTable {
            /// `x / 2`, of `[1, 2]`.
            fn half(x: Tensor<2>, kernel: [usize; 2]) -> Tensor<2>;
            /// 7
            fn seven() -> usize;
        }
    }

    fn message(table: HalvesTable, run: fn(&Submission, &mut Rng) -> Verdict) -> String {
        let check = Check {
            id: "halves/check",
            part: "H",
            points: 1,
            proves: "",
            hint: "",
            run,
        };
        let result = run_check(&check, &Submission::local(table), 0);
        result.failure().expect("it fails").message.clone()
    }

    const PANICS: HalvesTable = HalvesTable {
        half: |x, kernel| match kernel {
            [3, _] => panic!("no half"),
            _ => x / 2.0,
        },
        seven: || panic!("no seven"),
    };

    fn halves(submission: &Submission, _: &mut Rng) -> Verdict {
        for kernel in [[2, 2], [3, 2]] {
            let got = submission.half(tensor([[1.0, 4.0]]), kernel)?;
            close(&got, &tensor([[0.5, 2.0]]), Tolerance::EXACT)?;
        }
        Ok(())
    }

    #[test]
    fn a_panic_says_which_example_it_was() {
        assert_eq!(
            message(PANICS, halves),
            "half: panicked: no half\n  input: x [[1, 4]], kernel [3, 2]"
        );
        let seven = |submission: &Submission, _: &mut Rng| equal(&submission.seven()?, &7);
        assert_eq!(message(PANICS, seven), "seven: panicked: no seven");
        let named = [message(PANICS, halves), message(PANICS, seven)];
        for (function, message) in HalvesTable::FUNCTIONS.iter().zip(named) {
            assert!(message.starts_with(&format!("{function}: ")), "{message}");
        }
    }

    #[test]
    fn what_a_check_says_of_a_panic_itself_is_not_said_again() {
        let run = |submission: &Submission, _: &mut Rng| {
            let half = submission.half(tensor([[1.0]]), [3, 3]).map(|_| ());
            half.map_err(|error| Failure::from(error).about("half of one").on_input("one"))
        };
        assert_eq!(
            message(PANICS, run),
            "half of one: panicked: no half\n  input: one"
        );
    }

    #[test]
    fn only_the_failure_of_the_call_itself_is_said_to_be_of_it() {
        let table = HalvesTable {
            half: |_, _| todo!("H half"),
            ..PANICS
        };
        assert_eq!(message(table, halves), "not implemented yet: H half");
        let elsewhere = |submission: &Submission, _: &mut Rng| {
            let _ = submission.seven();
            equal(&1, &2)
        };
        assert_eq!(message(PANICS, elsewhere), "expected 2, got 1");
    }
}
