//! Mutants of A2.9: the recipe's text, the pictures, the rate.

use a2_cnn::parts::cifar as reference;
use burn::tensor::Tensor;
use common::contract::a2::*;
use hidden_suite::Mutant;

use super::cifar::PART;

/// The mutants of what comes before the network.
pub fn mutants() -> Vec<Mutant> {
    let mut all = texts();
    all.extend(normalisations());
    all.extend(augmentations());
    all.extend(rates());
    all
}

/// The text with each line changed, or left out.
fn lines(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    let lines: Vec<String> = text.lines().filter_map(change).collect();
    lines.join("\n")
}

fn key(line: &str) -> &str {
    line.split('=').next().unwrap_or_default().trim()
}

fn texts() -> Vec<Mutant> {
    vec![
        mutant!(
            cifar.parse_recipe / "unknown_keys_pass",
            "what is no key of a recipe is passed over",
            |text| reference::parse_recipe(lines(&text, |line| {
                (key(line) != "learning").then(|| line.into())
            }))
        ),
        mutant!(
            cifar.parse_recipe / "last_one_wins",
            "a key may be there twice",
            |text| {
                let all: Vec<&str> = text.lines().collect();
                let last = |i: usize| all[i + 1..].iter().all(|later| key(later) != key(all[i]));
                let kept: Vec<&str> = (0..all.len())
                    .filter(|i| last(*i))
                    .map(|i| all[i])
                    .collect();
                reference::parse_recipe(kept.join("\n"))
            }
        ),
        mutant!(
            cifar.parse_recipe / "default_for_missing",
            "a missing key has a value of its own",
            |text| {
                let flip = text.lines().any(|line| key(line) == "flip");
                reference::parse_recipe(if flip { text } else { text + "\nflip = true" })
            }
        ),
        mutant!(
            cifar.parse_recipe / "keys_in_order",
            "the lines are read in the order of the fields",
            |text| {
                let order: Vec<&str> = text.lines().map(key).filter(|k| !k.is_empty()).collect();
                match order.first() {
                    Some(&"widths") => reference::parse_recipe(text),
                    _ => Err("widths, epochs and flip, line 1, come in their order".into()),
                }
            }
        ),
        mutant!(
            cifar.parse_recipe / "comments_are_values",
            "a comment behind a value is part of it",
            |text| match text
                .lines()
                .any(|l| l.contains('#') && !l.trim().starts_with('#'))
            {
                true => Err("a value with a comment".into()),
                false => reference::parse_recipe(text),
            }
        ),
        mutant!(
            cifar.parse_recipe / "batches_of_one",
            "batch_size may be 1",
            |text| {
                let one = text.lines().any(|line| line.trim() == "batch_size = 1");
                let text = text.replace("batch_size = 1\n", "batch_size = 2\n");
                let recipe = reference::parse_recipe(text)?;
                let batch_size = if one { 1 } else { recipe.batch_size };
                Ok(CifarRecipe {
                    batch_size,
                    ..recipe
                })
            }
        ),
        mutant!(
            cifar.parse_recipe / "not_a_number_passes",
            "nan is a number",
            |text| reference::parse_recipe(text.replace("= nan", "= 0.5"))
        ),
        mutant!(
            cifar.parse_recipe / "infinite_passes",
            "inf is a number",
            |text| reference::parse_recipe(text.replace("= inf", "= 0.5"))
        ),
        mutant!(
            cifar.parse_recipe / "share_of_one",
            "momentum, warmup and smoothing may be 1",
            |text| reference::parse_recipe(
                text.replace("momentum = 1.0", "momentum = 0.5")
                    .replace("warmup = 1\n", "warmup = 0.5\n")
                    .replace("smoothing = 1\n", "smoothing = 0.5\n")
            )
        ),
        mutant!(
            cifar.parse_recipe / "negative_decay",
            "weight_decay may be negative",
            |text| reference::parse_recipe(text.replace("-1e-9", "1e-9"))
        ),
        mutant!(
            cifar.parse_recipe / "widths_of_zero",
            "a width may be 0",
            |text| reference::parse_recipe(text.replace("[8, 0]", "[8]"))
        ),
        mutant!(
            cifar.parse_recipe / "fractions_are_cut",
            "2.5 epochs are 2",
            |text| reference::parse_recipe(text.replace("epochs = 2.5", "epochs = 2"))
        ),
        mutant!(
            cifar.parse_recipe / "errors_name_nothing",
            "every error says that the recipe is wrong",
            |text| reference::parse_recipe(text).map_err(|_| "this is no recipe".into())
        ),
        mutant!(
            cifar.parse_recipe / "lines_from_zero",
            "the lines of errors are counted from 0",
            |text| {
                let broken = text.lines().position(|line| line == "half a line");
                match broken {
                    Some(line) => Err(format!("line {line} has no `=`")),
                    None => reference::parse_recipe(text),
                }
            }
        ),
        mutant!(
            cifar.parse_recipe / "flip_not_read",
            "flip is true whenever it is there",
            |text| Ok(CifarRecipe {
                flip: true,
                ..reference::parse_recipe(text)?
            })
        ),
        mutant!(
            cifar.parse_recipe / "single_precision",
            "numbers are read in single precision",
            |text| {
                let recipe = reference::parse_recipe(text)?;
                Ok(CifarRecipe {
                    peak_lr: f64::from(recipe.peak_lr as f32),
                    ..recipe
                })
            }
        ),
    ]
}

