//! The labs of Assignment 2.

pub mod detect;
mod learner;
mod scene_sets;

/// Every lab of this assignment.
#[must_use]
pub fn labs() -> Vec<common::train::Lab> {
    vec![detect::EIGHT, detect::LAB]
}
