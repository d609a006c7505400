//! A2.12 Segmentation and looking inside: a class for each pixel, and what a network looks at.
//!
//! The second half looks into a small classifier, [`LookCnn`]:
//!
//! ```text
//! images [n, c, h, w] -> convolution, ReLU -> 2 x 2 max pooling -> convolution, ReLU = maps -> linear layer
//! ```
//!
//! Its derivatives are by the *image* or by the *maps*, not by the weights. They are Burn's autodiff's work:
//! `common::nn::value_and_gradient` differentiates by whatever it is given first, and a tensor will do.

use burn::tensor::{IndexingUpdateOp, Int, Tensor, activation};
use common::contract::a2::{LookCnn, LookForward, Unet, UnetBlock, UnetConv};
use common::nn::{ConvOptions, conv2d, cross_entropy, max_pool2d, value_and_gradient};

/// Makes an image twice as large by repeating each pixel, and fits it to a size that may be odd.
///
/// ```text
/// y[i, j] = x[min(i / 2, h - 1), min(j / 2, w - 1)]
/// ```
///
/// with the quotients rounded down. Pooling an odd side 7 leaves 3, and twice 3 is 6: the last row is then there
/// once more.
///
/// - `x`: `[n, c, h, w]`; `size`: rows and columns. Gives `[n, c, rows, columns]`.
pub fn upsample_to(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    // BEGIN SOLUTION A2.12 upsample_to
    let [_, _, height, width] = x.dims();
    let [rows, columns] = size;
    let device = x.device();
    let indices = |to: usize, from: usize| {
        let indices: Vec<i64> = (0..to).map(|i| (i / 2).min(from - 1) as i64).collect();
        Tensor::<1, Int>::from_ints(indices.as_slice(), &device)
    };
    x.select(2, indices(rows, height))
        .select(3, indices(columns, width))
    // END SOLUTION
}

/// A small U-Net: down to see what is there, up again to say where, with a bridge at every level.
///
/// A block is a 3 x 3 convolution with padding 1 and ReLU, twice.
///
/// ```text
/// for each level, from the finest:      skip = encoder block of x      x = 2 x 2 max pooling of skip, stride 2
/// at the bottom:                        x = bottom block of x
/// for each level, from the coarsest:    x = decoder block of [skip, upsampled x]
/// at the end:                           logits = 1 x 1 convolution of x
/// ```
///
/// Upsampling is [`upsample_to`] the size of the skip. `[skip, x]` are the channels of both, the skip's first; they
/// are not added. The original crops the skip, because its convolutions have no padding; here the masks have the
/// size of the images, whether it is even or odd.
///
/// - `images`: `[n, c, h, w]`, with sides of at least `2^levels`. Gives `[n, classes, h, w]`.
///
/// Source: Ronneberger, Fischer & Brox, "U-Net" (2015).
pub fn unet_forward(unet: Unet, images: Tensor<4>) -> Tensor<4> {
    // BEGIN SOLUTION A2.12 unet_forward
    let mut x = images;
    let mut skips = Vec::new();
    for block in &unet.encoder {
        let skip = two_convolutions(block, x);
        x = max_pool2d(skip.clone(), [2, 2], [2, 2]);
        skips.push(skip);
    }
    x = two_convolutions(&unet.bottom, x);
    for (block, skip) in unet.decoder.iter().zip(skips).rev() {
        let [_, _, height, width] = skip.dims();
        let up = upsample_to(x, [height, width]);
        x = two_convolutions(block, Tensor::cat(vec![skip, up], 1));
    }
    convolve(&unet.classify.weight, &unet.classify.bias, x)
    // END SOLUTION
}

/// The class with the highest logit at each pixel; of equal ones the lowest class.
///
/// - `logits`: `[n, classes, h, w]`. Gives `[n, h, w]`.
pub fn predict_masks(logits: Tensor<4>) -> Tensor<3, Int> {
    // BEGIN SOLUTION A2.12 predict_masks
    logits.argmax(1).squeeze_dim(1)
    // END SOLUTION
}

/// The Dice coefficient of each class. With the pixels P that are predicted to be of the class and the pixels T that
/// are of it, over all masks together,
///
/// ```text
/// dice = 2 |P and T| / (|P| + |T|)
/// ```
///
/// - `predicted`, `target`: `[n, h, w]` with classes below `classes`.
/// - Gives one number per class, `None` for a class that is in neither: it is not 0, and not 1 either.
///
/// Source: Dice (1945); Sørensen (1948).
pub fn dice_scores(
    predicted: Tensor<3, Int>,
    target: Tensor<3, Int>,
    classes: usize,
) -> Vec<Option<f64>> {
    // BEGIN SOLUTION A2.12 dice_scores
    let dice = |count: &Count| {
        let both = count.predicted + count.target;
        (both > 0).then(|| 2.0 * count.shared as f64 / both as f64)
    };
    count_pixels(predicted, target, classes)
        .iter()
        .map(dice)
        .collect()
    // END SOLUTION
}

