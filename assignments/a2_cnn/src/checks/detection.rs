//! Public checks of A2.11.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.11",
    title: "Detection",
    module: "detection",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/detection.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.11.
pub const CHECKS: &[Check] = &[];
