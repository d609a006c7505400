//! A1.7: a learning rate that warms up and falls along a cosine.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A schedule, and three steps to look at it.
pub struct ScheduleValues {
    /// Steps of the warm-up.
    pub warm_up: usize,
    /// The step at which the cosine ends.
    pub end: usize,
    /// The largest learning rate.
    pub highest: f64,
    /// The smallest one.
    pub lowest: f64,
    /// A step of the warm-up, one of the cosine, and one after its end.
    pub steps: [usize; 3],
}

impl Exercise for ScheduleValues {
    const ID: &'static str = "schedule_values";
    const PART: &'static str = "A1.7";
    const TITLE: &'static str = "Warm-up and cosine";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("warm", r"$\eta$ at the first of the steps"),
        Answer::number("cosine", r"$\eta$ at the second"),
        Answer::number("after", r"$\eta$ at the third"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let warm_up = 10 * rng.between(5, 15);
        let period = 40 * rng.between(10, 25);
        let end = warm_up + period;
        Self {
            warm_up,
            end,
            highest: decimal(rng, 0.2, 0.9, 2),
            lowest: decimal(rng, 0.01, 0.05, 3),
            steps: [
                rng.between(warm_up / 5, warm_up * 4 / 5),
                // Before the middle, where the cosine crosses the straight line.
                warm_up + rng.between(period / 8, period * 2 / 5),
                end + period / 4,
            ],
        }
    }

    fn text(&self) -> String {
        let [first, second, third] = self.steps;
        fill(
            r"
A schedule warms up and then falls along half a period of a cosine:

```math
\eta(t) = \begin{cases}
\frac{t}{T_w}\, \eta_{\max} & t \lt T_w \\
\eta_{\min} + \frac{1}{2} (\eta_{\max} - \eta_{\min}) \left( 1 + \cos\left( \pi\, \frac{t - T_w}{T_c - T_w} \right) \right) & T_w \le t \le T_c \\
\eta_{\min} & t \gt T_c
\end{cases}
```

with $T_w = @warm$, $T_c = @end$, $\eta_{\max} = @high$ and $\eta_{\min} = @low$. What is the learning rate at the steps
@first, @second and @third?",
            &[
                ("warm", &self.warm_up),
                ("end", &self.end),
                ("high", &self.highest),
                ("low", &self.lowest),
                ("first", &first),
                ("second", &second),
                ("third", &third),
            ],
        )
    }
}
