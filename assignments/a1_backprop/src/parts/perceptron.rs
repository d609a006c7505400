//! A1.1 The perceptron (Rosenblatt 1958), its bound (Novikoff 1962), its limit (Minsky & Papert 1969).
//!
//! Plain numbers, no tensors. A point is a `Vec<f64>` of `d` numbers, a label is -1 or +1, and a
//! plane is the pair `(w, b)`: the points with `w . x + b = 0`.

use common::contract::a1::{MarginAndRadius, PerceptronFit};

// BEGIN SOLUTION
/// `w . x + b`: positive on one side of the plane, negative on the other.
fn score(x: &[f64], weights: &[f64], bias: f64) -> f64 {
    let dot: f64 = x.iter().zip(weights).map(|(x, w)| x * w).sum();
    dot + bias
}

/// `|(v, last)|`, the length of a vector with one coordinate more.
fn length(v: &[f64], last: f64) -> f64 {
    (v.iter().map(|v| v * v).sum::<f64>() + last * last).sqrt()
}
// END SOLUTION

/// Learns a plane that separates two classes, if there is one.
///
/// Start at `w = 0`, `b = 0`. In each epoch visit the points in `order`. A point on the wrong side
/// of the plane, or on the plane itself, is a mistake:
///
/// ```text
/// y (w . x + b) <= 0    =>    w <- w + learning_rate y x
///                             b <- b + learning_rate y
/// ```
///
/// Stop after the first epoch without a mistake, or after `max_epochs`.
///
/// - `points`: `n` points of `d` numbers; `labels`: `n` times -1 or +1.
/// - `order`: the indices of the points in the order of the visit, the same in every epoch.
/// - Gives the plane, the number of mistakes in every epoch that was run (the last one too, so a run
///   that converged ends in 0), and in `converged` the number of epochs, `None` if `max_epochs`
///   ended first.
///
/// Source: Rosenblatt, "The perceptron", Psychological Review 65 (1958).
pub fn perceptron_fit(
    points: Vec<Vec<f64>>,
    labels: Vec<i32>,
    order: Vec<usize>,
    learning_rate: f64,
    max_epochs: usize,
) -> PerceptronFit {
    // BEGIN SOLUTION A1.1 perceptron_fit
    let mut weights = vec![0.0; points.first().map_or(0, Vec::len)];
    let mut bias = 0.0;
    let mut mistakes_per_epoch = Vec::new();
    let mut converged = None;
    for epoch in 1..=max_epochs {
        let mut mistakes = 0;
        for &i in &order {
            let (x, y) = (&points[i], f64::from(labels[i]));
            if y * score(x, &weights, bias) <= 0.0 {
                mistakes += 1;
                for (w, x) in weights.iter_mut().zip(x) {
                    *w += learning_rate * y * x;
                }
                bias += learning_rate * y;
            }
        }
        mistakes_per_epoch.push(mistakes);
        if mistakes == 0 {
            converged = Some(epoch);
            break;
        }
    }
    PerceptronFit {
        weights,
        bias,
        mistakes_per_epoch,
        converged,
    }
    // END SOLUTION
}

/// The class of each point: +1 where `w . x + b > 0`, else -1.
///
/// - `points`: `n` points of `d` numbers; `weights`: `d` numbers.
/// - Gives `n` times -1 or +1. A point on the plane is -1.
pub fn perceptron_predict(points: Vec<Vec<f64>>, weights: Vec<f64>, bias: f64) -> Vec<i32> {
    // BEGIN SOLUTION A1.1 perceptron_predict
    points
        .iter()
        .map(|x| {
            if score(x, &weights, bias) > 0.0 {
                1
            } else {
                -1
            }
        })
        .collect()
    // END SOLUTION
}

/// How well a plane separates: the margin and the radius of Novikoff's theorem.
///
/// The theorem is about planes through the origin, so the bias counts as one more weight, on a
/// constant input 1: the plane is the vector `(w, b)` and a point is the vector `(x, 1)`.
///
/// ```text
/// margin = min over the points of  y (w . x + b) / |(w, b)|
/// radius = max over the points of  |(x, 1)|
/// ```
///
/// The margin is negative when a point is on the wrong side.
pub fn margin_and_radius(
    points: Vec<Vec<f64>>,
    labels: Vec<i32>,
    weights: Vec<f64>,
    bias: f64,
) -> MarginAndRadius {
    // BEGIN SOLUTION A1.1 margin_and_radius
    let smallest = points
        .iter()
        .zip(&labels)
        .map(|(x, &y)| f64::from(y) * score(x, &weights, bias))
        .fold(f64::INFINITY, f64::min);
    let radius = points.iter().map(|x| length(x, 1.0)).fold(0.0, f64::max);
    MarginAndRadius {
        margin: smallest / length(&weights, bias),
        radius,
    }
    // END SOLUTION
}

/// The most mistakes that the perceptron can make before it has converged, whatever the order of the
/// points and however many they are: `(radius / margin)^2`.
///
/// Source: Novikoff, "On convergence proofs on perceptrons" (1962).
pub fn novikoff_bound(radius: f64, margin: f64) -> f64 {
    // BEGIN SOLUTION A1.1 novikoff_bound
    (radius / margin).powi(2)
    // END SOLUTION
}
