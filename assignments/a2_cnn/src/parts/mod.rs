//! What you write: one file per part. This file is given; the grader puts its own in its place.

use common::contract::a2::{
    A2, AlexnetTable, CifarTable, ConvolutionTable, DetectionTable, Lenet5Table, Lenet1989Table,
    NeocognitronTable, PoolingTable, ResnetTable, SegmentationTable, SpatialNormsTable,
    TransferTable,
};

// A function that still is `todo!()` uses neither its arguments nor the imports.
#[allow(unused_variables, unused_imports, dead_code)]
pub mod alexnet;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod cifar;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod convolution;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod detection;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod lenet1989;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod lenet5;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod neocognitron;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod pooling;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod resnet;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod segmentation;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod spatial_norms;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod transfer;

/// The functions of this assignment. When a line here does not compile, the function that it names
/// has another signature than the contract in `common/src/contract/a2/`.
#[must_use]
pub fn table() -> A2 {
    A2 {
        neocognitron: NeocognitronTable {},
        convolution: ConvolutionTable {},
        pooling: PoolingTable {},
        lenet1989: Lenet1989Table {},
        lenet5: Lenet5Table {},
        alexnet: AlexnetTable {
            local_response_norm: alexnet::local_response_norm,
            local_response_norm_backward: alexnet::local_response_norm_backward,
            overlapping_pool: alexnet::overlapping_pool,
            colour_components: alexnet::colour_components,
            pca_colour_jitter: alexnet::pca_colour_jitter,
            random_crop_flip: alexnet::random_crop_flip,
            ten_crops: alexnet::ten_crops,
            mini_alexnet_forward: alexnet::mini_alexnet_forward,
            ten_crop_predict: alexnet::ten_crop_predict,
            alexnet_config: alexnet::alexnet_config,
            alexnet_table: alexnet::alexnet_table,
            top_k_errors: alexnet::top_k_errors,
        },
        resnet: ResnetTable {
            zero_padding_shortcut: resnet::zero_padding_shortcut,
            basic_block_forward: resnet::basic_block_forward,
            resnet_cifar: resnet::resnet_cifar,
            resnet_parameter_count: resnet::resnet_parameter_count,
            resnet_forward: resnet::resnet_forward,
            resnet_gradient: resnet::resnet_gradient,
            gradient_norm_probe: resnet::gradient_norm_probe,
        },
        spatial_norms: SpatialNormsTable {},
        cifar: CifarTable {},
        transfer: TransferTable {},
        detection: DetectionTable {},
        segmentation: SegmentationTable {},
    }
}
