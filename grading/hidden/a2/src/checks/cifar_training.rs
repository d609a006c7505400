//! Checks of A2.9: gradients, steps, whole runs.

use burn::tensor::{Int, Tensor};
use common::check::{
    Check, Failure, Tolerance, Verdict, close_values, ensure, equal, labels, shape, within,
};
use common::contract::Submission;
use common::contract::a2::{
    Cifar, CifarNet, CifarPictures, CifarRecipe, CifarState, CifarTraining, CropFlip,
};
use common::nn::tensors;
use common::rng::Rng;

use super::cifar::{PART, random_net, random_pictures, random_running, running_is, same_bits};
use super::cifar_recipe::random_recipe;
use super::{about, sizes};
use crate::oracle::array::{tensor, values};
use crate::oracle::cifar::{Pass, augmented, decays, rate};

/// The checks of training.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "cifar/gradient",
            part: PART,
            points: 2,
            proves: "The smoothed loss, its gradient by every tensor and the running statistics are right, and weight decay is on kernels and the head's matrix alone.",
            hint: "Gradients flow through the batch's mean and variance. Decay adds weight_decay times the weight to the gradient, and nothing to the loss.",
            run: gradient,
        },
        Check {
            id: "cifar/steps",
            part: PART,
            points: 2,
            proves: "The rate of every step is right, and after each of five steps parameters, velocity and running statistics are.",
            hint: "Augment, then the gradient, then Sgd with nesterov at the rate of state.step. Its weight_decay stays 0: the gradient has it.",
            run: steps,
        },
        Check {
            id: "cifar/epochs",
            part: PART,
            points: 1,
            proves: "An epoch has every picture once, each with a new draw from the whole range, its loss is the mean over the pictures, and the schedule is that of the whole run.",
            hint: "top and left go from 0 to 2 padding, both ends included. A batch of one picture counts a fifth of a batch of five.",
            run: epochs,
        },
        Check {
            id: "cifar/learning",
            part: PART,
            points: 1,
            proves: "A small network learns to tell stripes, and the test error that is reported is the one of its state in evaluation.",
            hint: "Are labels selected with the same rows as pictures? Is the rate of every step the one of its number, out of all steps of the run?",
            run: learning,
        },
        Check {
            id: "cifar/canary",
            part: PART,
            points: 1,
            proves: "With other test labels and other test pictures the trained network has the same bits; with another seed or other training labels it has not.",
            hint: "Nothing that is computed from the test set may reach the network: no statistics, no choice of the best epoch, no draw.",
            run: canary,
        },
    ]
}

fn random_labels(rng: &mut Rng, n: usize, classes: usize) -> Vec<usize> {
    (0..n).map(|_| rng.below(classes)).collect()
}

fn label_tensor(of: &[usize]) -> Tensor<1, Int> {
    let numbers: Vec<i64> = of.iter().map(|&label| label as i64).collect();
    labels(&numbers)
}

/// Compares each tensor with a list. Burn's gradient of a division by a number has single precision, so a right answer may be
/// off by 1e-7 of itself.
fn net_is(got: &CifarNet, want: &[Vec<f64>]) -> Verdict {
    let got = tensors(got);
    equal(&got.len(), &want.len()).map_err(about("tensors"))?;
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        close_values(&values(got), want, Tolerance::GRADIENT)
            .map_err(about(format_args!("tensor {i}")))?;
    }
    Ok(())
}

/// The numbers of each tensor.
fn lists(net: &CifarNet) -> Vec<Vec<f64>> {
    // In the order of the oracle, which is that of the declaration.
    tensors(net).iter().map(values).collect()
}

