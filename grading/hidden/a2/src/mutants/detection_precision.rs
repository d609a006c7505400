//! Mutants of A2.11: average precision.

use a2_cnn::parts::detection as reference;
use common::contract::a2::{Detection, RecallPoints, TrueObject};
use hidden_suite::Mutant;

use super::detection::PART;

/// The mutants that measure lists.
pub(super) fn precision() -> Vec<Mutant> {
    let mut all = average();
    all.extend(mean());
    all
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
