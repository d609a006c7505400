//! A1.7 Schedules, batching, the training loop.

use burn::tensor::Tensor;

use super::{Classifier, Evaluation, Samples};
use crate::{choice, contract, record};

choice! {
    /// How the learning rate falls after the warm-up.
    pub enum Decay {
        /// Half a cosine from `peak` to `floor` (Loshchilov & Hutter 2017).
        Cosine,
        /// A straight line from `peak` to `floor`.
        Linear,
        /// From `peak`, times `factor` after every `period` steps.
        Step,
    }
}

record! {
    /// The learning rate of every step.
    pub struct Schedule {
        /// The law after the warm-up.
        pub decay: Decay,
        /// The learning rate at the end of the warm-up.
        pub peak: f64,
        /// The learning rate in the end. `Step` does not use it.
        pub floor: f64,
        /// The number of steps of the warm-up; 0 for none.
        pub warmup: usize,
        /// The step from which on the rate is `floor`. `Step` does not use it.
        pub end: usize,
        /// The number of steps between two falls, at least 1. Only `Step` uses it.
        pub period: usize,
        /// What the rate is multiplied by at each fall. Only `Step` uses it.
        pub factor: f64,
    }
}

record! {
    /// What stays the same in a training run.
    pub struct TrainSettings {
        /// The learning rate of every step.
        pub schedule: Schedule,
        /// Momentum.
        pub mu: f64,
        /// Samples per step, at least 1.
        pub batch_size: usize,
        /// Whether every epoch has an order of its own.
        pub shuffle: bool,
        /// What the orders are drawn from.
        pub seed: u64,
    }
}

record! {
    /// What an epoch came to.
    pub struct EpochRecord {
        /// The mean over the training samples of the loss that the steps of the epoch saw.
        pub train_loss: f64,
        /// The model at the end of the epoch on the test samples.
        pub test: Evaluation,
    }
}

record! {
    /// Everything that a step changes: what a run needs to go on.
    pub struct TrainState {
        /// The model.
        pub model: Classifier,
        /// The optimiser's velocity, as long as the parameters; zeros in the beginning.
        pub velocity: Tensor<1>,
        /// The number of steps made since the beginning of the run.
        pub step: usize,
        /// The sum of the losses of the samples that this epoch has seen so far.
        pub loss_sum: f64,
        /// The epochs that are over.
        pub history: Vec<EpochRecord>,
    }
}

impl TrainState {
    /// The beginning of a run. Given.
    #[must_use]
    pub fn new(model: Classifier) -> Self {
        Self {
            velocity: model.parameters.zeros_like(),
            model,
            step: 0,
            loss_sum: 0.0,
            history: vec![],
        }
    }
}

contract! {
    /// A1.7 Schedules, batching, the training loop.
    pub trait TrainingLoop, table TrainingLoopTable {
        /// The learning rate of `step`, counted from 0.
        fn lr_at(schedule: Schedule, step: usize) -> f64;
        /// The batches of one epoch: every sample once, the last batch with what is left.
        fn epoch_batches(
            samples: usize,
            batch_size: usize,
            shuffle: bool,
            seed: u64,
            epoch: usize,
        ) -> Vec<Vec<usize>>;
        /// Loss and error over all samples, each of which counts the same.
        fn evaluate(model: Classifier, samples: Samples, batch_size: usize) -> Evaluation;
        /// The state after `steps` more steps.
        fn train(
            state: TrainState,
            train: Samples,
            test: Samples,
            settings: TrainSettings,
            steps: usize,
        ) -> TrainState;
        /// The state as bytes.
        fn save_checkpoint(state: TrainState) -> Vec<u8>;
        /// The state that the bytes hold, or why they hold none.
        fn load_checkpoint(bytes: Vec<u8>) -> Result<TrainState, String>;
    }
}
