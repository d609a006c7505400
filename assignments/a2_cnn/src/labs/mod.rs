//! The labs of Assignment 2.

pub mod alexnet;
pub mod cifar;
mod class_names;
pub mod depth;
mod depth_network;
pub mod detect;
mod digits;
mod filter_network;
mod filter_pictures;
pub mod filters;
mod learner;
pub mod lenet1989;
pub mod lenet5;
pub mod modernise;
pub mod neocognitron;
pub mod saliency;
mod scene_sets;
pub mod segment;
mod students;
pub mod transfer;

/// Every lab of this assignment.
#[must_use]
pub fn labs() -> Vec<common::train::Lab> {
    vec![
        neocognitron::LAB,
        filters::LAB,
        lenet1989::LAB,
        lenet5::ORIGINAL,
        lenet5::LAB,
        modernise::LAB,
        alexnet::LAB,
        depth::LAB,
        cifar::LAB,
        transfer::LAB,
        detect::EIGHT,
        detect::LAB,
        segment::LAB,
        segment::EIGHT,
        saliency::LAB,
    ]
}
