//! Greedy layer-wise training of a stack on images without their labels.

use burn::tensor::{DType, Device, Tensor};
use common::contract::a1::{LayerKind, PretrainSettings, TiedLayer};
use common::data::{Images, Split};
use common::rng::Rng;
use common::train::{Average, Batch, Interrupt, Metrics, Plan, Run, fit};

use crate::labs::network::single;
use crate::labs::predictions::in_batches;
use crate::labs::students::students;
use crate::parts::{losses, pretraining};

/// What a stack learns from, and how.
pub struct Unlabelled<'a> {
    pub split: &'a Split,
    /// The number of units, from the pixels to the top.
    pub sizes: &'a [usize],
    pub settings: PretrainSettings,
    /// For each layer.
    pub epochs: usize,
    pub batch_size: usize,
    pub seed: u64,
    pub device: &'a Device,
    pub quiet: bool,
}

/// A trained stack, and its first layer on the way there.
pub struct Trained {
    pub stack: Vec<TiedLayer>,
    /// The number of epochs and the weights after them, the first weights included.
    pub snapshots: Vec<(usize, Tensor<2>)>,
}

impl Unlabelled<'_> {
    /// Trains one layer after the other.
    ///
    /// # Errors
    /// When interrupted, when the numbers are not finite, or when a function of the student fails.
    pub fn train(&self) -> anyhow::Result<Trained> {
        let mut stack = students(|| on(self.new_stack(), self.device))?;
        let mut snapshots = vec![(0, stack[0].weights.clone())];
        for l in 0..stack.len() {
            if !self.quiet {
                let [visible, hidden] = stack[l].weights.dims();
                println!(
                    "layer {} of {}: {visible} visible and {hidden} hidden units, {:?}",
                    l + 1,
                    stack.len(),
                    self.settings.kind
                );
            }
            let plan = self.plan(l);
            let step = |stack: Vec<TiedLayer>, batch: Batch<'_>| self.step(stack, l, batch);
            let mut epoch = 0;
            let evaluate = |stack: &Vec<TiedLayer>| {
                epoch += 1;
                if l == 0 {
                    snapshots.push((epoch, stack[0].weights.clone()));
                }
                reconstruction_error(&stack[..=l], &self.split.test, self.device)
            };
            stack = students(|| fit(Run::new(stack), &plan, step, evaluate))??.state;
        }
        Ok(Trained { stack, snapshots })
    }

    /// The visible biases of the first layer start where its units, without any input, are as bright as
    /// the mean image (Hinton's guide, section 8.1).
    fn new_stack(&self) -> Vec<TiedLayer> {
        let mut stack = pretraining::stack_init(self.sizes.to_vec(), self.seed);
        let (images, bias) = (&self.split.train, &stack[0].visible_bias);
        let n = images.len() as f64;
        let logits = (0..images.features()).map(|pixel| {
            let column = images.pixels.iter().skip(pixel).step_by(images.features());
            let mean = column.map(|&grey| f64::from(grey)).sum::<f64>() / n;
            let p = mean.clamp(0.01, 0.99);
            (p / (1.0 - p)).ln()
        });
        let logits: Vec<f64> = logits.collect();
        stack[0].visible_bias =
            Tensor::from_data(logits.as_slice(), (&bias.device(), bias.dtype()));
        stack
    }

    fn plan(&self, l: usize) -> Plan {
        Plan {
            samples: self.split.train.len(),
            batch_size: self.batch_size,
            epochs: self.epochs,
            // Every layer has an order and random numbers of its own.
            seed: Rng::named(self.seed, &format!("layer {l}")).next_u64(),
            settings: String::new(), // nothing is saved, so nothing is compared
            folder: None,
            early_stopping: None,
            interrupt: Interrupt::on_ctrl_c(),
            quiet: self.quiet,
        }
    }

    fn step(
        &self,
        stack: Vec<TiedLayer>,
        l: usize,
        mut batch: Batch<'_>,
    ) -> (Vec<TiedLayer>, Metrics) {
        let (x, _) = self.split.train.flat(batch.samples, self.device);
        let n = batch.samples.len();
        let [visible, hidden] = stack[l].weights.dims();
        let units: Vec<usize> = match self.settings.kind {
            LayerKind::Rbm => [hidden, visible].repeat(self.settings.k),
            LayerKind::DenoisingAutoencoder => vec![visible],
        };
        let uniforms = units
            .into_iter()
            .map(|units| batch.rng.tensor([n, units], Rng::unit))
            .collect();
        let uniforms = single(uniforms, self.device);
        let stack = pretraining::pretrain_step(stack, l, x, self.settings.clone(), uniforms);
        (stack, Metrics::over(n))
    }
}

/// The mean squared error of the pixels when test images go up to the top of `stack` and down again.
fn reconstruction_error(stack: &[TiedLayer], images: &Images, device: &Device) -> Average {
    let mut average = Average::new();
    for (x, _) in in_batches(images, device) {
        let [n, _] = x.dims();
        let up = stack.iter().cloned();
        let top = up.fold(x.clone(), |v, layer| pretraining::p_h_given_v(layer, v));
        let down = stack.iter().rev().cloned();
        let image = down.fold(top, |h, layer| pretraining::p_v_given_h(layer, h));
        average.add(&Metrics::over(n).with("mse", losses::mse(image, x)));
    }
    average
}

/// The same stack in single precision on `device`.
fn on(stack: Vec<TiedLayer>, device: &Device) -> Vec<TiedLayer> {
    let vector = |x: Tensor<1>| x.to_device(device).cast(DType::F32);
    let layers = stack.into_iter();
    let layer = |layer: TiedLayer| TiedLayer {
        weights: layer.weights.to_device(device).cast(DType::F32),
        visible_bias: vector(layer.visible_bias),
        hidden_bias: vector(layer.hidden_bias),
    };
    layers.map(layer).collect()
}

/// Calls every function of part A1.10 that the lab needs once, on one image of four pixels.
pub fn try_every_function() {
    let device = Device::flex();
    let ones = |units| Tensor::<2>::ones([1, units], (&device, DType::F32));
    let mut stack = on(pretraining::stack_init(vec![4, 3], 0), &device);
    for (kind, uniforms) in [
        (LayerKind::Rbm, vec![ones(3), ones(4)]),
        (LayerKind::DenoisingAutoencoder, vec![ones(4)]),
    ] {
        let settings = super::settings(kind, None);
        stack = pretraining::pretrain_step(stack, 0, ones(4), settings, uniforms);
    }
    let h = pretraining::p_h_given_v(stack[0].clone(), ones(4));
    let v = pretraining::p_v_given_h(stack[0].clone(), h);
    let _ = losses::mse(pretraining::corrupt(v, 0.5, ones(4)), ones(4));
    let _ = pretraining::to_mlp(stack);
}
