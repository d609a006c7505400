//! `train detect`: a one-stage detector of digits, made of the functions of A2.11.

mod found;
mod network;
mod targets;

use std::path::Path;

use burn::tensor::Device;
use common::contract::a2::{Detection, TrueObject};
use common::data::scenes::{Scenes, scenes};
use common::plot::{Colour, Frame, Overlay, overlays};
use common::train::{Average, Batch, Lab, LabOptions, Metrics, Plan, fit};

use super::learner::{self, Learner};
use super::scene_sets::{Defaults, Goal, SIZE, SceneSets, draw_curves, picture, takes_no_data};
use crate::labs::students::students;
use crate::parts::detection::mean_average_precision;
use found::{found, objects};
use network::Network;
use targets::{Assigned, Targets};

/// The lab.
pub const LAB: Lab = Lab {
    name: "detect",
    about: "a one-stage detector on pictures of several digits; its mean average precision should be 0.9 or more",
    run: |options| run(options, &SceneSets::many(TRAIN, TEST), &MANY),
};

/// What to try first: a network that cannot learn eight pictures by heart will not learn from a thousand.
pub const EIGHT: Lab = Lab {
    name: "detect-eight",
    about: "the same detector learns eight pictures by heart; its mean average precision should be 0.95 or more",
    run: |options| run(options, &SceneSets::eight(), &BY_HEART),
};

const MANY: Defaults = Defaults {
    epochs: 8,
    batch_size: 16,
    target: 0.9,
};
const BY_HEART: Defaults = Defaults {
    epochs: 60,
    batch_size: 2,
    target: 0.95,
};

const TRAIN: usize = 1500;
const TEST: usize = 300;
const LR: f64 = 2e-3;
/// Channels of the layers below the head.
const CHANNELS: [usize; 3] = [16, 32, 48];
/// A detection is right from this IoU on.
const RIGHT: f64 = 0.5;
/// How many scenes are drawn, and how many in a row.
const SHOWN: usize = 8;
const COLUMNS: usize = 4;
/// Detections that are less sure are not drawn.
const DRAWN: f64 = 0.5;
/// The colours of what is there and of what was found.
const TRUTH: Colour = [86, 180, 233];
const FOUND: Colour = [213, 94, 0];

fn run(options: &LabOptions, sets: &SceneSets, defaults: &Defaults) -> anyhow::Result<()> {
    takes_no_data(options)?;
    let goal = Goal {
        measure: "mAP at an IoU of 0.5",
        value: defaults.target,
    };
    println!("{}", goal.words(sets.name));
    students(try_every_function)?;
    println!("{}", sets.about);

    let channels = options.hidden.as_deref().unwrap_or(&CHANNELS);
    let lr = options.lr.unwrap_or(LR);
    let plan = Plan {
        samples: sets.train.len(),
        batch_size: options.batch_size.unwrap_or(defaults.batch_size),
        epochs: options.epochs.unwrap_or(defaults.epochs),
        settings: format!(
            "one-stage detector, channels {channels:?}, on {}, Adam with learning rate {lr}",
            sets.name
        ),
        ..Plan::of(options)
    };
    println!("{}, {} epochs", plan.settings, plan.epochs);

    let device = &options.device;
    let network = Network::new(channels, options.seed);
    let run = learner::begin(network, &plan, options)?;
    let assigned = students(|| assign(&run.state.0, &sets.train, device))?;
    let step = |learner: Learner<Network>, batch: Batch<'_>| {
        let images = sets.train.batch(batch.samples, device);
        let targets = Targets::new(&assigned, batch.samples, device);
        let (learner, loss) = learner::step(learner, lr, |network| network.loss(images, &targets));
        (
            learner,
            Metrics::over(batch.samples.len()).with("loss", loss),
        )
    };
    let evaluate = |(network, _): &Learner<Network>| {
        let mut average = Average::new();
        let map = precision(network, &sets.test, device);
        average.add(&Metrics::over(sets.test.len()).with("map", map));
        average
    };
    let run = students(|| fit(run, &plan, step, evaluate))??;

    let out = options.out.as_path();
    if run.history.last().is_some() {
        draw_curves("A detector of digits", &run.history, ("map", "mAP"))?
            .save(out.join("curves"))?;
    }
    draw_detections(&run.state.0, sets, options)?;
    println!(
        "in {}: curves, detections (.png and .svg), history.csv, checkpoint.bin",
        out.display()
    );
    println!("{}", goal.verdict(&run.history, "test_map"));
    Ok(())
}

/// What the locations of each scene are to find.
fn assign(network: &Network, scenes: &Scenes, device: &Device) -> Vec<Assigned> {
    let locations = network.forward(scenes.batch(&[0], device)).locations;
    let each = scenes.digits.iter();
    each.map(|digits| Assigned::new(&locations, digits))
        .collect()
}

/// Calls every function that the lab needs once, so that what is missing is said before training.
fn try_every_function() {
    let device = Device::flex();
    let scenes = scenes(SIZE, 1, 0);
    let network = common::nn::single(Network::new(&[2], 0), &device);
    let assigned = assign(&network, &scenes, &device);
    let targets = Targets::new(&assigned, &[0], &device);
    let _ = network.loss(scenes.batch(&[0], &device), &targets);
    let _ = precision(&network, &scenes, &device);
}

/// The mean average precision of a network.
fn precision(network: &Network, scenes: &Scenes, device: &Device) -> f64 {
    let detections = found(network, scenes, device);
    mean_average_precision(detections, objects(scenes), RIGHT).unwrap_or(0.0)
}

/// Draws what is there and what was found on the first scenes of the test set.
fn draw_detections(
    network: &Network,
    sets: &SceneSets,
    options: &LabOptions,
) -> anyhow::Result<()> {
    let detections = students(|| found(network, &sets.test, &options.device))?;
    let objects = objects(&sets.test);
    let tile = |image: usize| {
        let truth = objects
            .iter()
            .filter(|object| object.image == image)
            .map(true_frame);
        let sure = |detection: &&Detection| detection.image == image && detection.score >= DRAWN;
        let seen = detections.iter().filter(sure).map(found_frame);
        Overlay {
            image: picture(&sets.test, image),
            frames: truth.chain(seen).collect(),
            caption: None,
        }
    };
    let shown = sets.test.len().min(SHOWN);
    let tiles: Vec<Overlay> = (0..shown).map(tile).collect();
    let legend = [
        ("what is there", TRUTH),
        ("what was found, with class and score", FOUND),
    ];
    let title = format!("The first {shown} test scenes");
    overlays(&title, &legend, &tiles, COLUMNS)?.save(Path::new(&options.out).join("detections"))?;
    Ok(())
}

fn true_frame(object: &TrueObject) -> Frame {
    Frame {
        corners: object.corners,
        colour: TRUTH,
        width: 4.0,
        label: None,
    }
}

fn found_frame(detection: &Detection) -> Frame {
    Frame {
        corners: detection.corners,
        colour: FOUND,
        width: 1.5,
        label: Some(format!("{} {:.2}", detection.class, detection.score)),
    }
}
