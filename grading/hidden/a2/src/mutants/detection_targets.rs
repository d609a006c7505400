//! Mutants of A2.11: what learns to find which box, the head and its loss.

use a2_cnn::parts::detection as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a2::DetectorOutput;
use hidden_suite::Mutant;

use super::detection::{Corners, PART, area, corners};
use crate::oracle::layers::{tensor, values};

/// The mutants between boxes and a network.
pub(super) fn targets() -> Vec<Mutant> {
    let mut all = anchors();
    all.extend(locations());
    all.extend(middles());
    all.extend(head());
    all.extend(focal());
    all
}

/// Matching with other comparisons: whether an IoU is enough, whether it is background, and which boxes are given to
/// their best anchors.
fn matched(
    iou: &Tensor<2>,
    enough: impl Fn(f64) -> bool,
    background: impl Fn(f64) -> bool,
    rescue: impl Fn(f64, i64) -> bool,
) -> Vec<i64> {
    let [anchors, boxes] = iou.dims();
    let iou = values(iou);
    let at = |anchor: usize, of: usize| iou[anchor * boxes + of];
    let first = |n: usize, value: &dyn Fn(usize) -> f64| {
        (0..n).reduce(|best, i| if value(i) > value(best) { i } else { best })
    };
    let mut answers: Vec<i64> = (0..anchors)
        .map(|anchor| match first(boxes, &|of| at(anchor, of)) {
            Some(of) if enough(at(anchor, of)) => of as i64,
            Some(of) if !background(at(anchor, of)) => -2,
            _ => -1,
        })
        .collect();
    for of in 0..boxes {
        if let Some(anchor) = first(anchors, &|anchor| at(anchor, of))
            && rescue(at(anchor, of), answers[anchor])
        {
            answers[anchor] = of as i64;
        }
    }
    answers
}

fn anchors() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.match_anchors / "more_than_positive",
            "an IoU equal to the upper threshold is not enough",
            |iou, p, n| matched(&iou, |x| x > p, |x| x < n, |x, _| x > 0.0)
        ),
        mutant!(
            detection.match_anchors / "negative_included",
            "an IoU equal to the lower threshold is background",
            |iou, p, n| matched(&iou, |x| x >= p, |x| x <= n, |x, _| x > 0.0)
        ),
        mutant!(
            detection.match_anchors / "boxes_left_alone",
            "a box does not get its best anchor",
            |iou, p, n| matched(&iou, |x| x >= p, |x| x < n, |_, _| false)
        ),
        mutant!(
            detection.match_anchors / "untouched_boxes_too",
            "a box that touches no anchor gets the first",
            |iou, p, n| matched(&iou, |x| x >= p, |x| x < n, |_, _| true)
        ),
        mutant!(
            detection.match_anchors / "only_free_anchors",
            "a box gets its best anchor only if that is background or nothing",
            |iou, p, n| matched(&iou, |x| x >= p, |x| x < n, |x, is| x > 0.0 && is < 0)
        ),
        mutant!(
            detection.match_anchors / "nothing_in_between",
            "what is not positive is background",
            |iou, p, _| matched(&iou, |x| x >= p, |x| x < p, |x, _| x > 0.0)
        ),
        mutant!(
            detection.match_anchors / "one_threshold",
            "the lower threshold is enough",
            |iou, _, n| matched(&iou, |x| x >= n, |x| x < n, |x, _| x > 0.0)
        ),
        mutant!(
            detection.match_anchors / "codes_exchanged",
            "background is -2, and -1 is neither",
            |iou, p, n| {
                let answers = reference::match_anchors(iou, p, n).into_iter();
                answers.map(|i| if i < 0 { -3 - i } else { i }).collect()
            }
        ),
    ]
}

