//! Public checks of A1.8.

use burn::tensor::Tensor;
use common::check::{
    Check, Part, Tolerance, Verdict, close, ensure, equal, equal_bits, labels, numeric_gradient,
    numeric_gradient_of, show, tensor, within,
};
use common::contract::a1::{Averaging, MlpParameters, Offset, Regularisation};
use common::contract::{Outcome, Submission};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.8",
    title: "Regularisation and augmentation",
    module: "regularisation",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/regularisation.rs and write dropout_mask: a comparison, and numbers made of it.",
    hints: &[
        "Dropout multiplies with the same numbers forward and backward: write one helper for both, and look at \
         training and at p = 1 before you divide by 1 - p. A penalty and its gradient treat the biases alike. \
         Early stopping is one loop with three variables: the best loss, its epoch, and how long you have \
         waited.",
        "lower_elem(p) and mask_fill make the mask. mixup: select(0, partners) gives the partners' rows. \
         shift_images: cut the rectangle that stays inside out of each image (slice) and put it into an image \
         full of background (full_like, slice_assign); with an offset of d and a size of s, rows 0..s - d go \
         to d..s. ensemble_average: stack the log-probabilities along a new axis 0; the logarithm of a mean of \
         probabilities is log-sum-exp over that axis minus ln of the number of models.",
    ],
    hidden_checks: 14,
    forbidden: rules::TRAINING_PARTS,
};

/// The public checks of A1.8.
pub const CHECKS: &[Check] = &[
    Check {
        id: "regularisation/dropout",
        part: "A1.8",
        points: 1,
        proves: "dropout gives the numbers of the handout's example in training, and nothing but x outside",
        hint: "keep where u >= p, divide what is kept by 1 - p; return x as it came when training is false",
        run: dropout,
    },
    Check {
        id: "regularisation/dropout_gradient",
        part: "A1.8",
        points: 1,
        proves: "the gradient of dropout agrees with the numeric one",
        hint: "dx is made of dy as y is of x: the same mask, the same factor",
        run: dropout_gradient,
    },
    Check {
        id: "regularisation/penalties",
        part: "A1.8",
        points: 1,
        proves: "L1 and L2 give the handout's numbers with and without biases, and gradients that agree with the numeric ones",
        hint: "L2 is lambda / 2 times the sum of squares, so its gradient is lambda w; the gradients of biases left out are zeros",
        run: penalties,
    },
    Check {
        id: "regularisation/early_stopping",
        part: "A1.8",
        points: 1,
        proves: "training stops where the handout's table says, and the best epoch is kept",
        hint: "count the epochs since the last improvement; stop when they are patience, and look no further",
        run: early_stopping,
    },
    Check {
        id: "regularisation/augmentation",
        part: "A1.8",
        points: 1,
        proves: "mixup, shift_images and flip_images give the numbers of the handout's examples",
        hint: "mix inputs and targets with the same partner; a pixel that moves out is lost, it does not come back on the other side",
        run: augmentation,
    },
    Check {
        id: "regularisation/ensemble",
        part: "A1.8",
        points: 1,
        proves: "an ensemble averages what it is asked to, and gives log-probabilities that are finite",
        hint: "normalise each model's logits first; then log-sum-exp over the models, or their mean and normalise again",
        run: ensemble,
    },
];

/// The handout's example: two samples of three numbers, of which a quarter is kept.
fn dropout(submission: &Submission, _: &mut Rng) -> Verdict {
    let p = 0.75;
    let x = tensor([[2.0, -4.0, 6.0], [8.0, 10.0, -12.0]]);
    let uniforms = tensor([[0.1, 0.75, 0.9], [0.8, 0.3, 0.5]]);
    let mask = tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]);
    let got = submission.dropout_mask(uniforms.clone(), p)?;
    close(&got, &mask, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("dropout_mask")
            .on_input(format!("uniforms {}, p {p}", show(&uniforms)))
    })?;

    let input = format!("x {}, mask {}, p {p}", show(&x), show(&mask));
    let y = tensor([[0.0, -16.0, 24.0], [32.0, 0.0, 0.0]]);
    let got = submission.dropout_forward(x.clone(), mask.clone(), p, true)?;
    close(&got, &y, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("dropout_forward in training")
            .on_input(&input)
    })?;
    let got = submission.dropout_forward(x.clone(), mask.clone(), p, false)?;
    equal_bits(&got, &x).map_err(|failure| {
        failure
            .about("dropout_forward outside training")
            .on_input(&input)
    })?;
    let got = submission.dropout_forward(x.clone(), mask.zeros_like(), 1.0, true)?;
    close(&got, &x.zeros_like(), Tolerance::EXACT).map_err(|failure| {
        failure
            .about("dropout_forward in training")
            .on_input(format!("x {}, mask of zeros, p 1", show(&x)))
    })
}

