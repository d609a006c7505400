//! Public checks of A1.6.

use burn::tensor::Tensor;
use common::check::{
    Check, Part, Tolerance, Verdict, close, ensure, equal, equal_bits, show, tensor, within,
};
use common::contract::Submission;
use common::contract::a1::{AdamSettings, AdamState, Optimisers};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.6",
    title: "Optimisers",
    module: "optimisers",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/optimisers.rs and write sgd: zip parameters and gradients, map, collect.",
    hints: &[
        "momentum, nesterov, adagrad and rmsprop have the same frame: go through parameter, gradient and \
         state together, and collect new parameters and new state. Write the frame once.",
        "In Adam the first step has t = 1, so use state.step + 1. eps is outside the root. Adam adds the \
         weight decay to the gradient, AdamW multiplies w by 1 - lr weight_decay and leaves the gradient \
         alone.",
    ],
    hidden_checks: 10,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A1.6.
pub const CHECKS: &[Check] = &[
    Check {
        id: "optimisers/sgd",
        part: "A1.6",
        points: 1,
        proves: "gradient descent moves every parameter against its own gradient",
        hint: "w - g * lr, parameter by parameter",
        run: sgd,
    },
    Check {
        id: "optimisers/momentum",
        part: "A1.6",
        points: 1,
        proves: "two steps of momentum and of Nesterov's momentum give the handout's numbers",
        hint: "v = mu v + g without a factor on g; Nesterov's step uses g + mu v with the new v",
        run: momentum,
    },
    Check {
        id: "optimisers/adagrad_and_rmsprop",
        part: "A1.6",
        points: 1,
        proves: "two steps of AdaGrad and of RMSprop give the handout's numbers",
        hint: "eps is added after the root; RMSprop weighs g^2 with 1 - decay",
        run: adagrad_and_rmsprop,
    },
    Check {
        id: "optimisers/adam",
        part: "A1.6",
        points: 1,
        proves: "Adam's first step is lr against the sign of the gradient, its second that of the handout",
        hint: "t = state.step + 1; divide m by 1 - beta1^t and v by 1 - beta2^t for the step, but keep m and v as they are",
        run: adam,
    },
    Check {
        id: "optimisers/adamw",
        part: "A1.6",
        points: 1,
        proves: "AdamW shrinks the weights outside the moments, Adam puts the decay into the gradient",
        hint: "AdamW: w (1 - lr weight_decay), then a step with the gradient as it came; Adam: g + weight_decay w",
        run: adamw,
    },
    Check {
        id: "optimisers/clip_grad_norm",
        part: "A1.6",
        points: 1,
        proves: "gradients are clipped by one norm of them all, and small ones stay as they are",
        hint: "add the squares of all gradients before the root; scale only when norm > max_norm",
        run: clip_grad_norm,
    },
];

/// Compares two lists of vectors, one per parameter.
fn same(name: &str, got: &[Tensor<1>], want: &[Tensor<1>]) -> Verdict {
    near(name, got, want, Tolerance::EXACT)
}

fn near(name: &str, got: &[Tensor<1>], want: &[Tensor<1>], tolerance: Tolerance) -> Verdict {
    ensure(got.len() == want.len(), || {
        format!(
            "expected {} vectors in {name}, got {}",
            want.len(),
            got.len()
        )
    })?;
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        close(got, want, tolerance).map_err(|failure| failure.about(format!("{name}[{i}]")))?;
    }
    Ok(())
}

/// PyTorch divides by the norm plus a millionth; that is right too.
const CLIPPED: Tolerance = Tolerance {
    absolute: 1e-6,
    relative: 0.0,
};

/// The vectors on one line, for messages.
fn list(vectors: &[Tensor<1>]) -> String {
    let shown: Vec<String> = vectors.iter().map(show).collect();
    shown.join(" and ")
}

/// Two parameters, the second one already at its minimum.
fn sgd(submission: &Submission, _: &mut Rng) -> Verdict {
    let parameters = vec![tensor([1.0, 2.0]), tensor([3.0])];
    let gradients = vec![tensor([10.0, -20.0]), tensor([0.0])];
    let got = submission.sgd(parameters.clone(), gradients.clone(), 0.1)?;
    same("parameters", &got, &[tensor([0.0, 4.0]), tensor([3.0])]).map_err(|failure| {
        failure.about("sgd").on_input(format!(
            "parameters {}, gradients {}, lr 0.1",
            list(&parameters),
            list(&gradients)
        ))
    })
}

