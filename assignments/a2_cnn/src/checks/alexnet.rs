//! Public checks of A2.6.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.6",
    title: "AlexNet 2012",
    module: "alexnet",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/alexnet.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.6.
pub const CHECKS: &[Check] = &[];
