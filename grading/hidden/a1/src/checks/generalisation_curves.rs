//! Checks of A1.11: learning curve, double descent, model selection.

use common::check::{Check, Verdict, close_values, equal, within};
use common::contract::Submission;
use common::contract::a1::{ErrorCurve, Generalisation, SelectedModel};
use common::rng::Rng;

use super::generalisation::{PART, SOLVED, conditioned};
use super::{about, normal_matrix, sizes};
use crate::oracle::generalisation::{self as oracle, Set, columns, rows};
use crate::oracle::matrix::Matrix;

/// The checks of the curves.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "generalisation/samples",
            part: PART,
            points: 1,
            proves: "The learning curve has the errors of fits to the first n samples, below and above the number of inputs.",
            hint: "Fit and measure on the first n rows, test on the whole test set; keep the order of sizes.",
            run: samples,
        },
        Check {
            id: "generalisation/widths",
            part: PART,
            points: 2,
            proves: "The double descent curve has the errors of fits with the first d features, and any point of it comes out alone as it was.",
            hint: "Training and test features come from the same first d columns of weights; keep the order of widths.",
            run: widths,
        },
        Check {
            id: "generalisation/canary",
            part: PART,
            points: 1,
            proves: "The model is chosen on the validation set: with other test labels the same one is chosen, and its error on them is reported.",
            hint: "The test set must not be looked at before the choice is made.",
            run: canary,
        },
    ]
}

fn same_curve(got: &ErrorCurve, want: &ErrorCurve) -> Verdict {
    close_values(&got.train, &want.train, SOLVED).map_err(about("train"))?;
    close_values(&got.test, &want.test, SOLVED).map_err(about("test"))
}

fn random_set(rng: &mut Rng, x: Matrix, outputs: usize) -> Set {
    let y = normal_matrix(rng, x.rows, outputs);
    Set { x, y }
}

fn samples(s: &Submission, rng: &mut Rng) -> Verdict {
    let inputs = rng.between(4, 6);
    let mut sizes = vec![1, inputs - 1, inputs, inputs + 1, 2 * inputs, 3 * inputs];
    rng.shuffle(&mut sizes);
    let all = 3 * inputs;
    let x = conditioned(
        rng,
        |rng| normal_matrix(rng, all, inputs),
        |x| sizes.iter().map(|n| rows(x, *n)).collect(),
    );
    let train = random_set(rng, x, 2);
    let test = normal_matrix(rng, 7, inputs);
    let test = random_set(rng, test, 2);

    for sizes in both_ways(sizes) {
        let got = s.learning_curve(train.tensors(), test.tensors(), sizes.clone())?;
        let want = oracle::learning_curve(&train, &test, &sizes);
        same_curve(&got, &want).map_err(about(format_args!("{inputs} inputs, sizes {sizes:?}")))?;
    }
    Ok(())
}

/// An order and its opposite: they are not both ascending, nor are the errors along both falling.
fn both_ways(order: Vec<usize>) -> [Vec<usize>; 2] {
    let back = order.iter().rev().copied().collect();
    [order, back]
}

/// Samples and weights whose features are well conditioned at each of `widths`.
fn random_network(rng: &mut Rng, n: usize, inputs: usize, widths: &[usize]) -> (Matrix, Matrix) {
    let x = normal_matrix(rng, n, inputs);
    let widest = widths.iter().copied().max().unwrap_or(0);
    let weights = conditioned(
        rng,
        |rng| normal_matrix(rng, inputs, widest),
        |weights| {
            let features = oracle::relu_features(&x, weights);
            widths.iter().map(|d| columns(&features, *d)).collect()
        },
    );
    (x, weights)
}

fn widths(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, inputs, tests] = sizes(rng, 6, 9);
    let mut widths = vec![2, n - 2, n, n + 2, 3 * n];
    rng.shuffle(&mut widths);
    let (x, weights) = random_network(rng, n, inputs, &widths);
    let train = random_set(rng, x, 2);
    let test = normal_matrix(rng, tests, inputs);
    let test = random_set(rng, test, 2);

    let curve = |widths: Vec<usize>| {
        s.double_descent_curve(train.tensors(), test.tensors(), weights.tensor(), widths)
    };
    let want = |widths: &[usize]| oracle::double_descent_curve(&train, &test, &weights, widths);
    // A single point, too: a curve is measured point by point.
    let alone = vec![widths[0]];
    for widths in both_ways(widths).into_iter().chain([alone]) {
        same_curve(&curve(widths.clone())?, &want(&widths))
            .map_err(about(format_args!("{n} samples, widths {widths:?}")))?;
    }
    Ok(())
}

/// The test labels are what one model predicts. The validation labels lie between the predictions of another
/// and of this one, a hundredth nearer to those of the other, so that it is the best one there by little, and the
/// worse choice on the test set by far. The test inputs are four times as large: whoever adds the two errors
/// follows the test set.
fn canary(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, inputs, tests, validations] = sizes(rng, 6, 9);
    let mut widths = vec![3, n - 1, n + 3, 3 * n];
    rng.shuffle(&mut widths);
    let (x, weights) = random_network(rng, n, inputs, &widths);
    let train = random_set(rng, x, 2);
    let predicted = |x: &Matrix, width: usize| {
        let fitted = train.with_features(&weights, width);
        let w = oracle::pseudo_inverse(&fitted.x).times(&fitted.y);
        oracle::relu_features(x, &columns(&weights, width)).times(&w)
    };
    let validation_x = normal_matrix(rng, validations, inputs);
    let test_x = normal_matrix(rng, tests, inputs).map(|x| 4.0 * x);
    for best in widths.clone() {
        for tempting in widths.clone() {
            let [near, far] = [best, tempting].map(|width| predicted(&validation_x, width));
            let between = |i, j| 0.505 * near[(i, j)] + 0.495 * far[(i, j)];
            let validation = Set {
                x: validation_x.clone(),
                y: Matrix::from_fn(validations, 2, between),
            };
            let mut test = Set {
                x: test_x.clone(),
                y: predicted(&test_x, tempting),
            };
            for _ in 0..2 {
                let got = s.select_model(
                    train.tensors(),
                    validation.tensors(),
                    test.tensors(),
                    weights.tensor(),
                    widths.clone(),
                )?;
                let want = oracle::select_model([&train, &validation, &test], &weights, &widths);
                same_choice(&got, &want).map_err(about(format_args!(
                    "width {best} is good on the validation set, {tempting} on the test set"
                )))?;
                // The canary: the same test set with its labels in another order.
                let order = rng.permutation(tests);
                test.y = Matrix::from_fn(tests, 2, |i, j| test.y[(order[i], j)]);
            }
        }
    }
    Ok(())
}

fn same_choice(got: &SelectedModel, want: &SelectedModel) -> Verdict {
    equal(&got.width, &want.width).map_err(about("width"))?;
    within(got.validation_error, want.validation_error, SOLVED)
        .map_err(about("validation_error"))?;
    within(got.test_error, want.test_error, SOLVED).map_err(about("test_error"))
}
