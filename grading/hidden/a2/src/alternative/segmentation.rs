//! A2.12 once more: the way up as a recursion, masks as vectors, derivatives through Burn's `require_grad`.

use burn::tensor::{Int, Tensor, activation};
use common::contract::a2::*;
use common::nn::{ConvOptions, conv2d, max_pool2d};

use crate::oracle::array::{Array, tensor};

pub fn table() -> SegmentationTable {
    SegmentationTable {
        upsample_to,
        unet_forward: |unet, images| {
            let x = level(&unet, 0, images);
            convolve(x, &unet.classify.weight, &unet.classify.bias)
        },
        predict_masks: |logits| {
            let [n, classes, rows, columns] = logits.dims();
            let maps = Array::of(&logits);
            let mut mask = vec![];
            for image in 0..n {
                for i in 0..rows {
                    for j in 0..columns {
                        let mut best = 0;
                        for class in 1..classes {
                            if maps[[image, class, i, j]] > maps[[image, best, i, j]] {
                                best = class;
                            }
                        }
                        mask.push(best as i64);
                    }
                }
            }
            let flat = Tensor::<1, Int>::from_ints(mask.as_slice(), &burn::tensor::Device::flex());
            flat.reshape([n, rows, columns])
        },
        dice_scores: |predicted, target, classes| {
            let table = confusion(predicted, target, classes);
            let dice = |class: usize| {
                let row: usize = table[class].iter().sum();
                let column: usize = table.iter().map(|row| row[class]).sum();
                match row + column {
                    0 => None,
                    all => Some((2 * table[class][class]) as f64 / all as f64),
                }
            };
            (0..classes).map(dice).collect()
        },
        mean_iou: |predicted, target, classes| {
            let table = confusion(predicted, target, classes);
            let (mut sum, mut present) = (0.0, 0);
            for class in 0..classes {
                let either: usize = (0..classes)
                    .flat_map(|p| (0..classes).map(move |t| (p, t)))
                    .filter(|&(p, t)| p == class || t == class)
                    .map(|(p, t)| table[p][t])
                    .sum();
                if either > 0 {
                    sum += table[class][class] as f64 / either as f64;
                    present += 1;
                }
            }
            (present > 0).then(|| sum / f64::from(present))
        },
        dice_loss: |logits, target, smooth| {
            let classes = logits.dims()[1];
            let p = activation::log_softmax(logits, 1).exp();
            let mut loss = tensor::<1>(vec![1.0], [1]);
            for class in 0..classes {
                let p: Tensor<3> = p.clone().narrow(1, class, 1).squeeze_dim(1);
                let is = target.clone().equal_elem(class as i64);
                let others = is.clone().bool_not();
                let count = is.int().sum().into_scalar::<i64>() as f64;
                let both = p.clone().mask_fill(others, 0.0).sum();
                let quotient = (both * 2.0 + smooth) / (p.sum() + (count + smooth));
                loss = loss - quotient / classes as f64;
            }
            loss
        },
        look_forward,
        saliency_maps: |cnn, images, classes| {
            let leaf = images.autodiff().require_grad();
            let logits = look_forward(cnn, leaf.clone()).logits;
            let gradients = picked(logits, &classes).backward();
            let gradient = leaf
                .grad(&gradients)
                .expect("the logits depend on the images");
            let channels = gradient.dims()[1];
            let mut largest = gradient.clone().narrow(1, 0, 1).abs();
            for channel in 1..channels {
                largest = largest.max_pair(gradient.clone().narrow(1, channel, 1).abs());
            }
            largest.squeeze_dim(1)
        },
        fgsm: |cnn, images, labels, eps| {
            let leaf = images.clone().autodiff().require_grad();
            let log_p = activation::log_softmax(look_forward(cnn, leaf.clone()).logits, 1);
            let gradients = picked(log_p, &labels).neg().backward();
            let gradient = leaf
                .grad(&gradients)
                .expect("the loss depends on the images");
            let up = gradient.clone().greater_elem(0.0);
            let down = gradient.lower_elem(0.0);
            let moved = images.clone().mask_where(up, images.clone() + eps);
            moved.mask_where(down, images - eps)
        },
        grad_cam: |cnn, images, classes| {
            // The head is linear: the gradient by the maps is a column of its weights.
            let maps = look_forward(cnn.clone(), images).maps;
            let [n, count, rows, columns] = maps.dims();
            let outputs = cnn.head_bias.dims()[0];
            let weights = cnn.head_weight.reshape([count, rows * columns, outputs]);
            let means: Tensor<2> = weights.mean_dim(1).squeeze_dim(1);
            let of_images: Tensor<4> = means
                .transpose()
                .select(0, classes)
                .reshape([n, count, 1, 1]);
            (maps * of_images).sum_dim(1).clamp_min(0.0).squeeze_dim(1)
        },
    }
}

