//! A1.6: three steps of Adam by hand.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// Adam's settings and three gradients.
pub struct AdamSteps {
    /// The learning rate.
    pub lr: f64,
    /// How much of the mean of the gradients is kept.
    pub beta1: f64,
    /// How much of the mean of their squares is kept.
    pub beta2: f64,
    /// The gradients: small, large, small and of the other sign.
    pub gradients: [f64; 3],
}

impl Exercise for AdamSteps {
    const ID: &'static str = "adam_steps";
    const PART: &'static str = "A1.6";
    const TITLE: &'static str = "Three steps of Adam";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("step1", "$w_1 - w_0$"),
        Answer::number("step2", "$w_2 - w_1$"),
        Answer::number("step3", "$w_3 - w_2$"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        // Pairs in which the missing correction of the first step shows: (1 - beta1)^2 is not 1 - beta2.
        const BETA1: [f64; 2] = [0.8, 0.9];
        const BETA2: [f64; 3] = [0.98, 0.995, 0.999];
        Self {
            lr: decimal(rng, 0.01, 0.2, 2),
            beta1: BETA1[rng.below(BETA1.len())],
            beta2: BETA2[rng.below(BETA2.len())],
            gradients: [
                decimal(rng, 0.2, 0.8, 1),
                decimal(rng, 1.5, 3.0, 1),
                -decimal(rng, 0.1, 0.4, 1),
            ],
        }
    }

    fn text(&self) -> String {
        let [g1, g2, g3] = self.gradients;
        fill(
            r"
Adam as in part A1.6, with the learning rate $\eta = @lr$, $\beta_1 = @b1$, $\beta_2 = @b2$, no weight decay, and an
$\varepsilon$ so small that you may leave it out, starts with $m = 0$ and $v = 0$. The gradients of the first three
steps are $g_1 = @g1$, $g_2 = @g2$ and $g_3 = @g3$. By how much does each step change the weight? Mind the sign.",
            &[
                ("lr", &self.lr),
                ("b1", &self.beta1),
                ("b2", &self.beta2),
                ("g1", &g1),
                ("g2", &g2),
                ("g3", &g3),
            ],
        )
    }
}
