//! Mutants of A2.9: whole runs.

use a2_cnn::parts::cifar as reference;
use burn::tensor::{Int, Tensor, TensorData};
use common::contract::a2::*;
use common::rng::Rng;
use hidden_suite::Mutant;

use super::cifar::PART;

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

/// The mutants of training.
pub fn mutants() -> Vec<Mutant> {
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
