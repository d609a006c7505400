//! A2.11 Detection: what is where.
//!
//! A box is `[x0, y0, x1, y1]` in continuous coordinates, x to the right and y down, with `x0 <= x1` and
//! `y0 <= y1`. Its width is `x1 - x0` and not one more: the box `[0, 0, 2, 2]` covers four pixels. A box of width
//! or height 0 is allowed and has area 0.
//!
//! Where the order matters and two numbers are equal, what has the lower index comes first.

use burn::tensor::{Tensor, TensorData, activation};
use common::contract::a2::{
    Detection, DetectorConv, DetectorHead, DetectorOutput, RecallPoints, TrueObject,
};
use common::nn::{ConvOptions, conv2d};

/// Intersection over union: the area that two boxes share, divided by the area that they cover together.
///
/// ```text
/// intersection = max(0, min(x1, x1') - max(x0, x0')) max(0, min(y1, y1') - max(y0, y0'))
/// union        = area + area' - intersection
/// ```
///
/// Where the union is 0, so is the IoU. So a box of width or height 0 has an IoU of 0 with every box, itself included.
///
/// - `a`: `[n, 4]`; `b`: `[m, 4]`. Gives `[n, m]`.
pub fn box_iou(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A2.11 box_iou
    let ([n, _], [m, _]) = (a.dims(), b.dims());
    let a: Tensor<3> = a.unsqueeze_dim(1);
    let b: Tensor<3> = b.unsqueeze_dim(0);
    let every = |boxes: Tensor<3>| boxes.expand([n, m, 4]).reshape([n * m, 4]);
    let (intersection, union) = overlap(&every(a), &every(b));
    ratio(intersection, union).reshape([n, m])
    // END SOLUTION
}

/// Generalised intersection over union of pairs: IoU minus the share of the hull that neither box covers.
///
/// ```text
/// hull = the area of the smallest box around both
/// GIoU = IoU - (hull - union) / hull
/// ```
///
/// From -1, for boxes that are far apart, to 1, for equal ones. Where IoU is 0 for all boxes that do not touch,
/// GIoU still says which are nearer, so `1 - GIoU` is a loss with a gradient everywhere.
///
/// Where the hull is 0, so is its term, and where the union is 0, so is the IoU. So two equal points have 0, and two
/// unlike ones with a hull around them -1.
///
/// - `a`, `b`: `[n, 4]`. Gives `[n]`.
///
/// Source: Rezatofighi et al., "Generalized intersection over union" (2019), Algorithm 1.
pub fn paired_giou(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    // BEGIN SOLUTION A2.11 paired_giou
    let (intersection, union) = overlap(&a, &b);
    let low = |i| side(&a, i).min_pair(side(&b, i));
    let high = |i| side(&a, i).max_pair(side(&b, i));
    let hull = (high(2) - low(0)) * (high(3) - low(1));
    ratio(intersection, union.clone()) - ratio(hull.clone() - union, hull)
    // END SOLUTION
}

/// Boxes as a network predicts them, relative to an anchor. With centre `(x, y)`, width `w` and height `h` of the
/// box, and `a` for those of the anchor,
///
/// ```text
/// dx = (x - xa) / wa      dy = (y - ya) / ha      dw = ln(w / wa)      dh = ln(h / ha)
/// ```
///
/// - `boxes`, `anchors`: `[n, 4]`, none of width or height 0. Gives `[n, 4]` with the columns dx, dy, dw, dh.
///
/// Source: Ren et al., "Faster R-CNN" (2015), eq. 2.
pub fn encode_boxes(boxes: Tensor<2>, anchors: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A2.11 encode_boxes
    let (centre, size) = centre_and_size(boxes);
    let (anchor_centre, anchor_size) = centre_and_size(anchors);
    let shift = (centre - anchor_centre) / anchor_size.clone();
    Tensor::cat(vec![shift, (size / anchor_size).log()], 1)
    // END SOLUTION
}

/// The inverse of [`encode_boxes`].
///
/// dw and dh count as ln(1000 / 16) where they are more, so that a network that has learned nothing yet cannot give
/// an infinite box.
///
/// - `deltas`, `anchors`: `[n, 4]`. Gives boxes `[n, 4]`.
pub fn decode_boxes(deltas: Tensor<2>, anchors: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A2.11 decode_boxes
    let (anchor_centre, anchor_size) = centre_and_size(anchors);
    let shift = deltas.clone().narrow(1, 0, 2);
    let growth = deltas.narrow(1, 2, 2).clamp_max((1000.0f64 / 16.0).ln());
    let centre = anchor_centre + shift * anchor_size.clone();
    let half = anchor_size * growth.exp() / 2.0;
    Tensor::cat(vec![centre.clone() - half.clone(), centre + half], 1)
    // END SOLUTION
}

