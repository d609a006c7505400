//! What a detector finds on scenes.

use burn::tensor::{Device, Tensor, activation};
use common::contract::a2::{Detection, TrueObject};
use common::data::scenes::{CLASSES, Scenes};

use super::network::Network;
use crate::parts::detection::nms;

/// How many scenes go through the network at once.
const AT_ONCE: usize = 50;
/// What is less sure is no detection.
const LEAST: f64 = 0.05;
/// Of two boxes of a class with a larger IoU one is dropped.
const SAME: f64 = 0.5;

/// The digits that are there.
pub fn objects(scenes: &Scenes) -> Vec<TrueObject> {
    let of = |(image, digits): (usize, &Vec<_>)| {
        let objects = digits
            .iter()
            .map(move |digit: &common::data::scenes::SceneDigit| TrueObject {
                image,
                class: digit.class,
                corners: digit.corners,
            });
        objects.collect::<Vec<_>>()
    };
    scenes.digits.iter().enumerate().flat_map(of).collect()
}

/// What the network finds on all scenes.
pub fn found(network: &Network, scenes: &Scenes, device: &Device) -> Vec<Detection> {
    let all: Vec<usize> = (0..scenes.len()).collect();
    let mut detections = Vec::new();
    for images in all.chunks(AT_ONCE) {
        let output = network.forward(scenes.batch(images, device));
        // A location that is far from the middle of its box is not to be believed.
        let sure: Tensor<3> = activation::sigmoid(output.centerness).unsqueeze_dim(2);
        let scores = (activation::sigmoid(output.class_logits) * sure).sqrt();
        for (i, &image) in images.iter().enumerate() {
            let scores = scores.clone().narrow(0, i, 1).squeeze_dim(0);
            let boxes = output.boxes.clone().narrow(0, i, 1).squeeze_dim(0);
            detections.extend(on_image(image, &scores, &boxes));
        }
    }
    detections
}

/// What is left on one image of scores `[locations, classes]` and boxes `[locations, 4]`.
fn on_image(image: usize, scores: &Tensor<2>, boxes: &Tensor<2>) -> Vec<Detection> {
    let boxes: Vec<f64> = boxes.to_data().iter().collect();
    let scores = scores.to_data();
    let candidates = scores
        .iter::<f64>()
        .enumerate()
        .filter(|(_, score)| *score >= LEAST);
    let candidates: Vec<Detection> = candidates
        .map(|(place, score)| {
            let at = 4 * (place / CLASSES);
            Detection {
                image,
                class: place % CLASSES,
                score,
                corners: std::array::from_fn(|side| boxes[at + side]),
            }
        })
        .collect();
    if candidates.is_empty() {
        return candidates;
    }
    let corners: Vec<[f64; 4]> = candidates
        .iter()
        .map(|detection| detection.corners)
        .collect();
    let scores: Vec<f64> = candidates.iter().map(|detection| detection.score).collect();
    let classes = candidates.iter().map(|detection| detection.class).collect();
    let device = Device::flex();
    let corners: Tensor<1> = Tensor::from_floats(corners.concat().as_slice(), &device);
    let kept = nms(
        corners.reshape([-1, 4]),
        Tensor::from_floats(scores.as_slice(), &device),
        classes,
        SAME,
    );
    kept.into_iter().map(|i| candidates[i].clone()).collect()
}
