//! A2.12: the measures of a mask, and one step of the fast gradient sign method.

use a2_cnn::theory::MasksAndSteps;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("iou_for_dice", |e: &MasksAndSteps| {
            let [digit, background] = ious(e);
            let dice = |iou: f64| 2.0 * iou / (1.0 + iou);
            [
                Some(digit),
                Some((dice(digit) + dice(background)) / 2.0),
                None,
            ]
        })
        .mistake("no_background", |e: &MasksAndSteps| {
            [None, Some(ious(e)[0]), None]
        })
        .mistake("accuracy", |e: &MasksAndSteps| {
            let pixels = (e.side * e.side) as f64;
            let wrong = (e.digit + e.predicted - 2 * e.both) as f64;
            [None, Some(1.0 - wrong / pixels), None]
        })
        .mistake("recall", |e: &MasksAndSteps| {
            // Twice what is shared, divided by the digit alone.
            [Some(2.0 * e.both as f64 / e.digit as f64), None, None]
        })
        .mistake("uphill", |e: &MasksAndSteps| {
            let length: f64 = e.weights.iter().map(|w| w.abs()).sum();
            [None, None, Some(sigmoid(logit(e) + e.eps * length))]
        })
        .mistake("same_step_everywhere", |e: &MasksAndSteps| {
            let sum: f64 = e.weights.iter().sum();
            [None, None, Some(sigmoid(logit(e) - e.eps * sum))]
        })
        .mistake("no_sign", |e: &MasksAndSteps| {
            // The gradient itself: (p - 1) w.
            let squares: f64 = e.weights.iter().map(|w| w * w).sum();
            let step = e.eps * (1.0 - sigmoid(logit(e)));
            [None, None, Some(sigmoid(logit(e) - step * squares))]
        })
}

/// Of the digit and of the background.
fn ious(e: &MasksAndSteps) -> [f64; 2] {
    let pixels = e.side * e.side;
    let either = e.digit + e.predicted - e.both;
    [
        e.both as f64 / either as f64,
        (pixels - either) as f64 / (pixels - e.both) as f64,
    ]
}

fn logit(e: &MasksAndSteps) -> f64 {
    e.weights.iter().zip(&e.image).map(|(w, x)| w * x).sum()
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn right(e: &MasksAndSteps) -> [f64; 3] {
    let [digit, background] = ious(e);
    let length: f64 = e.weights.iter().map(|w| w.abs()).sum();
    [
        2.0 * e.both as f64 / (e.digit + e.predicted) as f64,
        (digit + background) / 2.0,
        sigmoid(logit(e) - e.eps * length),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// The masks pixel by pixel, and of all ways to move each pixel up or down that with the highest loss.
    #[test]
    fn pixels_and_all_steps_agree() {
        agrees(
            right,
            |e: &MasksAndSteps| {
                let pixels = e.side * e.side;
                let is_digit = |i: usize| i < e.digit;
                let is_predicted =
                    |i: usize| (e.digit - e.both..e.digit - e.both + e.predicted).contains(&i);
                let count =
                    |of: &dyn Fn(usize) -> bool| (0..pixels).filter(|&i| of(i)).count() as f64;
                let both = count(&|i| is_digit(i) && is_predicted(i));
                let either = count(&|i| is_digit(i) || is_predicted(i));
                let neither = pixels as f64 - either;
                let outside = count(&|i| !is_digit(i) || !is_predicted(i));
                let dice = 2.0 * both / (count(&is_digit) + count(&is_predicted));

                let lowest = (0..8u32).map(|signs| {
                    let step = |i: usize| if signs >> i & 1 == 1 { e.eps } else { -e.eps };
                    let z: f64 = (0..3).map(|i| e.weights[i] * (e.image[i] + step(i))).sum();
                    1.0 / (1.0 + (-z).exp())
                });
                [
                    dice,
                    (both / either + neither / outside) / 2.0,
                    lowest.fold(1.0, f64::min),
                ]
            },
            1e-9,
        );
    }
}
