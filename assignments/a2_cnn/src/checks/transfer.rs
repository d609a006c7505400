//! Public checks of A2.10.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.10",
    title: "Transfer learning",
    module: "transfer",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/transfer.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.10.
pub const CHECKS: &[Check] = &[];
