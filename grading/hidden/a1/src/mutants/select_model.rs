//! Mutants of A1.11: model selection.

use a1_backprop::parts::generalisation as reference;
use burn::tensor::Tensor;
use common::contract::a1::{RegressionSet, SelectedModel};
use hidden_suite::Mutant;

use super::generalisation::PART;
use super::generalisation_curves::joined;

/// The model of the width that `score` is smallest for, with its true errors.
fn chosen_by(
    [train, validation, test]: [RegressionSet; 3],
    weights: Tensor<2>,
    widths: &[usize],
    score: impl Fn(&[f64; 3]) -> f64,
) -> SelectedModel {
    let on = |set: RegressionSet| {
        reference::double_descent_curve(train.clone(), set, weights.clone(), widths.to_vec()).test
    };
    let errors = [on(train.clone()), on(validation), on(test)];
    let at = |i: usize| [errors[0][i], errors[1][i], errors[2][i]];
    let best = (0..widths.len())
        .min_by(|a, b| score(&at(*a)).total_cmp(&score(&at(*b))))
        .unwrap_or(0);
    SelectedModel {
        width: widths[best],
        validation_error: at(best)[1],
        test_error: at(best)[2],
    }
}

/// The mutants of model selection.
pub fn mutants() -> Vec<Mutant> {
    vec![
        mutant!(
            generalisation.select_model / "on_the_test_set",
            "the smallest test error decides",
            |train, validation, test, w, widths| chosen_by(
                [train, validation, test],
                w,
                &widths,
                |e| e[2]
            )
        ),
        mutant!(
            generalisation.select_model / "on_the_training_set",
            "the smallest training error decides",
            |train, validation, test, w, widths| chosen_by(
                [train, validation, test],
                w,
                &widths,
                |e| e[0]
            )
        ),
        mutant!(
            generalisation.select_model / "on_both_sets",
            "the sum of validation and test error decides",
            |train, validation, test, w, widths| {
                chosen_by([train, validation, test], w, &widths, |e| e[1] + e[2])
            }
        ),
        mutant!(
            generalisation.select_model / "test_set_breaks_near_ties",
            "of models within a tenth of the smallest validation error the test set chooses",
            |train, validation, test, w, widths| {
                let best = reference::select_model(
                    train.clone(),
                    validation.clone(),
                    test.clone(),
                    w.clone(),
                    widths.clone(),
                );
                chosen_by([train, validation, test], w, &widths, |e| {
                    let good = e[1] <= 1.1 * best.validation_error;
                    e[2] + if good { 0.0 } else { 1e9 }
                })
            }
        ),
        mutant!(
            generalisation.select_model / "largest_error",
            "the worst model",
            |train, validation, test, w, widths| chosen_by(
                [train, validation, test],
                w,
                &widths,
                |e| -e[1]
            )
        ),
        mutant!(
            generalisation.select_model / "first_width",
            "nothing is chosen",
            |train, validation, test, w, widths| {
                reference::select_model(train, validation, test, w, vec![widths[0]])
            }
        ),
        mutant!(
            generalisation.select_model / "index_for_width",
            "the index in widths in place of the width",
            |train, validation, test, w, widths| {
                let best = reference::select_model(train, validation, test, w, widths.clone());
                let index = widths.iter().position(|width| *width == best.width);
                SelectedModel {
                    width: index.unwrap_or(0),
                    ..best
                }
            }
        ),
        mutant!(
            generalisation.select_model / "best_test_error",
            "the smallest of all test errors is reported",
            |train, validation, test, w, widths| {
                let on_test = reference::double_descent_curve(
                    train.clone(),
                    test.clone(),
                    w.clone(),
                    widths.clone(),
                );
                let best = reference::select_model(train, validation, test, w, widths);
                SelectedModel {
                    test_error: on_test.test.iter().copied().fold(f64::INFINITY, f64::min),
                    ..best
                }
            }
        ),
        mutant!(
            generalisation.select_model / "validation_error_for_test_error",
            "the error that was minimised is reported as the test error",
            |train, validation, test, w, widths| {
                let best = reference::select_model(train, validation, test, w, widths);
                SelectedModel {
                    test_error: best.validation_error,
                    ..best
                }
            }
        ),
        mutant!(
            generalisation.select_model / "fitted_again",
            "the chosen model is fitted to training and validation set before it is tested",
            |train, validation, test, w, widths| {
                let best = reference::select_model(
                    train.clone(),
                    validation.clone(),
                    test.clone(),
                    w.clone(),
                    widths,
                );
                let again = reference::double_descent_curve(
                    joined(&train, &validation),
                    test,
                    w,
                    vec![best.width],
                );
                SelectedModel {
                    test_error: again.test[0],
                    ..best
                }
            }
        ),
        mutant!(
            generalisation.select_model / "fitted_to_the_validation_set",
            "the models see the validation set in training",
            |train, validation, test, w, widths| {
                let all = joined(&train, &validation);
                reference::select_model(all, validation, test, w, widths)
            }
        ),
    ]
}
