//! `train lenet1989`: the network of 1989, made of your functions, reads the zip codes of 1989.

use std::path::Path;

use anyhow::ensure;
use burn::tensor::{DType, Device, Int, Tensor};
use common::contract::a2::{Lenet1989Parameters, Lenet1989Rates, RejectPoint};
use common::data::{Images, Split};
use common::nn::single;
use common::plot::{Curve, Panel, curves};
use common::train::{
    AT_ONCE, Average, Batch, History, Lab, LabOptions, Metrics, Plan, Predictions, Run, Target,
    Trained, digit_names, fit,
};

use super::digits::{load, on_background};
use super::students::students;
use crate::parts::lenet1989::{
    lenet1989_forward, lenet1989_init, lenet1989_pass, reject_curve, reject_for_error, signed_mse,
};

/// The lab.
pub const LAB: Lab = Lab {
    name: "lenet1989",
    about: "the network of 1989, one digit at a time: 6 % test error on zipcode, 5 % was published",
    run,
};

/// The paper's number of passes.
const PASSES: usize = 23;
/// The rate of H2 and of the output layer in the first pass.
const LR: f64 = 0.04;
/// What is left of all rates after a pass: a tenth after 22.
const LEFT: f64 = 0.9;
/// How many digits go by between two looks at the clock. Each of them is a step of its own.
const AT_A_TIME: usize = 50;
/// The error that a post office may have wanted.
const WANTED: f64 = 0.01;

fn target(data: &str) -> Option<f64> {
    match data {
        "zipcode" => Some(0.06),
        "digits16" | "digits28" => Some(0.04),
        _ => None,
    }
}

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits16");
    let target = Target {
        data: name,
        error: target(name),
        network: "LeNet",
    };
    println!("{}", target.goal());
    ensure!(
        options.batch_size.is_none_or(|size| size == 1),
        "this network learns from one digit at a time: leave --batch-size out"
    );
    students(try_every_function)?;
    let split = load(name)?;
    println!("{}", split.about);

    let run = train(&split, name, options)?;
    let out = options.out.as_path();
    draw(&run, &split, name, options)?;
    println!(
        "in {}: curves, confusion, mistakes, rejects (.png and .svg), history (.csv and .json), checkpoint.bin",
        out.display()
    );
    println!("{}", target.verdict(&run));
    Ok(())
}

/// Calls every function that the lab needs once, so that what is missing is said before the data are read.
fn try_every_function() {
    let device = Device::flex();
    let images = Tensor::<4>::zeros([2, 1, 4, 4], (&device, DType::F32));
    let labels = Tensor::<1, Int>::from_ints([0, 1], &device);
    let parameters = single(lenet1989_init(4, 4, 0), &device);
    let pass = lenet1989_pass(parameters, images.clone(), labels.clone(), rates(LR, 0));
    let outputs = lenet1989_forward(pass.parameters, images);
    let _ = signed_mse(outputs.clone(), labels.clone());
    let _ = reject_for_error(reject_curve(outputs, labels), WANTED);
}

/// The rates in a pass, counted from 0, when H2 begins with `lr`.
///
/// In the paper each weight has a rate of its own, the smaller the more the error curves along it. By layers that comes to more
/// for H1 and less for H3: the second derivatives of a weight of H1, H2 and H3 are as 1 to 2 to 5 in the mean.
/// Those of the output layer are much larger; there a smaller rate was tried, and the error rose.
fn rates(lr: f64, pass: usize) -> Lenet1989Rates {
    let lr = lr * LEFT.powi(pass as i32);
    Lenet1989Rates {
        h1: 10.0 * lr,
        h2: lr,
        h3: lr / 10.0,
        out: lr,
    }
}

fn train(
    split: &Split,
    name: &str,
    options: &LabOptions,
) -> anyhow::Result<Run<Lenet1989Parameters>> {
    let (device, images) = (&options.device, &split.train);
    let lr = options.lr.unwrap_or(LR);
    let plan = Plan {
        samples: images.len(),
        batch_size: AT_A_TIME,
        epochs: options.epochs.unwrap_or(PASSES),
        settings: format!("LeNet 1989 on {name}, one digit at a time, learning rate {lr} at first"),
        ..Plan::of(options)
    };
    println!("{}, {} passes", plan.settings, plan.epochs);
    let mut run = if options.resume {
        Run::resume(&plan)?
    } else {
        let [_, height, width] = images.shape();
        Run::new(students(|| lenet1989_init(height, width, plan.seed))?)
    };
    run.state = single(run.state, device);

    let step = |parameters: Lenet1989Parameters, batch: Batch<'_>| {
        // In their own order, as in the paper, not in the shuffled one of the batch.
        let first = batch.step * AT_A_TIME;
        let samples: Vec<usize> = (first..first + batch.samples.len()).collect();
        let (x, labels) = images.batch(&samples, device);
        let rates = rates(lr, batch.epoch);
        let pass = lenet1989_pass(parameters, on_background(x), labels, rates);
        let metrics = Metrics::over(samples.len()).with("loss", pass.loss);
        (pass.parameters, metrics)
    };
    let evaluate = |parameters: &Lenet1989Parameters| evaluate(parameters, &split.test, device);
    Ok(students(|| fit(run, &plan, step, evaluate))??)
}

