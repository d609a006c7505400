//! The reference with one typical bug each, one file per part.
//!
//! A mutant is the reference's table with one entry replaced by a function that captures nothing.
//! Where it can, it calls the reference and spoils an argument or the result.

/// `mutant!(module.function / "bug_in_a_word", "the bug in a sentence", |arguments| ...)` in a file
/// that has a `PART`.
macro_rules! mutant {
    ($($mutant:tt)+) => {
        hidden_suite::mutant!(a2_cnn::parts::table; $($mutant)+)
    };
}

mod alexnet;
mod alexnet_images;
mod alexnet_network;
mod alexnet_table;
mod alexnet_windows;
mod cifar;
mod cifar_recipe;
mod cifar_steps;
mod cifar_training;
mod convolution;
mod convolution_columns;
mod detection;
mod detection_lists;
mod detection_network;
mod detection_precision;
mod detection_targets;
mod lenet1989;
mod lenet1989_forward;
mod lenet1989_rejects;
mod lenet1989_training;
mod lenet5;
mod lenet5_ladder;
mod lenet5_networks;
mod neocognitron;
mod neocognitron_learning;
mod pooling;
mod pooling_sizes;
mod pooling_transposed;
mod pooling_up;
mod resnet;
mod resnet_gradient;
mod resnet_network;
mod resnet_norms;
mod segmentation;
mod segmentation_forward;
mod segmentation_looking;
mod segmentation_scores;
mod spatial_norms;
mod spatial_norms_backward;
mod spatial_norms_groups;
mod spoiled_block;
mod transfer;
mod transfer_features;
mod transfer_files;
mod transfer_hog;
mod transfer_probes;
mod transfer_tuning;

use hidden_suite::Mutant;

/// All mutants, in the order of the parts.
pub fn all() -> Vec<Mutant> {
    let parts = [
        neocognitron::mutants(),
        neocognitron_learning::mutants(),
        convolution::mutants(),
        convolution_columns::mutants(),
        pooling_sizes::mutants(),
        pooling::mutants(),
        pooling_up::mutants(),
        pooling_transposed::mutants(),
        lenet1989::mutants(),
        lenet1989_forward::mutants(),
        lenet1989_training::mutants(),
        lenet1989_rejects::mutants(),
        lenet5::mutants(),
        lenet5_networks::mutants(),
        lenet5_ladder::mutants(),
        alexnet::mutants(),
        resnet::mutants(),
        spatial_norms::mutants(),
        spatial_norms_backward::mutants(),
        spatial_norms_groups::mutants(),
        cifar::mutants(),
        cifar_recipe::mutants(),
        cifar_steps::mutants(),
        cifar_training::mutants(),
        transfer::mutants(),
        transfer_features::mutants(),
        transfer_tuning::mutants(),
        transfer_probes::mutants(),
        transfer_hog::mutants(),
        transfer_files::mutants(),
        detection::mutants(),
        segmentation::mutants(),
    ];
    parts.into_iter().flatten().collect()
}
