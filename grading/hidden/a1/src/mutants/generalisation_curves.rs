//! Mutants of A1.11: learning curve, double descent.

use a1_backprop::parts::generalisation as reference;
use burn::tensor::Tensor;
use common::contract::a1::{ErrorCurve, RegressionSet};
use hidden_suite::Mutant;

use crate::oracle::generalisation::identity;

use super::generalisation::PART;

/// The mutants of the curves.
pub fn mutants() -> Vec<Mutant> {
    let mut all = learning_curve();
    all.extend(double_descent_curve());
    all
}

/// Both errors changed by `f`.
fn changed(curve: ErrorCurve, f: impl Fn(f64) -> f64) -> ErrorCurve {
    ErrorCurve {
        train: curve.train.into_iter().map(&f).collect(),
        test: curve.test.into_iter().map(&f).collect(),
    }
}

fn part(set: &RegressionSet, first: usize, n: usize) -> RegressionSet {
    RegressionSet {
        x: set.x.clone().narrow(0, first, n),
        y: set.y.clone().narrow(0, first, n),
    }
}

/// The samples of both.
pub(super) fn joined(a: &RegressionSet, b: &RegressionSet) -> RegressionSet {
    RegressionSet {
        x: Tensor::cat(vec![a.x.clone(), b.x.clone()], 0),
        y: Tensor::cat(vec![a.y.clone(), b.y.clone()], 0),
    }
}

/// The samples in the opposite order.
fn reversed(set: RegressionSet) -> RegressionSet {
    RegressionSet {
        x: set.x.flip([0]),
        y: set.y.flip([0]),
    }
}

fn swapped(curve: ErrorCurve) -> ErrorCurve {
    ErrorCurve {
        train: curve.test,
        test: curve.train,
    }
}

fn sorted(mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.sort_unstable();
    numbers
}

fn learning_curve() -> Vec<Mutant> {
    vec![
        mutant!(
            generalisation.learning_curve / "last_samples",
            "the last n samples in place of the first",
            |train, test, sizes| reference::learning_curve(reversed(train), test, sizes)
        ),
        mutant!(
            generalisation.learning_curve / "training_error_over_all",
            "the training error is over all of train, fitted or not",
            |train, test, sizes| ErrorCurve {
                train: reference::learning_curve(train.clone(), train.clone(), sizes.clone()).test,
                test: reference::learning_curve(train, test, sizes).test,
            }
        ),
        mutant!(
            generalisation.learning_curve / "first_test_samples",
            "n test samples in place of all",
            |train, test, sizes| {
                let all = test.x.dims()[0];
                let at = |n: &usize| {
                    let test = part(&test, 0, (*n).min(all));
                    reference::learning_curve(train.clone(), test, vec![*n]).test[0]
                };
                ErrorCurve {
                    test: sizes.iter().map(at).collect(),
                    ..reference::learning_curve(train.clone(), test.clone(), sizes.clone())
                }
            }
        ),
        mutant!(
            generalisation.learning_curve / "always_all_samples",
            "n is not used",
            |train, test, sizes| {
                let all = vec![train.x.dims()[0]; sizes.len()];
                reference::learning_curve(train, test, all)
            }
        ),
        mutant!(
            generalisation.learning_curve / "n_features",
            "the first n columns in place of rows",
            |train, test, sizes| {
                let inputs = train.x.dims()[1];
                let first = |set: &RegressionSet, n: usize| RegressionSet {
                    x: set.x.clone().narrow(1, 0, n.min(inputs)),
                    y: set.y.clone(),
                };
                let all = train.x.dims()[0];
                let curves: Vec<ErrorCurve> = sizes
                    .iter()
                    .map(|n| {
                        reference::learning_curve(first(&train, *n), first(&test, *n), vec![all])
                    })
                    .collect();
                ErrorCurve {
                    train: curves.iter().map(|c| c.train[0]).collect(),
                    test: curves.iter().map(|c| c.test[0]).collect(),
                }
            }
        ),
        mutant!(
            generalisation.learning_curve / "train_and_test_swapped",
            "test errors in train",
            |train, test, sizes| swapped(reference::learning_curve(train, test, sizes))
        ),
        mutant!(
            generalisation.learning_curve / "sorted_sizes",
            "the curve is in the order of n",
            |train, test, sizes| reference::learning_curve(train, test, sorted(sizes))
        ),
        mutant!(
            generalisation.learning_curve / "root_mean_square",
            "the root of the mean squared error",
            |train, test, sizes| changed(reference::learning_curve(train, test, sizes), f64::sqrt)
        ),
        mutant!(
            generalisation.learning_curve / "sum_over_outputs",
            "a mean over samples, a sum over outputs",
            |train, test, sizes| {
                let outputs = train.y.dims()[1] as f64;
                changed(reference::learning_curve(train, test, sizes), |e| {
                    outputs * e
                })
            }
        ),
        mutant!(
            generalisation.learning_curve / "half_the_square",
            "the 1/2 of the textbook",
            |train, test, sizes| changed(reference::learning_curve(train, test, sizes), |e| e
                / 2.0)
        ),
    ]
}

