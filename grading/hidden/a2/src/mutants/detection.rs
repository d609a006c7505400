//! Mutants of A2.11: boxes and their coding.

use a2_cnn::parts::detection as reference;
use burn::tensor::Tensor;
use hidden_suite::Mutant;

use crate::oracle::array::{tensor, values};

pub(super) const PART: &str = "A2.11";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = overlap();
    all.extend(generalised());
    all.extend(coding());
    all.extend(super::detection_targets::targets());
    all.extend(super::detection_network::network());
    all.extend(super::detection_lists::lists());
    all.extend(super::detection_precision::precision());
    all
}

pub(super) type Corners = [f64; 4];

pub(super) fn corners(boxes: &Tensor<2>) -> Vec<Corners> {
    values(boxes).as_chunks().0.to_vec()
}

pub(super) fn area(c: &Corners) -> f64 {
    (c[2] - c[0]) * (c[3] - c[1])
}

/// The intersection, with the lengths of its sides as `length` of end minus begin.
fn shared(a: &Corners, b: &Corners, length: fn(f64) -> f64) -> f64 {
    let side = |axis: usize| length(a[axis + 2].min(b[axis + 2]) - a[axis].max(b[axis]));
    side(0) * side(1)
}

fn above_zero(x: f64) -> f64 {
    x.max(0.0)
}

/// A matrix of `of` every pair.
fn every(a: &Tensor<2>, b: &Tensor<2>, of: fn(&Corners, &Corners) -> f64) -> Tensor<2> {
    let (a, b) = (corners(a), corners(b));
    let numbers = a.iter().flat_map(|a| b.iter().map(move |b| of(a, b)));
    tensor(numbers.collect(), [a.len(), b.len()])
}

fn quotient(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

fn overlap() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.box_iou / "pixels_counted",
            "a width is x1 - x0 + 1",
            |a, b| {
                let larger = |boxes: Tensor<2>| {
                    let one: Tensor<2> = tensor(vec![0.0, 0.0, 1.0, 1.0], [1, 4]);
                    boxes + one
                };
                reference::box_iou(larger(a), larger(b))
            }
        ),
        mutant!(
            detection.box_iou / "sum_for_union",
            "divides by the sum of the areas",
            |a, b| every(&a, &b, |a, b| quotient(
                shared(a, b, above_zero),
                area(a) + area(b)
            ))
        ),
        mutant!(
            detection.box_iou / "by_the_first",
            "divides by the area of the first box",
            |a, b| every(&a, &b, |a, b| quotient(shared(a, b, above_zero), area(a)))
        ),
        mutant!(
            detection.box_iou / "by_the_smaller",
            "divides by the smaller area",
            |a, b| every(&a, &b, |a, b| quotient(
                shared(a, b, above_zero),
                area(a).min(area(b))
            ))
        ),
        mutant!(
            detection.box_iou / "not_clamped",
            "boxes that are apart in both directions share the product of two negative lengths",
            |a, b| every(&a, &b, |a, b| {
                let shared = shared(a, b, |x| x);
                quotient(shared, area(a) + area(b) - shared)
            })
        ),
        mutant!(
            detection.box_iou / "no_area_is_nan",
            "divides 0 by 0 for boxes without area",
            |a, b| every(&a, &b, |a, b| {
                let shared = shared(a, b, above_zero);
                shared / (area(a) + area(b) - shared)
            })
        ),
        mutant!(
            detection.box_iou / "corner_and_size",
            "takes the last two numbers for width and height",
            |a, b| {
                let to_corners = |boxes: Tensor<2>| {
                    let first = boxes.clone().narrow(1, 0, 2);
                    Tensor::cat(vec![first.clone(), first + boxes.narrow(1, 2, 2)], 1)
                };
                reference::box_iou(to_corners(a), to_corners(b))
            }
        ),
        mutant!(
            detection.box_iou / "generalised",
            "gives the generalised IoU",
            |a, b| every(&a, &b, |a, b| {
                let (a, b) = (tensor(a.to_vec(), [1, 4]), tensor(b.to_vec(), [1, 4]));
                values(&reference::paired_giou(a, b))[0]
            })
        ),
    ]
}

/// GIoU of pairs as `of` IoU, union and hull.
fn pairs(a: &Tensor<2>, b: &Tensor<2>, of: fn(f64, f64, f64) -> f64) -> Tensor<1> {
    let (a, b) = (corners(a), corners(b));
    let one = |(a, b): (&Corners, &Corners)| {
        let shared = shared(a, b, above_zero);
        let union = area(a) + area(b) - shared;
        let hull = [0, 1].map(|axis| a[axis + 2].max(b[axis + 2]) - a[axis].min(b[axis]));
        of(quotient(shared, union), union, hull[0] * hull[1])
    };
    tensor(a.iter().zip(&b).map(one).collect(), [a.len()])
}