/// Which box each anchor learns to find.
///
/// An anchor gets the box with which its IoU is highest. If that IoU is `positive` or more, this is its answer; if it
/// is less than `negative`, the answer is -1, background; in between it is -2, and the anchor learns nothing. Then
/// each box, in their order, is given to the anchor with which *its* IoU is highest, whatever that anchor's answer
/// was, so that no box is left without. A box that touches no anchor (IoU 0) is left out.
///
/// - `iou`: `[anchors, boxes]`; without boxes all is background.
/// - Gives one number per anchor: the index of a box, -1 or -2.
///
/// Source: Ren et al. (2015), section 3.1.2.
pub fn match_anchors(iou: Tensor<2>, positive: f64, negative: f64) -> Vec<i64> {
    // BEGIN SOLUTION A2.11 match_anchors
    let [anchors, boxes] = iou.dims();
    let iou: Vec<f64> = iou.into_data().iter().collect();
    let at = |anchor: usize, of: usize| iou[anchor * boxes + of];
    let answer = |anchor: usize| match first_highest(0..boxes, |of| at(anchor, of)) {
        Some(best) if at(anchor, best) >= positive => best as i64,
        Some(best) if at(anchor, best) >= negative => -2,
        _ => -1,
    };
    let mut answers: Vec<i64> = (0..anchors).map(answer).collect();
    for of in 0..boxes {
        let best = first_highest(0..anchors, |anchor| at(anchor, of));
        if let Some(anchor) = best.filter(|&anchor| at(anchor, of) > 0.0) {
            answers[anchor] = of as i64;
        }
    }
    answers
    // END SOLUTION
}

/// Which box each location learns to find, without anchors: the smallest of those that it is inside of. On the edge
/// is not inside.
///
/// - `locations`: `[l, 2]`, x and y; `boxes`: `[g, 4]`; there may be no box.
/// - Gives one number per location: the index of a box, or -1 for background.
///
/// Source: Tian et al., "FCOS" (2019), section 3.1.
pub fn assign_locations(locations: Tensor<2>, boxes: Tensor<2>) -> Vec<i64> {
    // BEGIN SOLUTION A2.11 assign_locations
    let locations: Vec<f64> = locations.into_data().iter().collect();
    let boxes: Vec<f64> = boxes.into_data().iter().collect();
    let boxes: Vec<&[f64]> = boxes.chunks_exact(4).collect();
    let area = |of: usize| (boxes[of][2] - boxes[of][0]) * (boxes[of][3] - boxes[of][1]);
    let answer = |location: &[f64]| {
        let inside = |of: &usize| {
            (0..2).all(|axis| {
                boxes[*of][axis] < location[axis] && location[axis] < boxes[*of][axis + 2]
            })
        };
        let smallest = (0..boxes.len())
            .filter(inside)
            .min_by(|&a, &b| area(a).total_cmp(&area(b)));
        smallest.map_or(-1, |of| of as i64)
    };
    locations.chunks_exact(2).map(answer).collect()
    // END SOLUTION
}

/// How near a location is to the middle of its box: 1 in the middle, 0 at an edge.
///
/// With the distances `l`, `t`, `r`, `b` from the location to the left, top, right and bottom edge,
///
/// ```text
/// centerness = sqrt(min(l, r) / max(l, r)  min(t, b) / max(t, b))
/// ```
///
/// Outside of the box a distance is negative and the centerness 0, also where two are and the quotients' product is
/// positive. A quotient of 0 by 0 counts as 0, so in a box of width or height 0 the centerness is 0 as well.
///
/// - `locations`: `[n, 2]`; `boxes`: `[n, 4]`, one for each location. Gives `[n]`.
///
/// Source: Tian et al. (2019), eq. 3.
pub fn centerness(locations: Tensor<2>, boxes: Tensor<2>) -> Tensor<1> {
    // BEGIN SOLUTION A2.11 centerness
    let before = locations.clone() - boxes.clone().narrow(1, 0, 2);
    let after = boxes.narrow(1, 2, 2) - locations;
    let near = before.clone().min_pair(after.clone()).clamp_min(0.0);
    let balance = ratio(near, before.max_pair(after));
    let [x, y] = [0, 1].map(|axis| side(&balance, axis));
    (x * y).sqrt()
    // END SOLUTION
}

