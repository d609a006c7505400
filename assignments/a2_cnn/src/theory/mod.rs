//! The theory sheet of Assignment 2, one file per question. The solutions are not in this crate.

mod feature_map_sizes;
mod s_cell_answer;

pub use feature_map_sizes::FeatureMapSizes;
pub use s_cell_answer::SCellAnswer;

use common::theory::Question;

/// All questions, in the order of the parts.
#[must_use]
pub fn questions() -> Vec<Question> {
    vec![
        Question::of::<SCellAnswer>(),
        Question::of::<FeatureMapSizes>(),
    ]
}
