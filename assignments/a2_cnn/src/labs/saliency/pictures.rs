//! What the classifier looks at, side by side.

use burn::tensor::{Device, Int, Tensor, activation};
use common::contract::a2::LookCnn;
use common::data::Images;
use common::plot::{Curve, Image, Panel, Picture, PlotError, Tile, curves, image_grid};

use crate::parts::segmentation::{fgsm, grad_cam, look_forward, saliency_maps, upsample_to};

/// How many images are drawn.
const SHOWN: usize = 8;

/// Accuracy against the largest step of a pixel.
///
/// # Errors
/// When it cannot be drawn.
pub fn draw_steps(accuracies: &[(f64, f64)], data: &str) -> Result<Picture, PlotError> {
    let points = accuracies
        .iter()
        .map(|(eps, accuracy)| (*eps, 100.0 * accuracy));
    let panel = Panel {
        y_label: "accuracy, %".into(),
        x_label: "step of every pixel (eps)".into(),
        curves: vec![Curve {
            name: "FGSM".into(),
            points: points.collect(),
        }],
    };
    curves(&format!("Adversarial examples of {data}"), &[panel])
}

/// Four columns: an image with what the network says, its saliency, Grad-CAM of its class, and an adversarial
/// example with what the network says then.
///
/// # Errors
/// When it cannot be drawn.
pub fn inside(
    cnn: &LookCnn,
    images: &Images,
    eps: f64,
    device: &Device,
) -> Result<Picture, PlotError> {
    let samples: Vec<usize> = (0..images.len().min(SHOWN)).collect();
    let (x, labels) = images.batch(&samples, device);
    let [n, _, height, width] = x.dims();

    let before = answers(cnn, x.clone());
    let said: Vec<i64> = before.iter().map(|(class, _)| *class).collect();
    let said = Tensor::<1, Int>::from_ints(said.as_slice(), device);
    let saliency = saliency_maps(cnn.clone(), x.clone(), said.clone());
    let cam: Tensor<4> = grad_cam(cnn.clone(), x.clone(), said).unsqueeze_dim(1);
    let cam: Tensor<3> = upsample_to(cam, [height, width]).squeeze_dim(1);
    let other = fgsm(cnn.clone(), x.clone(), labels, eps).clamp(0.0, 1.0);
    let after = answers(cnn, other.clone());

    let mut tiles = Vec::new();
    for i in 0..n {
        let answer =
            |(class, probability): &(i64, f64)| format!("{class} at {:.0} %", 100.0 * probability);
        tiles.push(tile(
            pixels(&x, i),
            answer(&before[i]),
            images.channels,
            images,
        ));
        tiles.push(tile(heat(&saliency, i), "saliency".into(), 1, images));
        tiles.push(tile(heat(&cam, i), "Grad-CAM".into(), 1, images));
        tiles.push(tile(
            pixels(&other, i),
            answer(&after[i]),
            images.channels,
            images,
        ));
    }
    let title = format!("Image, saliency, Grad-CAM, and FGSM with eps {eps}");
    image_grid(&title, &tiles, 8)
}

/// The class of each image and its probability.
fn answers(cnn: &LookCnn, images: Tensor<4>) -> Vec<(i64, f64)> {
    let p = activation::softmax(look_forward(cnn.clone(), images).logits, 1);
    let (surest, classes) = p.max_dim_with_indices(1);
    let (surest, classes) = (surest.into_data(), classes.into_data());
    classes.iter::<i64>().zip(surest.iter::<f64>()).collect()
}

/// The pixels of image `i`, grey ones dark on light.
fn pixels(images: &Tensor<4>, i: usize) -> Vec<f32> {
    let grey = images.dims()[1] == 1;
    let pixels = images.clone().narrow(0, i, 1).into_data();
    pixels
        .iter::<f32>()
        .map(|x| if grey { 1.0 - x } else { x })
        .collect()
}

/// The map of image `i`, its largest value black.
fn heat(maps: &Tensor<3>, i: usize) -> Vec<f32> {
    let map: Vec<f32> = maps.clone().narrow(0, i, 1).into_data().iter().collect();
    let largest = map.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    map.iter().map(|x| 1.0 - x / largest).collect()
}

fn tile(pixels: Vec<f32>, caption: String, channels: usize, like: &Images) -> Tile {
    Tile {
        image: Image {
            width: like.width,
            height: like.height,
            channels,
            pixels,
        },
        caption: Some(caption),
    }
}
