//! `train alexnet`: what AlexNet added to LeNet, in a small network made of the functions of A2.6, beside a linear
//! classifier on the same pictures.

mod network;
mod scores;

use anyhow::{anyhow, ensure};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor};
use common::contract::a2::MiniAlexnet;
use common::data::{self, Images, Split};
use common::nn::{cross_entropy, single};
use common::rng::Rng;
use common::train::{
    AT_ONCE, Average, Batch, History, Lab, LabOptions, Metrics, Plan, Predictions, Run, Trained,
    fit,
};

use self::network::{
    Linear, alexnet_logits, augmented, components, linear_logits, middle, new_alexnet, new_linear,
    window,
};
use self::scores::{Score, scores, table};
use super::class_names::class_names;
use super::filter_pictures::draw_kernels;
use super::learner::{self, Learner};
use super::students::students;
use crate::parts::alexnet::top_k_errors;

/// The lab.
pub const LAB: Lab = Lab {
    name: "alexnet",
    about: "a small AlexNet: 15 points fewer mistakes than a linear classifier, on cifar10 and on digits in colour",
    run,
};

/// By which share of the test pictures the network should be better.
fn target(data: &str) -> Option<f64> {
    match data {
        "cifar10" | "colours32" => Some(0.15),
        _ => None,
    }
}

/// Channels of the convolutions, and units of the hidden layer.
const WIDTHS: [usize; 3] = [16, 32, 64];
const BATCH_SIZE: usize = 64;
const LR: f64 = 2e-3;
/// What suits a linear classifier of some thousand pixels.
const LINEAR_LR: f64 = 2e-4;

/// What a step changes.
type State = (Learner<Linear>, Learner<MiniAlexnet>);

fn epochs(data: &str) -> usize {
    match data {
        "cifar10" => 3,
        _ => 4,
    }
}

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("colours32");
    let target = target(name);
    println!("{}", goal(name, target));
    let widths = widths(options)?;
    students(try_every_function)?;

    let mut split = data::load(name)?;
    let shown = split.test.clone(); // to be drawn as they are
    split.normalise();
    println!("{}", split.about);
    let new = new_alexnet(
        split.train.shape(),
        widths,
        split.train.classes,
        options.seed,
    );
    let before = new.conv1_weight.clone();
    let run = train(&split, name, new, widths, options)?;

    let (out, device) = (options.out.as_path(), &options.device);
    let ((linear, _), (alexnet, _)) = &run.state;
    let size = window(split.test.shape());
    let log_probabilities = |x| log_softmax(alexnet_logits(alexnet, middle(x, size)), 1);
    let predictions = students(|| Predictions::of(&split.test, device, log_probabilities))?;
    let trained = Trained {
        title: &format!("A small AlexNet on {name}"),
        data: name,
        history: &run.history,
        predictions: &predictions,
        confusion: &predictions.confusion(split.test.classes),
        images: &shown,
        classes: &class_names(name, split.test.classes),
    };
    trained.draw(out)?;
    draw_kernels(&before, &alexnet.conv1_weight, out)?;
    let scores = students(|| scores(linear, alexnet, &split.test, device))?;
    println!("{}", table(&scores));
    println!(
        "in {}: kernels, curves, confusion, mistakes (.png and .svg), history (.csv and .json), checkpoint.bin",
        out.display()
    );
    println!("{}", verdict(&scores, target, &run.history));
    Ok(())
}

/// `--hidden`: the second convolution has two groups, so the channels are even.
fn widths(options: &LabOptions) -> anyhow::Result<[usize; 3]> {
    let Some(hidden) = &options.hidden else {
        return Ok(WIDTHS);
    };
    let [first, second, units] = <[usize; 3]>::try_from(hidden.as_slice()).map_err(|_| {
        anyhow!("--hidden takes the channels of two convolutions and the units of a dense layer here, as in 16,32,64")
    })?;
    ensure!(
        first % 2 == 0 && second % 2 == 0,
        "the channels are divided into two groups, so {first} and {second} have to be even"
    );
    Ok([first, second, units])
}

/// Calls every function that the lab needs once, so that what is missing is said before the data are read.
fn try_every_function() {
    let device = Device::flex();
    let shape = [3, 15, 15];
    let images = Images {
        pixels: vec![0.5; 2 * 3 * 15 * 15],
        height: 15,
        width: 15,
        channels: 3,
        labels: vec![0, 1],
        classes: 2,
    };
    let alexnet = single(new_alexnet(shape, [2, 2, 2], 2, 0), &device);
    let linear = single(new_linear(shape, 2), &device);
    let (x, labels) = images.batch(&[0, 1], &device);
    let light = components(&images, &device);
    let x = augmented(x, window(shape), &light, &mut Rng::new(0));
    let _ = cross_entropy(alexnet_logits(&alexnet, x), labels, 0.0);
    let _ = scores(&linear, &alexnet, &images, &device);
}

