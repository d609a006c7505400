//! What you write: one file per part. This file is given; the grader puts its own in its place.

// A function that still is `todo!()` uses neither its arguments nor the imports.
#![allow(unused_variables, unused_imports, dead_code)]

use common::contract::a2::{
    A2, AlexnetTable, CifarTable, ConvolutionTable, DetectionTable, Lenet5Table, Lenet1989Table,
    NeocognitronTable, PoolingTable, ResnetTable, SegmentationTable, SpatialNormsTable,
    TransferTable,
};

pub mod alexnet;
pub mod cifar;
pub mod convolution;
pub mod detection;
pub mod lenet1989;
pub mod lenet5;
pub mod neocognitron;
pub mod pooling;
pub mod resnet;
pub mod segmentation;
pub mod spatial_norms;
pub mod transfer;

/// The functions of this assignment. When a line here does not compile, the function that it names
/// has another signature than the contract in `common/src/contract/a2/`.
#[must_use]
pub fn table() -> A2 {
    A2 {
        neocognitron: NeocognitronTable {
            v_cell: neocognitron::v_cell,
            s_cell: neocognitron::s_cell,
            c_cell: neocognitron::c_cell,
            select_representatives: neocognitron::select_representatives,
            winner_take_all_update: neocognitron::winner_take_all_update,
            two_stage_forward: neocognitron::two_stage_forward,
        },
        convolution: ConvolutionTable {
            conv_out_size: convolution::conv_out_size,
            conv2d_naive: convolution::conv2d_naive,
            im2col: convolution::im2col,
            col2im: convolution::col2im,
            conv2d_gemm: convolution::conv2d_gemm,
            conv2d_backward: convolution::conv2d_backward,
        },
        pooling: PoolingTable {
            pool_output_size: pooling::pool_output_size,
            max_pool_forward: pooling::max_pool_forward,
            max_pool_backward: pooling::max_pool_backward,
            avg_pool_forward: pooling::avg_pool_forward,
            avg_pool_backward: pooling::avg_pool_backward,
            global_avg_pool_forward: pooling::global_avg_pool_forward,
            global_avg_pool_backward: pooling::global_avg_pool_backward,
            upsample_nearest_forward: pooling::upsample_nearest_forward,
            upsample_nearest_backward: pooling::upsample_nearest_backward,
            upsample_bilinear_forward: pooling::upsample_bilinear_forward,
            upsample_bilinear_backward: pooling::upsample_bilinear_backward,
            conv_transpose_output_size: pooling::conv_transpose_output_size,
            conv_transpose2d_forward: pooling::conv_transpose2d_forward,
            conv_transpose2d_backward: pooling::conv_transpose2d_backward,
        },
        lenet1989: Lenet1989Table {
            scaled_tanh: lenet1989::scaled_tanh,
            background_pad: lenet1989::background_pad,
            lenet1989_connections: lenet1989::lenet1989_connections,
            lenet1989_sizes: lenet1989::lenet1989_sizes,
            lenet1989_init: lenet1989::lenet1989_init,
            lenet1989_forward: lenet1989::lenet1989_forward,
            signed_mse: lenet1989::signed_mse,
            lenet1989_pass: lenet1989::lenet1989_pass,
            reject_curve: lenet1989::reject_curve,
            reject_for_error: lenet1989::reject_for_error,
        },
        lenet5: Lenet5Table {
            c3_table: lenet5::c3_table,
            c3_kernel: lenet5::c3_kernel,
            lenet5_sizes: lenet5::lenet5_sizes,
            lenet5_input: lenet5::lenet5_input,
            trainable_subsampling: lenet5::trainable_subsampling,
            lenet5_features: lenet5::lenet5_features,
            rbf_distances: lenet5::rbf_distances,
            rbf_loss: lenet5::rbf_loss,
            lenet5_modern: lenet5::lenet5_modern,
            modernise: lenet5::modernise,
            ladder_lr: lenet5::ladder_lr,
            ladder_shift: lenet5::ladder_shift,
            ladder_forward: lenet5::ladder_forward,
            ladder_loss: lenet5::ladder_loss,
        },
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
        spatial_norms: SpatialNormsTable {
            spatial_bn_forward: spatial_norms::spatial_bn_forward,
            spatial_bn_backward: spatial_norms::spatial_bn_backward,
            group_norm_forward: spatial_norms::group_norm_forward,
            group_norm_backward: spatial_norms::group_norm_backward,
            instance_norm_forward: spatial_norms::instance_norm_forward,
            instance_norm_backward: spatial_norms::instance_norm_backward,
            fold_bn_into_conv: spatial_norms::fold_bn_into_conv,
        },
        cifar: CifarTable {
            cifar_recipe: cifar::cifar_recipe,
            parse_recipe: cifar::parse_recipe,
            cifar_budget: cifar::cifar_budget,
            cifar_init: cifar::cifar_init,
            cifar_forward: cifar::cifar_forward,
            cifar_normalise: cifar::cifar_normalise,
            pad_crop_flip: cifar::pad_crop_flip,
            recipe_lr: cifar::recipe_lr,
            recipe_gradient: cifar::recipe_gradient,
            recipe_step: cifar::recipe_step,
            train_recipe: cifar::train_recipe,
            cifar_predict: cifar::cifar_predict,
        },
        transfer: TransferTable {
            freeze: transfer::freeze,
            extract_features: transfer::extract_features,
            replace_head: transfer::replace_head,
            linear_probe: transfer::linear_probe,
            discriminative_groups: transfer::discriminative_groups,
            fine_tune: transfer::fine_tune,
            knn_probe: transfer::knn_probe,
            hog: transfer::hog,
            save_weights: transfer::save_weights,
            load_weights: transfer::load_weights,
        },
        detection: DetectionTable {
            box_iou: detection::box_iou,
            paired_giou: detection::paired_giou,
            encode_boxes: detection::encode_boxes,
            decode_boxes: detection::decode_boxes,
            match_anchors: detection::match_anchors,
            assign_locations: detection::assign_locations,
            centerness: detection::centerness,
            detector_head: detection::detector_head,
            focal_loss: detection::focal_loss,
            nms: detection::nms,
            mark_hits: detection::mark_hits,
            average_precision: detection::average_precision,
            mean_average_precision: detection::mean_average_precision,
        },
        segmentation: SegmentationTable {
            upsample_to: segmentation::upsample_to,
            unet_forward: segmentation::unet_forward,
            predict_masks: segmentation::predict_masks,
            dice_scores: segmentation::dice_scores,
            mean_iou: segmentation::mean_iou,
            dice_loss: segmentation::dice_loss,
            look_forward: segmentation::look_forward,
            saliency_maps: segmentation::saliency_maps,
            fgsm: segmentation::fgsm,
            grad_cam: segmentation::grad_cam,
        },
    }
}
