//! The hidden checks, one file per part.
//!
//! Expected values come from [`crate::oracle`], from closed forms, from Burn's own operations and autodiff, and from
//! PyTorch, never from the reference solution. Inputs are drawn anew for every seed, in sizes that are
//! pairwise different, so that a transposed or hard-coded answer cannot fit.

mod alexnet;
mod alexnet_network;
mod cifar;
mod cifar_recipe;
mod cifar_training;
mod convolution;
mod convolution_gradients;
mod detection;
mod detection_lists;
mod detection_network;
mod lenet1989;
mod lenet1989_training;
mod lenet5;
mod lenet5_ladder;
mod neocognitron;
mod neocognitron_learning;
mod pooling;
mod pooling_up;
mod resnet;
mod resnet_network;
mod resnet_start;
mod segmentation;
mod segmentation_looking;
mod spatial_norms;
mod spatial_norms_gradients;
mod transfer;
mod transfer_probes;

use common::check::{Check, Failure};
use common::rng::Rng;

/// All hidden checks, in the order of the parts.
pub fn all() -> Vec<Check> {
    let parts = [
        neocognitron::checks(),
        neocognitron_learning::checks(),
        convolution::checks(),
        convolution_gradients::checks(),
        pooling::checks(),
        pooling_up::checks(),
        lenet1989::checks(),
        lenet1989_training::checks(),
        lenet5::checks(),
        lenet5_ladder::checks(),
        alexnet::checks(),
        resnet::checks(),
        spatial_norms::checks(),
        spatial_norms_gradients::checks(),
        cifar::checks(),
        cifar_recipe::checks(),
        cifar_training::checks(),
        transfer::checks(),
        transfer_probes::checks(),
        detection::checks(),
        segmentation::checks(),
    ];
    parts.into_iter().flatten().collect()
}

/// Puts the name of what was looked at before a failure's message.
fn about(what: impl std::fmt::Display) -> impl FnOnce(Failure) -> Failure {
    move |failure| failure.about(what)
}

/// `n` numbers of `low..=high`, no two equal.
fn sizes<const N: usize>(rng: &mut Rng, low: usize, high: usize) -> [usize; N] {
    let mut all: Vec<usize> = (low..=high).collect();
    rng.shuffle(&mut all);
    std::array::from_fn(|i| all[i])
}
