//! A2.7: a block that changes the shape, and a gradient through many blocks.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A residual block, and a stack of blocks.
pub struct ResidualBlock {
    /// Input channels of the block; it has twice as many outputs.
    pub channels: usize,
    /// Rows and columns of its input, an even number.
    pub size: usize,
    /// How many blocks the stack has.
    pub blocks: usize,
    /// The derivative of each block's residual.
    pub slope: f64,
}

impl Exercise for ResidualBlock {
    const ID: &'static str = "residual_block";
    const PART: &'static str = "A2.7";
    const TITLE: &'static str = "A residual block, counted and differentiated";
    const ANSWERS: &'static [Answer] = &[
        Answer::whole("parameters", "parameters of the block"),
        Answer::number("multiplications", "multiplications of its convolutions").unit("millions"),
        Answer::number("factor", "the factor of the gradient"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        Self {
            channels: rng.between(12, 40),
            size: 2 * rng.between(8, 24),
            blocks: rng.between(10, 30),
            slope: decimal(rng, 0.05, 0.2, 2),
        }
    }

    fn text(&self) -> String {
        fill(
            r"
The first block of a stage takes @in channels of @size x @size pixels and gives @out channels of half as many rows and
columns. It has two convolutions with kernels of 3 x 3, the first with stride 2, both with one zero around on each side. Its
shortcut is of option B: a convolution with kernels of one pixel and stride 2. No convolution has a bias, and each of the
three is followed by batch normalisation with a scale and a shift per channel. How many parameters does the block learn? How
many multiplications do its convolutions take for one image, in millions?

A stack of @blocks blocks works on a single number, $x_l = x_{l-1} + F_l(x_{l-1})$, and at every block $F_l$ has the
derivative @slope. What is the derivative of the last $x$ by the first? (Without shortcuts it would be $@slope^{@blocks}$.)",
            &[
                ("in", &self.channels),
                ("out", &(2 * self.channels)),
                ("size", &self.size),
                ("blocks", &self.blocks),
                ("slope", &self.slope),
            ],
        )
    }
}
