//! Mutants of A2.11: lists of boxes.

use a2_cnn::parts::detection as reference;
use common::contract::a2::{Detection, TrueObject};
use hidden_suite::Mutant;

use super::detection::{Corners, PART, area, corners};
use crate::oracle::array::values;

/// The mutants that go through lists.
pub(super) fn lists() -> Vec<Mutant> {
    let mut all = suppression();
    all.extend(hits());
    all
}

fn iou(a: &Corners, b: &Corners) -> f64 {
    let side = |axis: usize| (a[axis + 2].min(b[axis + 2]) - a[axis].max(b[axis])).max(0.0);
    let shared = side(0) * side(1);
    shared / (area(a) + area(b) - shared)
}

/// The indices in the order of `scores`, the highest first.
fn ranked(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order
}

/// Goes through boxes in `order`; a box hides another by `hides(class, class, IoU)`, if it was kept or `dropped_too`.
fn kept(
    boxes: &[Corners],
    classes: &[usize],
    order: Vec<usize>,
    dropped_too: bool,
    hides: impl Fn(usize, usize, f64) -> bool,
) -> Vec<usize> {
    let (mut kept, mut seen): (Vec<usize>, Vec<usize>) = (vec![], vec![]);
    for i in order {
        let before = if dropped_too { &seen } else { &kept };
        let hidden = |&k: &usize| hides(classes[k], classes[i], iou(&boxes[k], &boxes[i]));
        if !before.iter().any(hidden) {
            kept.push(i);
        }
        seen.push(i);
    }
    kept
}

fn suppression() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.nms / "all_classes_together",
            "a box hides those of other classes too",
            |b, s, c, t| reference::nms(b, s, vec![0; c.len()], t)
        ),
        mutant!(
            detection.nms / "threshold_included",
            "an IoU equal to the threshold is too much",
            |b, s, c, t| kept(&corners(&b), &c, ranked(&values(&s)), false, |k, i, x| k
                == i
                && x >= t)
        ),
        mutant!(
            detection.nms / "dropped_boxes_hide",
            "a box that was dropped hides others",
            |b, s, c, t| kept(&corners(&b), &c, ranked(&values(&s)), true, |k, i, x| k
                == i
                && x > t)
        ),
        mutant!(
            detection.nms / "unsorted",
            "goes through the boxes as they come",
            |b, _, c, t| {
                let order = (0..c.len()).collect();
                kept(&corners(&b), &c, order, false, |k, i, x| k == i && x > t)
            }
        ),
        mutant!(
            detection.nms / "least_sure_first",
            "begins with the lowest score",
            |b, s, c, t| reference::nms(b, -s, c, t)
        ),
        mutant!(
            detection.nms / "in_order_of_index",
            "gives the boxes that are kept in the order in which they came",
            |b, s, c, t| {
                let mut kept = reference::nms(b, s, c, t);
                kept.sort_unstable();
                kept
            }
        ),
        mutant!(
            detection.nms / "last_of_equals",
            "of equal scores the last comes first",
            |b, s, c, t| {
                let scores = values(&s);
                let mut order: Vec<usize> = (0..scores.len()).rev().collect();
                order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
                kept(&corners(&b), &c, order, false, |k, i, x| k == i && x > t)
            }
        ),
        mutant!(
            detection.nms / "class_by_class",
            "gives one class after the other",
            |b, s, c, t| {
                let mut kept = reference::nms(b, s, c.clone(), t);
                kept.sort_by_key(|&i| c[i]);
                kept
            }
        ),
        mutant!(
            detection.nms / "keeps_what_it_should_drop",
            "gives the boxes that are dropped",
            |b, s, c, t| {
                let kept = reference::nms(b, s.clone(), c, t);
                let order = ranked(&values(&s)).into_iter();
                order.filter(|i| !kept.contains(i)).collect()
            }
        ),
    ]
}

