//! Public checks of A2.9.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, close_values, ensure, equal, equal_bits,
    labels, numeric_gradient_of, shape, show, tensor, within,
};
use common::contract::Submission;
use common::contract::a2::{
    Cifar, CifarConv, CifarNet, CifarPictures, CifarRecipe, CifarRunning, CifarStage, CifarState,
    CropFlip,
};
use common::nn::tensors;
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.9",
    title: "CIFAR-10 under a budget",
    module: "cifar",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/cifar.rs. Begin with cifar_budget, which is arithmetic, then cifar_forward: one \
            function for convolution, normalisation and ReLU, called twice per stage.",
    hints: &[
        "batch_norm2d of common::nn normalises in training and gives the mean and the variance of the batch, [c] each; detach \
         them, and let the running ones move. Outside training gamma.reshape([1, c, 1, 1]) fits x, and so do the others. For \
         pad_crop_flip: zeros of the larger size, slice_assign, then slice, flip([3]) and cat.",
        "recipe_gradient: value_and_gradient_with(&net, |net| (loss, running)), then add weight_decay times the kernel to each \
         kernel's gradient. recipe_step: pad_crop_flip, recipe_gradient, then Sgd { momentum, nesterov: true, \
         ..Sgd::new(lr) }. train_recipe: cifar_normalise, cifar_init, CifarState::new; for each epoch \
         rng.permutation(n).chunks(batch_size) and x.select(0, rows).",
    ],
    hidden_checks: 12,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.9.
pub const CHECKS: &[Check] = &[
    Check {
        id: "cifar/recipe",
        part: "A2.9",
        points: 1,
        proves: "your own recipe is read, and what is no recipe is an error that says what is wrong",
        hint: "split each line at the first #, then at the =; an error names the key, or the number of the line",
        run: recipe,
    },
    Check {
        id: "cifar/cost",
        part: "A2.9",
        points: 1,
        proves: "parameters and multiply-accumulates are the handout's, and a new network has as many parameters as were counted",
        hint: "widen is computed at the size that comes in, residual at half of it; each normalisation has 2 parameters per channel",
        run: cost,
    },
    Check {
        id: "cifar/forward",
        part: "A2.9",
        points: 1,
        proves: "the handout's picture gives the handout's logits, and the running statistics move in training alone",
        hint: "convolution, normalisation, ReLU, pooling; then x plus convolution, normalisation, ReLU of x",
        run: forward,
    },
    Check {
        id: "cifar/pictures",
        part: "A2.9",
        points: 1,
        proves: "pictures are normalised with the training set's statistics, and cut out of their padded selves as the draws say",
        hint: "top and left count in the padded picture: both equal to padding is the picture itself",
        run: pictures,
    },
    Check {
        id: "cifar/step",
        part: "A2.9",
        points: 1,
        proves: "the rates are the handout's, the gradient agrees with a numeric one, and a step goes against it",
        hint: "Nesterov's first step is w - lr (1 + momentum) g; weight decay is on kernels and the head's matrix alone",
        run: step,
    },
    Check {
        id: "cifar/training",
        part: "A2.9",
        points: 1,
        proves: "a run learns to tell two colours, is the same for the same seed, and its answers do not depend on the batch",
        hint: "follow one epoch: are pictures and labels selected by the same rows? Is every step made with the state of the one before?",
        run: training,
    },
];

const RECIPE: &str = "\
# A recipe.
widths = [8, 16]
epochs = 3
batch_size = 32
peak_lr = 0.1   # at the top
warmup = 0.25
momentum = 0.9
weight_decay = 5e-4
smoothing = 0.1
padding = 2
flip = true
";

fn parsed(submission: &Submission, text: &str) -> Result<CifarRecipe, Failure> {
    let answer = submission.parse_recipe(text.into())?;
    answer.map_err(|why| {
        Failure::wrong(format!(
            "parse_recipe: expected a recipe, got the error {why:?}"
        ))
        .on_input(text)
    })
}

