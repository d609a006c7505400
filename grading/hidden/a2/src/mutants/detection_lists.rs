//! Mutants of A2.11: lists of boxes and their measure.

use a2_cnn::parts::detection as reference;
use common::contract::a2::{Detection, RecallPoints, TrueObject};
use hidden_suite::Mutant;

use super::detection::{Corners, PART, area, corners};
use crate::oracle::layers::values;

/// The mutants that go through lists.
pub(super) fn lists() -> Vec<Mutant> {
    let mut all = suppression();
    all.extend(hits());
    all.extend(average());
    all.extend(mean());
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

/// (recall, precision) after each detection.
fn curve(hits: &[bool], objects: usize) -> Vec<(f64, f64)> {
    let mut found = 0.0;
    let point = |(i, hit): (usize, &bool)| {
        found += f64::from(u8::from(*hit));
        (found / objects as f64, found / (i + 1) as f64)
    };
    hits.iter().enumerate().map(point).collect()
}

/// The highest precision from a recall on.
fn envelope(curve: &[(f64, f64)], recall: f64) -> f64 {
    let reached = curve.iter().filter(|(r, _)| *r >= recall);
    reached.map(|(_, precision)| *precision).fold(0.0, f64::max)
}

/// Both forms as a mean of `precision(curve, recall)`.
fn averaged(
    hits: &[bool],
    objects: usize,
    points: RecallPoints,
    precision: fn(&[(f64, f64)], f64) -> f64,
) -> Option<f64> {
    let curve = curve(hits, objects);
    let at = |recall: f64| precision(&curve, recall);
    let found = hits.iter().filter(|hit| **hit).count();
    (objects > 0).then(|| match points {
        RecallPoints::Eleven => (0..=10).map(|i| at(f64::from(i) / 10.0)).sum::<f64>() / 11.0,
        RecallPoints::All => {
            let recalls = (1..=found).map(|n| n as f64 / objects as f64);
            recalls.map(at).sum::<f64>() / objects as f64
        }
    })
}

fn average() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.average_precision / "no_envelope",
            "takes the precision where a recall is first reached",
            |h, n, p| averaged(&h, n, p, |curve, recall| {
                let first = curve.iter().find(|(r, _)| *r >= recall);
                first.map_or(0.0, |(_, precision)| *precision)
            })
        ),
        mutant!(
            detection.average_precision / "more_recall",
            "takes the precision beyond a recall, without the recall itself",
            |h, n, p| averaged(&h, n, p, |curve, recall| envelope(curve, recall + 1e-9))
        ),
        mutant!(
            detection.average_precision / "by_the_hits",
            "divides by the hits and not by the objects",
            |h, n, p| {
                let found = h.iter().filter(|hit| **hit).count();
                match p {
                    RecallPoints::All if found > 0 => {
                        let right = reference::average_precision(h, n, p)?;
                        Some(right * n as f64 / found as f64)
                    }
                    _ => reference::average_precision(h, n, p),
                }
            }
        ),
        mutant!(
            detection.average_precision / "ten_points",
            "recall 0 is left out",
            |h, n, p| match p {
                RecallPoints::Eleven => {
                    let first = envelope(&curve(&h, n), 0.0);
                    Some((reference::average_precision(h, n, p)? * 11.0 - first) / 10.0)
                }
                RecallPoints::All => reference::average_precision(h, n, p),
            }
        ),
        mutant!(
            detection.average_precision / "by_ten",
            "the sum of eleven precisions is divided by ten",
            |h, n, p| {
                let right = reference::average_precision(h, n, p)?;
                Some(if p == RecallPoints::Eleven {
                    right * 1.1
                } else {
                    right
                })
            }
        ),
        mutant!(
            detection.average_precision / "forms_exchanged",
            "gives the area for eleven points, and the other way round",
            |h, n, p| reference::average_precision(
                h,
                n,
                match p {
                    RecallPoints::Eleven => RecallPoints::All,
                    RecallPoints::All => RecallPoints::Eleven,
                }
            )
        ),
        mutant!(
            detection.average_precision / "trapezoids",
            "the area is that below straight lines between the points",
            |h, n, p| match p {
                RecallPoints::Eleven => reference::average_precision(h, n, p),
                RecallPoints::All => (n > 0).then(|| {
                    let mut last = (0.0, 1.0);
                    let slice = |(recall, precision): (f64, f64)| {
                        let slice = (recall - last.0) * (precision + last.1) / 2.0;
                        last = (recall, precision);
                        slice
                    };
                    curve(&h, n).into_iter().map(slice).sum()
                }),
            }
        ),
        mutant!(
            detection.average_precision / "nothing_is_zero",
            "without objects the answer is 0",
            |h, n, p| reference::average_precision(h, n, p).or(Some(0.0))
        ),
    ]
}

/// The average precision of one class.
fn of_class(
    d: &[Detection],
    o: &[TrueObject],
    class: usize,
    t: f64,
    p: RecallPoints,
) -> Option<f64> {
    let objects = o.iter().filter(|object| object.class == class).count();
    let hits = reference::mark_hits(d.to_vec(), o.to_vec(), class, t);
    reference::average_precision(hits, objects, p)
}

fn classes(of: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut classes: Vec<usize> = of.collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

fn mean_of(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

fn mean() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.mean_average_precision / "absent_classes_count",
            "a class that was detected and is not there counts as 0",
            |d, o, t| {
                if o.is_empty() {
                    return None;
                }
                let all = classes(o.iter().map(|o| o.class).chain(d.iter().map(|d| d.class)));
                let one =
                    |&class: &usize| of_class(&d, &o, class, t, RecallPoints::All).unwrap_or(0.0);
                mean_of(&all.iter().map(one).collect::<Vec<_>>())
            }
        ),
        mutant!(
            detection.mean_average_precision / "missed_classes_left_out",
            "a class without detections does not count",
            |d, o, t| {
                let seen = classes(d.iter().map(|detection| detection.class));
                let one = |&class: &usize| of_class(&d, &o, class, t, RecallPoints::All);
                mean_of(&seen.iter().filter_map(one).collect::<Vec<_>>())
            }
        ),
        mutant!(
            detection.mean_average_precision / "weighted_by_objects",
            "a class counts as often as it has objects",
            |d, o, t| {
                let one =
                    |object: &TrueObject| of_class(&d, &o, object.class, t, RecallPoints::All);
                mean_of(&o.iter().filter_map(one).collect::<Vec<_>>())
            }
        ),
        mutant!(
            detection.mean_average_precision / "eleven_points",
            "reads precision off at eleven points",
            |d, o, t| {
                let all = classes(o.iter().map(|object| object.class));
                let one = |&class: &usize| of_class(&d, &o, class, t, RecallPoints::Eleven);
                mean_of(&all.iter().filter_map(one).collect::<Vec<_>>())
            }
        ),
        mutant!(
            detection.mean_average_precision / "classes_ignored",
            "all classes are one",
            |d, o, t| {
                let d: Vec<Detection> =
                    d.into_iter().map(|d| Detection { class: 0, ..d }).collect();
                let o: Vec<TrueObject> = o
                    .into_iter()
                    .map(|o| TrueObject { class: 0, ..o })
                    .collect();
                of_class(&d, &o, 0, t, RecallPoints::All)
            }
        ),
        mutant!(
            detection.mean_average_precision / "nothing_is_zero",
            "without objects the answer is 0",
            |d, o, t| reference::mean_average_precision(d, o, t).or(Some(0.0))
        ),
    ]
}
