//! A1.4 Losses, their gradients, and metrics.
//!
//! `n` is the number of samples and `c` the number of classes. Logits are `[n, c]`: any real
//! numbers, one row per sample. Labels are `[n]`: integers from 0 to `c - 1`. A loss is one number, so
//! it is given as an `f64`, and its gradient has the shape of the logits.

use burn::tensor::{Int, Tensor, TensorData};
use common::contract::a1::{CrossEntropyOptions, Scored};

/// The logarithm of the softmax, row by row: `x - ln sum_k exp(x_k)`.
///
/// `exp(x)` is infinite from 710 on (in `f32` from 89 on). A softmax does not change when a number is
/// subtracted from a whole row, so subtract the row's largest logit first: then the largest
/// exponential is 1 and the sum is at least 1.
///
/// - `logits`: `[n, c]` of any size. Gives `[n, c]`, finite.
pub fn log_softmax(logits: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.4 log_softmax
    let shifted = logits.clone() - logits.max_dim(1);
    shifted.clone() - shifted.exp().sum_dim(1).log()
    // END SOLUTION
}

/// The mean cross-entropy between the labels and the softmax of the logits, in nats.
///
/// Without options it is the mean of `-ln p_y` over the rows, where `p` is the softmax of a row and
/// `y` its label. The options make it a weighted mean. With the target distribution
///
/// ```text
/// t_k = (1 - s) [k = y] + s / c          s = label_smoothing
/// ```
///
/// and class weights `v` (all 1 when there are none),
///
/// ```text
///        sum over rows of  sum_k  v_k t_k (-ln p_k)
/// loss = ------------------------------------------
///                sum over rows of  v_y
/// ```
///
/// where both sums leave out the rows whose label is `ignore_index`. This is the definition of
/// PyTorch's `cross_entropy`. Such a label may lie outside `0..c`: -100 is usual.
///
/// - `logits`: `[n, c]`; `labels`: `[n]`. Gives one number, finite for logits of any size.
pub fn cross_entropy(
    logits: Tensor<2>,
    labels: Tensor<1, Int>,
    options: CrossEntropyOptions,
) -> f64 {
    // BEGIN SOLUTION A1.4 cross_entropy
    let target = weighted_target(&logits, labels, options);
    let sum = (target.weights * -log_softmax(logits)).sum();
    (sum / target.denominator).into_scalar()
    // END SOLUTION
}

/// The gradient of [`cross_entropy`] by the logits.
///
/// Without options it is `(p - onehot) / n`, with `p` the softmax. In general, with the numbers of
/// the formula above and `W` its denominator, the row of a sample that counts is
///
/// ```text
/// d loss / d x_k = (p_k  sum_j v_j t_j  -  v_k t_k) / W
/// ```
///
/// and the row of one that does not is zero.
///
/// - `logits`: `[n, c]`; `labels`: `[n]`. Gives `[n, c]`.
pub fn cross_entropy_backward(
    logits: Tensor<2>,
    labels: Tensor<1, Int>,
    options: CrossEntropyOptions,
) -> Tensor<2> {
    // BEGIN SOLUTION A1.4 cross_entropy_backward
    let target = weighted_target(&logits, labels, options);
    let softmax = log_softmax(logits).exp();
    let row_sums = target.weights.clone().sum_dim(1);
    (softmax * row_sums - target.weights) / target.denominator.unsqueeze()
    // END SOLUTION
}

// BEGIN SOLUTION
/// What the cross-entropy takes from the labels and the options.
struct WeightedTarget {
    /// `v_k t_k` in the rows that count, 0 in the others: `[n, c]`.
    weights: Tensor<2>,
    /// The sum of `v_y` over the rows that count: `[1]`.
    denominator: Tensor<1>,
}

fn weighted_target(
    logits: &Tensor<2>,
    labels: Tensor<1, Int>,
    options: CrossEntropyOptions,
) -> WeightedTarget {
    let [_, c] = logits.dims();
    let ones = logits.ones_like();
    let labels: Tensor<2, Int> = labels.unsqueeze_dim(1);
    let classes = Tensor::<1, Int>::arange(0..c as i64, (&labels.device(), labels.dtype()));
    let not_the_label = labels.clone().not_equal(classes.unsqueeze());
    let onehot = ones.clone().mask_fill(not_the_label, 0.0);

    let mut counts = ones; // v_k where the row counts, else 0
    if let Some(class_weights) = options.class_weights {
        counts = counts * class_weights.unsqueeze();
    }
    if let Some(ignored) = options.ignore_index {
        let ignored = labels.equal_elem(ignored).expand(counts.dims());
        counts = counts.mask_fill(ignored, 0.0);
    }

    let s = options.label_smoothing;
    let target = onehot.clone() * (1.0 - s) + s / c as f64;
    WeightedTarget {
        weights: counts.clone() * target,
        denominator: (counts * onehot).sum(),
    }
}
// END SOLUTION

