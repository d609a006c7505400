//! A1.7 Schedules, batching, the training loop.
//!
//! What is around a model: which learning rate a step has, which samples it sees, what is measured, and
//! what must be kept so that a run can go on tomorrow. The model is given: [`Classifier`] has a
//! `training_pass` and an `evaluation_pass`, [`Samples`] has `len` and `select`. Both are in
//! `common/src/contract/a1/classifier.rs`. This file needs no other part.

use std::f64::consts::PI;

use common::contract::Wire;
use common::contract::a1::{
    Classifier, Decay, EpochRecord, Evaluation, Samples, Schedule, TrainSettings, TrainState,
};
use common::rng::Rng;

/// The learning rate of a step. Steps are counted from 0, over the whole run.
///
/// During the warm-up, `step < warmup`, the rate rises in a straight line from 0:
///
/// ```text
/// lr = peak step / warmup
/// ```
///
/// After it, with `t = (step - warmup) / (end - warmup)`, the share of the way that is behind us,
///
/// ```text
/// Cosine:  lr = floor + (peak - floor) (1 + cos(pi t)) / 2
/// Linear:  lr = floor + (peak - floor) (1 - t)
/// Step:    lr = peak factor^k,  k = (step - warmup) / period without the remainder
/// ```
///
/// The warm-up always runs to its end. After it, with `Cosine` and `Linear`, the rate is `floor` from step
/// `end` on; if `end <= warmup` it falls from the warm-up straight to `floor`. `Step` has no end.
///
/// Source: Loshchilov & Hutter, "SGDR" (2017); with the warm-up as in Stanford's CS336.
pub fn lr_at(schedule: Schedule, step: usize) -> f64 {
    // BEGIN SOLUTION A1.7 lr_at
    let Schedule {
        peak,
        floor,
        warmup,
        end,
        ..
    } = schedule;
    if step < warmup {
        return peak * step as f64 / warmup as f64;
    }
    let since = step - warmup;
    let share_left = match schedule.decay {
        Decay::Step => return peak * schedule.factor.powi((since / schedule.period) as i32),
        _ if step >= end => 0.0,
        Decay::Cosine => 0.5 * (1.0 + (PI * since as f64 / (end - warmup) as f64).cos()),
        Decay::Linear => 1.0 - since as f64 / (end - warmup) as f64,
    };
    floor + (peak - floor) * share_left
    // END SOLUTION
}

/// The batches of one epoch, as lists of indices.
///
/// Every sample is in exactly one batch. All batches have `batch_size` samples but the last, which has
/// what is left: it is not dropped.
///
/// - Without `shuffle` the indices are in ascending order. With it they are in random order, uniform over
///   all orders, drawn from `seed` and `epoch` and nothing else: the same two give the same batches, and
///   another epoch another order. [`Rng::named(seed, &name)`](Rng::named) is a generator for each name,
///   and `rng.permutation(n)` draws an order.
/// - No samples, no batches. `batch_size` is at least 1.
pub fn epoch_batches(
    samples: usize,
    batch_size: usize,
    shuffle: bool,
    seed: u64,
    epoch: usize,
) -> Vec<Vec<usize>> {
    // BEGIN SOLUTION A1.7 epoch_batches
    let order: Vec<usize> = if shuffle {
        Rng::named(seed, &epoch.to_string()).permutation(samples)
    } else {
        (0..samples).collect()
    };
    order.chunks(batch_size).map(<[usize]>::to_vec).collect()
    // END SOLUTION
}

/// Loss and error of the model over all samples, `batch_size` at a time.
///
/// [`Classifier::evaluation_pass`] gives means over one batch. Every sample counts the same, so the
/// batches' means are weighted by the number of their samples: the last batch may be smaller. The result
/// is the same for every `batch_size`.
///
/// - `samples`: at least one.
pub fn evaluate(model: Classifier, samples: Samples, batch_size: usize) -> Evaluation {
    // BEGIN SOLUTION A1.7 evaluate
    let mut mean = Evaluation {
        loss: 0.0,
        error: 0.0,
    };
    for batch in epoch_batches(samples.len(), batch_size, false, 0, 0) {
        let share = batch.len() as f64 / samples.len() as f64;
        let part = model.evaluation_pass(&samples.select(&batch));
        mean.loss += share * part.loss;
        mean.error += share * part.error;
    }
    mean
    // END SOLUTION
}

