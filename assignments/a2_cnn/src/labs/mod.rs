//! The labs of Assignment 2.

pub mod neocognitron;
mod students;

/// Every lab of this assignment.
#[must_use]
pub fn labs() -> Vec<common::train::Lab> {
    vec![neocognitron::LAB]
}