/// Two parameters, two steps with the same gradients, lr 0.1 and mu 0.9.
fn momentum(submission: &Submission, _: &mut Rng) -> Verdict {
    let start = vec![tensor([1.0]), tensor([10.0, 20.0])];
    let gradients = vec![tensor([1.0]), tensor([2.0, -2.0])];
    let zeros = vec![tensor([0.0]), tensor([0.0, 0.0])];
    let input = format!(
        "parameters {}, gradients {} in both steps, lr 0.1, mu 0.9",
        list(&start),
        list(&gradients)
    );

    let one = submission.momentum(start.clone(), gradients.clone(), zeros.clone(), 0.1, 0.9)?;
    let two = submission.momentum(one.parameters, gradients.clone(), one.state, 0.1, 0.9)?;
    same("state", &two.state, &[tensor([1.9]), tensor([3.8, -3.8])])
        .and_then(|()| {
            let want = [tensor([0.71]), tensor([9.42, 20.58])];
            same("parameters", &two.parameters, &want)
        })
        .map_err(|failure| failure.about("momentum, after two steps").on_input(&input))?;

    let one = submission.nesterov(start, gradients.clone(), zeros, 0.1, 0.9)?;
    let two = submission.nesterov(one.parameters, gradients, one.state, 0.1, 0.9)?;
    same("state", &two.state, &[tensor([1.9]), tensor([3.8, -3.8])])
        .and_then(|()| {
            let want = [tensor([0.539]), tensor([9.078, 20.922])];
            same("parameters", &two.parameters, &want)
        })
        .map_err(|failure| failure.about("nesterov, after two steps").on_input(&input))
}

/// One weight, two steps, with an eps of 1 so that its place shows.
fn adagrad_and_rmsprop(submission: &Submission, _: &mut Rng) -> Verdict {
    let (start, zeros) = (vec![tensor([1.0])], vec![tensor([0.0])]);
    let one = submission.adagrad(start.clone(), vec![tensor([3.0])], zeros.clone(), 0.1, 1.0)?;
    let two = submission.adagrad(one.parameters, vec![tensor([4.0])], one.state, 0.1, 1.0)?;
    // s is 9, then 25: the steps are 0.1 * 3 / (3 + 1) and 0.1 * 4 / (5 + 1).
    same("state", &two.state, &[tensor([25.0])])
        .and_then(|()| {
            let want = [tensor([1.0 - 0.3 / 4.0 - 0.4 / 6.0])];
            same("parameters", &two.parameters, &want)
        })
        .map_err(|failure| {
            failure
                .about("adagrad, after two steps")
                .on_input("parameter [1], gradients [3] then [4], lr 0.1, eps 1")
        })?;

    let one = submission.rmsprop(start, vec![tensor([2.0])], zeros, 0.1, 0.75, 1.0)?;
    let two = submission.rmsprop(
        one.parameters,
        vec![tensor([6.0])],
        one.state,
        0.1,
        0.75,
        1.0,
    )?;
    // s is 0.25 * 4 = 1, then 0.75 * 1 + 0.25 * 36 = 9.75.
    same("state", &two.state, &[tensor([9.75])])
        .and_then(|()| {
            let want = [tensor([1.0 - 0.2 / 2.0 - 0.6 / (9.75_f64.sqrt() + 1.0)])];
            same("parameters", &two.parameters, &want)
        })
        .map_err(|failure| {
            failure
                .about("rmsprop, after two steps")
                .on_input("parameter [1], gradients [2] then [6], lr 0.1, decay 0.75, eps 1")
        })
}

/// Adam before its first step, for one parameter of `n` numbers.
fn adam_start(n: usize) -> AdamState {
    let zeros = || tensor(vec![0.0; n].as_slice());
    AdamState {
        step: 0,
        first: vec![zeros()],
        second: vec![zeros()],
    }
}

