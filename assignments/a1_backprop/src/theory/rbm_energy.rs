//! A1.10: the free energy of a restricted Boltzmann machine.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A restricted Boltzmann machine of three visible and two hidden units.
pub struct RbmEnergy {
    /// `w[i][j]` joins visible unit i and hidden unit j.
    pub w: [[f64; 2]; 3],
    /// The biases of the visible units.
    pub visible: [f64; 3],
    /// The biases of the hidden units.
    pub hidden: [f64; 2],
    /// The state of the visible units: two are 1, one is 0.
    pub v: [f64; 3],
}

impl Exercise for RbmEnergy {
    const ID: &'static str = "rbm_energy";
    const PART: &'static str = "A1.10";
    const TITLE: &'static str = "The free energy of a Boltzmann machine";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("energy", "$F(v)$").unit("nat"),
        Answer::number("active", r"$p(h_1 = 1 \mid v)$"),
        Answer::number("odds", r"$p(v) / p(0, 0, 0)$"),
    ];

    /// The first hidden unit likes what it sees, the second does not: no sum is near 0.
    fn draw(rng: &mut Rng) -> Self {
        let off = rng.below(3);
        let mut one = |low, high| decimal(rng, low, high, 1);
        Self {
            w: [0, 1, 2].map(|_| [one(0.2, 1.0), -one(0.2, 1.0)]),
            visible: [0, 1, 2].map(|_| one(0.2, 0.8)),
            hidden: [one(0.1, 0.5), -one(0.1, 0.5)],
            v: [0, 1, 2].map(|i| if i == off { 0.0 } else { 1.0 }),
        }
    }

    fn text(&self) -> String {
        let ([b1, b2, b3], [c1, c2], [v1, v2, v3]) = (self.visible, self.hidden, self.v);
        let [[w11, w12], [w21, w22], [w31, w32]] = self.w;
        fill(
            r"
A restricted Boltzmann machine has three visible units $v$ and two hidden units $h$, all 0 or 1, and the energy

```math
E(v, h) = -b \cdot v - c \cdot h - v W h^\top, \qquad p(v, h) = \frac{e^{-E(v, h)}}{Z},
```

with

```math
W = \begin{pmatrix} @w11 & @w12 \\ @w21 & @w22 \\ @w31 & @w32 \end{pmatrix}, \quad
b = (@b1, @b2, @b3), \quad
c = (@c1, @c2).
```

The visible units are $v = (@v1, @v2, @v3)$. What is the free energy $F(v) = -\ln \sum_h e^{-E(v, h)}$ in nats, how
probable is it that the first hidden unit is 1, and how many times as probable is this $v$ as $(0, 0, 0)$?",
            &[
                ("w11", &w11),
                ("w12", &w12),
                ("w21", &w21),
                ("w22", &w22),
                ("w31", &w31),
                ("w32", &w32),
                ("b1", &b1),
                ("b2", &b2),
                ("b3", &b3),
                ("c1", &c1),
                ("c2", &c2),
                ("v1", &v1),
                ("v2", &v2),
                ("v3", &v3),
            ],
        )
    }
}
