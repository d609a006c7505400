//! A1.11: which of many solutions gradient descent finds.

use common::rng::Rng;
use common::theory::{Answer, Exercise, fill};

/// Two equations for three weights.
pub struct MinimumNorm {
    /// The samples: `[a, b, 0]` and `[0, c, d]`.
    pub samples: [[f64; 3]; 2],
    /// Their targets, one positive and one negative.
    pub targets: [f64; 2],
}

impl Exercise for MinimumNorm {
    const ID: &'static str = "minimum_norm";
    const PART: &'static str = "A1.11";
    const TITLE: &'static str = "More weights than samples";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("w1", "$w_1$"),
        Answer::number("w3", "$w_3$"),
        Answer::number("norm", r"$\lVert w \rVert$"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let mut one = |high| rng.between(1, high) as f64;
        Self {
            samples: [[one(4), one(4), 0.0], [0.0, one(4), one(4)]],
            targets: [one(5), -one(5)],
        }
    }

    fn text(&self) -> String {
        let [[a, b, _], [_, c, d]] = self.samples;
        fill(
            r"
A linear model $y = x \cdot w$ with three weights is fitted to two samples without an error,

```math
X = \begin{pmatrix} @a & @b & 0 \\ 0 & @c & @d \end{pmatrix}, \qquad
y = \begin{pmatrix} @y1 \\ @y2 \end{pmatrix},
```

by gradient descent on the squared error, from $w = 0$ until it has converged. Of all solutions it finds the one of the
smallest norm. What are its first and its third weight, and what is its norm $\lVert w \rVert$?",
            &[
                ("a", &a),
                ("b", &b),
                ("c", &c),
                ("d", &d),
                ("y1", &self.targets[0]),
                ("y2", &self.targets[1]),
            ],
        )
    }
}