fn gradient(s: &Submission, rng: &mut Rng) -> Verdict {
    for (smoothing, weight_decay) in [(0.0, 0.0), (rng.uniform(0.1, 0.4), rng.uniform(0.1, 0.9))] {
        let [channels, first, second, classes] = sizes(rng, 2, 5);
        let widths = [first, second];
        let net = random_net(rng, &widths, channels, classes);
        let running = random_running(rng, &widths);
        let x = random_pictures(rng, 3, channels);
        let labels = random_labels(rng, 3, classes);
        let mut pass = Pass::of(&net, &running, &x, true);
        let (loss, mut want) = pass.gradient(&labels, smoothing);
        for ((g, w), decays) in want.iter_mut().zip(lists(&net)).zip(decays(2)) {
            if decays {
                g.iter_mut()
                    .zip(w)
                    .for_each(|(g, w)| *g += weight_decay * w);
            }
        }
        let labels = label_tensor(&labels);
        let got = s.recipe_gradient(net, running, x, labels, smoothing, weight_decay)?;
        within(got.loss, loss, Tolerance::EXACT).map_err(about("loss"))?;
        net_is(&got.gradient, &want).map_err(about("gradient"))?;
        running_is(&got.running, &pass.running)?;
    }
    Ok(())
}

fn steps(s: &Submission, rng: &mut Rng) -> Verdict {
    let mut recipe = random_recipe(rng);
    for steps in [1, 2, 10, 37] {
        for warmup in [0.0, recipe.warmup, 0.99] {
            recipe.warmup = warmup;
            for step in 0..steps {
                let got = s.recipe_lr(recipe.clone(), step, steps)?;
                let want = rate(recipe.peak_lr, warmup, step, steps);
                within(got, want, Tolerance::EXACT).map_err(about(format_args!(
                    "the rate of step {step} of {steps} with a warm-up of {warmup}"
                )))?;
            }
        }
    }
    let [channels, width, classes] = sizes(rng, 2, 4);
    recipe.widths = vec![width];
    recipe.warmup = 0.4;
    recipe.padding = 1;
    recipe.momentum = rng.uniform(0.5, 0.9);
    recipe.peak_lr = rng.uniform(0.05, 0.1);
    recipe.weight_decay = rng.uniform(0.1, 0.3);
    let mut state = CifarState::new(random_net(rng, &recipe.widths, channels, classes));
    let (mut net, mut velocity) = (lists(&state.net), lists(&state.velocity));
    for step in 0..5 {
        let x = random_pictures(rng, 3, channels);
        let labels = random_labels(rng, 3, classes);
        let draws: Vec<CropFlip> = (0..3)
            .map(|_| CropFlip {
                top: rng.below(3),
                left: rng.below(3),
                flip: rng.below(2) == 1,
            })
            .collect();
        let mut pass = Pass::of(&state.net, &state.running, &augmented(&x, &draws, 1), true);
        let (loss, gradient) = pass.gradient(&labels, recipe.smoothing);
        let lr = rate(recipe.peak_lr, recipe.warmup, step, 5);
        for (i, decays) in decays(1).into_iter().enumerate() {
            let decay = if decays { recipe.weight_decay } else { 0.0 };
            for ((w, v), g) in net[i].iter_mut().zip(&mut velocity[i]).zip(&gradient[i]) {
                let g = g + decay * *w;
                *v = recipe.momentum * *v + g;
                *w -= lr * (g + recipe.momentum * *v);
            }
        }
        let labels = label_tensor(&labels);
        let got = s.recipe_step(state, x, labels, draws, recipe.clone(), 5)?;
        let check = || {
            within(got.loss, loss, Tolerance::EXACT).map_err(about("loss"))?;
            net_is(&got.state.velocity, &velocity).map_err(about("velocity"))?;
            net_is(&got.state.net, &net).map_err(about("net"))?;
            running_is(&got.state.running, &pass.running)?;
            equal(&got.state.step, &(step + 1)).map_err(about("state.step"))
        };
        check().map_err(about(format_args!("step {step}")))?;
        state = got.state;
    }
    Ok(())
}

/// A small recipe whose steps change nothing that shows.
fn standstill() -> CifarRecipe {
    CifarRecipe {
        widths: vec![2],
        epochs: 1,
        batch_size: 8,
        peak_lr: 1e-12,
        warmup: 0.0,
        momentum: 0.0,
        weight_decay: 0.0,
        smoothing: 0.0,
        padding: 0,
        flip: false,
    }
}