/// The index of the box around a location with the lowest `rank`, by other comparisons of a coordinate with an edge.
fn assigned(
    locations: &Tensor<2>,
    boxes: &Tensor<2>,
    inside: fn(f64, f64, f64) -> bool,
    rank: fn(&Corners, usize) -> f64,
) -> Vec<i64> {
    let boxes = corners(boxes);
    let places = values(locations);
    let answer = |place: &[f64; 2]| {
        let around = |of: &usize| {
            (0..2).all(|axis| inside(boxes[*of][axis], place[axis], boxes[*of][axis + 2]))
        };
        let ranks = |of: usize| rank(&boxes[of], of);
        let first = (0..boxes.len())
            .filter(around)
            .min_by(|&a, &b| ranks(a).total_cmp(&ranks(b)));
        first.map_or(-1, |of| of as i64)
    };
    places.as_chunks().0.iter().map(answer).collect()
}

fn within(low: f64, x: f64, high: f64) -> bool {
    low < x && x < high
}

fn locations() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.assign_locations / "edge_is_inside",
            "a location on the edge is inside",
            |l, b| assigned(&l, &b, |low, x, high| low <= x && x <= high, |c, _| area(c))
        ),
        mutant!(
            detection.assign_locations / "half_open",
            "a location on the left or upper edge is inside",
            |l, b| assigned(&l, &b, |low, x, high| low <= x && x < high, |c, _| area(c))
        ),
        mutant!(
            detection.assign_locations / "largest",
            "the largest box around a location counts",
            |l, b| assigned(&l, &b, within, |c, _| -area(c))
        ),
        mutant!(
            detection.assign_locations / "first",
            "the first box around a location counts",
            |l, b| assigned(&l, &b, within, |_, of| of as f64)
        ),
        mutant!(
            detection.assign_locations / "last_of_equals",
            "of two equal areas the last counts",
            |l, b| assigned(&l, &b, within, |c, of| area(c) - 1e-6 * of as f64)
        ),
        mutant!(
            detection.assign_locations / "shortest_side",
            "the narrowest box counts, not the smallest",
            |l, b| assigned(&l, &b, within, |c, _| c[2] - c[0])
        ),
        mutant!(
            detection.assign_locations / "axes_exchanged",
            "x is taken for y",
            |l, b| reference::assign_locations(l.flip([1]), b)
        ),
    ]
}

/// Centerness as `of` the four distances: left, top, right, bottom.
fn central(locations: &Tensor<2>, boxes: &Tensor<2>, of: fn([f64; 4]) -> f64) -> Tensor<1> {
    let (places, boxes) = (values(locations), corners(boxes));
    let one = |(place, c): (&[f64; 2], &Corners)| {
        of([
            place[0] - c[0],
            place[1] - c[1],
            c[2] - place[0],
            c[3] - place[1],
        ])
    };
    let numbers: Vec<f64> = places.as_chunks().0.iter().zip(&boxes).map(one).collect();
    tensor(numbers, [boxes.len()])
}

/// The smaller by the larger, 0 outside.
fn balance(a: f64, b: f64) -> f64 {
    if a.min(b) > 0.0 {
        a.min(b) / a.max(b)
    } else {
        0.0
    }
}

fn middles() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.centerness / "no_root",
            "the root is left out",
            |l, b| reference::centerness(l, b).square()
        ),
        mutant!(
            detection.centerness / "mean",
            "the mean of both quotients",
            |l, b| central(&l, &b, |[l, t, r, b]| (balance(l, r) + balance(t, b)) / 2.0)
        ),
        mutant!(
            detection.centerness / "one_quotient",
            "the smallest of the four distances by the largest",
            |l, b| central(&l, &b, |[l, t, r, b]| balance(
                l.min(t).min(r.min(b)),
                l.max(t).max(r.max(b))
            ))
        ),
        mutant!(
            detection.centerness / "not_clamped",
            "outside on both axes, the product of two negative quotients",
            |l, b| central(&l, &b, |[l, t, r, b]| {
                let ratio = |a: f64, b: f64| {
                    if a.max(b) == 0.0 {
                        0.0
                    } else {
                        a.min(b) / a.max(b)
                    }
                };
                (ratio(l, r) * ratio(t, b)).max(0.0).sqrt()
            })
        ),
        mutant!(
            detection.centerness / "nan_outside",
            "outside the root of a negative number",
            |l, b| central(&l, &b, |[l, t, r, b]| (l.min(r) / l.max(r)
                * (t.min(b) / t.max(b)))
            .sqrt())
        ),
        mutant!(
            detection.centerness / "neighbours_compared",
            "left is compared with top, and right with bottom",
            |l, b| central(&l, &b, |[l, t, r, b]| (balance(l, t) * balance(r, b))
                .sqrt())
        ),
    ]
}