/// Random inputs, in training and outside.
fn dropout_gradient(submission: &Submission, rng: &mut Rng) -> Verdict {
    let p = rng.uniform(0.2, 0.8);
    let x = rng.normal_tensor([3, 4]);
    let dy = rng.normal_tensor([3, 4]);
    let mask = rng.tensor([3, 4], |rng| if rng.unit() < p { 0.0 } else { 1.0 });
    for training in [true, false] {
        let got = submission.dropout_backward(dy.clone(), mask.clone(), p, training)?;
        let want = numeric_gradient(&x, &dy, |x| {
            submission.dropout_forward(x, mask.clone(), p, training)
        })?;
        close(&got, &want, Tolerance::GRADIENT).map_err(|failure| {
            failure
                .about("dropout_backward against the numeric gradient")
                .on_input(format!("mask {}, p {p}, training {training}", show(&mask)))
        })?;
    }
    Ok(())
}

/// A penalty with its gradient, and what the handout's example costs without and with biases.
struct Norm {
    name: &'static str,
    penalty: fn(&Submission, MlpParameters, bool) -> Outcome<f64>,
    gradient: fn(&Submission, MlpParameters, bool) -> Outcome<MlpParameters>,
    example: [f64; 2],
}

const LAMBDA: f64 = 0.5;

const NORMS: [Norm; 2] = [
    Norm {
        name: "l1",
        penalty: |s, parameters, with_biases| s.l1_penalty(parameters, LAMBDA, with_biases),
        gradient: |s, parameters, with_biases| s.l1_gradient(parameters, LAMBDA, with_biases),
        example: [3.5, 6.0],
    },
    Norm {
        name: "l2",
        penalty: |s, parameters, with_biases| s.l2_penalty(parameters, LAMBDA, with_biases),
        gradient: |s, parameters, with_biases| s.l2_gradient(parameters, LAMBDA, with_biases),
        example: [3.75, 8.0],
    },
];

/// The handout's example, then two random layers against numeric gradients.
fn penalties(submission: &Submission, rng: &mut Rng) -> Verdict {
    let example = MlpParameters {
        weights: vec![tensor([[1.0, -2.0, 0.0], [3.0, 0.0, -1.0]])],
        biases: vec![tensor([4.0, -1.0, 0.0])],
    };
    let random = random_parameters(rng);
    for norm in NORMS {
        let Norm { name, .. } = norm;
        for (with_biases, want) in [false, true].into_iter().zip(norm.example) {
            let got = (norm.penalty)(submission, example.clone(), with_biases)?;
            within(got, want, Tolerance::EXACT).map_err(|failure| {
                failure
                    .about(format!("{name}_penalty"))
                    .on_input(setting(&example, with_biases))
            })?;

            let got = (norm.gradient)(submission, random.clone(), with_biases)?;
            let want = numeric(submission, &norm, &random, with_biases)?;
            same("weights", &got.weights, &want.weights, Tolerance::GRADIENT)
                .and_then(|()| same("biases", &got.biases, &want.biases, Tolerance::GRADIENT))
                .map_err(|failure| {
                    failure
                        .about(format!("{name}_gradient against the numeric one"))
                        .on_input(setting(&random, with_biases))
                })?;
        }
    }

    let got = submission.l1_gradient(example.clone(), LAMBDA, false)?;
    let want = [tensor([[0.5, -0.5, 0.0], [0.5, 0.0, -0.5]])];
    same("weights", &got.weights, &want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("l1_gradient where weights are 0")
            .on_input(setting(&example, false))
    })
}

/// Two layers without numbers near 0, where `|w|` has its kink.
fn random_parameters(rng: &mut Rng) -> MlpParameters {
    let away = |rng: &mut Rng| {
        let w = rng.normal();
        w + 0.1 * w.signum()
    };
    MlpParameters {
        weights: vec![rng.tensor([2, 3], away), rng.tensor([3, 1], away)],
        biases: vec![rng.tensor([3], away), rng.tensor([1], away)],
    }
}

/// The numeric gradient of a penalty by every weight and bias.
fn numeric(
    submission: &Submission,
    norm: &Norm,
    parameters: &MlpParameters,
    with_biases: bool,
) -> Outcome<MlpParameters> {
    let mut gradient = parameters.clone();
    for l in 0..parameters.weights.len() {
        gradient.weights[l] = numeric_gradient_of(&parameters.weights[l], |w| {
            let mut moved = parameters.clone();
            moved.weights[l] = w;
            (norm.penalty)(submission, moved, with_biases)
        })?;
        gradient.biases[l] = numeric_gradient_of(&parameters.biases[l], |b| {
            let mut moved = parameters.clone();
            moved.biases[l] = b;
            (norm.penalty)(submission, moved, with_biases)
        })?;
    }
    Ok(gradient)
}

fn same<const D: usize>(
    name: &str,
    got: &[Tensor<D>],
    want: &[Tensor<D>],
    tolerance: Tolerance,
) -> Verdict {
    ensure(got.len() == want.len(), || {
        format!(
            "expected {} tensors in {name}, got {}",
            want.len(),
            got.len()
        )
    })?;
    for (l, (got, want)) in got.iter().zip(want).enumerate() {
        close(got, want, tolerance).map_err(|failure| failure.about(format!("{name}[{l}]")))?;
    }
    Ok(())
}

