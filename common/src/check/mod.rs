//! Checks: what they are, how values are compared, how a suite is run.
//!
//! A check is a function over a [`Submission`]. The same
//! check runs on a student's functions in the same process, on a hand-in in a sandbox, on the
//! reference and on mutants of it.

mod assignment;
mod compare;
mod failure;
mod gradient;
mod literal;
mod runner;

pub use assignment::{Assignment, Part};
pub use compare::{
    Tolerance, alike, close, close_values, equal, equal_bits, finite, shape, within,
};
pub use failure::{Failure, Kind, Verdict, ensure};
pub use gradient::{numeric_gradient, numeric_gradient_of};
pub(crate) use literal::nested;
pub use literal::{labels, show, tensor};
pub use runner::{CheckResult, Status, run_check};

use crate::contract::Submission;
use crate::rng::Rng;

/// One thing that is checked, and what it is worth.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Unique in the assignment: the part's module, then what is checked: `losses/shift_invariance`.
    pub id: &'static str,
    /// The part it belongs to: `A1.4`.
    pub part: &'static str,
    /// What passing it is worth.
    pub points: u32,
    /// What it proves, in one sentence that a student may read.
    pub proves: &'static str,
    /// Where to look when it fails, in one sentence that a student may read.
    pub hint: &'static str,
    /// The check itself. Every random number it uses comes from the generator it is given.
    pub run: fn(&Submission, &mut Rng) -> Verdict,
}
