//! A1.2: the chain rule on a graph in which values are used twice.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// The inputs of the graph.
pub struct ScalarGraph {
    /// x
    pub x: f64,
    /// y
    pub y: f64,
}

impl Exercise for ScalarGraph {
    const ID: &'static str = "scalar_graph";
    const PART: &'static str = "A1.2";
    const TITLE: &'static str = "The chain rule on a graph";
    const ANSWERS: &'static [Answer] = &[
        Answer::number(
            "dp",
            r"$\partial L / \partial p$, over both ways from $p$ to $L$",
        ),
        Answer::number("dx", r"$\partial L / \partial x$"),
        Answer::number("dy", r"$\partial L / \partial y$"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        Self {
            x: decimal(rng, 1.2, 2.9, 1),
            y: decimal(rng, 1.2, 2.9, 1),
        }
    }

    fn text(&self) -> String {
        fill(
            r"
A scalar is computed in three steps,

```math
p = x\,y, \qquad q = p + x^2, \qquad L = p \ln q,
```

with $x = @x$ and $y = @y$. Go backwards through the graph, as reverse-mode differentiation does. What are the
gradients of $L$?",
            &[("x", &self.x), ("y", &self.y)],
        )
    }
}
