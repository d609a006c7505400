//! A2.4: the sizes of a network like that of 1989.

use common::rng::Rng;
use common::theory::{Answer, Exercise, fill};

/// Two layers of planes with shared weights and unshared biases.
pub struct SharedWeights {
    /// Rows and columns of the image, a multiple of 4.
    pub side: usize,
    /// Rows and columns of a kernel.
    pub kernel: usize,
    /// Planes of the first layer.
    pub first: usize,
    /// Planes of the second layer.
    pub second: usize,
    /// How many planes of the first layer a plane of the second sees.
    pub seen: usize,
}

impl Exercise for SharedWeights {
    const ID: &'static str = "shared_weights";
    const PART: &'static str = "A2.4";
    const TITLE: &'static str = "Parameters and connections";
    const ANSWERS: &'static [Answer] = &[
        Answer::whole("first_parameters", "the parameters of the first layer"),
        Answer::whole("second_parameters", "the parameters of the second layer"),
        Answer::whole("second_connections", "the connections of the second layer"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let first = rng.between(8, 15);
        Self {
            side: 4 * rng.between(5, 9),
            kernel: [3, 5, 7][rng.below(3)],
            first,
            second: first + rng.between(1, 6),
            seen: first - rng.between(2, 5),
        }
    }

    fn text(&self) -> String {
        fill(
            r"
A network like that of 1989 reads grey images of @side by @side pixels. Its first layer has @first planes, its second
layer has @second planes. Both have kernels of @k by @k with stride 2 over an input with a margin of background, such that a
plane has half as many rows and columns as what it looks at. A plane of the second layer sees @seen planes of the first. All
units of a plane share their weights, but each unit has a bias of its own.

How many parameters has the first layer, and how many has the second? How many connections has the second layer, when those
to the background and those to the biases count as well?",
            &[
                ("side", &self.side),
                ("first", &self.first),
                ("second", &self.second),
                ("k", &self.kernel),
                ("seen", &self.seen),
            ],
        )
    }
}
