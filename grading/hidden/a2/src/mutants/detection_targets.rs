//! Mutants of A2.11: what learns to find which box.

use a2_cnn::parts::detection as reference;
use burn::tensor::Tensor;
use hidden_suite::Mutant;

use super::detection::{Corners, PART, area, corners};
use crate::oracle::array::{tensor, values};

/// The mutants between boxes and what is to find them.
pub(super) fn targets() -> Vec<Mutant> {
    let mut all = anchors();
    all.extend(locations());
    all.extend(middles());
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