/// The mean over all elements of the binary cross-entropy between targets `t` and the sigmoid of
/// logits `x`.
///
/// `-t ln sigmoid(x) - (1 - t) ln(1 - sigmoid(x))` is `softplus(x) - x t`, with
/// `softplus(x) = ln(1 + exp x)`. In this form nothing is lost when the sigmoid rounds to 0 or 1, and
///
/// ```text
/// softplus(x) = max(x, 0) + ln(1 + exp(-|x|))
/// ```
///
/// never overflows. (Burn's own `softplus` gives `x` from 20 on, which is wrong by 2e-9.)
///
/// - `logits`, `targets`: `[rows, columns]`, targets between 0 and 1.
pub fn bce_with_logits(logits: Tensor<2>, targets: Tensor<2>) -> f64 {
    // BEGIN SOLUTION A1.4 bce_with_logits
    let softplus = logits.clone().clamp_min(0.0) + (-logits.clone().abs()).exp().log1p();
    (softplus - logits * targets).mean().into_scalar()
    // END SOLUTION
}

/// The gradient of [`bce_with_logits`] by the logits: `(sigmoid(x) - t) / m`, where `m` is the number
/// of elements.
///
/// - `logits`, `targets`: `[rows, columns]`. Gives the same shape.
pub fn bce_with_logits_backward(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.4 bce_with_logits_backward
    let [rows, columns] = logits.dims();
    (burn::tensor::activation::sigmoid(logits) - targets) / (rows * columns) as f64
    // END SOLUTION
}

/// The mean over all elements of `(x - t)^2`.
///
/// - `predictions`, `targets`: `[rows, columns]`.
pub fn mse(predictions: Tensor<2>, targets: Tensor<2>) -> f64 {
    // BEGIN SOLUTION A1.4 mse
    (predictions - targets).square().mean().into_scalar()
    // END SOLUTION
}

/// The gradient of [`mse`] by the predictions: `2 (x - t) / m`, where `m` is the number of elements.
///
/// - `predictions`, `targets`: `[rows, columns]`. Gives the same shape.
pub fn mse_backward(predictions: Tensor<2>, targets: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.4 mse_backward
    let [rows, columns] = predictions.dims();
    (predictions - targets) * (2.0 / (rows * columns) as f64)
    // END SOLUTION
}

/// The share of rows whose label is not among the `k` largest logits: the metric of the ImageNet
/// challenge, with `k` = 1 and 5.
///
/// Of equal logits the one with the smaller index ranks first. So the rank of the label `y` is the
/// number of classes `j` with `x_j > x_y`, or with `x_j = x_y` and `j < y`; the row is right when the
/// rank is below `k`.
///
/// - `logits`: `[n, c]`; `labels`: `[n]`. Gives a number from 0 to 1.
///
/// Source: Russakovsky et al., "ImageNet large scale visual recognition challenge" (2015).
pub fn topk_error(logits: Tensor<2>, labels: Tensor<1, Int>, k: usize) -> f64 {
    // BEGIN SOLUTION A1.4 topk_error
    let [n, c] = logits.dims();
    let logits: Vec<f64> = logits.into_data().iter().collect();
    let labels = labels.into_data();
    let wrong = logits
        .chunks(c)
        .zip(labels.iter::<i64>())
        .filter(|(row, label)| {
            let y = *label as usize;
            // "Not behind the label" instead of "ahead of it", so that a NaN never counts as right.
            let behind = |j: usize| row[j] < row[y] || (row[j] == row[y] && j > y);
            let rank = (0..c).filter(|&j| j != y && !behind(j)).count();
            rank >= k
        })
        .count();
    wrong as f64 / n as f64
    // END SOLUTION
}

/// The confusion matrix: at `[label, prediction]`, how often that label was given that prediction.
///
/// - `predictions`, `labels`: `[n]`, classes from 0 to `classes - 1`. Gives `[classes, classes]`,
///   whose elements add up to `n` and whose diagonal holds the right ones.
pub fn confusion(
    predictions: Tensor<1, Int>,
    labels: Tensor<1, Int>,
    classes: usize,
) -> Tensor<2, Int> {
    // BEGIN SOLUTION A1.4 confusion
    let options = (&labels.device(), labels.dtype());
    let (predictions, labels) = (predictions.into_data(), labels.into_data());
    let mut counts = vec![0_i64; classes * classes];
    for (prediction, label) in predictions.iter::<i64>().zip(labels.iter::<i64>()) {
        counts[label as usize * classes + prediction as usize] += 1;
    }
    Tensor::from_data(TensorData::new(counts, [classes, classes]), options)
    // END SOLUTION
}

/// The share of samples, over all batches, whose largest logit is at the label.
///
/// The last batch of a data set is often smaller than the others, so the mean of the batches'
/// accuracies is not the accuracy: count right answers and samples, and divide once.
///
/// - Each batch: `logits` `[n, c]`, `labels` `[n]`, with its own `n`.
pub fn accuracy(batches: Vec<Scored>) -> f64 {
    // BEGIN SOLUTION A1.4 accuracy
    let (mut right, mut all) = (0.0, 0.0);
    for batch in batches {
        let [n] = batch.labels.dims();
        let predictions = batch.logits.argmax(1).squeeze_dim(1);
        let hits = predictions.cast(batch.labels.dtype()).equal(batch.labels);
        right += hits.int().sum().into_scalar::<f64>();
        all += n as f64;
    }
    right / all
    // END SOLUTION
}
