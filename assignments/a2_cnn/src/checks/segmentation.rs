//! Public checks of A2.12.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.12",
    title: "Segmentation and looking inside",
    module: "segmentation",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/segmentation.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.12.
pub const CHECKS: &[Check] = &[];
