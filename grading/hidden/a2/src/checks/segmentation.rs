//! Checks of A2.12: the U-Net and the measures of masks.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use common::check::{Check, Failure, Tolerance, Verdict, close, ensure, equal, equal_bits, within};
use common::contract::Submission;
use common::contract::a2::{Segmenter, Unet, UnetBlock, UnetConv};
use common::rng::Rng;

use super::segmentation_looking::looking;
use super::{about, sizes};
use crate::oracle::array::{Array, tensor};
use crate::oracle::feature_maps::Same;
use crate::oracle::segmentation as oracle;

pub(super) const PART: &str = "A2.12";

/// The hidden checks of this part.
pub fn checks() -> Vec<Check> {
    let mut all = vec![
        Check {
            id: "segmentation/upsampling",
            part: PART,
            points: 1,
            proves: "Images of any size are doubled, to even and odd sizes in both directions.",
            hint: "Row i comes from row i / 2, rounded down, and at most from the last.",
            run: upsampling,
        },
        Check {
            id: "segmentation/values",
            part: PART,
            points: 2,
            proves: "With given weights U-Nets of no, one and two levels give the logits that loops give.",
            hint: "A skip is the output of the encoder's block before pooling; on the way up the coarsest level comes first.",
            run: unet_values,
        },
        Check {
            id: "segmentation/odd_sizes",
            part: PART,
            points: 1,
            proves: "Sides that are odd at one level or another keep their length, and the logits are right up to the edge.",
            hint: "Upsample to the size of the skip, not to twice the size of what comes from below.",
            run: odd_sizes,
        },
        Check {
            id: "segmentation/bridges",
            part: PART,
            points: 1,
            proves: "What the decoder takes from the skip and what it takes from below come through the right weights.",
            hint: "cat along axis 1, the skip first: the first input channels of a decoder's weight are the skip's.",
            run: bridges,
        },
        Check {
            id: "segmentation/masks",
            part: PART,
            points: 1,
            proves: "Each pixel gets its surest class, and of equal ones the lowest.",
            hint: "argmax along axis 1, which then goes away.",
            run: masks,
        },
        Check {
            id: "segmentation/dice",
            part: PART,
            points: 1,
            proves: "Dice coefficients of random masks, class by class, with classes in one mask or in none.",
            hint: "Count over all masks together: 2 |P and T| / (|P| + |T|), and None only where both are empty.",
            run: dice,
        },
        Check {
            id: "segmentation/mean_iou",
            part: PART,
            points: 1,
            proves: "The mean IoU of random masks is over the classes that are in one of the two, background among them.",
            hint: "Leave out a class with an empty union, and divide by the number of those that are left.",
            run: mean_iou,
        },
        Check {
            id: "segmentation/soft_dice",
            part: PART,
            points: 2,
            proves: "The soft Dice loss of random logits, for any smoothing, with absent classes, and of logits of any size.",
            hint: "All classes count, also one that is not in the target; Burn's softmax along axis 1 does not overflow.",
            run: soft_dice,
        },
    ];
    all.extend(looking());
    all
}

pub(super) fn random_maps(rng: &mut Rng, shape: [usize; 4]) -> Array<4> {
    Array::from_fn(shape, |_| rng.normal())
}

/// A layer with kernels of `k` x `k`, whose output is about as large as its input.
pub(super) fn random_layer(rng: &mut Rng, outputs: usize, inputs: usize, k: usize) -> Same {
    let scale = (2.0 / (inputs * k * k) as f64).sqrt();
    Same {
        weight: Array::from_fn([outputs, inputs, k, k], |_| scale * rng.normal()),
        bias: (0..outputs).map(|_| 0.3 * rng.normal()).collect(),
    }
}

fn random_unet(rng: &mut Rng, levels: usize, channels: usize, classes: usize) -> oracle::Unet {
    let mut block = |inputs: usize| {
        let [middle, outputs] = sizes(rng, 2, 4);
        let first = random_layer(rng, middle, inputs, 3);
        (outputs, [first, random_layer(rng, outputs, middle, 3)])
    };
    let mut inputs = channels;
    let mut encoders = vec![];
    for _ in 0..levels {
        let (outputs, encoder) = block(inputs);
        encoders.push((outputs, encoder));
        inputs = outputs;
    }
    let (mut below, bottom) = block(inputs);
    let mut levels = vec![];
    for (skip, encoder) in encoders.into_iter().rev() {
        let (outputs, decoder) = block(skip + below);
        levels.insert(0, (encoder, decoder));
        below = outputs;
    }
    let classify = random_layer(rng, classes, below, 1);
    oracle::Unet {
        levels,
        bottom,
        classify,
    }
}

