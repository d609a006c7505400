//! The labs of Assignment 1.

pub mod autodiff;
pub mod mlp;
pub mod network;
pub mod optimisers;
pub mod perceptron;
mod predictions;
mod students;

/// Every lab of this assignment.
#[must_use]
pub fn labs() -> Vec<common::train::Lab> {
    vec![perceptron::LAB, autodiff::LAB, mlp::LAB, optimisers::LAB]
}
