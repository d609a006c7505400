//! Mutants of A1.7: schedules, batches, evaluation, checkpoints. Those of the loop are in
//! [`super::training_run`].

use std::f64::consts::{LN_2, PI};
use std::sync::atomic::{AtomicU64, Ordering};

use a1_backprop::parts::training_loop as reference;
use burn::tensor::DType;
use common::contract::Wire;
use common::contract::a1::{Classifier, Decay, Evaluation, Samples, Schedule, TrainState};
use common::rng::Rng;
use hidden_suite::Mutant;

/// The part.
pub const PART: &str = "A1.7";

/// The mutants of schedules, batches, evaluation and checkpoints.
pub fn mutants() -> Vec<Mutant> {
    [schedules(), batches(), evaluation(), checkpoints()]
        .into_iter()
        .flatten()
        .collect()
}

fn schedules() -> Vec<Mutant> {
    vec![
        mutant!(
            training_loop.lr_at / "no_warmup",
            "the rate begins at its peak",
            |s, step| reference::lr_at(s.clone(), step.max(s.warmup))
        ),
        mutant!(
            training_loop.lr_at / "warmup_one_ahead",
            "the warm-up counts steps from 1",
            |s, step| {
                if step < s.warmup {
                    s.peak * (step + 1) as f64 / s.warmup as f64
                } else {
                    reference::lr_at(s, step)
                }
            }
        ),
        mutant!(
            training_loop.lr_at / "warmup_from_floor",
            "the warm-up rises from floor, not from 0",
            |s, step| {
                if step < s.warmup {
                    s.floor + (s.peak - s.floor) * step as f64 / s.warmup as f64
                } else {
                    reference::lr_at(s, step)
                }
            }
        ),
        mutant!(
            training_loop.lr_at / "cosine_not_clamped",
            "after its end the cosine rises again",
            |s, step| match s.decay {
                Decay::Cosine if step >= s.end && s.end > s.warmup => falling(&s, step, cosine),
                _ => reference::lr_at(s, step),
            }
        ),
        mutant!(
            training_loop.lr_at / "line_not_clamped",
            "after its end the line goes on below floor",
            |s, step| match s.decay {
                Decay::Linear if step >= s.end && s.end > s.warmup =>
                    falling(&s, step, |t| 1.0 - t),
                _ => reference::lr_at(s, step),
            }
        ),
        mutant!(
            training_loop.lr_at / "zero_by_zero",
            "the end is tested with >, so a decay of no steps is 0 / 0",
            |s, step| match s.decay {
                Decay::Cosine if step == s.end && step >= s.warmup => falling(&s, step, cosine),
                _ => reference::lr_at(s, step),
            }
        ),
        mutant!(
            training_loop.lr_at / "decay_from_the_start",
            "the decay counts the steps of the warm-up",
            |s, step| {
                let from_zero = Schedule {
                    warmup: 0,
                    ..s.clone()
                };
                reference::lr_at(if step < s.warmup { s } else { from_zero }, step)
            }
        ),
        mutant!(
            training_loop.lr_at / "whole_turn",
            "cos 2 pi t: down and up again",
            |s, step| match s.decay {
                Decay::Cosine if step >= s.warmup && step < s.end =>
                    falling(&s, step, |t| cosine(2.0 * t)),
                _ => reference::lr_at(s, step),
            }
        ),
        mutant!(
            training_loop.lr_at / "floor_is_zero",
            "the rate falls to 0",
            |s, step| reference::lr_at(Schedule { floor: 0.0, ..s }, step)
        ),
        mutant!(
            training_loop.lr_at / "floor_on_top",
            "floor is added to a decay from the whole peak",
            |s, step| {
                let peak = s.peak + if step < s.warmup { 0.0 } else { s.floor };
                reference::lr_at(Schedule { peak, ..s }, step)
            }
        ),
        mutant!(
            training_loop.lr_at / "always_cosine",
            "the kind of decay is not looked at",
            |s, step| {
                let decay = Decay::Cosine;
                reference::lr_at(Schedule { decay, ..s }, step)
            }
        ),
        mutant!(
            training_loop.lr_at / "falls_one_early",
            "the first period is a step short",
            |s, step| match s.decay {
                Decay::Step if step >= s.warmup => reference::lr_at(s, step + 1),
                _ => reference::lr_at(s, step),
            }
        ),
        mutant!(
            training_loop.lr_at / "falls_once",
            "the factor is applied once, however many periods are over",
            |s, step| {
                let lowest = s.peak * s.factor;
                let lr = reference::lr_at(s.clone(), step);
                match s.decay {
                    Decay::Step if step >= s.warmup => lr.max(lowest),
                    _ => lr,
                }
            }
        ),
        mutant!(
            training_loop.lr_at / "smooth_steps",
            "the exponent of factor is not rounded down",
            |s, step| match s.decay {
                Decay::Step if step >= s.warmup =>
                    s.peak * s.factor.powf((step - s.warmup) as f64 / s.period as f64),
                _ => reference::lr_at(s, step),
            }
        ),
    ]
}

