//! What a hidden check suite consists of: checks, mutants, and the proof that the checks work.
//!
//! - [`Suite`] and [`Mutant`] are what an assignment's hidden crate hands over.
//! - [`selftest()`] runs the checks on the reference and on every mutant: a check that no mutant
//!   fails is useless, a mutant that no check fails is a bug that a student would get away with.
//! - [`Report`] is what came out; [`render`] draws its kill matrix.

mod matrix;
mod selftest;
#[cfg(test)]
mod toy;

use common::check::{Assignment, Check};
use common::contract::Serve;

pub use matrix::render;
pub use selftest::{
    FalseReject, FalseRejects, Kill, MutantResult, Mutants, Report, Score, selftest,
};

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

/// Everything that grades one assignment.
pub struct Suite {
    /// The assignment, with its public checks and the reference's functions.
    pub assignment: Assignment,
    /// The hidden checks.
    pub hidden: Vec<Check>,
    /// What the checks must notice.
    pub mutants: Vec<Mutant>,
}

impl Suite {
    /// All checks that count: the public ones, then the hidden ones.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.assignment.checks.iter().chain(&self.hidden)
    }
}
