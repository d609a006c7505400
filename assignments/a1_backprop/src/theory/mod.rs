//! The theory sheet of Assignment 1, one file per question. The solutions are not in this crate.

mod adam_steps;
mod batch_norm;
mod dropout_sum;
mod idx_bytes;
mod kaiming_layer;
mod minimum_norm;
mod momentum_step;
mod perceptron_bound;
mod rbm_energy;
mod scalar_graph;
mod schedule_values;
mod small_network;
mod smoothed_loss;
mod top5_bits;

pub use adam_steps::AdamSteps;
pub use batch_norm::BatchNorm;
pub use dropout_sum::DropoutSum;
pub use idx_bytes::IdxBytes;
pub use kaiming_layer::KaimingLayer;
pub use minimum_norm::MinimumNorm;
pub use momentum_step::MomentumStep;
pub use perceptron_bound::PerceptronBound;
pub use rbm_energy::RbmEnergy;
pub use scalar_graph::ScalarGraph;
pub use schedule_values::ScheduleValues;
pub use small_network::SmallNetwork;
pub use smoothed_loss::SmoothedLoss;
pub use top5_bits::Top5Bits;

use common::theory::Question;

/// All questions, in the order of the parts.
#[must_use]
pub fn questions() -> Vec<Question> {
    vec![
        Question::of::<PerceptronBound>(),
        Question::of::<ScalarGraph>(),
        Question::of::<SmallNetwork>(),
        Question::of::<SmoothedLoss>(),
        Question::of::<Top5Bits>(),
        Question::of::<KaimingLayer>(),
        Question::of::<MomentumStep>(),
        Question::of::<AdamSteps>(),
        Question::of::<ScheduleValues>(),
        Question::of::<DropoutSum>(),
        Question::of::<BatchNorm>(),
        Question::of::<RbmEnergy>(),
        Question::of::<MinimumNorm>(),
        Question::of::<IdxBytes>(),
    ]
}
