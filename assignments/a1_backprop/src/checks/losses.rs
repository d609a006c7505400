//! Public checks of A1.4.

use burn::tensor::Tensor;
use common::check::{
    Check, Part, Tolerance, Verdict, close, equal, labels, numeric_gradient_of, show, tensor,
    within,
};
use common::contract::Submission;
use common::contract::a1::{CrossEntropyOptions, Losses, Scored};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.4",
    title: "Losses and metrics",
    module: "losses",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/losses.rs and write log_softmax; subtract each row's largest logit first.",
    hints: &[
        "Write cross_entropy without options first, and see its check pass. For the options make one \
         helper, used by the loss and by its gradient, that gives the matrix v_k t_k with zeros in \
         the rows that do not count, and the denominator.",
        "A one-hot matrix: compare the labels as [n, 1] with the classes 0..c as [1, c]. With that matrix \
         of v_k t_k, the loss is minus the sum of its product with log_softmax, divided by the \
         denominator; the gradient is the softmax times the matrix's row sums, minus the matrix, \
         divided by the same.",
    ],
    hidden_checks: 12,
    forbidden: rules::LOSSES,
};

/// The public checks of A1.4.
pub const CHECKS: &[Check] = &[
    Check {
        id: "losses/log_softmax",
        part: "A1.4",
        points: 1,
        proves: "log_softmax gives the logarithms of the probabilities, and a shift of a row changes nothing",
        hint: "subtract max_dim(1) from the logits first, then work with the difference only",
        run: log_softmax,
    },
    Check {
        id: "losses/cross_entropy",
        part: "A1.4",
        points: 1,
        proves: "without options the loss is the mean of -ln p of the labels",
        hint: "the mean is over the n rows, not over the n c elements",
        run: cross_entropy,
    },
    Check {
        id: "losses/cross_entropy_options",
        part: "A1.4",
        points: 1,
        proves: "class weights, smoothing and ignored rows count as in the handout's example",
        hint: "the denominator is the sum of the class weights of the labels that count; smoothing spreads s / c over all c classes",
        run: cross_entropy_options,
    },
    Check {
        id: "losses/cross_entropy_gradient",
        part: "A1.4",
        points: 1,
        proves: "the gradient is (p - onehot) / n, and agrees with the numeric one under all options",
        hint: "start with (softmax - onehot) / n; with options, multiply the softmax by the row sum of v_k t_k and divide by the loss's denominator",
        run: cross_entropy_gradient,
    },
    Check {
        id: "losses/bce_and_mse",
        part: "A1.4",
        points: 1,
        proves: "binary cross-entropy and squared error and their gradients are means over all elements",
        hint: "divide both gradients by the number of elements; the square brings a factor 2",
        run: bce_and_mse,
    },
    Check {
        id: "losses/metrics",
        part: "A1.4",
        points: 1,
        proves: "top-k error, confusion matrix and accuracy count as the handout says",
        hint: "of equal logits the smaller index ranks first; rows of the matrix are labels; accuracy divides once, by all samples",
        run: metrics,
    },
];

/// The options that change nothing.
fn plain() -> CrossEntropyOptions {
    CrossEntropyOptions {
        class_weights: None,
        label_smoothing: 0.0,
        ignore_index: None,
    }
}

/// The options of the handout's example.
fn all_options() -> CrossEntropyOptions {
    CrossEntropyOptions {
        class_weights: Some(tensor([1.0, 2.0, 4.0])),
        label_smoothing: 0.3,
        ignore_index: Some(-100),
    }
}

/// Three rows whose softmax is known: `[1/8, 2/8, 5/8]`, `[1/3, 1/3, 1/3]` and `[5/8, 2/8, 1/8]`.
fn logits() -> Tensor<2> {
    let (ln2, ln5) = (2_f64.ln(), 5_f64.ln());
    tensor([[0.0, ln2, ln5], [0.0, 0.0, 0.0], [ln5, ln2, 0.0]])
}

/// Known probabilities, then the same after adding 1000 to every logit.
fn log_softmax(submission: &Submission, _: &mut Rng) -> Verdict {
    let third = 1.0 / 3.0;
    let p: Tensor<2> = tensor([
        [0.125, 0.25, 0.625],
        [third, third, third],
        [0.625, 0.25, 0.125],
    ]);
    for shift in [0.0, 1000.0] {
        let x = logits() + shift;
        let got = submission.log_softmax(x.clone())?;
        close(&got, &p.clone().log(), Tolerance::EXACT)
            .map_err(|failure| failure.about("log_softmax").on_input(show(&x)))?;
    }
    Ok(())
}

/// `-ln 5/8`, `-ln 1/3` and `-ln 5/8`, averaged.
fn cross_entropy(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.cross_entropy(logits(), labels(&[2, 1, 0]), plain())?;
    let want = (1.6_f64.ln() + 3_f64.ln() + 1.6_f64.ln()) / 3.0;
    within(got, want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("cross_entropy without options")
            .on_input(format!("logits {}, labels [2, 1, 0]", show(&logits())))
    })
}

