//! Mutants of A2.12: masks and their measures.

use a2_cnn::parts::segmentation as reference;
use burn::tensor::{Int, Tensor, activation};
use hidden_suite::Mutant;

use super::segmentation::PART;

/// The mutants that measure masks.
pub(super) fn scores() -> Vec<Mutant> {
    let mut all = masks();
    all.extend(dice());
    all.extend(iou());
    all.extend(loss());
    all
}

fn masks() -> Vec<Mutant> {
    vec![
        mutant!(
            segmentation.predict_masks / "wrong_axis",
            "the largest along the columns",
            |logits| {
                let [n, _, rows, columns] = logits.dims();
                let best: Tensor<3, Int> = logits.argmax(3).narrow(1, 0, 1).squeeze_dim(1);
                best.expand([n, rows, columns])
            }
        ),
        mutant!(
            segmentation.predict_masks / "least_sure",
            "the class with the lowest logit",
            |logits| reference::predict_masks(-logits)
        ),
        mutant!(
            segmentation.predict_masks / "last_of_equals",
            "of equal logits the highest class",
            |logits| {
                let last = logits.dims()[1] as i64 - 1;
                reference::predict_masks(logits.flip([1])).neg() + last
            }
        ),
        mutant!(
            segmentation.predict_masks / "never_background",
            "class 0 is left out",
            |logits| {
                let classes = logits.dims()[1];
                reference::predict_masks(logits.narrow(1, 1, classes - 1)) + 1
            }
        ),
        mutant!(
            segmentation.predict_masks / "axis_kept",
            "the axis of the classes is still there, in the place of the images",
            |logits| {
                let [n, _, rows, columns] = logits.dims();
                reference::predict_masks(logits).reshape([1, n * rows, columns])
            }
        ),
    ]
}

/// Pixels of a class: predicted, in the target, in both.
type Count = [f64; 3];

fn counts(predicted: &Tensor<3, Int>, target: &Tensor<3, Int>, classes: usize) -> Vec<Count> {
    let mut counts = vec![[0.0; 3]; classes];
    let (predicted, target) = (predicted.to_data(), target.to_data());
    for (p, t) in predicted.iter::<i64>().zip(target.iter::<i64>()) {
        counts[p as usize][0] += 1.0;
        counts[t as usize][1] += 1.0;
        counts[p as usize][2] += f64::from(u8::from(p == t));
    }
    counts
}

fn dice_of([p, t, both]: &Count) -> Option<f64> {
    (p + t > 0.0).then(|| 2.0 * both / (p + t))
}

fn iou_of([p, t, both]: &Count) -> Option<f64> {
    (p + t > 0.0).then(|| both / (p + t - both))
}

