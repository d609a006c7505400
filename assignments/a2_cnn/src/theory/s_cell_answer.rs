//! A2.1: one S-cell before and after it has learned.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A cell that sees four others.
pub struct SCellAnswer {
    /// What the four cells answer.
    pub u: [f64; 4],
    /// The weights of the v-cell.
    pub c: [f64; 4],
    /// The excitatory weights.
    pub a: [f64; 4],
    /// The inhibitory weight.
    pub b: f64,
    /// The selectivity.
    pub r: f64,
    /// The learning rate.
    pub q: f64,
}

impl Exercise for SCellAnswer {
    const ID: &'static str = "s_cell_answer";
    const PART: &'static str = "A2.1";
    const TITLE: &'static str = "An S-cell learns";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("strength", "$v$"),
        Answer::number("before", "$s$ before learning"),
        Answer::number("after", "$s$ after learning"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let mut four = |low, high, places| std::array::from_fn(|_| decimal(rng, low, high, places));
        // The weights of the v-cell are small, so that v is below 1 and the excitation above the inhibition.
        let (u, c, a) = (four(0.6, 1.2, 1), four(0.05, 0.15, 2), four(1.5, 3.0, 1));
        Self {
            u,
            c,
            a,
            b: decimal(rng, 2.0, 3.0, 1),
            r: decimal(rng, 1.5, 3.0, 1),
            q: decimal(rng, 3.0, 6.0, 1),
        }
    }

    fn text(&self) -> String {
        let ([u1, u2, u3, u4], [c1, c2, c3, c4]) = (self.u, self.c);
        let [a1, a2, a3, a4] = self.a;
        fill(
            r"
An S-cell and its v-cell see four cells, which answer $u = (@u1, @u2, @u3, @u4)$. The weights of the v-cell are
$c = (@c1, @c2, @c3, @c4)$, the excitatory weights of the S-cell $a = (@a1, @a2, @a3, @a4)$; its inhibitory weight is
$b = @b$ and its selectivity $r = @r$. What does the v-cell answer, and what the S-cell?

The S-cell is the representative of its plane, which learns with $q = @q$. What does it answer to the same $u$ now?",
            &[
                ("u1", &u1),
                ("u2", &u2),
                ("u3", &u3),
                ("u4", &u4),
                ("c1", &c1),
                ("c2", &c2),
                ("c3", &c3),
                ("c4", &c4),
                ("a1", &a1),
                ("a2", &a2),
                ("a3", &a3),
                ("a4", &a4),
                ("b", &self.b),
                ("r", &self.r),
                ("q", &self.q),
            ],
        )
    }
}