/// A one-stage head: at every location of the features, the classes, a box and its centerness.
///
/// The features go through the layers of the tower, each a convolution and ReLU, and then through three convolutions
/// side by side. All are 3 x 3 with padding 1, so nothing changes its size. The location of row `i` and column `j` is
/// the middle of its patch of the image,
///
/// ```text
/// (x, y) = ((j + 1/2) stride, (i + 1/2) stride)
/// ```
///
/// The four distances are `stride exp(z)` of the channels `z` of the second convolution, in the order left, top,
/// right, bottom, so they are positive whatever the network says. The box reaches from
/// `(x - left, y - top)` to `(x + right, y + bottom)`.
///
/// - `features`: `[n, c, rows, columns]`.
/// - Gives for `l = rows columns` locations, row by row: `locations` `[l, 2]`, `class_logits` `[n, l, classes]`, `boxes`
///   `[n, l, 4]`, `centerness` `[n, l]`. The logits are the convolutions' outputs as they are.
///
/// Source: Tian et al. (2019), sections 3.1 and 3.2, with the stride in the place of a learned scale.
pub fn detector_head(head: DetectorHead, features: Tensor<4>, stride: usize) -> DetectorOutput {
    // BEGIN SOLUTION A2.11 detector_head
    let [n, _, rows, columns] = features.dims();
    let locations = grid(rows, columns, stride, &features);
    let shared = head
        .tower
        .iter()
        .fold(features, |x, layer| activation::relu(convolve(layer, x)));
    let read = |layer: &DetectorConv| per_location(convolve(layer, shared.clone()));

    let distances = read(&head.distance).exp() * stride as f64;
    let middle: Tensor<3> = locations.clone().unsqueeze();
    let upper_left = middle.clone() - distances.clone().narrow(2, 0, 2);
    let lower_right = middle + distances.narrow(2, 2, 2);
    DetectorOutput {
        locations,
        class_logits: read(&head.class),
        boxes: Tensor::cat(vec![upper_left, lower_right], 2),
        centerness: read(&head.centerness).reshape([n, rows * columns]),
    }
    // END SOLUTION
}

/// The focal loss: cross-entropy in which what is already right counts little.
///
/// With `p = sigmoid(logit)`, `p_t = p` and `alpha_t = alpha` where the target is 1, `p_t = 1 - p` and
/// `alpha_t = 1 - alpha` where it is 0,
///
/// ```text
/// loss = -alpha_t (1 - p_t)^gamma ln(p_t)
/// ```
///
/// It must be finite for logits of any size, and so must its gradient, for which Burn will ask: work with
/// `log_sigmoid`, which knows `ln p_t` without `p_t`, and write the power as an exponential of a logarithm.
///
/// - `logits`, `targets`: `[n, classes]`; targets are 0 or 1. Gives `[n, classes]`.
///
/// Source: Lin et al., "Focal loss for dense object detection" (2017), eq. 5.
pub fn focal_loss(logits: Tensor<2>, targets: Tensor<2>, alpha: f64, gamma: f64) -> Tensor<2> {
    // BEGIN SOLUTION A2.11 focal_loss
    // p_t is the sigmoid of z, and 1 - p_t that of -z.
    let z = logits * (targets.clone() * 2.0 - 1.0);
    let weight = targets * (2.0 * alpha - 1.0) + (1.0 - alpha);
    let easy = (activation::log_sigmoid(-z.clone()) * gamma).exp();
    -weight * easy * activation::log_sigmoid(z)
    // END SOLUTION
}

/// Non-maximum suppression: of many boxes around one object, only the surest is kept.
///
/// Goes through the boxes from the highest score to the lowest and keeps a box unless one of its class that was kept
/// has an IoU of more than `threshold` with it.
///
/// - `boxes`: `[n, 4]`; `scores`: `[n]`; `classes`: `n` numbers.
/// - Gives the indices of the boxes that are kept, in the order of their scores.
pub fn nms(boxes: Tensor<2>, scores: Tensor<1>, classes: Vec<usize>, threshold: f64) -> Vec<usize> {
    // BEGIN SOLUTION A2.11 nms
    let boxes = corners(boxes);
    let scores: Vec<f64> = scores.into_data().iter().collect();
    let mut kept: Vec<usize> = Vec::new();
    for i in ranked(&scores) {
        let hides = |&k: &usize| classes[k] == classes[i] && iou(&boxes[k], &boxes[i]) > threshold;
        if !kept.iter().any(hides) {
            kept.push(i);
        }
    }
    kept
    // END SOLUTION
}

