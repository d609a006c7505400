//! A1.1 The perceptron (Rosenblatt 1958) and its bound.

use crate::{contract, record};

record! {
    /// What the perceptron learned.
    pub struct PerceptronFit {
        /// One weight per input.
        pub weights: Vec<f64>,
        /// The threshold, as a weight on the constant input 1.
        pub bias: f64,
        /// The number of updates in each epoch that was run, the last one included.
        pub mistakes_per_epoch: Vec<usize>,
        /// The number of epochs run when one epoch passed without a mistake; `None` when
        /// `max_epochs` ended first.
        pub converged: Option<usize>,
    }
}

record! {
    /// The geometry of a separation, with the constant input 1 counted as a coordinate.
    pub struct MarginAndRadius {
        /// The smallest `y (w . x + b) / |(w, b)|` over the points.
        pub margin: f64,
        /// The largest `|(x, 1)|` over the points.
        pub radius: f64,
    }
}

contract! {
    /// A1.1 The perceptron (Rosenblatt 1958) and its bound (Novikoff 1962).
    pub trait Perceptron, table PerceptronTable {
        /// Learns from `points` (`n` points of `d` numbers) with `labels` of -1 and +1, starting at
        /// zero. One epoch visits the points in `order`; a point with `y (w . x + b) <= 0` is a
        /// mistake and moves `w` by `learning_rate y x` and `b` by `learning_rate y`. Ends after the
        /// first epoch without a mistake, or after `max_epochs`.
        fn perceptron_fit(
            points: Vec<Vec<f64>>,
            labels: Vec<i32>,
            order: Vec<usize>,
            learning_rate: f64,
            max_epochs: usize,
        ) -> PerceptronFit;
        /// The class of each point: +1 where `w . x + b > 0`, else -1.
        fn perceptron_predict(points: Vec<Vec<f64>>, weights: Vec<f64>, bias: f64) -> Vec<i32>;
        /// The margin of the plane `(w, b)` on the points, and their radius.
        fn margin_and_radius(
            points: Vec<Vec<f64>>,
            labels: Vec<i32>,
            weights: Vec<f64>,
            bias: f64,
        ) -> MarginAndRadius;
        /// Novikoff's bound on the number of mistakes: `(radius / margin)^2`.
        fn novikoff_bound(radius: f64, margin: f64) -> f64;
    }
}
