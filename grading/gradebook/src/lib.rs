//! Course policy, late days, the store of results, the gradebook and its exports.
//!
//! [`class::Class`] opens a course's folder. [`store::Store`] keeps what happened: results of grading, marks, decisions.
//! [`book::compute`] makes the [`book::Book`] of policy, roster and events, and of nothing else; [`mod@explain`] and
//! [`export`] write it down.

pub mod book;
pub mod class;
pub mod csv;
pub mod diff;
pub mod digits;
pub mod events;
pub mod explain;
pub mod export;
pub mod grade;
pub mod late;
pub mod marks;
pub mod number;
pub mod policy;
pub mod roster;
pub mod store;
pub mod summary;

pub use jiff::Timestamp;

#[cfg(test)]
mod sample;
