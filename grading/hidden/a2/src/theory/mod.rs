//! The solutions of the theory sheet, one file per question, named as in the assignment.
//!
//! A solution sees the numbers of a question and nothing else. Its tests compute the same answers by
//! another way: Burn's autodiff, a simulation, or everything that can happen, one after the other.

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

use hidden_suite::theory::Solution;

/// All solutions, in the order of the sheet.
pub fn solutions() -> Vec<Solution> {
    vec![
        s_cell_answer::solution(),
        conv_stack::solution(),
        shift_equivariance::solution(),
        feature_map_sizes::solution(),
        shared_weights::solution(),
        lenet5_numbers::solution(),
        alexnet_layers::solution(),
        residual_block::solution(),
        norm_and_fold::solution(),
        network_cost::solution(),
        frozen_network::solution(),
        box_overlap::solution(),
        ranked_list::solution(),
        masks_and_steps::solution(),
    ]
}
