//! A2.11: the overlap of boxes.

use a2_cnn::theory::BoxOverlap;
use hidden_suite::theory::Solution;

type Corners = [f64; 4];

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("pixels_counted", |e: &BoxOverlap| {
            let larger = |[x0, y0, x1, y1]: Corners| [x0, y0, x1 + 1.0, y1 + 1.0];
            let (a, b, c) = (larger(e.a), larger(e.b), larger(e.c));
            [Some(iou(a, b)), Some(giou(a, b)), Some(giou(a, c))]
        })
        .mistake("sum_for_union", |e: &BoxOverlap| {
            let all = area(e.a) + area(e.b);
            let iou = shared(e.a, e.b) / all;
            let hull = hull(e.a, e.b);
            [Some(iou), Some(iou - (hull - all) / hull), None]
        })
        .mistake("penalty_added", |e: &BoxOverlap| {
            let added = |a, b| 2.0 * iou(a, b) - giou(a, b);
            [None, Some(added(e.a, e.b)), Some(added(e.a, e.c))]
        })
        .mistake("by_the_union", |e: &BoxOverlap| {
            let other = |a, b| iou(a, b) - (hull(a, b) - union(a, b)) / union(a, b);
            [None, Some(other(e.a, e.b)), Some(other(e.a, e.c))]
        })
        .mistake("no_penalty", |e: &BoxOverlap| {
            [None, Some(iou(e.a, e.b)), Some(0.0)]
        })
}

fn area([x0, y0, x1, y1]: Corners) -> f64 {
    (x1 - x0) * (y1 - y0)
}

fn shared(a: Corners, b: Corners) -> f64 {
    let side = |axis: usize| (a[axis + 2].min(b[axis + 2]) - a[axis].max(b[axis])).max(0.0);
    side(0) * side(1)
}

fn union(a: Corners, b: Corners) -> f64 {
    area(a) + area(b) - shared(a, b)
}

fn hull(a: Corners, b: Corners) -> f64 {
    let side = |axis: usize| a[axis + 2].max(b[axis + 2]) - a[axis].min(b[axis]);
    side(0) * side(1)
}

fn iou(a: Corners, b: Corners) -> f64 {
    shared(a, b) / union(a, b)
}

fn giou(a: Corners, b: Corners) -> f64 {
    iou(a, b) - 1.0 + union(a, b) / hull(a, b)
}

fn right(e: &BoxOverlap) -> [f64; 3] {
    [iou(e.a, e.b), giou(e.a, e.b), giou(e.a, e.c)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// All coordinates are tenths: areas are numbers of squares with sides of a tenth.
    #[test]
    fn counting_squares_agrees() {
        let tenths = |c: Corners| c.map(|x| (10.0 * x).round() as usize);
        let count = |a: Corners, b: Corners| {
            let (a, b) = (tenths(a), tenths(b));
            let inside = |c: [usize; 4], x: usize, y: usize| {
                (c[0]..c[2]).contains(&x) && (c[1]..c[3]).contains(&y)
            };
            let (mut both, mut either) = (0.0, 0.0);
            for x in 0..300 {
                for y in 0..300 {
                    let (a, b) = (inside(a, x, y), inside(b, x, y));
                    both += f64::from(u8::from(a && b));
                    either += f64::from(u8::from(a || b));
                }
            }
            let across = |i: usize| (a[i].min(b[i])..a[i + 2].max(b[i + 2])).len();
            [both, either, (across(0) * across(1)) as f64]
        };
        agrees(
            right,
            |e: &BoxOverlap| {
                let [both, either, hull] = count(e.a, e.b);
                let [_, apart, wide] = count(e.a, e.c);
                let iou = both / either;
                [iou, iou - (hull - either) / hull, -(wide - apart) / wide]
            },
            1e-9,
        );
    }
}
