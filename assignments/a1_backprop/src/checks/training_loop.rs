//! Public checks of A1.7.

use burn::tensor::Tensor;
use common::check::{
    Check, Part, Tolerance, Verdict, close, ensure, equal, equal_bits, labels, tensor, within,
};
use common::contract::Submission;
use common::contract::a1::{
    Classifier, Decay, Samples, Schedule, TrainSettings, TrainState, TrainingLoop,
};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.7",
    title: "Schedules, batching, the training loop",
    module: "training_loop",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/training_loop.rs and write epoch_batches without shuffling: cut 0..n into pieces.",
    hints: &[
        "Everything follows from state.step, which counts over the whole run: the epoch is step / batches \
         per epoch, the batch in it the remainder, the rate that of lr_at(step). So the loop needs no \
         counter of its own, and a run that was cut goes on by itself.",
        "A step: pass = model.training_pass on the selected batch; v = v mu + gradient; w = w - v lr; take \
         the running mean of the pass; add loss times batch size to loss_sum; step + 1. When step is a \
         multiple of the batches per epoch, push the record and set loss_sum to 0. evaluate weights \
         each batch's means by its share of the samples.",
    ],
    hidden_checks: 11,
    forbidden: rules::TRAINING_PARTS,
};

/// The public checks of A1.7.
pub const CHECKS: &[Check] = &[
    Check {
        id: "training_loop/lr",
        part: "A1.7",
        points: 1,
        proves: "the three schedules give the rates of the handout's table, warm-up and end included",
        hint: "three cases: step < warmup rises from 0; from step end on the rate is floor; between them the law",
        run: lr,
    },
    Check {
        id: "training_loop/batches",
        part: "A1.7",
        points: 1,
        proves: "an epoch has every sample once, the last batch is kept, and each epoch has its own order",
        hint: "draw the order from a generator made of seed and epoch, then cut it into chunks",
        run: batches,
    },
    Check {
        id: "training_loop/evaluate",
        part: "A1.7",
        points: 1,
        proves: "loss and error of the handout's three samples are those of all samples, however they are cut",
        hint: "use evaluation_pass, and weight each batch by its number of samples over the number of all",
        run: evaluate,
    },
    Check {
        id: "training_loop/two_steps",
        part: "A1.7",
        points: 1,
        proves: "two steps give the numbers of the handout's example, and the record of the epoch",
        hint: "v <- mu v + g first, then w <- w - lr v with the new v; lr_at is asked for the step, not for the epoch",
        run: two_steps,
    },
    Check {
        id: "training_loop/resume",
        part: "A1.7",
        points: 1,
        proves: "a run that is cut in the middle of an epoch ends with the same bits as one that is not",
        hint: "start from state.step: which epoch is it in, and how many of its batches are done?",
        run: resume,
    },
    Check {
        id: "training_loop/checkpoint",
        part: "A1.7",
        points: 1,
        proves: "a checkpoint gives back the whole state, and half of one is an error",
        hint: "state.to_bytes() has everything; compare a checksum before you believe the bytes",
        run: checkpoint,
    },
];

/// Warm-up over 2 steps, then from 1 to 0.2 over 4 steps, or by halves every 2 steps.
fn schedule(decay: Decay) -> Schedule {
    Schedule {
        decay,
        peak: 1.0,
        floor: 0.2,
        warmup: 2,
        end: 6,
        period: 2,
        factor: 0.5,
    }
}

/// The handout's table.
fn lr(submission: &Submission, _: &mut Rng) -> Verdict {
    // The cosine of an eighth and of three eighths of a turn: +- sqrt(1/2).
    let (high, low) = (0.882_842_712_474_619, 0.317_157_287_525_381);
    for (decay, rates) in [
        (Decay::Cosine, [0.0, 0.5, 1.0, high, 0.6, low, 0.2, 0.2]),
        (Decay::Linear, [0.0, 0.5, 1.0, 0.8, 0.6, 0.4, 0.2, 0.2]),
        (Decay::Step, [0.0, 0.5, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25]),
    ] {
        for (step, want) in rates.into_iter().enumerate() {
            let got = submission.lr_at(schedule(decay), step)?;
            within(got, want, Tolerance::EXACT).map_err(|failure| {
                failure
                    .about("lr_at")
                    .on_input(format!("step {step} of {:?}", schedule(decay)))
            })?;
        }
    }
    Ok(())
}

