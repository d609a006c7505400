//! `train cifar`: a network under a budget, trained by your own recipe.

mod recipe;

use burn::tensor::{Device, Int, Tensor};
use common::contract::a2::{CifarBudget, CifarRecipe, CifarState, CropFlip};
use common::data::{self, Images, Split};
use common::nn::{Parameters, single};
use common::rng::Rng;
use common::train::{
    Average, Batch, Lab, LabOptions, Metrics, Plan, Predictions, Run, Target, Trained, fit,
};

use super::class_names::class_names;
use super::students::students;
use crate::parts::cifar::{cifar_budget, cifar_init, cifar_predict, recipe_step};

/// The lab.
pub const LAB: Lab = Lab {
    name: "cifar",
    about: "at most a million parameters, by your own recipe: 70 % of cifar10's test pictures right",
    run,
};

/// What the network may cost.
const PARAMETERS: usize = 1_000_000;
const PRODUCTS: usize = 40_000_000;
/// How many pictures go through the network at once where nothing is learned.
const AT_ONCE: usize = 250;
/// The share of test pictures that a correct implementation gets wrong at most.
fn target(data: &str) -> Option<f64> {
    match data {
        "cifar10" => Some(0.3),
        "colours32" => Some(0.05),
        _ => None,
    }
}

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("colours32");
    let target = Target {
        data: name,
        error: target(name),
        network: "network",
    };
    println!("{}", target.goal());
    let mut recipe = recipe::find(env!("CARGO_MANIFEST_DIR").as_ref())?;
    recipe.apply(options);
    students(try_every_function)?;

    let mut split = data::load(name)?;
    let pictures = split.test.clone(); // to be drawn as they are
    // By the toolkit and not by cifar_normalise: the sums over 50,000 pictures need double precision.
    split.normalise();
    let [channels, height, width] = split.train.shape();
    let (widths, classes) = (recipe.values.widths.clone(), split.train.classes);
    let budget = students(|| cifar_budget(widths, channels, classes, height.max(width)))?;
    println!("{}", split.about);
    println!("{}", costs(&budget));

    recipe.write(&options.out)?;
    let run = train(&split, name, &recipe.values, options)?;
    let predictions = predictions(&run.state, &split.test, &options.device)?;
    let trained = Trained {
        title: &format!("A network under a budget on {name}"),
        data: name,
        history: &run.history,
        predictions: &predictions,
        confusion: &predictions.confusion(classes),
        images: &pictures,
        classes: &class_names(name, classes),
    };
    trained.draw(&options.out)?;
    println!(
        "in {}: recipe.toml, curves, confusion, mistakes (.png and .svg), history (.csv and .json), checkpoint.bin",
        options.out.display()
    );
    println!("{}", target.verdict(&run));
    Ok(())
}

/// What the network costs, and whether it may.
fn costs(budget: &CifarBudget) -> String {
    let millions = |n: usize| n as f64 / 1e6;
    let (parameters, products) = (budget.parameters, budget.multiply_accumulates);
    let within = parameters <= PARAMETERS && products <= PRODUCTS;
    format!(
        "{:.2} million parameters and {:.1} million multiply-accumulates for a picture, {} the budget of {} and {} million",
        millions(parameters),
        millions(products),
        if within { "within" } else { "above" },
        millions(PARAMETERS),
        millions(PRODUCTS)
    )
}

/// Calls every function that the lab needs once, so that what is missing is said before the data are read.
fn try_every_function() {
    let device = Device::flex();
    let recipe = CifarRecipe {
        widths: vec![2],
        epochs: 1,
        batch_size: 2,
        peak_lr: 0.1,
        warmup: 0.0,
        momentum: 0.9,
        weight_decay: 0.0,
        smoothing: 0.0,
        padding: 1,
        flip: true,
    };
    let _ = cifar_budget(vec![2], 3, 10, 4);
    let state = new_state(&recipe, 3, 10, 0, &device);
    let x = single(Rng::new(0).normal_tensor([2, 3, 4, 4]), &device);
    let labels = Tensor::<1, Int>::from_ints([0, 1], &device);
    let mut rng = Rng::new(0);
    let draws = (0..2).map(|_| draw(&recipe, &mut rng)).collect();
    let state = recipe_step(state, x.clone(), labels, draws, recipe, 1).state;
    let _ = cifar_predict(state.net, state.running, x, 1);
}

