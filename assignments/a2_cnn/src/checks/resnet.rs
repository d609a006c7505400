//! Public checks of A2.7.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.7",
    title: "Residual networks",
    module: "resnet",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/resnet.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.7.
pub const CHECKS: &[Check] = &[];
