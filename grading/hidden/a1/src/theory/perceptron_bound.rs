//! A1.1: the bound from the radius and the margin.

use a1_backprop::theory::PerceptronBound;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("constant_input_left_out", |e: &PerceptronBound| {
            let radius = radius(e, 0.0);
            let margin = smallest_score(e) / length(e, 0.0);
            [Some(radius), Some(margin), Some((radius / margin).powi(2))]
        })
        .mistake("not_normalised", |e: &PerceptronBound| {
            let margin = smallest_score(e);
            [None, Some(margin), Some((radius(e, 1.0) / margin).powi(2))]
        })
        .mistake("not_squared", |e: &PerceptronBound| {
            let [radius, margin, _] = right(e);
            [Some(radius * radius), None, Some(radius / margin)]
        })
}

fn right(e: &PerceptronBound) -> [f64; 3] {
    let radius = radius(e, 1.0);
    let margin = smallest_score(e) / length(e, e.bias);
    [radius, margin, (radius / margin).powi(2)]
}

/// The largest `|(x, one)|`.
fn radius(e: &PerceptronBound, one: f64) -> f64 {
    let lengths = e
        .points
        .iter()
        .map(|[a, b]| (a * a + b * b + one * one).sqrt());
    lengths.fold(0.0, f64::max)
}

/// The smallest `y (w . x + b)`.
fn smallest_score(e: &PerceptronBound) -> f64 {
    let [u, v] = e.weights;
    let scores = e
        .points
        .iter()
        .zip(e.labels)
        .map(|([a, b], y)| y * (u * a + v * b + e.bias));
    scores.fold(f64::INFINITY, f64::min)
}

/// `|(w, bias)|`
fn length(e: &PerceptronBound, bias: f64) -> f64 {
    let [u, v] = e.weights;
    (u * u + v * v + bias * bias).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::perceptron;
    use hidden_suite::theory::agrees;

    #[test]
    fn the_oracle_of_the_practical_part_agrees() {
        agrees(
            right,
            |e: &PerceptronBound| {
                let points: Vec<Vec<f64>> = e.points.iter().map(|x| x.to_vec()).collect();
                let labels: Vec<i32> = e.labels.iter().map(|y| *y as i32).collect();
                let (margin, radius) =
                    perceptron::margin_and_radius(&points, &labels, &e.weights, e.bias);
                [radius, margin, radius * radius / (margin * margin)]
            },
            1e-12,
        );
    }
}
