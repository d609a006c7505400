//! What the answers should be: plain loops over `f64`, one file per part.
//!
//! Written apart from the reference and in another way, and compared with PyTorch (`fixtures/`) where it has the same,
//! so that a mistake in the one is not in the other.

pub mod alexnet;
pub mod array;
pub mod cifar;
pub mod convolution;
pub mod detection;
pub mod feature_maps;
pub mod lenet1989;
pub mod lenet5;
pub mod neocognitron;
pub mod pooling;
pub mod pytorch_convolution;
pub mod pytorch_pooling;
pub mod pytorch_resnet;
pub mod pytorch_spatial_norms;
pub mod resnet;
pub mod segmentation;
pub mod spatial_norms;
pub mod tape;
pub mod tape_maps;
pub mod transfer;
