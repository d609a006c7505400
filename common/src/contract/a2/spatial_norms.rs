//! A2.8 Spatial and group normalisation, folding.

use burn::tensor::Tensor;

use crate::{contract, record};

record! {
    /// What spatial batch normalisation remembers of the batches it has seen.
    pub struct SpatialStatistics {
        /// `[c]`, one mean per channel; zeros before the first batch.
        pub mean: Tensor<1>,
        /// `[c]`, one variance per channel; ones before the first batch.
        pub variance: Tensor<1>,
    }
}

record! {
    /// The settings of spatial batch normalisation.
    pub struct SpatialNormSettings {
        /// Whether the statistics are those of the batch, or the running ones.
        pub training: bool,
        /// The share of the new batch in the running statistics; PyTorch's default is 0.1.
        pub momentum: f64,
        /// Added to the variance, under the root; PyTorch's default is 1e-5.
        pub eps: f64,
    }
}

record! {
    /// A batch of images after spatial batch normalisation.
    pub struct SpatialBnForward {
        /// `[n, c, height, width]`, the output.
        pub y: Tensor<4>,
        /// The running statistics for the next call.
        pub running: SpatialStatistics,
    }
}

record! {
    /// The gradients of a normalisation of images.
    pub struct SpatialNormGradients {
        /// By the input, `[n, c, height, width]`.
        pub dx: Tensor<4>,
        /// By the scale, `[c]`.
        pub dgamma: Tensor<1>,
        /// By the shift, `[c]`.
        pub dbeta: Tensor<1>,
    }
}

record! {
    /// A convolution that does what another one and a normalisation after it did.
    pub struct FoldedConv {
        /// `[c_out, c_in / groups, kernel rows, kernel columns]`.
        pub weight: Tensor<4>,
        /// `[c_out]`.
        pub bias: Tensor<1>,
    }
}

contract! {
    /// A2.8 Normalisation of images, and how to get rid of it.
    ///
    /// `gamma` and `beta` are the learned scale and shift, one number per channel. The backward functions get the input
    /// of the forward pass and compute its statistics again.
    pub trait SpatialNorms, table SpatialNormsTable {
        /// Batch normalisation of images: each channel over all pixels of all images (Ioffe & Szegedy 2015). Refuses
        /// to train on fewer than two values per channel.
        fn spatial_bn_forward(
            x: Tensor<4>,
            gamma: Tensor<1>,
            beta: Tensor<1>,
            running: SpatialStatistics,
            settings: SpatialNormSettings,
        ) -> Result<SpatialBnForward, String>;
        /// The gradients of spatial batch normalisation in training.
        fn spatial_bn_backward(
            x: Tensor<4>,
            gamma: Tensor<1>,
            dy: Tensor<4>,
            eps: f64,
        ) -> SpatialNormGradients;
        /// Group normalisation: each image for itself, its channels in `groups` groups of neighbours (Wu & He 2018).
        /// Refuses a number of groups that does not divide the channels.
        fn group_norm_forward(
            x: Tensor<4>,
            gamma: Tensor<1>,
            beta: Tensor<1>,
            groups: usize,
            eps: f64,
        ) -> Result<Tensor<4>, String>;
        /// The gradients of group normalisation. `groups` divides the channels.
        fn group_norm_backward(
            x: Tensor<4>,
            gamma: Tensor<1>,
            dy: Tensor<4>,
            groups: usize,
            eps: f64,
        ) -> SpatialNormGradients;
        /// Instance normalisation: each channel of each image for itself (Ulyanov et al. 2016).
        fn instance_norm_forward(
            x: Tensor<4>,
            gamma: Tensor<1>,
            beta: Tensor<1>,
            eps: f64,
        ) -> Tensor<4>;
        /// The gradients of instance normalisation.
        fn instance_norm_backward(
            x: Tensor<4>,
            gamma: Tensor<1>,
            dy: Tensor<4>,
            eps: f64,
        ) -> SpatialNormGradients;
        /// The convolution that does alone what `weight` and `bias` did with spatial batch normalisation after them,
        /// outside training.
        fn fold_bn_into_conv(
            weight: Tensor<4>,
            bias: Tensor<1>,
            gamma: Tensor<1>,
            beta: Tensor<1>,
            running: SpatialStatistics,
            eps: f64,
        ) -> FoldedConv;
    }
}