/// The mean over the classes of the intersection over union of their pixels, again over all masks together:
///
/// ```text
/// IoU = |P and T| / |P or T|
/// ```
///
/// A class that is in neither does not count, neither above nor below the line of the mean.
///
/// - `predicted`, `target`: `[n, h, w]` with classes below `classes`, background among them.
/// - Gives `None` when there is no pixel.
pub fn mean_iou(predicted: Tensor<3, Int>, target: Tensor<3, Int>, classes: usize) -> Option<f64> {
    // BEGIN SOLUTION A2.12 mean_iou
    let counts = count_pixels(predicted, target, classes);
    let iou = |count: &Count| {
        let union = count.predicted + count.target - count.shared;
        (union > 0).then(|| count.shared as f64 / union as f64)
    };
    let present: Vec<f64> = counts.iter().filter_map(iou).collect();
    let n = present.len() as f64;
    (n > 0.0).then(|| present.iter().sum::<f64>() / n)
    // END SOLUTION
}

/// The soft Dice loss: a Dice coefficient of probabilities, which has a gradient. A digit of few pixels counts in it
/// as much as the background of many.
///
/// With `p` the softmax of the logits over the classes and `t` 1 where the target is the class and 0 elsewhere, the
/// sums over all pixels of all masks,
///
/// ```text
/// loss = 1 - mean over all classes of  (2 sum(p t) + smooth) / (sum(p) + sum(t) + smooth)
/// ```
///
/// - `logits`: `[n, classes, h, w]`; `target`: `[n, h, w]`; `smooth` is above 0.
/// - Gives one number, with a gradient by the logits when they have one. It is finite for logits of any size.
///
/// Source: Milletari, Navab & Ahmadi, "V-Net" (2016), section 3, without its squares.
pub fn dice_loss(logits: Tensor<4>, target: Tensor<3, Int>, smooth: f64) -> Tensor<1> {
    // BEGIN SOLUTION A2.12 dice_loss
    let p = activation::softmax(logits, 1);
    let t = one_hot(target, &p);
    let per_class = |x: Tensor<4>| x.sum_dim(0).sum_dim(2).sum_dim(3);
    let shared = per_class(p.clone() * t.clone()) * 2.0 + smooth;
    let both = per_class(p) + per_class(t) + smooth;
    (shared / both).mean() * -1.0 + 1.0
    // END SOLUTION
}

/// The classifier that is looked into.
///
/// Convolutions have stride 1 and keep the size: the padding of a kernel of side `k` is `(k - 1) / 2`. Pooling is 2 x 2
/// with stride 2. The maps are the output of the second convolution after ReLU; row by row, map after map, they are
/// the inputs of the linear layer.
///
/// - `images`: `[n, c, h, w]`. Gives `maps` `[n, maps, h / 2, w / 2]`, rounded down, and `logits` `[n, classes]`.
pub fn look_forward(cnn: LookCnn, images: Tensor<4>) -> LookForward {
    // BEGIN SOLUTION A2.12 look_forward
    let x = activation::relu(convolve(&cnn.conv1_weight, &cnn.conv1_bias, images));
    let x = max_pool2d(x, [2, 2], [2, 2]);
    let maps = activation::relu(convolve(&cnn.conv2_weight, &cnn.conv2_bias, x));
    LookForward {
        logits: head(&cnn, maps.clone()),
        maps,
    }
    // END SOLUTION
}

/// Saliency: how much the logit of a class changes when a pixel does.
///
/// ```text
/// saliency[i, j] = max over channels of |d logit of the class / d image[channel, i, j]|
/// ```
///
/// The logit, and not the probability: the probability of one class may rise because another's falls.
///
/// - `images`: `[n, c, h, w]`; `classes`: `[n]`, one for each image. Gives `[n, h, w]`.
///
/// Source: Simonyan, Vedaldi & Zisserman, "Deep inside convolutional networks" (2013), section 3.
pub fn saliency_maps(cnn: LookCnn, images: Tensor<4>, classes: Tensor<1, Int>) -> Tensor<3> {
    // BEGIN SOLUTION A2.12 saliency_maps
    let (_, gradient) = value_and_gradient(&images, |images| {
        let logits = look_forward(cnn, images.clone()).logits;
        of_classes(logits, classes)
    });
    gradient.abs().max_dim(1).squeeze_dim(1)
    // END SOLUTION
}

