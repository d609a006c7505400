//! What each part is about, its hints, and its public checks: one file per part.
//!
//! The checks are worth 6 points per part, and they are there to be read: each works on numbers that can be
//! followed by hand, most of them those of the handout's examples. Tensors are in double precision.

mod losses;
mod mlp;
mod optimisers;
mod perceptron;
mod rules;
mod tensor_layers;

use common::check::{Check, Part};

/// The parts of this assignment, in the order of the handout.
pub const PARTS: &[Part] = &[
    perceptron::PART,
    tensor_layers::PART,
    losses::PART,
    mlp::PART,
    optimisers::PART,
];

/// All public checks, in the order of the parts.
#[must_use]
pub fn all() -> Vec<Check> {
    [
        perceptron::CHECKS,
        tensor_layers::CHECKS,
        losses::CHECKS,
        mlp::CHECKS,
        optimisers::CHECKS,
    ]
    .concat()
}
