//! Public checks of A2.11.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, equal, finite, show, tensor, within,
};
use common::contract::Submission;
use common::contract::a2::{
    Detection, Detector, DetectorConv, DetectorHead, RecallPoints, TrueObject,
};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.11",
    title: "Detection",
    module: "detection",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/detection.rs and write box_iou: four coordinates, min_pair and max_pair, and no area below 0.",
    hints: &[
        "Write one helper that gives intersection and union of rows of `[n, 4]`: paired_giou needs it as it is, and for \
         box_iou expand both to [n, m, 4] first. What goes through boxes one after the other (match_anchors, nms, \
         mark_hits) is easiest with vectors of numbers: tensor.into_data().iter::<f64>().",
        "detector_head: conv2d with padding [1, 1]; then [n, c, rows, columns] becomes [n, rows columns, c] by reshape to \
         [n, c, rows columns] and swap_dims(1, 2), not by one reshape. focal_loss: z = logit (2 target - 1); then \
         ln p_t = log_sigmoid(z) and (1 - p_t)^gamma = exp(gamma log_sigmoid(-z)). average_precision: first a list of \
         (recall, precision), then the highest precision from a recall on.",
    ],
    hidden_checks: 12,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.11.
pub const CHECKS: &[Check] = &[
    Check {
        id: "detection/overlap",
        part: "A2.11",
        points: 1,
        proves: "IoU and generalised IoU of the handout's boxes, which overlap, touch or are far apart",
        hint: "a width is x1 - x0, without + 1; the union is what both cover, less what they share",
        run: overlap,
    },
    Check {
        id: "detection/coding",
        part: "A2.11",
        points: 1,
        proves: "boxes are encoded relative to an anchor, and come back",
        hint: "shifts are of the centre, in widths and heights of the anchor; sizes are logarithms of quotients",
        run: coding,
    },
    Check {
        id: "detection/assignment",
        part: "A2.11",
        points: 1,
        proves: "anchors and locations get the box that they are to find, and the middle of a box has centerness 1",
        hint: "an IoU equal to positive is enough; every box gets its best anchor; of several boxes around a location the smallest counts",
        run: assignment,
    },
    Check {
        id: "detection/network",
        part: "A2.11",
        points: 1,
        proves: "the head gives the handout's boxes at two locations, and the focal loss its four values",
        hint: "x belongs to columns and y to rows; the distances are stride exp(z); alpha belongs to targets of 1",
        run: network,
    },
    Check {
        id: "detection/nms",
        part: "A2.11",
        points: 1,
        proves: "of boxes around one object the surest is kept, in each class for itself",
        hint: "only a box that was kept can hide another, and only one of its class",
        run: suppression,
    },
    Check {
        id: "detection/precision",
        part: "A2.11",
        points: 1,
        proves: "a list of detections is marked, and has the average precision of the handout's example",
        hint: "an object is found once; the precision at a recall is the highest from there on; sums are divided by the objects, not by the hits",
        run: precision,
    },
];

fn overlap(submission: &Submission, _: &mut Rng) -> Verdict {
    let a = tensor([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 4.0, 4.0]]);
    let b = tensor([
        [1.0, 1.0, 3.0, 3.0],
        [0.0, 2.0, 4.0, 6.0],
        [5.0, 0.0, 7.0, 2.0],
    ]);
    let input = format!("a {}, b {}", show(&a), show(&b));
    let iou = submission.box_iou(a.clone(), b.clone())?;
    let want = tensor([[1.0 / 7.0, 0.0, 0.0], [4.0 / 16.0, 1.0 / 3.0, 0.0]]);
    close(&iou, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("box_iou").on_input(input))?;

    let a = tensor([
        [0.0, 0.0, 2.0, 2.0],
        [0.0, 0.0, 2.0, 2.0],
        [0.0, 0.0, 4.0, 4.0],
    ]);
    let b = tensor([
        [1.0, 1.0, 3.0, 3.0],
        [3.0, 0.0, 5.0, 2.0],
        [0.0, 2.0, 4.0, 6.0],
    ]);
    let input = format!("a {}, b {}", show(&a), show(&b));
    let giou = submission.paired_giou(a, b)?;
    let want = tensor([1.0 / 7.0 - 2.0 / 9.0, -0.2, 1.0 / 3.0]);
    close(&giou, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("paired_giou").on_input(input))
}

