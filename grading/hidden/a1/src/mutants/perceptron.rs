//! Mutants of A1.1.

use a1_backprop::parts::perceptron as reference;
use common::contract::a1::{MarginAndRadius, PerceptronFit};
use hidden_suite::Mutant;

const PART: &str = "A1.1";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    vec![
        mutant!(
            perceptron.perceptron_fit / "moves_on_correct",
            "every point moves the plane, mistake or not",
            |x, y, o, r, n| fit(Bug::MovesOnCorrect, &x, &y, &o, r, n)
        ),
        mutant!(
            perceptron.perceptron_fit / "strictly_below_zero",
            "a mistake is < 0, not <= 0, so the plane never leaves 0",
            |x, y, o, r, n| fit(Bug::StrictlyBelowZero, &x, &y, &o, r, n)
        ),
        mutant!(
            perceptron.perceptron_fit / "no_bias",
            "the bias is never updated",
            |x, y, o, r, n| fit(Bug::NoBias, &x, &y, &o, r, n)
        ),
        mutant!(
            perceptron.perceptron_fit / "bias_without_rate",
            "the bias moves by y, not by learning_rate y",
            |x, y, o, r, n| fit(Bug::BiasWithoutRate, &x, &y, &o, r, n)
        ),
        mutant!(
            perceptron.perceptron_fit / "wrong_sign",
            "a mistake moves the plane the wrong way",
            |x, y, o, r, n| reference::perceptron_fit(x, y, o, -r, n)
        ),
        mutant!(
            perceptron.perceptron_fit / "no_label_in_update",
            "a mistake adds x, whatever its label",
            |x, y, o, r, n| fit(Bug::NoLabel, &x, &y, &o, r, n)
        ),
        mutant!(
            perceptron.perceptron_fit / "batch_update",
            "the updates of an epoch are made at its end",
            |x, y, o, r, n| fit(Bug::BatchUpdate, &x, &y, &o, r, n)
        ),
        mutant!(
            perceptron.perceptron_fit / "one_epoch",
            "stops after the first epoch",
            |x, y, o, r, n| reference::perceptron_fit(x, y, o, r, n.min(1))
        ),
        mutant!(
            perceptron.perceptron_fit / "one_epoch_too_many",
            "runs max_epochs + 1 epochs",
            |x, y, o, r, n| reference::perceptron_fit(x, y, o, r, n + 1)
        ),
        mutant!(
            perceptron.perceptron_fit / "ignores_order",
            "visits the points in the order of their index",
            |x, y, o, r, n| reference::perceptron_fit(x, y, (0..o.len()).collect(), r, n)
        ),
        mutant!(
            perceptron.perceptron_fit / "ignores_rate",
            "the learning rate is 1",
            |x, y, o, _, n| reference::perceptron_fit(x, y, o, 1.0, n)
        ),
        mutant!(
            perceptron.perceptron_fit / "skips_last_point",
            "never visits the last point of the order",
            |x, y, mut o, r, n| {
                o.pop();
                reference::perceptron_fit(x, y, o, r, n)
            }
        ),
        mutant!(
            perceptron.perceptron_fit / "claims_convergence",
            "converged is set when max_epochs ended first",
            |x, y, o, r, n| {
                let fit = reference::perceptron_fit(x, y, o, r, n);
                let converged = Some(fit.mistakes_per_epoch.len());
                PerceptronFit { converged, ..fit }
            }
        ),
        mutant!(
            perceptron.perceptron_fit / "last_not_converged",
            "returns the plane of the epoch before the last",
            |x, y, o, r, n| {
                let fit = reference::perceptron_fit(x.clone(), y.clone(), o.clone(), r, n);
                let before = match fit.converged {
                    Some(epochs) => epochs.saturating_sub(2),
                    None => n - 1,
                };
                let stale = reference::perceptron_fit(x, y, o, r, before);
                PerceptronFit {
                    weights: stale.weights,
                    bias: stale.bias,
                    ..fit
                }
            }
        ),
        mutant!(
            perceptron.perceptron_fit / "epoch_index",
            "converged is the index of the last epoch, not the number of epochs",
            |x, y, o, r, n| {
                let fit = reference::perceptron_fit(x, y, o, r, n);
                let converged = fit.converged.map(|epochs| epochs - 1);
                PerceptronFit { converged, ..fit }
            }
        ),
        mutant!(
            perceptron.perceptron_fit / "clean_epoch_not_counted",
            "the last epoch, without mistakes, is not in the list",
            |x, y, o, r, n| {
                let mut fit = reference::perceptron_fit(x, y, o, r, n);
                fit.mistakes_per_epoch.retain(|mistakes| *mistakes > 0);
                fit
            }
        ),
        mutant!(
            perceptron.perceptron_fit / "mistakes_add_up",
            "the counter of mistakes is not reset between epochs",
            |x, y, o, r, n| {
                let mut fit = reference::perceptron_fit(x, y, o, r, n);
                let mut sum = 0;
                for mistakes in &mut fit.mistakes_per_epoch {
                    sum += *mistakes;
                    *mistakes = sum;
                }
                fit
            }
        ),
        mutant!(
            perceptron.perceptron_predict / "plane_is_positive",
            "a point on the plane is +1",
            |x, w, b| {
                let w = w.into_iter().map(|w| -w).collect();
                let negative = reference::perceptron_predict(x, w, -b);
                negative.into_iter().map(|class| -class).collect()
            }
        ),
        mutant!(
            perceptron.perceptron_predict / "no_bias",
            "the bias is left out",
            |x, w, _| reference::perceptron_predict(x, w, 0.0)
        ),
        mutant!(
            perceptron.perceptron_predict / "zero_and_one",
            "the classes are 0 and 1",
            |x, w, b| {
                let classes = reference::perceptron_predict(x, w, b);
                classes.into_iter().map(|c| c.max(0)).collect()
            }
        ),
        mutant!(
            perceptron.margin_and_radius / "not_normalised",
            "the margin is not divided by |(w, b)|",
            |x, y, w, b| {
                let size = length(&w, b);
                let m = reference::margin_and_radius(x, y, w, b);
                MarginAndRadius {
                    margin: m.margin * size,
                    ..m
                }
            }
        ),
        mutant!(
            perceptron.margin_and_radius / "norm_without_bias",
            "the margin is divided by |w|",
            |x, y, w, b| {
                let factor = length(&w, b) / length(&w, 0.0);
                let m = reference::margin_and_radius(x, y, w, b);
                MarginAndRadius {
                    margin: m.margin * factor,
                    ..m
                }
            }
        ),
        mutant!(
            perceptron.margin_and_radius / "ignores_labels",
            "the margin is the smallest distance, never negative",
            |x, y, w, b| {
                let y = match reference::perceptron_predict(x.clone(), w.clone(), b) {
                    predicted if predicted.len() == y.len() => predicted,
                    _ => y,
                };
                reference::margin_and_radius(x, y, w, b)
            }
        ),
        mutant!(
            perceptron.margin_and_radius / "radius_without_one",
            "the radius leaves out the constant input",
            |x, y, w, b| {
                let m = reference::margin_and_radius(x, y, w, b);
                MarginAndRadius {
                    radius: (m.radius.powi(2) - 1.0).sqrt(),
                    ..m
                }
            }
        ),
        mutant!(
            perceptron.novikoff_bound / "not_squared",
            "radius / margin",
            |radius, margin| radius / margin
        ),
        mutant!(
            perceptron.novikoff_bound / "inverted",
            "(margin / radius)^2",
            |radius, margin| reference::novikoff_bound(margin, radius)
        ),
    ]
}

