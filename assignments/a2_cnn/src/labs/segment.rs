//! `train segment`: a U-Net that says of every pixel to which digit it belongs, made of the functions of A2.12.

use burn::tensor::{Device, Int, Tensor};
use common::contract::a2::{Unet, UnetBlock, UnetConv};
use common::data::scenes::{CLASSES, Scenes, scenes};
use common::nn::{cross_entropy, kaiming_normal, single};
use common::plot::{Colour, Image, Overlay, PlotError, class_colour, overlays, painted};
use common::rng::Rng;
use common::train::{Average, Batch, Lab, LabOptions, Metrics, Plan, fit};

use super::learner::{self, Learner};
use super::scene_sets::{Defaults, Goal, SIZE, SceneSets, draw_curves, picture, takes_no_data};
use super::students::students;
use crate::parts::segmentation::{dice_loss, dice_scores, mean_iou, predict_masks, unet_forward};

/// The lab.
pub const LAB: Lab = Lab {
    name: "segment",
    about: "a U-Net on pictures of several digits, a class for each pixel; its mean IoU should be 0.85 or more",
    run: |options| run(options, &SceneSets::many(TRAIN, TEST), &MANY),
};

/// What to try first.
pub const EIGHT: Lab = Lab {
    name: "segment-eight",
    about: "the same U-Net learns eight pictures by heart; its mean IoU should be 0.9 or more",
    run: |options| run(options, &SceneSets::eight(), &BY_HEART),
};

const MANY: Defaults = Defaults {
    epochs: 10,
    batch_size: 8,
    target: 0.85,
};
const BY_HEART: Defaults = Defaults {
    epochs: 250,
    batch_size: 2,
    target: 0.9,
};

const TRAIN: usize = 1500;
const TEST: usize = 200;
const LR: f64 = 3e-3;
/// Channels of the blocks from the finest level down; the last is the bottom.
const CHANNELS: [usize; 3] = [8, 16, 32];
/// In the Dice loss.
const SMOOTH: f64 = 1.0;
/// Background, and the digits.
const MASKS: usize = CLASSES + 1;
/// How many scenes go through the network at once where nothing is learned.
const AT_ONCE: usize = 50;
/// How many scenes are drawn.
const SHOWN: usize = 6;

fn run(options: &LabOptions, sets: &SceneSets, defaults: &Defaults) -> anyhow::Result<()> {
    takes_no_data(options)?;
    let goal = Goal {
        measure: "mean IoU",
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
            "U-Net, channels {channels:?}, on {}, Adam with learning rate {lr}",
            sets.name
        ),
        ..Plan::of(options)
    };
    println!("{}, {} epochs", plan.settings, plan.epochs);

    let device = &options.device;
    let run = learner::begin(new_unet(channels, options.seed), &plan, options)?;
    let step = |learner: Learner<Unet>, batch: Batch<'_>| {
        let images = sets.train.batch(batch.samples, device);
        let masks = sets.train.mask_batch(batch.samples, device);
        let (learner, value) = learner::step(learner, lr, |unet| loss(unet, images, masks));
        (
            learner,
            Metrics::over(batch.samples.len()).with("loss", value),
        )
    };
    let evaluate = |(unet, _): &Learner<Unet>| {
        let mut average = Average::new();
        let masks = predicted(unet, &sets.test, device);
        let miou = mean_iou(masks, truth(&sets.test, device), MASKS).unwrap_or(0.0);
        average.add(&Metrics::over(sets.test.len()).with("miou", miou));
        average
    };
    let run = students(|| fit(run, &plan, step, evaluate))??;

    let out = options.out.as_path();
    if run.history.last().is_some() {
        draw_curves("A U-Net on digits", &run.history, ("miou", "mean IoU"))?
            .save(out.join("curves"))?;
    }
    let masks = students(|| predicted(&run.state.0, &sets.test, device))?;
    draw_masks(&sets.test, &masks)?.save(out.join("masks"))?;
    println!("{}", dice_line(masks, truth(&sets.test, device))?);
    println!(
        "in {}: curves, masks (.png and .svg), history.csv, checkpoint.bin",
        out.display()
    );
    println!("{}", goal.verdict(&run.history, "test_miou"));
    Ok(())
}

/// Calls every function that the lab needs once, so that what is missing is said before training.
fn try_every_function() {
    let device = Device::flex();
    let one = scenes(SIZE, 1, 0);
    let unet = single(new_unet(&[1, 1], 0), &device);
    let _ = loss(
        &unet,
        one.batch(&[0], &device),
        one.mask_batch(&[0], &device),
    );
    let _ = mean_iou(predicted(&unet, &one, &device), truth(&one, &device), MASKS);
    let _ = dice_scores(truth(&one, &device), truth(&one, &device), MASKS);
}