fn recipe(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = parsed(submission, RECIPE)?;
    let about = |fields: &'static str| {
        move |failure: Failure| failure.about(format_args!("parse_recipe, {fields}"))
    };
    equal(&got.widths, &vec![8, 16]).map_err(about("widths"))?;
    let whole = [got.epochs, got.batch_size, got.padding];
    equal(&whole, &[3, 32, 2]).map_err(about("epochs, batch_size, padding"))?;
    let numbers = [
        got.peak_lr,
        got.warmup,
        got.momentum,
        got.weight_decay,
        got.smoothing,
    ];
    close_values(&numbers, &[0.1, 0.25, 0.9, 5e-4, 0.1], Tolerance::EXACT)
        .map_err(about("peak_lr, warmup, momentum, weight_decay, smoothing"))?;
    equal(&got.flip, &true).map_err(about("flip"))?;

    for (text, named) in [
        (RECIPE.replace("epochs = 3", "epochs = 0"), "epochs"),
        (RECIPE.replace("flip = true\n", ""), "flip"),
        (format!("{RECIPE}flop = true\n"), "flop"),
        (RECIPE.replace("epochs = 3", "epochs 3"), "line 3"),
    ] {
        let answer = submission.parse_recipe(text.clone())?;
        let names = answer.as_ref().is_err_and(|why| why.contains(named));
        ensure(names, || {
            let got = answer.map(|_| "a recipe");
            format!("parse_recipe: expected an error that names `{named}`, got {got:?}")
        })
        .map_err(|failure| failure.on_input(text))?;
    }

    let own = parsed(submission, &submission.cifar_recipe()?)?;
    let budget = submission.cifar_budget(own.widths, 3, 10, 32)?;
    let within = budget.parameters <= 1_000_000 && budget.multiply_accumulates <= 40_000_000;
    ensure(within, || {
        format!(
            "cifar_recipe: {} parameters and {} multiply-accumulates are more than 1.0 and 40 million",
            budget.parameters, budget.multiply_accumulates
        )
    })
}

fn cost(submission: &Submission, rng: &mut Rng) -> Verdict {
    for (widths, want) in [(vec![4], [318, 9256]), (vec![4, 8], [1254, 16208])] {
        let got = submission.cifar_budget(widths.clone(), 3, 10, 8)?;
        equal(&[got.parameters, got.multiply_accumulates], &want)
            .map_err(|failure| failure.about(format!("cifar_budget of widths {widths:?}")))?;
        let net = submission.cifar_init(widths.clone(), 3, 10, rng.next_u64())?;
        let drawn: usize = tensors(&net).iter().map(|tensor| tensor.dims()[0]).sum();
        equal(&drawn, &want[0])
            .map_err(|failure| failure.about(format!("numbers in cifar_init of {widths:?}")))?;
    }
    Ok(())
}

