//! Checks of A1.4, losses and metrics.

use burn::tensor::{Tensor, activation};
use common::check::{
    Check, Tolerance, Verdict, close, ensure, equal, equal_bits, finite, numeric_gradient_of,
    within,
};
use common::contract::a1::{CrossEntropyOptions, Losses, Scored};
use common::contract::{Outcome, Submission};
use common::rng::Rng;

use super::{about, normal_matrix, sizes, tracked};
use crate::oracle::losses::{self as oracle, Options, softplus};
use crate::oracle::matrix::{Matrix, labels, tensor, vector};
use crate::oracle::tensor_layers::sigmoid;

const PART: &str = "A1.4";

/// The checks of this part.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "losses/log_softmax_shift",
            part: PART,
            points: 1,
            proves: "log_softmax has the right values, row by row, and does not change when a row is shifted.",
            hint: "Sum over the classes, which are the columns.",
            run: log_softmax_shift,
        },
        Check {
            id: "losses/extreme_logits",
            part: PART,
            points: 1,
            proves: "Logits of +-1e4 give finite, correct losses and gradients.",
            hint: "Subtract the row's largest logit before exp, and never take the logarithm of a probability.",
            run: extreme_logits,
        },
        Check {
            id: "losses/cross_entropy_mean",
            part: PART,
            points: 1,
            proves: "The cross-entropy is the mean over the rows, and ln c when all logits are equal.",
            hint: "The mean is over the n rows, not over the n c elements.",
            run: cross_entropy_mean,
        },
        Check {
            id: "losses/label_smoothing",
            part: PART,
            points: 1,
            proves: "With smoothing s the loss is (1 - s) CE + s times the mean of -log p over all classes.",
            hint: "The share s is spread over all c classes, the label's own included.",
            run: label_smoothing,
        },
        Check {
            id: "losses/class_weights",
            part: PART,
            points: 1,
            proves: "Class weights count in the sum and in the denominator, with and without smoothing.",
            hint: "The denominator adds up the weights of the labels. With smoothing each class of the target has its own weight.",
            run: class_weights,
        },
        Check {
            id: "losses/ignore_index",
            part: PART,
            points: 1,
            proves: "Ignored rows change nothing: not the sum, not the denominator, not the gradient.",
            hint: "Divide by what is kept. The ignored label need not be a class at all: -100 is usual.",
            run: ignore_index,
        },
        Check {
            id: "losses/gradient_with_options",
            part: PART,
            points: 2,
            proves: "The gradient is (p - onehot) / n, agrees with Burn's autodiff, and with central differences under every combination of options.",
            hint: "The gradient has the same denominator as the loss; the target is the smoothed, weighted one.",
            run: gradient_with_options,
        },
        Check {
            id: "losses/bce",
            part: PART,
            points: 1,
            proves: "BCE with logits and its gradient are right, and stay so at logits of +-800.",
            hint: "softplus(x) = max(x, 0) + ln(1 + exp(-|x|)); the mean is over all elements.",
            run: bce,
        },
        Check {
            id: "losses/mse",
            part: PART,
            points: 1,
            proves: "The mean square error is a mean over all elements, and so is its gradient.",
            hint: "d (x - t)^2 = 2 (x - t) dx, divided by the number of elements.",
            run: mse,
        },
        Check {
            id: "losses/topk_error",
            part: PART,
            points: 2,
            proves: "The top-k error agrees with brute force, ties included, never grows with k, and is 0 from k = c on.",
            hint: "Rank the label: how many logits are larger, or equal with a smaller index?",
            run: topk_error,
        },
        Check {
            id: "losses/confusion",
            part: PART,
            points: 1,
            proves: "The confusion matrix has labels in rows, predictions in columns, and one count per sample.",
            hint: "Use three samples and write the matrix down by hand.",
            run: confusion,
        },
        Check {
            id: "losses/accuracy",
            part: PART,
            points: 1,
            proves: "Accuracy weighs samples equally, also when the last batch is smaller.",
            hint: "Count right answers and samples over all batches; divide once.",
            run: accuracy,
        },
    ]
}

/// A batch of logits with labels.
struct Batch {
    x: Matrix,
    labels: Vec<i64>,
}

fn random_batch(rng: &mut Rng) -> Batch {
    let [n, c] = sizes(rng, 3, 8);
    Batch {
        x: normal_matrix(rng, n, c).map(|x| 2.0 * x),
        labels: random_labels(rng, n, c),
    }
}

fn random_labels(rng: &mut Rng, n: usize, c: usize) -> Vec<i64> {
    (0..n).map(|_| rng.below(c) as i64).collect()
}

