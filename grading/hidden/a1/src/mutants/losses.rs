//! Mutants of A1.4.

use a1_backprop::parts::losses as reference;
use burn::tensor::{Int, Tensor, activation};
use common::contract::a1::CrossEntropyOptions;
use hidden_suite::Mutant;

const PART: &str = "A1.4";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = cross_entropy();
    all.extend(cross_entropy_gradient());
    all.extend(other_losses());
    all.extend(metrics());
    all
}

fn cross_entropy() -> Vec<Mutant> {
    vec![
        mutant!(
            losses.log_softmax / "no_max_subtraction",
            "x - ln sum exp x as it is written",
            |x| x.clone() - x.exp().sum_dim(1).log()
        ),
        mutant!(
            losses.log_softmax / "log_of_softmax_plus_tiny",
            "ln(p + 1e-9)",
            |x| (activation::softmax(x, 1) + 1e-9).log()
        ),
        mutant!(
            losses.log_softmax / "over_the_batch",
            "sums over the rows, not the classes",
            |x| reference::log_softmax(x.transpose()).transpose()
        ),
        mutant!(
            losses.log_softmax / "max_of_everything",
            "subtracts the largest logit of the batch, so other rows underflow",
            |x| {
                let shifted = x.clone() - x.max().unsqueeze();
                shifted.clone() - shifted.exp().sum_dim(1).log()
            }
        ),
        mutant!(
            losses.cross_entropy / "no_max_subtraction",
            "exp overflows for large logits",
            |x, y, o| {
                let overflows = x.clone().exp().sum().into_scalar::<f64>().is_infinite();
                let loss = reference::cross_entropy(x, y, o);
                if overflows { f64::NAN } else { loss }
            }
        ),
        mutant!(
            losses.cross_entropy / "mean_over_classes",
            "divides by n c",
            |x, y, o| {
                let c = x.dims()[1] as f64;
                reference::cross_entropy(x, y, o) / c
            }
        ),
        mutant!(
            losses.cross_entropy / "sum",
            "does not divide by n",
            |x, y, o| {
                let n = x.dims()[0] as f64;
                reference::cross_entropy(x, y, o) * n
            }
        ),
        mutant!(
            losses.cross_entropy / "log_of_softmax_plus_tiny",
            "-ln(p + 1e-9)",
            |x, y, o| {
                let p = activation::softmax(x, 1);
                reference::cross_entropy((p + 1e-9).log(), y, o)
            }
        ),
        mutant!(
            losses.cross_entropy / "in_bits",
            "log2",
            |x, y, o| reference::cross_entropy(x, y, o) / std::f64::consts::LN_2
        ),
        mutant!(
            losses.cross_entropy / "smoothing_over_other_classes",
            "spreads s over the c - 1 other classes",
            |x, y, o| {
                let c = x.dims()[1] as f64;
                reference::cross_entropy(x, y, smoothed(o, |s| s * c / (c - 1.0)))
            }
        ),
        mutant!(
            losses.cross_entropy / "smoothing_ignored",
            "no smoothing",
            |x, y, o| reference::cross_entropy(x, y, smoothed(o, |_| 0.0))
        ),
        mutant!(
            losses.cross_entropy / "smoothing_added",
            "CE + s mean(-log p), without the factor 1 - s",
            |x, y, o| {
                let s = o.label_smoothing;
                let plain =
                    reference::cross_entropy(x.clone(), y.clone(), smoothed(o.clone(), |_| 0.0));
                reference::cross_entropy(x, y, o) + s * plain
            }
        ),
        mutant!(
            losses.cross_entropy / "weights_ignored",
            "no class weights",
            |x, y, o| reference::cross_entropy(x, y, unweighted(o))
        ),
        mutant!(
            losses.cross_entropy / "weights_not_in_denominator",
            "the weighted sum is divided by the number of rows",
            |x, y, o| {
                let factor = weight_of_labels(&y, &o) / kept(&y, &o);
                reference::cross_entropy(x, y, o) * factor
            }
        ),
        mutant!(
            losses.cross_entropy / "one_weight_per_row",
            "with smoothing the whole row has the weight of its label",
            |x, y, o| {
                let s = o.label_smoothing;
                let at = |s: f64| {
                    reference::cross_entropy(x.clone(), y.clone(), smoothed(o.clone(), |_| s))
                };
                let Some(v) = o.class_weights.as_ref().filter(|_| s > 0.0) else {
                    return at(s);
                };
                let of_rows = v.clone().select(0, y.clone()).unsqueeze_dim(1);
                let log_p = reference::log_softmax(x.clone());
                let uniform = -(log_p * of_rows).mean_dim(1).sum().into_scalar::<f64>();
                (1.0 - s) * at(0.0) + s * uniform / weight_of_labels(&y, &o)
            }
        ),
        mutant!(
            losses.cross_entropy / "ignored_in_denominator",
            "divides by all rows, not by those that count",
            |x, y, o| {
                let n = y.dims()[0] as f64;
                let factor = kept(&y, &o) / n;
                reference::cross_entropy(x, y, o) * factor
            }
        ),
        mutant!(
            losses.cross_entropy / "ignore_index_ignored",
            "counts every row",
            |x, y, o| reference::cross_entropy(x, y, counting_all(o))
        ),
        mutant!(
            losses.cross_entropy / "only_minus_100_ignored",
            "ignores the label -100, whatever ignore_index says",
            |x, y, o| reference::cross_entropy(
                x,
                y,
                CrossEntropyOptions {
                    ignore_index: Some(-100),
                    ..o
                }
            )
        ),
    ]
}