fn train(
    split: &Split,
    name: &str,
    new: MiniAlexnet,
    widths: [usize; 3],
    options: &LabOptions,
) -> anyhow::Result<Run<State>> {
    let (device, images) = (&options.device, &split.train);
    let lr = options.lr.unwrap_or(LR);
    let plan = Plan {
        samples: images.len(),
        batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
        epochs: options.epochs.unwrap_or_else(|| epochs(name)),
        settings: format!(
            "a small AlexNet {widths:?} on {name}, Adam with learning rate {lr}, and a linear one with {LINEAR_LR}"
        ),
        ..Plan::of(options)
    };
    println!("{}, {} epochs", plan.settings, plan.epochs);
    let mut run: Run<State> = match options.resume {
        true => Run::resume(&plan)?,
        false => Run::new((
            learner::new(new_linear(images.shape(), images.classes), device),
            learner::new(new, device),
        )),
    };
    let (linear, alexnet) = run.state;
    run.state = (learner::on(linear, device), learner::on(alexnet, device));

    let size = window(images.shape());
    let light = students(|| components(images, device))?;
    let step = |(linear, alexnet): State, mut batch: Batch<'_>| {
        let (x, labels) = images.batch(batch.samples, device);
        let (linear, _) = learner::step(linear, LINEAR_LR, |linear| {
            cross_entropy(linear_logits(linear, x.clone()), labels.clone(), 0.0)
        });
        let windows = augmented(x, size, &light, &mut batch.rng);
        let (alexnet, loss) = learner::step(alexnet, lr, |alexnet| {
            cross_entropy(alexnet_logits(alexnet, windows), labels, 0.0)
        });
        let metrics = Metrics::over(batch.samples.len()).with("loss", loss);
        ((linear, alexnet), metrics)
    };
    let evaluate = |state: &State| evaluate(state, &split.test, device);
    Ok(students(|| fit(run, &plan, step, evaluate))??)
}

/// Loss and error of the network on the windows in the middle of `images`, and the error of the linear classifier.
fn evaluate(((linear, _), (alexnet, _)): &State, images: &Images, device: &Device) -> Average {
    let mut average = Average::new();
    let size = window(images.shape());
    let error =
        |logits: Tensor<2>, labels: Tensor<1, Int>| top_k_errors(logits, labels, vec![1])[0];
    for (x, labels) in images.in_order(AT_ONCE, device) {
        let logits = alexnet_logits(alexnet, middle(x.clone(), size));
        let loss = cross_entropy(logits.clone(), labels.clone(), 0.0);
        average.add(
            &Metrics::over(labels.dims()[0])
                .with("loss", loss.into_scalar::<f64>())
                .with("error", error(logits, labels.clone()))
                .with("linear_error", error(linear_logits(linear, x), labels)),
        );
    }
    average
}

/// The first line: what is to be reached.
fn goal(data: &str, target: Option<f64>) -> String {
    match target {
        Some(share) => format!(
            "target: {} points fewer mistakes than a linear classifier on {data}",
            100.0 * share
        ),
        None => format!("{data} has no target: see how far your AlexNet comes"),
    }
}

/// The last line: by how much the network is better when it looks once, and whether that is enough.
fn verdict([linear, once, _]: &[Score; 3], target: Option<f64>, history: &History) -> String {
    let better = linear.top1 - once.top1;
    let result = format!(
        "with one window {:.1} points fewer mistakes than the linear classifier after {} epochs in {:.1} s",
        100.0 * better,
        history.rows.len(),
        history.seconds()
    );
    match target {
        None => result,
        Some(share) => {
            let not = if better >= share { "" } else { "not " };
            format!("{result}; the target, {}, is {not}reached", 100.0 * share)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::train::Row;

    #[test]
    fn the_target_is_a_distance_from_the_linear_classifier() {
        let score = |who, top1| Score {
            who,
            top1,
            top5: 0.0,
        };
        let scores = [
            score("linear", 0.625),
            score("once", 0.5),
            score("ten", 0.25),
        ];
        let mut history = History::new();
        history.rows.push(Row {
            epoch: 1,
            steps: 10,
            values: vec![],
            seconds: 2.5,
        });
        let verdict = |target| verdict(&scores, target, &history);
        let result = "with one window 12.5 points fewer mistakes than the linear classifier after 1 epochs in 2.5 s";
        assert_eq!(verdict(None), result);
        assert_eq!(
            verdict(Some(0.125)),
            format!("{result}; the target, 12.5, is reached")
        );
        assert_eq!(
            verdict(target("cifar10")),
            format!("{result}; the target, 15, is not reached")
        );
    }
}
