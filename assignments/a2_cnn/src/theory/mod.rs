//! The theory sheet of Assignment 2, one file per question. The solutions are not in this crate.

mod box_overlap;
mod masks_and_steps;
mod ranked_list;

pub use box_overlap::BoxOverlap;
pub use masks_and_steps::MasksAndSteps;
pub use ranked_list::RankedList;

use common::theory::Question;

/// All questions, in the order of the parts.
#[must_use]
pub fn questions() -> Vec<Question> {
    vec![
        Question::of::<BoxOverlap>(),
        Question::of::<RankedList>(),
        Question::of::<MasksAndSteps>(),
    ]
}
