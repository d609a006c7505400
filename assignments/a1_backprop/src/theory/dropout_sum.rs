//! A1.8: the noise that dropout makes.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A unit behind dropout.
pub struct DropoutSum {
    /// The three activations that dropout is applied to.
    pub activations: [f64; 3],
    /// The unit's weights.
    pub weights: [f64; 3],
    /// The probability that an activation is dropped.
    pub p: f64,
}

impl Exercise for DropoutSum {
    const ID: &'static str = "dropout_sum";
    const PART: &'static str = "A1.8";
    const TITLE: &'static str = "The noise of dropout";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("mean", "the mean of $z$"),
        Answer::number("deviation", "the standard deviation of $z$"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let mut draw = |low, high| [0, 1, 2].map(|_| decimal(rng, low, high, 1));
        let (activations, weights) = (draw(0.5, 1.0), draw(0.2, 0.6));
        Self {
            activations,
            weights,
            p: decimal(rng, 0.1, 0.4, 2),
        }
    }

    fn text(&self) -> String {
        let ([a1, a2, a3], [w1, w2, w3]) = (self.activations, self.weights);
        fill(
            r"
The activations $a = (@a1, @a2, @a3)$ go through dropout, which drops each with probability $p = @p$, independently of
the others, and scales what it keeps so that nothing has to be done at test time. Then a unit with the weights
$w = (@w1, @w2, @w3)$ computes $z = w \cdot \hat{a}$ from what dropout made of them. What are the mean and the standard
deviation of $z$ in training?",
            &[
                ("a1", &a1),
                ("a2", &a2),
                ("a3", &a3),
                ("w1", &w1),
                ("w2", &w2),
                ("w3", &w3),
                ("p", &self.p),
            ],
        )
    }
}
