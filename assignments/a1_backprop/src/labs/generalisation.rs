//! `train generalisation`: when does a fit generalise? Three experiments in one picture.
//!
//! Double descent over the width of random features, an MLP on true and on random labels, a learning curve.

use std::time::Instant;

use anyhow::bail;
use common::data;
use common::plot::{self, Panel, Scale, scaled_curves};
use common::train::{Lab, LabOptions};

use super::experiment::{Curve, Experiment, Point, Problem, Settings};
use super::random_labels::{self, Fit};
use super::students::{students, try_every_function, try_generalisation};

/// The lab.
pub const LAB: Lab = Lab {
    name: "generalisation",
    about: "double descent, random labels and a learning curve: the error peaks where width = samples, and random labels are learned by heart",
    run,
};

/// The share of random labels that the MLP may still get wrong, where guessing gets 0.9 wrong. Zip codes of one
/// digit are so alike that the last per cents take long.
const LEARNED: f64 = 0.05;
/// How far the peak may be from the interpolation threshold, as a share of it.
const NEAR: f64 = 0.1;
/// Errors below this are zero up to rounding and are not drawn: the axis is logarithmic.
const ZERO: f64 = 1e-4;

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits16");
    println!(
        "target: the test error of random features on {name} peaks where there are as many as samples, and falls \
         below its first minimum after that; an MLP learns random labels to at most {} % training error",
        100.0 * LEARNED
    );
    if options.resume {
        bail!(
            "this lab takes less than a minute and saves no checkpoint: start it without --resume"
        );
    }
    students(try_every_function)?;
    students(try_generalisation)?;

    let clock = Instant::now();
    let mut split = data::load(name)?;
    split.normalise();
    println!("{}", split.about);
    let settings = Settings::new(name, options.seed, &split);

    let problem = students(|| Problem::draw(&settings, &split))?;
    let double_descent = students(|| problem.measure(Curve::DoubleDescent, &settings.widths))?;
    show("double descent, features", &double_descent);
    let selected = students(|| problem.select())?;
    println!(
        "the validation samples choose {} features: validation error {:.4}, test error {:.4}",
        selected.width, selected.validation_error, selected.test_error
    );
    let learning_curve = students(|| problem.measure(Curve::LearningCurve, &settings.sizes))?;
    show("learning curve, samples", &learning_curve);

    let mut random_labels = Vec::new();
    for share in [0.0, 1.0] {
        let fit = random_labels::train(&split, share, options)?;
        let (train, test) = fit.errors();
        println!(
            "an MLP {:?} on {} samples with {} % random labels, {} epochs: training error {:.2} %, test error {:.2} %",
            fit.layers,
            fit.samples,
            100.0 * share,
            fit.train_error.len(),
            100.0 * train,
            100.0 * test
        );
        random_labels.push(fit);
    }

    let experiment = Experiment {
        settings,
        double_descent,
        selected,
        learning_curve,
        random_labels,
    };
    experiment.write(&options.out.join("experiment.json"))?;
    scaled_curves(&format!("Generalisation on {name}"), &panels(&experiment))?
        .save(options.out.join("generalisation"))?;
    println!(
        "in {}: generalisation (.png and .svg), experiment.json",
        options.out.display()
    );
    println!("{}", verdict(&experiment, clock.elapsed().as_secs_f64()));
    Ok(())
}

/// A curve as a table.
fn show(name: &str, points: &[Point]) {
    println!("{name:>24}  training error  test error");
    for point in points {
        println!(
            "{:>24}  {:>14.4}  {:>10.4}",
            point.x, point.train_error, point.test_error
        );
    }
}

/// The point with the largest test error.
fn peak(points: &[Point]) -> Option<&Point> {
    let by_error = |a: &&Point, b: &&Point| a.test_error.total_cmp(&b.test_error);
    points.iter().max_by(by_error)
}

/// The last line: what came out, and whether that was to come out.
fn verdict(experiment: &Experiment, seconds: f64) -> String {
    let (points, n) = (&experiment.double_descent, experiment.settings.samples);
    let (Some(peak), Some(last)) = (peak(points), points.last()) else {
        return "nothing was measured".into();
    };
    let before = points.iter().filter(|point| point.x < n);
    let first_minimum = before.map(|p| p.test_error).fold(f64::INFINITY, f64::min);
    let errors: Vec<(f64, f64)> = experiment.random_labels.iter().map(Fit::errors).collect();
    let (memorised, _) = errors.last().copied().unwrap_or((f64::NAN, f64::NAN));

    let reached = (peak.x as f64 - n as f64).abs() <= NEAR * n as f64
        && last.test_error < first_minimum
        && memorised <= LEARNED;
    format!(
        "the test error is {:.3} before, {:.3} at {} features for {n} samples, {:.3} at {}; random labels are learned \
         to {:.2} %, in {seconds:.1} s: the target is {}reached",
        first_minimum,
        peak.test_error,
        peak.x,
        last.test_error,
        last.x,
        100.0 * memorised,
        if reached { "" } else { "not " }
    )
}

fn panels(experiment: &Experiment) -> [(Panel, [Scale; 2]); 3] {
    let settings = &experiment.settings;
    let log = [Scale::Log; 2];
    let double_descent = Panel {
        y_label: "double descent: mean squared error".into(),
        x_label: format!("random features, for {} samples", settings.samples),
        curves: errors(&experiment.double_descent),
    };
    let learning_curve = Panel {
        y_label: "learning curve: mean squared error".into(),
        x_label: format!("samples, for {} random features", settings.width),
        curves: errors(&experiment.learning_curve),
    };
    let memorised = Panel {
        y_label: "an MLP on true and on random labels: error, %".into(),
        x_label: "epoch".into(),
        curves: experiment.random_labels.iter().flat_map(epochs).collect(),
    };
    [
        (double_descent, log),
        (memorised, [Scale::Linear; 2]),
        (learning_curve, log),
    ]
}

fn errors(points: &[Point]) -> Vec<plot::Curve> {
    let curve = |name: &str, error: fn(&Point) -> f64| {
        let all = points.iter().map(|point| (point.x as f64, error(point)));
        plot::Curve {
            name: name.into(),
            points: all.filter(|(_, error)| *error > ZERO).collect(),
        }
    };
    vec![
        curve("train", |point| point.train_error),
        curve("test", |point| point.test_error),
    ]
}

/// Both errors of a training run, epoch by epoch, in per cent.
fn epochs(fit: &Fit) -> [plot::Curve; 2] {
    let labels = if fit.share > 0.0 { "random" } else { "true" };
    [("train", &fit.train_error), ("test", &fit.test_error)].map(|(set, errors)| plot::Curve {
        name: format!("{labels}, {set}"),
        points: (1..)
            .zip(errors)
            .map(|(epoch, error)| (f64::from(epoch), 100.0 * error))
            .collect(),
    })
}