impl Options {
    fn contract(&self) -> CrossEntropyOptions {
        CrossEntropyOptions {
            class_weights: self.class_weights.clone().map(vector),
            label_smoothing: self.smoothing,
            ignore_index: self.ignore,
        }
    }
}

impl Batch {
    fn loss(&self, s: &Submission, options: &Options) -> Outcome<f64> {
        s.cross_entropy(self.x.tensor(), labels(&self.labels), options.contract())
    }

    fn gradient(&self, s: &Submission, options: &Options) -> Outcome<Tensor<2>> {
        s.cross_entropy_backward(self.x.tensor(), labels(&self.labels), options.contract())
    }

    fn check_loss(&self, s: &Submission, options: &Options) -> Verdict {
        let want = oracle::cross_entropy(&self.x, &self.labels, options);
        within(self.loss(s, options)?, want, Tolerance::EXACT)
    }
}

fn log_softmax_shift(s: &Submission, rng: &mut Rng) -> Verdict {
    let x = random_batch(rng).x;
    let got = s.log_softmax(x.tensor())?;
    close(&got, &oracle::log_softmax(&x).tensor(), Tolerance::EXACT)?;

    let shifts: Vec<f64> = (0..x.rows).map(|_| rng.uniform(-9.0, 9.0)).collect();
    let shifted = Matrix::from_fn(x.rows, x.columns, |i, k| x[(i, k)] + shifts[i]);
    close(&s.log_softmax(shifted.tensor())?, &got, Tolerance::EXACT)
        .map_err(about("each row shifted by a number"))
}

/// Rows with one or two logits of 1e4 or -1e4; the cross-entropy then is near 0, ln 2, or thousands.
fn extreme_logits(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, c] = sizes(rng, 4, 8);
    let mut x = normal_matrix(rng, n, c);
    for i in 0..n {
        let k = rng.below(c - 1);
        let large = if i % 2 == 0 { 1e4 } else { -1e4 };
        x[(i, k)] = large;
        if rng.unit() < 0.5 {
            x[(i, k + 1)] = large;
        }
    }
    // Row 0 has its label at a logit that is 1e4 below the largest.
    let mut labels = random_labels(rng, n, c);
    let lowest = (0..c).min_by(|a, b| x[(0, *a)].total_cmp(&x[(0, *b)]));
    labels[0] = lowest.unwrap_or(0) as i64;
    let batch = Batch { x, labels };

    let got = s.log_softmax(batch.x.tensor())?;
    finite(&got).map_err(about("log_softmax"))?;
    close(
        &got,
        &oracle::log_softmax(&batch.x).tensor(),
        Tolerance::EXACT,
    )
    .map_err(about("log_softmax"))?;
    let plain = Options::default();
    batch
        .check_loss(s, &plain)
        .map_err(about("cross_entropy"))?;
    let want = oracle::cross_entropy_gradient(&batch.x, &batch.labels, &plain);
    close(
        &batch.gradient(s, &plain)?,
        &want.tensor(),
        Tolerance::EXACT,
    )
    .map_err(about("cross_entropy_backward"))
}

fn cross_entropy_mean(s: &Submission, rng: &mut Rng) -> Verdict {
    let mut batch = random_batch(rng);
    batch.check_loss(s, &Options::default())?;

    batch.x = batch.x.map(|_| 0.0);
    let ln_c = (batch.x.columns as f64).ln();
    within(batch.loss(s, &Options::default())?, ln_c, Tolerance::EXACT)
        .map_err(about("all logits 0"))
}

fn label_smoothing(s: &Submission, rng: &mut Rng) -> Verdict {
    let batch = random_batch(rng);
    let smoothing = rng.uniform(0.05, 0.4);
    let log_p = oracle::log_softmax(&batch.x);
    let plain = oracle::cross_entropy(&batch.x, &batch.labels, &Options::default());
    let uniform = -log_p.values.iter().sum::<f64>() / log_p.values.len() as f64;
    let options = Options {
        smoothing,
        ..Options::default()
    };
    let want = (1.0 - smoothing) * plain + smoothing * uniform;
    within(batch.loss(s, &options)?, want, Tolerance::EXACT)
        .map_err(about(format_args!("smoothing {smoothing}")))
}

fn random_weights(rng: &mut Rng, c: usize) -> Option<Vec<f64>> {
    Some((0..c).map(|_| rng.uniform(0.2, 3.0)).collect())
}

