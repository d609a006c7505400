//! One network on one rung.

use burn::tensor::{Device, Int, Tensor};
use common::contract::a2::{LadderRule, LadderRung, Lenet1989Parameters};
use common::data::{Images, Split};
use common::nn::{
    Adam, AdamState, Parameters, Sgd, detach, single, value_and_gradient_with, zeros_like,
};
use common::record;
use common::rng::Rng;
use common::train::{AT_ONCE, Average, Batch, Metrics, Plan, Run, fit};

use crate::labs::digits::on_background;
use crate::labs::students::students;
use crate::parts::lenet5::{ladder_forward, ladder_loss, ladder_lr, ladder_shift};
use crate::parts::lenet1989::lenet1989_init;

/// PyTorch's default for AdamW, which the ladder's author left as it is.
const WEIGHT_DECAY: f64 = 0.01;

record! {
    /// What a step changes.
    pub struct Climber {
        /// The network of 1989.
        pub parameters: Lenet1989Parameters,
        /// What AdamW remembers; SGD remembers nothing.
        pub adam: AdamState<Lenet1989Parameters>,
    }
}

/// What all runs share.
pub struct Training<'a> {
    /// The digits.
    pub split: &'a Split,
    /// Where to compute.
    pub device: &'a Device,
    /// Digits per step.
    pub batch_size: usize,
}

impl Climber {
    /// Before the first step, for images of `[height, width]`.
    pub fn new([height, width]: [usize; 2], seed: u64, device: &Device) -> Self {
        let parameters = single(lenet1989_init(height, width, seed), device);
        Self {
            adam: AdamState::new(&parameters),
            parameters,
        }
    }

    /// The same on another device.
    pub fn on(self, device: &Device) -> Self {
        let moved = |p: Lenet1989Parameters| p.map(&mut |tensor| tensor.to_device(device));
        Self {
            parameters: moved(self.parameters),
            adam: AdamState {
                step: self.adam.step,
                first: moved(self.adam.first),
                second: moved(self.adam.second),
            },
        }
    }

    /// One step on some images, which are as the network wants them.
    pub fn step(
        self,
        rung: &LadderRung,
        lr: f64,
        x: Tensor<4>,
        labels: Tensor<1, Int>,
        rng: &mut Rng,
    ) -> (Self, Metrics) {
        let n = labels.dims()[0];
        let dropped = (rung.dropout > 0.0).then(|| {
            let units = self.parameters.h3_weight.dims()[0];
            let numbers = rng.tensor([n, units], Rng::unit);
            numbers.to_device(&x.device()).cast(x.dtype())
        });
        let ((loss, outputs), gradients) = value_and_gradient_with(&self.parameters, |p| {
            let outputs = ladder_forward(rung.clone(), p.clone(), x, dropped);
            let loss = ladder_loss(rung.clone(), outputs.clone(), labels.clone());
            (loss, detach(outputs))
        });
        let metrics = Metrics::over(n)
            .with("loss", loss)
            .with("error", error(outputs, labels));
        let next = match rung.rule {
            LadderRule::Sgd => {
                let none = zeros_like(&self.parameters);
                let (parameters, _) = Sgd::new(lr).step(self.parameters, gradients, none);
                Self { parameters, ..self }
            }
            LadderRule::AdamW => {
                let adam = Adam {
                    weight_decay: WEIGHT_DECAY,
                    ..Adam::new(lr)
                };
                let (parameters, adam) = adam.step(self.parameters, gradients, self.adam);
                Self { parameters, adam }
            }
        };
        (next, metrics)
    }
}

impl Training<'_> {
    /// Trains to the last pass.
    pub fn run(
        &self,
        rung: &LadderRung,
        plan: &Plan,
        run: Run<Climber>,
    ) -> anyhow::Result<Run<Climber>> {
        let images = &self.split.train;
        let step = |climber: Climber, mut batch: Batch<'_>| {
            // In their own order, as in 1989, not in the shuffled one of the batch.
            let first = batch.step * plan.batch_size;
            let samples: Vec<usize> = (first..first + batch.samples.len()).collect();
            let lr = ladder_lr(rung.clone(), batch.epoch);
            self.some_steps(climber, rung, lr, images, &samples, &mut batch.rng)
        };
        let evaluate = |climber: &Climber| self.evaluate(climber, rung);
        Ok(students(|| fit(run, plan, step, evaluate))??)
    }

    /// A step for every `batch_size` of `samples`; gives the means of what they measured.
    fn some_steps(
        &self,
        mut climber: Climber,
        rung: &LadderRung,
        lr: f64,
        images: &Images,
        samples: &[usize],
        rng: &mut Rng,
    ) -> (Climber, Metrics) {
        let mut average = Average::new();
        for samples in samples.chunks(self.batch_size) {
            let (x, labels) = images.batch(samples, self.device);
            let mut x = on_background(x);
            if rung.shift > 0 {
                let reach = rung.shift;
                let mut pixels = || rng.between(0, 2 * reach) as i64 - reach as i64;
                let shifts = samples.iter().map(|_| [pixels(), pixels()]).collect();
                x = ladder_shift(x, shifts, -1.0);
            }
            let metrics;
            (climber, metrics) = climber.step(rung, lr, x, labels, rng);
            average.add(&metrics);
        }
        let mean = |name: &str| {
            let mut values = average.values();
            let found = values.find(|(key, _)| *key == name);
            found.map_or(f64::NAN, |(_, value)| value)
        };
        let metrics = Metrics::over(samples.len())
            .with("loss", mean("loss"))
            .with("error", mean("error"));
        (climber, metrics)
    }

    /// Loss and error over all test images; nothing is shifted and nothing dropped.
    fn evaluate(&self, climber: &Climber, rung: &LadderRung) -> Average {
        let mut average = Average::new();
        for (x, labels) in self.split.test.in_order(AT_ONCE, self.device) {
            let n = labels.dims()[0];
            let p = climber.parameters.clone();
            let outputs = ladder_forward(rung.clone(), p, on_background(x), None);
            let loss = ladder_loss(rung.clone(), outputs.clone(), labels.clone());
            average.add(
                &Metrics::over(n)
                    .with("loss", loss.into_scalar::<f64>())
                    .with("error", error(outputs, labels)),
            );
        }
        average
    }
}

/// The share of rows whose largest output is not that of the label.
fn error(outputs: Tensor<2>, labels: Tensor<1, Int>) -> f64 {
    let n = labels.dims()[0] as f64;
    let answers: Tensor<1, Int> = outputs.argmax(1).squeeze_dim(1);
    answers.not_equal(labels).int().sum().into_scalar::<f64>() / n
}