fn conv(layer: &Same) -> UnetConv {
    UnetConv {
        weight: layer.weight.tensor(),
        bias: tensor(layer.bias.clone(), [layer.bias.len()]),
    }
}

fn given(unet: &oracle::Unet) -> Unet {
    let block = |[first, second]: &oracle::Block| UnetBlock {
        first: conv(first),
        second: conv(second),
    };
    Unet {
        encoder: unet
            .levels
            .iter()
            .map(|(encoder, _)| block(encoder))
            .collect(),
        bottom: block(&unet.bottom),
        decoder: unet
            .levels
            .iter()
            .map(|(_, decoder)| block(decoder))
            .collect(),
        classify: conv(&unet.classify),
    }
}

fn upsampling(s: &Submission, rng: &mut Rng) -> Verdict {
    for [odd_rows, odd_columns] in [[0, 0], [1, 0], [0, 1], [1, 1]] {
        let shape @ [_, _, height, width] = sizes(rng, 1, 5);
        let x = random_maps(rng, shape);
        let size = [2 * height + odd_rows, 2 * width + odd_columns];
        let got = s.upsample_to(x.tensor(), size)?;
        close(&got, &oracle::upsample(&x, size).tensor(), Tolerance::EXACT)
            .map_err(about(format_args!("{shape:?} to {size:?}")))?;
    }
    Ok(())
}

fn same_logits(s: &Submission, unet: &oracle::Unet, images: &Array<4>) -> Verdict {
    let got = s.unet_forward(given(unet), images.tensor())?;
    close(&got, &unet.of(images).tensor(), Tolerance::EXACT).map_err(about(format_args!(
        "{} levels, {:?}",
        unet.levels.len(),
        images.shape
    )))
}

fn unet_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for (levels, size) in [(0, [3, 4]), (1, [6, 4]), (2, [4, 8])] {
        let [n, channels, classes] = sizes(rng, 1, 4);
        let unet = random_unet(rng, levels, channels, classes);
        let images = random_maps(rng, [n, channels, size[0], size[1]]);
        same_logits(s, &unet, &images)?;
    }
    Ok(())
}

/// 7 becomes 3 and 1; 5 becomes 2 and 1; 6 becomes 3 and 1.
fn odd_sizes(s: &Submission, rng: &mut Rng) -> Verdict {
    for (levels, size) in [(1, [5, 4]), (1, [2, 3]), (2, [7, 5]), (2, [6, 7])] {
        let classes = rng.between(2, 3);
        let unet = random_unet(rng, levels, 1, classes);
        let images = random_maps(rng, [1, 1, size[0], size[1]]);
        same_logits(s, &unet, &images)?;
    }
    Ok(())
}

/// With weights of 0 for one side of the bridge the logits are those of the other side alone; and where nothing is taken
/// from below, another bottom changes no bit.
fn bridges(s: &Submission, rng: &mut Rng) -> Verdict {
    let images = random_maps(rng, [1, 2, 4, 6]);
    for from_skip in [true, false] {
        let mut unet = random_unet(rng, 1, 2, 3);
        let (encoder, decoder) = &mut unet.levels[0];
        let skip = encoder[1].bias.len();
        let weight = &mut decoder[0].weight;
        *weight = Array::from_fn(weight.shape, |place @ [_, c, _, _]| {
            if (c < skip) == from_skip {
                weight[place]
            } else {
                0.0
            }
        });
        same_logits(s, &unet, &images).map_err(about("one side of the bridge"))?;
        if from_skip {
            let before = s.unet_forward(given(&unet), images.tensor())?;
            unet.bottom[1].bias.iter_mut().for_each(|bias| *bias += 1.0);
            let after = s.unet_forward(given(&unet), images.tensor())?;
            equal_bits(&after, &before).map_err(about("another bottom"))?;
        }
    }
    Ok(())
}

/// A mask from the class of each pixel.
fn mask(classes: &[i64], shape: [usize; 3]) -> Tensor<3, Int> {
    let data = TensorData::new(classes.to_vec(), shape);
    Tensor::from_data(data, (&Device::flex(), DType::I64))
}

/// Logits of few values, so that many are equal.
fn masks(s: &Submission, rng: &mut Rng) -> Verdict {
    for ties in [false, true] {
        let [n, classes, rows, columns] = sizes(rng, 2, 6);
        let logits = Array::from_fn([n, classes, rows, columns], |_| match ties {
            true => rng.below(3) as f64 - 1.0,
            false => rng.normal(),
        });
        let got = s.predict_masks(logits.tensor())?;
        equal(&got.dims(), &[n, rows, columns]).map_err(about("shape"))?;
        let got: Vec<i64> = got.to_data().iter().collect();
        equal(&got, &oracle::masks(&logits))?;
    }
    Ok(())
}

