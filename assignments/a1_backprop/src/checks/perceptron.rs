//! Public checks of A1.1.

use common::check::{Check, Part, Tolerance, Verdict, close_values, ensure, equal, within};
use common::contract::Submission;
use common::contract::a1::Perceptron;
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.1",
    title: "The perceptron and its bound",
    module: "perceptron",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/perceptron.rs and write perceptron_predict first: one dot product per point.",
    hints: &[
        "Write a helper that gives w . x + b for one point; three of the four functions need it. Then \
         fit is two loops and one if.",
        "A point is a mistake when y (w . x + b) <= 0. The equals sign matters: at w = 0 every score \
         is 0, so with < nothing would ever move. Count mistakes per epoch, push the count, and stop \
         when it is 0.",
    ],
    hidden_checks: 7,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A1.1.
pub const CHECKS: &[Check] = &[
    Check {
        id: "perceptron/predict",
        part: "A1.1",
        points: 1,
        proves: "a point is +1 on the positive side of the plane, and -1 elsewhere, on the plane too",
        hint: "compute w . x + b and compare it with 0: > 0 is +1, everything else is -1",
        run: predict,
    },
    Check {
        id: "perceptron/or",
        part: "A1.1",
        points: 1,
        proves: "learning OR takes the very steps of the handout's table",
        hint: "follow the table of the handout, update by update; at w = 0 the score 0 is a mistake",
        run: or,
    },
    Check {
        id: "perceptron/separable",
        part: "A1.1",
        points: 1,
        proves: "points that a plane separates are learned without an error, in any order",
        hint: "stop after the first epoch without a mistake, and count that epoch too",
        run: separable,
    },
    Check {
        id: "perceptron/xor",
        part: "A1.1",
        points: 1,
        proves: "XOR, which no plane separates, ends after max_epochs without having converged",
        hint: "run at most max_epochs epochs; converged is Some only after an epoch without a mistake",
        run: xor,
    },
    Check {
        id: "perceptron/margin_and_radius",
        part: "A1.1",
        points: 1,
        proves: "margin and radius are those of Novikoff's theorem, with the bias as a coordinate",
        hint: "divide by |(w, b)|, not by |w|; the radius is the largest |(x, 1)|",
        run: margin_and_radius,
    },
    Check {
        id: "perceptron/novikoff_bound",
        part: "A1.1",
        points: 1,
        proves: "the bound is (radius / margin) squared",
        hint: "square the quotient",
        run: novikoff_bound,
    },
];

/// The corners of the unit square.
fn corners() -> Vec<Vec<f64>> {
    vec![
        vec![0.0, 0.0],
        vec![0.0, 1.0],
        vec![1.0, 0.0],
        vec![1.0, 1.0],
    ]
}

/// Three points, one of them on the plane.
fn predict(submission: &Submission, _: &mut Rng) -> Verdict {
    let points = vec![vec![2.0, 1.0], vec![3.0, 3.0], vec![-1.0, 3.0]];
    // The scores are 1, 0 and -4.
    let got = submission.perceptron_predict(points, vec![1.0, -1.0], 0.0)?;
    equal(&got, &vec![1, -1, -1]).map_err(|failure| {
        failure
            .about("perceptron_predict")
            .on_input("points [2, 1], [3, 3], [-1, 3], weights [1, -1], bias 0")
    })
}

/// The handout's table: OR is learned in 6 epochs with 9 mistakes.
fn or(submission: &Submission, _: &mut Rng) -> Verdict {
    let fit =
        submission.perceptron_fit(corners(), vec![-1, 1, 1, 1], vec![0, 1, 2, 3], 1.0, 100)?;
    let input = "points [0, 0], [0, 1], [1, 0], [1, 1], labels [-1, 1, 1, 1], order [0, 1, 2, 3], \
                 learning_rate 1, max_epochs 100";
    let check = || {
        equal(&fit.mistakes_per_epoch, &vec![3, 1, 2, 2, 1, 0])
            .map_err(|failure| failure.about("mistakes_per_epoch"))?;
        close_values(&fit.weights, &[2.0, 2.0], Tolerance::EXACT)
            .map_err(|failure| failure.about("weights"))?;
        within(fit.bias, -1.0, Tolerance::EXACT).map_err(|failure| failure.about("bias"))?;
        equal(&fit.converged, &Some(6)).map_err(|failure| failure.about("converged"))
    };
    check().map_err(|failure| failure.about("perceptron_fit").on_input(input))
}

