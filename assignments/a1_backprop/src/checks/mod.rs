//! The public checks of Assignment 1, one file per part.
//!
//! They are worth 6 points per part, and they are there to be read: each works on numbers that can be
//! followed by hand, most of them those of the handout's examples. Tensors are in double precision.

mod losses;
mod mlp;
mod optimisers;
mod perceptron;
mod tensor_layers;

use common::check::Check;

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
