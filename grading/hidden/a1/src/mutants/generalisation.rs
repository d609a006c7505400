//! Mutants of A1.11: features, least squares, random labels.

use a1_backprop::parts::generalisation as reference;
use burn::tensor::Tensor;
use common::linear::solve;
use hidden_suite::Mutant;

use crate::oracle::generalisation::identity;

pub(super) const PART: &str = "A1.11";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = features();
    all.extend(least_squares());
    all.extend(super::bias_variance::mutants());
    all.extend(randomise_labels());
    all.extend(super::generalisation_curves::mutants());
    all.extend(super::select_model::mutants());
    all
}

fn features() -> Vec<Mutant> {
    vec![
        mutant!(
            generalisation.polynomial_features / "no_constant",
            "the powers start at 1",
            |x, degree| {
                let [n] = x.dims();
                reference::polynomial_features(x, degree + 1)
                    .narrow(1, 1, degree + 1)
                    .reshape([n, degree + 1])
            }
        ),
        mutant!(
            generalisation.polynomial_features / "highest_power_first",
            "the columns are in the order of NumPy's polyfit",
            |x, degree| reference::polynomial_features(x, degree).flip([1])
        ),
        mutant!(
            generalisation.polynomial_features / "one_power_short",
            "degree columns in place of degree + 1",
            |x, degree| reference::polynomial_features(x, degree.max(1) - 1)
        ),
        mutant!(
            generalisation.polynomial_features / "sign_lost",
            "powers by exp(k ln |x|)",
            |x, degree| reference::polynomial_features(x.abs(), degree)
        ),
        mutant!(
            generalisation.polynomial_features / "multiples",
            "k x in place of x^k",
            |x, degree| {
                let columns = (0..=degree).map(|k| match k {
                    0 => x.ones_like(),
                    _ => x.clone() * k as f64,
                });
                Tensor::stack(columns.collect(), 1)
            }
        ),
        mutant!(
            generalisation.relu_features / "no_relu",
            "x w without the maximum",
            |x, w| x.matmul(w)
        ),
        mutant!(
            generalisation.relu_features / "absolute_value",
            "|x w|",
            |x, w| x.matmul(w).abs()
        ),
        mutant!(
            generalisation.relu_features / "rectified_before",
            "max(x, 0) w",
            |x, w| x.clamp_min(0.0).matmul(w)
        ),
        mutant!(
            generalisation.relu_features / "rectified_weights",
            "x max(w, 0)",
            |x, w| x.matmul(w.clamp_min(0.0))
        ),
        mutant!(
            generalisation.relu_features / "divided_by_root_of_width",
            "features over the root of their number",
            |x, w| {
                let width = w.dims()[1] as f64;
                reference::relu_features(x, w) / width.sqrt()
            }
        ),
    ]
}

/// `F^T F w = F^T y` with `ridge` on the diagonal, on the smaller side.
fn with_ridge(f: Tensor<2>, y: Tensor<2>, ridge: f64) -> Tensor<2> {
    let [n, d] = f.dims();
    let t = f.clone().transpose();
    let eye = identity(n.min(d)).tensor() * ridge;
    if d <= n {
        solve(t.clone().matmul(f) + eye, t.matmul(y))
    } else {
        t.clone().matmul(solve(f.matmul(t) + eye, y))
    }
}

