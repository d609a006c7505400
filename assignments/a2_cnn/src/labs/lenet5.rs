//! `train lenet5`: what is called LeNet today, made of your functions.

use burn::tensor::activation::log_softmax;
use burn::tensor::{DType, Device, Int, Tensor};
use common::contract::a2::ModernLenet5Parameters;
use common::data::{Images, Split};
use common::nn::{
    Adam, AdamState, Parameters, cross_entropy, detach, kaiming_normal, single,
    value_and_gradient_with,
};
use common::rng::Rng;
use common::train::{
    AT_ONCE, Average, Batch, Interrupt, Lab, LabOptions, Metrics, Plan, Predictions, Run, Target,
    Trained, digit_names, fit,
};

use super::digits::{load, students};
use crate::parts::lenet5::{ladder_shift, lenet5_input, lenet5_modern};

/// The lab.
pub const LAB: Lab = Lab {
    name: "lenet5",
    about: "LeNet-5 in its modern form: 0.95 % test error on mnist, as in 1998",
    run,
};

const BATCH_SIZE: usize = 64;
/// Of the first step; it falls to nothing along a cosine.
const LR: f64 = 3e-3;
/// Training digits are shifted by up to this many pixels, anew each time.
const SHIFT: usize = 2;

/// What the lab does when it is not told otherwise.
struct Defaults {
    /// The share of test images that the network gets wrong at most.
    target: Option<f64>,
    epochs: usize,
}

fn defaults(data: &str) -> Defaults {
    let (target, epochs) = match data {
        "mnist" => (Some(0.0095), 5),
        "zipcode" => (Some(0.04), 15),
        "digits16" | "digits28" => (Some(0.015), 10),
        _ => (None, 10),
    };
    Defaults { target, epochs }
}

/// What a step changes.
type State = (ModernLenet5Parameters, AdamState<ModernLenet5Parameters>);

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits28");
    let defaults = defaults(name);
    let target = Target {
        data: name,
        error: defaults.target,
        network: "LeNet-5",
    };
    println!("{}", target.goal());
    students(try_every_function)?;
    let split = load(name)?;
    println!("{}", split.about);

    let run = train(&split, name, defaults.epochs, options)?;
    let (out, device) = (options.out.as_path(), &options.device);
    let predictions = students(|| {
        Predictions::of(&split.test, device, |x| {
            log_softmax(lenet5_modern(run.state.0.clone(), lenet5_input(x)), 1)
        })
    })?;
    let trained = Trained {
        title: &format!("LeNet-5 on {name}"),
        data: name,
        history: &run.history,
        predictions: &predictions,
        confusion: &predictions.confusion(split.test.classes),
        images: &split.test,
        classes: &digit_names(split.test.classes),
    };
    trained.draw(out)?;
    println!(
        "in {}: curves, confusion, mistakes (.png and .svg), history (.csv and .json), checkpoint.bin",
        out.display()
    );
    println!("{}", target.verdict(&run));
    Ok(())
}

/// Calls every function that the lab needs once, so that what is missing is said before the data are read.
fn try_every_function() {
    let device = Device::flex();
    let images = Tensor::<4>::zeros([1, 1, 12, 12], (&device, DType::F32));
    let moved = ladder_shift(images, vec![[1, 0]], 0.0);
    let parameters = single(init(12, 12, 0), &device);
    let _ = lenet5_modern(parameters, lenet5_input(moved));
}

/// Weights by He et al. 2015 for images of `height` x `width` pixels before the padding.
fn init(height: usize, width: usize, seed: u64) -> ModernLenet5Parameters {
    let side = |pixels: usize| (pixels + 4 - 12) / 4;
    let n4 = 16 * side(height) * side(width);
    let mut rng = Rng::named(seed, "LeNet-5");
    let zeros = |n: usize| Tensor::zeros([n], (&Device::flex(), DType::F64));
    ModernLenet5Parameters {
        c1_weight: kaiming_normal(&mut rng, [6, 1, 5, 5], 25),
        c1_bias: zeros(6),
        c3_weight: kaiming_normal(&mut rng, [16, 6, 5, 5], 150),
        c3_bias: zeros(16),
        c5_weight: kaiming_normal(&mut rng, [n4, 120], n4),
        c5_bias: zeros(120),
        f6_weight: kaiming_normal(&mut rng, [120, 84], 120),
        f6_bias: zeros(84),
        out_weight: kaiming_normal(&mut rng, [84, 10], 84),
        out_bias: zeros(10),
    }
}

