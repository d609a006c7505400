//! The theory sheet of Assignment 2, one file per question. The solutions are not in this crate.

mod lenet5_numbers;
mod shared_weights;

pub use lenet5_numbers::Lenet5Numbers;
pub use shared_weights::SharedWeights;

use common::theory::Question;

/// All questions, in the order of the parts.
#[must_use]
pub fn questions() -> Vec<Question> {
    vec![
        Question::of::<SharedWeights>(),
        Question::of::<Lenet5Numbers>(),
    ]
}
