//! What a hidden check suite consists of: checks, mutants, and the proof that the checks work.
//!
//! - [`Suite`], [`Mutant`] and [`Alternative`] are what an assignment's hidden crate hands over.
//! - [`selftest()`] runs the checks on the reference, on other right implementations and on every mutant:
//!   a check that refuses a right one is unjust, a check that no mutant fails is useless, a mutant that no
//!   check fails is a bug that a student would get away with.
//! - [`theory`] does the same for the theory sheet.
//! - [`Report`] is what came out; [`render`] draws its kill matrix.
//! - [`conformance`] is what the tests of a hidden crate call, part by part.
//! - [`nonsense`] and the macros are what every hidden crate declares its tables, mutants, shortcuts and tests with.
//! - [`prove_rules`] does the same for what the parts forbid, on sources.

pub mod conformance;
mod macros;
mod matrix;
pub mod nonsense;
mod rules;
mod selftest;
pub mod theory;
mod times;
#[cfg(test)]
mod toy;

use common::check::{Assignment, Check};
use common::contract::Serve;

pub use matrix::render;
pub use rules::{Right, RulesReport, Shortcut, Sources, prove_rules};
pub use selftest::{
    AlternativeScore, FalseReject, FalseRejects, Kill, MutantResult, Mutants, Report, Score,
    selftest,
};
pub use times::check_times;

/// The reference but for one function with one typical student bug.
pub struct Mutant {
    /// Unique in the assignment: the function, then the bug: `linear_backward/db_averaged`.
    pub id: &'static str,
    /// The part whose checks must notice: `A1.3`.
    pub part: &'static str,
    /// The bug in words.
    pub bug: &'static str,
    /// Makes the mutant's functions.
    pub table: fn() -> Box<dyn Serve>,
}

/// The whole assignment once more, right and in another style: what another good student might write. A
/// check that refuses it asks for more than the contract says.
pub struct Alternative {
    /// Unique in the assignment: `plain_loops`.
    pub id: &'static str,
    /// Makes its functions.
    pub table: fn() -> Box<dyn Serve>,
}

/// Everything that grades one assignment.
pub struct Suite {
    /// The assignment, with its public checks and the reference's functions.
    pub assignment: Assignment,
    /// The hidden checks.
    pub hidden: Vec<Check>,
    /// What the checks must notice.
    pub mutants: Vec<Mutant>,
    /// What the checks must let pass, beside the reference.
    pub alternatives: Vec<Alternative>,
    /// The solutions of the theory sheet.
    pub solutions: Vec<theory::Solution>,
    /// What the parts' rules must notice.
    pub shortcuts: Vec<Shortcut>,
}

impl Suite {
    /// All checks that count: the public ones, then the hidden ones.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.assignment.checks.iter().chain(&self.hidden)
    }

    /// The points that the theory sheet can give.
    #[must_use]
    pub fn theory_max(&self) -> u32 {
        let questions = self.assignment.theory.iter();
        questions
            .map(|question| question.answers.len() as u32)
            .sum()
    }
}
