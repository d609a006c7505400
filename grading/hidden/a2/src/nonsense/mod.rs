//! Tables whose every answer has the right type and is useless, one file per part.

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
use hidden_suite::nonsense::{Empty, Nonsense, NotANumber, Single, Zero};

/// Zeros and NaN in tensors of the right shapes, empty lists with tensors of one element, and single precision
/// in the right shapes.
pub fn tables() -> [A2; 4] {
    [
        table::<Zero>(),
        table::<NotANumber>(),
        table::<Empty>(),
        table::<Single>(),
    ]
}

fn table<N: Nonsense>() -> A2 {
    A2 {
        neocognitron: neocognitron::table::<N>(),
        convolution: convolution::table::<N>(),
        pooling: pooling::table::<N>(),
        lenet1989: lenet1989::table::<N>(),
        lenet5: lenet5::table::<N>(),
        alexnet: alexnet::table::<N>(),
        resnet: resnet::table::<N>(),
        spatial_norms: spatial_norms::table::<N>(),
        cifar: cifar::table::<N>(),
        transfer: transfer::table::<N>(),
        detection: detection::table::<N>(),
        segmentation: segmentation::table::<N>(),
    }
}
