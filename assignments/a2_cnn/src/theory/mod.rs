//! The theory sheet of Assignment 2, one file per question. The solutions are not in this crate.

mod box_overlap;
mod conv_stack;
mod feature_map_sizes;
mod masks_and_steps;
mod norm_and_fold;
mod ranked_list;
mod shift_equivariance;

pub use box_overlap::BoxOverlap;
pub use conv_stack::{ConvStack, StackLayer};
pub use feature_map_sizes::FeatureMapSizes;
pub use masks_and_steps::MasksAndSteps;
pub use norm_and_fold::NormAndFold;
pub use ranked_list::RankedList;
pub use shift_equivariance::ShiftEquivariance;

use common::theory::Question;

/// All questions, in the order of the parts.
#[must_use]
pub fn questions() -> Vec<Question> {
    vec![
        Question::of::<ConvStack>(),
        Question::of::<ShiftEquivariance>(),
        Question::of::<FeatureMapSizes>(),
        Question::of::<NormAndFold>(),
        Question::of::<BoxOverlap>(),
        Question::of::<RankedList>(),
        Question::of::<MasksAndSteps>(),
    ]
}