/// Masks of `classes` classes: class 1 is in neither, class 2 only in the target, class 3 only in the prediction.
fn random_masks(rng: &mut Rng, pixels: usize, classes: usize) -> [Vec<i64>; 2] {
    let mut draw = |without: usize| -> Vec<i64> {
        let mut one = || match rng.below(classes) {
            1 => 0,
            class if class == without => 0,
            class => class as i64,
        };
        (0..pixels).map(|_| one()).collect()
    };
    let (mut predicted, mut target) = (draw(2), draw(3));
    (predicted[0], target[0]) = (3, 2);
    // Half of the pixels are right, where they can be.
    for i in (1..pixels).step_by(2) {
        if ![2, 3].contains(&predicted[i]) {
            target[i] = predicted[i];
        }
    }
    [predicted, target]
}

fn dice(s: &Submission, rng: &mut Rng) -> Verdict {
    let shape = sizes(rng, 2, 5);
    let classes = rng.between(5, 6);
    let [predicted, target] = random_masks(rng, shape.iter().product(), classes);
    let want = oracle::dice(&predicted, &target, classes);
    let got = s.dice_scores(mask(&predicted, shape), mask(&target, shape), classes)?;
    let near = |(got, want): (&Option<f64>, &Option<f64>)| match (got, want) {
        (Some(got), Some(want)) => Tolerance::EXACT.holds(*got, *want),
        (got, want) => got == want,
    };
    ensure(
        got.len() == classes && got.iter().zip(&want).all(near),
        || format!("expected {want:?}, got {got:?}"),
    )
}

fn mean_iou(s: &Submission, rng: &mut Rng) -> Verdict {
    let shape = sizes(rng, 2, 5);
    let classes = rng.between(5, 6);
    let [predicted, target] = random_masks(rng, shape.iter().product(), classes);
    let want = oracle::mean_iou(&predicted, &target, classes);
    let number = |got: Option<f64>, want: f64| {
        let got = got.ok_or_else(|| Failure::wrong(format!("expected {want}, got None")))?;
        within(got, want, Tolerance::EXACT)
    };
    let (predicted, target) = (mask(&predicted, shape), mask(&target, shape));
    number(
        s.mean_iou(predicted.clone(), target.clone(), classes)?,
        want,
    )?;
    number(s.mean_iou(target, predicted.clone(), classes)?, want).map_err(about("exchanged"))?;
    number(s.mean_iou(predicted.clone(), predicted, classes)?, 1.0).map_err(about("equal masks"))
}

fn soft_dice(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, classes, rows, columns] = sizes(rng, 2, 5);
    let logits = random_maps(rng, [n, classes, rows, columns]);
    // The last class is in no target.
    let pixels = n * rows * columns;
    let target: Vec<i64> = (0..pixels).map(|_| rng.below(classes - 1) as i64).collect();
    let goal = mask(&target, [n, rows, columns]);
    for smooth in [1.0, rng.uniform(0.1, 0.9), 1e-3] {
        let want = oracle::dice_loss(&logits, &target, smooth);
        let got = s.dice_loss(logits.tensor(), goal.clone(), smooth)?;
        close(&got, &tensor(vec![want], [1]), Tolerance::EXACT)
            .map_err(about(format_args!("smooth {smooth}")))?;
    }
    // As sure as can be: right everywhere but in the first pixel.
    let sure = Array::from_fn(logits.shape, |[n, c, i, j]| {
        let pixel = (n * rows + i) * columns + j;
        let says = if pixel == 0 {
            classes - 1
        } else {
            target[pixel] as usize
        };
        if says == c { 1e4 } else { -1e4 }
    });
    let counts: Vec<f64> = (0..classes)
        .map(|c| {
            let t = target.iter().filter(|&&t| t == c as i64).count() as f64;
            let first = if target[0] == c as i64 { 1.0 } else { 0.0 };
            let wrong = if c == classes - 1 { 1.0 } else { 0.0 };
            (2.0 * (t - first) + 1.0) / (2.0 * t - first + wrong + 1.0)
        })
        .collect();
    let want = 1.0 - counts.iter().sum::<f64>() / classes as f64;
    let got = s.dice_loss(sure.tensor(), goal, 1.0)?;
    close(&got, &tensor(vec![want], [1]), Tolerance::EXACT).map_err(about("logits of 10000"))
}