/// Dice of each class as `of` its counts.
fn diced(
    predicted: &Tensor<3, Int>,
    target: &Tensor<3, Int>,
    classes: usize,
    of: fn(&Count) -> Option<f64>,
) -> Vec<Option<f64>> {
    counts(predicted, target, classes).iter().map(of).collect()
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let all: Vec<f64> = numbers.collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

/// The images of a mask.
fn images(mask: &Tensor<3, Int>) -> Vec<Tensor<3, Int>> {
    (0..mask.dims()[0])
        .map(|i| mask.clone().narrow(0, i, 1))
        .collect()
}

fn dice() -> Vec<Mutant> {
    vec![
        mutant!(
            segmentation.dice_scores / "iou",
            "gives the intersection over union",
            |p, t, c| diced(&p, &t, c, iou_of)
        ),
        mutant!(
            segmentation.dice_scores / "not_doubled",
            "the intersection is not doubled",
            |p, t, c| diced(&p, &t, c, |count| dice_of(count).map(|dice| dice / 2.0))
        ),
        mutant!(
            segmentation.dice_scores / "absent_is_zero",
            "a class that is in neither has 0",
            |p, t, c| diced(&p, &t, c, |count| dice_of(count).or(Some(0.0)))
        ),
        mutant!(
            segmentation.dice_scores / "absent_is_one",
            "a class that is in neither has 1",
            |p, t, c| diced(&p, &t, c, |count| dice_of(count).or(Some(1.0)))
        ),
        mutant!(
            segmentation.dice_scores / "only_in_the_target",
            "a class that is not in the target has none, even if it was predicted",
            |p, t, c| diced(&p, &t, c, |count| dice_of(count).filter(|_| count[1] > 0.0))
        ),
        mutant!(
            segmentation.dice_scores / "recall",
            "divides by the pixels of the target",
            |p, t, c| diced(&p, &t, c, |count| {
                dice_of(count).map(|_| {
                    if count[1] > 0.0 {
                        count[2] / count[1]
                    } else {
                        0.0
                    }
                })
            })
        ),
        mutant!(
            segmentation.dice_scores / "per_image",
            "the mean of the images' coefficients",
            |p, t, c| {
                let pairs: Vec<_> = images(&p).into_iter().zip(images(&t)).collect();
                let of = |class: usize| {
                    let each = pairs
                        .iter()
                        .filter_map(|(p, t)| dice_of(&counts(p, t, c)[class]));
                    mean(each)
                };
                (0..c).map(of).collect()
            }
        ),
        mutant!(
            segmentation.dice_scores / "no_background",
            "class 0 has none",
            |p, t, c| {
                let mut dice = reference::dice_scores(p, t, c);
                dice[0] = None;
                dice
            }
        ),
        mutant!(
            segmentation.dice_scores / "absent_left_out",
            "the list has no place for a class that is in neither",
            |p, t, c| {
                let mut dice = reference::dice_scores(p, t, c);
                dice.retain(Option::is_some);
                dice
            }
        ),
    ]
}

fn iou() -> Vec<Mutant> {
    vec![
        mutant!(
            segmentation.mean_iou / "dice",
            "the mean of the Dice coefficients",
            |p, t, c| mean(counts(&p, &t, c).iter().filter_map(dice_of))
        ),
        mutant!(
            segmentation.mean_iou / "absent_is_zero",
            "a class that is in neither counts as 0",
            |p, t, c| mean(
                counts(&p, &t, c)
                    .iter()
                    .map(|count| iou_of(count).unwrap_or(0.0))
            )
        ),
        mutant!(
            segmentation.mean_iou / "absent_is_one",
            "a class that is in neither counts as 1",
            |p, t, c| mean(
                counts(&p, &t, c)
                    .iter()
                    .map(|count| iou_of(count).unwrap_or(1.0))
            )
        ),
        mutant!(
            segmentation.mean_iou / "no_background",
            "class 0 does not count",
            |p, t, c| mean(counts(&p, &t, c)[1..].iter().filter_map(iou_of))
        ),
        mutant!(
            segmentation.mean_iou / "only_in_the_target",
            "a class that is not in the target does not count",
            |p, t, c| {
                let counts = counts(&p, &t, c);
                mean(
                    counts
                        .iter()
                        .filter(|count| count[1] > 0.0)
                        .filter_map(iou_of),
                )
            }
        ),
        mutant!(
            segmentation.mean_iou / "accuracy",
            "the share of the pixels that are right",
            |p, t, c| {
                let counts = counts(&p, &t, c);
                let sum = |i: usize| counts.iter().map(|count| count[i]).sum::<f64>();
                (sum(0) > 0.0).then(|| sum(2) / sum(0))
            }
        ),
        mutant!(
            segmentation.mean_iou / "one_fraction",
            "the sum of the intersections by the sum of the unions",
            |p, t, c| {
                let counts = counts(&p, &t, c);
                let both: f64 = counts.iter().map(|count| count[2]).sum();
                let all: f64 = counts.iter().map(|count| count[0] + count[1]).sum();
                (all > 0.0).then(|| both / (all - both))
            }
        ),
        mutant!(
            segmentation.mean_iou / "per_image",
            "the mean over the images",
            |p, t, c| {
                let pairs = images(&p).into_iter().zip(images(&t));
                mean(pairs.filter_map(|(p, t)| reference::mean_iou(p, t, c)))
            }
        ),
    ]
}

/// 1 where the target is the class of a channel.
fn one_hot(target: &Tensor<3, Int>, like: &Tensor<4>) -> Tensor<4> {
    let channels = (0..like.dims()[1]).map(|class| {
        let is = target
            .clone()
            .equal_elem(class as i64)
            .unsqueeze_dim::<4>(1);
        let zeros = like.clone().narrow(1, 0, 1).zeros_like();
        zeros.mask_fill(is, 1.0)
    });
    Tensor::cat(channels.collect(), 1)
}

/// One number for each class: the sum over everything else, `[classes]`.
fn per_class(x: Tensor<4>) -> Tensor<1> {
    let classes = x.dims()[1];
    x.sum_dim(0).sum_dim(2).sum_dim(3).reshape([classes])
}

/// The loss from probabilities and a target of 0 and 1.
fn soft(p: Tensor<4>, t: Tensor<4>, smooth: f64) -> Tensor<1> {
    let both = per_class(p.clone() * t.clone()) * 2.0 + smooth;
    (both / (per_class(p) + per_class(t) + smooth)).mean().neg() + 1.0
}

fn loss() -> Vec<Mutant> {
    vec![
        mutant!(
            segmentation.dice_loss / "as_score",
            "gives the coefficient, not the loss",
            |x, t, s| reference::dice_loss(x, t, s).neg() + 1.0
        ),
        mutant!(
            segmentation.dice_loss / "sigmoid",
            "each class has a sigmoid of its own",
            |x, t, s| {
                let t = one_hot(&t, &x);
                soft(activation::sigmoid(x), t, s)
            }
        ),
        mutant!(
            segmentation.dice_loss / "softmax_along_columns",
            "the softmax is along the columns",
            |x, t, s| {
                let t = one_hot(&t, &x);
                soft(activation::softmax(x, 3), t, s)
            }
        ),
        mutant!(
            segmentation.dice_loss / "unstable_softmax",
            "the exponentials overflow",
            |x, t, s| {
                let t = one_hot(&t, &x);
                let e = x.exp();
                soft(e.clone() / e.sum_dim(1), t, s)
            }
        ),
        mutant!(
            segmentation.dice_loss / "squares",
            "the sums below the line are of squares",
            |x, t, s| {
                let t = one_hot(&t, &x);
                let p = activation::softmax(x, 1);
                let both = per_class(p.clone() * t.clone()) * 2.0 + s;
                (both / (per_class(p.square()) + per_class(t) + s))
                    .mean()
                    .neg()
                    + 1.0
            }
        ),
        mutant!(
            segmentation.dice_loss / "smooth_below_only",
            "smooth is added below the line only",
            |x, t, s| {
                let t = one_hot(&t, &x);
                let p = activation::softmax(x, 1);
                let both = per_class(p.clone() * t.clone()) * 2.0;
                (both / (per_class(p) + per_class(t) + s)).mean().neg() + 1.0
            }
        ),
        mutant!(
            segmentation.dice_loss / "always_one",
            "smooth is 1, whatever was asked for",
            |x, t, _| reference::dice_loss(x, t, 1.0)
        ),
        mutant!(
            segmentation.dice_loss / "no_background",
            "class 0 is left out",
            |x, t, s| {
                let classes = x.dims()[1];
                let t = one_hot(&t, &x).narrow(1, 1, classes - 1);
                soft(activation::softmax(x, 1).narrow(1, 1, classes - 1), t, s)
            }
        ),
        mutant!(
            segmentation.dice_loss / "one_fraction",
            "all classes share one fraction",
            |x, t, s| {
                let t = one_hot(&t, &x);
                let p = activation::softmax(x, 1);
                let both = (p.clone() * t.clone()).sum() * 2.0 + s;
                (both / (p.sum() + t.sum() + s)).neg() + 1.0
            }
        ),
        mutant!(
            segmentation.dice_loss / "per_image",
            "the mean of the images' losses",
            |x, t, s| {
                let n = x.dims()[0];
                let one = |i| {
                    reference::dice_loss(x.clone().narrow(0, i, 1), t.clone().narrow(0, i, 1), s)
                };
                Tensor::cat((0..n).map(one).collect(), 0).mean()
            }
        ),
        mutant!(
            segmentation.dice_loss / "hard",
            "counts the pixels of the predicted mask",
            |x, t, s| {
                let t = one_hot(&t, &x);
                let p = one_hot(&reference::predict_masks(x.clone()), &x);
                soft(p, t, s)
            }
        ),
    ]
}
