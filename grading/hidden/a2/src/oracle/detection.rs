//! What the answers of A2.11 should be: areas by cutting the plane into pieces, lists by what must be true of each
//! element, not by going through them.

use common::contract::a2::{Detection, RecallPoints, TrueObject};

use super::array::Array;
use super::feature_maps::Same;

/// `[x0, y0, x1, y1]`
pub type Corners = [f64; 4];

/// Areas of two boxes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Areas {
    /// Of what both cover.
    pub shared: f64,
    /// Of what at least one covers.
    pub covered: f64,
    /// Of the smallest box around both.
    pub hull: f64,
}

impl Areas {
    /// The edges of both boxes cut their hull into nine pieces; each is in a box or not.
    pub fn of(a: &Corners, b: &Corners) -> Self {
        let cuts = |axis: usize| {
            let mut cuts = [a[axis], a[axis + 2], b[axis], b[axis + 2]];
            cuts.sort_by(f64::total_cmp);
            cuts
        };
        let (xs, ys) = (cuts(0), cuts(1));
        let mut areas = Self {
            shared: 0.0,
            covered: 0.0,
            hull: 0.0,
        };
        for x in xs.windows(2) {
            for y in ys.windows(2) {
                let piece = (x[1] - x[0]) * (y[1] - y[0]);
                let inside =
                    |c: &Corners| c[0] <= x[0] && x[1] <= c[2] && c[1] <= y[0] && y[1] <= c[3];
                areas.hull += piece;
                areas.covered += if inside(a) || inside(b) { piece } else { 0.0 };
                areas.shared += if inside(a) && inside(b) { piece } else { 0.0 };
            }
        }
        areas
    }

    /// Intersection over union.
    pub fn iou(&self) -> f64 {
        if self.covered == 0.0 {
            0.0
        } else {
            self.shared / self.covered
        }
    }

    /// Generalised: less the share of the hull that is in neither.
    pub fn giou(&self) -> f64 {
        let empty = if self.hull == 0.0 {
            0.0
        } else {
            1.0 - self.covered / self.hull
        };
        self.iou() - empty
    }
}

/// Intersection over union.
pub fn iou(a: &Corners, b: &Corners) -> f64 {
    Areas::of(a, b).iou()
}

/// dx, dy, dw, dh of a box from an anchor.
pub fn encode(boxed: &Corners, anchor: &Corners) -> [f64; 4] {
    let mut deltas = [0.0; 4];
    for axis in 0..2 {
        let size = anchor[axis + 2] - anchor[axis];
        deltas[axis] =
            (boxed[axis] - anchor[axis] + boxed[axis + 2] - anchor[axis + 2]) / (2.0 * size);
        deltas[axis + 2] = (boxed[axis + 2] - boxed[axis]).ln() - size.ln();
    }
    deltas
}

/// The first anchor, of those of the highest IoU with a box, if they touch it.
fn best_anchor(iou: &[Vec<f64>], of: usize) -> Option<usize> {
    let column = |anchor: usize| iou[anchor][of];
    let highest = (0..iou.len()).map(column).fold(0.0, f64::max);
    (0..iou.len()).find(|&anchor| column(anchor) == highest && highest > 0.0)
}

/// Which box each anchor finds, from a row of IoUs per anchor.
pub fn match_anchors(iou: &[Vec<f64>], positive: f64, negative: f64) -> Vec<i64> {
    let of_anchor = |(anchor, row): (usize, &Vec<f64>)| {
        let given = (0..row.len()).rfind(|&of| best_anchor(iou, of) == Some(anchor));
        let highest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let own = row.iter().position(|&value| value == highest);
        match (given, own) {
            (Some(of), _) => of as i64,
            (None, Some(of)) if highest >= positive => of as i64,
            (None, Some(_)) if highest >= negative => -2,
            _ => -1,
        }
    };
    iou.iter().enumerate().map(of_anchor).collect()
}

