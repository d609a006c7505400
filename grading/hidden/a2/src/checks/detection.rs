//! Checks of A2.11: boxes, and what learns to find them.

use burn::tensor::Tensor;
use common::check::{Check, Failure, Tolerance, Verdict, close, ensure, equal};
use common::contract::Submission;
use common::contract::a2::Detector;
use common::rng::Rng;

use super::detection_lists::lists;
use super::detection_network::network;
use super::{about, sizes};
use crate::oracle::array::{tensor, values};
use crate::oracle::detection::{self as oracle, Areas, Corners};

pub(super) const PART: &str = "A2.11";

/// The hidden checks of this part.
pub fn checks() -> Vec<Check> {
    let mut all = vec![
        Check {
            id: "detection/iou",
            part: PART,
            points: 2,
            proves: "IoU of many boxes with many others, of real and whole numbers: symmetric, 1 with itself, 0 when apart or empty.",
            hint: "Clamp width and height of the intersection at 0, each for itself, and divide by the union, unless it is 0.",
            run: iou,
        },
        Check {
            id: "detection/giou",
            part: PART,
            points: 1,
            proves: "Generalised IoU of pairs that overlap, are apart, lie in each other, or have no area.",
            hint: "Take off (hull - union) / hull, where the hull is the smallest box around both.",
            run: giou,
        },
        Check {
            id: "detection/round_trip",
            part: PART,
            points: 1,
            proves: "Boxes are encoded relative to anchors of another shape, and decoding is the inverse.",
            hint: "x and w go with the anchor's width, y and h with its height.",
            run: coding,
        },
        Check {
            id: "detection/coding_limit",
            part: PART,
            points: 1,
            proves: "Deltas of any size give finite boxes: growth ends at 1000 / 16, shrinking and shifts do not.",
            hint: "Clamp dw and dh from above, at ln(1000 / 16), before the exponential, and nothing else.",
            run: coding_limit,
        },
        Check {
            id: "detection/anchors",
            part: PART,
            points: 2,
            proves: "Anchors find boxes, background or nothing, also where an IoU equals a threshold or another, or nothing is touched.",
            hint: "Use >= positive and < negative; then go through the boxes and give each to its first best anchor, if that touches it.",
            run: anchors,
        },
        Check {
            id: "detection/locations",
            part: PART,
            points: 1,
            proves: "A location finds the smallest box that it is inside of, also on edges, among equal boxes, and without boxes.",
            hint: "Inside is four strict inequalities; the area decides, then the index.",
            run: locations,
        },
        Check {
            id: "detection/centerness",
            part: PART,
            points: 1,
            proves: "Centerness is 1 in the middle, known in between, and 0 at the edge, outside, and in a box without area.",
            hint: "The square root of two quotients, each of the smaller distance by the larger; clamp the smaller at 0.",
            run: centerness,
        },
    ];
    all.extend(network());
    all.extend(lists());
    all
}

fn real_box(rng: &mut Rng) -> Corners {
    let [x, y] = [rng.uniform(-4.0, 4.0), rng.uniform(-4.0, 4.0)];
    [x, y, x + rng.uniform(0.5, 5.0), y + rng.uniform(0.5, 5.0)]
}

/// A box of whole numbers, so that equal quotients are equal bit for bit.
pub(super) fn whole_box(rng: &mut Rng) -> Corners {
    let [x, y] = [rng.below(6), rng.below(6)];
    [x, y, x + rng.between(1, 4), y + rng.between(1, 4)].map(|side| side as f64)
}

pub(super) fn boxes(all: &[Corners]) -> Tensor<2> {
    tensor(all.concat(), [all.len(), 4])
}

fn draw<T>(rng: &mut Rng, n: usize, one: fn(&mut Rng) -> T) -> Vec<T> {
    (0..n).map(|_| one(rng)).collect()
}

fn iou(s: &Submission, rng: &mut Rng) -> Verdict {
    for one in [real_box, whole_box] {
        let [n, m] = sizes(rng, 2, 6);
        let (a, b) = (draw(rng, n, one), draw(rng, m, one));
        let want = a.iter().flat_map(|a| b.iter().map(|b| oracle::iou(a, b)));
        let want: Tensor<2> = tensor(want.collect(), [n, m]);
        let got = s.box_iou(boxes(&a), boxes(&b))?;
        close(&got, &want, Tolerance::EXACT)?;
        let mirrored = s.box_iou(boxes(&b), boxes(&a))?;
        close(&mirrored, &want.transpose(), Tolerance::EXACT).map_err(about("exchanged"))?;
    }
    let a = draw(rng, 3, real_box);
    let own = s.box_iou(boxes(&a), boxes(&a))?;
    for (i, row) in values(&own).chunks(3).enumerate() {
        ensure((row[i] - 1.0).abs() < 1e-12, || {
            format!("IoU {} of a box with itself", row[i])
        })?;
    }
    // Apart in both directions, side by side, corner to corner; a line, and two points.
    let a = [
        [0.0, 0.0, 2.0, 2.0],
        [1.0, 1.0, 1.0, 3.0],
        [5.0, 5.0, 5.0, 5.0],
    ];
    let b = [
        [3.0, 4.0, 6.0, 7.0],
        [2.0, 0.0, 4.0, 2.0],
        [2.0, 2.0, 3.0, 3.0],
        [5.0, 5.0, 5.0, 5.0],
    ];
    let got = s.box_iou(boxes(&a), boxes(&b))?;
    let nothing = tensor(vec![0.0; 12], [3, 4]);
    close(&got, &nothing, Tolerance::EXACT).map_err(about("boxes that share nothing"))
}