/// Both sets with the statistics of `of`, changed by `change`.
fn scaled(
    of: Tensor<4>,
    train: Tensor<4>,
    test: Tensor<4>,
    change: fn(Tensor<1>, Tensor<1>) -> (Tensor<1>, Tensor<1>),
) -> NormalisedPictures {
    let own = reference::cifar_normalise(of.clone(), of);
    let (mean, std) = change(own.mean, own.std);
    let c = mean.dims()[0];
    let scale =
        |x: Tensor<4>| (x - mean.clone().reshape([1, c, 1, 1])) / std.clone().reshape([1, c, 1, 1]);
    NormalisedPictures {
        train: scale(train),
        test: scale(test),
        mean: mean.clone(),
        std: std.clone(),
    }
}

fn normalisations() -> Vec<Mutant> {
    vec![
        mutant!(
            cifar.cifar_normalise / "test_set_of_its_own",
            "the test set is normalised with its own statistics",
            |train, test| NormalisedPictures {
                test: reference::cifar_normalise(test.clone(), test.clone()).test,
                ..reference::cifar_normalise(train, test)
            }
        ),
        mutant!(
            cifar.cifar_normalise / "constants_of_the_test_set",
            "both sets are normalised with the statistics of the test set",
            |train, test| scaled(test.clone(), train, test, |mean, std| (mean, std))
        ),
        mutant!(
            cifar.cifar_normalise / "both_sets_together",
            "the statistics are those of both sets",
            |train, test| {
                let both = Tensor::cat(vec![train.clone(), test.clone()], 0);
                scaled(both, train, test, |mean, std| (mean, std))
            }
        ),
        mutant!(
            cifar.cifar_normalise / "one_mean_for_all_channels",
            "the statistics are over the channels too",
            |train, test| scaled(train.clone(), train, test, |mean, std| {
                let one = mean.clone().mean().expand(mean.dims());
                let square = std.square() + (mean - one.clone()).square();
                let root = square.clone().mean().sqrt().expand(square.dims());
                (one, root)
            })
        ),
        mutant!(
            cifar.cifar_normalise / "variance",
            "divides by the variance",
            |train, test| scaled(train.clone(), train, test, |mean, std| (mean, std.square()))
        ),
        mutant!(
            cifar.cifar_normalise / "not_centred",
            "the mean is not taken off",
            |train, test| scaled(train.clone(), train, test, |mean, std| {
                (mean.zeros_like(), std)
            })
        ),
        mutant!(
            cifar.cifar_normalise / "unbiased",
            "the deviation is that over one less",
            |train, test| {
                let [n, _, h, w] = train.dims();
                let m = (n * h * w) as f64;
                let right = reference::cifar_normalise(train, test);
                let factor = (m / (m - 1.0).max(1.0)).sqrt();
                NormalisedPictures {
                    train: right.train / factor,
                    test: right.test / factor,
                    std: right.std * factor,
                    ..right
                }
            }
        ),
        mutant!(
            cifar.cifar_normalise / "divides_by_nothing",
            "a channel that never changes is divided by its deviation",
            |train, test| scaled(train.clone(), train, test, |mean, std| (mean, std))
        ),
    ]
}