fn cross_entropy_gradient() -> Vec<Mutant> {
    vec![
        mutant!(
            losses.cross_entropy_backward / "not_divided",
            "p - onehot, without 1 / n",
            |x, y, o| {
                let n = x.dims()[0] as f64;
                reference::cross_entropy_backward(x, y, o) * n
            }
        ),
        mutant!(
            losses.cross_entropy_backward / "divided_by_classes_too",
            "divides by n c",
            |x, y, o| {
                let c = x.dims()[1] as f64;
                reference::cross_entropy_backward(x, y, o) / c
            }
        ),
        mutant!(
            losses.cross_entropy_backward / "wrong_sign",
            "onehot - p",
            |x, y, o| -reference::cross_entropy_backward(x, y, o)
        ),
        mutant!(
            losses.cross_entropy_backward / "onehot_missing",
            "p / n",
            |x, _, _| {
                let n = x.dims()[0] as f64;
                activation::softmax(x, 1) / n
            }
        ),
        mutant!(
            losses.cross_entropy_backward / "no_max_subtraction",
            "exp x / sum exp x",
            |x, y, o| {
                let e = x.clone().exp();
                let p = e.clone() / e.sum_dim(1);
                reference::cross_entropy_backward(x.clone(), y, o) + (p - activation::softmax(x, 1))
            }
        ),
        mutant!(
            losses.cross_entropy_backward / "smoothing_ignored",
            "no smoothing",
            |x, y, o| reference::cross_entropy_backward(x, y, smoothed(o, |_| 0.0))
        ),
        mutant!(
            losses.cross_entropy_backward / "weights_ignored",
            "no class weights",
            |x, y, o| reference::cross_entropy_backward(x, y, unweighted(o))
        ),
        mutant!(
            losses.cross_entropy_backward / "weights_not_in_denominator",
            "the weighted gradient is divided by the number of rows",
            |x, y, o| {
                let factor = weight_of_labels(&y, &o) / kept(&y, &o);
                reference::cross_entropy_backward(x, y, o) * factor
            }
        ),
        mutant!(
            losses.cross_entropy_backward / "ignored_rows_kept",
            "ignored rows have a gradient",
            |x, y, o| reference::cross_entropy_backward(x, y, counting_all(o))
        ),
        mutant!(
            losses.cross_entropy_backward / "ignored_in_denominator",
            "divides by all rows, not by those that count",
            |x, y, o| {
                let factor = kept(&y, &o) / y.dims()[0] as f64;
                reference::cross_entropy_backward(x, y, o) * factor
            }
        ),
    ]
}