/// A decay whose share left is `law` of the share behind, with nothing else looked at.
fn falling(s: &Schedule, step: usize, law: fn(f64) -> f64) -> f64 {
    let t = (step - s.warmup) as f64 / (s.end as f64 - s.warmup as f64);
    s.floor + (s.peak - s.floor) * law(t)
}

fn cosine(t: f64) -> f64 {
    0.5 * (1.0 + (PI * t).cos())
}

fn batches() -> Vec<Mutant> {
    vec![
        mutant!(
            training_loop.epoch_batches / "drops_last",
            "the last batch is dropped when it is not full",
            |n, size, shuffle, seed, epoch| {
                let mut batches = reference::epoch_batches(n, size, shuffle, seed, epoch);
                batches.retain(|batch| batch.len() == size);
                batches
            }
        ),
        mutant!(
            training_loop.epoch_batches / "fills_up_last",
            "the last batch is filled up from the beginning",
            |n, size, shuffle, seed, epoch| {
                let mut batches = reference::epoch_batches(n, size, shuffle, seed, epoch);
                let all = batches.concat();
                if let Some(last) = batches.last_mut() {
                    last.extend(all.iter().take(size - last.len()));
                }
                batches
            }
        ),
        mutant!(
            training_loop.epoch_batches / "rest_joins",
            "what is left joins the batch before",
            |n, size, shuffle, seed, epoch| {
                let mut batches = reference::epoch_batches(n, size, shuffle, seed, epoch);
                if batches.len() > 1 && n % size > 0 {
                    let rest = batches.pop().unwrap_or_default();
                    batches.last_mut().into_iter().for_each(|b| b.extend(&rest));
                }
                batches
            }
        ),
        mutant!(
            training_loop.epoch_batches / "last_sample_missing",
            "0..n - 1",
            |n, size, shuffle, seed, epoch| {
                reference::epoch_batches(n.saturating_sub(1), size, shuffle, seed, epoch)
            }
        ),
        mutant!(
            training_loop.epoch_batches / "no_reshuffle",
            "every epoch has the order of the first",
            |n, size, shuffle, seed, _| reference::epoch_batches(n, size, shuffle, seed, 0)
        ),
        mutant!(
            training_loop.epoch_batches / "never_shuffles",
            "the samples stay in their order",
            |n, size, _, seed, epoch| reference::epoch_batches(n, size, false, seed, epoch)
        ),
        mutant!(
            training_loop.epoch_batches / "always_shuffles",
            "shuffle is not looked at",
            |n, size, _, seed, epoch| reference::epoch_batches(n, size, true, seed, epoch)
        ),
        mutant!(
            training_loop.epoch_batches / "ignores_seed",
            "every run has the same orders",
            |n, size, shuffle, _, epoch| reference::epoch_batches(n, size, shuffle, 42, epoch)
        ),
        mutant!(
            training_loop.epoch_batches / "not_reproducible",
            "the order comes from a generator of the process",
            |n, size, shuffle, seed, epoch| {
                static CALLS: AtomicU64 = AtomicU64::new(0);
                let call = CALLS.fetch_add(1, Ordering::Relaxed);
                reference::epoch_batches(n, size, shuffle, seed ^ (call << 32), epoch)
            }
        ),
        mutant!(
            training_loop.epoch_batches / "shuffles_batches",
            "neighbours stay together: only the batches are in random order",
            |n, size, shuffle, seed, epoch| {
                let mut batches = reference::epoch_batches(n, size, false, seed, epoch);
                let full = n / size;
                if shuffle {
                    stream(seed, epoch).shuffle(&mut batches[..full]);
                }
                batches
            }
        ),
        mutant!(
            training_loop.epoch_batches / "shuffles_inside_batches",
            "each batch has the same samples in every epoch",
            |n, size, shuffle, seed, epoch| {
                let mut batches = reference::epoch_batches(n, size, false, seed, epoch);
                let mut rng = stream(seed, epoch);
                for batch in batches.iter_mut().filter(|_| shuffle) {
                    rng.shuffle(batch);
                }
                batches
            }
        ),
        mutant!(
            training_loop.epoch_batches / "with_replacement",
            "each index is drawn for itself",
            |n, size, shuffle, seed, epoch| {
                let mut batches = reference::epoch_batches(n, size, shuffle, seed, epoch);
                let mut rng = stream(seed, epoch);
                for index in batches.iter_mut().flatten().filter(|_| shuffle) {
                    *index = rng.below(n);
                }
                batches
            }
        ),
        mutant!(
            training_loop.epoch_batches / "rotates",
            "the list begins somewhere else",
            |n, size, shuffle, seed, epoch| {
                let mut order: Vec<usize> = (0..n).collect();
                if shuffle && n > 0 {
                    order.rotate_left(stream(seed, epoch).below(n));
                }
                order.chunks(size).map(<[usize]>::to_vec).collect()
            }
        ),
        mutant!(
            training_loop.epoch_batches / "sattolo",
            "an off by one in Fisher and Yates' shuffle: no sample keeps its place",
            |n, size, shuffle, seed, epoch| {
                let mut order: Vec<usize> = (0..n).collect();
                let mut rng = stream(seed, epoch);
                for i in (1..n).rev().filter(|_| shuffle) {
                    order.swap(i, rng.below(i));
                }
                order.chunks(size).map(<[usize]>::to_vec).collect()
            }
        ),
    ]
}

