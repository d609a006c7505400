//! A plain or residual network in training, made of your functions of A2.7.

use burn::tensor::{Device, Int, Tensor};
use common::contract::a2::{
    ResnetCifar, ResnetConfig, ResnetNetwork, ResnetSettings, ResnetShortcut, ResnetStatistics,
};
use common::nn::{self, Sgd, cross_entropy};
use common::record;
use common::train::Metrics;

use crate::parts::resnet;

/// Channels of the first stage.
const WIDTH: usize = 8;
const MOMENTUM: f64 = 0.9;

/// One network of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Blocks of each of the three stages.
    pub blocks_per_stage: usize,
    /// Whether blocks have shortcuts.
    pub residual: bool,
}

impl Kind {
    /// Layers with weights: two for each block, the first convolution and the dense layer.
    #[must_use]
    pub fn depth(self) -> usize {
        6 * self.blocks_per_stage + 2
    }

    /// Its name in pictures, lines and folders.
    #[must_use]
    pub fn name(self) -> String {
        let kind = if self.residual { "residual" } else { "plain" };
        format!("{kind}-{}", self.depth())
    }

    /// Its sizes, for images of so many channels. Neither kind begins with blocks that do nothing: the plain one could not
    /// learn from there.
    #[must_use]
    pub fn config(self, channels: usize, classes: usize) -> ResnetConfig {
        ResnetConfig {
            blocks_per_stage: self.blocks_per_stage,
            channels,
            width: WIDTH,
            classes,
            shortcut: ResnetShortcut::ZeroPadding,
            zero_gamma: false,
        }
    }

    fn settings(self, training: bool) -> ResnetSettings {
        ResnetSettings {
            residual: self.residual,
            training,
            momentum: 0.1,
            eps: 1e-5,
        }
    }
}

record! {
    /// Everything that a training step changes.
    pub struct DepthState {
        /// What the network learns.
        pub parameters: ResnetCifar,
        /// What its normalisations remember.
        pub statistics: ResnetStatistics,
        /// What the optimiser remembers.
        pub velocity: ResnetCifar,
    }
}

impl DepthState {
    /// A new network. Plain and residual networks of one depth begin with the same weights.
    #[must_use]
    pub fn new(config: ResnetConfig, seed: u64, device: &Device) -> Self {
        let ResnetNetwork {
            parameters,
            statistics,
        } = resnet::resnet_cifar(config, seed);
        let parameters = nn::single(parameters, device);
        Self {
            velocity: nn::zeros_like(&parameters),
            statistics: nn::single(statistics, device),
            parameters,
        }
    }

    /// The same on a device.
    #[must_use]
    pub fn on(self, device: &Device) -> Self {
        Self {
            parameters: nn::single(self.parameters, device),
            statistics: nn::single(self.statistics, device),
            velocity: nn::single(self.velocity, device),
        }
    }

    /// The norm of the gradient by each convolution's weights, in the order of the layers.
    #[must_use]
    pub fn gradient_norms(&self, kind: Kind, x: Tensor<4>, labels: Tensor<1, Int>) -> Vec<f64> {
        let (parameters, statistics) = (self.parameters.clone(), self.statistics.clone());
        let settings = kind.settings(true);
        let gradient = resnet::resnet_gradient(parameters, statistics, x, labels, settings);
        let norm = |weights: Tensor<4>| weights.square().sum().sqrt().into_scalar::<f64>();
        let mut norms = vec![norm(gradient.gradients.stem)];
        for block in gradient.gradients.blocks {
            norms.extend([norm(block.conv1), norm(block.conv2)]);
        }
        norms
    }

    /// One step of stochastic gradient descent with momentum.
    #[must_use]
    pub fn step(
        self,
        kind: Kind,
        lr: f64,
        x: Tensor<4>,
        labels: Tensor<1, Int>,
    ) -> (Self, Metrics) {
        let samples = x.dims()[0];
        let (parameters, settings) = (self.parameters, kind.settings(true));
        let gradient =
            resnet::resnet_gradient(parameters.clone(), self.statistics, x, labels, settings);
        let optimiser = Sgd {
            momentum: MOMENTUM,
            ..Sgd::new(lr)
        };
        let (parameters, velocity) = optimiser.step(parameters, gradient.gradients, self.velocity);
        let after = Self {
            parameters,
            statistics: gradient.statistics,
            velocity,
        };
        (after, Metrics::over(samples).with("loss", gradient.loss))
    }

    /// Loss and error outside training.
    #[must_use]
    pub fn measure(&self, kind: Kind, x: Tensor<4>, labels: Tensor<1, Int>) -> Metrics {
        let samples = x.dims()[0];
        let (parameters, statistics) = (self.parameters.clone(), self.statistics.clone());
        let logits = resnet::resnet_forward(parameters, statistics, x, kind.settings(false)).logits;
        let answers: Tensor<1, Int> = logits.clone().argmax(1).squeeze_dim(1);
        let wrong = answers
            .not_equal(labels.clone())
            .int()
            .sum()
            .into_scalar::<i64>();
        let loss = cross_entropy(logits, labels, 0.0).into_scalar::<f64>();
        Metrics::over(samples)
            .with("loss", loss)
            .with("error", wrong as f64 / samples as f64)
    }
}