/// The head's answer with other boxes, made of the location and the four distances in units of the stride.
fn reboxed(
    output: DetectorOutput,
    stride: f64,
    boxed: fn([f64; 2], [f64; 4], f64) -> Corners,
) -> DetectorOutput {
    let shape @ [_, l, _] = output.boxes.dims();
    let places = values(&output.locations);
    let flat = output.boxes.clone().reshape([-1, 4]);
    let numbers = corners(&flat).into_iter().enumerate().flat_map(|(i, c)| {
        let [x, y] = [places[2 * (i % l)], places[2 * (i % l) + 1]];
        let distances = [x - c[0], y - c[1], c[2] - x, c[3] - y];
        boxed([x, y], distances.map(|distance| distance / stride), stride)
    });
    DetectorOutput {
        boxes: tensor(numbers.collect(), shape),
        ..output
    }
}

/// `[n, l, c]` that was reshaped from `[n, c, rows, columns]` as it lies.
fn reshaped(x: Tensor<3>) -> Tensor<3> {
    let [n, l, c] = x.dims();
    x.swap_dims(1, 2).reshape([n, l, c])
}

fn head() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.detector_head / "one_reshape",
            "the logits are reshaped without a swap of axes",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                DetectorOutput {
                    class_logits: reshaped(output.class_logits),
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "no_half",
            "locations are the upper left corners of the patches",
            |head, x, stride| {
                let half = stride as f64 / 2.0;
                let output = reference::detector_head(head, x, stride);
                DetectorOutput {
                    locations: output.locations - half,
                    boxes: output.boxes - half,
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "rows_for_x",
            "locations are row and column",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                DetectorOutput {
                    locations: output.locations.flip([1]),
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "column_by_column",
            "locations are counted column by column",
            |head, x, stride| {
                let [_, _, rows, columns] = x.dims();
                let output = reference::detector_head(head, x, stride);
                let grid: Tensor<3> = output.locations.reshape([rows, columns, 2]);
                DetectorOutput {
                    locations: grid.swap_dims(0, 1).reshape([rows * columns, 2]),
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "distances_of_cells",
            "distances are not multiplied by the stride",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                reboxed(output, stride as f64, |[x, y], [l, t, r, b], _| {
                    [x - l, y - t, x + r, y + b]
                })
            }
        ),
        mutant!(
            detection.detector_head / "relu_for_exp",
            "distances are stride relu(z)",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                reboxed(output, stride as f64, |[x, y], distances, stride| {
                    let [l, t, r, b] = distances.map(|d| stride * d.ln().max(0.0));
                    [x - l, y - t, x + r, y + b]
                })
            }
        ),
        mutant!(
            detection.detector_head / "top_first",
            "distances are read as top, left, bottom, right",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                reboxed(output, stride as f64, |[x, y], distances, stride| {
                    let [t, l, b, r] = distances.map(|d| stride * d);
                    [x - l, y - t, x + r, y + b]
                })
            }
        ),
        mutant!(
            detection.detector_head / "opposite_sides",
            "distances are read as left, right, top, bottom",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                reboxed(output, stride as f64, |[x, y], distances, stride| {
                    let [l, r, t, b] = distances.map(|d| stride * d);
                    [x - l, y - t, x + r, y + b]
                })
            }
        ),
        mutant!(
            detection.detector_head / "probabilities",
            "classes are probabilities",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                DetectorOutput {
                    class_logits: activation::sigmoid(output.class_logits),
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "centerness_squashed",
            "the centerness is a probability",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                DetectorOutput {
                    centerness: activation::sigmoid(output.centerness),
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "no_bias",
            "the classes have no bias",
            |mut head, x, stride| {
                head.class.bias = head.class.bias.zeros_like();
                reference::detector_head(head, x, stride)
            }
        ),
        mutant!(
            detection.detector_head / "tower_skipped",
            "only the first layer of the tower is used",
            |mut head, x, stride| {
                // The second layer becomes the identity where its shape lets it: then it does nothing after ReLU.
                for layer in head.tower.iter_mut().skip(1) {
                    let [outputs, inputs, _, _] = layer.weight.dims();
                    let middle = |i: usize| {
                        let (o, c, place) = (i / (9 * inputs), i / 9 % inputs, i % 9);
                        f64::from(u8::from(o == c && place == 4))
                    };
                    let weight = (0..outputs * inputs * 9).map(middle).collect();
                    layer.weight = tensor(weight, [outputs, inputs, 3, 3]);
                    layer.bias = layer.bias.zeros_like();
                }
                reference::detector_head(head, x, stride)
            }
        ),
    ]
}

/// The loss as `of` p_t, alpha_t and gamma.
fn loss(
    logits: &Tensor<2>,
    targets: &Tensor<2>,
    alpha: [f64; 2],
    of: impl Fn(f64, f64) -> f64,
) -> Tensor<2> {
    let numbers = values(logits)
        .into_iter()
        .zip(values(targets))
        .map(|(logit, target)| {
            let z = if target > 0.5 { logit } else { -logit };
            let weight = if target > 0.5 { alpha[1] } else { alpha[0] };
            of(1.0 / (1.0 + (-z).exp()), weight)
        });
    tensor(numbers.collect(), logits.dims())
}

fn focal() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.focal_loss / "unstable",
            "takes the logarithm of the probability",
            |x, t, a, g| loss(&x, &t, [1.0 - a, a], |p, w| -w * (1.0 - p).powf(g) * p.ln())
        ),
        mutant!(
            detection.focal_loss / "afraid_of_zero",
            "takes the logarithm of p + 1e-9",
            |x, t, a, g| loss(&x, &t, [1.0 - a, a], |p, w| -w
                * (1.0 - p).powf(g)
                * (p + 1e-9).ln())
        ),
        mutant!(
            detection.focal_loss / "alpha_for_all",
            "alpha weighs both targets",
            |x, t, a, g| {
                let alike = reference::focal_loss(x, t, 0.5, g);
                alike * (2.0 * a)
            }
        ),
        mutant!(
            detection.focal_loss / "alpha_exchanged",
            "alpha belongs to targets of 0",
            |x, t, a, g| reference::focal_loss(x, t, 1.0 - a, g)
        ),
        mutant!(
            detection.focal_loss / "gamma_ignored",
            "is weighted cross-entropy whatever gamma is",
            |x, t, a, _| reference::focal_loss(x, t, a, 0.0)
        ),
        mutant!(
            detection.focal_loss / "easy_for_hard",
            "weighs with p_t^gamma",
            |x, t, a, g| loss(&x, &t, [1.0 - a, a], |p, w| -w
                * p.powf(g)
                * p.max(1e-300).ln())
        ),
        mutant!(
            detection.focal_loss / "always_squared",
            "gamma is 2",
            |x, t, a, _| reference::focal_loss(x, t, a, 2.0)
        ),
        mutant!(
            detection.focal_loss / "softmax",
            "classes share one softmax",
            |x, t, a, g| {
                let log_p = activation::log_softmax(x, 1);
                let weight = (log_p.clone().exp().neg() + 1.0).powf_scalar(g) * a;
                -(weight * log_p * t)
            }
        ),
    ]
}