fn stream(seed: u64, epoch: usize) -> Rng {
    Rng::named(seed, &format!("mutant of epoch {epoch}"))
}

fn evaluation() -> Vec<Mutant> {
    vec![
        mutant!(
            training_loop.evaluate / "mean_of_means",
            "every batch counts the same, also the smaller last one",
            |model, samples, size| {
                let parts = parts(&model, &samples, size);
                weighted(parts.iter().map(|(_, part)| (1.0, part)))
            }
        ),
        mutant!(
            training_loop.evaluate / "training_mode",
            "batches are centred on their own mean",
            |model, samples, size| {
                let all: Vec<usize> = (0..samples.len()).collect();
                let parts: Vec<(usize, Evaluation)> = all
                    .chunks(size)
                    .map(|batch| {
                        let batch_samples = samples.select(batch);
                        let mean = batch_samples.x.clone().mean_dim(0).squeeze_dim(0);
                        let centred = Classifier {
                            running_mean: mean,
                            ..model.clone()
                        };
                        (batch.len(), centred.evaluation_pass(&batch_samples))
                    })
                    .collect();
                weighted(parts.iter().map(|(n, part)| (*n as f64, part)))
            }
        ),
        mutant!(
            training_loop.evaluate / "moves_running_mean",
            "every batch moves the running mean",
            |mut model, samples, size| {
                let mut parts = vec![];
                for batch in reference::epoch_batches(samples.len(), size, false, 0, 0) {
                    let samples = samples.select(&batch);
                    model.running_mean = model.training_pass(&samples).running_mean;
                    parts.push((batch.len(), model.evaluation_pass(&samples)));
                }
                weighted(parts.iter().map(|(n, part)| (*n as f64, part)))
            }
        ),
        mutant!(
            training_loop.evaluate / "last_batch",
            "what the last batch gives",
            |model, samples, size| parts(&model, &samples, size)
                .remove((samples.len() - 1) / size)
                .1
        ),
        mutant!(
            training_loop.evaluate / "first_batch",
            "what the first batch gives",
            |model, samples, size| parts(&model, &samples, size).remove(0).1
        ),
        mutant!(
            training_loop.evaluate / "drops_last",
            "the smaller last batch is left out",
            |model, samples, size| {
                let mut parts = parts(&model, &samples, size);
                if parts.len() > 1 {
                    parts.retain(|(n, _)| *n == size);
                }
                weighted(parts.iter().map(|(n, part)| (*n as f64, part)))
            }
        ),
        mutant!(
            training_loop.evaluate / "divides_by_full_batches",
            "the last batch counts as full in the denominator",
            |model, samples, size| {
                let full = samples.len().div_ceil(size) * size;
                let share = samples.len() as f64 / full as f64;
                let right = reference::evaluate(model, samples, size);
                scaled(&right, share, share)
            }
        ),
        mutant!(
            training_loop.evaluate / "sum",
            "the loss is a sum over the samples",
            |model, samples, size| {
                let n = samples.len() as f64;
                scaled(&reference::evaluate(model, samples, size), n, 1.0)
            }
        ),
        mutant!(
            training_loop.evaluate / "bits",
            "the loss is in bits",
            |model, samples, size| {
                scaled(&reference::evaluate(model, samples, size), 1.0 / LN_2, 1.0)
            }
        ),
        mutant!(
            training_loop.evaluate / "accuracy",
            "the share of right answers in place of wrong ones",
            |model, samples, size| {
                let right = reference::evaluate(model, samples, size);
                Evaluation {
                    error: 1.0 - right.error,
                    ..right
                }
            }
        ),
        mutant!(
            training_loop.evaluate / "number_of_errors",
            "the number of wrong answers in place of their share",
            |model, samples, size| {
                let n = samples.len() as f64;
                scaled(&reference::evaluate(model, samples, size), 1.0, n)
            }
        ),
    ]
}

