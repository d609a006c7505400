//! Assignment 1: back-propagation, the multi-layer perceptron, optimisation.

pub mod checks;
pub mod labs;
pub mod parts;
pub mod theory;

use common::check::Assignment;

/// Assignment 1, with the functions in `src/parts/`.
#[must_use]
pub fn assignment() -> Assignment {
    Assignment {
        id: "a1",
        package: "a1_backprop",
        title: "Back-propagation, the multi-layer perceptron, optimisation",
        parts: checks::PARTS,
        checks: checks::all(),
        table: || Box::new(parts::table()),
        theory: theory::questions(),
    }
}
