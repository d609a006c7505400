//! A1.6: what momentum makes of a learning rate.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// Momentum under a gradient that never changes.
pub struct MomentumStep {
    /// The learning rate.
    pub lr: f64,
    /// The momentum.
    pub mu: f64,
    /// The gradient.
    pub gradient: f64,
}

impl Exercise for MomentumStep {
    const ID: &'static str = "momentum_step";
    const PART: &'static str = "A1.6";
    const TITLE: &'static str = "The effective step of momentum";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("effective", "the effective learning rate in the long run"),
        Answer::number("distance", "$w_0 - w_3$"),
        Answer::whole("steps", "steps until 95 % of the final speed").unit("steps"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        // With these no step comes near to 95 % from below.
        const MOMENTUM: [f64; 6] = [0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
        Self {
            lr: decimal(rng, 0.01, 0.09, 3),
            mu: MOMENTUM[rng.below(MOMENTUM.len())],
            gradient: decimal(rng, 1.1, 3.9, 1),
        }
    }

    fn text(&self) -> String {
        fill(
            r"
A weight $w$ is moved by momentum,

```math
v \leftarrow \mu v + g, \qquad w \leftarrow w - \eta\, v,
```

with $\eta = @lr$, $\mu = @mu$ and $v = 0$ at first. The gradient is $g = @g$ at every step. In the long run every step
is as long as a step of plain gradient descent with which learning rate? How far has $w$ come after three steps? And
after how many steps is $v$ for the first time at least 95 % of what it tends to?",
            &[("lr", &self.lr), ("mu", &self.mu), ("g", &self.gradient)],
        )
    }
}
