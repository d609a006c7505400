//! The network with many labels: trained with batch normalisation, and given over as named tensors.

use std::path::Path;

use burn::tensor::{Device, Tensor, activation};
use common::contract::a2::{NamedTensor, TRANSFER_EPS};
use common::data::{Images, Split};
use common::nn::{
    ConvOptions, Parameters, Sgd, batch_norm2d, conv2d, cross_entropy, detach, kaiming_normal,
    max_pool2d, single, value_and_gradient_with, zeros_like,
};
use common::parameters;
use common::rng::Rng;
use common::train::{AT_ONCE, Average, Batch, History, LabOptions, Metrics, Plan, Run, fit};

use super::methods::{error, log_probabilities};
use crate::labs::students::students;

/// Channels after each block.
pub const WIDTHS: [usize; 2] = [16, 32];
const BATCH_SIZE: usize = 64;
const LR: f64 = 0.05;
/// The share of a batch in the running statistics.
const MOMENTUM: f64 = 0.1;

parameters! {
    /// One block: convolution and normalisation.
    pub struct Block {
        /// `[c_out, c_in, 3, 3]`
        pub kernel: Tensor<4>,
        /// `[c_out]`
        pub gamma: Tensor<1>,
        /// `[c_out]`
        pub beta: Tensor<1>,
    }
}

parameters! {
    /// The network of A2.10.
    pub struct Network {
        /// The first block, and the second.
        pub blocks: Vec<Block>,
        /// `[d, classes]`
        pub head_weight: Tensor<2>,
        /// `[classes]`
        pub head_bias: Tensor<1>,
    }
}

/// The mean and the variance of each block.
type Statistics = Vec<(Tensor<1>, Tensor<1>)>;
/// What a step changes: the network, its velocity, the running statistics.
type State = ((Network, Network), Statistics);

/// A network before training, for pictures of `size` x `size` pixels.
fn new_network(size: usize, classes: usize, rng: &mut Rng) -> Network {
    let [first, second] = WIDTHS;
    let mut block = |from: usize, to: usize| {
        let kernel = kaiming_normal(rng, [to, from, 3, 3], 9 * from);
        let beta = rng.tensor([to], |_| 0.0);
        Block {
            kernel,
            gamma: beta.ones_like(),
            beta,
        }
    };
    let blocks = vec![block(1, first), block(first, second)];
    let d = second * (size / 4) * (size / 4);
    let deviation = (1.0 / d as f64).sqrt();
    Network {
        blocks,
        head_weight: rng.tensor([d, classes], |rng| deviation * rng.normal()),
        head_bias: rng.tensor([classes], |_| 0.0),
    }
}

/// The logits of a batch with its own statistics, and these.
fn forward(network: &Network, x: Tensor<4>) -> (Tensor<2>, Statistics) {
    let options = ConvOptions {
        padding: [1, 1],
        ..ConvOptions::default()
    };
    let mut x = x;
    let mut statistics = Vec::new();
    for block in &network.blocks {
        let y = conv2d(x, block.kernel.clone(), None, &options);
        let (gamma, beta) = (block.gamma.clone(), block.beta.clone());
        let (y, mean, variance) = batch_norm2d(y, gamma, beta, TRANSFER_EPS);
        statistics.push(detach((mean, variance)));
        x = max_pool2d(activation::relu(y), [2, 2], [2, 2]);
    }
    let features: Tensor<2> = x.flatten(1, 3);
    let logits = features.matmul(network.head_weight.clone());
    (logits + network.head_bias.clone().unsqueeze(), statistics)
}

/// The network as A2.10 has it.
fn named(network: &Network, statistics: &Statistics) -> Vec<NamedTensor> {
    let mut tensors = Vec::new();
    for (k, (block, (mean, variance))) in (1..).zip(network.blocks.iter().zip(statistics)) {
        let mut add = |name: &str, values: &Tensor<1>| {
            tensors.push(NamedTensor::new(&format!("norm{k}.{name}"), values.clone()));
        };
        add("gamma", &block.gamma);
        add("beta", &block.beta);
        add("mean", mean);
        add("variance", variance);
        tensors.push(NamedTensor::new(
            &format!("conv{k}.kernel"),
            block.kernel.clone(),
        ));
    }
    tensors.push(NamedTensor::new("head.weight", network.head_weight.clone()));
    tensors.push(NamedTensor::new("head.bias", network.head_bias.clone()));
    tensors
}