/// The paper's settings, then the handout's two steps.
fn adam(submission: &Submission, _: &mut Rng) -> Verdict {
    let paper = AdamSettings {
        lr: 0.1,
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        weight_decay: 0.0,
    };
    let gradient = tensor([2.0, -500.0]);
    let got = submission.adam(
        vec![tensor([1.0, 1.0])],
        vec![gradient.clone()],
        adam_start(2),
        paper,
    )?;
    let loose = Tolerance {
        absolute: 1e-8, // eps makes the step smaller by 5e-9 of it
        relative: 0.0,
    };
    let parameters = got.parameters.first().cloned().unwrap_or(gradient);
    close(&parameters, &tensor([0.9, 1.1]), loose).map_err(|failure| {
        failure
            .about("adam, parameters[0] after the first step")
            .on_input(
                "parameter [1, 1], gradient [2, -500], lr 0.1, beta1 0.9, beta2 0.999, eps 1e-8",
            )
    })?;

    let settings = AdamSettings {
        lr: 0.1,
        beta1: 0.5,
        beta2: 0.75,
        eps: 1.0,
        weight_decay: 0.0,
    };
    let one = submission.adam(
        vec![tensor([1.0])],
        vec![tensor([4.0])],
        adam_start(1),
        settings.clone(),
    )?;
    let two = submission.adam(one.parameters, vec![tensor([0.0])], one.state, settings)?;
    // m is 2, then 1; v is 4, then 3. Corrected: m^ is 4, then 1 / 0.75; v^ is 16, then 3 / 0.4375.
    let second = 0.1 * (1.0 / 0.75) / ((3.0_f64 / 0.4375).sqrt() + 1.0);
    let want = [tensor([1.0 - 0.1 * 4.0 / 5.0 - second])];
    equal(&two.state.step, &2)
        .map_err(|failure| failure.about("state.step"))
        .and_then(|()| same("state.first", &two.state.first, &[tensor([1.0])]))
        .and_then(|()| same("state.second", &two.state.second, &[tensor([3.0])]))
        .and_then(|()| same("parameters", &two.parameters, &want))
        .map_err(|failure| {
            failure.about("adam, after two steps").on_input(
                "parameter [1], gradients [4] then [0], lr 0.1, beta1 0.5, beta2 0.75, eps 1",
            )
        })
}

/// A gradient of 0 shows where the weight decay goes.
fn adamw(submission: &Submission, _: &mut Rng) -> Verdict {
    let settings = AdamSettings {
        lr: 0.1,
        beta1: 0.9,
        beta2: 0.999,
        eps: 0.001,
        weight_decay: 0.25,
    };
    let input =
        "parameter [2], gradient [0], lr 0.1, beta1 0.9, beta2 0.999, eps 0.001, weight_decay 0.25";
    let (w, g) = (vec![tensor([2.0])], vec![tensor([0.0])]);
    let got = submission.adamw(w.clone(), g.clone(), adam_start(1), settings.clone())?;
    same("parameters", &got.parameters, &[tensor([1.95])])
        .and_then(|()| same("state.first", &got.state.first, &[tensor([0.0])]))
        .map_err(|failure| failure.about("adamw").on_input(input))?;

    // The gradient that Adam sees is 0.25 * 2 = 0.5.
    let got = submission.adam(w, g, adam_start(1), settings)?;
    same(
        "parameters",
        &got.parameters,
        &[tensor([2.0 - 0.05 / 0.501])],
    )
    .and_then(|()| same("state.first", &got.state.first, &[tensor([0.05])]))
    .map_err(|failure| failure.about("adam with weight decay").on_input(input))
}

/// A triangle with sides 3, 4 and 5, and gradients that need no clipping.
fn clip_grad_norm(submission: &Submission, _: &mut Rng) -> Verdict {
    let gradients = vec![tensor([3.0]), tensor([0.0, -4.0])];
    let got = submission.clip_grad_norm(gradients.clone(), 1.0)?;
    within(got.norm, 5.0, Tolerance::EXACT)
        .map_err(|failure| failure.about("norm"))
        .and_then(|()| {
            let want = [tensor([0.6]), tensor([0.0, -0.8])];
            near("gradients", &got.gradients, &want, CLIPPED)
        })
        .map_err(|failure| {
            failure
                .about("clip_grad_norm")
                .on_input(format!("gradients {}, max_norm 1", list(&gradients)))
        })?;

    let zeros = vec![tensor([0.0]), tensor([0.0, 0.0])];
    for (gradients, max_norm) in [(gradients, 10.0), (zeros, 1.0)] {
        let got = submission.clip_grad_norm(gradients.clone(), max_norm)?;
        ensure(got.gradients.len() == gradients.len(), || {
            format!("expected 2 gradients, got {}", got.gradients.len())
        })
        .and_then(|()| {
            got.gradients
                .iter()
                .zip(&gradients)
                .try_for_each(|(got, want)| equal_bits(got, want))
        })
        .map_err(|failure| {
            failure
                .about("clip_grad_norm, where nothing has to change")
                .on_input(format!(
                    "gradients {}, max_norm {max_norm}",
                    list(&gradients)
                ))
        })?;
    }
    Ok(())
}