fn generalised() -> Vec<Mutant> {
    vec![
        mutant!(detection.paired_giou / "plain", "gives the IoU", |a, b| {
            pairs(&a, &b, |iou, _, _| iou)
        }),
        mutant!(
            detection.paired_giou / "as_loss",
            "gives 1 - GIoU",
            |a, b| reference::paired_giou(a, b).neg() + 1.0
        ),
        mutant!(
            detection.paired_giou / "added",
            "adds the share of the hull that is empty",
            |a, b| pairs(&a, &b, |iou, union, hull| iou
                + quotient(hull - union, hull))
        ),
        mutant!(
            detection.paired_giou / "by_the_union",
            "divides what is empty by the union",
            |a, b| pairs(&a, &b, |iou, union, hull| iou
                - quotient(hull - union, union))
        ),
        mutant!(
            detection.paired_giou / "intersection_for_union",
            "takes for empty all of the hull but the intersection",
            |a, b| pairs(&a, &b, |iou, union, hull| {
                iou - quotient(hull - iou * union, hull)
            })
        ),
        mutant!(
            detection.paired_giou / "no_hull_is_nan",
            "divides 0 by 0 where both boxes are the same point",
            |a, b| pairs(&a, &b, |iou, union, hull| iou - (hull - union) / hull)
        ),
    ]
}

/// The halves of `[n, 4]`.
fn halves(x: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    (x.clone().narrow(1, 0, 2), x.narrow(1, 2, 2))
}

fn coding() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.encode_boxes / "shift_in_pixels",
            "shifts are not divided by the anchor's size",
            |b, a| {
                let (first, last) = halves(a.clone());
                let (shift, growth) = halves(reference::encode_boxes(b, a));
                Tensor::cat(vec![shift * (last - first), growth], 1)
            }
        ),
        mutant!(
            detection.encode_boxes / "by_the_box",
            "shifts are divided by the box's size",
            |b, a| {
                let (shift, growth) = halves(reference::encode_boxes(b, a));
                Tensor::cat(vec![shift / growth.clone().exp(), growth], 1)
            }
        ),
        mutant!(
            detection.encode_boxes / "corners_for_centres",
            "shifts are those of the upper left corner",
            |b, a| {
                let (first, last) = halves(a.clone());
                let (corner, _) = halves(b.clone());
                let (_, growth) = halves(reference::encode_boxes(b, a));
                let shift = (corner - first.clone()) / (last - first);
                Tensor::cat(vec![shift, growth], 1)
            }
        ),
        mutant!(
            detection.encode_boxes / "no_logarithm",
            "sizes are quotients",
            |b, a| {
                let (shift, growth) = halves(reference::encode_boxes(b, a));
                Tensor::cat(vec![shift, growth.exp()], 1)
            }
        ),
        mutant!(
            detection.encode_boxes / "upside_down",
            "sizes are logarithms of the anchor's by the box's",
            |b, a| {
                let (shift, growth) = halves(reference::encode_boxes(b, a));
                Tensor::cat(vec![shift, -growth], 1)
            }
        ),
        mutant!(
            detection.encode_boxes / "sides_exchanged",
            "gives dy, dx, dh, dw",
            |b, a| {
                let (shift, growth) = halves(reference::encode_boxes(b, a));
                Tensor::cat(vec![shift.flip([1]), growth.flip([1])], 1)
            }
        ),
        mutant!(
            detection.decode_boxes / "no_limit",
            "growth has no limit",
            |d, a| unlimited(d, a, |growth| growth.exp())
        ),
        mutant!(
            detection.decode_boxes / "limit_without_logarithm",
            "growth ends at 1000 / 16 before the exponential",
            |d, a| unlimited(d, a, |growth| growth.clamp_max(62.5).exp())
        ),
        mutant!(
            detection.decode_boxes / "limit_on_both_sides",
            "shrinking has a limit too",
            |d, a| unlimited(d, a, |growth| growth
                .clamp(-(62.5f64.ln()), 62.5f64.ln())
                .exp())
        ),
        mutant!(
            detection.decode_boxes / "limit_on_everything",
            "shifts have the limit of growth",
            |d, a| reference::decode_boxes(d.clamp_max(62.5f64.ln()), a)
        ),
        mutant!(
            detection.decode_boxes / "no_exponential",
            "sizes are 1 + dw times the anchor's",
            |d, a| unlimited(d, a, |growth| growth + 1.0)
        ),
        mutant!(
            detection.decode_boxes / "shift_in_pixels",
            "shifts are not multiplied by the anchor's size",
            |d, a| {
                let (first, last) = halves(a.clone());
                let (shift, growth) = halves(d);
                let shift = shift / (last - first);
                reference::decode_boxes(Tensor::cat(vec![shift, growth], 1), a)
            }
        ),
        mutant!(
            detection.decode_boxes / "centre_and_size",
            "gives centre and size",
            |d, a| {
                let (first, last) = halves(reference::decode_boxes(d, a));
                Tensor::cat(vec![(first.clone() + last.clone()) / 2.0, last - first], 1)
            }
        ),
        mutant!(
            detection.decode_boxes / "sizes_not_halved",
            "boxes are twice as wide and high",
            |d, a| {
                let (first, last) = halves(reference::decode_boxes(d, a));
                let half = (last.clone() - first.clone()) / 2.0;
                Tensor::cat(vec![first - half.clone(), last + half], 1)
            }
        ),
    ]
}

/// Decoding with another factor of growth, a function of dw and dh.
fn unlimited(
    deltas: Tensor<2>,
    anchors: Tensor<2>,
    factor: fn(Tensor<2>) -> Tensor<2>,
) -> Tensor<2> {
    let (first, last) = halves(anchors);
    let size = last.clone() - first.clone();
    let (shift, growth) = halves(deltas);
    let centre = (first + last) / 2.0 + shift * size.clone();
    let half = size * factor(growth) / 2.0;
    Tensor::cat(vec![centre.clone() - half.clone(), centre + half], 1)
}
