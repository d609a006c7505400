//! Checks of A1.7: evaluation, the loop, checkpoints.

use common::check::{
    Check, Failure, Tolerance, Verdict, close, close_values, ensure, equal, equal_bits, within,
};
use common::contract::Submission;
use common::contract::a1::{
    Classifier, Decay, Evaluation, Schedule, TrainSettings, TrainState, TrainingLoop,
};
use common::rng::Rng;

use super::training_loop::{PART, batches_of};
use super::{about, normal_matrix, sizes};
use crate::oracle::matrix::vector;
use crate::oracle::training_loop::{Data, Run, lr};

/// The checks of the loop.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "training_loop/evaluation",
            part: PART,
            points: 2,
            proves: "Loss and error are means over the samples, the same for every batch size, with the running mean.",
            hint: "evaluation_pass, not training_pass; a batch of 3 counts three times as much as a batch of 1.",
            run: evaluation,
        },
        Check {
            id: "training_loop/learning",
            part: PART,
            points: 1,
            proves: "A model that knows nothing has the loss ln c, and 300 steps teach it 32 samples without an error.",
            hint: "The loss is a mean in nats. If nothing is learned, look at the sign of the step and at the rate.",
            run: learning,
        },
        Check {
            id: "training_loop/steps",
            part: PART,
            points: 2,
            proves: "After every step of three epochs the whole state, history included, is the right one.",
            hint: "Follow state.step: it gives epoch, batch and rate. Each gradient is of one batch; the test loss is of all test samples.",
            run: steps,
        },
        Check {
            id: "training_loop/cut_and_resumed",
            part: PART,
            points: 1,
            proves: "A run that is cut anywhere and goes on from a checkpoint ends with the same bits.",
            hint: "Where in its epoch is the state that comes in? Nothing may be remembered outside it.",
            run: resume,
        },
        Check {
            id: "training_loop/test_set_is_only_looked_at",
            part: PART,
            points: 1,
            proves: "With other test samples the training ends with the same bits.",
            hint: "What evaluation does must not reach the model, the velocity, or the order of the batches.",
            run: test_set_is_only_looked_at,
        },
        Check {
            id: "training_loop/checkpoint_bits",
            part: PART,
            points: 1,
            proves: "A checkpoint has every bit of the state.",
            hint: "Model, running mean, velocity, step, loss so far, history: in double precision, all of them.",
            run: checkpoint,
        },
        Check {
            id: "training_loop/damaged_checkpoint",
            part: PART,
            points: 1,
            proves: "A checkpoint that is cut, longer, or has one changed byte is an error, not a panic.",
            hint: "Compare the checksum first; then look whether bytes are left.",
            run: damaged_checkpoint,
        },
    ]
}

/// A run's data and settings: three batches per epoch and a ragged one.
struct Setting {
    model: Classifier,
    train: Data,
    test: Data,
    settings: TrainSettings,
}

/// Points of mean about 2, so that it matters what they are centred on.
fn data(rng: &mut Rng, n: usize, d: usize, classes: usize) -> Data {
    Data {
        x: normal_matrix(rng, n, d).map(|x| 2.0 + x),
        labels: (0..n).map(|_| rng.below(classes)).collect(),
    }
}

/// A classifier with parameters around 1.
fn classifier(rng: &mut Rng, d: usize, classes: usize) -> Classifier {
    Classifier {
        parameters: rng.normal_tensor([(d + 1) * classes]),
        running_mean: rng.normal_tensor([d]),
    }
}

fn setting(rng: &mut Rng, decay: Decay, shuffle: bool) -> Setting {
    let [d, classes, batch_size] = sizes(rng, 2, 6);
    let n = 3 * batch_size + rng.between(1, batch_size - 1);
    Setting {
        model: classifier(rng, d, classes),
        train: data(rng, n, d, classes),
        // Not a multiple of the batch size.
        test: data(rng, 2 * batch_size + 1, d, classes),
        settings: TrainSettings {
            schedule: Schedule {
                decay,
                peak: rng.uniform(0.1, 0.3),
                floor: 0.05,
                warmup: 2,
                end: 9,
                period: 3,
                factor: 0.6,
            },
            mu: rng.uniform(0.5, 0.9),
            batch_size,
            shuffle,
            seed: rng.next_u64(),
        },
    }
}

impl Setting {
    fn train(
        &self,
        s: &Submission,
        from: &TrainState,
        steps: usize,
    ) -> Result<TrainState, Failure> {
        let (train, test) = (self.train.samples(), self.test.samples());
        Ok(s.train(from.clone(), train, test, self.settings.clone(), steps)?)
    }

    fn start(&self) -> TrainState {
        TrainState::new(self.model.clone())
    }
}

fn evaluation_is(got: &Evaluation, want: [f64; 2]) -> Verdict {
    within(got.loss, want[0], Tolerance::EXACT).map_err(about("loss"))?;
    within(got.error, want[1], Tolerance::EXACT).map_err(about("error"))
}

