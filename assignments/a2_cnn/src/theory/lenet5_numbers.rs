//! A2.5: three numbers of LeNet-5.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A layer like C3, a unit of a layer like S2, and an image that was compared with three prototypes.
pub struct Lenet5Numbers {
    /// Planes that see three planes below.
    pub threes: usize,
    /// Planes that see four planes below.
    pub fours: usize,
    /// Rows and columns of a kernel.
    pub kernel: usize,
    /// The four units below a unit of S2.
    pub units: [f64; 4],
    /// The coefficient of its plane.
    pub coefficient: f64,
    /// The bias of its plane.
    pub bias: f64,
    /// The distances from the prototypes, that of the right class first.
    pub distances: [f64; 3],
    /// The constant of the loss.
    pub j: f64,
}

impl Exercise for Lenet5Numbers {
    const ID: &'static str = "lenet5_numbers";
    const PART: &'static str = "A2.5";
    const TITLE: &'static str = "Three numbers of LeNet-5";
    const ANSWERS: &'static [Answer] = &[
        Answer::whole("parameters", "the parameters of the layer"),
        Answer::number("state", "the state of the unit"),
        Answer::number("loss", "the loss").unit("nats"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let threes = rng.between(3, 8);
        let fours = threes + rng.between(1, 5);
        let kernel = [3, 5, 7][rng.below(3)];
        let mut one = |low, high| decimal(rng, low, high, 1);
        Self {
            threes,
            fours,
            kernel,
            units: [one(0.1, 0.9), one(0.1, 0.9), one(0.1, 0.9), one(0.1, 0.9)],
            coefficient: one(0.3, 0.6),
            bias: one(0.1, 0.4),
            distances: [one(1.0, 2.0), one(2.5, 3.5), one(2.6, 4.0)],
            j: one(1.0, 2.0),
        }
    }

    fn text(&self) -> String {
        let [u1, u2, u3, u4] = self.units;
        let [d1, d2, d3] = self.distances;
        fill(
            r"
A layer of convolution like C3 has six planes below it. Of its own planes @threes see three of these, @fours see four, and
one sees all six, through kernels of @k by @k; each plane has one bias. How many parameters has the layer?

In a plane of a layer of sub-sampling like S2 the coefficient is @c and the bias is @b. The four units that a unit sees are
@u1, @u2, @u3 and @u4. What is its state?

For one image the distances of F6 from the prototypes of a problem of three classes are @d1 from the right one, and @d2 and
@d3 from the others. What is the loss of equation 9 of the paper, the one of `rbf_loss`, with $j = @j$?",
            &[
                ("threes", &self.threes),
                ("fours", &self.fours),
                ("k", &self.kernel),
                ("c", &self.coefficient),
                ("b", &self.bias),
                ("u1", &u1),
                ("u2", &u2),
                ("u3", &u3),
                ("u4", &u4),
                ("d1", &d1),
                ("d2", &d2),
                ("d3", &d3),
                ("j", &self.j),
            ],
        )
    }
}