/// Which detections of a class are right, as PASCAL VOC counts.
///
/// Goes through the detections of `class`, on all images, from the highest score to the lowest. A detection looks at
/// the object of its class on its image with which its IoU is highest. It is a hit if that IoU is `threshold` or
/// more and no detection before it has hit the same object. A second box around an object is wrong, even
/// where another object would be near enough.
///
/// - Gives one answer per detection of the class, the surest first.
///
/// Source: Everingham et al., "The PASCAL visual object classes challenge" (2010), section 4.4, and its development
/// kit.
pub fn mark_hits(
    detections: Vec<Detection>,
    objects: Vec<TrueObject>,
    class: usize,
    threshold: f64,
) -> Vec<bool> {
    // BEGIN SOLUTION A2.11 mark_hits
    let detections: Vec<Detection> = detections
        .into_iter()
        .filter(|d| d.class == class)
        .collect();
    let scores: Vec<f64> = detections.iter().map(|detection| detection.score).collect();
    let mut found = vec![false; objects.len()];
    let mut is_hit = |detection: &Detection| {
        let here =
            |of: &usize| objects[*of].image == detection.image && objects[*of].class == class;
        let near = |of: usize| iou(&objects[of].corners, &detection.corners);
        let best = first_highest((0..objects.len()).filter(here), near);
        let best = best.filter(|&of| near(of) >= threshold);
        // `replace` gives what was there before: whether the object was found already.
        best.is_some_and(|of| !std::mem::replace(&mut found[of], true))
    };
    ranked(&scores)
        .into_iter()
        .map(|i| is_hit(&detections[i]))
        .collect()
    // END SOLUTION
}

/// The average precision of a ranked list.
///
/// After the first `k` detections, precision is the share of hits among these `k`, and recall the number of hits among
/// them divided by `objects`. The precision *at* recall `r` is the highest precision of all `k` whose recall is `r` or
/// more, and 0 if there is none: the envelope, which never rises. The average is
///
/// - with [`RecallPoints::Eleven`] the mean of the precision at the recalls 0, 1/10, 2/10, ..., 1;
/// - with [`RecallPoints::All`] the area below the envelope: the sum over the hits of the precision at the recall of each,
///   divided by `objects`.
///
/// - `hits`: as [`mark_hits`] gives them; there may be none.
/// - Gives a number from 0 to 1, or `None` when `objects` is 0.
///
/// Source: Everingham et al. (2010), section 4.2; the area since VOC 2010.
pub fn average_precision(hits: Vec<bool>, objects: usize, points: RecallPoints) -> Option<f64> {
    // BEGIN SOLUTION A2.11 average_precision
    if objects == 0 {
        return None;
    }
    let mut found = 0;
    let mut curve: Vec<(f64, f64)> = Vec::new();
    for (i, hit) in hits.iter().enumerate() {
        found += usize::from(*hit);
        curve.push((found as f64 / objects as f64, found as f64 / (i + 1) as f64));
    }
    let precision_at = |recall: f64| {
        let reached = curve.iter().filter(|(r, _)| *r >= recall);
        reached.map(|(_, precision)| *precision).fold(0.0, f64::max)
    };
    Some(match points {
        RecallPoints::Eleven => {
            let sum: f64 = (0..=10)
                .map(|tenths| precision_at(f64::from(tenths) / 10.0))
                .sum();
            sum / 11.0
        }
        RecallPoints::All => {
            let of_hits = hits.iter().zip(&curve).filter(|(hit, _)| **hit);
            let sum: f64 = of_hits.map(|(_, (recall, _))| precision_at(*recall)).sum();
            sum / objects as f64
        }
    })
    // END SOLUTION
}

