//! Grades a class: what is kept, what is left to do, on one machine or on a cluster.
//!
//! ```text
//! results/a1/
//!   1001-1/                    one folder per hand-in: report.txt, results.json, staff.json, timing.json
//!   summary.csv summary.json   the class
//!   store/                     what was graded, by what decided it; checked by its hash when it is read
//!   journal.jsonl              what happened, a line each, on disk before the next step begins
//! ```
//!
//! - A [`Grader`] grades one hand-in. What it finds depends on the hand-in, the checks, the toolchain and the
//!   course's key only, and these name the entry of the [`Store`]: grading again gives the same bytes.
//! - A [`Run`] grades many, [`selected`](Selection) and longest first. It may be killed at any point; the
//!   next run takes what is done from the store.
//! - [`collect`] makes the class's summary of the results that are there, whoever graded them.
//! - A [`Worklist`] divides a class into chunks for machines that share a file system; [`slurm`] submits them.

mod collect;
mod error;
mod grader;
mod journal;
mod lock;
mod results;
mod run;
mod scratch;
mod selection;
pub mod slurm;
mod store;
mod worklist;

pub use collect::{Class, collect, named};
pub use error::RunError;
pub use grader::{Done, Grader, grading_key};
pub use journal::{Event, Journal, Past};
pub use lock::Lock;
pub use results::Results;
pub use run::{Progress, Run, Tally};
pub use selection::{Selection, Shard};
pub use store::Store;
pub use worklist::Worklist;
