//! `train saliency`: a small classifier, what it looks at, and how little it takes to change its mind.

mod network;
mod pictures;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor};
use common::contract::a2::LookCnn;
use common::data::{self, Images};
use common::nn::{cross_entropy, single};
use common::train::{
    AT_ONCE, Average, Batch, Lab, LabOptions, Metrics, Plan, Predictions, Target, fit,
};

use super::learner::{self, Learner};
use crate::labs::students::students;
use crate::parts::segmentation::{fgsm, grad_cam, look_forward, saliency_maps, upsample_to};
use network::Network;

/// The lab.
pub const LAB: Lab = Lab {
    name: "saliency",
    about: "a small classifier of digits, what it looks at, and adversarial examples; its test error should be 4 % or less",
    run,
};

/// The share of test images that the network gets wrong at most, and how long it learns.
fn defaults(data: &str) -> (Option<f64>, usize) {
    match data {
        "digits16" | "digits28" => (Some(0.04), 8),
        "zipcode" => (Some(0.08), 8),
        "mnist" => (Some(0.04), 1),
        _ => (None, 2),
    }
}

const BATCH_SIZE: usize = 32;
const LR: f64 = 6e-3;
/// The largest steps for which the accuracy is measured.
const STEPS: [f64; 8] = [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3];
/// The step of the examples that are drawn.
const DRAWN: f64 = 0.1;
/// How many images are attacked.
const ATTACKED: usize = 500;

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits28");
    let (error, epochs) = defaults(name);
    let target = Target {
        data: name,
        error,
        network: "classifier",
    };
    println!("{}", target.goal());
    students(try_every_function)?;
    let split = data::load(name)?;
    println!("{}", split.about);

    let lr = options.lr.unwrap_or(LR);
    let plan = Plan {
        samples: split.train.len(),
        batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
        epochs: options.epochs.unwrap_or(epochs),
        settings: format!(
            "two convolutions and a linear layer on {name}, Adam with learning rate {lr}"
        ),
        ..Plan::of(options)
    };
    println!("{}, {} epochs", plan.settings, plan.epochs);

    let device = &options.device;
    let run = learner::begin(Network::new(&split.train, options.seed), &plan, options)?;
    let step = |learner: Learner<Network>, batch: Batch<'_>| {
        let (images, labels) = split.train.batch(batch.samples, device);
        let loss = |network: &Network| {
            let cnn = network.to_look_into(&split.train);
            cross_entropy(look_forward(cnn, images).logits, labels, 0.0)
        };
        let (learner, value) = learner::step(learner, lr, loss);
        (
            learner,
            Metrics::over(batch.samples.len()).with("loss", value),
        )
    };
    let evaluate = |(network, _): &Learner<Network>| {
        let cnn = network.to_look_into(&split.test);
        let mut average = Average::new();
        for (images, labels) in split.test.in_order(AT_ONCE, device) {
            average.add(&measure(&cnn, images, labels));
        }
        average
    };
    let run = students(|| fit(run, &plan, step, evaluate))??;

    let cnn = &run.state.0.to_look_into(&split.test);
    let out = options.out.as_path();
    let attacked = split.test.clone().take(ATTACKED);
    let accuracies =
        students(|| STEPS.map(|eps| (eps, accuracy(&stepped(cnn, &attacked, eps, device)))))?;
    pictures::draw_steps(&accuracies, name)?.save(out.join("epsilon"))?;
    let inside = students(|| pictures::inside(cnn, &attacked, DRAWN, device))?;
    inside?.save(out.join("inside"))?;
    println!(
        "in {}: inside, epsilon (.png and .svg), history.csv, checkpoint.bin",
        out.display()
    );
    println!("{}", said(&accuracies));
    println!("{}", target.verdict(&run));
    Ok(())
}

/// Calls every function that the lab needs once, so that what is missing is said before the data are read.
fn try_every_function() {
    let device = Device::flex();
    let images = Images {
        pixels: vec![0.5; 16],
        height: 4,
        width: 4,
        channels: 1,
        labels: vec![0],
        classes: 2,
    };
    let cnn = single(Network::new(&images, 0), &device).to_look_into(&images);
    let (x, labels) = images.batch(&[0], &device);
    let _ = measure(&cnn, x.clone(), labels.clone());
    let _ = saliency_maps(cnn.clone(), x.clone(), labels.clone());
    let _ = upsample_to(x.clone(), [8, 8]);
    let _ = grad_cam(cnn.clone(), x.clone(), labels.clone());
    let _ = fgsm(cnn, x, labels, DRAWN);
}

/// Loss and error on a batch.
fn measure(cnn: &LookCnn, images: Tensor<4>, labels: Tensor<1, Int>) -> Metrics {
    let n = images.dims()[0];
    let logits = look_forward(cnn.clone(), images).logits;
    let classes: Tensor<1, Int> = logits.clone().argmax(1).squeeze_dim(1);
    let wrong = classes
        .not_equal(labels.clone())
        .int()
        .sum()
        .into_scalar::<i64>();
    let loss = cross_entropy(logits, labels, 0.0).into_scalar::<f64>();
    Metrics::over(n)
        .with("loss", loss)
        .with("error", wrong as f64 / n as f64)
}

/// What the network says about images after a step of `eps` up the loss, which stay between black and white.
fn stepped(cnn: &LookCnn, images: &Images, eps: f64, device: &Device) -> Predictions {
    let mut labels = images.in_order(AT_ONCE, device).map(|(_, labels)| labels);
    Predictions::of(images, device, |x| {
        let labels = labels
            .next()
            .expect("as many batches of labels as of images");
        let x = fgsm(cnn.clone(), x, labels, eps).clamp(0.0, 1.0);
        log_softmax(look_forward(cnn.clone(), x).logits, 1)
    })
}

/// The share of right answers.
fn accuracy(predictions: &Predictions) -> f64 {
    let (mut right, mut all) = (0.0, 0.0);
    for prediction in predictions.iter() {
        all += 1.0;
        right += f64::from(u8::from(prediction.class == prediction.label));
    }
    right / all
}

/// The accuracies in one line.
fn said(accuracies: &[(f64, f64)]) -> String {
    let words: Vec<String> = accuracies
        .iter()
        .map(|(eps, accuracy)| format!("{:.0} % at {eps}", 100.0 * accuracy))
        .collect();
    format!("accuracy by step of every pixel: {}", words.join(", "))
}
