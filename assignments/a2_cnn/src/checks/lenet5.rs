//! Public checks of A2.5.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.5",
    title: "LeNet-5 and the modernisation ladder",
    module: "lenet5",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/lenet5.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.5.
pub const CHECKS: &[Check] = &[];
