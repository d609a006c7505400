//! A detector: a few given layers, and the student's head on them.

use burn::tensor::{Tensor, activation};
use common::contract::a2::{DetectorConv, DetectorHead, DetectorOutput};
use common::data::scenes::CLASSES;
use common::nn::{ConvOptions, conv2d, kaiming_normal, max_pool2d};
use common::parameters;
use common::rng::Rng;

use super::targets::Targets;
use crate::parts::detection::{detector_head, focal_loss, paired_giou};

/// How many of the first layers halve the image, and the stride that this makes.
const HALVINGS: usize = 2;
const STRIDE: usize = 4;
/// What Lin et al. (2017) found best.
const ALPHA: f64 = 0.25;
const GAMMA: f64 = 2.0;
/// The probability that a location gives each class before it has learned anything. Without it the loss of all the
/// background drowns everything else in the first steps (Lin et al. 2017, section 3.3).
const PRIOR: f64 = 0.01;

parameters! {
    /// The layers below the head, and the head.
    pub struct Network {
        /// 3 x 3 convolutions with ReLU; max pooling follows the first two.
        pub backbone: Vec<DetectorConv>,
        /// One layer for all outputs, then the three.
        pub head: DetectorHead,
    }
}

fn layer(rng: &mut Rng, inputs: usize, outputs: usize) -> DetectorConv {
    let weight: Tensor<4> = kaiming_normal(rng, [outputs, inputs, 3, 3], 9 * inputs);
    DetectorConv {
        bias: Tensor::zeros([outputs], (&weight.device(), weight.dtype())),
        weight,
    }
}

/// A layer that gives nearly the same at every location before it has learned anything.
fn end(rng: &mut Rng, inputs: usize, outputs: usize, bias: f64) -> DetectorConv {
    let DetectorConv {
        weight,
        bias: zeros,
    } = layer(rng, inputs, outputs);
    DetectorConv {
        weight: weight * 0.1,
        bias: zeros + bias,
    }
}

impl Network {
    /// A new network with so many channels in the layers below the head, in double precision.
    pub fn new(channels: &[usize], seed: u64) -> Self {
        let rng = &mut Rng::named(seed, "weights");
        let mut inputs = 1;
        let mut backbone = Vec::new();
        for &outputs in channels {
            backbone.push(layer(rng, inputs, outputs));
            inputs = outputs;
        }
        // Digits reach about two strides from their middle.
        let half = 2f64.ln();
        let head = DetectorHead {
            tower: vec![layer(rng, inputs, inputs)],
            class: end(rng, inputs, CLASSES, (PRIOR / (1.0 - PRIOR)).ln()),
            distance: end(rng, inputs, 4, half),
            centerness: end(rng, inputs, 1, 0.0),
        };
        Self { backbone, head }
    }

    /// What the network says about images `[n, 1, size, size]`.
    pub fn forward(&self, images: Tensor<4>) -> DetectorOutput {
        let options = ConvOptions {
            padding: [1, 1],
            ..ConvOptions::default()
        };
        let mut x = images;
        for (i, layer) in self.backbone.iter().enumerate() {
            let bias = Some(layer.bias.clone());
            x = activation::relu(conv2d(x, layer.weight.clone(), bias, &options));
            if i < HALVINGS {
                x = max_pool2d(x, [2, 2], [2, 2]);
            }
        }
        // A network of one layer has the same stride.
        for _ in self.backbone.len()..HALVINGS {
            x = max_pool2d(x, [2, 2], [2, 2]);
        }
        detector_head(self.head.clone(), x, STRIDE)
    }

    /// The loss of FCOS: focal loss for the classes at all locations; for those that are to find a box, `1 - GIoU`
    /// weighted by how central they are, and cross-entropy for the centerness.
    ///
    /// Source: Tian et al. (2019), eq. 2, with GIoU as in their later version (2020).
    pub fn loss(&self, images: Tensor<4>, targets: &Targets) -> Tensor<1> {
        let output = self.forward(images);
        let logits: Tensor<2> = output.class_logits.flatten(0, 1);
        let classes = focal_loss(logits, targets.classes.clone(), ALPHA, GAMMA).sum();
        let Some(found) = &targets.found else {
            return classes;
        };
        let boxes: Tensor<2> = output.boxes.flatten(0, 1);
        let boxes = boxes.select(0, found.locations.clone());
        let centerness: Tensor<1> = output.centerness.flatten(0, 1);
        let centerness = centerness.select(0, found.locations.clone());

        let weights = found.centerness.clone();
        let apart = paired_giou(boxes, found.boxes.clone()).neg() + 1.0;
        let apart = (apart * weights.clone()).sum() / weights.clone().sum();
        classes / found.count as f64 + apart + cross_entropy(centerness, weights).mean()
    }
}

/// The binary cross-entropy of logits for targets from 0 to 1: `ln(1 + e^x) - target x`.
fn cross_entropy(logits: Tensor<1>, targets: Tensor<1>) -> Tensor<1> {
    -activation::log_sigmoid(-logits.clone()) - targets * logits
}