/// Twenty points on both sides of a random line, none nearer to it than 0.1.
fn separable(submission: &Submission, rng: &mut Rng) -> Verdict {
    let angle = rng.uniform(0.0, std::f64::consts::TAU);
    let (normal, offset) = ([angle.cos(), angle.sin()], rng.uniform(-0.5, 0.5));
    let mut points = Vec::new();
    let mut labels = Vec::new();
    while points.len() < 20 {
        let point = vec![rng.uniform(-2.0, 2.0), rng.uniform(-2.0, 2.0)];
        let distance = point[0] * normal[0] + point[1] * normal[1] + offset;
        if distance.abs() > 0.1 {
            labels.push(if distance > 0.0 { 1 } else { -1 });
            points.push(point);
        }
    }
    let order = rng.permutation(points.len());
    let input = format!("points {points:.2?}\n  labels {labels:?}\n  order {order:?}");

    // The line itself has margin 0.1 / |(normal, offset)| or more, and the radius is at most 3, so
    // Novikoff allows fewer than 1200 mistakes and as many epochs.
    let fit = submission.perceptron_fit(points.clone(), labels.clone(), order, 0.5, 2000)?;
    let got = submission.perceptron_predict(points, fit.weights.clone(), fit.bias)?;
    ensure(fit.converged == Some(fit.mistakes_per_epoch.len()), || {
        format!(
            "perceptron_fit: converged is {:?} after {} epochs; a line separates the points, so it should \
             be the number of epochs",
            fit.converged,
            fit.mistakes_per_epoch.len()
        )
    })
    .and_then(|()| {
        ensure(fit.mistakes_per_epoch.last() == Some(&0), || {
            "perceptron_fit: the last epoch of a run that converged has 0 mistakes".into()
        })
    })
    .and_then(|()| {
        let wrong = (0..labels.len()).find(|&i| got.get(i) != Some(&labels[i]));
        ensure(wrong.is_none(), || {
            format!("perceptron_fit converged, but {wrong:?} is the index of a point on the wrong side")
        })
    })
    .map_err(|failure| failure.on_input(input))
}

/// XOR has no separating line, so there is a mistake in every epoch.
fn xor(submission: &Submission, _: &mut Rng) -> Verdict {
    let fit =
        submission.perceptron_fit(corners(), vec![-1, 1, 1, -1], vec![0, 1, 2, 3], 1.0, 50)?;
    let epochs = fit.mistakes_per_epoch.len();
    ensure(epochs == 50, || {
        format!("expected 50 epochs, got {epochs} in mistakes_per_epoch")
    })
    .and_then(|()| equal(&fit.converged, &None).map_err(|failure| failure.about("converged")))
    .and_then(|()| {
        ensure(!fit.mistakes_per_epoch.contains(&0), || {
            "an epoch of XOR counts 0 mistakes, which no line can do".into()
        })
    })
    .map_err(|failure| {
        failure.about("perceptron_fit").on_input(
            "points [0, 0], [0, 1], [1, 0], [1, 1], labels [-1, 1, 1, -1], learning_rate 1, max_epochs 50",
        )
    })
}

/// The plane that OR ends with: `|(2, 2, -1)| = 3`, smallest score 1, farthest corner `(1, 1, 1)`.
fn margin_and_radius(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.margin_and_radius(corners(), vec![-1, 1, 1, 1], vec![2.0, 2.0], -1.0)?;
    within(got.margin, 1.0 / 3.0, Tolerance::EXACT)
        .map_err(|failure| failure.about("margin"))
        .and_then(|()| {
            within(got.radius, 3_f64.sqrt(), Tolerance::EXACT)
                .map_err(|failure| failure.about("radius"))
        })
        .map_err(|failure| {
            failure.about("margin_and_radius").on_input(
                "points [0, 0], [0, 1], [1, 0], [1, 1], labels [-1, 1, 1, 1], weights [2, 2], bias -1",
            )
        })
}

/// The bound for OR, 27, and another one.
fn novikoff_bound(submission: &Submission, _: &mut Rng) -> Verdict {
    for (radius, margin, want) in [(3_f64.sqrt(), 1.0 / 3.0, 27.0), (5.0, 0.5, 100.0)] {
        let got = submission.novikoff_bound(radius, margin)?;
        within(got, want, Tolerance::EXACT).map_err(|failure| {
            failure
                .about("novikoff_bound")
                .on_input(format!("radius {radius}, margin {margin}"))
        })?;
    }
    Ok(())
}
