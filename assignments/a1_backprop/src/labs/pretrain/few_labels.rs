//! An MLP that learns from a few labelled images.

use burn::tensor::Device;
use common::contract::a1::{Activation, Init, MlpParameters, TiedLayer};
use common::data::{Images, Split};
use common::rng::Rng;
use common::train::{Average, Batch, Interrupt, Plan, Run, fit};

use crate::labs::network::{Network, Settings, measure};
use crate::labs::predictions::in_batches;
use crate::labs::students::students;
use crate::parts::{mlp, pretraining};

/// Where the weights come from.
pub enum Start {
    /// Xavier's law, which suits tanh (Glorot & Bengio 2010).
    Random,
    /// A pre-trained stack, and random weights for the layer of the classes.
    Stack(Vec<TiedLayer>),
}

const EPOCHS: usize = 40;
const BATCH_SIZE: usize = 10;
const LR: f64 = 1e-3;

/// Trains on `labels` images of the training set, as many of each class as of any other, and gives the share of
/// wrong answers on the test set after every epoch. The same seed takes the same images whatever the start.
///
/// # Errors
/// When interrupted, when the numbers are not finite, or when a function of the student fails.
pub fn train(
    start: Start,
    labels: usize,
    split: &Split,
    sizes: &[usize],
    seed: u64,
    device: &Device,
) -> anyhow::Result<Vec<f64>> {
    let images = labelled(&split.train, labels, seed);
    let plan = Plan {
        samples: images.len(),
        batch_size: BATCH_SIZE,
        epochs: EPOCHS,
        seed,
        settings: String::new(), // nothing is saved, so nothing is compared
        folder: None,
        early_stopping: None,
        interrupt: Interrupt::on_ctrl_c(),
        quiet: true,
    };
    let settings = Settings::new(LR, 0.0);
    let step = |network: Network, batch: Batch<'_>| {
        let (x, labels) = images.flat(batch.samples, device);
        network.step(x, labels, &settings)
    };
    let evaluate = |network: &Network| {
        let mut average = Average::new();
        for (x, labels) in in_batches(&split.test, device) {
            average.add(&measure(network.logits(x), labels));
        }
        average
    };
    let network = students(|| {
        let parameters = parameters(start, sizes, images.classes, seed);
        Network::with(parameters, Activation::Tanh, device)
    })?;
    let run = students(|| fit(Run::new(network), &plan, step, evaluate))??;
    let errors = run.history.column("test_error").into_iter();
    Ok(errors.map(|(_, error)| error).collect())
}

/// Random images, `count / classes` of each class.
fn labelled(images: &Images, count: usize, seed: u64) -> Images {
    let order = Rng::named(seed, "labelled images").permutation(images.len());
    let mut left = vec![count / images.classes; images.classes];
    let take = |i: &usize| {
        let left = &mut left[usize::from(images.labels[*i])];
        let takes = *left > 0;
        *left -= usize::from(takes);
        takes
    };
    let chosen: Vec<usize> = order.into_iter().filter(take).collect();
    images.subset(&chosen)
}

fn parameters(start: Start, sizes: &[usize], classes: usize, seed: u64) -> MlpParameters {
    let sizes = [sizes, &[classes]].concat();
    let mut parameters = mlp::mlp_init(sizes.clone(), Init::XavierNormal, 1.0, seed);
    if let Start::Stack(stack) = start {
        let hidden = with_tanh(pretraining::to_mlp(stack));
        let last = sizes.len() - 2;
        parameters.weights.splice(..last, hidden.weights);
        parameters.biases.splice(..last, hidden.biases);
    }
    parameters
}

/// The parameters with which tanh units compute what sigmoid units compute with the given ones.
///
/// A1.5 has no sigmoid, but `sigmoid(z) = (1 + tanh(z / 2)) / 2`. So a unit's input is halved, and
/// the layer after it, which is used to `a = (1 + t) / 2`, gets `t`:
///
/// ```text
/// z / 2 = (a w + b) / 2 = t (w / 4) + (b + the sum of the rows of w / 2) / 2
/// ```
fn with_tanh(sigmoid: MlpParameters) -> MlpParameters {
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for (l, (w, b)) in sigmoid.weights.into_iter().zip(sigmoid.biases).enumerate() {
        if l == 0 {
            weights.push(w * 0.5);
            biases.push(b * 0.5);
        } else {
            let shift = w.clone().sum_dim(0).squeeze_dim(0) * 0.5;
            weights.push(w * 0.25);
            biases.push((b + shift) * 0.5);
        }
    }
    MlpParameters { weights, biases }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::check::{Tolerance, close};
    use common::data::synthetic::digits;

    #[test]
    fn tanh_units_compute_what_the_stack_computes() {
        let mut rng = Rng::new(1);
        let sizes = [5, 4, 3];
        let mut layer = |l: usize| TiedLayer {
            weights: rng.normal_tensor([sizes[l], sizes[l + 1]]),
            visible_bias: rng.normal_tensor([sizes[l]]),
            hidden_bias: rng.normal_tensor([sizes[l + 1]]),
        };
        let stack = vec![layer(0), layer(1)];
        let x = rng.tensor([2, 5], Rng::unit);
        let up = stack.iter().cloned();
        let want = up.fold(x.clone(), |v, layer| pretraining::p_h_given_v(layer, v));
        let parameters = with_tanh(pretraining::to_mlp(stack));
        let got = mlp::mlp_forward(parameters, Activation::Tanh, x);
        let top = got.outputs[1].clone().tanh();
        close(&((top + 1.0) / 2.0), &want, Tolerance::EXACT).unwrap();
    }

    #[test]
    fn every_class_has_as_many_labels() {
        let images = digits(16, 400, &mut Rng::new(2));
        let few = labelled(&images, 100, 3);
        assert_eq!(few.class_counts(), [10; 10]);
        assert_eq!(labelled(&images, 100, 3), few);
        assert_ne!(labelled(&images, 100, 4), few);
    }
}
