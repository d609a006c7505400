//! Mutants of A2.9: gradients, steps, whole runs.

use a2_cnn::parts::cifar as reference;
use burn::tensor::{Int, Tensor, TensorData};
use common::contract::a2::*;
use common::nn::{Parameters, Sgd, cross_entropy, tensors, value_and_gradient};
use common::rng::Rng;
use hidden_suite::Mutant;

use super::cifar::PART;

/// The mutants of training.
pub fn mutants() -> Vec<Mutant> {
    let mut all = gradients();
    all.extend(steps());
    all.extend(runs());
    all
}

/// `gradient` with `share` of the weights added to all its tensors.
fn decayed(gradient: CifarNet, net: &CifarNet, share: f64) -> CifarNet {
    let mut weights = tensors(net).into_iter();
    gradient.map(&mut |g| g + weights.next().expect("as many weights") * share)
}

fn gradients() -> Vec<Mutant> {
    vec![
        mutant!(
            cifar.recipe_gradient / "decay_on_everything",
            "scales, shifts and the bias are decayed too",
            |net, running, x, labels, smoothing, decay| {
                let of = net.clone();
                let right = reference::recipe_gradient(of, running, x, labels, smoothing, 0.0);
                CifarGradient {
                    gradient: decayed(right.gradient, &net, decay),
                    ..right
                }
            }
        ),
        mutant!(
            cifar.recipe_gradient / "no_decay",
            "weight decay is left out",
            |net, running, x, labels, smoothing, _| reference::recipe_gradient(
                net, running, x, labels, smoothing, 0.0
            )
        ),
        mutant!(
            cifar.recipe_gradient / "head_not_decayed",
            "the head's matrix is not decayed",
            |net, running, x, labels, smoothing, decay| {
                let weight = net.head_weight.clone();
                let mut right =
                    reference::recipe_gradient(net, running, x, labels, smoothing, decay);
                right.gradient.head_weight = right.gradient.head_weight - weight * decay;
                right
            }
        ),
        mutant!(
            cifar.recipe_gradient / "twice_the_decay",
            "the derivative of decay w^2",
            |net, running, x, labels, smoothing, decay| reference::recipe_gradient(
                net,
                running,
                x,
                labels,
                smoothing,
                2.0 * decay
            )
        ),
        mutant!(
            cifar.recipe_gradient / "decay_in_the_loss",
            "the loss has the penalty in it",
            |net, running, x, labels, smoothing, decay| {
                let square = net.head_weight.clone().square().sum().into_scalar::<f64>();
                let right = reference::recipe_gradient(net, running, x, labels, smoothing, decay);
                CifarGradient {
                    loss: right.loss + decay / 2.0 * square,
                    ..right
                }
            }
        ),
        mutant!(
            cifar.recipe_gradient / "no_smoothing",
            "labels are not smoothed",
            |net, running, x, labels, _, decay| reference::recipe_gradient(
                net, running, x, labels, 0.0, decay
            )
        ),
        mutant!(
            cifar.recipe_gradient / "smoothed_over_the_others",
            "the share goes to the other classes alone",
            |net, running, x, labels, smoothing, decay| {
                let k = net.head_bias.dims()[0] as f64;
                let more = smoothing * k / (k - 1.0);
                reference::recipe_gradient(net, running, x, labels, more, decay)
            }
        ),
        mutant!(
            cifar.recipe_gradient / "loss_without_smoothing",
            "the loss that is given is the plain one",
            |net, running, x, labels, smoothing, decay| {
                let (of, before) = (net.clone(), running.clone());
                let plain = cross_entropy(
                    reference::cifar_forward(of, before, x.clone(), true).logits,
                    labels.clone(),
                    0.0,
                );
                let right = reference::recipe_gradient(net, running, x, labels, smoothing, decay);
                CifarGradient {
                    loss: plain.into_scalar::<f64>(),
                    ..right
                }
            }
        ),
        mutant!(
            cifar.recipe_gradient / "sum_over_the_batch",
            "the loss is a sum",
            |net, running, x, labels, smoothing, decay| {
                let n = x.dims()[0] as f64;
                let decay = decay / n;
                let right = reference::recipe_gradient(net, running, x, labels, smoothing, decay);
                CifarGradient {
                    loss: right.loss * n,
                    gradient: right.gradient.map(&mut |g| g * n),
                    ..right
                }
            }
        ),
        mutant!(
            cifar.recipe_gradient / "evaluation_mode",
            "the gradient is that of evaluation",
            |net, running, x, labels, smoothing, decay| {
                let (of, before) = (net.clone(), running.clone());
                let right = reference::recipe_gradient(
                    net,
                    running,
                    x.clone(),
                    labels.clone(),
                    smoothing,
                    decay,
                );
                let (loss, gradient) = value_and_gradient(&of, |net| {
                    let out = reference::cifar_forward(net.clone(), before, x, false);
                    cross_entropy(out.logits, labels, smoothing)
                });
                CifarGradient {
                    loss,
                    gradient,
                    ..right
                }
            }
        ),
        mutant!(
            cifar.recipe_gradient / "statistics_stay",
            "the running statistics come out as they went in",
            |net, running, x, labels, smoothing, decay| {
                let before = running.clone();
                CifarGradient {
                    running: before,
                    ..reference::recipe_gradient(net, running, x, labels, smoothing, decay)
                }
            }
        ),
    ]
}

