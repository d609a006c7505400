//! A2.7 Residual networks.

use burn::tensor::{Int, Tensor};

use crate::{choice, contract, parameters, record};

choice! {
    /// What carries a signal past a block that changes its shape.
    pub enum ResnetShortcut {
        /// Option A: every `stride`-th row and column, and zeros for the channels that are new. No parameters.
        ZeroPadding,
        /// Option B: a convolution with kernels of one pixel, and a batch normalisation.
        Projection,
    }
}

parameters! {
    /// The learned part of one batch normalisation of feature maps.
    pub struct ResnetNorm {
        /// `[c]`, the scale of each channel.
        pub gamma: Tensor<1>,
        /// `[c]`, the shift of each channel.
        pub beta: Tensor<1>,
    }
}

parameters! {
    /// What one batch normalisation remembers of the batches it has seen.
    pub struct ResnetNormStatistics {
        /// `[c]`, one mean per channel; zeros before the first batch.
        pub mean: Tensor<1>,
        /// `[c]`, one variance per channel; ones before the first batch.
        pub variance: Tensor<1>,
    }
}

parameters! {
    /// The parameters of a shortcut of option B.
    pub struct ResnetProjection {
        /// `[c_out, c_in, 1, 1]`
        pub conv: Tensor<4>,
        /// Of its output.
        pub norm: ResnetNorm,
    }
}

parameters! {
    /// The parameters of a residual block with two convolutions. They have no biases: the shifts of the
    /// normalisations are there for that.
    pub struct BasicBlock {
        /// `[c_out, c_in, 3, 3]`
        pub conv1: Tensor<4>,
        /// Of the first convolution's output.
        pub norm1: ResnetNorm,
        /// `[c_out, c_out, 3, 3]`
        pub conv2: Tensor<4>,
        /// Of the second convolution's output.
        pub norm2: ResnetNorm,
        /// Of the shortcut, where it is of option B.
        pub projection: Option<ResnetProjection>,
    }
}

parameters! {
    /// What the normalisations of one block remember.
    pub struct BasicBlockStatistics {
        /// Of the first.
        pub norm1: ResnetNormStatistics,
        /// Of the second.
        pub norm2: ResnetNormStatistics,
        /// Of the shortcut's, where it is of option B.
        pub projection: Option<ResnetNormStatistics>,
    }
}

parameters! {
    /// The parameters of a residual network for small images.
    pub struct ResnetCifar {
        /// `[width, channels, 3, 3]`, the first convolution.
        pub stem: Tensor<4>,
        /// Of its output.
        pub stem_norm: ResnetNorm,
        /// Three stages of `n` blocks, one after the other, with `width`, `2 width` and `4 width` channels.
        pub blocks: Vec<BasicBlock>,
        /// `[4 width, classes]`
        pub dense_weight: Tensor<2>,
        /// `[classes]`
        pub dense_bias: Tensor<1>,
    }
}

parameters! {
    /// What all normalisations of a residual network remember.
    pub struct ResnetStatistics {
        /// Of the first convolution's.
        pub stem: ResnetNormStatistics,
        /// Of each block.
        pub blocks: Vec<BasicBlockStatistics>,
    }
}

record! {
    /// How large a residual network is, and how it begins. The network of the paper with `6 n + 2` layers has width 16,
    /// 3 channels, 10 classes and option A.
    pub struct ResnetConfig {
        /// `n`: the blocks of each of the three stages.
        pub blocks_per_stage: usize,
        /// The channels of an image.
        pub channels: usize,
        /// The channels of the first stage.
        pub width: usize,
        /// The number of classes.
        pub classes: usize,
        /// The shortcut of the blocks that change the shape.
        pub shortcut: ResnetShortcut,
        /// Whether the second normalisation of each block begins with scale 0, and the block with its shortcut alone.
        pub zero_gamma: bool,
    }
}

record! {
    /// A residual network before its first step.
    pub struct ResnetNetwork {
        /// What it learns.
        pub parameters: ResnetCifar,
        /// What its normalisations remember.
        pub statistics: ResnetStatistics,
    }
}

record! {
    /// How a residual network is run.
    pub struct ResnetSettings {
        /// Whether blocks have shortcuts. Without them the network is the plain one that the paper compares with.
        pub residual: bool,
        /// Whether normalisations use the statistics of the batch, or the running ones.
        pub training: bool,
        /// The share of the new batch in the running statistics; PyTorch's default is 0.1.
        pub momentum: f64,
        /// Added to a variance, under the root; PyTorch's default is 1e-5.
        pub eps: f64,
    }
}

record! {
    /// A batch after a residual block.
    pub struct BasicBlockForward {
        /// `[n, c_out, out rows, out columns]`
        pub y: Tensor<4>,
        /// The statistics for the next call. No gradient flows through them.
        pub statistics: BasicBlockStatistics,
    }
}

record! {
    /// A batch after a residual network.
    pub struct ResnetForward {
        /// `[n, classes]`
        pub logits: Tensor<2>,
        /// The statistics for the next call. No gradient flows through them.
        pub statistics: ResnetStatistics,
    }
}

record! {
    /// What a step of training needs.
    pub struct ResnetGradient {
        /// The mean cross-entropy of the batch, in nats.
        pub loss: f64,
        /// Its gradient by each parameter.
        pub gradients: ResnetCifar,
        /// The statistics for the next call.
        pub statistics: ResnetStatistics,
    }
}

contract! {
    /// A2.7 Residual networks.
    pub trait Resnet, table ResnetTable {
        /// The shortcut of option A: `x` `[n, c, h, w]` at every `stride`-th row and column, with zeros for the channels
        /// from `c` to `channels`.
        fn zero_padding_shortcut(x: Tensor<4>, stride: usize, channels: usize) -> Tensor<4>;
        /// A residual block applied to `x` `[n, c_in, h, w]`, its first convolution with `stride`.
        fn basic_block_forward(
            block: BasicBlock,
            statistics: BasicBlockStatistics,
            x: Tensor<4>,
            stride: usize,
            settings: ResnetSettings,
        ) -> BasicBlockForward;
        /// The parameters of a new network, drawn from `seed`, in double precision on the CPU.
        fn resnet_cifar(config: ResnetConfig, seed: u64) -> ResnetNetwork;
        /// How many parameters such a network has, without making them.
        fn resnet_parameter_count(config: ResnetConfig) -> usize;
        /// The logits of a network for `images` `[n, channels, h, w]`.
        fn resnet_forward(
            parameters: ResnetCifar,
            statistics: ResnetStatistics,
            images: Tensor<4>,
            settings: ResnetSettings,
        ) -> ResnetForward;
        /// The loss of a network on labelled `images` `[n, channels, h, w]`, and its gradient by the parameters.
        fn resnet_gradient(
            parameters: ResnetCifar,
            statistics: ResnetStatistics,
            images: Tensor<4>,
            labels: Tensor<1, Int>,
            settings: ResnetSettings,
        ) -> ResnetGradient;
        /// How long the gradient by each of `weights` `[d, d]` is in a deep stack of dense layers, residual or of plain
        /// sigmoids, from the gradient `dy` `[n, d]` by its output for `x` `[n, d]`.
        fn gradient_norm_probe(
            weights: Vec<Tensor<2>>,
            x: Tensor<2>,
            dy: Tensor<2>,
            residual: bool,
        ) -> Vec<f64>;
    }
}
