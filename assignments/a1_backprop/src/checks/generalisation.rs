//! Public checks of A1.11.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, close_values, equal, show, tensor, within,
};
use common::contract::Submission;
use common::contract::a1::{BiasVariance, ErrorCurve, Generalisation, RegressionSet};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.11",
    title: "Generalisation",
    module: "generalisation",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/generalisation.rs and write relu_features, then least_squares with the given solve.",
    hints: &[
        "least_squares is the heart: with it, each curve is a loop that takes some rows or some columns of \
         the features (narrow), fits, and measures twice. Polynomials can be fitted to all data sets at \
         once, with one column of targets for each.",
        "With d <= n solve the d x d system of F^T F and F^T y. With d > n that matrix is singular: solve the \
         n x n system of F F^T and y, and multiply the answer by F^T. In select_model choose by the errors \
         on the validation set, and only then look at the test set, once.",
    ],
    hidden_checks: 9,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A1.11.
pub const CHECKS: &[Check] = &[
    Check {
        id: "generalisation/features",
        part: "A1.11",
        points: 1,
        proves: "polynomial features are the powers from 0 on, ReLU features are max(x w, 0)",
        hint: "column 0 of the powers is 1 for every x, x = 0 and negative x included",
        run: features,
    },
    Check {
        id: "generalisation/least_squares",
        part: "A1.11",
        points: 1,
        proves: "a line through three points, and the shortest solution where many fit, are those of the handout",
        hint: "with more features than samples solve (F F^T) a = y and give F^T a",
        run: least_squares,
    },
    Check {
        id: "generalisation/bias_variance",
        part: "A1.11",
        points: 1,
        proves: "bias, variance, noise and expected error are those of the handout's two examples",
        hint: "first the mean over data sets at each point, then squares, then the mean over points; divide by the number of data sets",
        run: bias_variance,
    },
    Check {
        id: "generalisation/randomise_labels",
        part: "A1.11",
        points: 1,
        proves: "the coins say which labels are replaced, the draws by what",
        hint: "replaced where coin < share, by floor(draw * classes)",
        run: randomise_labels,
    },
    Check {
        id: "generalisation/curves",
        part: "A1.11",
        points: 1,
        proves: "learning curve and double descent give the errors of the handout's examples",
        hint: "errors are means of squares over samples and outputs; the training error is over the samples that were fitted",
        run: curves,
    },
    Check {
        id: "generalisation/select_model",
        part: "A1.11",
        points: 1,
        proves: "the width is chosen on the validation set, although another one is better on the test set",
        hint: "the smallest validation error decides; the test error of that one model is reported, whatever it is",
        run: select_model,
    },
];

/// Compares what `function` gave with `want`, and shows the input when they differ.
fn same(
    function: &str,
    got: &Tensor<2>,
    want: &Tensor<2>,
    input: impl FnOnce() -> String,
) -> Verdict {
    close(got, want, Tolerance::EXACT).map_err(|failure| failure.about(function).on_input(input()))
}

/// Two samples with two inputs, and three columns of weights.
fn samples_and_weights() -> (Tensor<2>, Tensor<2>) {
    let x = tensor([[1.0, 2.0], [-1.0, 1.0]]);
    (x, tensor([[1.0, 2.0, -1.0], [1.0, -1.0, 2.0]]))
}

/// Powers of 2, 0 and -3, and the hidden layer of the handout.
fn features(submission: &Submission, _: &mut Rng) -> Verdict {
    let x = tensor([2.0, 0.0, -3.0]);
    let got = submission.polynomial_features(x.clone(), 3)?;
    let want = tensor([
        [1.0, 2.0, 4.0, 8.0],
        [1.0, 0.0, 0.0, 0.0],
        [1.0, -3.0, 9.0, -27.0],
    ]);
    same("polynomial_features", &got, &want, || {
        "x [2, 0, -3], degree 3".into()
    })?;
    let got = submission.polynomial_features(x, 0)?;
    same(
        "polynomial_features",
        &got,
        &tensor([[1.0], [1.0], [1.0]]),
        || "x [2, 0, -3], degree 0".into(),
    )?;

    let (x, weights) = samples_and_weights();
    let got = submission.relu_features(x.clone(), weights.clone())?;
    let want = tensor([[3.0, 0.0, 3.0], [0.0, 0.0, 3.0]]);
    same("relu_features", &got, &want, || {
        format!("x {}, weights {}", show(&x), show(&weights))
    })
}

/// More samples than features, as many, and fewer.
fn least_squares(submission: &Submission, _: &mut Rng) -> Verdict {
    let line = tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]);
    let cases = [
        (
            line.clone(),
            tensor([[1.0], [2.0], [6.0]]),
            tensor([[0.5], [2.5]]),
        ),
        (
            line.narrow(0, 0, 2),
            tensor([[1.0, 0.0], [2.0, 4.0]]),
            tensor([[1.0, 0.0], [1.0, 4.0]]),
        ),
        (
            tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]),
            tensor([[3.0], [6.0]]),
            tensor([[0.0], [3.0], [3.0]]),
        ),
    ];
    for (features, targets, want) in cases {
        let got = submission.least_squares(features.clone(), targets.clone())?;
        same("least_squares", &got, &want, || {
            format!("features {}, targets {}", show(&features), show(&targets))
        })?;
    }
    Ok(())
}

/// Compares all four numbers.
fn same_decomposition(got: &BiasVariance, want: [f64; 4]) -> Verdict {
    let got = [
        ("bias_squared", got.bias_squared),
        ("variance", got.variance),
        ("noise", got.noise),
        ("expected_error", got.expected_error),
    ];
    for ((name, got), want) in got.into_iter().zip(want) {
        within(got, want, Tolerance::EXACT).map_err(|failure| failure.about(name))?;
    }
    Ok(())
}