fn class_weights(s: &Submission, rng: &mut Rng) -> Verdict {
    for smoothing in [0.0, 0.2] {
        let batch = random_batch(rng);
        let options = Options {
            class_weights: random_weights(rng, batch.x.columns),
            smoothing,
            ignore: None,
        };
        batch
            .check_loss(s, &options)
            .map_err(about(format_args!("smoothing {smoothing}")))?;
    }
    Ok(())
}

/// Both a label that is a class and one that is none.
fn ignore_index(s: &Submission, rng: &mut Rng) -> Verdict {
    for ignored in [-100, 1] {
        let mut batch = random_batch(rng);
        let (n, c) = (batch.x.rows, batch.x.columns);
        batch.labels[0] = ignored;
        batch.labels[1] = 0; // at least one row counts
        let options = Options {
            class_weights: if rng.unit() < 0.5 {
                random_weights(rng, c)
            } else {
                None
            },
            smoothing: 0.0,
            ignore: Some(ignored),
        };
        let loss = batch.loss(s, &options)?;
        let gradient = batch.gradient(s, &options)?;
        let want = oracle::cross_entropy(&batch.x, &batch.labels, &options);
        within(loss, want, Tolerance::EXACT).map_err(about("loss"))?;
        let want = oracle::cross_entropy_gradient(&batch.x, &batch.labels, &options);
        close(&gradient, &want.tensor(), Tolerance::EXACT).map_err(about("gradient"))?;

        let changed = Batch {
            x: Matrix::from_fn(n, c, |i, k| {
                if batch.labels[i] == ignored {
                    rng.normal()
                } else {
                    batch.x[(i, k)]
                }
            }),
            labels: batch.labels,
        };
        equal(&changed.loss(s, &options)?, &loss).map_err(about("ignored rows changed, loss"))?;
        equal_bits(&changed.gradient(s, &options)?, &gradient)
            .map_err(about("ignored rows changed, gradient"))?;
    }
    Ok(())
}

fn gradient_with_options(s: &Submission, rng: &mut Rng) -> Verdict {
    let batch = random_batch(rng);
    let (n, c) = (batch.x.rows, batch.x.columns);
    let onehot = |i: usize, k: usize| {
        if batch.labels[i] == k as i64 {
            1.0
        } else {
            0.0
        }
    };
    let log_p = oracle::log_softmax(&batch.x);
    let want = Matrix::from_fn(n, c, |i, k| (log_p[(i, k)].exp() - onehot(i, k)) / n as f64);
    let got = batch.gradient(s, &Options::default())?;
    close(&got, &want.tensor(), Tolerance::EXACT)?;

    let x = tracked(&batch.x.tensor());
    let target = Matrix::from_fn(n, c, |i, k| onehot(i, k) / n as f64);
    let loss = -(activation::log_softmax(x.clone(), 1) * target.tensor().autodiff()).sum();
    let autodiff = x.grad(&loss.backward()).expect("is tracked and was used");
    close(&got, &autodiff, Tolerance::EXACT).map_err(about("autodiff"))?;

    for weighted in [false, true] {
        for smoothing in [0.0, 0.15] {
            for ignore in [None, Some(2)] {
                let mut batch = random_batch(rng);
                batch.labels[0] = 0; // at least one row counts
                let options = Options {
                    class_weights: random_weights(rng, batch.x.columns).filter(|_| weighted),
                    smoothing,
                    ignore,
                };
                let numeric = numeric_gradient_of(&batch.x.tensor(), |x| {
                    Outcome::Ok(oracle::cross_entropy(
                        &Matrix::of(&x),
                        &batch.labels,
                        &options,
                    ))
                })?;
                close(&batch.gradient(s, &options)?, &numeric, Tolerance::GRADIENT).map_err(
                    about(format_args!(
                        "weights {weighted}, smoothing {smoothing}, ignore {ignore:?}"
                    )),
                )?;
            }
        }
    }
    Ok(())
}

fn bce(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 3, 7);
    let x = normal_matrix(rng, n, d).map(|x| 3.0 * x);
    let t = Matrix::from_fn(n, d, |_, _| rng.unit());
    let want = oracle::bce(&x, &t);
    within(
        s.bce_with_logits(x.tensor(), t.tensor())?,
        want,
        Tolerance::EXACT,
    )?;

    let got = s.bce_with_logits_backward(x.tensor(), t.tensor())?;
    let numeric = numeric_gradient_of(&x.tensor(), |x| {
        Outcome::Ok(oracle::bce(&Matrix::of(&x), &t))
    })?;
    close(&got, &numeric, Tolerance::GRADIENT).map_err(about("gradient, central differences"))?;
    let exact = Matrix::from_fn(n, d, |i, j| {
        (sigmoid(x[(i, j)]) - t[(i, j)]) / (n * d) as f64
    });
    close(&got, &exact.tensor(), Tolerance::EXACT).map_err(about("gradient"))?;

    // BCE(x, 1) = softplus(-x) and BCE(x, 0) = softplus(x).
    for logit in [-800.0, 800.0, rng.uniform(-15.0, 15.0)] {
        for (target, want) in [(1.0, softplus(-logit)), (0.0, softplus(logit))] {
            let (x, t) = (tensor(vec![logit], [1, 1]), tensor(vec![target], [1, 1]));
            within(s.bce_with_logits(x, t)?, want, Tolerance::EXACT)
                .map_err(about(format_args!("logit {logit}, target {target}")))?;
        }
    }
    Ok(())
}

