//! A residual block with one step other than it should be.

use a2_cnn::parts::resnet as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a2::{
    BasicBlock, BasicBlockForward, BasicBlockStatistics, ResnetNorm, ResnetNormStatistics,
    ResnetSettings,
};
use common::nn::{ConvOptions, conv2d};

/// How a block is computed.
#[derive(Clone, Copy)]
pub struct Ways {
    /// Of the output of the first norm.
    pub between: fn(Tensor<4>) -> Tensor<4>,
    /// Of the residual and the shortcut, to the end.
    pub sum: fn(Tensor<4>, Tensor<4>) -> Tensor<4>,
    /// Whether a projection has its norm.
    pub projection_is_normalised: bool,
    /// Whether the second convolution comes before its norm.
    pub convolution_first: bool,
    /// The mean and the variance that a norm uses.
    pub used: Used,
}

/// Of the settings, the running statistics and the batch.
pub type Used = fn(&ResnetSettings, &ResnetNormStatistics, Moments) -> (Tensor<1>, Tensor<1>);

/// Of the pixels of each channel: mean, variance over their number `m`, and `m`.
#[derive(Clone)]
pub struct Moments {
    pub mean: Tensor<1>,
    pub variance: Tensor<1>,
    pub m: f64,
}

/// What a norm should use.
pub fn right_used(
    settings: &ResnetSettings,
    running: &ResnetNormStatistics,
    batch: Moments,
) -> (Tensor<1>, Tensor<1>) {
    match settings.training {
        true => (batch.mean, batch.variance),
        false => (running.mean.clone(), running.variance.clone()),
    }
}

/// A block as it should be.
pub const RIGHT: Ways = Ways {
    between: activation::relu::<4>,
    sum: |f, shortcut| activation::relu(f + shortcut),
    projection_is_normalised: true,
    convolution_first: true,
    used: right_used,
};

/// The moments of `[n, c, h, w]`.
pub fn moments(x: &Tensor<4>) -> Moments {
    let [n, c, h, w] = x.dims();
    let rows = x.clone().permute([1, 0, 2, 3]).reshape([c, n * h * w]);
    let mean = rows.clone().mean_dim(1);
    let variance = (rows - mean.clone()).square().mean_dim(1);
    Moments {
        mean: mean.squeeze_dim(1),
        variance: variance.squeeze_dim(1),
        m: (n * h * w) as f64,
    }
}

/// One number for each channel, for `[n, c, h, w]`.
pub fn column(v: Tensor<1>) -> Tensor<4> {
    v.unsqueeze_dims(&[0, 2, 3])
}

/// A convolution that keeps the size, but for its stride.
pub fn convolve(x: Tensor<4>, weight: &Tensor<4>, stride: usize) -> Tensor<4> {
    let options = ConvOptions {
        stride: [stride; 2],
        padding: [weight.dims()[2] / 2; 2],
        ..ConvOptions::default()
    };
    conv2d(x, weight.clone(), None, &options)
}

impl Ways {
    /// Batch normalisation.
    pub fn norm(
        &self,
        x: Tensor<4>,
        norm: &ResnetNorm,
        running: &ResnetNormStatistics,
        settings: &ResnetSettings,
    ) -> Tensor<4> {
        let (mean, variance) = (self.used)(settings, running, moments(&x));
        let root = (column(variance) + settings.eps).sqrt();
        (x - column(mean)) / root * column(norm.gamma.clone()) + column(norm.beta.clone())
    }

    /// The output of the block.
    pub fn output(
        &self,
        block: &BasicBlock,
        old: &BasicBlockStatistics,
        x: Tensor<4>,
        stride: usize,
        settings: &ResnetSettings,
    ) -> Tensor<4> {
        let f = convolve(x.clone(), &block.conv1, stride);
        let f = (self.between)(self.norm(f, &block.norm1, &old.norm1, settings));
        let norm2 = |f| self.norm(f, &block.norm2, &old.norm2, settings);
        let f = match self.convolution_first {
            true => norm2(convolve(f, &block.conv2, 1)),
            false => convolve(norm2(f), &block.conv2, 1),
        };
        let channels = f.dims()[1];
        match (&block.projection, &old.projection) {
            _ if !settings.residual => activation::relu(f),
            (Some(projection), Some(old)) => {
                let projected = convolve(x, &projection.conv, stride);
                let shortcut = match self.projection_is_normalised {
                    true => self.norm(projected, &projection.norm, old, settings),
                    false => projected,
                };
                (self.sum)(f, shortcut)
            }
            _ => (self.sum)(f, reference::zero_padding_shortcut(x, stride, channels)),
        }
    }

    /// The block, with the statistics of the right one.
    pub fn run(
        &self,
        block: BasicBlock,
        old: BasicBlockStatistics,
        x: Tensor<4>,
        stride: usize,
        settings: ResnetSettings,
    ) -> BasicBlockForward {
        let y = self.output(&block, &old, x.clone(), stride, &settings);
        let right = reference::basic_block_forward(block, old, x, stride, settings);
        BasicBlockForward { y, ..right }
    }
}