/// What is wrong with a step.
#[derive(Clone, Copy, PartialEq)]
enum StepBug {
    NoAugmentation,
    Classical,
    NoMomentum,
    OldVelocity,
    RateAhead,
    ConstantRate,
    DecayTwice,
    NotCounted,
    StatisticsStay,
    Uphill,
    VelocityHasRate,
}

/// `recipe_step` with one bug.
macro_rules! step {
    ($name:literal, $Bug:ident, $words:literal) => {
        mutant!(
            cifar.recipe_step / $name,
            $words,
            |state, x, labels, draws, recipe, steps| step(
                StepBug::$Bug,
                state,
                x,
                labels,
                draws,
                recipe,
                steps
            )
        )
    };
}

fn steps() -> Vec<Mutant> {
    vec![
        step!(
            "no_augmentation",
            NoAugmentation,
            "the batch is not augmented"
        ),
        step!("classical_momentum", Classical, "w - lr v"),
        step!("no_momentum", NoMomentum, "w - lr g"),
        step!(
            "old_velocity",
            OldVelocity,
            "the velocity that comes out is the old one"
        ),
        step!(
            "rate_one_ahead",
            RateAhead,
            "the rate is that of the next step"
        ),
        step!("constant_rate", ConstantRate, "the rate is always the peak"),
        step!("decay_twice", DecayTwice, "the optimiser decays once more"),
        step!("not_counted", NotCounted, "state.step stays"),
        step!(
            "statistics_stay",
            StatisticsStay,
            "the running statistics are not taken over"
        ),
        step!("uphill", Uphill, "adds the step"),
        step!(
            "rate_inside",
            VelocityHasRate,
            "the rate goes into the velocity"
        ),
    ]
}

fn step(
    bug: StepBug,
    state: CifarState,
    x: Tensor<4>,
    labels: Tensor<1, Int>,
    draws: Vec<CropFlip>,
    recipe: CifarRecipe,
    steps: usize,
) -> CifarStep {
    let augments = bug != StepBug::NoAugmentation;
    let x = reference::pad_crop_flip(x, draws, recipe.padding, augments);
    let lr = match bug {
        StepBug::RateAhead => reference::recipe_lr(recipe.clone(), state.step + 1, steps + 1),
        StepBug::ConstantRate => recipe.peak_lr,
        _ => reference::recipe_lr(recipe.clone(), state.step, steps),
    };
    let (net, running) = (state.net.clone(), state.running.clone());
    let (smoothing, decay) = (recipe.smoothing, recipe.weight_decay);
    let batch = reference::recipe_gradient(net, running, x, labels, smoothing, decay);
    let sgd = Sgd {
        lr: match bug {
            StepBug::Uphill => -lr,
            StepBug::VelocityHasRate => 1.0,
            _ => lr,
        },
        momentum: if bug == StepBug::NoMomentum {
            0.0
        } else {
            recipe.momentum
        },
        nesterov: bug != StepBug::Classical,
        weight_decay: if bug == StepBug::DecayTwice {
            decay
        } else {
            0.0
        },
    };
    let gradient = match bug {
        StepBug::VelocityHasRate => batch.gradient.map(&mut |g| g * lr),
        _ => batch.gradient,
    };
    let old = state.velocity.clone();
    let (net, velocity) = sgd.step(state.net, gradient, state.velocity);
    CifarStep {
        state: CifarState {
            net,
            velocity: if bug == StepBug::OldVelocity {
                old
            } else {
                velocity
            },
            running: match bug {
                StepBug::StatisticsStay => state.running,
                _ => batch.running,
            },
            step: state.step + usize::from(bug != StepBug::NotCounted),
        },
        loss: batch.loss,
    }
}

/// What is wrong with a run.
#[derive(Clone, Copy, PartialEq)]
enum RunBug {
    LabelsShuffled,
    NoLearning,
    BatchStatisticsAtTest,
    AugmentsTheTest,
    TestStatistics,
    BestEpoch,
    TrainsOnTest,
    DrawsFromTest,
    OneOrder,
    WithReplacement,
    LastBatchDropped,
    LossUnweighted,
    LossOfLastBatch,
    OneDrawForAll,
    NoDraws,
    ShortOffsets,
    AlwaysFlips,
    NeverFlips,
    IgnoresSeed,
    RateOfOneEpoch,
    Accuracy,
    ErrorOfTraining,
}