/// Pictures that are normalised already, and so come out of `cifar_normalise` as they are.
fn normalised(rng: &mut Rng, n: usize) -> CifarPictures {
    let mut numbers: Vec<f64> = (0..n * 16).map(|_| rng.normal()).collect();
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    numbers.iter_mut().for_each(|x| *x -= mean);
    let square = numbers.iter().map(|x| x * x).sum::<f64>() / numbers.len() as f64;
    numbers.iter_mut().for_each(|x| *x /= square.sqrt());
    CifarPictures {
        x: tensor(numbers, [n, 1, 4, 4]),
        labels: label_tensor(&(0..n).map(|i| i % 2).collect::<Vec<_>>()),
    }
}

fn train(
    s: &Submission,
    train: &CifarPictures,
    test: &CifarPictures,
    classes: usize,
    recipe: &CifarRecipe,
    seed: u64,
) -> Result<CifarTraining, Failure> {
    Ok(s.train_recipe(train.clone(), test.clone(), classes, recipe.clone(), seed)?)
}

/// All lists of `n` draws.
fn all_draws(n: usize, padding: usize, flip: bool) -> Vec<Vec<CropFlip>> {
    let offsets = 2 * padding + 1;
    let one: Vec<CropFlip> = (0..offsets * offsets * if flip { 2 } else { 1 })
        .map(|i| CropFlip {
            top: i % offsets,
            left: i / offsets % offsets,
            flip: i >= offsets * offsets,
        })
        .collect();
    let mut all = vec![vec![]];
    for _ in 0..n {
        let longer = |list: &Vec<CropFlip>| {
            let with = |draw: &CropFlip| [list.as_slice(), std::slice::from_ref(draw)].concat();
            one.iter().map(with).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

/// Whether a state that came from a hand-in is of a network with one stage of these sizes, so that the oracle can run it.
fn fits(state: &CifarState, channels: usize, width: usize, classes: usize) -> Verdict {
    let CifarNet {
        stages,
        head_weight,
        head_bias,
    } = &state.net;
    equal(&stages.len(), &1).map_err(about("stages"))?;
    let layers = [(&stages[0].widen, channels), (&stages[0].residual, width)];
    equal(&state.running.len(), &2).map_err(about("running statistics"))?;
    for ((layer, inputs), running) in layers.into_iter().zip(&state.running) {
        shape(&layer.kernel, [width, inputs, 3, 3]).map_err(about("kernel"))?;
        for vector in [&layer.gamma, &layer.beta, &running.mean, &running.variance] {
            shape(vector, [width]).map_err(about("a vector of a layer"))?;
        }
    }
    shape(head_weight, [width, classes]).map_err(about("head_weight"))?;
    shape(head_bias, [classes]).map_err(about("head_bias"))
}

/// The loss of pictures in training by a network that has stood still.
fn loss_of(state: &CifarState, x: &Tensor<4>, labels: &[usize]) -> f64 {
    let fresh = CifarState::new(state.net.clone()).running;
    Pass::of(&state.net, &fresh, x, true)
        .gradient(labels, 0.0)
        .0
}

/// One step per epoch at a rate so small that the loss falls by the rate times the square of the gradient, which stays as it
/// is: what the losses fall by are to each other as the rates of the whole run's schedule, 1, 0.854, 0.5, 0.146.
fn schedule(s: &Submission) -> Verdict {
    let pictures = normalised(&mut Rng::new(11), 4);
    let recipe = CifarRecipe {
        epochs: 4,
        peak_lr: 1e-4,
        ..standstill()
    };
    let losses = train(s, &pictures, &pictures, 2, &recipe, 5)?.losses;
    equal(&losses.len(), &4).map_err(about("losses"))?;
    let falls: Vec<f64> = losses.windows(2).map(|pair| pair[0] - pair[1]).collect();
    let near = Tolerance {
        absolute: 0.03,
        relative: 0.0,
    };
    for (k, want) in [(1, 0.854), (2, 0.5)] {
        within(falls[k] / falls[0], want, near).map_err(about(format_args!(
            "what the loss falls by in step {k}, over that of step 0, as the rates"
        )))?;
    }
    Ok(())
}

/// The rate is so small that the network that comes out is the one that every epoch saw, so each epoch's loss must be that
/// of one of the ways to divide or to augment the pictures. A reference of any order of draws passes.
fn epochs(s: &Submission, _: &mut Rng) -> Verdict {
    let near = |a: f64, b: f64| (a - b).abs() < 1e-8;
    let rng = &mut Rng::new(9);
    let pictures = normalised(rng, 5);
    let labels: Vec<usize> = (0..5).map(|i| i % 2).collect();

    // Five pictures by four: one of them is a batch of its own.
    let recipe = CifarRecipe {
        batch_size: 4,
        epochs: 12,
        ..standstill()
    };
    let run = train(s, &pictures, &pictures, 2, &recipe, 3)?;
    equal(&run.state.step, &24).map_err(about("state.step after 12 epochs of 2 steps"))?;
    equal(&run.losses.len(), &12).map_err(about("losses"))?;
    equal(&run.test_errors.len(), &12).map_err(about("test_errors"))?;
    fits(&run.state, 1, 2, 2)?;
    let select = |rows: &[i64]| {
        let x = pictures.x.clone().select(0, common::check::labels(rows));
        let labels: Vec<usize> = rows.iter().map(|&row| labels[row as usize]).collect();
        loss_of(&run.state, &x, &labels)
    };
    let divided: Vec<f64> = (0..5)
        .map(|alone| {
            let others: Vec<i64> = (0..5).filter(|row| *row != alone).collect();
            (4.0 * select(&others) + select(&[alone])) / 5.0
        })
        .collect();
    seen(&run.losses, &divided, 3, near).map_err(about("5 pictures, 4 at a time"))?;

    for (n, padding, flip, least) in [(1, 1, false, 5), (2, 0, true, 3), (1, 1, true, 6)] {
        let pictures = normalised(rng, n);
        let recipe = CifarRecipe {
            epochs: 30,
            padding,
            flip,
            ..standstill()
        };
        let run = train(s, &pictures, &pictures, 2, &recipe, 4)?;
        fits(&run.state, 1, 2, 2)?;
        let ways: Vec<f64> = all_draws(n, padding, flip)
            .iter()
            .map(|draws| {
                loss_of(
                    &run.state,
                    &augmented(&pictures.x, draws, padding),
                    &labels[..n],
                )
            })
            .collect();
        seen(&run.losses, &ways, least, near).map_err(about(format_args!(
            "{n} pictures, padding {padding}, flip {flip}"
        )))?;
    }
    schedule(s)
}

/// Every loss is one of `ways`, and at least so many of them occur.
fn seen(losses: &[f64], ways: &[f64], least: usize, near: fn(f64, f64) -> bool) -> Verdict {
    let way = |loss: &f64| ways.iter().position(|way| near(*way, *loss));
    if let Some(loss) = losses.iter().find(|loss| way(loss).is_none()) {
        return Err(Failure::wrong(format!(
            "the loss {loss} is none of {} that an epoch can have",
            ways.len()
        )));
    }
    let mut kinds: Vec<usize> = losses.iter().filter_map(way).collect();
    kinds.sort_unstable();
    kinds.dedup();
    ensure(kinds.len() >= least, || {
        format!("{} epochs are of {} kinds only", losses.len(), kinds.len())
    })
}

/// Stripes in one of three directions, of random colours and places, with noise.
fn stripes(rng: &mut Rng, n: usize) -> CifarPictures {
    let classes: Vec<usize> = (0..n).map(|i| i % 3).collect();
    let mut pixels = Vec::with_capacity(n * 192);
    for class in &classes {
        let phase = rng.below(4);
        let (low, high): ([f64; 3], [f64; 3]) = (
            std::array::from_fn(|_| rng.uniform(0.0, 0.5)),
            std::array::from_fn(|_| rng.uniform(0.5, 1.0)),
        );
        for c in 0..3 {
            for i in 0..8 {
                for j in 0..8 {
                    let along = [i, j, i + j][*class] + phase;
                    let bright = along % 4 < 2;
                    let pixel = if bright { high[c] } else { low[c] };
                    pixels.push((pixel + 0.15 * rng.normal()).clamp(0.0, 1.0));
                }
            }
        }
    }
    CifarPictures {
        x: tensor(pixels, [n, 3, 8, 8]),
        labels: label_tensor(&classes),
    }
}

fn tiny_recipe() -> CifarRecipe {
    CifarRecipe {
        widths: vec![6],
        epochs: 6,
        batch_size: 8,
        peak_lr: 0.1,
        warmup: 0.2,
        momentum: 0.9,
        weight_decay: 1e-3,
        smoothing: 0.1,
        padding: 1,
        flip: true,
    }
}

/// The largest mean test error over three seeds. Over 20 such triples the reference has 0.033 with a deviation of 0.040, 0.167
/// at most, and the alternative, with another order of draws, the same; the limit is more than 6 deviations away. With
/// labels in another order it is 0.667 with a deviation of 0.081, without learning 0.660 with 0.031: guessing.
const LIMIT: f64 = 0.3;

fn learning(s: &Submission, _: &mut Rng) -> Verdict {
    let mut sum = 0.0;
    for seed in 0..3 {
        let rng = &mut Rng::named(seed, "stripes");
        let (pictures, test) = (stripes(rng, 48), stripes(rng, 24));
        let run = train(s, &pictures, &test, 3, &tiny_recipe(), seed)?;
        equal(&run.test_errors.len(), &6).map_err(about("test_errors"))?;
        fits(&run.state, 3, 6, 3)?;
        let shape_of_test = test.x.dims();
        let normalised = s.cifar_normalise(pictures.x, test.x)?.test;
        shape(&normalised, shape_of_test)?;
        let state = &run.state;
        let probabilities =
            Pass::of(&state.net, &state.running, &normalised, false).probabilities();
        let error = error_of(&probabilities, &values_of(&test.labels));
        within(run.test_errors[5], error, Tolerance::EXACT)
            .map_err(about("the last test error against the state that came out"))?;
        sum += error / 3.0;
    }
    ensure(sum <= LIMIT, || {
        format!("the mean test error of three runs is {sum}, not below {LIMIT}")
    })
}

fn values_of(labels: &Tensor<1, Int>) -> Vec<usize> {
    let numbers = labels.to_data();
    numbers.iter::<i64>().map(|label| label as usize).collect()
}

fn error_of(probabilities: &Tensor<2>, labels: &[usize]) -> f64 {
    let [n, classes] = probabilities.dims();
    let rows = values(probabilities);
    // Where another class is as probable, the label has not won.
    let wrong = rows.chunks(classes).zip(labels).filter(|(row, label)| {
        let mut others = row.iter().enumerate().filter(|(class, _)| class != *label);
        others.any(|(_, p)| *p >= row[**label])
    });
    wrong.count() as f64 / n as f64
}

fn canary(s: &Submission, _: &mut Rng) -> Verdict {
    let rng = &mut Rng::new(5);
    let (pictures, test, other) = (stripes(rng, 10), stripes(rng, 6), stripes(rng, 9));
    let recipe = CifarRecipe {
        epochs: 4,
        batch_size: 4,
        widths: vec![2],
        ..tiny_recipe()
    };
    let run = |train_on: &CifarPictures, test_on: &CifarPictures, seed| {
        train(s, train_on, test_on, 3, &recipe, seed)
    };
    let shifted = |of: &CifarPictures| {
        let moved: Vec<usize> = values_of(&of.labels).iter().map(|l| (l + 1) % 3).collect();
        CifarPictures {
            x: of.x.clone(),
            labels: label_tensor(&moved),
        }
    };
    let first = run(&pictures, &test, 7)?;
    for (what, test) in [
        ("the same run again", &test),
        ("other test labels", &shifted(&test)),
        ("other test pictures", &other),
    ] {
        let again = run(&pictures, test, 7)?;
        same_bits(&again.state.net, &first.state.net)
            .and_then(|()| same_bits(&again.state.velocity, &first.state.velocity))
            .and_then(|()| equal(&again.losses, &first.losses))
            .map_err(about(what))?;
    }
    for (what, changed) in [
        ("another seed", run(&pictures, &test, 8)?),
        ("other training labels", run(&shifted(&pictures), &test, 7)?),
    ] {
        ensure(
            same_bits(&changed.state.net, &first.state.net).is_err(),
            || format!("{what}: the same network"),
        )?;
    }
    Ok(())
}
