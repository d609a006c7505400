//! `train lenet5` and `train lenet5-1998`: LeNet-5 made of your functions, as it is known today and as it was.

mod modern;
mod original;

use burn::tensor::activation::log_softmax;
use burn::tensor::{DType, Device, Int, Tensor};
use common::contract::Wire;
use common::data::{Images, Split};
use common::nn::{Adam, AdamState, Parameters, detach, single, value_and_gradient_with};
use common::rng::Rng;
use common::train::{
    AT_ONCE, Average, Batch, Lab, LabOptions, Metrics, Plan, Predictions, Run, Target, Trained,
    digit_names, fit,
};

use self::modern::Modern;
use self::original::Original;
use super::digits::load;
use super::students::students;
use crate::parts::lenet5::{ladder_shift, lenet5_input};

/// The lab.
pub const LAB: Lab = Lab {
    name: "lenet5",
    about: "LeNet-5 in its modern form: 0.95 % test error on mnist, as in 1998",
    run: run::<Modern>,
};

/// The network of the paper.
pub const ORIGINAL: Lab = Lab {
    name: "lenet5-1998",
    about: "LeNet-5 as it was, with 60 links and outputs that are distances: 1.5 % test error on mnist",
    run: run::<Original>,
};

/// A form of LeNet-5.
trait Form {
    /// What it is called.
    const NAME: &'static str;
    /// What it learns.
    type Parameters: Parameters + Wire;

    /// What the lab does when it is not told otherwise.
    fn defaults(data: &str) -> Defaults;
    /// Before training, for images of `[height, width]` before the padding.
    fn init(size: [usize; 2], seed: u64) -> Self::Parameters;
    /// Scores of the classes `[n, 10]`, whose softmax are probabilities, for images as `lenet5_input` makes them.
    fn scores(parameters: &Self::Parameters, x: Tensor<4>) -> Tensor<2>;
    /// The loss of these scores.
    fn loss(scores: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1>;
}

/// What the lab does when it is not told otherwise.
struct Defaults {
    /// The share of test images that the network gets wrong at most.
    target: Option<f64>,
    epochs: usize,
    /// The rate of the first step; it falls to nothing along a cosine.
    lr: f64,
}

/// What a step changes.
type State<P> = (P, AdamState<P>);

const BATCH_SIZE: usize = 64;
/// Training digits are shifted by up to this many pixels, anew each time.
const SHIFT: usize = 2;

fn run<F: Form>(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits28");
    let defaults = F::defaults(name);
    let target = Target {
        data: name,
        error: defaults.target,
        network: "LeNet-5",
    };
    println!("{}", target.goal());
    students(try_every_function::<F>)?;
    let split = load(name)?;
    println!("{}", split.about);

    let run = train::<F>(&split, name, &defaults, options)?;
    let (out, device) = (options.out.as_path(), &options.device);
    let log_probabilities = |x| log_softmax(F::scores(&run.state.0, lenet5_input(x)), 1);
    let predictions = students(|| Predictions::of(&split.test, device, log_probabilities))?;
    let trained = Trained {
        title: &format!("{} on {name}", F::NAME),
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
fn try_every_function<F: Form>() {
    let device = Device::flex();
    let images = Tensor::<4>::zeros([1, 1, 12, 12], (&device, DType::F32));
    let labels = Tensor::<1, Int>::from_ints([3], &device);
    let x = lenet5_input(ladder_shift(images, vec![[1, 0]], 0.0));
    let parameters = single(F::init([12, 12], 0), &device);
    let _ = F::loss(F::scores(&parameters, x), labels);
}

fn train<F: Form>(
    split: &Split,
    name: &str,
    defaults: &Defaults,
    options: &LabOptions,
) -> anyhow::Result<Run<State<F::Parameters>>> {
    let (device, images) = (&options.device, &split.train);
    let lr = options.lr.unwrap_or(defaults.lr);
    let plan = Plan {
        samples: images.len(),
        batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
        epochs: options.epochs.unwrap_or(defaults.epochs),
        settings: format!(
            "{} on {name}, Adam with learning rate {lr} along a cosine, shifts of up to {SHIFT} pixels",
            F::NAME
        ),
        ..Plan::of(options)
    };
    println!("{}, {} epochs", plan.settings, plan.epochs);
    let mut run = if options.resume {
        Run::resume(&plan)?
    } else {
        let [_, height, width] = images.shape();
        let parameters = students(|| F::init([height, width], plan.seed))?;
        let parameters = single(parameters, device);
        let state = AdamState::new(&parameters);
        Run::new((parameters, state))
    };
    run.state = on(run.state, device);

    let per_epoch = plan.samples.div_ceil(plan.batch_size);
    let step = |(parameters, state): State<F::Parameters>, mut batch: Batch<'_>| {
        let (x, labels) = images.batch(batch.samples, device);
        let shifts = batch.samples.iter().map(|_| random_shift(&mut batch.rng));
        let x = lenet5_input(ladder_shift(x, shifts.collect(), 0.0));
        let ((loss, scores), gradients) = value_and_gradient_with(&parameters, |parameters| {
            let scores = F::scores(parameters, x);
            (F::loss(scores.clone(), labels.clone()), detach(scores))
        });
        let done = batch.epoch * per_epoch + batch.step;
        let adam = Adam::new(cosine(lr, done, plan.epochs * per_epoch));
        let metrics = Metrics::over(batch.samples.len())
            .with("loss", loss)
            .with("error", error(scores, labels));
        (adam.step(parameters, gradients, state), metrics)
    };
    let evaluate =
        |(parameters, _): &State<F::Parameters>| evaluate::<F>(parameters, &split.test, device);
    Ok(students(|| fit(run, &plan, step, evaluate))??)
}

/// The state on another device.
fn on<P: Parameters>((parameters, state): State<P>, device: &Device) -> State<P> {
    let moved = |p: P| p.map(&mut |tensor| tensor.to_device(device));
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

/// The share of rows whose largest score is not that of the label.
fn error(scores: Tensor<2>, labels: Tensor<1, Int>) -> f64 {
    let n = labels.dims()[0] as f64;
    let answers: Tensor<1, Int> = scores.argmax(1).squeeze_dim(1);
    answers.not_equal(labels).int().sum().into_scalar::<f64>() / n
}

/// Loss and error over all of `images`.
fn evaluate<F: Form>(parameters: &F::Parameters, images: &Images, device: &Device) -> Average {
    let mut average = Average::new();
    for (x, labels) in images.in_order(AT_ONCE, device) {
        let scores = F::scores(parameters, lenet5_input(x));
        let loss = F::loss(scores.clone(), labels.clone());
        average.add(
            &Metrics::over(labels.dims()[0])
                .with("loss", loss.into_scalar::<f64>())
                .with("error", error(scores, labels)),
        );
    }
    average
}