fn giou(s: &Submission, rng: &mut Rng) -> Verdict {
    let n = rng.between(6, 9);
    let (mut a, mut b) = (draw(rng, n, real_box), draw(rng, n, real_box));
    let shift = rng.uniform(20.0, 90.0);
    a.push(b[0].map(|corner| corner + shift));
    b.push(b[0]);
    // Equal, one in the other, two points, one point, a line beside a box.
    let [x0, y0, x1, y1] = a[0];
    a.extend([a[0], a[0], [1.0; 4], [2.0; 4], [1.0, 1.0, 1.0, 3.0]]);
    b.extend([
        a[0],
        [x0 - 1.0, y0 - 2.0, x1 + 3.0, y1],
        [3.0; 4],
        [2.0; 4],
        [2.0, 0.0, 4.0, 2.0],
    ]);
    let want: Vec<f64> = a
        .iter()
        .zip(&b)
        .map(|(a, b)| Areas::of(a, b).giou())
        .collect();
    let got = s.paired_giou(boxes(&a), boxes(&b))?;
    close(&got, &tensor(want, [a.len()]), Tolerance::EXACT)
}

fn coding(s: &Submission, rng: &mut Rng) -> Verdict {
    let n = rng.between(3, 6);
    let (all, anchors) = (draw(rng, n, real_box), draw(rng, n, real_box));
    let want: Vec<f64> = all
        .iter()
        .zip(&anchors)
        .flat_map(|(boxed, anchor)| oracle::encode(boxed, anchor))
        .collect();
    let (all, anchors, want) = (boxes(&all), boxes(&anchors), tensor(want, [n, 4]));
    let got = s.encode_boxes(all.clone(), anchors.clone())?;
    close(&got, &want, Tolerance::EXACT).map_err(about("encode_boxes"))?;
    let back = s.decode_boxes(want, anchors)?;
    let near = Tolerance {
        absolute: 1e-9,
        relative: 1e-9,
    };
    close(&back, &all, near).map_err(about("decode_boxes"))
}

/// 62.5 times as wide and as high is the limit; below it, and for shrinking, there is none.
fn coding_limit(s: &Submission, rng: &mut Rng) -> Verdict {
    let anchor = real_box(rng);
    let [w, h] = [anchor[2] - anchor[0], anchor[3] - anchor[1]];
    let (x, y) = (anchor[0] + w / 2.0, anchor[1] + h / 2.0);
    let around = |dx: f64, dy: f64, w: f64, h: f64| {
        [
            x + dx - w / 2.0,
            y + dy - h / 2.0,
            x + dx + w / 2.0,
            y + dy + h / 2.0,
        ]
    };
    let growth = rng.uniform(2.0, 4.0);
    let cases = [
        ([0.0, 0.0, 1e4, 0.0], around(0.0, 0.0, 62.5 * w, h)),
        ([0.0, 0.0, 0.0, 5.0], around(0.0, 0.0, w, 62.5 * h)),
        (
            [9.0, -8.0, growth, -6.0],
            around(9.0 * w, -8.0 * h, growth.exp() * w, (-6f64).exp() * h),
        ),
        ([0.0, 0.0, -1e4, 0.0], around(0.0, 0.0, 0.0, h)),
    ];
    let (deltas, want) = (cases.map(|(deltas, _)| deltas), cases.map(|(_, want)| want));
    let got = s.decode_boxes(boxes(&deltas), boxes(&[anchor; 4]))?;
    close(&got, &boxes(&want), Tolerance::EXACT)
}