/// A network that has learned nothing. Its statistics are those of the few pictures that there are.
pub fn untrained(x: Tensor<4>, classes: usize, rng: &mut Rng) -> Vec<NamedTensor> {
    let [_, _, _, size] = x.dims();
    let network = single(new_network(size, classes, rng), &x.device());
    let (_, statistics) = forward(&network, x);
    named(&network, &statistics)
}

/// Trains on the many labels of `split`, or goes on where that was stopped.
///
/// # Errors
/// When interrupted, or when a file cannot be written.
pub fn pretrain(
    split: &Split,
    name: &str,
    epochs: usize,
    out: &Path,
    options: &LabOptions,
) -> anyhow::Result<(Vec<NamedTensor>, History)> {
    let (device, images) = (&options.device, &split.train);
    let plan = Plan {
        samples: images.len(),
        batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
        epochs,
        settings: format!(
            "pre-training on {name}, channels {WIDTHS:?}, learning rate {LR} falling over {epochs} epochs"
        ),
        folder: Some(out.to_path_buf()),
        ..Plan::of(options)
    };
    println!("{}", plan.settings);
    let begun = plan.checkpoint().is_some_and(|file| file.is_file());
    let mut run: Run<State> = if options.resume && begun {
        Run::resume(&plan)?
    } else {
        Run::new(beginning(images, options))
    };
    run.state = on(run.state, device);

    let steps = epochs * plan.samples.div_ceil(plan.batch_size.max(1));
    let step = |state: State, batch: Batch<'_>| {
        let done = batch.epoch * steps / epochs + batch.step;
        step(
            state,
            images,
            batch.samples,
            1.0 - done as f64 / steps as f64,
            device,
        )
    };
    let evaluate =
        |((network, _), running): &State| evaluate(&named(network, running), &split.test, device);
    let run = students(|| fit(run, &plan, step, evaluate))??;
    let ((network, _), running) = &run.state;
    Ok((named(network, running), run.history.clone()))
}

fn beginning(images: &Images, options: &LabOptions) -> State {
    let mut rng = Rng::named(options.seed, "pre-training");
    let network = new_network(images.width, images.classes, &mut rng);
    let network = single(network, &options.device);
    let fresh = |block: &Block| (block.gamma.zeros_like(), block.gamma.ones_like());
    let statistics = network.blocks.iter().map(fresh).collect();
    ((network.clone(), zeros_like(&network)), statistics)
}

/// The state on another device.
fn on(((network, velocity), statistics): State, device: &Device) -> State {
    let mut moved = |tensor: Tensor<1>| tensor.to_device(device);
    let networks = (network.map(&mut moved), velocity.map(&mut moved));
    (networks, statistics.map(&mut moved))
}

/// One step at a share of the rate.
fn step(
    ((network, velocity), running): State,
    images: &Images,
    samples: &[usize],
    share: f64,
    device: &Device,
) -> (State, Metrics) {
    let (x, labels) = images.batch(samples, device);
    let ((loss, batch), gradient) = value_and_gradient_with(&network, |network| {
        let (logits, statistics) = forward(network, x);
        (cross_entropy(logits, labels, 0.0), statistics)
    });
    let sgd = Sgd {
        momentum: 0.9,
        nesterov: true,
        ..Sgd::new(LR * share)
    };
    let moved = |old: Tensor<1>, new: Tensor<1>| old * (1.0 - MOMENTUM) + new * MOMENTUM;
    let pairs = running.into_iter().zip(batch);
    let running = pairs.map(|(old, new)| (moved(old.0, new.0), moved(old.1, new.1)));
    let metrics = Metrics::over(samples.len()).with("loss", loss);
    let networks = sgd.step(network, gradient, velocity);
    ((networks, running.collect()), metrics)
}

/// Loss and error over all of `images`, by your features.
fn evaluate(weights: &[NamedTensor], images: &Images, device: &Device) -> Average {
    let mut average = Average::new();
    for (x, labels) in images.in_order(AT_ONCE, device) {
        let n = labels.dims()[0];
        let log_p = log_probabilities(weights, x);
        let right = log_p.clone().gather(1, labels.clone().unsqueeze_dim(1));
        let metrics = Metrics::over(n)
            .with("loss", -right.mean().into_scalar::<f64>())
            .with("error", error(log_p, &labels));
        average.add(&metrics);
    }
    average
}
