//! Checks of A2.4: loss, training, and what is rejected.

use common::check::{Check, Tolerance, Verdict, close, close_values, ensure, equal, within};
use common::contract::Submission;
use common::contract::a2::{Lenet1989, Lenet1989Parameters, Lenet1989Rates, RejectPoint};
use common::rng::Rng;

use super::about;
use super::lenet1989::{PART, batch, images, labels};
use crate::oracle::array::tensor;
use crate::oracle::lenet1989::{Network, rejects};

/// The checks of this part that look at loss, training and rejects.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "lenet1989/error",
            part: PART,
            points: 1,
            proves: "The loss is the mean of squared distances from targets of 1 and -1 over all images and classes.",
            hint: "Divide by the number of images and by the number of classes, and by nothing else.",
            run: error,
        },
        Check {
            id: "lenet1989/one_step",
            part: PART,
            points: 2,
            proves: "After one image every parameter has moved against its gradient, the one that back-propagation by hand gives, as far as the rate of its layer says.",
            hint: "If all layers are wrong look at the loss; if only the lower ones are, at what the gradient must pass; if some are too far or too near, at their rates.",
            run: one_step,
        },
        Check {
            id: "lenet1989/one_at_a_time",
            part: PART,
            points: 1,
            proves: "A pass makes a step after each image, in the order of the images, and gives the mean of the losses before the steps.",
            hint: "The second image meets the parameters that the first one left.",
            run: one_at_a_time,
        },
        Check {
            id: "lenet1989/rejects",
            part: PART,
            points: 1,
            proves: "Each confidence that occurs is a threshold, and what it rejects and leaves is counted right.",
            hint: "Reject what is below the threshold and not what equals it; the error counts the others only.",
            run: reject_points,
        },
        Check {
            id: "lenet1989/price",
            part: PART,
            points: 1,
            proves: "Of all points that are good enough the one that rejects least is found, and none where there is none.",
            hint: "The error may rise and fall again along the curve.",
            run: price,
        },
    ]
}

/// Compares all parameters, by name.
fn same(got: &Lenet1989Parameters, want: &Lenet1989Parameters) -> Verdict {
    let tolerance = Tolerance::EXACT;
    close(&got.h1_weight, &want.h1_weight, tolerance).map_err(about("h1_weight"))?;
    close(&got.h1_bias, &want.h1_bias, tolerance).map_err(about("h1_bias"))?;
    close(&got.h2_weight, &want.h2_weight, tolerance).map_err(about("h2_weight"))?;
    close(&got.h2_bias, &want.h2_bias, tolerance).map_err(about("h2_bias"))?;
    close(&got.h3_weight, &want.h3_weight, tolerance).map_err(about("h3_weight"))?;
    close(&got.h3_bias, &want.h3_bias, tolerance).map_err(about("h3_bias"))?;
    close(&got.out_weight, &want.out_weight, tolerance).map_err(about("out_weight"))?;
    close(&got.out_bias, &want.out_bias, tolerance).map_err(about("out_bias"))
}

fn error(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, classes] = [rng.between(2, 4), rng.between(5, 7)];
    let outputs: Vec<f64> = (0..n * classes).map(|_| rng.normal()).collect();
    let right: Vec<usize> = (0..n).map(|_| rng.below(classes)).collect();
    let target = |i: usize, k: usize| if right[i] == k { 1.0 } else { -1.0 };
    let squares = outputs.iter().enumerate();
    let squares = squares.map(|(at, y)| (y - target(at / classes, at % classes)).powi(2));
    let want = squares.sum::<f64>() / (n * classes) as f64;
    let got = s.signed_mse(tensor(outputs, [n, classes]), labels(&right))?;
    close(&got, &tensor(vec![want], [1]), Tolerance::EXACT)
}

/// One image of each of two sizes.
fn one_step(s: &Submission, rng: &mut Rng) -> Verdict {
    let width = 4 * rng.between(2, 3);
    for (height, width) in [(4, width), (8, 4)] {
        passes(s, rng, [1, height, width])?;
    }
    Ok(())
}

fn one_at_a_time(s: &Submission, rng: &mut Rng) -> Verdict {
    passes(s, rng, [3, 8, 4])
}

/// A pass over `n` images, compared with steps by hand.
fn passes(s: &Submission, rng: &mut Rng, [n, height, width]: [usize; 3]) -> Verdict {
    let mut network = Network::random(rng, height, width);
    let images = images(rng, [n, height, width]);
    let right: Vec<usize> = (0..n).map(|_| rng.below(10)).collect();
    let rates: [f64; 4] = std::array::from_fn(|layer| rng.uniform(0.1, 0.2) * (layer + 1) as f64);
    let [h1, h2, h3, out] = rates;
    let x = batch(&images, [height, width]);
    let given = Lenet1989Rates { h1, h2, h3, out };
    let got = s.lenet1989_pass(network.parameters(), x, labels(&right), given)?;
    let steps = images.iter().zip(&right);
    let losses: Vec<f64> = steps
        .map(|(image, label)| network.step(image, *label, rates))
        .collect();
    same(&got.parameters, &network.parameters())?;
    let mean = losses.iter().sum::<f64>() / n as f64;
    within(got.loss, mean, Tolerance::EXACT).map_err(about("loss"))
}

/// Outputs are multiples of a quarter, so that many confidences are equal and all sums are exact. The largest output
/// of a row is alone.
fn reject_points(s: &Submission, rng: &mut Rng) -> Verdict {
    for n in [1, rng.between(2, 5), rng.between(20, 30)] {
        let classes = rng.between(2, 5);
        let mut outputs: Vec<Vec<f64>> = Vec::new();
        for _ in 0..n {
            let mut row: Vec<f64> = (0..classes)
                .map(|_| rng.below(5) as f64 / 4.0 - 1.0)
                .collect();
            row[rng.below(classes)] = 0.25 + rng.between(0, 6) as f64 / 4.0;
            outputs.push(row);
        }
        let right: Vec<usize> = (0..n).map(|_| rng.below(classes)).collect();
        let got = s.reject_curve(tensor(outputs.concat(), [n, classes]), labels(&right))?;
        let got: Vec<[f64; 3]> = got
            .iter()
            .map(|p| [p.threshold, p.rejected, p.error])
            .collect();
        let want = rejects(&outputs, &right);
        close_values(&got.concat(), &want.concat(), Tolerance::EXACT)?;
    }
    let none = s.reject_curve(tensor(vec![], [0, 3]), labels(&[]))?;
    ensure(none.is_empty(), || "points without images".into())
}

fn price(s: &Submission, rng: &mut Rng) -> Verdict {
    let n = rng.between(6, 9);
    let curve: Vec<RejectPoint> = (0..n)
        .map(|i| RejectPoint {
            threshold: i as f64,
            rejected: i as f64 / n as f64,
            error: rng.uniform(0.1, 0.9),
        })
        .collect();
    let ask = |error: f64| -> Verdict {
        let want = curve.iter().find(|p| p.error <= error).map(|p| p.rejected);
        equal(&s.reject_for_error(curve.clone(), error)?, &want)
    };
    for point in &curve {
        ask(point.error)?; // just as good as asked
    }
    ask(0.05)?;
    ask(0.95)?;
    equal(&s.reject_for_error(vec![], 0.5)?, &None)
}
