//! Course policy, late days, the store of results, the gradebook and its exports.

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

#[cfg(test)]
mod sample;
