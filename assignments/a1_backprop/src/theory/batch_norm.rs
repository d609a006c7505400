//! A1.9: batch normalisation of one feature.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A batch of four samples with one feature, and the state of the layer.
pub struct BatchNorm {
    /// The feature in each sample; the first is the largest.
    pub batch: [f64; 4],
    /// The scale.
    pub gamma: f64,
    /// The shift.
    pub beta: f64,
    /// The running mean before the batch.
    pub running_mean: f64,
    /// The running variance before the batch.
    pub running_variance: f64,
    /// The share of the batch in the new running statistics.
    pub momentum: f64,
}

impl Exercise for BatchNorm {
    const ID: &'static str = "batch_norm";
    const PART: &'static str = "A1.9";
    const TITLE: &'static str = "Batch normalisation by hand";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("output", "$y_1$ in training"),
        Answer::number("mean", "the running mean after the batch"),
        Answer::number("variance", "the running variance after the batch"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let mut one = |low, high| decimal(rng, low, high, 1);
        Self {
            batch: [one(3.0, 4.0), one(0.0, 1.5), one(0.0, 1.5), one(0.0, 1.5)],
            gamma: one(1.1, 2.0),
            beta: one(0.1, 0.9),
            running_mean: one(3.0, 5.0),
            running_variance: one(1.0, 2.0),
            momentum: one(0.3, 0.4),
        }
    }

    fn text(&self) -> String {
        let [x1, x2, x3, x4] = self.batch;
        fill(
            r"
A batch-normalisation layer with $\gamma = @gamma$ and $\beta = @beta$ gets a batch of four samples with one feature,
$x = (@x1, @x2, @x3, @x4)$. Leave out $\varepsilon$. What is its output $y_1$ for the first sample in training?

Its running mean was @mean and its running variance @variance. They are updated with the momentum $m = @m$ in PyTorch's
convention,

```math
\text{running} \leftarrow (1 - m)\,\text{running} + m\,\text{batch},
```

with the unbiased estimate of the batch's variance. What are they after this batch?",
            &[
                ("gamma", &self.gamma),
                ("beta", &self.beta),
                ("x1", &x1),
                ("x2", &x2),
                ("x3", &x3),
                ("x4", &x4),
                ("mean", &self.running_mean),
                ("variance", &self.running_variance),
                ("m", &self.momentum),
            ],
        )
    }
}
