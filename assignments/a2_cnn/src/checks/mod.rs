//! What each part is about, its hints, and its public checks: one file per part.
//!
//! The checks are worth 6 points per part, and they are there to be read: each works on numbers that can be
//! followed by hand, most of them those of the handout's examples. Tensors are in double precision.

mod alexnet;
mod cifar;
mod convolution;
mod detection;
mod lenet1989;
mod lenet5;
mod neocognitron;
mod pooling;
mod resnet;
mod rules;
mod segmentation;
mod spatial_norms;
mod transfer;

use common::check::{Check, Part};

/// The parts of this assignment, in the order of the handout.
pub const PARTS: &[Part] = &[
    neocognitron::PART,
    convolution::PART,
    pooling::PART,
    lenet1989::PART,
    lenet5::PART,
    alexnet::PART,
    resnet::PART,
    spatial_norms::PART,
    cifar::PART,
    transfer::PART,
    detection::PART,
    segmentation::PART,
];

/// All public checks, in the order of the parts.
#[must_use]
pub fn all() -> Vec<Check> {
    [
        neocognitron::CHECKS,
        convolution::CHECKS,
        pooling::CHECKS,
        lenet1989::CHECKS,
        lenet5::CHECKS,
        alexnet::CHECKS,
        resnet::CHECKS,
        spatial_norms::CHECKS,
        cifar::CHECKS,
        transfer::CHECKS,
        detection::CHECKS,
        segmentation::CHECKS,
    ]
    .concat()
}