/// A curve made of one point for each width.
fn pointwise(widths: &[usize], point: impl Fn(usize) -> ErrorCurve) -> ErrorCurve {
    let points: Vec<ErrorCurve> = widths.iter().map(|d| point(*d)).collect();
    ErrorCurve {
        train: points.iter().flat_map(|p| p.train.clone()).collect(),
        test: points.iter().flat_map(|p| p.test.clone()).collect(),
    }
}

fn double_descent_curve() -> Vec<Mutant> {
    vec![
        mutant!(
            generalisation.double_descent_curve / "last_features",
            "the last d columns of weights",
            |train, test, weights, widths| reference::double_descent_curve(
                train,
                test,
                weights.flip([1]),
                widths
            )
        ),
        mutant!(
            generalisation.double_descent_curve / "other_features_for_the_test_set",
            "the test features come from other columns than the training features",
            |train, test, weights, widths| {
                let features = reference::relu_features(train.x.clone(), weights.clone());
                let other = reference::relu_features(test.x.clone(), weights.clone().flip([1]));
                let mut curve = reference::double_descent_curve(
                    train.clone(),
                    test.clone(),
                    weights,
                    widths.clone(),
                );
                curve.test = widths
                    .iter()
                    .map(|d| {
                        let w = reference::least_squares(
                            features.clone().narrow(1, 0, *d),
                            train.y.clone(),
                        );
                        let got = other.clone().narrow(1, 0, *d).matmul(w);
                        (got - test.y.clone()).square().mean().into_scalar()
                    })
                    .collect();
                curve
            }
        ),
        mutant!(
            generalisation.double_descent_curve / "linear_features",
            "the features are not rectified",
            |train, test, weights, widths| {
                let linear = |set: &RegressionSet, d: usize| RegressionSet {
                    x: set.x.clone().matmul(weights.clone().narrow(1, 0, d)),
                    y: set.y.clone(),
                };
                let n = train.x.dims()[0];
                pointwise(&widths, |d| {
                    reference::learning_curve(linear(&train, d), linear(&test, d), vec![n])
                })
            }
        ),
        mutant!(
            generalisation.double_descent_curve / "always_the_widest",
            "all columns of weights for every width",
            |train, test, weights, widths| {
                let widest = vec![weights.dims()[1]; widths.len()];
                reference::double_descent_curve(train, test, weights, widest)
            }
        ),
        mutant!(
            generalisation.double_descent_curve / "one_feature_too_few",
            "d - 1 features",
            |train, test, weights, widths| {
                let widths = widths.iter().map(|d| (d - 1).max(1)).collect();
                reference::double_descent_curve(train, test, weights, widths)
            }
        ),
        mutant!(
            generalisation.double_descent_curve / "no_peak",
            "a ridge smooths the peak away",
            |train, test, weights, widths| {
                let features = |set: &RegressionSet, d| {
                    reference::relu_features(set.x.clone(), weights.clone().narrow(1, 0, d))
                };
                pointwise(&widths, |d| {
                    // A ridge is the same as d more samples that ask for zero.
                    let x = features(&train, d);
                    let penalty = identity(d).tensor() * 0.03;
                    let zeros = Tensor::zeros([d, train.y.dims()[1]], (&x.device(), x.dtype()));
                    let w = reference::least_squares(
                        Tensor::cat(vec![x.clone(), penalty], 0),
                        Tensor::cat(vec![train.y.clone(), zeros], 0),
                    );
                    let error = |x: Tensor<2>, y: Tensor<2>| {
                        (x.matmul(w.clone()) - y).square().mean().into_scalar()
                    };
                    ErrorCurve {
                        train: vec![error(x, train.y.clone())],
                        test: vec![error(features(&test, d), test.y.clone())],
                    }
                })
            }
        ),
        mutant!(
            generalisation.double_descent_curve / "fitted_to_the_test_set_too",
            "the model is fitted to training and test samples",
            |train, test, weights, widths| {
                let all = joined(&train, &test);
                let over = |set| {
                    reference::double_descent_curve(
                        all.clone(),
                        set,
                        weights.clone(),
                        widths.clone(),
                    )
                };
                ErrorCurve {
                    train: over(train).test,
                    test: over(test).test,
                }
            }
        ),
        mutant!(
            generalisation.double_descent_curve / "train_and_test_swapped",
            "test errors in train",
            |train, test, weights, widths| swapped(reference::double_descent_curve(
                train, test, weights, widths
            ))
        ),
        mutant!(
            generalisation.double_descent_curve / "sorted_widths",
            "the curve is in the order of width",
            |train, test, weights, widths| reference::double_descent_curve(
                train,
                test,
                weights,
                sorted(widths)
            )
        ),
        mutant!(
            generalisation.double_descent_curve / "sum_over_samples",
            "sums of squares",
            |train, test, weights, widths| {
                let n = train.y.dims()[0] as f64;
                changed(
                    reference::double_descent_curve(train, test, weights, widths),
                    |e| n * e,
                )
            }
        ),
        mutant!(
            generalisation.double_descent_curve / "best_so_far",
            "every point is the best of those before it",
            |train, test, weights, widths| {
                let mut curve = reference::double_descent_curve(train, test, weights, widths);
                for i in 1..curve.test.len() {
                    curve.test[i] = curve.test[i].min(curve.test[i - 1]);
                }
                curve
            }
        ),
    ]
}
