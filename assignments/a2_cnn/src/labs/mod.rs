//! The labs of Assignment 2.

pub mod depth;
mod depth_network;

/// Every lab of this assignment.
#[must_use]
pub fn labs() -> Vec<common::train::Lab> {
    vec![depth::LAB]
}