fn train(
    split: &Split,
    name: &str,
    epochs: usize,
    options: &LabOptions,
) -> anyhow::Result<Run<State>> {
    let (device, images) = (&options.device, &split.train);
    let lr = options.lr.unwrap_or(LR);
    let plan = Plan {
        samples: images.len(),
        batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
        epochs: options.epochs.unwrap_or(epochs),
        seed: options.seed,
        settings: format!(
            "modern LeNet-5 on {name}, Adam with learning rate {lr} along a cosine, shifts of up to {SHIFT} pixels"
        ),
        folder: Some(options.out.clone()),
        early_stopping: None,
        interrupt: Interrupt::on_ctrl_c(),
        quiet: false,
    };
    println!("{}, {} epochs", plan.settings, plan.epochs);
    let mut run: Run<State> = if options.resume {
        Run::resume(&plan)?
    } else {
        let [_, height, width] = images.shape();
        let parameters = single(init(height, width, plan.seed), device);
        let state = AdamState::new(&parameters);
        Run::new((parameters, state))
    };
    run.state = on(run.state, device);

    let steps = plan.epochs * plan.samples.div_ceil(plan.batch_size.max(1));
    let step = |(parameters, state): State, mut batch: Batch<'_>| {
        let (x, labels) = images.batch(batch.samples, device);
        let shifts = (0..batch.samples.len()).map(|_| random_shift(&mut batch.rng));
        let x = lenet5_input(ladder_shift(x, shifts.collect(), 0.0));
        let ((loss, logits), gradients) = value_and_gradient_with(&parameters, |parameters| {
            let logits = lenet5_modern(parameters.clone(), x);
            let loss = cross_entropy(logits.clone(), labels.clone(), 0.0);
            (loss, detach(logits))
        });
        let done = batch.epoch * steps / plan.epochs + batch.step;
        let adam = Adam::new(cosine(lr, done, steps));
        let metrics = Metrics::over(batch.samples.len())
            .with("loss", loss)
            .with("error", error(logits, labels));
        (adam.step(parameters, gradients, state), metrics)
    };
    let evaluate = |(parameters, _): &State| evaluate(parameters, &split.test, device);
    Ok(students(|| fit(run, &plan, step, evaluate))??)
}

/// The state on another device.
fn on((parameters, state): State, device: &Device) -> State {
    let moved = |p: ModernLenet5Parameters| p.map(&mut |tensor| tensor.to_device(device));
    let state = AdamState {
        step: state.step,
        first: moved(state.first),
        second: moved(state.second),
    };
    (moved(parameters), state)
}

/// A pair of shifts in pixels, each up to `SHIFT` in either direction.
fn random_shift(rng: &mut Rng) -> [i64; 2] {
    let mut pixels = || rng.between(0, 2 * SHIFT) as i64 - SHIFT as i64;
    [pixels(), pixels()]
}

/// The rate of a step: from `lr` to 0 along half a cosine (Loshchilov & Hutter 2017).
fn cosine(lr: f64, step: usize, steps: usize) -> f64 {
    let share = step as f64 / steps.max(1) as f64;
    lr * (1.0 + (std::f64::consts::PI * share).cos()) / 2.0
}

/// The share of rows whose largest logit is not that of the label.
fn error(logits: Tensor<2>, labels: Tensor<1, Int>) -> f64 {
    let n = labels.dims()[0] as f64;
    let answers: Tensor<1, Int> = logits.argmax(1).squeeze_dim(1);
    answers.not_equal(labels).int().sum().into_scalar::<f64>() / n
}

/// Loss and error over all of `images`.
fn evaluate(parameters: &ModernLenet5Parameters, images: &Images, device: &Device) -> Average {
    let mut average = Average::new();
    for (x, labels) in images.in_order(AT_ONCE, device) {
        let n = labels.dims()[0];
        let logits = lenet5_modern(parameters.clone(), lenet5_input(x));
        let loss = cross_entropy(logits.clone(), labels.clone(), 0.0);
        average.add(
            &Metrics::over(n)
                .with("loss", loss.into_scalar::<f64>())
                .with("error", error(logits, labels)),
        );
    }
    average
}