/// The handout's example: two rows count, with the weights 4 and 2 of their labels.
fn cross_entropy_options(submission: &Submission, _: &mut Rng) -> Verdict {
    let input =
        |options: &str| format!("logits {}, labels [2, 1, -100], {options}", show(&logits()));
    let labels = labels(&[2, 1, -100]);

    let ignoring = CrossEntropyOptions {
        ignore_index: Some(-100),
        ..plain()
    };
    let got = submission.cross_entropy(logits(), labels.clone(), ignoring)?;
    let want = (1.6_f64.ln() + 3_f64.ln()) / 2.0;
    within(got, want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("cross_entropy with an ignored row")
            .on_input(input("ignore_index -100"))
    })?;

    // v t is [0.1, 0.2, 3.2] in the first row and [0.1, 1.6, 0.4] in the second.
    let first = 0.1 * 8_f64.ln() + 0.2 * 4_f64.ln() + 3.2 * 1.6_f64.ln();
    let second = 2.1 * 3_f64.ln();
    let got = submission.cross_entropy(logits(), labels, all_options())?;
    within(got, (first + second) / 6.0, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("cross_entropy with all options")
            .on_input(input(
                "class_weights [1, 2, 4], label_smoothing 0.3, ignore_index -100",
            ))
    })
}

/// Two rows by hand, then random logits under all options against the numeric gradient.
fn cross_entropy_gradient(submission: &Submission, rng: &mut Rng) -> Verdict {
    let x = logits().slice([0..2, 0..3]);
    let got = submission.cross_entropy_backward(x.clone(), labels(&[2, 0]), plain())?;
    let want = tensor([
        [1.0 / 16.0, 1.0 / 8.0, -3.0 / 16.0],
        [-1.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0],
    ]);
    close(&got, &want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("cross_entropy_backward without options")
            .on_input(format!("logits {}, labels [2, 0]", show(&x)))
    })?;

    let x = rng.normal_tensor([4, 3]);
    let labels = labels(&[2, -100, 0, 1]);
    let got = submission.cross_entropy_backward(x.clone(), labels.clone(), all_options())?;
    let want = numeric_gradient_of(&x, |x| {
        submission.cross_entropy(x, labels.clone(), all_options())
    })?;
    close(&got, &want, Tolerance::GRADIENT).map_err(|failure| {
        failure
            .about("cross_entropy_backward with all options against the numeric gradient")
            .on_input(format!(
                "logits {}, labels [2, -100, 0, 1], class_weights [1, 2, 4], label_smoothing 0.3, \
                 ignore_index -100",
                show(&x)
            ))
    })
}

/// The handout's numbers.
fn bce_and_mse(submission: &Submission, _: &mut Rng) -> Verdict {
    // The sigmoids are 1/2 and 3/4, the softpluses ln 2 and ln 4.
    let x = tensor([[0.0, 3_f64.ln()]]);
    let t = tensor([[1.0, 0.0]]);
    let input = format!("logits {}, targets {}", show(&x), show(&t));
    let got = submission.bce_with_logits(x.clone(), t.clone())?;
    within(got, 1.5 * 2_f64.ln(), Tolerance::EXACT)
        .map_err(|failure| failure.about("bce_with_logits").on_input(&input))?;
    let got = submission.bce_with_logits_backward(x, t)?;
    close(&got, &tensor([[-0.25, 0.375]]), Tolerance::EXACT)
        .map_err(|failure| failure.about("bce_with_logits_backward").on_input(&input))?;

    let x = tensor([[1.0, 2.0], [3.0, 4.0]]);
    let t = tensor([[1.0, 0.0], [0.0, 8.0]]);
    let input = format!("predictions {}, targets {}", show(&x), show(&t));
    let got = submission.mse(x.clone(), t.clone())?;
    within(got, 7.25, Tolerance::EXACT).map_err(|failure| failure.about("mse").on_input(&input))?;
    let got = submission.mse_backward(x, t)?;
    close(&got, &tensor([[0.0, 1.0], [1.5, -2.0]]), Tolerance::EXACT)
        .map_err(|failure| failure.about("mse_backward").on_input(&input))
}

/// The handout's table, its confusion matrix, and two batches of different size.
fn metrics(submission: &Submission, _: &mut Rng) -> Verdict {
    // The ranks of the labels are 1, 1 (a tie with class 0), 0 and 2.
    let x = tensor([
        [3.0, 1.0, 2.0],
        [1.0, 1.0, 0.0],
        [0.0, 5.0, 1.0],
        [2.0, 1.0, 0.0],
    ]);
    for (k, want) in [(1, 0.75), (2, 0.25), (3, 0.0)] {
        let got = submission.topk_error(x.clone(), labels(&[2, 1, 1, 2]), k)?;
        within(got, want, Tolerance::EXACT).map_err(|failure| {
            failure
                .about("topk_error")
                .on_input(format!("logits {}, labels [2, 1, 1, 2], k {k}", show(&x)))
        })?;
    }

    let got = submission.confusion(labels(&[0, 1, 1, 2]), labels(&[0, 1, 2, 2]), 3)?;
    let counts: Vec<i64> = got.to_data().iter().collect();
    equal(&got.dims(), &[3, 3])
        .map_err(|failure| failure.about("the shape of confusion"))
        .and_then(|()| {
            equal(&counts, &vec![1, 0, 0, 0, 1, 0, 0, 1, 1])
                .map_err(|failure| failure.about("confusion, row after row"))
        })
        .map_err(|failure| {
            failure.on_input("predictions [0, 1, 1, 2], labels [0, 1, 2, 2], classes 3")
        })?;

    let batches = vec![
        Scored {
            logits: tensor([[2.0, 1.0], [0.0, 1.0], [5.0, 4.0]]),
            labels: labels(&[0, 1, 0]),
        },
        Scored {
            logits: tensor([[1.0, 0.0]]),
            labels: labels(&[1]),
        },
    ];
    let got = submission.accuracy(batches)?;
    equal(&got, &0.75).map_err(|failure| {
        failure
            .about("accuracy")
            .on_input("a batch of 3 samples, all right, and a batch of 1 sample, wrong")
    })
}
