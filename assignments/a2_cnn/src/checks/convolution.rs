//! Public checks of A2.2.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.2",
    title: "Convolution",
    module: "convolution",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/convolution.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.2.
pub const CHECKS: &[Check] = &[];
