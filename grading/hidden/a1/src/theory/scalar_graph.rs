//! A1.2: backwards through `p = x y`, `q = p + x^2`, `L = p ln q`.

use a1_backprop::theory::ScalarGraph;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("one_way_only", |e: &ScalarGraph| {
            let (p, q) = forward(e);
            let dp = p / q;
            [Some(dp), Some(e.y * dp), Some(e.x * dp)]
        })
        .mistake("direct_way_only", |e: &ScalarGraph| {
            let (_, q) = forward(e);
            let dp = q.ln();
            [Some(dp), Some(e.y * dp), Some(e.x * dp)]
        })
        .mistake("logarithm_not_differentiated", |e: &ScalarGraph| {
            let (p, q) = forward(e);
            let dp = q.ln() + p;
            [Some(dp), Some(e.y * dp + 2.0 * e.x * p), Some(e.x * dp)]
        })
        .mistake("square_without_its_2", |e: &ScalarGraph| {
            let [dp, ..] = right(e);
            let (p, q) = forward(e);
            [None, Some(e.y * dp + e.x * p / q), None]
        })
}

fn forward(e: &ScalarGraph) -> (f64, f64) {
    let p = e.x * e.y;
    (p, p + e.x * e.x)
}

fn right(e: &ScalarGraph) -> [f64; 3] {
    let (p, q) = forward(e);
    let dq = p / q;
    let dp = q.ln() + dq;
    [dp, e.y * dp + 2.0 * e.x * dq, e.x * dp]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    #[test]
    fn central_differences_agree() {
        let loss = |p: f64, x: f64| p * (p + x * x).ln();
        let h = 1e-6;
        let slope = |f: &dyn Fn(f64) -> f64, at: f64| (f(at + h) - f(at - h)) / (2.0 * h);
        agrees(
            right,
            |e: &ScalarGraph| {
                let (x, y) = (e.x, e.y);
                [
                    slope(&|p| loss(p, x), x * y),
                    slope(&|x| loss(x * y, x), x),
                    slope(&|y| loss(x * y, x), y),
                ]
            },
            1e-7,
        );
    }
}