fn length(w: &[f64], b: f64) -> f64 {
    (w.iter().map(|w| w * w).sum::<f64>() + b * b).sqrt()
}

#[derive(Clone, Copy, PartialEq)]
enum Bug {
    MovesOnCorrect,
    StrictlyBelowZero,
    NoBias,
    BiasWithoutRate,
    NoLabel,
    BatchUpdate,
}

/// Rosenblatt's rule with one bug inside its loop.
fn fit(
    bug: Bug,
    points: &[Vec<f64>],
    labels: &[i32],
    order: &[usize],
    rate: f64,
    max_epochs: usize,
) -> PerceptronFit {
    let mut fit = PerceptronFit {
        weights: vec![0.0; points[0].len()],
        bias: 0.0,
        mistakes_per_epoch: vec![],
        converged: None,
    };
    let (mut new_weights, mut new_bias) = (fit.weights.clone(), 0.0);
    while fit.converged.is_none() && fit.mistakes_per_epoch.len() < max_epochs {
        let mut mistakes = 0;
        for &i in order {
            let (x, y) = (&points[i], f64::from(labels[i]));
            let score = y * (dot(x, &fit.weights) + fit.bias);
            let wrong = score < 0.0 || (score == 0.0 && bug != Bug::StrictlyBelowZero);
            mistakes += usize::from(wrong);
            if wrong || bug == Bug::MovesOnCorrect {
                let y = if bug == Bug::NoLabel { 1.0 } else { y };
                for (w, x) in new_weights.iter_mut().zip(x) {
                    *w += rate * y * x;
                }
                new_bias += match bug {
                    Bug::NoBias => 0.0,
                    Bug::BiasWithoutRate => y,
                    _ => rate * y,
                };
            }
            if bug != Bug::BatchUpdate {
                (fit.weights, fit.bias) = (new_weights.clone(), new_bias);
            }
        }
        (fit.weights, fit.bias) = (new_weights.clone(), new_bias);
        fit.mistakes_per_epoch.push(mistakes);
        fit.converged = (mistakes == 0).then_some(fit.mistakes_per_epoch.len());
    }
    fit
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
