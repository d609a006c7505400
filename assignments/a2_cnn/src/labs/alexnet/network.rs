//! The two classifiers, and what becomes of a picture before the small AlexNet sees it.

use burn::tensor::{DType, Device, Tensor};
use common::contract::a2::{ColourComponents, CropDraw, MiniAlexnet, ResponseNorm};
use common::data::Images;
use common::nn::{kaiming_normal, single};
use common::parameters;
use common::rng::Rng;

use crate::parts::alexnet::{
    colour_components, mini_alexnet_forward, pca_colour_jitter, random_crop_flip, ten_crop_predict,
};

parameters! {
    /// The rival: as many logits as classes, straight from the pixels of the whole picture.
    pub struct Linear {
        /// `[channels x height x width, classes]`
        pub weight: Tensor<2>,
        /// `[classes]`
        pub bias: Tensor<1>,
    }
}

/// By how many rows and columns a window is smaller than its picture: 256 and 224 in the paper, 32 and 28 here.
const MARGIN: usize = 4;
/// Rows and columns of a kernel.
const KERNEL: usize = 5;
/// The first kernels start with this share of what He et al. ask for, as in `train filters`: what is seen in them at the
/// end is what they learned. (All weights of the paper start with a standard deviation of 0.01.)
const FIRST: f64 = 0.2;
/// The groups of the second convolution: the two graphics cards.
const GROUPS: usize = 2;
/// The standard deviation of the draws along the components of colour, as in the paper.
const JITTER: f64 = 0.1;
/// How many pictures say how colours vary.
const SAMPLE: usize = 1000;
/// The settings of the paper.
const NORM: ResponseNorm = ResponseNorm {
    size: 5,
    k: 2.0,
    alpha: 1e-4,
    beta: 0.75,
};

/// Rows and columns of the windows of pictures `[channels, height, width]`.
pub fn window([_, height, width]: [usize; 3]) -> [usize; 2] {
    [height - MARGIN, width - MARGIN]
}

/// A small AlexNet for windows of pictures of this shape, before training. Its widths are the channels of the convolutions
/// and the units of the hidden layer.
pub fn new_alexnet(
    shape: [usize; 3],
    [first, second, hidden]: [usize; 3],
    classes: usize,
    seed: u64,
) -> MiniAlexnet {
    let rng = &mut Rng::named(seed, "alexnet");
    let pooled = |size: usize| (size - 3) / 2 + 1;
    let [rows, columns] = window(shape).map(|size| pooled(pooled(size)));
    let features = second * rows * columns;
    let (seen, area) = (first / GROUPS, KERNEL * KERNEL);
    let conv1 = [first, shape[0], KERNEL, KERNEL];
    let conv2 = [second, seen, KERNEL, KERNEL];
    MiniAlexnet {
        conv1_weight: kaiming_normal(rng, conv1, shape[0] * area) * FIRST,
        conv1_bias: zeros(first),
        conv2_weight: kaiming_normal(rng, conv2, seen * area),
        conv2_bias: zeros(second),
        dense1_weight: kaiming_normal(rng, [features, hidden], features),
        dense1_bias: zeros(hidden),
        dense2_weight: kaiming_normal(rng, [hidden, classes], hidden),
        dense2_bias: zeros(classes),
    }
}

/// The rival before training: it knows nothing and finds every class as probable as any other.
pub fn new_linear(shape: [usize; 3], classes: usize) -> Linear {
    let features = shape.iter().product();
    Linear {
        weight: Tensor::zeros([features, classes], (&Device::flex(), DType::F64)),
        bias: zeros(classes),
    }
}

fn zeros(n: usize) -> Tensor<1> {
    Tensor::zeros([n], (&Device::flex(), DType::F64))
}

/// The logits of the rival.
pub fn linear_logits(linear: &Linear, images: Tensor<4>) -> Tensor<2> {
    let pixels: Tensor<2> = images.flatten(1, 3);
    pixels.matmul(linear.weight.clone()) + linear.bias.clone().unsqueeze()
}

/// The logits of the small AlexNet for windows.
pub fn alexnet_logits(alexnet: &MiniAlexnet, windows: Tensor<4>) -> Tensor<2> {
    mini_alexnet_forward(alexnet.clone(), windows, NORM)
}

/// What the small AlexNet makes of the ten windows of each picture: the means of their probabilities.
pub fn ten_views(alexnet: &MiniAlexnet, images: Tensor<4>, window: [usize; 2]) -> Tensor<2> {
    ten_crop_predict(alexnet.clone(), images, window, NORM)
}

/// The window in the middle of each picture.
pub fn middle(images: Tensor<4>, window: [usize; 2]) -> Tensor<4> {
    let draw = CropDraw {
        row: 0.5,
        column: 0.5,
        flip: 1.0, // not mirrored
    };
    let draws = vec![draw; images.dims()[0]];
    random_crop_flip(images, window, draws)
}

/// A window of each picture in another light, both drawn anew.
pub fn augmented(
    images: Tensor<4>,
    window: [usize; 2],
    components: &ColourComponents,
    rng: &mut Rng,
) -> Tensor<4> {
    let [n, channels, _, _] = images.dims();
    let mut crop = || CropDraw {
        row: rng.unit(),
        column: rng.unit(),
        flip: rng.unit(),
    };
    let crops = (0..n).map(|_| crop()).collect();
    let light = rng.tensor([n, channels], |rng| JITTER * rng.normal());
    let light = single(light, &images.device());
    let windows = random_crop_flip(images, window, crops);
    pca_colour_jitter(windows, components.clone(), light)
}

/// How the colours of the first training pictures vary.
pub fn components(images: &Images, device: &Device) -> ColourComponents {
    let some: Vec<usize> = (0..images.len().min(SAMPLE)).collect();
    let (pictures, _) = images.batch(&some, &Device::flex());
    // Sums over a million pixels need double precision.
    let ColourComponents { values, vectors } = colour_components(pictures.cast(DType::F64));
    ColourComponents {
        values: single(values, device),
        vectors: single(vectors, device),
    }
}
