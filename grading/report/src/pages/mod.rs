//! Pages of a class's results: one of the class and one of each hand-in for assistants, and one of each hand-in
//! for the student.
//!
//! They are files that need no network and no server. Everything that comes from a hand-in is escaped, and a
//! content security policy forbids whatever does not stand in the page with its hash.

mod class_page;
mod counting;
mod error;
mod file_names;
mod filters;
mod flags;
mod frame;
mod histogram;
mod model;
mod parallel;
mod policy;
mod rates;
mod read;
mod slow;
mod staff_page;
mod stats;
mod student_page;
mod words;
mod write;

pub use counting::{Attempts, attempts};
pub use error::ReportError;
pub use file_names::file_name;
pub(crate) use frame::{Frame, is_ours};
pub use model::{
    Answer, Compile, HandInResults, Public, PublicExtra, PublicPart, Question, Staff, StaffCheck,
    StaffPart, Test, TestExtra, Theory, Violation,
};
pub(crate) use parallel::for_each;
pub use read::ClassResults;
pub(crate) use student_page::student_page;
pub use write::{Pages, write_pages};
pub(crate) use write::{head, write};

use std::collections::BTreeMap;

/// What is known of a class beside its results.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// The late days of the students, by their number. Without any there are no columns for them.
    pub late: BTreeMap<String, LateSummary>,
    /// The hand-in that counts, by the student's number, where it is not the newest.
    pub counting: BTreeMap<String, String>,
    /// What the students are called, by their number. Only the class's page says it.
    pub names: BTreeMap<String, String>,
}

/// How late a hand-in is and what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateSummary {
    /// Days after the deadline, as the course counts them.
    pub days_late: u32,
    /// How many of them the student's slack days pay for.
    pub slack_used: u32,
    /// What the others cost, in per cent.
    pub penalty_percent: u32,
}
