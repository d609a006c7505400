//! What each part is about, its hints, and its public checks: one file per part.
//!
//! The checks are worth 6 points per part, and they are there to be read: each works on numbers that can be
//! followed by hand, most of them those of the handout's examples. Tensors are in double precision.

mod data_sets;
mod generalisation;
mod losses;
mod mlp;
mod norms;
mod optimisers;
mod perceptron;
mod pretraining;
mod regularisation;
mod rules;
mod scalar_autodiff;
mod tensor_layers;
mod training_loop;

use common::check::{Check, Part};

/// The parts of this assignment, in the order of the handout.
pub const PARTS: &[Part] = &[
    perceptron::PART,
    scalar_autodiff::PART,
    tensor_layers::PART,
    losses::PART,
    mlp::PART,
    optimisers::PART,
    training_loop::PART,
    regularisation::PART,
    norms::PART,
    pretraining::PART,
    generalisation::PART,
    data_sets::PART,
];

/// All public checks, in the order of the parts.
#[must_use]
pub fn all() -> Vec<Check> {
    [
        perceptron::CHECKS,
        scalar_autodiff::CHECKS,
        tensor_layers::CHECKS,
        losses::CHECKS,
        mlp::CHECKS,
        optimisers::CHECKS,
        training_loop::CHECKS,
        regularisation::CHECKS,
        norms::CHECKS,
        pretraining::CHECKS,
        generalisation::CHECKS,
        data_sets::CHECKS,
    ]
    .concat()
}