/// Ten samples by four, then thirty in random order.
fn batches(submission: &Submission, rng: &mut Rng) -> Verdict {
    let got = submission.epoch_batches(10, 4, false, 0, 0)?;
    let want = vec![vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]];
    let input = "samples 10, batch_size 4, shuffle false, seed 0, epoch 0";
    equal(&got, &want).map_err(|failure| failure.about("epoch_batches").on_input(input))?;

    let seed = rng.next_u64();
    let draw = |epoch| submission.epoch_batches(30, 7, true, seed, epoch);
    let (first, again, next) = (draw(0)?, draw(0)?, draw(1)?);
    let input = format!("samples 30, batch_size 7, shuffle true, seed {seed}");
    let check = || {
        let sizes: Vec<usize> = first.iter().map(Vec::len).collect();
        equal(&sizes, &vec![7, 7, 7, 7, 2])
            .map_err(|failure| failure.about("the sizes of the batches"))?;
        let mut all = first.concat();
        all.sort_unstable();
        equal(&all, &(0..30).collect())
            .map_err(|failure| failure.about("the indices of epoch 0, sorted"))?;
        equal(&again, &first).map_err(|failure| failure.about("epoch 0 once more"))?;
        ensure(next != first, || "epoch 1 has the order of epoch 0".into())
    };
    check().map_err(|failure| failure.about("epoch_batches").on_input(input))
}

/// Points of one number.
fn points(x: &[f64], of: &[i64]) -> Samples {
    Samples {
        x: tensor::<1>(x).unsqueeze_dim(1),
        labels: labels(of),
    }
}

/// The handout's three samples, whose probabilities are 3/4, 3/4 and 1/10.
fn evaluate(submission: &Submission, _: &mut Rng) -> Verdict {
    let model = Classifier {
        parameters: tensor([0.0, 3f64.ln(), 0.0, 0.0]),
        running_mean: tensor([1.0]),
    };
    let samples = points(&[2.0, 0.0, 3.0], &[1, 0, 0]);
    let loss = (2.0 * (4.0 / 3.0f64).ln() + 10f64.ln()) / 3.0;
    for batch_size in [3, 2, 1] {
        let got = submission.evaluate(model.clone(), samples.clone(), batch_size)?;
        within(got.loss, loss, Tolerance::EXACT)
            .map_err(|failure| failure.about("loss"))
            .and_then(|()| {
                within(got.error, 1.0 / 3.0, Tolerance::EXACT)
                    .map_err(|failure| failure.about("error"))
            })
            .map_err(|failure| {
                failure.about("evaluate").on_input(format!(
                    "weights [0, ln 3], running_mean [1], x [2, 0, 3], labels [1, 0, 0], batch_size {batch_size}"
                ))
            })?;
    }
    Ok(())
}

/// The handout's three training samples in their order, two at a time; the rate is halved in each step.
fn two_steps(submission: &Submission, _: &mut Rng) -> Verdict {
    let start = TrainState::new(Classifier {
        parameters: tensor([0.0; 4]),
        running_mean: tensor([0.0]),
    });
    let settings = TrainSettings {
        schedule: Schedule {
            warmup: 0,
            period: 1,
            ..schedule(Decay::Step)
        },
        mu: 0.5,
        batch_size: 2,
        shuffle: false,
        seed: 0,
    };
    let data = points(&[3.0, 1.0, 2.0], &[0, 1, 0]);
    let test = points(&[0.38, 0.38, 0.38], &[0, 0, 1]);
    // ln(1 + e^-0.5) twice and ln(1 + e^0.5) once.
    let test_loss = (2.0 * (-0.5f64).exp().ln_1p() + 0.5f64.exp().ln_1p()) / 3.0;

    let got = submission.train(start, data, test, settings, 2)?;
    let vector = |name: &'static str, got: &Tensor<1>, want: &Tensor<1>| {
        close(got, want, Tolerance::EXACT).map_err(|failure| failure.about(name))
    };
    let number = |name: &'static str, got: f64, want: f64| {
        within(got, want, Tolerance::EXACT).map_err(|failure| failure.about(name))
    };
    let check = || {
        let (velocity, parameters) = (
            tensor([-0.25, 0.25, -0.5, 0.5]),
            tensor([0.625, -0.625, 0.25, -0.25]),
        );
        vector("velocity", &got.velocity, &velocity)?;
        vector("parameters", &got.model.parameters, &parameters)?;
        vector("running_mean", &got.model.running_mean, &tensor([0.38]))?;
        equal(&got.step, &2).map_err(|failure| failure.about("step"))?;
        number("loss_sum", got.loss_sum, 0.0)?;
        equal(&got.history.len(), &1).map_err(|failure| failure.about("epochs in history"))?;
        let epoch = &got.history[0];
        number("train_loss", epoch.train_loss, 2f64.ln())?;
        number("test.loss", epoch.test.loss, test_loss)?;
        number("test.error", epoch.test.error, 1.0 / 3.0)
    };
    check().map_err(|failure| {
        failure.about("train").on_input(
            "parameters 0, x [3, 1, 2], labels [0, 1, 0], test x 0.38, labels [0, 0, 1], batch_size 2, mu 0.5, rates 1 and 0.5, 2 steps",
        )
    })
}

