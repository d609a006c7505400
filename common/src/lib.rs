//! All that a student may call: data sets, the contract, checks, training loops, plots.

pub mod archive;
pub mod check;
pub mod contract;
pub mod data;
pub mod device;
pub mod error;
pub mod files;
pub mod linear;
pub mod nn;
pub mod plot;
pub mod rng;
pub mod rules;
pub mod student;
pub mod theory;
pub mod train;
