//! A1.1: Novikoff's bound on four points.

use common::rng::Rng;
use common::theory::{Answer, Exercise, fill};

/// A plane that separates four points.
pub struct PerceptronBound {
    /// The points.
    pub points: [[f64; 2]; 4],
    /// Their labels, -1 and +1, two of each.
    pub labels: [f64; 4],
    /// The plane's weights.
    pub weights: [f64; 2],
    /// Its bias.
    pub bias: f64,
}

impl Exercise for PerceptronBound {
    const ID: &'static str = "perceptron_bound";
    const PART: &'static str = "A1.1";
    const TITLE: &'static str = "How many mistakes a perceptron can make";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("radius", "$R$"),
        Answer::number("margin", r"$\gamma$ of this plane"),
        Answer::number("mistakes", "the bound, not rounded").unit("mistakes"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let mut sign = || if rng.below(2) == 0 { -1.0 } else { 1.0 };
        let signs = [sign(), sign(), sign()];
        let weights = [
            signs[0] * rng.between(1, 3) as f64,
            signs[1] * rng.between(1, 3) as f64,
        ];
        let bias = signs[2] * rng.between(1, 2) as f64;
        let mut points = [[0.0; 2]; 4];
        let labels = [1.0, -1.0, -1.0, 1.0];
        for i in 0..4 {
            // Points are drawn until one is new and on the side of its label.
            points[i] = loop {
                let point = [0, 1].map(|_| rng.between(0, 8) as f64 - 4.0);
                let score = weights[0] * point[0] + weights[1] * point[1] + bias;
                if labels[i] * score > 0.0 && !points[..i].contains(&point) {
                    break point;
                }
            };
        }
        Self {
            points,
            labels,
            weights,
            bias,
        }
    }

    fn text(&self) -> String {
        let rows: Vec<String> = self
            .points
            .iter()
            .zip(self.labels)
            .map(|(x, y)| format!("| $({}, {})$ | ${y}$ |", x[0], x[1]))
            .collect();
        fill(
            r"
The plane $w \cdot x + b = 0$ with $w = (@w1, @w2)$ and $b = @b$ separates the points of the two classes:

| $x$ | $y$ |
|---|---|
@rows

Count the bias as one more weight, on an input that is always 1. What is the radius
$R = \max_i \lVert (x_i, 1) \rVert$ of the points, what is the margin $\gamma$ of this plane, and how many mistakes
can the perceptron make on these points at most, by Novikoff's theorem with this $R$ and this $\gamma$?",
            &[
                ("w1", &self.weights[0]),
                ("w2", &self.weights[1]),
                ("b", &self.bias),
                ("rows", &rows.join("\n")),
            ],
        )
    }
}