/// Parameters and the other arguments of a penalty, for messages.
fn setting(parameters: &MlpParameters, with_biases: bool) -> String {
    let weights: Vec<String> = parameters.weights.iter().map(show).collect();
    let biases: Vec<String> = parameters.biases.iter().map(show).collect();
    format!(
        "weights {}, biases {}, lambda {LAMBDA}, with_biases {with_biases}",
        weights.join(" and "),
        biases.join(" and ")
    )
}

/// The handout's losses under four settings. All are exact in binary, and so are their differences.
fn early_stopping(submission: &Submission, _: &mut Rng) -> Verdict {
    let losses = vec![1.0, 0.5, 0.625, 0.375, 0.5, 0.4375, 0.25];
    for (patience, min_delta, stop, best) in [
        (2, 0.0, Some(5), Some(3)),
        (3, 0.0, None, Some(6)),
        (1, 0.0, Some(2), Some(1)),
        (2, 0.25, Some(3), Some(1)),
    ] {
        let got = submission.early_stopping(losses.clone(), patience, min_delta)?;
        equal(&got.stop, &stop)
            .map_err(|failure| failure.about("stop"))
            .and_then(|()| equal(&got.best, &best).map_err(|failure| failure.about("best")))
            .map_err(|failure| {
                failure.about("early_stopping").on_input(format!(
                    "losses {losses:?}, patience {patience}, min_delta {min_delta}"
                ))
            })?;
    }
    Ok(())
}

/// The handout's three examples.
fn augmentation(submission: &Submission, _: &mut Rng) -> Verdict {
    let x = tensor([[0.0, 4.0], [8.0, 2.0], [4.0, 0.0]]);
    let targets = tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]);
    let got = submission.mixup(x.clone(), targets.clone(), labels(&[1, 2, 0]), 0.75)?;
    let mixed = tensor([[2.0, 3.5], [7.0, 1.5], [3.0, 1.0]]);
    let soft = tensor([[0.75, 0.0, 0.25], [0.0, 0.0, 1.0], [0.25, 0.0, 0.75]]);
    close(&got.x, &mixed, Tolerance::EXACT)
        .map_err(|failure| failure.about("x"))
        .and_then(|()| {
            close(&got.targets, &soft, Tolerance::EXACT).map_err(|failure| failure.about("targets"))
        })
        .map_err(|failure| {
            failure.about("mixup").on_input(format!(
                "x {}, targets {}, partners [1, 2, 0], lambda 0.75",
                show(&x),
                show(&targets)
            ))
        })?;

    let image = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let images = tensor([[image], [image]]);
    let offsets = [(1, 0), (0, -1)].map(|(down, right)| Offset { down, right });
    let got = submission.shift_images(images.clone(), offsets.to_vec(), 9.0)?;
    let want = tensor([
        [[[9.0, 9.0, 9.0], [1.0, 2.0, 3.0]]],
        [[[2.0, 3.0, 9.0], [5.0, 6.0, 9.0]]],
    ]);
    let shown = show(&images);
    close(&got, &want, Tolerance::EXACT).map_err(|failure| {
        failure.about("shift_images").on_input(format!(
            "images {shown}, offsets 1 down and 1 to the left, background 9"
        ))
    })?;

    let got = submission.flip_images(images, vec![false, true])?;
    let want = tensor([[image], [[[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]]]);
    close(&got, &want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("flip_images")
            .on_input(format!("images {shown}, flips [false, true]"))
    })
}

/// The handout's two models, once with logits that overflow when they are not shifted.
fn ensemble(submission: &Submission, _: &mut Rng) -> Verdict {
    let (ln4, ln16) = (4.0_f64.ln(), 16.0_f64.ln());
    let first = tensor([[ln4, 0.0, 0.0], [0.0, 0.0, 0.0]]);
    let second = tensor([[0.0, 0.0, ln4], [ln16, 0.0, 0.0]]);
    let arithmetic = tensor([
        [5.0 / 12.0, 2.0 / 12.0, 5.0 / 12.0],
        [22.0 / 36.0, 7.0 / 36.0, 7.0 / 36.0],
    ]);
    let geometric = tensor([[0.4, 0.2, 0.4], [4.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0]]);
    for shift in [0.0, 1000.0] {
        let logits = vec![first.clone() + shift, second.clone() - shift];
        for (averaging, want) in [
            (Averaging::Probabilities, &arithmetic),
            (Averaging::LogProbabilities, &geometric),
        ] {
            let got = submission.ensemble_average(logits.clone(), averaging)?;
            close(&got, &want.clone().log(), Tolerance::EXACT).map_err(|failure| {
                failure
                    .about(format!("ensemble_average of {averaging:?}"))
                    .on_input(format!(
                        "logits {} and {}",
                        show(&logits[0]),
                        show(&logits[1])
                    ))
            })?;
        }
    }
    Ok(())
}
