//! Public checks of A2.8.

use common::check::{Check, Part};

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.8",
    title: "Spatial and group normalisation, folding",
    module: "spatial_norms",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/spatial_norms.rs.",
    hints: &["", ""],
    hidden_checks: 0,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.8.
pub const CHECKS: &[Check] = &[];
