//! The solutions of the theory sheet, one file per question, named as in the assignment.
//!
//! A solution sees the numbers of a question and nothing else. Its tests compute the same answers by
//! another way: Burn's autodiff, a simulation, or everything that can happen, one after the other.

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

use hidden_suite::theory::Solution;

/// All solutions, in the order of the sheet.
pub fn solutions() -> Vec<Solution> {
    vec![
        perceptron_bound::solution(),
        scalar_graph::solution(),
        small_network::solution(),
        smoothed_loss::solution(),
        top5_bits::solution(),
        kaiming_layer::solution(),
        momentum_step::solution(),
        adam_steps::solution(),
        schedule_values::solution(),
        dropout_sum::solution(),
        batch_norm::solution(),
        rbm_energy::solution(),
        minimum_norm::solution(),
        idx_bytes::solution(),
    ]
}