fn mse(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 3, 7);
    let (x, t) = (normal_matrix(rng, n, d), normal_matrix(rng, n, d));
    let want = oracle::mse(&x, &t);
    within(s.mse(x.tensor(), t.tensor())?, want, Tolerance::EXACT)?;

    let got = s.mse_backward(x.tensor(), t.tensor())?;
    let tracked = tracked(&x.tensor());
    let loss = (tracked.clone() - t.tensor().autodiff())
        .powi_scalar(2)
        .mean();
    let autodiff = tracked
        .grad(&loss.backward())
        .expect("is tracked and was used");
    close(&got, &autodiff, Tolerance::EXACT).map_err(about("gradient, autodiff"))?;
    let numeric = numeric_gradient_of(&x.tensor(), |x| {
        Outcome::Ok(oracle::mse(&Matrix::of(&x), &t))
    })?;
    close(&got, &numeric, Tolerance::GRADIENT).map_err(about("gradient, central differences"))
}

/// Logits are small integers, so most rows have ties.
fn topk_error(s: &Submission, rng: &mut Rng) -> Verdict {
    let c = rng.between(5, 9);
    let n = 40;
    let x = Matrix::from_fn(n, c, |_, _| rng.below(4) as f64);
    let y = random_labels(rng, n, c);
    let mut before = 1.0;
    for k in 1..=c + 2 {
        let error = s.topk_error(x.tensor(), labels(&y), k)?;
        within(error, oracle::topk_error(&x, &y, k), Tolerance::EXACT)
            .map_err(about(format_args!("k = {k}")))?;
        ensure(error <= before, || {
            format!("the error grows from {before} to {error} at k = {k}")
        })?;
        if k >= c {
            equal(&error, &0.0).map_err(about(format_args!("k = {k} of {c} classes")))?;
        }
        before = error;
    }
    Ok(())
}

fn confusion(s: &Submission, rng: &mut Rng) -> Verdict {
    let classes = rng.between(3, 6);
    let n = 30;
    let truth = random_labels(rng, n, classes);
    // Mostly right, and never class 0, so that the matrix has an empty column.
    let guess: Vec<i64> = truth
        .iter()
        .map(|y| match rng.unit() < 0.5 {
            true => *y,
            false => rng.below(classes) as i64,
        })
        .map(|k| k.max(1))
        .collect();
    let mut want = vec![0; classes * classes];
    for (y, k) in truth.iter().zip(&guess) {
        want[*y as usize * classes + *k as usize] += 1;
    }
    let got = s.confusion(labels(&guess), labels(&truth), classes)?;
    equal(&got.dims(), &[classes, classes]).map_err(about("shape"))?;
    equal(&got.to_data().iter::<i64>().collect(), &want)
}

fn accuracy(s: &Submission, rng: &mut Rng) -> Verdict {
    let c = rng.between(3, 6);
    let (mut right, mut all, mut batches) = (0, 0, vec![]);
    // The last batch is small and all wrong, the others are right with probability 1/2 or more.
    for (n, last) in [(12, false), (12, false), (5, true)] {
        let x = normal_matrix(rng, n, c);
        let best = |i: usize| {
            let row = x.row(i);
            (0..c)
                .max_by(|a, b| row[*a].total_cmp(&row[*b]))
                .unwrap_or(0)
        };
        let y: Vec<i64> = (0..n)
            .map(|i| match last || rng.unit() < 0.3 {
                true => ((best(i) + 1 + rng.below(c - 1)) % c) as i64,
                false => best(i) as i64,
            })
            .collect();
        right += (0..n).filter(|i| y[*i] == best(*i) as i64).count();
        all += n;
        batches.push(Scored {
            logits: x.tensor(),
            labels: labels(&y),
        });
    }
    within(
        s.accuracy(batches)?,
        right as f64 / all as f64,
        Tolerance::EXACT,
    )
}
