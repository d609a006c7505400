//! Public checks of A2.4.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.4",
    title: "LeNet 1989 on zip codes",
    module: "lenet1989",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/lenet1989.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.4.
pub const CHECKS: &[Check] = &[];
