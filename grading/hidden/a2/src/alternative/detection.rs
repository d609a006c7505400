//! A2.11 once more: boxes as numbers, one after the other; the three ends of the head as one convolution.

use burn::tensor::{Tensor, activation};
use common::contract::a2::*;
use common::nn::{ConvOptions, conv2d};

use crate::oracle::array::{tensor, values};

pub fn table() -> DetectionTable {
    DetectionTable {
        box_iou: |a, b| {
            let (a, b) = (boxes(&a), boxes(&b));
            let mut numbers = vec![];
            for a in &a {
                for b in &b {
                    numbers.push(a.iou(b));
                }
            }
            tensor(numbers, [a.len(), b.len()])
        },
        paired_giou: |a, b| {
            let (a, b) = (boxes(&a), boxes(&b));
            let pairs = a.iter().zip(&b);
            tensor(pairs.map(|(a, b)| a.giou(b)).collect(), [a.len()])
        },
        encode_boxes: |all, anchors| {
            let pairs = boxes(&all).into_iter().zip(boxes(&anchors));
            let rows: Vec<f64> = pairs
                .flat_map(|(b, a)| {
                    [
                        (b.middle(0) - a.middle(0)) / a.length(0),
                        (b.middle(1) - a.middle(1)) / a.length(1),
                        b.length(0).ln() - a.length(0).ln(),
                        b.length(1).ln() - a.length(1).ln(),
                    ]
                })
                .collect();
            tensor(rows, all.dims())
        },
        decode_boxes: |deltas, anchors| {
            let numbers = values(&deltas);
            let mut rows = vec![];
            for (d, a) in numbers.chunks(4).zip(boxes(&anchors)) {
                let middle = [0, 1].map(|axis| a.middle(axis) + d[axis] * a.length(axis));
                let length = [0, 1].map(|axis| a.length(axis) * d[axis + 2].exp().min(62.5));
                rows.extend([0, 1].map(|axis| middle[axis] - 0.5 * length[axis]));
                rows.extend([0, 1].map(|axis| middle[axis] + 0.5 * length[axis]));
            }
            tensor(rows, deltas.dims())
        },
        match_anchors,
        assign_locations: |locations, all| {
            let all = boxes(&all);
            let mut answers = vec![];
            for place in values(&locations).chunks(2) {
                let mut best: Option<usize> = None;
                for (of, candidate) in all.iter().enumerate() {
                    let smaller = best.is_none_or(|best| candidate.area() < all[best].area());
                    if smaller && candidate.distances(place).iter().all(|d| *d > 0.0) {
                        best = Some(of);
                    }
                }
                answers.push(best.map_or(-1, |of| of as i64));
            }
            answers
        },
        centerness: |locations, all| {
            let places = values(&locations);
            let pairs = boxes(&all).into_iter().zip(places.chunks(2));
            let one = |(b, place): (Box4, &[f64])| {
                let [l, t, r, b] = b.distances(place);
                if l.min(t).min(r).min(b) <= 0.0 {
                    return 0.0;
                }
                let product = (l / r).min(r / l) * (t / b).min(b / t);
                product.sqrt()
            };
            tensor(pairs.map(one).collect(), [all.dims()[0]])
        },
        detector_head,
        focal_loss: |logits, targets, alpha, gamma| {
            // ln(1 + e^x) in two pieces, so that no exponential overflows.
            let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
            let pairs = values(&logits).into_iter().zip(values(&targets));
            let one = |(x, target): (f64, f64)| match target > 0.5 {
                true => alpha * activation_of(-x).powf(gamma) * softplus(-x),
                false => (1.0 - alpha) * activation_of(x).powf(gamma) * softplus(x),
            };
            tensor(pairs.map(one).collect(), logits.dims())
        },
        nms: |all, scores, classes, threshold| {
            let (all, scores) = (boxes(&all), values(&scores));
            let mut left: Vec<usize> = (0..all.len()).collect();
            let mut kept = vec![];
            while let Some(first) = left
                .iter()
                .copied()
                .reduce(|best, i| surer(&scores, best, i))
            {
                kept.push(first);
                left.retain(|&i| {
                    let hidden =
                        classes[i] == classes[first] && all[i].iou(&all[first]) > threshold;
                    i != first && !hidden
                });
            }
            kept
        },
        mark_hits,
        average_precision,
        mean_average_precision: |detections, objects, threshold| {
            let last = objects.iter().map(|object| object.class).max()?;
            let (mut sum, mut classes) = (0.0, 0.0);
            for class in 0..=last {
                let there = objects
                    .iter()
                    .filter(|object| object.class == class)
                    .count();
                let hits = mark_hits(detections.clone(), objects.clone(), class, threshold);
                if let Some(precision) = average_precision(hits, there, RecallPoints::All) {
                    sum += precision;
                    classes += 1.0;
                }
            }
            Some(sum / classes)
        },
    }
}

