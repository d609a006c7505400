//! A1.6: momentum under a constant gradient.

use a1_backprop::theory::MomentumStep;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("gradient_dampened", |e: &MomentumStep| {
            let [effective, distance, _] = right(e);
            let dampening = 1.0 - e.mu;
            [
                Some(effective * dampening),
                Some(distance * dampening),
                None,
            ]
        })
        .mistake("plain_gradient_descent", |e: &MomentumStep| {
            [Some(e.lr), Some(3.0 * e.lr * e.gradient), Some(1.0)]
        })
        .mistake("one_step_early", |e: &MomentumStep| {
            let [_, _, steps] = right(e);
            let two_steps = e.lr * e.gradient * (2.0 + e.mu);
            [None, Some(two_steps), Some(steps - 1.0)]
        })
        .mistake("one_plus_mu", |e: &MomentumStep| {
            [Some(e.lr / (1.0 + e.mu)), None, None]
        })
}

fn right(e: &MomentumStep) -> [f64; 3] {
    let sum = |steps: i32| (1.0 - e.mu.powi(steps)) / (1.0 - e.mu);
    [
        e.lr / (1.0 - e.mu),
        e.lr * e.gradient * (sum(1) + sum(2) + sum(3)),
        (0.05f64.ln() / e.mu.ln()).ceil(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    #[test]
    fn a_simulation_agrees() {
        agrees(
            right,
            |e: &MomentumStep| {
                let run = |steps: usize| {
                    let (mut w, mut v, mut moved) = (0.0, 0.0, 0.0);
                    for _ in 0..steps {
                        v = e.mu * v + e.gradient;
                        moved = e.lr * v;
                        w -= moved;
                    }
                    (w, v, moved)
                };
                let (_, last, step) = run(2000);
                let steps = (1..).find(|&steps| run(steps).1 >= 0.95 * last);
                [step / e.gradient, -run(3).0, steps.unwrap_or(0) as f64]
            },
            1e-9,
        );
    }
}