fn evaluation(s: &Submission, rng: &mut Rng) -> Verdict {
    let [d, classes] = sizes(rng, 2, 6);
    let model = classifier(rng, d, classes);
    let n = 13;
    let data = data(rng, n, d, classes);
    let want = Run::new(&model).evaluate(&data);
    for batch_size in [1, 2, 4, 5, 12, 13, 50] {
        let got = s.evaluate(model.clone(), data.samples(), batch_size)?;
        evaluation_is(&got, want).map_err(about(format_args!("{n} samples by {batch_size}")))?;
    }
    Ok(())
}

/// The logits of a new model have a deviation of 0.01 times the length of a point, about 0.06: the mean loss
/// of 32 samples is within 1 % of ln c, and 5 % are more than 6 deviations. In 40 dimensions a plane separates
/// any labels of 32 points.
fn learning(s: &Submission, rng: &mut Rng) -> Verdict {
    let (n, d, classes) = (32, 40, 4);
    let data = Data {
        x: normal_matrix(rng, n, d),
        labels: (0..n).map(|i| i % classes).collect(),
    };
    let setting = Setting {
        model: Classifier::new(d, classes, rng.next_u64()),
        train: data.clone(),
        test: data,
        settings: TrainSettings {
            schedule: Schedule {
                decay: Decay::Cosine,
                peak: 0.2,
                floor: 0.0,
                warmup: 10,
                end: 300,
                period: 1,
                factor: 1.0,
            },
            mu: 0.9,
            batch_size: 12,
            shuffle: true,
            seed: rng.next_u64(),
        },
    };
    let samples = setting.train.samples();
    let before = s.evaluate(setting.model.clone(), samples.clone(), 12)?;
    let want = (classes as f64).ln();
    ensure((before.loss / want - 1.0).abs() <= 0.05, || {
        format!(
            "expected a first loss near ln {classes} = {want}, got {}",
            before.loss
        )
    })?;
    let trained = setting.train(s, &setting.start(), 300)?;
    let after = s.evaluate(trained.model, samples, 12)?;
    equal(&after.error, &0.0).map_err(about("error after 300 steps"))?;
    ensure(after.loss < 0.1, || {
        format!("the loss after 300 steps is {}", after.loss)
    })
}

/// Compares all of the state, in the order in which it is computed.
fn state_is(got: &TrainState, want: &Run) -> Verdict {
    let state = want.state();
    equal(&got.step, &state.step).map_err(about("step"))?;
    close(&got.velocity, &state.velocity, Tolerance::EXACT).map_err(about("velocity"))?;
    let (model, wanted) = (&got.model, &state.model);
    close(&model.parameters, &wanted.parameters, Tolerance::EXACT).map_err(about("parameters"))?;
    close(&model.running_mean, &wanted.running_mean, Tolerance::EXACT)
        .map_err(about("running_mean"))?;
    within(got.loss_sum, state.loss_sum, Tolerance::EXACT).map_err(about("loss_sum"))?;
    equal(&got.history.len(), &want.history.len()).map_err(about("epochs in history"))?;
    for (epoch, (got, want)) in got.history.iter().zip(&want.history).enumerate() {
        let numbers = [got.train_loss, got.test.loss, got.test.error];
        close_values(&numbers, want, Tolerance::EXACT).map_err(about(format_args!(
            "training loss, test loss, test error of epoch {epoch}"
        )))?;
    }
    Ok(())
}

fn steps(s: &Submission, rng: &mut Rng) -> Verdict {
    for (decay, shuffle) in [
        (Decay::Cosine, true),
        (Decay::Step, false),
        (Decay::Linear, true),
    ] {
        let setting = setting(rng, decay, shuffle);
        let Setting {
            train,
            test,
            settings,
            ..
        } = &setting;
        let mut run = Run::new(&setting.model);
        let mut state = setting.start();
        let untouched = setting.train(s, &state, 0)?;
        state_is(&untouched, &run).map_err(about("0 steps"))?;

        // Step by step through the first epoch, then the other two at once.
        let sizes = (train.labels.len(), settings.batch_size);
        for epoch in 0..3 {
            let batches = batches_of(s, sizes, shuffle, settings.seed, epoch)?;
            if epoch == 0 {
                let mut slow = run.clone();
                for batch in &batches[..batches.len() - 1] {
                    let rate = lr(&settings.schedule, slow.step);
                    slow.step(train, batch, rate, settings.mu);
                    state = setting.train(s, &state, 1)?;
                    state_is(&state, &slow).map_err(about(format_args!("step {}", slow.step)))?;
                }
            }
            run.epoch(train, test, &batches, settings);
        }
        let state = setting.train(s, &setting.start(), run.step)?;
        state_is(&state, &run).map_err(about("3 epochs at once"))?;
    }
    Ok(())
}

/// Compares two states bit for bit, but for what was measured on test samples.
fn same_training(got: &TrainState, want: &TrainState) -> Verdict {
    equal(&got.step, &want.step).map_err(about("step"))?;
    equal_bits(&got.model.parameters, &want.model.parameters).map_err(about("parameters"))?;
    equal_bits(&got.model.running_mean, &want.model.running_mean).map_err(about("running_mean"))?;
    equal_bits(&got.velocity, &want.velocity).map_err(about("velocity"))?;
    equal(&got.loss_sum, &want.loss_sum).map_err(about("loss_sum"))?;
    let losses = |state: &TrainState| -> Vec<f64> {
        state.history.iter().map(|epoch| epoch.train_loss).collect()
    };
    equal(&losses(got), &losses(want)).map_err(about("training losses"))
}