fn new_state(
    recipe: &CifarRecipe,
    channels: usize,
    classes: usize,
    seed: u64,
    device: &Device,
) -> CifarState {
    let net = cifar_init(recipe.widths.clone(), channels, classes, seed);
    CifarState::new(single(net, device))
}

/// Where a picture is cut out of its padded self, and whether it is mirrored.
fn draw(recipe: &CifarRecipe, rng: &mut Rng) -> CropFlip {
    CropFlip {
        top: rng.between(0, 2 * recipe.padding),
        left: rng.between(0, 2 * recipe.padding),
        flip: recipe.flip && rng.below(2) == 1,
    }
}

fn train(
    split: &Split,
    name: &str,
    recipe: &CifarRecipe,
    options: &LabOptions,
) -> anyhow::Result<Run<CifarState>> {
    let (device, images) = (&options.device, &split.train);
    let plan = Plan {
        samples: images.len(),
        batch_size: recipe.batch_size,
        epochs: recipe.epochs,
        settings: format!("{name}, {recipe:?}"),
        ..Plan::of(options)
    };
    println!(
        "widths {:?}, {} epochs, batches of {}, learning rate {}, weight decay {}, smoothing {}, padding {}, flips: {}",
        recipe.widths,
        recipe.epochs,
        recipe.batch_size,
        recipe.peak_lr,
        recipe.weight_decay,
        recipe.smoothing,
        recipe.padding,
        recipe.flip
    );
    let mut run: Run<CifarState> = if options.resume {
        Run::resume(&plan)?
    } else {
        let (channels, classes) = (images.channels, images.classes);
        Run::new(students(|| {
            new_state(recipe, channels, classes, plan.seed, device)
        })?)
    };
    run.state = on(run.state, device);

    let steps = plan.epochs * plan.samples.div_ceil(plan.batch_size);
    let step = |state: CifarState, mut batch: Batch<'_>| {
        let (x, labels) = images.batch(batch.samples, device);
        let draws = batch.samples.iter().map(|_| draw(recipe, &mut batch.rng));
        let step = recipe_step(state, x, labels, draws.collect(), recipe.clone(), steps);
        let metrics = Metrics::over(batch.samples.len()).with("loss", step.loss);
        (step.state, metrics)
    };
    let evaluate = |state: &CifarState| evaluate(state, &split.test, device);
    Ok(students(|| fit(run, &plan, step, evaluate))??)
}

/// The state on another device.
fn on(state: CifarState, device: &Device) -> CifarState {
    let mut moved = |tensor: Tensor<1>| tensor.to_device(device);
    CifarState {
        net: state.net.map(&mut moved),
        velocity: state.velocity.map(&mut moved),
        running: state.running.map(&mut moved),
        step: state.step,
    }
}

/// The logarithms of the probabilities of pictures.
fn log_probabilities(state: &CifarState, x: Tensor<4>) -> Tensor<2> {
    let (net, running) = (state.net.clone(), state.running.clone());
    // A class that is sure to be wrong has the probability 0 in single precision.
    cifar_predict(net, running, x, AT_ONCE)
        .clamp_min(1e-30)
        .log()
}

fn predictions(
    state: &CifarState,
    images: &Images,
    device: &Device,
) -> anyhow::Result<Predictions> {
    students(|| Predictions::of(images, device, |x| log_probabilities(state, x)))
}

/// Loss and error over all of `images`. The loss has no smoothing in it.
fn evaluate(state: &CifarState, images: &Images, device: &Device) -> Average {
    let mut average = Average::new();
    for (x, labels) in images.in_order(AT_ONCE, device) {
        let n = labels.dims()[0];
        let log_p = log_probabilities(state, x);
        let right = log_p.clone().gather(1, labels.clone().unsqueeze_dim(1));
        let (answers, labels) = (log_p.argmax(1).into_data(), labels.into_data());
        let pairs = answers.iter::<i64>().zip(labels.iter::<i64>());
        let wrong = pairs.filter(|(answer, label)| answer != label).count();
        let metrics = Metrics::over(n)
            .with("loss", -right.mean().into_scalar::<f64>())
            .with("error", wrong as f64 / n as f64);
        average.add(&metrics);
    }
    average
}
