//! The labs of Assignment 2.

pub mod neocognitron;
mod students;
mod filter_network;
mod filter_pictures;
pub mod filters;
mod digits;
pub mod lenet1989;
pub mod lenet5;

/// Every lab of this assignment.
#[must_use]
pub fn labs() -> Vec<common::train::Lab> {
    vec![neocognitron::LAB]
    vec![filters::LAB]
    vec![lenet1989::LAB, lenet5::LAB]
}