/// As [`same_training`], with the measurements.
fn same_bits(got: &TrainState, want: &TrainState) -> Verdict {
    same_training(got, want)?;
    let tests = |state: &TrainState| -> Vec<[f64; 2]> {
        let epochs = state.history.iter();
        epochs
            .map(|epoch| [epoch.test.loss, epoch.test.error])
            .collect()
    };
    equal(&tests(got), &tests(want)).map_err(about("test losses and errors"))
}

/// The state that the bytes of a checkpoint hold.
fn loaded(s: &Submission, bytes: Vec<u8>) -> Result<TrainState, Failure> {
    s.load_checkpoint(bytes)?
        .map_err(|error| Failure::wrong(format!("load_checkpoint refused a good one: {error}")))
}

/// Four batches per epoch: cut inside the first, at the end of it, and inside the second.
fn resume(s: &Submission, rng: &mut Rng) -> Verdict {
    let setting = setting(rng, Decay::Cosine, true);
    let whole = setting.train(s, &setting.start(), 10)?;
    equal(&whole.step, &10).map_err(about("step after 10 steps"))?;
    equal(&whole.history.len(), &2).map_err(about("epochs in 10 steps of 4 per epoch"))?;
    for cut in [1, 4, 7] {
        let before = setting.train(s, &setting.start(), cut)?;
        let restored = loaded(s, s.save_checkpoint(before)?)?;
        let after = setting.train(s, &restored, 10 - cut)?;
        same_bits(&after, &whole).map_err(about(format_args!("cut after step {cut}")))?;
    }
    Ok(())
}

fn test_set_is_only_looked_at(s: &Submission, rng: &mut Rng) -> Verdict {
    let mut setting = setting(rng, Decay::Linear, true);
    let one = setting.train(s, &setting.start(), 9)?;
    equal(&one.step, &9).map_err(about("step"))?;
    setting.test = Data {
        x: normal_matrix(rng, 3, setting.train.x.columns).map(|x| 5.0 * x - 20.0),
        labels: vec![0, 1, 1],
    };
    let other = setting.train(s, &setting.start(), 9)?;
    same_training(&other, &one)?;
    // Each history is about its own test set.
    let last = |state: &TrainState| state.history.last().map(|epoch| epoch.test.loss);
    ensure(last(&one).is_some() && last(&one) != last(&other), || {
        "other test samples have the same test loss".into()
    })
}

/// A state of which no number is 0 or short.
fn full_state(rng: &mut Rng) -> TrainState {
    let setting = setting(rng, Decay::Step, true);
    let mut run = Run::new(&setting.model);
    run.velocity = normal_matrix(rng, run.velocity.rows, run.velocity.columns);
    run.step = 100_000 + rng.below(100_000);
    run.loss_sum = rng.uniform(1.0, 9.0);
    run.history = vec![[0; 3].map(|_| rng.unit()), [0; 3].map(|_| rng.unit())];
    run.state()
}

fn checkpoint(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..3 {
        let state = full_state(rng);
        same_bits(&loaded(s, s.save_checkpoint(state.clone())?)?, &state)?;
    }
    // The beginning of a run, and numbers at the ends of their range.
    let mut state = TrainState::new(Classifier::new(3, 2, 1));
    same_bits(&loaded(s, s.save_checkpoint(state.clone())?)?, &state)?;
    state.model.running_mean = vector(vec![f64::MIN_POSITIVE, -1e300, 0.1 + 0.2]);
    state.step = usize::MAX >> 12;
    same_bits(&loaded(s, s.save_checkpoint(state.clone())?)?, &state)
}

fn damaged_checkpoint(s: &Submission, rng: &mut Rng) -> Verdict {
    let state = full_state(rng);
    let bytes = s.save_checkpoint(state.clone())?;
    same_bits(&loaded(s, bytes.clone())?, &state).map_err(about("undamaged"))?;
    let refused = |bytes: Vec<u8>, what: String| {
        let answer = s.load_checkpoint(bytes)?;
        ensure(answer.is_err(), || format!("{what}, and it was loaded"))
    };
    let n = bytes.len();
    for trial in 0..40 {
        let at = [0, n - 1].get(trial).copied();
        let at = at.unwrap_or_else(|| rng.below(n));
        let mut changed = bytes.clone();
        changed[at] ^= 1 << rng.below(8);
        refused(changed, format!("byte {at} of {n} was changed"))?;

        let left = [0, 1, n / 2, n - 1].get(trial).copied();
        let left = left.unwrap_or_else(|| rng.below(n));
        refused(
            bytes[..left].to_vec(),
            format!("{left} of {n} bytes were left"),
        )?;
    }
    let mut longer = bytes.clone();
    longer.push(rng.next_u64() as u8);
    refused(longer, "a byte followed".into())?;
    refused([bytes.clone(), bytes].concat(), "it came twice".into())
}
