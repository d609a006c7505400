//! A2.9: what a convolutional network costs.

use common::rng::Rng;
use common::theory::{Answer, Exercise, fill};

/// Two convolutions with a pooling between them, and a linear head.
pub struct NetworkCost {
    /// Rows, and columns, of a picture; even.
    pub side: usize,
    /// Channels of a picture.
    pub channels: usize,
    /// Rows, and columns, of the first kernel.
    pub kernel: usize,
    /// Channels after the first convolution.
    pub first: usize,
    /// Channels after the second, which is 3 x 3.
    pub second: usize,
    /// Outputs of the head.
    pub classes: usize,
}

impl Exercise for NetworkCost {
    const ID: &'static str = "network_cost";
    const PART: &'static str = "A2.9";
    const TITLE: &'static str = "What a network costs";
    const ANSWERS: &'static [Answer] = &[
        Answer::whole("parameters", "the number of learned parameters"),
        Answer::whole("products", "the multiply-accumulates for one picture"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let first = rng.between(8, 20);
        Self {
            side: 2 * rng.between(8, 14),
            channels: rng.between(2, 4),
            kernel: [5, 7][rng.below(2)],
            first,
            second: first + rng.between(3, 12),
            classes: rng.between(5, 12),
        }
    }

    fn text(&self) -> String {
        fill(
            r"
A network for pictures of @c channels and $@s \times @s$ pixels: a convolution of $@k \times @k$ to @a channels with a
bias per channel, ReLU, max-pooling of $2 \times 2$; a convolution of $3 \times 3$ to @b channels without a bias, batch
normalisation, ReLU; the mean of each channel over its pixels; a linear layer to @classes classes with a bias. Both
convolutions have stride 1 and are padded such that height and width stay.

How many learned parameters has it? How many multiply-accumulates of a weight with a value does one picture take in the
convolutions and in the linear layer? Zeros of the padding count like pixels; biases, normalisation and pooling do not
count.",
            &[
                ("c", &self.channels),
                ("s", &self.side),
                ("k", &self.kernel),
                ("a", &self.first),
                ("b", &self.second),
                ("classes", &self.classes),
            ],
        )
    }
}