/// Cross-entropy says which class, and Dice sees to it that a digit of few pixels counts as much as the background.
fn loss(unet: &Unet, images: Tensor<4>, masks: Tensor<3, Int>) -> Tensor<1> {
    let logits = unet_forward(unet.clone(), images);
    let pixels: Tensor<2> = logits
        .clone()
        .permute([0, 2, 3, 1])
        .reshape([-1, MASKS as i64]);
    cross_entropy(pixels, masks.clone().flatten(0, 2), 0.0) + dice_loss(logits, masks, SMOOTH)
}

/// A U-Net with so many channels from the finest level to the bottom, in double precision.
fn new_unet(channels: &[usize], seed: u64) -> Unet {
    let rng = &mut Rng::named(seed, "weights");
    let (bottom, levels) = channels.split_last().unwrap_or((&1, &[]));
    let mut inputs = 1;
    let mut encoder = Vec::new();
    for &outputs in levels {
        encoder.push(block(rng, inputs, outputs));
        inputs = outputs;
    }
    let bottom_block = block(rng, inputs, *bottom);
    // From below, as many channels as the next coarser block gives.
    let below = channels.iter().skip(1);
    let decoder = levels
        .iter()
        .zip(below)
        .map(|(&skip, &below)| block(rng, skip + below, skip));
    Unet {
        encoder,
        bottom: bottom_block,
        decoder: decoder.collect(),
        classify: conv(rng, channels.first().copied().unwrap_or(1), MASKS, 1),
    }
}

fn block(rng: &mut Rng, inputs: usize, outputs: usize) -> UnetBlock {
    UnetBlock {
        first: conv(rng, inputs, outputs, 3),
        second: conv(rng, outputs, outputs, 3),
    }
}

fn conv(rng: &mut Rng, inputs: usize, outputs: usize, side: usize) -> UnetConv {
    let fan_in = inputs * side * side;
    let weight: Tensor<4> = kaiming_normal(rng, [outputs, inputs, side, side], fan_in);
    UnetConv {
        bias: Tensor::zeros([outputs], (&weight.device(), weight.dtype())),
        weight,
    }
}

/// The masks of all scenes.
fn truth(scenes: &Scenes, device: &Device) -> Tensor<3, Int> {
    let all: Vec<usize> = (0..scenes.len()).collect();
    scenes.mask_batch(&all, device)
}

/// The masks that the network says.
fn predicted(unet: &Unet, scenes: &Scenes, device: &Device) -> Tensor<3, Int> {
    let all: Vec<usize> = (0..scenes.len()).collect();
    let some = |scenes_of: &[usize]| {
        predict_masks(unet_forward(unet.clone(), scenes.batch(scenes_of, device)))
    };
    Tensor::cat(all.chunks(AT_ONCE).map(some).collect(), 0)
}

/// The Dice coefficients in one line: `Dice by digit: 0 0.93, 1 0.95, ...`.
fn dice_line(masks: Tensor<3, Int>, truth: Tensor<3, Int>) -> anyhow::Result<String> {
    let dice = students(|| dice_scores(masks, truth, MASKS))?;
    let digit = |(class, dice): (usize, &Option<f64>)| match dice {
        Some(dice) => format!("{class} {dice:.2}"),
        None => format!("{class} none"),
    };
    let words: Vec<String> = dice.iter().skip(1).enumerate().map(digit).collect();
    Ok(format!("Dice by digit: {}", words.join(", ")))
}

/// The first scenes of the test set: as they are, with their masks, and with those that were predicted.
fn draw_masks(scenes: &Scenes, masks: &Tensor<3, Int>) -> Result<common::plot::Picture, PlotError> {
    let shown = scenes.len().min(SHOWN);
    let predicted: Vec<u8> = masks.to_data().iter().collect();
    let area = scenes.size * scenes.size;
    let tile = |image: Image, caption: &str| Overlay {
        image,
        frames: Vec::new(),
        caption: Some(caption.into()),
    };
    let mut tiles: Vec<Overlay> = (0..shown)
        .map(|i| tile(picture(scenes, i), "scene"))
        .collect();
    for i in 0..shown {
        tiles.push(tile(painted(&picture(scenes, i), scenes.mask(i))?, "truth"));
    }
    for i in 0..shown {
        let mask = &predicted[i * area..(i + 1) * area];
        tiles.push(tile(painted(&picture(scenes, i), mask)?, "prediction"));
    }
    let digits: Vec<String> = (0..CLASSES).map(|class| class.to_string()).collect();
    let legend: Vec<(&str, Colour)> = digits
        .iter()
        .enumerate()
        .map(|(i, digit)| (digit.as_str(), class_colour(i)))
        .collect();
    overlays(
        &format!("The first {shown} test scenes"),
        &legend,
        &tiles,
        shown,
    )
}