fn least_squares() -> Vec<Mutant> {
    vec![
        mutant!(
            generalisation.least_squares / "always_d_by_d",
            "the normal equations for d > n too, where they are singular",
            |f, y| {
                let t = f.clone().transpose();
                solve(t.clone().matmul(f), t.matmul(y))
            }
        ),
        mutant!(
            generalisation.least_squares / "always_n_by_n",
            "F^T a for d < n too, where F F^T is singular",
            |f, y| {
                let t = f.clone().transpose();
                t.clone().matmul(solve(f.matmul(t), y))
            }
        ),
        mutant!(
            generalisation.least_squares / "first_features_only",
            "for d > n the first n features fit exactly, the others get 0",
            |f, y| {
                let ([n, d], [_, outputs]) = (f.dims(), y.dims());
                if d <= n {
                    return reference::least_squares(f, y);
                }
                let zeros = y.zeros_like().narrow(0, 0, 1).expand([d - n, outputs]);
                let w = reference::least_squares(f.narrow(1, 0, n), y);
                Tensor::cat(vec![w, zeros], 0)
            }
        ),
        mutant!(
            generalisation.least_squares / "small_ridge",
            "1e-6 on the diagonal, to be safe",
            |f, y| with_ridge(f, y, 1e-6)
        ),
        mutant!(
            generalisation.least_squares / "large_ridge",
            "0.1 on the diagonal",
            |f, y| with_ridge(f, y, 0.1)
        ),
        mutant!(
            generalisation.least_squares / "ridge_for_d_above_n",
            "a d x d system with a ridge where it is singular",
            |f, y| {
                let [n, d] = f.dims();
                if d <= n {
                    return reference::least_squares(f, y);
                }
                let t = f.clone().transpose();
                let eye = identity(d).tensor() * 1e-3;
                solve(t.clone().matmul(f) + eye, t.matmul(y))
            }
        ),
        mutant!(
            generalisation.least_squares / "first_output_for_all",
            "every output gets the coefficients of the first",
            |f, y| {
                let outputs = y.dims()[1];
                let w = reference::least_squares(f, y).narrow(1, 0, 1);
                let d = w.dims()[0];
                w.expand([d, outputs])
            }
        ),
        mutant!(
            generalisation.least_squares / "centred_targets",
            "the mean of the targets is taken off and forgotten",
            |f, y| {
                let mean = y.clone().mean_dim(0);
                reference::least_squares(f, y - mean)
            }
        ),
        mutant!(
            generalisation.least_squares / "divided_by_n",
            "the means of the normal equations on one side only",
            |f, y| {
                let n = f.dims()[0] as f64;
                reference::least_squares(f, y / n)
            }
        ),
        mutant!(
            generalisation.least_squares / "transposed_features",
            "F y for F^T y where that fits",
            |f, y| match f.dims() {
                [n, d] if n == d => reference::least_squares(f.transpose(), y),
                _ => reference::least_squares(f, y),
            }
        ),
        mutant!(
            generalisation.least_squares / "dual_without_features",
            "for d > n the a of F F^T a = y is spread over the features as it is",
            |f, y| {
                let ([n, d], [_, outputs]) = (f.dims(), y.dims());
                if d <= n {
                    return reference::least_squares(f, y);
                }
                let a = solve(f.clone().matmul(f.transpose()), y);
                let zeros = a.zeros_like().narrow(0, 0, 1).expand([d - n, outputs]);
                Tensor::cat(vec![a, zeros], 0)
            }
        ),
    ]
}

fn randomise_labels() -> Vec<Mutant> {
    vec![
        mutant!(
            generalisation.randomise_labels / "edge_is_replaced",
            "coin <= share",
            |labels, classes, share, coins, draws| {
                let share = if share < 1.0 {
                    share + f64::EPSILON
                } else {
                    share
                };
                reference::randomise_labels(labels, classes, share, coins, draws)
            }
        ),
        mutant!(
            generalisation.randomise_labels / "share_is_kept",
            "share is the share that stays",
            |labels, classes, share, coins, draws| {
                let coins = coins
                    .iter()
                    .map(|coin| if *coin < share { 1.0 } else { 0.0 })
                    .collect();
                reference::randomise_labels(labels, classes, 0.5, coins, draws)
            }
        ),
        mutant!(
            generalisation.randomise_labels / "never_the_old_class",
            "the new class is one of the other classes",
            |labels, classes, share, coins, draws| {
                let other = |i: usize| (draws[i] * (classes - 1) as f64) as usize;
                let all = labels.iter().enumerate();
                all.map(|(i, old)| {
                    if coins[i] < share {
                        (old + 1 + other(i)) % classes
                    } else {
                        *old
                    }
                })
                .collect()
            }
        ),
        mutant!(
            generalisation.randomise_labels / "last_class_never",
            "floor(draw (classes - 1))",
            |labels, classes, share, coins, draws| {
                reference::randomise_labels(labels, classes - 1, share, coins, draws)
            }
        ),
        mutant!(
            generalisation.randomise_labels / "rounded",
            "round in place of floor",
            |labels, classes, share, coins, draws| {
                let moved = draws.iter().map(|u| u + 0.5 / classes as f64).collect();
                reference::randomise_labels(labels, classes, share, coins, moved)
            }
        ),
        mutant!(
            generalisation.randomise_labels / "one_number_for_both",
            "the coin also draws the class",
            |labels, classes, share, coins, _| {
                reference::randomise_labels(labels, classes, share, coins.clone(), coins)
            }
        ),
        mutant!(
            generalisation.randomise_labels / "draws_in_sequence",
            "draws are taken one after the other, only where they are needed",
            |labels, classes, share, coins, draws| {
                let mut next = draws.into_iter();
                let draws = coins.iter().map(|coin| {
                    if *coin < share {
                        next.next().unwrap_or(0.0)
                    } else {
                        0.0
                    }
                });
                let draws = draws.collect();
                reference::randomise_labels(labels, classes, share, coins, draws)
            }
        ),
        mutant!(
            generalisation.randomise_labels / "first_labels",
            "the first share of the labels, whatever the coins",
            |labels, classes, share, coins, draws| {
                let n = (share * coins.len() as f64) as usize;
                let coins = (0..coins.len())
                    .map(|i| if i < n { 0.0 } else { 1.0 })
                    .collect();
                reference::randomise_labels(labels, classes, 0.5, coins, draws)
            }
        ),
        mutant!(
            generalisation.randomise_labels / "classes_of_the_labels",
            "as many classes as are seen in the labels",
            |labels, _, share, coins, draws| {
                let classes = labels.iter().take(20).max().map_or(0, |most| *most);
                reference::randomise_labels(labels, classes, share, coins, draws)
            }
        ),
    ]
}
