//! Public checks of A2.3.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.3",
    title: "Pooling, upsampling, transposed convolution",
    module: "pooling",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/pooling.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.3.
pub const CHECKS: &[Check] = &[];
