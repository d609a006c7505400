//! Mutants of A1.7: the training loop.

use a1_backprop::parts::training_loop::{epoch_batches, evaluate, lr_at};
use burn::tensor::Tensor;
use common::contract::a1::{EpochRecord, Samples, TrainSettings, TrainState};
use hidden_suite::Mutant;

use super::training_loop::PART;

/// `train` with one bug.
macro_rules! bug {
    ($name:literal, $Bug:ident, $words:literal) => {
        mutant!(
            training_loop.train / $name,
            $words,
            |state, train, test, settings, steps| run(
                Bug::$Bug,
                state,
                &train,
                &test,
                &settings,
                steps
            )
        )
    };
}

/// The mutants of the loop.
pub fn mutants() -> Vec<Mutant> {
    vec![
        bug!(
            "rate_per_epoch",
            RatePerEpoch,
            "lr_at is asked for the epoch"
        ),
        bug!(
            "rate_one_ahead",
            RateOneAhead,
            "lr_at is asked for the next step"
        ),
        bug!(
            "rate_from_call",
            RateFromCall,
            "the schedule begins anew when a run goes on"
        ),
        bug!(
            "gradients_accumulate",
            GradientsAccumulate,
            "the gradient of a step is added to those before"
        ),
        bug!(
            "velocity_per_call",
            VelocityPerCall,
            "the velocity that comes in is not used"
        ),
        bug!(
            "velocity_per_epoch",
            VelocityPerEpoch,
            "the velocity is zeroed in every epoch"
        ),
        bug!("no_momentum", NoMomentum, "w - lr g"),
        bug!("dampened", Dampened, "the gradient is scaled by 1 - mu"),
        bug!(
            "old_velocity",
            OldVelocity,
            "w moves by the velocity of the step before"
        ),
        bug!("rate_inside", RateInside, "the rate goes into the velocity"),
        bug!("uphill", Uphill, "w + lr v"),
        bug!(
            "mean_not_taken",
            MeanNotTaken,
            "the running mean stays as it is"
        ),
        bug!(
            "order_of_first_epoch",
            FirstOrder,
            "every epoch sees the batches of epoch 0"
        ),
        bug!(
            "epoch_one_ahead",
            EpochOneAhead,
            "epochs are counted from 1"
        ),
        bug!(
            "epoch_begins_anew",
            EpochBeginsAnew,
            "a run that goes on begins its epoch again"
        ),
        bug!(
            "first_batch_only",
            FirstBatchOnly,
            "every step sees the first batch"
        ),
        bug!(
            "drops_last_batch",
            DropsLastBatch,
            "the smaller last batch is never seen"
        ),
        bug!("never_shuffles", NeverShuffles, "shuffle is not passed on"),
        bug!("ignores_seed", IgnoresSeed, "the seed is not passed on"),
        bug!(
            "tests_on_last_batch",
            TestsOnLastBatch,
            "the test loss is that of the last training batch"
        ),
        bug!(
            "tests_on_training_set",
            TestsOnTrainingSet,
            "the test loss is that of the training samples"
        ),
        bug!(
            "tests_before_last_step",
            TestsBeforeLastStep,
            "the test loss is that of the model before the epoch's last step"
        ),
        bug!(
            "test_moves_mean",
            TestMovesMean,
            "the running mean sees the test samples"
        ),
        bug!(
            "trains_on_test_set",
            TrainsOnTestSet,
            "the test samples make a step of their own"
        ),
        bug!(
            "loss_sum_grows",
            LossSumGrows,
            "loss_sum is not zeroed after an epoch"
        ),
        bug!(
            "loss_unweighted",
            LossUnweighted,
            "train_loss is the mean of the batches' means"
        ),
        bug!(
            "loss_of_last_batch",
            LossOfLastBatch,
            "train_loss is the loss of the epoch's last batch"
        ),
        bug!(
            "loss_over_batches",
            LossOverBatches,
            "train_loss is loss_sum over the number of batches"
        ),
        bug!("no_history", NoHistory, "no epoch is recorded"),
        bug!(
            "last_epoch_only",
            LastEpochOnly,
            "the history holds the last epoch alone"
        ),
        bug!(
            "record_per_step",
            RecordPerStep,
            "every step is recorded as an epoch"
        ),
        bug!("steps_are_epochs", StepsAreEpochs, "runs so many epochs"),
        bug!("one_step_too_many", OneStepTooMany, "runs one step more"),
        bug!(
            "step_is_of_call",
            StepIsOfCall,
            "step counts the steps of this call"
        ),
        bug!(
            "steps_in_all",
            StepsInAll,
            "runs until so many steps are made in all"
        ),
    ]
}