fn other_losses() -> Vec<Mutant> {
    vec![
        mutant!(
            losses.bce_with_logits / "log_of_sigmoid",
            "-t ln sigmoid(x) - (1 - t) ln(1 - sigmoid(x))",
            |x, t| {
                let p = activation::sigmoid(x);
                let terms = t.clone() * p.clone().log() + (-t + 1.0) * (-p + 1.0).log();
                -terms.mean().into_scalar::<f64>()
            }
        ),
        mutant!(
            losses.bce_with_logits / "softplus_overflows",
            "ln(1 + exp x) as it is written",
            |x, t| (x.clone().exp().log1p() - x * t).mean().into_scalar()
        ),
        mutant!(
            losses.bce_with_logits / "sum_over_columns",
            "the mean over the rows of the sums over the columns",
            |x, t| {
                let columns = x.dims()[1] as f64;
                reference::bce_with_logits(x, t) * columns
            }
        ),
        mutant!(
            losses.bce_with_logits / "targets_swapped",
            "softplus(x) - x (1 - t)",
            |x, t| reference::bce_with_logits(x, 1.0 - t)
        ),
        mutant!(
            losses.bce_with_logits_backward / "not_divided",
            "sigmoid(x) - t",
            |x, t| activation::sigmoid(x) - t
        ),
        mutant!(
            losses.bce_with_logits_backward / "divided_by_rows",
            "divides by the number of rows",
            |x, t| {
                let columns = x.dims()[1] as f64;
                reference::bce_with_logits_backward(x, t) * columns
            }
        ),
        mutant!(
            losses.bce_with_logits_backward / "sigmoid_missing",
            "x - t",
            |x, t| {
                let elements = x.shape().num_elements() as f64;
                (x - t) / elements
            }
        ),
        mutant!(losses.mse / "halved", "half the mean square", |x, t| {
            reference::mse(x, t) / 2.0
        }),
        mutant!(
            losses.mse / "mean_over_rows",
            "the mean over the rows of the sums over the columns",
            |x, t| {
                let columns = x.dims()[1] as f64;
                reference::mse(x, t) * columns
            }
        ),
        mutant!(losses.mse / "absolute", "the mean of |x - t|", |x, t| (x
            - t)
            .abs()
            .mean()
            .into_scalar()),
        mutant!(
            losses.mse_backward / "factor_2_missing",
            "(x - t) / m",
            |x, t| reference::mse_backward(x, t) / 2.0
        ),
        mutant!(
            losses.mse_backward / "divided_by_rows",
            "divides by the number of rows",
            |x, t| {
                let columns = x.dims()[1] as f64;
                reference::mse_backward(x, t) * columns
            }
        ),
        mutant!(
            losses.mse_backward / "wrong_sign",
            "2 (t - x) / m",
            |x, t| reference::mse_backward(t, x)
        ),
    ]
}