/// The fast gradient sign method: an adversarial example in one step.
///
/// ```text
/// x' = x + eps sign(d loss / d x)
/// ```
///
/// with the mean cross-entropy for the labels as the loss, and sign(0) = 0. No value moves by more than `eps`, and all
/// that matter move by as much. The result is not clipped to the range of pixels; that is up to the caller.
///
/// - `images`: `[n, c, h, w]`; `labels`: `[n]`. Gives `[n, c, h, w]`.
///
/// Source: Goodfellow, Shlens & Szegedy, "Explaining and harnessing adversarial examples" (2015), section 4.
pub fn fgsm(cnn: LookCnn, images: Tensor<4>, labels: Tensor<1, Int>, eps: f64) -> Tensor<4> {
    // BEGIN SOLUTION A2.12 fgsm
    let (_, gradient) = value_and_gradient(&images, |images| {
        let logits = look_forward(cnn, images.clone()).logits;
        cross_entropy(logits, labels, 0.0)
    });
    images + gradient.sign() * eps
    // END SOLUTION
}

/// Grad-CAM: where on the last maps the evidence for a class is.
///
/// With the maps `A_k` of an image and the logit `s` of its class,
///
/// ```text
/// a_k = mean over i, j of  ds / dA_k[i, j]        cam[i, j] = max(0, sum over k of  a_k A_k[i, j])
/// ```
///
/// ReLU, because what speaks against the class is not asked for.
///
/// - `images`: `[n, c, h, w]`; `classes`: `[n]`. Gives `[n, h / 2, w / 2]`, as large as the maps.
///
/// Source: Selvaraju et al., "Grad-CAM" (2017), eqs. 1 and 2.
pub fn grad_cam(cnn: LookCnn, images: Tensor<4>, classes: Tensor<1, Int>) -> Tensor<3> {
    // BEGIN SOLUTION A2.12 grad_cam
    let maps = look_forward(cnn.clone(), images).maps;
    let (_, gradient) =
        value_and_gradient(&maps, |maps| of_classes(head(&cnn, maps.clone()), classes));
    let weights = gradient.mean_dim(2).mean_dim(3);
    activation::relu((maps * weights).sum_dim(1)).squeeze_dim(1)
    // END SOLUTION
}

// BEGIN SOLUTION
/// A convolution that keeps the size, for kernels of an odd side.
fn convolve(weight: &Tensor<4>, bias: &Tensor<1>, x: Tensor<4>) -> Tensor<4> {
    let [_, _, rows, columns] = weight.dims();
    let options = ConvOptions {
        padding: [rows / 2, columns / 2],
        ..ConvOptions::default()
    };
    conv2d(x, weight.clone(), Some(bias.clone()), &options)
}

fn two_convolutions(block: &UnetBlock, x: Tensor<4>) -> Tensor<4> {
    let layer = |conv: &UnetConv, x| activation::relu(convolve(&conv.weight, &conv.bias, x));
    layer(&block.second, layer(&block.first, x))
}

/// How many pixels a class has.
#[derive(Clone, Default)]
struct Count {
    predicted: usize,
    target: usize,
    shared: usize,
}

fn count_pixels(predicted: Tensor<3, Int>, target: Tensor<3, Int>, classes: usize) -> Vec<Count> {
    let mut counts = vec![Count::default(); classes];
    let (predicted, target) = (predicted.into_data(), target.into_data());
    for (p, t) in predicted.iter::<i64>().zip(target.iter::<i64>()) {
        counts[p as usize].predicted += 1;
        counts[t as usize].target += 1;
        counts[p as usize].shared += usize::from(p == t);
    }
    counts
}

/// 1 in the channel of each pixel's class and 0 in the others, in the shape of `like`.
fn one_hot(target: Tensor<3, Int>, like: &Tensor<4>) -> Tensor<4> {
    let zeros = like.zeros_like();
    let place: Tensor<4, Int> = target.unsqueeze_dim(1);
    let ones = zeros.clone().narrow(1, 0, 1).ones_like();
    zeros.scatter(1, place, ones, IndexingUpdateOp::Add)
}

/// The linear layer on the maps.
fn head(cnn: &LookCnn, maps: Tensor<4>) -> Tensor<2> {
    let inputs: Tensor<2> = maps.flatten(1, 3);
    inputs.matmul(cnn.head_weight.clone()) + cnn.head_bias.clone().unsqueeze()
}

/// The sum of the logits of each image's class. No image has a say in another's, so its gradient is each one's.
fn of_classes(logits: Tensor<2>, classes: Tensor<1, Int>) -> Tensor<1> {
    logits.gather(1, classes.unsqueeze_dim(1)).sum()
}
// END SOLUTION
