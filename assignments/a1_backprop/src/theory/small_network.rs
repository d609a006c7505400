//! A1.3: the backward pass of a network with two inputs, two hidden units and one output.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A 2-2-1 network, one sample and its target.
pub struct SmallNetwork {
    /// The sample.
    pub x: [f64; 2],
    /// `w[i][j]` leads from input i to hidden unit j.
    pub w: [[f64; 2]; 2],
    /// The biases of the hidden units.
    pub b: [f64; 2],
    /// The weights of the output.
    pub v: [f64; 2],
    /// The bias of the output.
    pub c: f64,
    /// The target.
    pub target: f64,
}

impl Exercise for SmallNetwork {
    const ID: &'static str = "small_network";
    const PART: &'static str = "A1.3";
    const TITLE: &'static str = "The gradient of a 2-2-1 network";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("output", "$y$"),
        Answer::number("dv1", r"$\partial L / \partial v_1$"),
        Answer::number("dw12", r"$\partial L / \partial w_{12}$"),
        Answer::number("db2", r"$\partial L / \partial b_2$"),
    ];

    /// The first hidden unit is positive, the second negative, and both raise the output above the
    /// target: nothing cancels.
    fn draw(rng: &mut Rng) -> Self {
        let mut one = |low, high| decimal(rng, low, high, 1);
        Self {
            x: [one(0.4, 1.0), one(0.4, 1.0)],
            w: [
                [one(0.2, 0.6), -one(0.2, 0.6)],
                [one(0.2, 0.6), -one(0.2, 0.6)],
            ],
            b: [one(0.1, 0.3), -one(0.1, 0.3)],
            v: [one(0.5, 1.0), -one(0.5, 1.0)],
            c: one(0.1, 0.5),
            target: -one(0.2, 1.0),
        }
    }

    fn text(&self) -> String {
        fill(
            r"
A network with two inputs, two hidden units and one output,

```math
h = \tanh(x W + b), \qquad y = h \cdot v + c, \qquad L = \frac{1}{2} (y - t)^2,
```

where $w_{ij}$ leads from input $i$ to hidden unit $j$, has the parameters

```math
W = \begin{pmatrix} @w11 & @w12 \\ @w21 & @w22 \end{pmatrix}, \quad
b = (@b1, @b2), \quad
v = (@v1, @v2), \quad
c = @c.
```

It gets the sample $x = (@x1, @x2)$ with the target $t = @t$. What is its output, and what are the gradients of the
loss?",
            &[
                ("w11", &self.w[0][0]),
                ("w12", &self.w[0][1]),
                ("w21", &self.w[1][0]),
                ("w22", &self.w[1][1]),
                ("b1", &self.b[0]),
                ("b2", &self.b[1]),
                ("v1", &self.v[0]),
                ("v2", &self.v[1]),
                ("c", &self.c),
                ("x1", &self.x[0]),
                ("x2", &self.x[1]),
                ("t", &self.target),
            ],
        )
    }
}