/// A box.
#[derive(Clone, Copy)]
struct Box4([f64; 4]);

fn boxes(all: &Tensor<2>) -> Vec<Box4> {
    let numbers = values(all);
    numbers
        .chunks(4)
        .map(|c| Box4([c[0], c[1], c[2], c[3]]))
        .collect()
}

impl Box4 {
    fn length(&self, axis: usize) -> f64 {
        self.0[2 + axis] - self.0[axis]
    }

    fn middle(&self, axis: usize) -> f64 {
        self.0[axis] + 0.5 * self.length(axis)
    }

    fn area(&self) -> f64 {
        self.length(0) * self.length(1)
    }

    fn iou(&self, other: &Self) -> f64 {
        let (a, b) = (&self.0, &other.0);
        let width = a[2].min(b[2]) - a[0].max(b[0]);
        let height = a[3].min(b[3]) - a[1].max(b[1]);
        if width <= 0.0 || height <= 0.0 {
            return 0.0;
        }
        let shared = width * height;
        shared / (self.area() + other.area() - shared)
    }

    /// IoU + union / hull - 1.
    fn giou(&self, other: &Self) -> f64 {
        let (a, b) = (&self.0, &other.0);
        let iou = self.iou(other);
        let union = (self.area() + other.area()) / (1.0 + iou);
        let hull = Box4([
            a[0].min(b[0]),
            a[1].min(b[1]),
            a[2].max(b[2]),
            a[3].max(b[3]),
        ])
        .area();
        if hull > 0.0 {
            iou + union / hull - 1.0
        } else {
            iou
        }
    }

    /// From a place to the left, top, right and bottom edge.
    fn distances(&self, place: &[f64]) -> [f64; 4] {
        let c = self.0;
        [
            place[0] - c[0],
            place[1] - c[1],
            c[2] - place[0],
            c[3] - place[1],
        ]
    }
}

/// The index of the higher score, the lower index if they are equal.
fn surer(scores: &[f64], a: usize, b: usize) -> usize {
    if scores[b] > scores[a] { b } else { a }
}

fn match_anchors(iou: Tensor<2>, positive: f64, negative: f64) -> Vec<i64> {
    let [anchors, all] = iou.dims();
    if all == 0 {
        return vec![-1; anchors];
    }
    let iou = values(&iou);
    let mut answers = vec![];
    for row in iou.chunks(all) {
        let of = (0..all).fold(0, |best, of| surer(row, best, of));
        answers.push(if row[of] >= positive {
            of as i64
        } else if row[of] >= negative {
            -2
        } else {
            -1
        });
    }
    for of in 0..all {
        let column: Vec<f64> = (0..anchors).map(|anchor| iou[anchor * all + of]).collect();
        let anchor = (0..anchors).fold(0, |best, i| surer(&column, best, i));
        if column[anchor] > 0.0 {
            answers[anchor] = of as i64;
        }
    }
    answers
}