fn coding(submission: &Submission, _: &mut Rng) -> Verdict {
    let ln2 = 2f64.ln();
    let anchors = tensor([[0.0, 0.0, 4.0, 2.0], [0.0, 0.0, 4.0, 2.0]]);
    let boxes = tensor([[1.0, 0.0, 5.0, 4.0], [2.0, 0.0, 4.0, 2.0]]);
    let deltas = tensor([[0.25, 0.5, 0.0, ln2], [0.25, 0.0, -ln2, 0.0]]);
    let input = format!("boxes {}, anchors {}", show(&boxes), show(&anchors));
    let got = submission.encode_boxes(boxes, anchors.clone())?;
    close(&got, &deltas, Tolerance::EXACT)
        .map_err(|failure| failure.about("encode_boxes").on_input(input))?;

    let deltas = tensor([[0.25, 0.5, 0.0, ln2], [0.5, -0.5, ln2, 0.0]]);
    let input = format!("deltas {}, anchors {}", show(&deltas), show(&anchors));
    let got = submission.decode_boxes(deltas, anchors)?;
    let want = tensor([[1.0, 0.0, 5.0, 4.0], [0.0, -1.0, 8.0, 1.0]]);
    close(&got, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("decode_boxes").on_input(input))
}

fn assignment(submission: &Submission, _: &mut Rng) -> Verdict {
    let iou = tensor([[0.7, 0.1], [0.45, 0.2], [0.1, 0.3], [0.5, 0.0], [0.2, 0.2]]);
    let input = format!("iou {}, positive 0.5, negative 0.4", show(&iou));
    let got = submission.match_anchors(iou, 0.5, 0.4)?;
    equal(&got, &vec![0, -2, 1, 0, -1])
        .map_err(|failure| failure.about("match_anchors").on_input(input))?;

    let boxes = tensor([[0.0, 0.0, 8.0, 8.0], [2.0, 2.0, 6.0, 6.0]]);
    let locations = tensor([[1.0, 1.0], [3.0, 3.0], [2.0, 4.0], [9.0, 1.0]]);
    let input = format!("locations {}, boxes {}", show(&locations), show(&boxes));
    let got = submission.assign_locations(locations, boxes)?;
    equal(&got, &vec![0, 1, 0, -1])
        .map_err(|failure| failure.about("assign_locations").on_input(input))?;

    let locations = tensor([[4.0, 4.5], [2.0, 2.0], [1.0, 2.0], [9.0, 4.0]]);
    let wide = [0.0, 0.0, 8.0, 9.0];
    let boxes = tensor([wide, wide, [0.0, 0.0, 7.0, 14.0], wide]);
    let input = format!("locations {}, boxes {}", show(&locations), show(&boxes));
    let got = submission.centerness(locations, boxes)?;
    let want = tensor([1.0, (2.0f64 / 21.0).sqrt(), 1.0 / 6.0, 0.0]);
    close(&got, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("centerness").on_input(input))
}

/// A layer of one input channel: for each output channel its weight at the centre, its weight on the left neighbour,
/// and its bias.
fn layer<const C: usize>(channels: [[f64; 3]; C]) -> DetectorConv {
    let kernel = |[centre, left, _]: [f64; 3]| [0.0, 0.0, 0.0, left, centre, 0.0, 0.0, 0.0, 0.0];
    let weight: Tensor<2> = tensor(channels.map(kernel));
    DetectorConv {
        weight: weight.reshape([C, 1, 3, 3]),
        bias: tensor(channels.map(|[_, _, bias]| bias)),
    }
}