/// IoUs are tenths, so that many are equal, to each other and to the thresholds.
fn anchors(s: &Submission, rng: &mut Rng) -> Verdict {
    // In order: sure, just enough, just not background, the best that a box can have, background; the last box
    // touches nothing.
    let iou = [
        [0.8, 0.1, 0.0],
        [0.5, 0.2, 0.0],
        [0.4, 0.3, 0.0],
        [0.1, 0.35, 0.0],
        [0.3, 0.3, 0.0],
    ];
    let got = s.match_anchors(tensor(iou.concat(), [5, 3]), 0.5, 0.4)?;
    equal(&got, &vec![0, 0, -2, 1, -1]).map_err(about("five anchors"))?;
    for round in 0..6 {
        let [anchors, all] = sizes(rng, 2, 7);
        // A rising share of zeros: boxes that touch nothing appear.
        let tenth = |rng: &mut Rng| {
            (rng.between(0, 8 + 2 * round) as f64 / 10.0 - 0.2 * round as f64).max(0.0)
        };
        let iou: Vec<Vec<f64>> = (0..anchors)
            .map(|_| (0..all).map(|_| tenth(rng)).collect())
            .collect();
        let positive = rng.between(5, 7) as f64 / 10.0;
        let negative = rng.between(3, 5) as f64 / 10.0;
        let want = oracle::match_anchors(&iou, positive, negative);
        let matrix = tensor(iou.concat(), [anchors, all]);
        let got = s.match_anchors(matrix.clone(), positive, negative)?;
        equal(&got, &want).map_err(|failure: Failure| {
            failure.about(format_args!(
                "{:?} with {positive} and {negative}",
                values(&matrix)
            ))
        })?;
    }
    let n = rng.between(2, 5);
    let got = s.match_anchors(tensor(vec![], [n, 0]), 0.5, 0.4)?;
    equal(&got, &vec![-1; n]).map_err(about("without boxes"))
}

/// Whole and half numbers: locations on edges, boxes of equal areas.
fn locations(s: &Submission, rng: &mut Rng) -> Verdict {
    // A square, two equal ones in it, and a flat box across.
    let square = [2.0, 2.0, 6.0, 6.0];
    let all = [[0.0, 0.0, 8.0, 8.0], square, square, [0.0, 3.0, 8.0, 4.0]];
    let places = vec![3.0, 3.5, 3.0, 5.0, 2.0, 5.0, 3.0, 6.0, 9.0, 5.0];
    let got = s.assign_locations(tensor(places, [5, 2]), boxes(&all))?;
    equal(&got, &vec![3, 1, 0, 0, -1]).map_err(about(format_args!("{all:?}")))?;
    let n = rng.between(3, 6);
    let mut all = draw(rng, n, whole_box);
    all.push(all[0]);
    for all in [all.as_slice(), &[]] {
        let places: Vec<[f64; 2]> = (0..40)
            .map(|_| [0; 2].map(|_| rng.below(21) as f64 / 2.0))
            .collect();
        let want: Vec<i64> = places
            .iter()
            .map(|place| oracle::assign(*place, all))
            .collect();
        let places = tensor(places.concat(), [40, 2]);
        let got = s.assign_locations(places, boxes(all))?;
        equal(&got, &want).map_err(about(format_args!("{all:?}")))?;
    }
    Ok(())
}

fn centerness(s: &Submission, rng: &mut Rng) -> Verdict {
    let inside = |rng: &mut Rng, [x0, y0, x1, y1]: Corners| {
        let (u, v) = (rng.uniform(0.01, 0.99), rng.uniform(0.01, 0.99));
        [x0 + u * (x1 - x0), y0 + v * (y1 - y0)]
    };
    let mut all = draw(rng, 6, real_box);
    let mut places: Vec<[f64; 2]> = all.iter().map(|&corners| inside(rng, corners)).collect();
    let [x0, y0, x1, y1] = all[0];
    let middle = [(x0 + x1) / 2.0, (y0 + y1) / 2.0];
    let beyond = rng.uniform(0.1, 3.0);
    // In the middle; on an edge; outside on one side, and on two, where two negative quotients would look right.
    for place in [
        middle,
        [x0, middle[1]],
        [middle[0], y1 + beyond],
        [x0 - beyond, y0 - beyond],
        [x1 + 1.0, y1 + 1.0],
    ] {
        places.push(place);
        all.push(all[0]);
    }
    // Boxes without area, and the two examples of FCOS courses: 0.3086067 and 0.1666667.
    places.extend([[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [1.0, 2.0]]);
    all.extend([
        [1.0; 4],
        [1.0, 0.0, 1.0, 4.0],
        [0.0, 0.0, 8.0, 9.0],
        [0.0, 0.0, 7.0, 14.0],
    ]);
    let want: Vec<f64> = places
        .iter()
        .zip(&all)
        .map(|(place, corners)| oracle::centerness(*place, *corners))
        .collect();
    let got = s.centerness(tensor(places.concat(), [places.len(), 2]), boxes(&all))?;
    // The root of a balance that should be 0 and is 1e-16 is 1e-8.
    let near = Tolerance {
        absolute: 1e-7,
        relative: 1e-10,
    };
    close(&got, &tensor(want, [places.len()]), near)
}