/// A convolution of one channel that gives back its input.
fn identity() -> CifarConv {
    CifarConv {
        kernel: tensor([[[[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]]),
        gamma: tensor([1.0]),
        beta: tensor([0.0]),
    }
}

/// The handout's network.
fn example() -> (CifarNet, Vec<CifarRunning>) {
    let stage = CifarStage {
        widen: identity(),
        residual: identity(),
    };
    let net = CifarNet {
        stages: vec![stage],
        head_weight: tensor([[1.0, -1.0]]),
        head_bias: tensor([0.0, 2.0]),
    };
    // The root of the variance plus CIFAR_EPS is 2.
    let running = |mean: f64| CifarRunning {
        mean: tensor([mean]),
        variance: tensor([4.0 - 1e-5]),
    };
    (net, vec![running(2.0), running(1.0)])
}

fn forward(submission: &Submission, _: &mut Rng) -> Verdict {
    let (net, running) = example();
    let x = tensor([[[[2.0, -4.0], [6.0, 8.0]]]]);
    let input = format!("the handout's network and the picture {}", show(&x));
    let got = submission.cifar_forward(net.clone(), running.clone(), x.clone(), false)?;
    let check = || {
        close(&got.logits, &tensor([[4.0, -2.0]]), Tolerance::EXACT)?;
        equal(&got.running.len(), &2)?;
        let unchanged = equal_bits(&got.running[0].mean, &running[0].mean);
        unchanged.map_err(|failure| failure.about("running[0].mean must stay"))
    };
    check().map_err(|failure: Failure| {
        failure
            .about("cifar_forward in evaluation")
            .on_input(&input)
    })?;

    // Twice the same picture: the mean is 3, the variance 21, and 8 / 7 of it 24.
    let twice = Tensor::cat(vec![x.clone(), x], 0);
    let got = submission.cifar_forward(net, running, twice, true)?;
    let check = || {
        shape(&got.logits, [2, 2])?;
        equal(&got.running.len(), &2)?;
        let first = &got.running[0];
        close(
            &first.mean,
            &tensor([0.9 * 2.0 + 0.1 * 3.0]),
            Tolerance::EXACT,
        )
        .map_err(|failure| failure.about("running[0].mean"))?;
        let variance = 0.9 * (4.0 - 1e-5) + 0.1 * 24.0;
        close(&first.variance, &tensor([variance]), Tolerance::EXACT)
            .map_err(|failure| failure.about("running[0].variance"))
    };
    check().map_err(|failure: Failure| {
        failure
            .about("cifar_forward in training")
            .on_input(format!("{input}, twice"))
    })
}

fn pictures(submission: &Submission, _: &mut Rng) -> Verdict {
    let train: Tensor<4> = tensor([[[[1.0, 3.0]]], [[[5.0, 7.0]]]]);
    let test = tensor([[[[4.0, 4.0]]]]);
    let input = format!("train {}, test {}", show(&train), show(&test));
    let got = submission.cifar_normalise(train, test)?;
    // The mean is 4 and the variance (9 + 1 + 1 + 9) / 4 = 5.
    let root = 5f64.sqrt();
    let want = tensor([[[[-3.0 / root, -1.0 / root]]], [[[1.0 / root, 3.0 / root]]]]);
    let check = || {
        close(&got.train, &want, Tolerance::EXACT).map_err(|failure| failure.about("train"))?;
        close(&got.test, &tensor([[[[0.0, 0.0]]]]), Tolerance::EXACT)
            .map_err(|failure| failure.about("test"))?;
        close(&got.mean, &tensor([4.0]), Tolerance::EXACT)
            .map_err(|failure| failure.about("mean"))?;
        close(&got.std, &tensor([root]), Tolerance::EXACT).map_err(|failure| failure.about("std"))
    };
    check().map_err(|failure: Failure| failure.about("cifar_normalise").on_input(input))?;

    let one = tensor::<4>([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]);
    for (top, left, flip, want) in [
        (1, 1, false, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        (1, 1, true, [[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]),
        (0, 2, false, [[0.0, 0.0, 0.0], [2.0, 3.0, 0.0]]),
        (0, 2, true, [[0.0, 0.0, 0.0], [0.0, 3.0, 2.0]]),
    ] {
        let draw = CropFlip { top, left, flip };
        let input = format!("x {}, draw {draw:?}, padding 1", show(&one));
        let got = submission.pad_crop_flip(one.clone(), vec![draw], 1, true)?;
        close(&got, &tensor([[want]]), Tolerance::EXACT)
            .map_err(|failure| failure.about("pad_crop_flip").on_input(input))?;
    }
    Ok(())
}

fn rates(submission: &Submission, recipe: &CifarRecipe) -> Verdict {
    // A quarter of 8 steps rises; then half a cosine over 6 steps.
    for (step, want) in [
        (0, 0.05),
        (1, 0.1),
        (2, 0.1),
        (4, 0.075),
        (5, 0.05),
        (6, 0.025),
    ] {
        let got = submission.recipe_lr(recipe.clone(), step, 8)?;
        within(got, want, Tolerance::EXACT)
            .map_err(|failure| failure.about(format!("recipe_lr of step {step} of 8")))?;
    }
    Ok(())
}

fn step(submission: &Submission, rng: &mut Rng) -> Verdict {
    let recipe = CifarRecipe {
        padding: 0,
        ..parsed(submission, RECIPE)?
    };
    rates(submission, &recipe)?;

    let (net, running) = example();
    let x = rng.normal_tensor([3, 1, 4, 4]);
    let labels = labels(&[0, 1, 1]);
    let gradient = |net: &CifarNet, decay: f64| {
        let (net, running) = (net.clone(), running.clone());
        submission.recipe_gradient(net, running, x.clone(), labels.clone(), 0.1, decay)
    };
    let got = gradient(&net, 0.5)?;
    // The loss is smooth in the bias, which has no weight decay.
    let numeric = numeric_gradient_of(&net.head_bias, |head_bias| {
        let moved = CifarNet {
            head_bias,
            ..net.clone()
        };
        gradient(&moved, 0.5).map(|answer| answer.loss)
    })?;
    close(&got.gradient.head_bias, &numeric, Tolerance::GRADIENT).map_err(|failure| {
        failure.about("recipe_gradient, head_bias against a numeric gradient")
    })?;
    let plain = gradient(&net, 0.0)?;
    let decayed = plain.gradient.head_weight + net.head_weight.clone() * 0.5;
    close(&got.gradient.head_weight, &decayed, Tolerance::EXACT).map_err(|failure| {
        failure.about("recipe_gradient, head_weight with a weight decay of 0.5")
    })?;

    let state = CifarState {
        running: running.clone(),
        ..CifarState::new(net.clone())
    };
    let center = CropFlip {
        top: 0,
        left: 0,
        flip: false,
    };
    let of_step = gradient(&net, recipe.weight_decay)?;
    let draws = vec![center; 3];
    let got = submission.recipe_step(state, x.clone(), labels.clone(), draws, recipe, 8)?;
    equal(&got.state.step, &1).map_err(|failure| failure.about("recipe_step, state.step"))?;
    let want = net.head_weight - of_step.gradient.head_weight * (0.05 * 1.9);
    close(&got.state.net.head_weight, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("recipe_step, head_weight after the first step"))
}

/// Pictures that are rather red, or rather blue.
fn colours(rng: &mut Rng, n: usize) -> CifarPictures {
    let classes: Vec<i64> = (0..n as i64).map(|i| i % 2).collect();
    let mut pixel = 0;
    let x = rng.tensor([n, 3, 4, 4], |rng| {
        let (class, channel) = (pixel / 48 % 2, pixel / 16 % 3);
        pixel += 1;
        let bright = channel == 2 * class;
        0.2 * rng.unit() + if bright { 0.6 } else { 0.2 }
    });
    CifarPictures {
        x,
        labels: labels(&classes),
    }
}

fn training(submission: &Submission, _: &mut Rng) -> Verdict {
    let rng = &mut Rng::new(1);
    let (train, test) = (colours(rng, 16), colours(rng, 10));
    let recipe = CifarRecipe {
        widths: vec![3],
        epochs: 6,
        batch_size: 6,
        ..parsed(submission, RECIPE)?
    };
    let run = || submission.train_recipe(train.clone(), test.clone(), 2, recipe.clone(), 7);
    let (first, again) = (run()?, run()?);
    let about = |failure: Failure| failure.about("train_recipe, 6 epochs of 16 pictures by 6");
    equal(&[first.losses.len(), first.test_errors.len()], &[6, 6]).map_err(about)?;
    equal(&first.state.step, &18).map_err(about)?;
    equal(&first.test_errors[5], &0.0)
        .map_err(|failure| about(failure.about("the last test error")))?;
    equal_bits(&again.state.net.head_weight, &first.state.net.head_weight)
        .map_err(|failure| about(failure.about("head_weight, the same seed again")))?;

    let x = submission
        .cifar_normalise(train.x.clone(), test.x.clone())?
        .test;
    let predict = |x: Tensor<4>, batch_size| {
        let (net, running) = (first.state.net.clone(), first.state.running.clone());
        submission.cifar_predict(net, running, x, batch_size)
    };
    let all = predict(x.clone(), 10)?;
    shape(&all, [10, 2]).map_err(|failure| failure.about("cifar_predict"))?;
    close(
        &all.clone().sum_dim(1),
        &tensor([[1.0]; 10]),
        Tolerance::EXACT,
    )
    .map_err(|failure| failure.about("cifar_predict, the sums of the probabilities"))?;
    close(&predict(x, 3)?, &all, Tolerance::EXACT)
        .map_err(|failure| failure.about("cifar_predict, 10 pictures by 3 against all at once"))
}
