//! Assignment 2: convolutional networks and vision.
//!
//! One file and one trait per part. Images are `[n, channels, height, width]`; pairs of sizes have the rows first.
//! Tensors are `f64` when a check calls and `f32` when a lab trains, so a function makes its own tensors on the
//! device, and with the element type, of its arguments.

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

pub use alexnet::*;
pub use cifar::*;
pub use convolution::*;
pub use detection::*;
pub use lenet5::*;
pub use lenet1989::*;
pub use neocognitron::*;
pub use pooling::*;
pub use resnet::*;
pub use segmentation::*;
pub use spatial_norms::*;
pub use transfer::*;

use crate::assignment;

assignment! {
    /// Assignment 2.
    pub struct A2 {
        /// A2.1
        pub neocognitron: NeocognitronTable,
        /// A2.2
        pub convolution: ConvolutionTable,
        /// A2.3
        pub pooling: PoolingTable,
        /// A2.4
        pub lenet1989: Lenet1989Table,
        /// A2.5
        pub lenet5: Lenet5Table,
        /// A2.6
        pub alexnet: AlexnetTable,
        /// A2.7
        pub resnet: ResnetTable,
        /// A2.8
        pub spatial_norms: SpatialNormsTable,
        /// A2.9
        pub cifar: CifarTable,
        /// A2.10
        pub transfer: TransferTable,
        /// A2.11
        pub detection: DetectionTable,
        /// A2.12
        pub segmentation: SegmentationTable,
    }
}
