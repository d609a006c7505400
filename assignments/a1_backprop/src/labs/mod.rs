//! The labs of Assignment 1.

pub mod deep;
pub mod mlp;
pub mod network;
pub mod norms;
mod predictions;
mod students;

/// Every lab of this assignment.
#[must_use]
pub fn labs() -> Vec<common::train::Lab> {
    vec![mlp::LAB, norms::LAB]
}
