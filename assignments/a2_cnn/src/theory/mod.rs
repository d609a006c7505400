//! The theory sheet of Assignment 2, one file per question. The solutions are not in this crate.

mod conv_stack;
mod feature_map_sizes;
mod frozen_network;
mod network_cost;
mod norm_and_fold;
mod shift_equivariance;

pub use conv_stack::{ConvStack, StackLayer};
pub use feature_map_sizes::FeatureMapSizes;
pub use frozen_network::FrozenNetwork;
pub use network_cost::NetworkCost;
pub use norm_and_fold::NormAndFold;
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
        Question::of::<NetworkCost>(),
        Question::of::<FrozenNetwork>(),
    ]
}
