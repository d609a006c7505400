//! Assignment 2: convolutional networks and vision.

pub mod checks;
pub mod labs;
pub mod parts;
pub mod theory;

use common::check::Assignment;

/// Assignment 2, with the functions in `src/parts/`.
#[must_use]
pub fn assignment() -> Assignment {
    Assignment {
        id: "a2",
        package: "a2_cnn",
        title: "Convolutional networks and vision",
        parts: checks::PARTS,
        checks: checks::all(),
        table: || Box::new(parts::table()),
        theory: theory::questions(),
    }
}
