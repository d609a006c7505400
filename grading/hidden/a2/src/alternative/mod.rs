//! The assignment once more, written as another good student might, one file per part: loops over vectors,
//! other orders of operations, other but equally right formulas. It must score full, or a check asks for
//! more than the contract says.

mod alexnet;
mod cifar;
mod convolution;
mod detection;
mod lenet1989;
mod lenet5;
mod neocognitron;
mod pooling;
mod resnet;
mod segmentation;
mod spatial_norms;
mod transfer;

use common::contract::a2::A2;

/// The table of this student.
pub fn table() -> A2 {
    A2 {
        neocognitron: neocognitron::table(),
        convolution: convolution::table(),
        pooling: pooling::table(),
        lenet1989: lenet1989::table(),
        lenet5: lenet5::table(),
        alexnet: alexnet::table(),
        resnet: resnet::table(),
        spatial_norms: spatial_norms::table(),
        cifar: cifar::table(),
        transfer: transfer::table(),
        detection: detection::table(),
        segmentation: segmentation::table(),
    }
}