fn augmentations() -> Vec<Mutant> {
    vec![
        mutant!(
            cifar.pad_crop_flip / "in_evaluation_too",
            "augmentation stays on outside training",
            |x, draws, padding, _| reference::pad_crop_flip(x, draws, padding, true)
        ),
        mutant!(
            cifar.pad_crop_flip / "never",
            "pictures come out as they are",
            |x, _, _, _| x
        ),
        mutant!(
            cifar.pad_crop_flip / "rows_and_columns_exchanged",
            "top counts columns and left counts rows",
            |x, draws, padding, training| {
                let change = |draw: CropFlip| CropFlip {
                    top: draw.left,
                    left: draw.top,
                    ..draw
                };
                let draws = draws.into_iter().map(change).collect();
                reference::pad_crop_flip(x, draws, padding, training)
            }
        ),
        mutant!(
            cifar.pad_crop_flip / "one_draw_for_all",
            "every picture has the draw of the first",
            |x, draws, padding, training| {
                let draws = vec![draws[0].clone(); draws.len()];
                reference::pad_crop_flip(x, draws, padding, training)
            }
        ),
        mutant!(
            cifar.pad_crop_flip / "no_flips",
            "nothing is mirrored",
            |x, draws, padding, training| {
                let change = |draw: CropFlip| CropFlip {
                    flip: false,
                    ..draw
                };
                let draws = draws.into_iter().map(change).collect();
                reference::pad_crop_flip(x, draws, padding, training)
            }
        ),
        mutant!(
            cifar.pad_crop_flip / "flipped_first",
            "the picture is mirrored before it is cut",
            |x, draws, padding, training| {
                let change = |draw: CropFlip| CropFlip {
                    left: match draw.flip {
                        true => 2 * padding - draw.left,
                        false => draw.left,
                    },
                    ..draw
                };
                let draws = draws.into_iter().map(change).collect();
                reference::pad_crop_flip(x, draws, padding, training)
            }
        ),
        mutant!(
            cifar.pad_crop_flip / "upside_down",
            "rows are mirrored instead of columns",
            |x, draws, padding, training| {
                let pieces = x.split(1, 0).into_iter().zip(draws).map(|(x, draw)| {
                    let flip = draw.flip && training;
                    let draw = CropFlip {
                        flip: false,
                        ..draw
                    };
                    let x = reference::pad_crop_flip(x, vec![draw], padding, training);
                    if flip { x.flip([2]) } else { x }
                });
                Tensor::cat(pieces.collect(), 0)
            }
        ),
        mutant!(
            cifar.pad_crop_flip / "wraps_around",
            "what leaves the picture at one side comes in at the other",
            |x, draws, padding, training| {
                if !training {
                    return x;
                }
                let [_, c, h, w] = x.dims();
                let pieces = x.split(1, 0).into_iter().zip(draws).map(|(x, draw)| {
                    let (down, right) = (
                        (draw.top + padding * h - padding) % h,
                        (draw.left + padding * w - padding) % w,
                    );
                    let twice = Tensor::cat(vec![x.clone(), x], 2);
                    let twice = Tensor::cat(vec![twice.clone(), twice], 3);
                    let x = twice.slice([0..1, 0..c, down..down + h, right..right + w]);
                    if draw.flip { x.flip([3]) } else { x }
                });
                Tensor::cat(pieces.collect(), 0)
            }
        ),
    ]
}

fn rates() -> Vec<Mutant> {
    vec![
        mutant!(
            cifar.recipe_lr / "begins_at_zero",
            "the first step has the rate 0",
            |recipe, step, steps| {
                let rising = (recipe.warmup * steps as f64) as usize;
                match step < rising {
                    true => recipe.peak_lr * step as f64 / rising as f64,
                    false => reference::recipe_lr(recipe, step, steps),
                }
            }
        ),
        mutant!(
            cifar.recipe_lr / "no_warmup",
            "the cosine begins at once",
            |recipe, step, steps| reference::recipe_lr(
                CifarRecipe {
                    warmup: 0.0,
                    ..recipe
                },
                step,
                steps
            )
        ),
        mutant!(
            cifar.recipe_lr / "cosine_over_all_steps",
            "the cosine does not begin at the peak",
            |recipe, step, steps| {
                let rising = (recipe.warmup * steps as f64) as usize;
                let all = CifarRecipe {
                    warmup: 0.0,
                    ..recipe.clone()
                };
                reference::recipe_lr(if step < rising { recipe } else { all }, step, steps)
            }
        ),
        mutant!(
            cifar.recipe_lr / "straight_down",
            "the rate falls along a line",
            |recipe, step, steps| {
                let rising = (recipe.warmup * steps as f64) as usize;
                match step < rising {
                    true => reference::recipe_lr(recipe, step, steps),
                    false => recipe.peak_lr * (steps - step) as f64 / (steps - rising) as f64,
                }
            }
        ),
        mutant!(
            cifar.recipe_lr / "rounded_up",
            "the warm-up is rounded up",
            |recipe, step, steps| {
                let rising = (recipe.warmup * steps as f64).ceil();
                let warmup = (rising + 0.5) / steps as f64;
                reference::recipe_lr(CifarRecipe { warmup, ..recipe }, step, steps)
            }
        ),
        mutant!(
            cifar.recipe_lr / "one_step_ahead",
            "counts the steps from 1",
            |recipe, step, steps| reference::recipe_lr(recipe, step + 1, steps.max(step + 2))
        ),
        mutant!(
            cifar.recipe_lr / "quarter_of_a_cosine",
            "the cosine goes to pi / 2 and is not raised",
            |recipe, step, steps| {
                let rising = (recipe.warmup * steps as f64) as usize;
                let share = step.saturating_sub(rising) as f64 / (steps - rising) as f64;
                match step < rising {
                    true => reference::recipe_lr(recipe, step, steps),
                    false => recipe.peak_lr * (std::f64::consts::FRAC_PI_2 * share).cos(),
                }
            }
        ),
    ]
}
