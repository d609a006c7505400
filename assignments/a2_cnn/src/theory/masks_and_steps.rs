//! A2.12: the measures of a mask, and a step of the fast gradient sign method.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// Pixels of a mask, and a linear classifier with an image of three pixels.
pub struct MasksAndSteps {
    /// The side of the square image.
    pub side: usize,
    /// Pixels of the digit.
    pub digit: usize,
    /// Pixels that are predicted to be of the digit.
    pub predicted: usize,
    /// Pixels that are both.
    pub both: usize,
    /// The classifier's weights; the second is negative.
    pub weights: [f64; 3],
    /// The image.
    pub image: [f64; 3],
    /// The largest change of a pixel.
    pub eps: f64,
}

impl Exercise for MasksAndSteps {
    const ID: &'static str = "masks_and_steps";
    const PART: &'static str = "A2.12";
    const TITLE: &'static str = "A mask, and a step that is hard to see";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("dice", "the Dice coefficient of the digit"),
        Answer::number("miou", "the mean IoU"),
        Answer::number(
            "probability",
            "the probability of the right class after the step",
        ),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let side = rng.between(16, 24);
        let digit = rng.between(60, 80);
        let predicted = rng.between(50, 90);
        let both = rng.between(35, 45);
        let mut one = |low, high| decimal(rng, low, high, 1);
        Self {
            side,
            digit,
            predicted,
            both,
            weights: [one(1.0, 2.0), -one(1.0, 2.0), one(0.5, 0.9)],
            image: [one(0.5, 0.9), one(0.1, 0.4), one(0.2, 0.8)],
            eps: one(0.2, 0.3),
        }
    }

    fn text(&self) -> String {
        let [w1, w2, w3] = self.weights;
        let [x1, x2, x3] = self.image;
        fill(
            r"
In an image of $@side \times @side$ pixels @digit pixels are of a digit and the others of the background. A network says of
@predicted pixels that they are of the digit, and is right with @both of them. What is the Dice coefficient of the digit,
and what is the mean IoU of digit and background?

A linear classifier of images of three pixels has one logit, $z = w \cdot x$ with $w = (@w1, @w2, @w3)$, and gives the
digit the probability $1 / (1 + e^{-z})$. The image $x = (@x1, @x2, @x3)$ is of the digit. Make one step of the fast
gradient sign method with $\varepsilon = @eps$ and the cross-entropy as the loss, without clipping. Which probability does
the classifier give the digit then?",
            &[
                ("side", &self.side),
                ("digit", &self.digit),
                ("predicted", &self.predicted),
                ("both", &self.both),
                ("w1", &w1),
                ("w2", &w2),
                ("w3", &w3),
                ("x1", &x1),
                ("x2", &x2),
                ("x3", &x3),
                ("eps", &self.eps),
            ],
        )
    }
}
