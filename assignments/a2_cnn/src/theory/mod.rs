//! The theory sheet of Assignment 2, one file per question. The solutions are not in this crate.

mod alexnet_layers;
mod residual_block;

pub use alexnet_layers::AlexnetLayers;
pub use residual_block::ResidualBlock;

use common::theory::Question;

/// All questions, in the order of the parts.
#[must_use]
pub fn questions() -> Vec<Question> {
    vec![
        Question::of::<AlexnetLayers>(),
        Question::of::<ResidualBlock>(),
    ]
}