/// Each batch's size and what it gives.
fn parts(model: &Classifier, samples: &Samples, size: usize) -> Vec<(usize, Evaluation)> {
    reference::epoch_batches(samples.len(), size, false, 0, 0)
        .iter()
        .map(|batch| (batch.len(), model.evaluation_pass(&samples.select(batch))))
        .collect()
}

fn weighted<'a>(parts: impl Iterator<Item = (f64, &'a Evaluation)>) -> Evaluation {
    let (mut loss, mut error, mut sum) = (0.0, 0.0, 0.0);
    for (weight, part) in parts {
        loss += weight * part.loss;
        error += weight * part.error;
        sum += weight;
    }
    Evaluation {
        loss: loss / sum,
        error: error / sum,
    }
}

fn scaled(evaluation: &Evaluation, loss: f64, error: f64) -> Evaluation {
    Evaluation {
        loss: evaluation.loss * loss,
        error: evaluation.error * error,
    }
}

fn checkpoints() -> Vec<Mutant> {
    vec![
        mutant!(
            training_loop.save_checkpoint / "no_velocity",
            "the optimiser's state is not in it",
            |mut state| {
                state.velocity = state.velocity.zeros_like();
                reference::save_checkpoint(state)
            }
        ),
        mutant!(
            training_loop.save_checkpoint / "no_step",
            "the step is not in it",
            |state| reference::save_checkpoint(TrainState { step: 0, ..state })
        ),
        mutant!(
            training_loop.save_checkpoint / "no_running_mean",
            "only what the optimiser changes is in it",
            |mut state| {
                state.model.running_mean = state.model.running_mean.zeros_like();
                reference::save_checkpoint(state)
            }
        ),
        mutant!(
            training_loop.save_checkpoint / "no_loss_sum",
            "the epoch's losses so far are not in it",
            |state| reference::save_checkpoint(TrainState {
                loss_sum: 0.0,
                ..state
            })
        ),
        mutant!(
            training_loop.save_checkpoint / "no_history",
            "the epochs that are over are not in it",
            |state| reference::save_checkpoint(TrainState {
                history: vec![],
                ..state
            })
        ),
        mutant!(
            training_loop.save_checkpoint / "single_precision",
            "the parameters are rounded to f32",
            |mut state| {
                let single = state.model.parameters.cast(DType::F32);
                state.model.parameters = single.cast(DType::F64);
                reference::save_checkpoint(state)
            }
        ),
        mutant!(
            training_loop.save_checkpoint / "short_step",
            "the step is one byte",
            |state| {
                let step = state.step & 0xff;
                reference::save_checkpoint(TrainState { step, ..state })
            }
        ),
        mutant!(
            training_loop.load_checkpoint / "believes",
            "the checksum is not compared",
            |bytes| match bytes.get(8..) {
                Some(body) => TrainState::from_bytes(body).map_err(|error| error.to_string()),
                None => Err("short".into()),
            }
        ),
        mutant!(
            training_loop.load_checkpoint / "panics_when_short",
            "the checksum is sliced off without a look at the length",
            |bytes| {
                let _ = &bytes[..8];
                reference::load_checkpoint(bytes)
            }
        ),
        mutant!(
            training_loop.load_checkpoint / "unwraps",
            "a damaged file is a panic",
            |bytes| Ok(reference::load_checkpoint(bytes).unwrap())
        ),
        mutant!(
            training_loop.load_checkpoint / "starts_anew",
            "a damaged file is a run that begins",
            |bytes| Ok(reference::load_checkpoint(bytes)
                .unwrap_or_else(|_| TrainState::new(Classifier::new(2, 2, 0))))
        ),
        mutant!(
            training_loop.load_checkpoint / "ignores_what_follows",
            "bytes after the state are not looked at",
            |bytes| {
                let cut = (1..=bytes.len()).rev();
                let mut loaded = cut.map(|n| reference::load_checkpoint(bytes[..n].to_vec()));
                loaded.find(Result::is_ok).unwrap_or(Err("damaged".into()))
            }
        ),
        mutant!(
            training_loop.load_checkpoint / "velocity_starts_anew",
            "the velocity is zeros after loading",
            |bytes| reference::load_checkpoint(bytes).map(|state| TrainState {
                velocity: state.velocity.zeros_like(),
                ..state
            })
        ),
        mutant!(
            training_loop.load_checkpoint / "epoch_starts_anew",
            "the step is rounded down to tens, as if to the start of an epoch",
            |bytes| reference::load_checkpoint(bytes).map(|state| TrainState {
                step: state.step / 10 * 10,
                ..state
            })
        ),
    ]
}