/// Which box a location finds.
pub fn assign(location: [f64; 2], boxes: &[Corners]) -> i64 {
    let around = |c: &Corners| {
        let [x, y] = location;
        x > c[0] && x < c[2] && y > c[1] && y < c[3]
    };
    let area = |c: &Corners| (c[2] - c[0]) * (c[3] - c[1]);
    let candidates: Vec<usize> = (0..boxes.len()).filter(|&of| around(&boxes[of])).collect();
    let is_smallest = |of: &&usize| {
        let smaller = |other: &usize| (area(&boxes[*other]), *other) < (area(&boxes[**of]), **of);
        !candidates.iter().any(smaller)
    };
    candidates
        .iter()
        .find(is_smallest)
        .map_or(-1, |&of| of as i64)
}

/// How central a location is in a box.
pub fn centerness([x, y]: [f64; 2], [x0, y0, x1, y1]: Corners) -> f64 {
    let balance = |before: f64, after: f64| match before.min(after) {
        near if near > 0.0 => near / before.max(after),
        _ => 0.0,
    };
    (balance(x - x0, x1 - x) * balance(y - y0, y1 - y)).sqrt()
}

/// A head: its tower, and the layers for classes, distances and centerness.
pub struct Head {
    /// The shared layers.
    pub tower: Vec<Same>,
    /// The three at the end.
    pub ends: [Same; 3],
}

/// What a head says at one location.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// x and y.
    pub location: [f64; 2],
    /// A logit per class.
    pub classes: Vec<f64>,
    /// The box.
    pub corners: Corners,
    /// The logit of the centerness.
    pub centerness: f64,
}

impl Head {
    /// For each image, what is said at each location, row by row.
    pub fn of(&self, features: &Array<4>, stride: f64) -> Vec<Vec<Seen>> {
        let mut x = features.clone();
        for layer in &self.tower {
            x = layer.of(&x).relu();
        }
        let [classes, distances, centerness] = self.ends.each_ref().map(|layer| layer.of(&x));
        let [n, _, rows, columns] = x.shape;
        let seen = |image: usize, i: usize, j: usize| {
            let location @ [x, y] = [
                stride * j as f64 + stride / 2.0,
                stride * i as f64 + stride / 2.0,
            ];
            let [left, top, right, bottom] =
                std::array::from_fn(|side| stride * distances[[image, side, i, j]].exp());
            Seen {
                location,
                classes: (0..classes.shape[1])
                    .map(|c| classes[[image, c, i, j]])
                    .collect(),
                corners: [x - left, y - top, x + right, y + bottom],
                centerness: centerness[[image, 0, i, j]],
            }
        };
        let image = |image| {
            (0..rows * columns)
                .map(move |k| seen(image, k / columns, k % columns))
                .collect()
        };
        (0..n).map(image).collect()
    }
}

/// The focal loss of one logit. Good for logits up to some hundreds.
pub fn focal(logit: f64, target: bool, alpha: f64, gamma: f64) -> f64 {
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    match target {
        true => alpha * sigmoid(-logit).powf(gamma) * (-logit).exp().ln_1p(),
        false => (1.0 - alpha) * sigmoid(logit).powf(gamma) * logit.exp().ln_1p(),
    }
}

/// The indices in the order of their scores: each goes to the place of the number of those before it.
pub fn ranking(scores: &[f64]) -> Vec<usize> {
    let mut order = vec![0; scores.len()];
    for (i, score) in scores.iter().enumerate() {
        let before = |(j, other): (usize, &f64)| *other > *score || (*other == *score && j < i);
        let place = scores
            .iter()
            .enumerate()
            .filter(|&other| before(other))
            .count();
        order[place] = i;
    }
    order
}

/// Which boxes stay, the surest first.
pub fn nms(boxes: &[Corners], scores: &[f64], classes: &[usize], threshold: f64) -> Vec<usize> {
    let order = ranking(scores);
    /// Whether the box at `place` of the order stays: no box before it that stays hides it.
    fn stays(place: usize, hides: &dyn Fn(usize, usize) -> bool) -> bool {
        !(0..place).any(|before| hides(before, place) && stays(before, hides))
    }
    let hides = |before: usize, place: usize| {
        let (a, b) = (order[before], order[place]);
        classes[a] == classes[b] && iou(&boxes[a], &boxes[b]) > threshold
    };
    let kept = (0..order.len()).filter(|&place| stays(place, &hides));
    kept.map(|place| order[place]).collect()
}

