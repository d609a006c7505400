//! A1.5: the size of the weights of a layer before ReLU.

use common::rng::Rng;
use common::theory::{Answer, Exercise, fill};

/// A layer, and a deep network of such layers.
pub struct KaimingLayer {
    /// Inputs of the layer.
    pub fan_in: usize,
    /// Outputs of the layer, another number.
    pub fan_out: usize,
    /// How many layers the deep network has.
    pub depth: usize,
}

impl Exercise for KaimingLayer {
    const ID: &'static str = "kaiming_layer";
    const PART: &'static str = "A1.5";
    const TITLE: &'static str = "The variance of a Kaiming layer";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("variance", "the variance of a weight"),
        Answer::number("bound", "$a$"),
        Answer::number("factor", "the factor by which the mean square changes"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let fan_in = 8 * rng.between(20, 100);
        Self {
            fan_in,
            fan_out: fan_in / 4 + 10 * rng.between(1, 8),
            depth: rng.between(3, 9),
        }
    }

    fn text(&self) -> String {
        fill(
            r"
A layer from @in to @out units with ReLU behind it gets weights by Kaiming's rule, in the form that keeps the signal of
the forward pass, with the gain that fits ReLU. What is the variance of a weight? If the weights are uniform on
$[-a, a]$, what is $a$?

Somebody forgets the gain and takes 1, in a deep network of ReLU layers whose biases are zero. By what factor does the
mean square of the pre-activations change over @depth layers, from $z_l$ to $z_{l+@depth}$?",
            &[
                ("in", &self.fan_in),
                ("out", &self.fan_out),
                ("depth", &self.depth),
            ],
        )
    }
}