/// Twice as large by repeating, then one more row and column, then cut.
fn upsample_to(x: Tensor<4>, [rows, columns]: [usize; 2]) -> Tensor<4> {
    let [n, c, height, width] = x.dims();
    let x: Tensor<6> = x.reshape([n, c, height, 1, width, 1]);
    let x = x.repeat_dim(3, 2).repeat_dim(5, 2);
    let x = x.reshape([n, c, 2 * height, 2 * width]);
    let x = Tensor::cat(vec![x.clone(), x.narrow(2, 2 * height - 1, 1)], 2);
    let x = Tensor::cat(vec![x.clone(), x.narrow(3, 2 * width - 1, 1)], 3);
    x.narrow(2, 0, rows).narrow(3, 0, columns)
}

fn convolve(x: Tensor<4>, weight: &Tensor<4>, bias: &Tensor<1>) -> Tensor<4> {
    let side = weight.dims()[2];
    let options = ConvOptions {
        padding: [(side - 1) / 2; 2],
        ..ConvOptions::default()
    };
    let channels = bias.dims()[0];
    let bias: Tensor<4> = bias.clone().reshape([1, channels, 1, 1]);
    conv2d(x, weight.clone(), None, &options) + bias
}

fn block(block: &UnetBlock, x: Tensor<4>) -> Tensor<4> {
    let x = convolve(x, &block.first.weight, &block.first.bias).clamp_min(0.0);
    convolve(x, &block.second.weight, &block.second.bias).clamp_min(0.0)
}

/// What the levels from `depth` down make of `x`.
fn level(unet: &Unet, depth: usize, x: Tensor<4>) -> Tensor<4> {
    let (Some(encoder), Some(decoder)) = (unet.encoder.get(depth), unet.decoder.get(depth)) else {
        return block(&unet.bottom, x);
    };
    let skip = block(encoder, x);
    let [_, _, rows, columns] = skip.dims();
    let below = level(unet, depth + 1, max_pool2d(skip.clone(), [2, 2], [2, 2]));
    block(
        decoder,
        Tensor::cat(vec![skip, upsample_to(below, [rows, columns])], 1),
    )
}

/// `table[predicted][target]` pixels.
fn confusion(predicted: Tensor<3, Int>, target: Tensor<3, Int>, classes: usize) -> Vec<Vec<usize>> {
    let mut table = vec![vec![0; classes]; classes];
    let predicted: Vec<i64> = predicted.into_data().iter().collect();
    for (i, t) in target.into_data().iter::<i64>().enumerate() {
        table[predicted[i] as usize][t as usize] += 1;
    }
    table
}

fn look_forward(cnn: LookCnn, images: Tensor<4>) -> LookForward {
    let x = convolve(images, &cnn.conv1_weight, &cnn.conv1_bias).clamp_min(0.0);
    let x = max_pool2d(x, [2, 2], [2, 2]);
    let maps = convolve(x, &cnn.conv2_weight, &cnn.conv2_bias).clamp_min(0.0);
    let [n, count, rows, columns] = maps.dims();
    let inputs = maps.clone().reshape([n, count * rows * columns]);
    let logits = inputs.matmul(cnn.head_weight) + cnn.head_bias.unsqueeze();
    LookForward { maps, logits }
}

/// The sum of one number of each row.
fn picked(x: Tensor<2>, classes: &Tensor<1, Int>) -> Tensor<1> {
    let [_, columns] = x.dims();
    let classes: Vec<i64> = classes.to_data().iter().collect();
    let mut mask = vec![];
    for class in classes {
        mask.extend((0..columns).map(|column| f64::from(u8::from(column as i64 == class))));
    }
    let mask: Tensor<2> = tensor(mask, x.dims());
    (x * mask).sum()
}
