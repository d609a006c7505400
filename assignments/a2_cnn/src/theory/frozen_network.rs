//! A2.10: what is trained when a network is fine-tuned, and how fast.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A network of three blocks whose first is frozen and whose head is new.
pub struct FrozenNetwork {
    /// Channels after each block.
    pub widths: [usize; 3],
    /// Rows, and columns, of a picture; a multiple of 8.
    pub side: usize,
    /// Classes of the old head.
    pub before: usize,
    /// Classes of the new one, another number.
    pub after: usize,
    /// The rate of the head.
    pub lr: f64,
    /// The rate falls by this from group to group.
    pub factor: f64,
}

impl Exercise for FrozenNetwork {
    const ID: &'static str = "frozen_network";
    const PART: &'static str = "A2.10";
    const TITLE: &'static str = "A network that is partly frozen";
    const ANSWERS: &'static [Answer] = &[
        Answer::whole("trained", "how many numbers are trained"),
        Answer::number("rate", "the learning rate of the second block"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let first = rng.between(6, 12);
        let second = first + rng.between(2, 8);
        let before = rng.between(10, 30);
        Self {
            widths: [first, second, second + rng.between(2, 8)],
            side: 8 * rng.between(2, 4),
            before,
            after: before - rng.between(3, 6),
            lr: decimal(rng, 0.02, 0.2, 2),
            factor: decimal(rng, 1.5, 3.5, 1),
        }
    }

    fn text(&self) -> String {
        let [a, b, c] = self.widths;
        fill(
            r"
A network for grey pictures of $@s \times @s$ pixels has three blocks of @a, @b and @c channels. A block is a convolution
of $3 \times 3$ that keeps height and width and has no bias, batch normalisation, ReLU, and max-pooling of $2 \times 2$.
All numbers of the last block's output go into a linear head with a bias, for @before classes.

For another task the head is replaced by one for @after classes, the first block is frozen, normalisation included, and
the running statistics stay as they are everywhere. How many numbers are trained?

The groups are, from the input to the output, the second block, the third block, and the head. The head has the learning
rate @lr, and each group before it the rate of the one behind it over @f. What is the rate of the second block?",
            &[
                ("s", &self.side),
                ("a", &a),
                ("b", &b),
                ("c", &c),
                ("before", &self.before),
                ("after", &self.after),
                ("lr", &self.lr),
                ("f", &self.factor),
            ],
        )
    }
}