/// Which detections of a class are right: those that are the first to aim at their object and near enough.
pub fn hits(
    detections: &[Detection],
    objects: &[TrueObject],
    class: usize,
    threshold: f64,
) -> Vec<bool> {
    let mine: Vec<&Detection> = detections.iter().filter(|d| d.class == class).collect();
    let aim = |detection: &Detection| -> Option<usize> {
        let here = |object: &TrueObject| (object.image, object.class) == (detection.image, class);
        let near = |of: usize| iou(&objects[of].corners, &detection.corners);
        let candidates: Vec<usize> = (0..objects.len())
            .filter(|&of| here(&objects[of]))
            .collect();
        let highest = candidates
            .iter()
            .map(|&of| near(of))
            .fold(f64::NEG_INFINITY, f64::max);
        candidates
            .into_iter()
            .find(|&of| near(of) == highest && highest >= threshold)
    };
    let scores: Vec<f64> = mine.iter().map(|detection| detection.score).collect();
    let aims: Vec<Option<usize>> = ranking(&scores).into_iter().map(|i| aim(mine[i])).collect();
    let first = |place: usize| aims[place].is_some() && !aims[..place].contains(&aims[place]);
    (0..aims.len()).map(first).collect()
}

/// The average precision. Recalls are compared as fractions of whole numbers.
pub fn average_precision(hits: &[bool], objects: usize, points: RecallPoints) -> f64 {
    let found = |k: usize| hits[..k].iter().filter(|hit| **hit).count();
    // The highest precision of the lists in which `numerator / denominator` of the objects are found.
    let at = |numerator: usize, denominator: usize| {
        let reached = (1..=hits.len()).filter(|&k| found(k) * denominator >= numerator * objects);
        reached
            .map(|k| found(k) as f64 / k as f64)
            .fold(0.0, f64::max)
    };
    match points {
        RecallPoints::Eleven => (0..=10).map(|tenths| at(tenths, 10)).sum::<f64>() / 11.0,
        // Each object that is found is a step of 1 / objects.
        RecallPoints::All => {
            (1..=found(hits.len())).map(|n| at(n, objects)).sum::<f64>() / objects as f64
        }
    }
}

/// The mean over the classes that have objects.
pub fn mean_average_precision(
    detections: &[Detection],
    objects: &[TrueObject],
    threshold: f64,
) -> f64 {
    let of_class = |class: usize| {
        let there = objects
            .iter()
            .filter(|object| object.class == class)
            .count();
        let hits = hits(detections, objects, class, threshold);
        (there > 0).then(|| average_precision(&hits, there, RecallPoints::All))
    };
    let classes = objects
        .iter()
        .map(|object| object.class + 1)
        .max()
        .unwrap_or(0);
    let precisions: Vec<f64> = (0..classes).filter_map(of_class).collect();
    precisions.iter().sum::<f64>() / precisions.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_of_boxes_of_pixels_are_counts() {
        let (a, b) = ([0.0, 0.0, 4.0, 3.0], [2.0, 1.0, 5.0, 6.0]);
        let want = Areas {
            shared: 4.0,
            covered: 23.0,
            hull: 30.0,
        };
        assert_eq!(Areas::of(&a, &b), want);
        assert_eq!(Areas::of(&[0.0; 4], &[2.0, 3.0, 2.0, 3.0]).giou(), -1.0);
    }

    /// The example of the handout, by hand.
    #[test]
    fn average_precision_of_five_detections() {
        let hits = [true, false, true, true, false];
        assert_eq!(average_precision(&hits, 4, RecallPoints::All), 0.625);
        let eleven = average_precision(&hits, 4, RecallPoints::Eleven);
        assert!((eleven - 6.75 / 11.0).abs() < 1e-15);
    }

    #[test]
    fn equal_scores_keep_their_order() {
        assert_eq!(ranking(&[0.5, 0.9, 0.5, 1.0]), [3, 1, 0, 2]);
    }
}