/// `train_recipe` with one bug.
macro_rules! run {
    ($name:literal, $Bug:ident, $words:literal) => {
        mutant!(
            cifar.train_recipe / $name,
            $words,
            |train, test, classes, recipe, seed| run(
                RunBug::$Bug,
                &train,
                &test,
                classes,
                &recipe,
                seed
            )
        )
    };
}

fn runs() -> Vec<Mutant> {
    vec![
        run!(
            "labels_shuffled",
            LabelsShuffled,
            "labels come in another order than pictures"
        ),
        run!(
            "no_learning",
            NoLearning,
            "every step begins with the new network"
        ),
        run!(
            "batch_statistics_at_test",
            BatchStatisticsAtTest,
            "the test error is measured with the statistics of each test batch"
        ),
        run!(
            "augments_the_test",
            AugmentsTheTest,
            "test pictures are augmented too"
        ),
        run!(
            "constants_of_the_test_set",
            TestStatistics,
            "pictures are normalised with the statistics of the test set"
        ),
        run!(
            "best_epoch",
            BestEpoch,
            "the state with the least test error comes out"
        ),
        run!(
            "trains_on_test",
            TrainsOnTest,
            "a last step is made on the test set"
        ),
        run!(
            "draws_from_test",
            DrawsFromTest,
            "the seed depends on how many test pictures there are"
        ),
        run!("one_order", OneOrder, "every epoch has the same order"),
        run!(
            "with_replacement",
            WithReplacement,
            "pictures are drawn again and again"
        ),
        run!(
            "last_batch_dropped",
            LastBatchDropped,
            "the smaller last batch is left out"
        ),
        run!(
            "loss_unweighted",
            LossUnweighted,
            "the loss of an epoch is the mean of the batches'"
        ),
        run!(
            "loss_of_last_batch",
            LossOfLastBatch,
            "the loss of an epoch is that of its last batch"
        ),
        run!(
            "one_draw_for_all",
            OneDrawForAll,
            "all pictures of a batch have the same draw"
        ),
        run!(
            "no_draws",
            NoDraws,
            "every picture is the middle of its padded self"
        ),
        run!(
            "short_offsets",
            ShortOffsets,
            "top and left go to padding only"
        ),
        run!(
            "always_flips",
            AlwaysFlips,
            "pictures are mirrored whatever the recipe says"
        ),
        run!("never_flips", NeverFlips, "pictures are not mirrored"),
        run!("ignores_seed", IgnoresSeed, "every seed gives the same run"),
        run!(
            "rate_of_one_epoch",
            RateOfOneEpoch,
            "the schedule is that of one epoch"
        ),
        run!(
            "accuracy",
            Accuracy,
            "test_errors has the share of right answers"
        ),
        run!(
            "error_of_training",
            ErrorOfTraining,
            "test_errors has the error on training pictures"
        ),
    ]
}

fn select(x: &Tensor<4>, labels: &Tensor<1, Int>, rows: &[usize]) -> (Tensor<4>, Tensor<1, Int>) {
    let rows: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
    let rows = Tensor::from_data(TensorData::new(rows.clone(), [rows.len()]), &x.device());
    let labels = labels.clone().select(0, rows.clone());
    (x.clone().select(0, rows), labels)
}

fn draws(bug: RunBug, n: usize, recipe: &CifarRecipe, rng: &mut Rng) -> Vec<CropFlip> {
    let range = match bug {
        RunBug::ShortOffsets => recipe.padding,
        _ => 2 * recipe.padding,
    };
    let mut one = || {
        let draw = CropFlip {
            top: rng.between(0, range),
            left: rng.between(0, range),
            flip: rng.below(2) == 1 && (recipe.flip || bug == RunBug::AlwaysFlips),
        };
        match bug {
            RunBug::NoDraws => CropFlip {
                top: recipe.padding,
                left: recipe.padding,
                flip: false,
            },
            RunBug::NeverFlips => CropFlip {
                flip: false,
                ..draw
            },
            _ => draw,
        }
    };
    let first = one();
    (0..n)
        .map(|_| match bug {
            RunBug::OneDrawForAll => first.clone(),
            _ => one(),
        })
        .collect()
}