/// Three data sets at two points; then constants fitted to two data sets.
fn bias_variance(submission: &Submission, _: &mut Rng) -> Verdict {
    let predictions = tensor([[1.0, 2.0], [3.0, 2.0], [2.0, 5.0]]);
    let got = submission.bias_variance(predictions.clone(), tensor([1.0, 3.0]), 0.25)?;
    let want = [0.5, 4.0 / 3.0, 0.25, 25.0 / 12.0];
    same_decomposition(&got, want).map_err(|failure| {
        failure.about("bias_variance").on_input(format!(
            "predictions {}, truth [1, 3], noise_variance 0.25",
            show(&predictions)
        ))
    })?;

    let train_y = tensor([[0.0, 4.0], [0.0, 0.0]]);
    let got = submission.polynomial_bias_variance(
        tensor([0.0, 2.0]),
        train_y.clone(),
        tensor([1.0, 3.0]),
        tensor([1.0, 3.0]),
        0,
        2.0,
    )?;
    same_decomposition(&got, [2.0, 1.0, 2.0, 5.0]).map_err(|failure| {
        failure.about("polynomial_bias_variance").on_input(format!(
            "train_x [0, 2], train_y {}, test_x [1, 3], test_truth [1, 3], degree 0, noise_variance 2",
            show(&train_y)
        ))
    })
}

/// Two labels stay, one of them at the edge of the share; one of those that are drawn comes out as it was.
fn randomise_labels(submission: &Submission, _: &mut Rng) -> Verdict {
    let labels = vec![0, 1, 2, 3, 1];
    let coins = vec![0.9, 0.1, 0.5, 0.3, 0.2];
    let draws = vec![0.6, 0.8, 0.0, 0.26, 0.49];
    let input =
        format!("labels {labels:?}, classes 4, share 0.5, coins {coins:?}, draws {draws:?}");
    let got = submission.randomise_labels(labels, 4, 0.5, coins, draws)?;
    equal(&got, &vec![0, 3, 2, 1, 1])
        .map_err(|failure| failure.about("randomise_labels").on_input(input))
}

/// A set from its rows.
fn set<const N: usize, const I: usize, const O: usize>(
    x: [[f64; I]; N],
    y: [[f64; O]; N],
) -> RegressionSet {
    RegressionSet {
        x: tensor(x),
        y: tensor(y),
    }
}

/// A set in words, for messages.
fn words(name: &str, set: &RegressionSet) -> String {
    format!("{name}.x {}, {name}.y {}", show(&set.x), show(&set.y))
}

fn same_curve(got: &ErrorCurve, train: &[f64], test: &[f64]) -> Verdict {
    close_values(&got.train, train, Tolerance::EXACT).map_err(|failure| failure.about("train"))?;
    close_values(&got.test, test, Tolerance::EXACT).map_err(|failure| failure.about("test"))
}

/// The handout's two samples whose ReLU features are `1 0 1` and `0 1 1`.
fn corner_samples() -> (RegressionSet, Tensor<2>) {
    let train = set([[1.0, 0.0], [0.0, 1.0]], [[3.0], [6.0]]);
    (train, tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]))
}

/// Both curves of the handout, their points in any order.
fn curves(submission: &Submission, _: &mut Rng) -> Verdict {
    let train = set([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [[1.0], [2.0], [6.0]]);
    let test = set([[1.0, 3.0]], [[7.0]]);
    let got = submission.learning_curve(train.clone(), test.clone(), vec![3, 1, 2])?;
    same_curve(&got, &[0.5, 0.0, 0.0], &[1.0, 36.0, 9.0]).map_err(|failure| {
        let (train, test) = (words("train", &train), words("test", &test));
        failure
            .about("learning_curve")
            .on_input(format!("{train}, {test}, sizes [3, 1, 2]"))
    })?;

    let (train, weights) = corner_samples();
    let test = set([[-1.0, 2.0]], [[8.0]]);
    let got = submission.double_descent_curve(
        train.clone(),
        test.clone(),
        weights.clone(),
        vec![1, 3, 2],
    )?;
    same_curve(&got, &[18.0, 0.0, 0.0], &[64.0, 1.0, 16.0]).map_err(|failure| {
        let (train, test) = (words("train", &train), words("test", &test));
        failure.about("double_descent_curve").on_input(format!(
            "{train}, {test}, weights {}, widths [1, 3, 2]",
            show(&weights)
        ))
    })
}

/// On the test set the width 3 is the worst of all.
fn select_model(submission: &Submission, _: &mut Rng) -> Verdict {
    let (train, weights) = corner_samples();
    let validation = set([[-1.0, 2.0]], [[8.0]]);
    let test = set([[1.0, -1.0]], [[3.0]]);
    let got = submission.select_model(
        train.clone(),
        validation.clone(),
        test.clone(),
        weights.clone(),
        vec![1, 2, 3],
    )?;
    let check = || {
        equal(&got.width, &3).map_err(|failure| failure.about("width"))?;
        within(got.validation_error, 1.0, Tolerance::EXACT)
            .map_err(|failure| failure.about("validation_error"))?;
        within(got.test_error, 9.0, Tolerance::EXACT).map_err(|failure| failure.about("test_error"))
    };
    check().map_err(|failure: Failure| {
        failure.about("select_model").on_input(format!(
            "{}, {}, {}, weights {}, widths [1, 2, 3]",
            words("train", &train),
            words("validation", &validation),
            words("test", &test),
            show(&weights)
        ))
    })
}
