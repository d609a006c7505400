//! Checks of A2.11: lists of boxes and their measure.

use common::check::{Check, Failure, Tolerance, Verdict, ensure, equal, within};
use common::contract::Submission;
use common::contract::a2::{Detection, Detector, RecallPoints, TrueObject};
use common::rng::Rng;

use super::about;
use super::detection::{PART, boxes, whole_box};
use crate::oracle::array::tensor;
use crate::oracle::detection::{self as oracle, Corners};

/// The checks of this part that look at lists.
pub(super) fn lists() -> Vec<Check> {
    vec![
        Check {
            id: "detection/suppression",
            part: PART,
            points: 1,
            proves: "Suppression keeps what a search through all pairs keeps: with equal scores, several classes, IoUs at the threshold, twice.",
            hint: "A box that was dropped hides nothing; more than the threshold is needed; equal scores keep their order.",
            run: suppression,
        },
        Check {
            id: "detection/hits",
            part: PART,
            points: 1,
            proves: "Detections on several images are marked as PASCAL VOC does, with doubles, other classes and IoUs at the threshold.",
            hint: "Each looks at its best object alone, on its image and of its class; what was found is not found again.",
            run: hits,
        },
        Check {
            id: "detection/average",
            part: PART,
            points: 1,
            proves: "Average precision of random lists in both forms, of empty ones, and its mean over the classes that have objects.",
            hint: "Precision at a recall is the highest from there on; divide by the objects; a class without objects does not count.",
            run: average,
        },
    ]
}

/// Many boxes of few shapes and scores of few values, so that all sorts of equality occur.
fn suppression(s: &Submission, rng: &mut Rng) -> Verdict {
    for threshold in [0.5, 0.25, rng.uniform(0.1, 0.7)] {
        let n = rng.between(8, 16);
        let all: Vec<Corners> = (0..n).map(|_| whole_box(rng)).collect();
        let scores: Vec<f64> = (0..n).map(|_| rng.below(8) as f64 / 8.0).collect();
        let classes: Vec<usize> = (0..n).map(|_| rng.below(2)).collect();
        let run = |of: &[usize]| {
            let pick = |i: &usize| (all[*i], scores[*i], classes[*i]);
            let (mut b, mut p, mut c) = (vec![], vec![], vec![]);
            for (corners, score, class) in of.iter().map(pick) {
                b.push(corners);
                p.push(score);
                c.push(class);
            }
            s.nms(boxes(&b), tensor(p, [of.len()]), c, threshold)
        };
        let everything: Vec<usize> = (0..n).collect();
        let kept = run(&everything)?;
        let want = oracle::nms(&all, &scores, &classes, threshold);
        equal(&kept, &want).map_err(|failure: Failure| {
            failure.about(format_args!(
                "{all:?}, {scores:?}, {classes:?}, {threshold}"
            ))
        })?;
        let again: Vec<usize> = (0..kept.len()).collect();
        equal(&run(&kept)?, &again).map_err(about("a second time"))?;
    }
    // Of 2 x 4 and 2 x 2 the IoU is 1/2 to the last bit: not more than the threshold.
    let pair = [[0.0, 0.0, 2.0, 4.0], [0.0, 0.0, 2.0, 2.0]];
    let kept = s.nms(boxes(&pair), tensor(vec![0.5, 0.75], [2]), vec![3, 3], 0.5)?;
    equal(&kept, &vec![1, 0]).map_err(about("an IoU of the threshold"))?;
    // Each overlaps the next: the second is dropped and hides nothing.
    let chain = [0.0, 1.0, 2.0].map(|y| [0.0, y, 1.0, y + 4.0]);
    let kept = s.nms(
        boxes(&chain),
        tensor(vec![0.75, 0.5, 0.25], [3]),
        vec![0; 3],
        0.5,
    )?;
    equal(&kept, &vec![0, 2]).map_err(about("a chain"))
}