/// The outputs for all of `images`, with their labels.
fn outputs(
    parameters: &Lenet1989Parameters,
    images: &Images,
    device: &Device,
) -> (Tensor<2>, Tensor<1, Int>) {
    let batches = images.in_order(AT_ONCE, device);
    let (outputs, labels): (Vec<_>, Vec<_>) = batches
        .map(|(x, labels)| {
            let outputs = lenet1989_forward(parameters.clone(), on_background(x));
            (outputs, labels)
        })
        .unzip();
    (Tensor::cat(outputs, 0), Tensor::cat(labels, 0))
}

/// Loss and error over all of `images`.
fn evaluate(parameters: &Lenet1989Parameters, images: &Images, device: &Device) -> Average {
    let (outputs, labels) = outputs(parameters, images, device);
    let answers: Tensor<1, Int> = outputs.clone().argmax(1).squeeze_dim(1);
    let wrong = answers.not_equal(labels.clone()).int().sum();
    let mut average = Average::new();
    average.add(
        &Metrics::over(images.len())
            .with("loss", signed_mse(outputs, labels).into_scalar::<f64>())
            .with("error", wrong.into_scalar::<f64>() / images.len() as f64),
    );
    average
}

/// Writes all pictures, and says what rejecting costs.
fn draw(
    run: &Run<Lenet1989Parameters>,
    split: &Split,
    name: &str,
    options: &LabOptions,
) -> anyhow::Result<()> {
    let (out, device) = (options.out.as_path(), &options.device);
    // The outputs are no probabilities: their place between both limits stands for the certainty of an answer.
    let certainty = |x: Tensor<4>| {
        let outputs = lenet1989_forward(run.state.clone(), on_background(x));
        ((outputs / 1.7159 + 1.0) / 2.0).log()
    };
    let predictions = students(|| Predictions::of(&split.test, device, certainty))?;
    let title = format!("LeNet 1989 on {name}");
    let trained = Trained {
        title: &title,
        data: name,
        history: &run.history,
        predictions: &predictions,
        confusion: &predictions.confusion(split.test.classes),
        images: &split.test,
        classes: &digit_names(split.test.classes),
    };
    trained.draw(out)?;
    draw_curves(&title, &run.history, out)?;

    let wrong = wrong_answers(&run.state, &split.train, device)?;
    println!(
        "after training {} of {} training digits are wrong, and {} of {} test digits",
        wrong,
        split.train.len(),
        predictions.mistakes().len(),
        split.test.len()
    );
    let (curve, price) = students(|| {
        let (outputs, labels) = outputs(&run.state, &split.test, device);
        let curve = reject_curve(outputs, labels);
        (curve.clone(), reject_for_error(curve, WANTED))
    })?;
    match price {
        Some(share) => println!(
            "with {:.1} % of the test digits rejected at most {} % of the others are wrong",
            100.0 * share,
            100.0 * WANTED
        ),
        None => println!("no threshold leaves at most {} % wrong", 100.0 * WANTED),
    }
    draw_rejects(&title, &curve, out)
}

/// How many of `images` the network gets wrong.
fn wrong_answers(
    parameters: &Lenet1989Parameters,
    images: &Images,
    device: &Device,
) -> anyhow::Result<usize> {
    students(|| {
        let (outputs, labels) = outputs(parameters, images, device);
        let answers: Tensor<1, Int> = outputs.argmax(1).squeeze_dim(1);
        answers.not_equal(labels).int().sum().into_scalar::<i64>() as usize
    })
}

/// The curves of this network: its loss is no cross-entropy, and no error is measured in training.
fn draw_curves(title: &str, history: &History, out: &Path) -> anyhow::Result<()> {
    let curve = |name: &str, column: &str, factor: f64| Curve {
        name: name.into(),
        points: history
            .column(column)
            .into_iter()
            .map(|(epoch, y)| (epoch as f64, factor * y))
            .collect(),
    };
    let panel = |y_label: &str, curves: Vec<Curve>| Panel {
        y_label: y_label.into(),
        x_label: "pass".into(),
        curves,
    };
    let panels = [
        panel(
            "mean squared error",
            vec![
                curve("train", "train_loss", 1.0),
                curve("test", "test_loss", 1.0),
            ],
        ),
        panel("error, %", vec![curve("test", "test_error", 100.0)]),
    ];
    curves(title, &panels)?.save(out.join("curves"))?;
    Ok(())
}

/// The error by the share of rejected digits, as far as half of them, at every half per cent.
fn draw_rejects(title: &str, curve: &[RejectPoint], out: &Path) -> anyhow::Result<()> {
    let at = |percent: f64| curve.iter().find(|p| 100.0 * p.rejected >= percent);
    let points = (0..=100).filter_map(|i| at(f64::from(i) / 2.0));
    let points: Vec<_> = points
        .map(|p| (100.0 * p.rejected, 100.0 * p.error))
        .collect();
    let last = points.last().map_or(50.0, |(rejected, _)| *rejected);
    let panel = Panel {
        y_label: "error of the others, %".into(),
        x_label: "rejected, % of the test digits".into(),
        curves: vec![
            Curve {
                name: "LeNet".into(),
                points,
            },
            Curve {
                name: "wanted".into(),
                points: vec![(0.0, 100.0 * WANTED), (last, 100.0 * WANTED)],
            },
        ],
    };
    curves(&format!("{title}: what a reject buys"), &[panel])?.save(out.join("rejects"))?;
    Ok(())
}