/// How marking is spoiled.
#[derive(Clone, Copy)]
struct Marking {
    /// Whether the detections are sorted.
    sorted: bool,
    /// Whether an object can be found again.
    again: bool,
    /// Whether an object that was found is looked past.
    past: bool,
    /// Whether the threshold itself is enough.
    included: bool,
    /// Whether objects of other images count.
    images: bool,
    /// Whether objects of other classes are aimed at.
    classes: bool,
}

const RIGHT: Marking = Marking {
    sorted: true,
    again: false,
    past: false,
    included: true,
    images: false,
    classes: false,
};

fn mark(
    detections: Vec<Detection>,
    objects: &[TrueObject],
    class: usize,
    threshold: f64,
    how: Marking,
) -> Vec<bool> {
    let mut mine: Vec<Detection> = detections
        .into_iter()
        .filter(|d| d.class == class)
        .collect();
    if how.sorted {
        mine.sort_by(|a, b| b.score.total_cmp(&a.score));
    }
    let mut found = vec![false; objects.len()];
    let mut hit = |detection: &Detection| {
        let near = |of: usize| iou(&objects[of].corners, &detection.corners);
        let aimed_at = |of: &usize| {
            let object = &objects[*of];
            (how.images || object.image == detection.image)
                && (how.classes || object.class == class)
                && !(how.past && found[*of])
        };
        let candidates = (0..objects.len()).filter(aimed_at);
        let best = candidates.reduce(|best, of| if near(of) > near(best) { of } else { best });
        let Some(best) = best else { return false };
        let enough = near(best) > threshold || (how.included && near(best) == threshold);
        let hit = enough && objects[best].class == class && (how.again || !found[best]);
        found[best] |= hit;
        hit
    };
    mine.iter().map(&mut hit).collect()
}

fn hits() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.mark_hits / "doubles_count",
            "an object can be found again and again",
            |d, o, c, t| mark(
                d,
                &o,
                c,
                t,
                Marking {
                    again: true,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            detection.mark_hits / "looks_past_what_was_found",
            "a second box on an object counts for another that is near enough",
            |d, o, c, t| mark(
                d,
                &o,
                c,
                t,
                Marking {
                    past: true,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            detection.mark_hits / "more_than_the_threshold",
            "an IoU equal to the threshold is not enough",
            |d, o, c, t| mark(
                d,
                &o,
                c,
                t,
                Marking {
                    included: false,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            detection.mark_hits / "unsorted",
            "goes through the detections as they come",
            |d, o, c, t| mark(
                d,
                &o,
                c,
                t,
                Marking {
                    sorted: false,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            detection.mark_hits / "images_confused",
            "objects of other images are found",
            |d, o, c, t| mark(
                d,
                &o,
                c,
                t,
                Marking {
                    images: true,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            detection.mark_hits / "aims_at_other_classes",
            "a detection aims at the nearest object of any class",
            |d, o, c, t| mark(
                d,
                &o,
                c,
                t,
                Marking {
                    classes: true,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            detection.mark_hits / "any_class_is_right",
            "an object of another class counts",
            |d, o, c, t| {
                let mine = o
                    .into_iter()
                    .map(|object| TrueObject { class: c, ..object });
                reference::mark_hits(d, mine.collect(), c, t)
            }
        ),
        mutant!(
            detection.mark_hits / "all_detections",
            "detections of other classes are in the list",
            |d, o, c, t| {
                let mine = d.into_iter().map(|detection| Detection {
                    class: c,
                    ..detection
                });
                reference::mark_hits(mine.collect(), o, c, t)
            }
        ),
        mutant!(
            detection.mark_hits / "in_order_of_input",
            "the answers are in the order of the input",
            |d, o, c, t| {
                let mine = d.iter().filter(|detection| detection.class == c);
                let scores: Vec<f64> = mine.map(|detection| detection.score).collect();
                let marks = reference::mark_hits(d, o, c, t);
                let mut back = vec![false; marks.len()];
                for (mark, i) in marks.into_iter().zip(ranked(&scores)) {
                    back[i] = mark;
                }
                back
            }
        ),
    ]
}