#[derive(Clone, Copy, PartialEq)]
enum Bug {
    RatePerEpoch,
    RateOneAhead,
    RateFromCall,
    GradientsAccumulate,
    VelocityPerCall,
    VelocityPerEpoch,
    NoMomentum,
    Dampened,
    OldVelocity,
    RateInside,
    Uphill,
    MeanNotTaken,
    FirstOrder,
    EpochOneAhead,
    EpochBeginsAnew,
    FirstBatchOnly,
    DropsLastBatch,
    NeverShuffles,
    IgnoresSeed,
    TestsOnLastBatch,
    TestsOnTrainingSet,
    TestsBeforeLastStep,
    TestMovesMean,
    TrainsOnTestSet,
    LossSumGrows,
    LossUnweighted,
    LossOfLastBatch,
    LossOverBatches,
    NoHistory,
    LastEpochOnly,
    RecordPerStep,
    StepsAreEpochs,
    OneStepTooMany,
    StepIsOfCall,
    StepsInAll,
}

/// The loop, one step at a time, with one bug inside.
fn run(
    bug: Bug,
    mut state: TrainState,
    train: &Samples,
    test: &Samples,
    s: &TrainSettings,
    steps: usize,
) -> TrainState {
    let n = train.len();
    let per_epoch = match bug {
        Bug::DropsLastBatch => n / s.batch_size,
        _ => n.div_ceil(s.batch_size),
    };
    let begin = state.step;
    let steps = match bug {
        Bug::StepsAreEpochs => steps * per_epoch,
        Bug::OneStepTooMany => steps + 1,
        Bug::StepsInAll => steps.saturating_sub(begin),
        _ => steps,
    };
    if bug == Bug::VelocityPerCall {
        state.velocity = state.velocity.zeros_like();
    }
    let mut accumulated: Tensor<1> = state.velocity.zeros_like();
    for made in 0..steps {
        let (epoch, k) = (state.step / per_epoch, state.step % per_epoch);
        let batches = epoch_batches(
            n,
            s.batch_size,
            s.shuffle && bug != Bug::NeverShuffles,
            if bug == Bug::IgnoresSeed { 0 } else { s.seed },
            match bug {
                Bug::FirstOrder => 0,
                Bug::EpochOneAhead => epoch + 1,
                _ => epoch,
            },
        );
        let batch = train.select(
            &batches[match bug {
                Bug::FirstBatchOnly => 0,
                Bug::EpochBeginsAnew => made % per_epoch,
                _ => k,
            }],
        );
        let lr = lr_at(
            s.schedule.clone(),
            match bug {
                Bug::RatePerEpoch => epoch,
                Bug::RateOneAhead => state.step + 1,
                Bug::RateFromCall => made,
                _ => state.step,
            },
        );

        let pass = state.model.training_pass(&batch);
        let before = state.model.clone();
        let mut g = pass.gradient;
        if bug == Bug::GradientsAccumulate {
            accumulated = accumulated + g;
            g = accumulated.clone();
        }
        let mu = if bug == Bug::NoMomentum { 0.0 } else { s.mu };
        if bug == Bug::VelocityPerEpoch && k == 0 {
            state.velocity = state.velocity.zeros_like();
        }
        let old = state.velocity.clone();
        let (v, shift) = match bug {
            Bug::Dampened => (old * mu + g * (1.0 - mu), lr),
            Bug::RateInside => (old * mu + g * lr, 1.0),
            Bug::Uphill => (old * mu + g, -lr),
            _ => (old * mu + g, lr),
        };
        let moving = match bug {
            Bug::OldVelocity => state.velocity,
            _ => v.clone(),
        };
        state.model.parameters = state.model.parameters - moving * shift;
        state.velocity = v;
        if bug != Bug::MeanNotTaken {
            state.model.running_mean = pass.running_mean;
        }
        state.loss_sum += match bug {
            Bug::LossUnweighted => pass.loss * n as f64 / per_epoch as f64,
            _ => pass.loss * batch.len() as f64,
        };
        state.step += 1;

        if k + 1 == per_epoch || bug == Bug::RecordPerStep {
            let (model, samples) = match bug {
                Bug::TestsOnLastBatch => (state.model.clone(), &batch),
                Bug::TestsOnTrainingSet => (state.model.clone(), train),
                Bug::TestsBeforeLastStep => (before, test),
                _ => (state.model.clone(), test),
            };
            let record = EpochRecord {
                train_loss: match bug {
                    Bug::LossOfLastBatch => pass.loss,
                    Bug::LossOverBatches => state.loss_sum / per_epoch as f64,
                    _ => state.loss_sum / n as f64,
                },
                test: evaluate(model, samples.clone(), s.batch_size),
            };
            match bug {
                Bug::NoHistory => {}
                Bug::LastEpochOnly => state.history = vec![record],
                _ => state.history.push(record),
            }
            if bug != Bug::LossSumGrows {
                state.loss_sum = 0.0;
            }
            if matches!(bug, Bug::TestMovesMean | Bug::TrainsOnTestSet) {
                let pass = state.model.training_pass(test);
                if bug == Bug::TestMovesMean {
                    state.model.running_mean = pass.running_mean;
                } else {
                    state.model.parameters = state.model.parameters - pass.gradient * lr;
                }
            }
        }
    }
    if bug == Bug::StepIsOfCall {
        state.step = steps;
    }
    state
}