fn detector_head(head: DetectorHead, features: Tensor<4>, stride: usize) -> DetectorOutput {
    let same = ConvOptions {
        padding: [1, 1],
        ..ConvOptions::default()
    };
    let [n, _, rows, columns] = features.dims();
    let mut x = features;
    for layer in head.tower {
        x = conv2d(x, layer.weight, Some(layer.bias), &same).clamp_min(0.0);
    }
    let classes = head.class.bias.dims()[0];
    let ends = [head.class, head.distance, head.centerness];
    let weight = Tensor::cat(ends.iter().map(|end| end.weight.clone()).collect(), 0);
    let bias = Tensor::cat(ends.iter().map(|end| end.bias.clone()).collect(), 0);
    let all = conv2d(x, weight, Some(bias), &same);
    let all: Tensor<3> = all
        .permute([0, 2, 3, 1])
        .reshape([n, rows * columns, classes + 5]);

    let step = stride as f64;
    let mut places = vec![];
    for i in 0..rows {
        for j in 0..columns {
            places.extend([step * j as f64 + step / 2.0, step * i as f64 + step / 2.0]);
        }
    }
    let locations: Tensor<2> = tensor(places, [rows * columns, 2]);
    // left and top count backwards
    let signs: Tensor<3> = tensor(vec![-step, -step, step, step], [1, 1, 4]);
    let distances = all.clone().narrow(2, classes, 4).exp() * signs;
    let twice: Tensor<3> = locations.clone().repeat_dim(1, 2).unsqueeze();
    DetectorOutput {
        locations,
        class_logits: all.clone().narrow(2, 0, classes),
        boxes: distances + twice,
        centerness: all.narrow(2, classes + 4, 1).squeeze_dim(2),
    }
}

fn activation_of(x: f64) -> f64 {
    let x: Tensor<1> = tensor(vec![x], [1]);
    values(&activation::sigmoid(x))[0]
}

fn mark_hits(
    detections: Vec<Detection>,
    objects: Vec<TrueObject>,
    class: usize,
    threshold: f64,
) -> Vec<bool> {
    let mut mine: Vec<Detection> = detections;
    mine.retain(|detection| detection.class == class);
    mine.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut found = vec![];
    let mut answers = vec![];
    for detection in mine {
        let (mut best, mut highest) = (None, threshold);
        for (of, object) in objects.iter().enumerate() {
            if object.class != class || object.image != detection.image {
                continue;
            }
            let iou = Box4(object.corners).iou(&Box4(detection.corners));
            if iou > highest || (iou == threshold && best.is_none()) {
                (best, highest) = (Some(of), iou);
            }
        }
        let hit = best.is_some_and(|of| !found.contains(&of));
        found.extend(best);
        answers.push(hit);
    }
    answers
}

/// The envelope from behind, as the development kit of VOC has it.
fn average_precision(hits: Vec<bool>, objects: usize, points: RecallPoints) -> Option<f64> {
    if objects == 0 {
        return None;
    }
    let (mut found, mut recall, mut precision) = (0, vec![0.0], vec![0.0]);
    for (i, hit) in hits.iter().enumerate() {
        found += usize::from(*hit);
        recall.push(found as f64 / objects as f64);
        precision.push(found as f64 / (i + 1) as f64);
    }
    for i in (1..precision.len()).rev() {
        precision[i - 1] = precision[i - 1].max(precision[i]);
    }
    Some(match points {
        RecallPoints::All => {
            let steps = recall.windows(2).zip(&precision[1..]);
            steps
                .map(|(ends, precision)| (ends[1] - ends[0]) * precision)
                .sum()
        }
        RecallPoints::Eleven => {
            let mut sum = 0.0;
            for tenths in 0..=10 {
                let place = recall.iter().position(|r| 10.0 * r >= f64::from(tenths));
                sum += place.map_or(0.0, |i| precision[i]);
            }
            sum / 11.0
        }
    })
}