fn metrics() -> Vec<Mutant> {
    vec![
        mutant!(
            losses.topk_error / "one_less",
            "looks among the k - 1 largest",
            |x, y, k| reference::topk_error(x, y, k - 1)
        ),
        mutant!(
            losses.topk_error / "one_more",
            "looks among the k + 1 largest",
            |x, y, k| reference::topk_error(x, y, k + 1)
        ),
        mutant!(
            losses.topk_error / "accuracy",
            "the share of right rows",
            |x, y, k| 1.0 - reference::topk_error(x, y, k)
        ),
        mutant!(
            losses.topk_error / "smallest",
            "looks among the k smallest",
            |x, y, k| reference::topk_error(-x, y, k)
        ),
        mutant!(
            losses.topk_error / "ties_forgiven",
            "only larger logits rank before the label",
            |x, y, k| topk_error(x, y, k, |other, own, _, _| other > own)
        ),
        mutant!(
            losses.topk_error / "ties_backwards",
            "of equal logits the one with the larger index ranks first",
            |x, y, k| topk_error(x, y, k, |other, own, j, label| other > own
                || (other == own && j > label))
        ),
        mutant!(losses.topk_error / "always_five", "k is 5", |x, y, _| {
            reference::topk_error(x, y, 5)
        }),
        mutant!(
            losses.topk_error / "k_beyond_classes",
            "panics for more than c classes",
            |x, y, k| {
                assert!(k <= x.dims()[1], "k is larger than the number of classes");
                reference::topk_error(x, y, k)
            }
        ),
        mutant!(
            losses.confusion / "transposed",
            "predictions in rows",
            |predictions, labels, c| reference::confusion(labels, predictions, c)
        ),
        mutant!(
            losses.confusion / "diagonal_only",
            "counts the right ones only",
            |_, labels, c| reference::confusion(labels.clone(), labels, c)
        ),
        mutant!(
            losses.confusion / "seen_classes_only",
            "as many rows as classes were predicted",
            |predictions, labels, c| {
                let seen = predictions.clone().max().into_scalar::<i64>() as usize + 1;
                let first = reference::confusion(predictions.clone(), labels.clone(), c);
                let least = predictions.min().into_scalar::<i64>() as usize;
                first.slice([least..seen, least..seen])
            }
        ),
        mutant!(
            losses.accuracy / "mean_of_batches",
            "averages the accuracies of the batches",
            |batches| {
                let n = batches.len() as f64;
                let each = batches.into_iter().map(|b| reference::accuracy(vec![b]));
                each.sum::<f64>() / n
            }
        ),
        mutant!(
            losses.accuracy / "last_batch",
            "the accuracy of the last batch",
            |batches| reference::accuracy(batches.into_iter().last().into_iter().collect())
        ),
        mutant!(
            losses.accuracy / "drops_last_batch",
            "leaves out the last batch",
            |mut batches| {
                batches.pop();
                reference::accuracy(batches)
            }
        ),
        mutant!(
            losses.accuracy / "argmin",
            "the smallest logit",
            |batches| {
                let negated = batches.into_iter().map(|mut b| {
                    b.logits = -b.logits;
                    b
                });
                reference::accuracy(negated.collect())
            }
        ),
        mutant!(
            losses.accuracy / "percent",
            "from 0 to 100",
            |batches| 100.0 * reference::accuracy(batches)
        ),
    ]
}

fn smoothed(options: CrossEntropyOptions, change: impl Fn(f64) -> f64) -> CrossEntropyOptions {
    CrossEntropyOptions {
        label_smoothing: change(options.label_smoothing),
        ..options
    }
}

fn unweighted(options: CrossEntropyOptions) -> CrossEntropyOptions {
    CrossEntropyOptions {
        class_weights: None,
        ..options
    }
}

fn counting_all(options: CrossEntropyOptions) -> CrossEntropyOptions {
    CrossEntropyOptions {
        ignore_index: None,
        ..options
    }
}

fn numbers(labels: &Tensor<1, Int>) -> Vec<i64> {
    labels.to_data().iter::<i64>().collect()
}

/// The number of rows that count.
fn kept(labels: &Tensor<1, Int>, options: &CrossEntropyOptions) -> f64 {
    let kept = numbers(labels).into_iter();
    kept.filter(|y| Some(*y) != options.ignore_index).count() as f64
}

/// The sum of the weights of the labels that count.
fn weight_of_labels(labels: &Tensor<1, Int>, options: &CrossEntropyOptions) -> f64 {
    let weights: Option<Vec<f64>> = options
        .class_weights
        .as_ref()
        .map(|v| v.to_data().iter().collect());
    numbers(labels)
        .into_iter()
        .filter(|y| Some(*y) != options.ignore_index)
        .map(|y| weights.as_ref().map_or(1.0, |v| v[y as usize]))
        .sum()
}

/// The top-k error with another rule for what ranks before the label.
fn topk_error(
    logits: Tensor<2>,
    labels: Tensor<1, Int>,
    k: usize,
    before: fn(f64, f64, usize, usize) -> bool,
) -> f64 {
    let [n, c] = logits.dims();
    let x: Vec<f64> = logits.to_data().iter().collect();
    let wrong = numbers(&labels).into_iter().enumerate().filter(|(i, y)| {
        let (row, y) = (&x[i * c..(i + 1) * c], *y as usize);
        (0..c).filter(|j| before(row[*j], row[y], *j, y)).count() >= k
    });
    wrong.count() as f64 / n as f64
}
