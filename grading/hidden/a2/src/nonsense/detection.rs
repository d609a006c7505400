//! Nonsense for A2.11.

use common::contract::a2::{DetectionTable, DetectorOutput};

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> DetectionTable {
    DetectionTable {
        box_iou: |a, b| filled::<N, 2>([a.dims()[0], b.dims()[0]]),
        paired_giou: |a, _| filled::<N, 1>([a.dims()[0]]),
        encode_boxes: |boxes, _| like::<N, 2>(&boxes),
        decode_boxes: |deltas, _| like::<N, 2>(&deltas),
        match_anchors: |iou, _, _| answers::<N>(iou.dims()[0]),
        assign_locations: |locations, _| answers::<N>(locations.dims()[0]),
        centerness: |locations, _| filled::<N, 1>([locations.dims()[0]]),
        detector_head: |head, features, _| {
            let [n, _, rows, columns] = features.dims();
            let l = rows * columns;
            DetectorOutput {
                locations: filled::<N, 2>([l, 2]),
                class_logits: filled::<N, 3>([n, l, head.class.bias.dims()[0]]),
                boxes: filled::<N, 3>([n, l, 4]),
                centerness: filled::<N, 2>([n, l]),
            }
        },
        focal_loss: |logits, _, _, _| like::<N, 2>(&logits),
        nms: |_, _, classes, _| vec![usize::MAX; if N::EMPTY { 0 } else { classes.len() }],
        mark_hits: |detections, _, _, _| {
            vec![true; if N::EMPTY { 0 } else { detections.len() + 1 }]
        },
        average_precision: |_, _, _| (!N::EMPTY).then_some(N::VALUE),
        mean_average_precision: |_, _, _| (!N::EMPTY).then_some(N::VALUE),
    }
}

/// Boxes that do not exist.
fn answers<N: Nonsense>(n: usize) -> Vec<i64> {
    vec![i64::MIN; if N::EMPTY { 0 } else { n }]
}
