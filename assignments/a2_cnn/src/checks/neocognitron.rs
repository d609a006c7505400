//! Public checks of A2.1.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.1",
    title: "The neocognitron of 1979",
    module: "neocognitron",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/neocognitron.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.1.
pub const CHECKS: &[Check] = &[];
