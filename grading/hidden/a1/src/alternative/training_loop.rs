//! A1.7 with loops over numbers, other generators, and checkpoints as text.

use std::f64::consts::PI;

use burn::tensor::Tensor;
use common::contract::a1::*;
use common::rng::Rng;

use crate::oracle::matrix::{values, vector};

pub fn table() -> TrainingLoopTable {
    TrainingLoopTable {
        lr_at: |s, step| lr_at(&s, step),
        epoch_batches,
        evaluate: |model, samples, batch_size| evaluate(&model, &samples, batch_size),
        train,
        save_checkpoint,
        load_checkpoint: |bytes| load_checkpoint(&bytes).ok_or_else(|| "no such state".into()),
    }
}

fn lr_at(s: &Schedule, step: usize) -> f64 {
    let ramp = |from: usize, to: usize| (step as f64 - from as f64) / (to as f64 - from as f64);
    if s.warmup > step {
        s.peak * ramp(0, s.warmup)
    } else if s.decay == Decay::Step {
        let falls = (step - s.warmup) / s.period;
        (0..falls).fold(s.peak, |lr, _| lr * s.factor)
    } else if s.end <= step {
        s.floor
    } else if s.decay == Decay::Linear {
        s.peak - (s.peak - s.floor) * ramp(s.warmup, s.end)
    } else {
        let middle = (s.peak + s.floor) / 2.0;
        middle + (s.peak - s.floor) / 2.0 * (PI * ramp(s.warmup, s.end)).cos()
    }
}

/// Sorts random keys, from a stream that a first generator picks.
fn epoch_batches(n: usize, size: usize, shuffle: bool, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
    let mut rng = Rng::new(Rng::new(seed).next_u64().wrapping_add(epoch as u64));
    let mut keyed: Vec<(u64, usize)> = (0..n)
        .map(|i| (if shuffle { rng.next_u64() } else { 0 }, i))
        .collect();
    keyed.sort_unstable();
    let mut batches = vec![];
    for (k, (_, i)) in keyed.into_iter().enumerate() {
        if k % size == 0 {
            batches.push(vec![]);
        }
        batches[k / size].push(i);
    }
    batches
}

fn evaluate(model: &Classifier, samples: &Samples, batch_size: usize) -> Evaluation {
    let (mut loss, mut wrong, mut from) = (0.0, 0.0, 0);
    while from < samples.len() {
        let to = samples.len().min(from + batch_size);
        let part = model.evaluation_pass(&samples.select(&(from..to).collect::<Vec<_>>()));
        loss += part.loss * (to - from) as f64;
        wrong += part.error * (to - from) as f64;
        from = to;
    }
    Evaluation {
        loss: loss / from as f64,
        error: wrong / from as f64,
    }
}

fn train(
    mut state: TrainState,
    data: Samples,
    test: Samples,
    s: TrainSettings,
    steps: usize,
) -> TrainState {
    for _ in 0..steps {
        let per_epoch =
            data.len() / s.batch_size + usize::from(!data.len().is_multiple_of(s.batch_size));
        let (epoch, k) = (state.step / per_epoch, state.step % per_epoch);
        let order = epoch_batches(data.len(), s.batch_size, s.shuffle, s.seed, epoch);
        let pass = state.model.training_pass(&data.select(&order[k]));
        let lr = lr_at(&s.schedule, state.step);
        let (mut w, mut v) = (values(&state.model.parameters), values(&state.velocity));
        for (i, g) in values(&pass.gradient).into_iter().enumerate() {
            v[i] = g + s.mu * v[i];
            w[i] -= v[i] * lr;
        }
        state.model.parameters = vector(w);
        state.velocity = vector(v);
        state.model.running_mean = pass.running_mean;
        state.loss_sum += order[k].len() as f64 * pass.loss;
        state.step += 1;
        if k + 1 == per_epoch {
            let train_loss = state.loss_sum / data.len() as f64;
            let test = evaluate(&state.model, &test, s.batch_size);
            state.history.push(EpochRecord { train_loss, test });
            state.loss_sum = 0.0;
        }
    }
    state
}

/// Rust writes as many digits of a number as make it unique.
fn save_checkpoint(state: TrainState) -> Vec<u8> {
    let line = |v: &Tensor<1>| format!("{:?}\n", values(v));
    let mut text = format!("{} {:?}\n", state.step, state.loss_sum);
    text += &line(&state.model.parameters);
    text += &line(&state.model.running_mean);
    text += &line(&state.velocity);
    for epoch in &state.history {
        let Evaluation { loss, error } = epoch.test;
        text += &format!("{:?} {loss:?} {error:?}\n", epoch.train_loss);
    }
    format!("{:020}\n{text}", sum(text.as_bytes())).into_bytes()
}

/// Fletcher's idea: a sum, and a sum of the sums, which knows the order.
fn sum(bytes: &[u8]) -> u64 {
    let (mut a, mut b) = (1u64, 0u64);
    for byte in bytes {
        a += u64::from(*byte);
        b = b.wrapping_add(a);
    }
    b
}

fn load_checkpoint(bytes: &[u8]) -> Option<TrainState> {
    let (check, text) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
    if check != format!("{:020}", sum(text.as_bytes())) {
        return None;
    }
    let mut lines = text.lines();
    let list = |line: &str| -> Option<Tensor<1>> {
        let numbers = line.strip_prefix('[')?.strip_suffix(']')?.split(", ");
        Some(vector(
            numbers.map(|x| x.parse().ok()).collect::<Option<_>>()?,
        ))
    };
    let (step, loss_sum) = lines.next()?.split_once(' ')?;
    let parameters = list(lines.next()?)?;
    let running_mean = list(lines.next()?)?;
    let velocity = list(lines.next()?)?;
    let mut history = vec![];
    for line in lines {
        let numbers: Vec<f64> = line
            .split(' ')
            .map(|x| x.parse().ok())
            .collect::<Option<_>>()?;
        let [train_loss, loss, error] = numbers.try_into().ok()?;
        let test = Evaluation { loss, error };
        history.push(EpochRecord { train_loss, test });
    }
    Some(TrainState {
        model: Classifier {
            parameters,
            running_mean,
        },
        velocity,
        step: step.parse().ok()?,
        loss_sum: loss_sum.parse().ok()?,
        history,
    })
}
