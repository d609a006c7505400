//! The hidden checks, one file per part.
//!
//! Expected values come from [`crate::oracle`], from closed forms, from Burn's own operations and autodiff, and from
//! PyTorch, never from the reference solution. Inputs are drawn anew for every seed, in sizes that are
//! pairwise different, so that a transposed or hard-coded answer cannot fit.

mod alexnet;
mod cifar;
mod convolution;
mod detection;
mod detection_lists;
mod lenet1989;
mod lenet5;
mod neocognitron;
mod pooling;
mod resnet;
mod segmentation;
mod segmentation_looking;
mod spatial_norms;
mod transfer;

use common::check::{Check, Failure};
use common::rng::Rng;

/// All hidden checks, in the order of the parts.
pub fn all() -> Vec<Check> {
    let parts = [
        neocognitron::checks(),
        convolution::checks(),
        pooling::checks(),
        lenet1989::checks(),
        lenet5::checks(),
        alexnet::checks(),
        resnet::checks(),
        spatial_norms::checks(),
        cifar::checks(),
        transfer::checks(),
        detection::checks(),
        segmentation::checks(),
    ];
    parts.into_iter().flatten().collect()
}

/// Puts the name of what was looked at before a failure's message.
#[allow(dead_code)]
fn about(what: impl std::fmt::Display) -> impl FnOnce(Failure) -> Failure {
    move |failure| failure.about(what)
}

/// `n` numbers of `low..=high`, no two equal.
#[allow(dead_code)]
fn sizes<const N: usize>(rng: &mut Rng, low: usize, high: usize) -> [usize; N] {
    let mut all: Vec<usize> = (low..=high).collect();
    rng.shuffle(&mut all);
    std::array::from_fn(|i| all[i])
}
