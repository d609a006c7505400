//! Hostile and clumsy hand-ins, and what each must cost.
//!
//! Each file in `fixtures/` is a [`Fixture`]: what it puts in the place of which of the reference's functions, or
//! which odd package it is, and what must come of it. [`Bench`] writes them all as one class between two honest
//! hand-ins, the grader grades the class as any other, and [`Bench::judge`] looks at what came of it: the verdicts,
//! and that no secret is in any result, no file outside is changed, no process is left.
//!
//! [`CATALOGUE`] lists what is known to be tried against a grader, with what stands against it: a fixture, or a
//! test where it is no hand-in.

mod bench;
mod catalogue;
mod error;
mod fixture;
mod outcome;
mod packages;

pub use bench::{Bench, Sources, replace_body, write_hand_in};
pub use catalogue::{CATALOGUE, Item, Proof};
pub use error::AttackError;
pub use fixture::{Fixture, read_fixtures};
pub use outcome::{Outcome, Report};