/// Trains for `steps` more steps.
///
/// Step number `state.step`, which counts from the beginning of the run, sees the batch that is due in
/// the epoch that is due: an epoch has as many steps as [`epoch_batches`] has batches. With the gradient
/// `g` of [`Classifier::training_pass`] on that batch alone and the rate `lr` of [`lr_at`] at that step
///
/// ```text
/// v <- mu v + g        w <- w - lr v
/// ```
///
/// and the model takes over the running mean of the pass. `loss_sum` grows by the loss of the pass times
/// the number of samples in the batch, and `step` by 1.
///
/// When the last batch of an epoch is done, an [`EpochRecord`] is added to the history: `loss_sum` over
/// the number of training samples, and what [`evaluate`] gives for the model as it is then on all of
/// `test`, by the same batch size. `loss_sum` starts again at 0. The test samples change nothing else.
///
/// A run may be cut anywhere: 4 steps and then 6 give the same bits as 10.
///
/// - `train`, `test`: at least one sample each.
pub fn train(
    state: TrainState,
    train: Samples,
    test: Samples,
    settings: TrainSettings,
    steps: usize,
) -> TrainState {
    // BEGIN SOLUTION A1.7 train
    let TrainSettings {
        schedule,
        mu,
        batch_size,
        shuffle,
        seed,
    } = settings;
    let per_epoch = train.len().div_ceil(batch_size);
    let last = state.step + steps;
    let mut state = state;
    while state.step < last {
        let epoch = state.step / per_epoch;
        let batches = epoch_batches(train.len(), batch_size, shuffle, seed, epoch);
        let due = batches.iter().skip(state.step % per_epoch);
        for batch in due.take(last - state.step) {
            let pass = state.model.training_pass(&train.select(batch));
            let lr = lr_at(schedule.clone(), state.step);
            state.velocity = state.velocity * mu + pass.gradient;
            state.model = Classifier {
                parameters: state.model.parameters - state.velocity.clone() * lr,
                running_mean: pass.running_mean,
            };
            state.loss_sum += pass.loss * batch.len() as f64;
            state.step += 1;
        }
        if state.step.is_multiple_of(per_epoch) {
            state.history.push(EpochRecord {
                train_loss: state.loss_sum / train.len() as f64,
                test: evaluate(state.model.clone(), test.clone(), batch_size),
            });
            state.loss_sum = 0.0;
        }
    }
    state
    // END SOLUTION
}

/// The state of a run as bytes, for a file.
///
/// [`load_checkpoint`] must get every bit of it back, and notice when the bytes are damaged. The format is
/// yours. With [`Wire`] in scope every record has `record.to_bytes()` and `Type::from_bytes(&bytes)`,
/// which notices bytes that are missing or too many, but not a number that became another number. So put
/// a checksum beside them: one number that any changed byte changes, such as FNV-1a (a plain sum of the bytes
/// would not see two that changed places).
pub fn save_checkpoint(state: TrainState) -> Vec<u8> {
    // BEGIN SOLUTION A1.7 save_checkpoint
    let body = state.to_bytes();
    [&checksum(&body).to_le_bytes()[..], &body].concat()
    // END SOLUTION
}

/// The state that [`save_checkpoint`] made the bytes of, bit for bit: training goes on as if it had never
/// stopped.
///
/// # Errors
/// When the bytes are no such state: one of them was changed, the end is missing, or something follows.
/// A damaged file is no reason to panic.
pub fn load_checkpoint(bytes: Vec<u8>) -> Result<TrainState, String> {
    // BEGIN SOLUTION A1.7 load_checkpoint
    let Some((expected, body)) = bytes.split_first_chunk() else {
        return Err("the checkpoint ends inside its checksum".into());
    };
    if checksum(body) != u64::from_le_bytes(*expected) {
        return Err("the checkpoint is damaged: its checksum differs".into());
    }
    TrainState::from_bytes(body).map_err(|error| error.to_string())
    // END SOLUTION
}

// BEGIN SOLUTION
/// A number that differs for any two texts of which one byte differs: 31 is odd, so no difference of a
/// byte is ever multiplied away.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(1, |sum: u64, byte| {
        sum.wrapping_mul(31).wrapping_add((*byte).into())
    })
}
// END SOLUTION