/// The test error after an epoch.
fn measured(bug: RunBug, state: &CifarState, x: Tensor<4>, labels: &Tensor<1, Int>) -> f64 {
    let (net, running) = (state.net.clone(), state.running.clone());
    let n = x.dims()[0];
    let logits = match bug {
        RunBug::BatchStatisticsAtTest => {
            let pieces = x.split(8, 0).into_iter();
            let logits = pieces
                .map(|x| reference::cifar_forward(net.clone(), running.clone(), x, true).logits);
            Tensor::cat(logits.collect(), 0)
        }
        RunBug::AugmentsTheTest => {
            let draw = CropFlip {
                top: 0,
                left: 0,
                flip: true,
            };
            let x = reference::pad_crop_flip(x, vec![draw; n], 1, true);
            reference::cifar_forward(net, running, x, false).logits
        }
        _ => reference::cifar_forward(net, running, x, false).logits,
    };
    let (answers, labels) = (logits.argmax(1).into_data(), labels.to_data());
    let pairs = answers.iter::<i64>().zip(labels.iter::<i64>());
    let wrong = pairs.filter(|(answer, label)| answer != label).count() as f64 / n as f64;
    if bug == RunBug::Accuracy {
        1.0 - wrong
    } else {
        wrong
    }
}

/// The loop, with one bug inside.
fn run(
    bug: RunBug,
    train: &CifarPictures,
    test: &CifarPictures,
    classes: usize,
    recipe: &CifarRecipe,
    seed: u64,
) -> CifarTraining {
    let pictures = match bug {
        RunBug::TestStatistics => {
            let turned = reference::cifar_normalise(test.x.clone(), train.x.clone());
            NormalisedPictures {
                train: turned.test,
                test: turned.train,
                ..turned
            }
        }
        _ => reference::cifar_normalise(train.x.clone(), test.x.clone()),
    };
    let [n, channels, _, _] = pictures.train.dims();
    let mut rng = Rng::new(match bug {
        RunBug::IgnoresSeed => 1,
        RunBug::DrawsFromTest => seed + pictures.test.dims()[0] as u64,
        _ => seed,
    });
    let new = reference::cifar_init(recipe.widths.clone(), channels, classes, rng.next_u64());
    let mut state = CifarState::new(new.clone());
    let kept = match bug {
        RunBug::LastBatchDropped => n / recipe.batch_size * recipe.batch_size,
        _ => n,
    };
    let per_epoch = n.div_ceil(recipe.batch_size);
    let steps = match bug {
        RunBug::RateOfOneEpoch => per_epoch,
        _ => recipe.epochs * per_epoch,
    };
    let mut order = rng.permutation(n);
    let (mut losses, mut test_errors, mut states) = (vec![], vec![], vec![]);
    for _ in 0..recipe.epochs {
        if bug != RunBug::OneOrder {
            order = rng.permutation(n);
        }
        if bug == RunBug::WithReplacement {
            order = (0..n).map(|_| rng.below(n)).collect();
        }
        let mut batches = vec![];
        for batch in order[..kept.max(1)].chunks(recipe.batch_size) {
            let (x, mut labels) = select(&pictures.train, &train.labels, batch);
            if bug == RunBug::LabelsShuffled {
                let others = rng.permutation(n)[..batch.len()].to_vec();
                labels = select(&pictures.train, &train.labels, &others).1;
            }
            if bug == RunBug::NoLearning {
                state.net = new.clone();
            }
            if bug == RunBug::RateOfOneEpoch {
                state.step %= per_epoch;
            }
            let draws = draws(bug, batch.len(), recipe, &mut rng);
            let step = reference::recipe_step(state, x, labels, draws, recipe.clone(), steps);
            state = step.state;
            batches.push((step.loss, batch.len() as f64));
        }
        let sum: f64 = batches.iter().map(|(loss, size)| loss * size).sum();
        losses.push(match bug {
            RunBug::LossUnweighted => {
                batches.iter().map(|(loss, _)| loss).sum::<f64>() / batches.len() as f64
            }
            RunBug::LossOfLastBatch => batches[batches.len() - 1].0,
            _ => sum / kept as f64,
        });
        test_errors.push(match bug {
            RunBug::ErrorOfTraining => measured(bug, &state, pictures.train.clone(), &train.labels),
            _ => measured(bug, &state, pictures.test.clone(), &test.labels),
        });
        states.push(state.clone());
    }
    if bug == RunBug::TrainsOnTest {
        let (x, labels) = (pictures.test, test.labels.clone());
        let draws = draws(bug, x.dims()[0], recipe, &mut rng);
        let step = reference::recipe_step(state, x, labels, draws, recipe.clone(), steps + 1);
        state = step.state;
    }
    if bug == RunBug::BestEpoch {
        let least = (0..states.len()).min_by(|&i, &j| test_errors[i].total_cmp(&test_errors[j]));
        state = states[least.unwrap_or_default()].clone();
    }
    state.step = recipe.epochs * per_epoch;
    CifarTraining {
        state,
        losses,
        test_errors,
    }
}
