//! The labs of Assignment 2.

pub mod detect;
mod learner;
pub mod saliency;
mod scene_sets;
pub mod segment;

/// Every lab of this assignment.
#[must_use]
pub fn labs() -> Vec<common::train::Lab> {
    vec![
        detect::EIGHT,
        detect::LAB,
        segment::EIGHT,
        segment::LAB,
        saliency::LAB,
    ]
}
