//! Course policy, late days, the store of results, the gradebook and its exports.

pub mod csv;
pub mod digits;
pub mod number;
pub mod policy;
pub mod roster;
