//! The theory sheet of Assignment 2, one file per question. The solutions are not in this crate.

mod alexnet_layers;
mod box_overlap;
mod conv_stack;
mod feature_map_sizes;
mod frozen_network;
mod lenet5_numbers;
mod masks_and_steps;
mod network_cost;
mod norm_and_fold;
mod ranked_list;
mod residual_block;
mod s_cell_answer;
mod shared_weights;
mod shift_equivariance;

pub use alexnet_layers::AlexnetLayers;
pub use box_overlap::BoxOverlap;
pub use conv_stack::{ConvStack, StackLayer};
pub use feature_map_sizes::FeatureMapSizes;
pub use frozen_network::FrozenNetwork;
pub use lenet5_numbers::Lenet5Numbers;
pub use masks_and_steps::MasksAndSteps;
pub use network_cost::NetworkCost;
pub use norm_and_fold::NormAndFold;
pub use ranked_list::RankedList;
pub use residual_block::ResidualBlock;
pub use s_cell_answer::SCellAnswer;
pub use shared_weights::SharedWeights;
pub use shift_equivariance::ShiftEquivariance;

use common::theory::Question;

/// All questions, in the order of the parts.
#[must_use]
pub fn questions() -> Vec<Question> {
    vec![
        Question::of::<SCellAnswer>(),
        Question::of::<ConvStack>(),
        Question::of::<ShiftEquivariance>(),
        Question::of::<FeatureMapSizes>(),
        Question::of::<SharedWeights>(),
        Question::of::<Lenet5Numbers>(),
        Question::of::<AlexnetLayers>(),
        Question::of::<ResidualBlock>(),
        Question::of::<NormAndFold>(),
        Question::of::<NetworkCost>(),
        Question::of::<FrozenNetwork>(),
        Question::of::<BoxOverlap>(),
        Question::of::<RankedList>(),
        Question::of::<MasksAndSteps>(),
    ]
}