/// Random data, three batches per epoch, ten steps.
struct Example {
    start: TrainState,
    data: Samples,
    settings: TrainSettings,
}

impl Example {
    fn new(rng: &mut Rng) -> Self {
        let of: Vec<i64> = (0..11).map(|i| i % 3).collect();
        Self {
            start: TrainState::new(Classifier::new(2, 3, rng.next_u64())),
            data: Samples {
                x: rng.normal_tensor([11, 2]),
                labels: labels(&of),
            },
            settings: TrainSettings {
                schedule: schedule(Decay::Cosine),
                mu: 0.9,
                batch_size: 4,
                shuffle: true,
                seed: rng.next_u64(),
            },
        }
    }

    fn train(
        &self,
        submission: &Submission,
        from: &TrainState,
        steps: usize,
    ) -> Result<TrainState, common::check::Failure> {
        let (from, data) = (from.clone(), self.data.clone());
        Ok(submission.train(from, data.clone(), data, self.settings.clone(), steps)?)
    }
}

/// Compares two states bit for bit.
fn same(got: &TrainState, want: &TrainState) -> Verdict {
    equal(&got.step, &want.step).map_err(|failure| failure.about("step"))?;
    equal_bits(&got.velocity, &want.velocity).map_err(|failure| failure.about("velocity"))?;
    equal_bits(&got.model.parameters, &want.model.parameters)
        .map_err(|failure| failure.about("parameters"))?;
    equal_bits(&got.model.running_mean, &want.model.running_mean)
        .map_err(|failure| failure.about("running_mean"))?;
    equal(&got.loss_sum, &want.loss_sum).map_err(|failure| failure.about("loss_sum"))?;
    equal(&got.history.len(), &want.history.len())
        .map_err(|failure| failure.about("epochs in history"))
}

/// Ten steps at once, and four and six, in epochs of three.
fn resume(submission: &Submission, rng: &mut Rng) -> Verdict {
    let example = Example::new(rng);
    let whole = example.train(submission, &example.start, 10)?;
    equal(&whole.step, &10).map_err(|failure| failure.about("train, 10 steps: step"))?;
    let cut = example.train(submission, &example.start, 4)?;
    let resumed = example.train(submission, &cut, 6)?;
    same(&resumed, &whole).map_err(|failure| {
        failure
            .about("train, 4 steps and then 6 against 10")
            .on_input("11 random samples, batch_size 4, shuffled")
    })
}

/// A state in the middle of an epoch, whole and cut in half.
fn checkpoint(submission: &Submission, rng: &mut Rng) -> Verdict {
    let example = Example::new(rng);
    let state = TrainState {
        velocity: rng.normal_tensor([9]),
        step: 4,
        loss_sum: rng.unit(),
        ..example.start
    };
    let bytes = submission.save_checkpoint(state.clone())?;
    match submission.load_checkpoint(bytes.clone())? {
        Ok(loaded) => same(&loaded, &state).map_err(|failure| {
            failure.about("the state after save_checkpoint and load_checkpoint")
        })?,
        Err(error) => ensure(false, || {
            format!("load_checkpoint refused what save_checkpoint gave: {error}")
        })?,
    }
    let half = bytes[..bytes.len() / 2].to_vec();
    let got = submission.load_checkpoint(half)?;
    ensure(got.is_err(), || {
        "load_checkpoint took the first half of a checkpoint for a whole one".into()
    })
}
