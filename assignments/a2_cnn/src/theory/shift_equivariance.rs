//! A2.2: which shifts commute with a stride.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A signal, a kernel of three, and the strides of two branches.
pub struct ShiftEquivariance {
    /// The signal at positions 0 to 7; it is 0 elsewhere.
    pub signal: [f64; 8],
    /// The kernel, which grows.
    pub kernel: [f64; 3],
    /// By how many positions the signal moves to the right: an odd number.
    pub shift: usize,
    /// The strides of the two layers of one branch, and the stride of the only layer of the other.
    pub strides: [usize; 3],
}

/// Strides whose product, sum, largest and least common multiple all are another number than the answer.
const STRIDES: [[usize; 3]; 6] = [
    [2, 2, 6],
    [2, 4, 6],
    [3, 3, 6],
    [4, 2, 10],
    [3, 6, 4],
    [2, 6, 9],
];

impl Exercise for ShiftEquivariance {
    const ID: &'static str = "shift_equivariance";
    const PART: &'static str = "A2.2";
    const TITLE: &'static str = "A stride and a shift";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("shifted", "$z_2$ of the signal that has moved"),
        Answer::whole("least", "the least shift that both branches follow").unit("positions"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        // A signal that rises by steps of its own: no two windows of it have the same sum.
        let mut level = 0.0;
        let signal = std::array::from_fn(|_| {
            level += decimal(rng, 0.5, 1.5, 1);
            (level * 10.0f64).round() / 10.0
        });
        let kernel = [
            decimal(rng, 0.2, 0.5, 1),
            decimal(rng, 0.8, 1.2, 1),
            decimal(rng, 1.5, 2.0, 1),
        ];
        Self {
            signal,
            kernel,
            shift: [1, 3][rng.below(2)],
            strides: STRIDES[rng.below(STRIDES.len())],
        }
    }

    fn text(&self) -> String {
        let signal: Vec<String> = self.signal.iter().map(f64::to_string).collect();
        let [w0, w1, w2] = self.kernel;
        let [first, second, other] = self.strides;
        fill(
            r"
The signal $x_0, \ldots, x_7 = @signal$, and 0 everywhere else, is convolved with the kernel
$w = (@w0, @w1, @w2)$ and stride 2, without padding:

```math
y_i = w_0\, x_{2i} + w_1\, x_{2i + 1} + w_2\, x_{2i + 2} .
```

Now the signal moves by @shift to the right, which gives $u_t = x_{t - @shift}$, and $u$ is convolved in the same way,
which gives $z$. What is $z_2$?

A network has two branches. One is a convolution of stride @first followed by one of stride @second, the other
a single convolution of stride @other. By how many positions must a signal move at least, so that the outputs of both
branches are the old ones, moved by whole positions? Leave the edges out of account.",
            &[
                ("signal", &signal.join(", ")),
                ("w0", &w0),
                ("w1", &w1),
                ("w2", &w2),
                ("shift", &self.shift),
                ("first", &first),
                ("second", &second),
                ("other", &other),
            ],
        )
    }
}
