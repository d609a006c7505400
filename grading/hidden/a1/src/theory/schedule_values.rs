//! A1.7: warm-up and cosine.

use std::f64::consts::PI;

use a1_backprop::theory::ScheduleValues;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("cosine_from_step_0", |e: &ScheduleValues| {
            let share = e.steps[1] as f64 / e.end as f64;
            [None, Some(cosine(e, share)), None]
        })
        .mistake("cosine_goes_on_after_the_end", |e: &ScheduleValues| {
            [None, None, Some(cosine(e, share(e, e.steps[2])))]
        })
        .mistake("nothing_after_the_end", |_: &ScheduleValues| {
            [None, None, Some(0.0)]
        })
        .mistake("step_counted_from_1", |e: &ScheduleValues| {
            let late = e.steps[0] + 1;
            [Some(late as f64 / e.warm_up as f64 * e.highest), None, None]
        })
        .mistake("straight_line", |e: &ScheduleValues| {
            let line = e.highest + share(e, e.steps[1]) * (e.lowest - e.highest);
            [Some(cosine(e, 0.0)), Some(line), None]
        })
}

fn right(e: &ScheduleValues) -> [f64; 3] {
    [
        e.steps[0] as f64 / e.warm_up as f64 * e.highest,
        cosine(e, share(e, e.steps[1])),
        e.lowest,
    ]
}

/// How much of the cosine is over at `step`.
fn share(e: &ScheduleValues, step: usize) -> f64 {
    (step - e.warm_up) as f64 / (e.end - e.warm_up) as f64
}

fn cosine(e: &ScheduleValues, share: f64) -> f64 {
    e.lowest + 0.5 * (e.highest - e.lowest) * (1.0 + (PI * share).cos())
}