/// Mean average precision: the mean of the average precisions, at all points, of the classes that have objects.
///
/// A class without objects has no average precision and does not count, whatever was detected.
///
/// - Gives `None` without objects.
pub fn mean_average_precision(
    detections: Vec<Detection>,
    objects: Vec<TrueObject>,
    threshold: f64,
) -> Option<f64> {
    // BEGIN SOLUTION A2.11 mean_average_precision
    let mut classes: Vec<usize> = objects.iter().map(|object| object.class).collect();
    classes.sort_unstable();
    let precisions: Vec<f64> = classes
        .chunk_by(|a, b| a == b)
        .filter_map(|class| {
            let hits = mark_hits(detections.clone(), objects.clone(), class[0], threshold);
            average_precision(hits, class.len(), RecallPoints::All)
        })
        .collect();
    let n = precisions.len() as f64;
    (n > 0.0).then(|| precisions.iter().sum::<f64>() / n)
    // END SOLUTION
}

// BEGIN SOLUTION
/// One coordinate of every row.
fn side(boxes: &Tensor<2>, i: usize) -> Tensor<1> {
    boxes.clone().narrow(1, i, 1).squeeze_dim(1)
}

/// `a / b`, and 0 where `b` is 0.
fn ratio<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    let nothing = b.clone().equal_elem(0.0);
    (a / b.mask_fill(nothing.clone(), 1.0)).mask_fill(nothing, 0.0)
}

/// Intersection and union of each row of `a` with the same row of `b`.
fn overlap(a: &Tensor<2>, b: &Tensor<2>) -> (Tensor<1>, Tensor<1>) {
    let shared = |axis| {
        let end = side(a, axis + 2).min_pair(side(b, axis + 2));
        (end - side(a, axis).max_pair(side(b, axis))).clamp_min(0.0)
    };
    let area = |boxes| (side(boxes, 2) - side(boxes, 0)) * (side(boxes, 3) - side(boxes, 1));
    let intersection = shared(0) * shared(1);
    let union = area(a) + area(b) - intersection.clone();
    (intersection, union)
}

/// `[n, 2]` each: x and y of the centres, widths and heights.
fn centre_and_size(boxes: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let (first, last) = (boxes.clone().narrow(1, 0, 2), boxes.narrow(1, 2, 2));
    ((first.clone() + last.clone()) / 2.0, last - first)
}

/// The first of `indices` for which `value` is highest.
fn first_highest(
    mut indices: impl Iterator<Item = usize>,
    value: impl Fn(usize) -> f64,
) -> Option<usize> {
    let first = indices.next()?;
    Some(indices.fold(
        first,
        |best, i| if value(i) > value(best) { i } else { best },
    ))
}

/// The indices from the highest score to the lowest. The sort is stable: equal scores keep their order.
fn ranked(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order
}

fn corners(boxes: Tensor<2>) -> Vec<[f64; 4]> {
    let numbers: Vec<f64> = boxes.into_data().iter().collect();
    numbers.as_chunks().0.to_vec()
}

/// [`box_iou`] of two boxes. Many tensors of four numbers would be slow.
fn iou(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    let shared = |axis: usize| (a[axis + 2].min(b[axis + 2]) - a[axis].max(b[axis])).max(0.0);
    let area = |c: &[f64; 4]| (c[2] - c[0]) * (c[3] - c[1]);
    let intersection = shared(0) * shared(1);
    let union = area(a) + area(b) - intersection;
    if union > 0.0 {
        intersection / union
    } else {
        0.0
    }
}

fn convolve(layer: &DetectorConv, x: Tensor<4>) -> Tensor<4> {
    let options = ConvOptions {
        padding: [1, 1],
        ..ConvOptions::default()
    };
    conv2d(x, layer.weight.clone(), Some(layer.bias.clone()), &options)
}

/// `[n, c, rows, columns]` as `[n, rows columns, c]`.
fn per_location(x: Tensor<4>) -> Tensor<3> {
    let [n, c, rows, columns] = x.dims();
    x.reshape([n, c, rows * columns]).swap_dims(1, 2)
}

/// The middles of the patches, with the device and the element type of `like`.
fn grid(rows: usize, columns: usize, stride: usize, like: &Tensor<4>) -> Tensor<2> {
    let middle = |index: usize| (index as f64 + 0.5) * stride as f64;
    let locations: Vec<f64> = (0..rows)
        .flat_map(|i| (0..columns).flat_map(move |j| [middle(j), middle(i)]))
        .collect();
    let data = TensorData::new(locations, [rows * columns, 2]);
    Tensor::from_data(data, (&like.device(), like.dtype()))
}
// END SOLUTION
