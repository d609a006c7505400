//! A1.4 row by row.

use burn::tensor::{Int, Tensor, TensorData};
use common::contract::a1::*;

use super::pairs;
use crate::oracle::matrix::{Matrix, values};

pub fn table() -> LossesTable {
    LossesTable {
        log_softmax: |x| log_softmax(&Matrix::of(&x)).tensor(),
        cross_entropy: |x, y, options| {
            let x = Matrix::of(&x);
            let t = targets(&x, &y, &options);
            let terms = t.values.iter().zip(log_softmax(&x).values);
            terms.rev().map(|(t, log_p)| -t * log_p).sum()
        },
        cross_entropy_backward: |x, y, options| {
            let x = Matrix::of(&x);
            let t = targets(&x, &y, &options);
            let p = log_softmax(&x).map(f64::exp);
            let gradient = |i, k| p[(i, k)] * t.row(i).iter().sum::<f64>() - t[(i, k)];
            Matrix::from_fn(x.rows, x.columns, gradient).tensor()
        },
        bce_with_logits: |x, t| {
            // ln(e^0 + e^x) as a log-sum-exp, the linear part apart.
            let terms = pairs(x, t, |x, t| {
                let m = x.max(0.0);
                (m - x * t) + ((-m).exp() + (x - m).exp()).ln()
            });
            terms.mean().into_scalar()
        },
        bce_with_logits_backward: |x, t| {
            let m = x.shape().num_elements() as f64;
            pairs(x, t, |x, t| (0.5 * (1.0 + (x / 2.0).tanh()) - t) / m)
        },
        mse: |x, t| {
            let m = x.shape().num_elements() as f64;
            let differences = values(&(x - t));
            differences.iter().rev().map(|d| d * d / m).sum()
        },
        mse_backward: |x, t| {
            let m = x.shape().num_elements() as f64;
            pairs(x, t, |x, t| (x - t) / m + (x - t) / m)
        },
        topk_error: |x, y, k| {
            let x = Matrix::of(&x);
            let mut hits = 0.0;
            for (i, y) in y.to_data().iter::<i64>().enumerate() {
                let mut ranked: Vec<(usize, f64)> = x.row(i).iter().copied().enumerate().collect();
                ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                ranked.truncate(k);
                hits += f64::from(u8::from(ranked.iter().any(|(j, _)| *j == y as usize)));
            }
            1.0 - hits / x.rows as f64
        },
        confusion: |predictions, labels, classes| {
            let guess: Vec<i64> = predictions.to_data().iter().collect();
            let truth: Vec<i64> = labels.to_data().iter().collect();
            let count = |y: usize, k: usize| {
                let of = guess.iter().zip(&truth);
                of.filter(|(g, t)| **g == k as i64 && **t == y as i64)
                    .count() as i64
            };
            let counts: Vec<i64> = (0..classes * classes)
                .map(|i| count(i / classes, i % classes))
                .collect();
            let data = TensorData::new(counts, [classes, classes]);
            Tensor::from_data(data, (&labels.device(), labels.dtype()))
        },
        accuracy: |batches| {
            let (mut right, mut all) = (0, 0);
            for batch in &batches {
                let x = Matrix::of(&batch.logits);
                for (i, y) in batch.labels.to_data().iter::<i64>().enumerate() {
                    let own = x[(i, y as usize)];
                    right += usize::from(x.row(i).iter().all(|x| *x <= own));
                    all += 1;
                }
            }
            right as f64 / all as f64
        },
    }
}

fn log_softmax(x: &Matrix) -> Matrix {
    let mut y = x.clone();
    for i in 0..x.rows {
        let largest = x.row(i).iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = x.row(i).iter().rev().map(|x| (x - largest).exp()).sum();
        for k in 0..x.columns {
            y[(i, k)] = (x[(i, k)] - largest) - sum.ln();
        }
    }
    y
}

/// `v_k t_k` of each row that counts, 0 elsewhere, divided by the denominator.
fn targets(x: &Matrix, labels: &Tensor<1, Int>, options: &CrossEntropyOptions) -> Matrix {
    let (c, s) = (x.columns, options.label_smoothing);
    let v = match &options.class_weights {
        Some(v) => values(v),
        None => vec![1.0; c],
    };
    let mut t = Matrix::from_fn(x.rows, c, |_, _| 0.0);
    let mut denominator = 0.0;
    for (i, y) in labels.to_data().iter::<i64>().enumerate() {
        if Some(y) == options.ignore_index {
            continue;
        }
        denominator += v[y as usize];
        for k in 0..c {
            t[(i, k)] = v[k] * s / c as f64;
        }
        t[(i, y as usize)] += v[y as usize] * (1.0 - s);
    }
    t.map(|t| t / denominator)
}
