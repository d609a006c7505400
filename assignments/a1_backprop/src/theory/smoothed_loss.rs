//! A1.4: the cross-entropy with label smoothing, by hand.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// One sample of four classes.
pub struct SmoothedLoss {
    /// The logits.
    pub logits: [f64; 4],
    /// The label, from 0. Its logit is the smallest.
    pub label: usize,
    /// The share of the target that is spread over all classes.
    pub smoothing: f64,
}

impl Exercise for SmoothedLoss {
    const ID: &'static str = "smoothed_loss";
    const PART: &'static str = "A1.4";
    const TITLE: &'static str = "The cross-entropy with label smoothing";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("loss", "$L$").unit("nat"),
        Answer::number(
            "gradient",
            r"$\partial L / \partial x_k$ for the label's own logit",
        ),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let label = rng.below(4);
        let mut logits = [0.0; 4];
        for (k, logit) in logits.iter_mut().enumerate() {
            *logit = if k == label {
                decimal(rng, -1.0, 0.0, 1)
            } else {
                decimal(rng, 0.5, 2.5, 1)
            };
        }
        Self {
            logits,
            label,
            smoothing: decimal(rng, 0.1, 0.3, 2),
        }
    }

    fn text(&self) -> String {
        let [x0, x1, x2, x3] = self.logits;
        fill(
            r"
A classifier gives the classes 0, 1, 2 and 3 the logits $(@x0, @x1, @x2, @x3)$. The label is @label. The target is
smoothed with $s = @s$ as in part A1.4, where every one of the $c$ classes gets a part of $s$:

```math
t_k = (1 - s)\,[k = \text{label}] + \frac{s}{c}, \qquad L = -\sum_k t_k \ln p_k .
```

What is the loss in nats, and what is its gradient by the logit of class @label?",
            &[
                ("x0", &x0),
                ("x1", &x1),
                ("x2", &x2),
                ("x3", &x3),
                ("label", &self.label),
                ("s", &self.smoothing),
            ],
        )
    }
}