fn network(submission: &Submission, _: &mut Rng) -> Verdict {
    let head = DetectorHead {
        tower: vec![layer([[1.0, 0.0, -1.0]])],
        class: layer([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
        distance: layer([0.0, 2f64.ln(), 3f64.ln(), 0.0].map(|bias| [0.0, 0.0, bias])),
        centerness: layer([[0.5, 0.0, 0.0]]),
    };
    let got = submission.detector_head(head, tensor([[[[3.0, 0.0]]]]), 4)?;
    let named = |name: &str, verdict: Verdict| verdict.map_err(|failure| failure.about(name));
    let exact = Tolerance::EXACT;
    let check = || {
        let locations = tensor([[2.0, 2.0], [6.0, 2.0]]);
        named("locations", close(&got.locations, &locations, exact))?;
        let logits = tensor([[[3.0, 0.0], [1.0, 2.0]]]);
        named("class_logits", close(&got.class_logits, &logits, exact))?;
        let boxes = tensor([[[-2.0, -6.0, 14.0, 6.0], [2.0, -6.0, 18.0, 6.0]]]);
        named("boxes", close(&got.boxes, &boxes, exact))?;
        let centerness = tensor([[1.0, 0.0]]);
        named("centerness", close(&got.centerness, &centerness, exact))
    };
    check().map_err(|failure: Failure| {
        failure
            .about("detector_head")
            .on_input("the head of the handout's example, features [[[[3, 0]]]], stride 4")
    })?;

    let (ln2, ln3) = (2f64.ln(), 3f64.ln());
    let logits = tensor([[0.0, 0.0], [ln3, ln3]]);
    let targets = tensor([[1.0, 0.0], [1.0, 0.0]]);
    let input = format!(
        "logits {}, targets {}, alpha 0.25, gamma 2",
        show(&logits),
        show(&targets)
    );
    let got = submission.focal_loss(logits, targets.clone(), 0.25, 2.0)?;
    let want = tensor([
        [0.25 / 4.0 * ln2, 0.75 / 4.0 * ln2],
        [
            0.25 / 16.0 * (4.0 / 3.0f64).ln(),
            0.75 * 9.0 / 16.0 * 4f64.ln(),
        ],
    ]);
    close(&got, &want, exact).map_err(|failure| failure.about("focal_loss").on_input(input))?;
    let large = tensor([[1e4, 1e4], [-1e4, -1e4]]);
    finite(&submission.focal_loss(large, targets, 0.25, 2.0)?).map_err(|failure| {
        failure
            .about("focal_loss")
            .on_input("logits 10000 and -10000, alpha 0.25, gamma 2")
    })
}

fn suppression(submission: &Submission, _: &mut Rng) -> Verdict {
    let boxes = tensor([
        [0.0, 2.0, 4.0, 6.0],
        [0.0, 1.0, 4.0, 5.0],
        [0.0, 0.0, 4.0, 4.0],
        [0.0, 1.0, 4.0, 5.0],
        [8.0, 8.0, 9.0, 9.0],
    ]);
    let scores = tensor([0.6, 0.8, 0.9, 0.7, 0.95]);
    let classes = vec![0, 0, 0, 1, 0];
    let input = format!(
        "boxes {}, scores {}, classes {classes:?}, threshold 0.5",
        show(&boxes),
        show(&scores)
    );
    let got = submission.nms(boxes, scores, classes, 0.5)?;
    equal(&got, &vec![4, 2, 3, 0]).map_err(|failure| failure.about("nms").on_input(input))
}

/// The handout's five detections of class 0, and three of other classes.
fn detections() -> Vec<Detection> {
    let found = |image, class, score, corners| Detection {
        image,
        class,
        score,
        corners,
    };
    vec![
        found(0, 0, 0.9, [0.0, 0.0, 4.0, 4.0]),
        found(0, 0, 0.8, [0.0, 1.0, 4.0, 5.0]),
        found(0, 1, 0.75, [8.0, 8.0, 9.0, 9.0]),
        found(1, 0, 0.7, [0.0, 2.0, 4.0, 4.0]),
        found(0, 1, 0.65, [0.0, 6.0, 4.0, 10.0]),
        found(0, 0, 0.6, [10.0, 0.0, 14.0, 2.0]),
        found(0, 2, 0.55, [0.0, 0.0, 4.0, 4.0]),
        found(1, 0, 0.5, [10.0, 0.0, 14.0, 4.0]),
    ]
}

/// The handout's four objects of class 0, and one of class 1.
fn objects() -> Vec<TrueObject> {
    let object = |image, class, corners| TrueObject {
        image,
        class,
        corners,
    };
    vec![
        object(0, 0, [0.0, 0.0, 4.0, 4.0]),
        object(0, 0, [10.0, 0.0, 14.0, 4.0]),
        object(1, 0, [0.0, 0.0, 4.0, 4.0]),
        object(2, 0, [0.0, 0.0, 4.0, 4.0]),
        object(0, 1, [0.0, 6.0, 4.0, 10.0]),
    ]
}

fn precision(submission: &Submission, _: &mut Rng) -> Verdict {
    let input = "the detections and objects of the handout's example, threshold 0.5";
    let hits = submission.mark_hits(detections(), objects(), 0, 0.5)?;
    equal(&hits, &vec![true, false, true, true, false])
        .map_err(|failure| failure.about("mark_hits for class 0").on_input(input))?;

    let hits = vec![true, false, true, true, false];
    for (points, want) in [
        (RecallPoints::All, 0.625),
        (RecallPoints::Eleven, 6.75 / 11.0),
    ] {
        let got = submission.average_precision(hits.clone(), 4, points)?;
        number(got, want).map_err(|failure| {
            failure
                .about("average_precision")
                .on_input(format!("hits {hits:?}, 4 objects, {points:?}"))
        })?;
    }
    let none = submission.average_precision(vec![false], 0, RecallPoints::All)?;
    equal(&none, &None).map_err(|failure| failure.about("average_precision without objects"))?;

    let mean = submission.mean_average_precision(detections(), objects(), 0.5)?;
    number(mean, (0.625 + 0.5) / 2.0)
        .map_err(|failure| failure.about("mean_average_precision").on_input(input))
}

/// Compares a number that may be missing.
fn number(got: Option<f64>, want: f64) -> Verdict {
    let got = got.ok_or_else(|| Failure::wrong(format!("expected {want}, got None")))?;
    within(got, want, Tolerance::EXACT)
}
