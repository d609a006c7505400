//! The labs of Assignment 1.

pub mod autodiff;
pub mod deep;
pub mod experiment;
pub mod generalisation;
pub mod mlp;
pub mod network;
pub mod norms;
pub mod optimisers;
pub mod perceptron;
mod predictions;
pub mod pretrain;
pub mod random_labels;
mod recipe;
mod students;

/// Every lab of this assignment.
#[must_use]
pub fn labs() -> Vec<common::train::Lab> {
    vec![
        perceptron::LAB,
        autodiff::LAB,
        mlp::LAB,
        mlp::BEST,
        optimisers::LAB,
        norms::LAB,
        pretrain::LAB,
        generalisation::LAB,
    ]
}