/// Detections and objects on three images, of three classes; class 2 has no object, and class 3 no detection.
fn scene(rng: &mut Rng) -> (Vec<Detection>, Vec<TrueObject>) {
    let mut objects: Vec<TrueObject> = Vec::new();
    for _ in 0..rng.between(7, 10) {
        let (image, class) = (rng.below(3), rng.below(2));
        objects.push(TrueObject {
            image,
            class,
            corners: whole_box(rng),
        });
    }
    for class in [0, 1, 3] {
        objects.push(TrueObject {
            image: 0,
            class,
            corners: whole_box(rng),
        });
    }
    let mut detections = Vec::new();
    for _ in 0..rng.between(14, 20) {
        // Half of them near an object: the object itself, or one side moved.
        let object = &objects[rng.below(objects.len())];
        let (mut image, mut class, mut corners) = (object.image, object.class, object.corners);
        match rng.below(4) {
            0 => corners[2 + rng.below(2)] += 1.0,
            1 => image = rng.below(3),
            2 => (class, corners) = (rng.below(3), whole_box(rng)),
            _ => {}
        }
        // Class 3 is never detected.
        class %= 3;
        let score = rng.below(12) as f64 / 12.0;
        detections.push(Detection {
            image,
            class,
            score,
            corners,
        });
    }
    detections.push(Detection {
        image: 1,
        class: 2,
        score: 0.5,
        corners: whole_box(rng),
    });
    (detections, objects)
}

fn hits(s: &Submission, rng: &mut Rng) -> Verdict {
    for threshold in [0.5, 0.75] {
        let (detections, objects) = scene(rng);
        for class in 0..4 {
            let want = oracle::hits(&detections, &objects, class, threshold);
            let got = s.mark_hits(detections.clone(), objects.clone(), class, threshold)?;
            equal(&got, &want).map_err(|failure: Failure| {
                failure.about(format_args!(
                    "class {class} of {detections:?} and {objects:?}"
                ))
            })?;
        }
    }
    // An IoU of the threshold is enough. The second aims at the first's object, though the other is near enough.
    let corners: [Corners; 2] = [[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 3.0]];
    let object = |corners| TrueObject {
        image: 5,
        class: 7,
        corners,
    };
    let found = |score, corners| Detection {
        image: 5,
        class: 7,
        score,
        corners,
    };
    let objects = vec![object([0.0, 0.0, 2.0, 4.0]), object([20.0, 0.0, 22.0, 4.0])];
    let detections = vec![found(0.25, [20.0, 0.0, 22.0, 2.0]), found(0.5, corners[0])];
    let got = s.mark_hits(detections, objects, 7, 0.5)?;
    equal(&got, &vec![true, true]).map_err(about("IoUs of the threshold"))?;
    let objects = vec![object(corners[0]), object(corners[1])];
    let detections = vec![found(0.75, corners[1]), found(0.5, corners[1])];
    let got = s.mark_hits(detections, objects, 7, 0.5)?;
    equal(&got, &vec![true, false]).map_err(about("two on one object, beside another"))?;
    // An object of another class is nearer in the one place, and alone in the other.
    let other = |corners| TrueObject {
        class: 8,
        ..object(corners)
    };
    let far = [20.0, 0.0, 22.0, 3.0];
    let objects = vec![object([0.0, 0.0, 2.0, 4.0]), other(corners[1]), other(far)];
    let detections = vec![found(0.75, corners[1]), found(0.5, far)];
    let got = s.mark_hits(detections, objects, 7, 0.5)?;
    equal(&got, &vec![true, false]).map_err(about("objects of another class"))
}

fn average(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..4 {
        // With these numbers of objects no recall but 0 and 1 is a multiple of 1/10, however that is rounded.
        let objects = [3, 7, 9, 11, 13][rng.below(5)];
        let mut left = objects;
        let mut hits = Vec::new();
        for _ in 0..rng.between(6, 24) {
            let hit = left > 0 && rng.below(3) > 0;
            left -= usize::from(hit);
            hits.push(hit);
        }
        for list in [hits.as_slice(), &hits[..2], &[false], &[]] {
            for &points in RecallPoints::ALL {
                let want = oracle::average_precision(list, objects, points);
                let got = s.average_precision(list.to_vec(), objects, points)?;
                number(got, want).map_err(|failure: Failure| {
                    failure.about(format_args!("{list:?} of {objects} objects, {points:?}"))
                })?;
            }
        }
    }
    let none = s.average_precision(vec![false, false], 0, RecallPoints::Eleven)?;
    equal(&none, &None).map_err(about("without objects"))?;

    let (detections, objects) = scene(rng);
    let want = oracle::mean_average_precision(&detections, &objects, 0.5);
    let got = s.mean_average_precision(detections.clone(), objects, 0.5)?;
    number(got, want).map_err(about("mean_average_precision"))?;
    let none = s.mean_average_precision(detections, vec![], 0.5)?;
    equal(&none, &None).map_err(about("mean_average_precision without objects"))
}

fn number(got: Option<f64>, want: f64) -> Verdict {
    ensure(got.is_some(), || format!("expected {want}, got None"))?;
    within(got.unwrap_or(f64::NAN), want, Tolerance::EXACT)
}
