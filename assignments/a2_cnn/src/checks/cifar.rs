//! Public checks of A2.9.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.9",
    title: "CIFAR-10 under a budget",
    module: "cifar",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/cifar.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.9.
pub const CHECKS: &[Check] = &[];
