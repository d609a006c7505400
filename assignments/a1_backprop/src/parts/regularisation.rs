//! A1.8 Regularisation and augmentation.
//!
//! A network with more parameters than samples can learn its training set by heart. What keeps it
//! from that is collected here: noise inside the network, a price on its weights, an end in time,
//! more data made from what there is, and many networks in place of one.
//!
//! Nothing here draws a random number. Masks, partners and offsets are arguments, so each function has
//! one right answer.

use burn::tensor::{Bool, Int, Tensor, TensorData};
use common::contract::a1::{Averaging, EarlyStop, Mixed, MlpParameters, Offset};

/// Which elements dropout keeps: 1 where `u >= p`, 0 where `u < p`. So `p` is the probability that an
/// element is dropped; `p = 0` keeps all, `p = 1` none.
///
/// - `uniforms`: `[n, d]`, the `u`: one number of `[0, 1)` for each element.
/// - Gives `[n, d]`.
pub fn dropout_mask(uniforms: Tensor<2>, p: f64) -> Tensor<2> {
    // BEGIN SOLUTION A1.8 dropout_mask
    let dropped = uniforms.clone().lower_elem(p);
    uniforms.ones_like().mask_fill(dropped, 0.0)
    // END SOLUTION
}

/// Inverted dropout. In training
///
/// ```text
/// y = mask x / (1 - p)
/// ```
///
/// so that `y` is `x` in the mean and nothing has to be scaled when the network is used. For `p = 1`
/// everything is dropped, and `y` is 0. Outside training `y` is `x` itself, bit for bit, whatever `mask`
/// and `p` are.
///
/// - `x`: `[n, d]`; `mask`: `[n, d]`, from [`dropout_mask`].
///
/// Source: Srivastava et al. (2014); inverted, as every framework does it today.
pub fn dropout_forward(x: Tensor<2>, mask: Tensor<2>, p: f64, training: bool) -> Tensor<2> {
    // BEGIN SOLUTION A1.8 dropout_forward
    scaled_by_mask(x, mask, p, training)
    // END SOLUTION
}

/// The gradient of dropout: `dx = mask dy / (1 - p)` in training, with the mask of the forward pass;
/// 0 for `p = 1`; `dy` itself outside training.
///
/// - `dy`, `mask`: `[n, d]`.
pub fn dropout_backward(dy: Tensor<2>, mask: Tensor<2>, p: f64, training: bool) -> Tensor<2> {
    // BEGIN SOLUTION A1.8 dropout_backward
    scaled_by_mask(dy, mask, p, training)
    // END SOLUTION
}

// BEGIN SOLUTION
/// Dropout is linear and its matrix diagonal: forward and backward are the same function.
fn scaled_by_mask(x: Tensor<2>, mask: Tensor<2>, p: f64, training: bool) -> Tensor<2> {
    match training {
        false => x,
        true if p == 1.0 => x.zeros_like(), // the scale would be infinite
        true => x * mask * (1.0 / (1.0 - p)),
    }
}
// END SOLUTION

/// The L1 penalty, which is added to the loss:
///
/// ```text
/// lambda (the sum of |w| over all elements of all weights)
/// ```
///
/// - `with_biases`: whether the biases count as well. Usually they do not: they bend nothing.
///
/// Source: Tibshirani, "Regression shrinkage and selection via the lasso" (1996).
pub fn l1_penalty(parameters: MlpParameters, lambda: f64, with_biases: bool) -> f64 {
    // BEGIN SOLUTION A1.8 l1_penalty
    let sum = sum_over(parameters, with_biases, |w| w.abs());
    lambda * sum
    // END SOLUTION
}

/// The gradient of the L1 penalty: `lambda sign(w)`, and 0 at `w = 0`.
///
/// - Gives the gradients in the shapes of the parameters. Those of biases are zeros unless
///   `with_biases`.
pub fn l1_gradient(parameters: MlpParameters, lambda: f64, with_biases: bool) -> MlpParameters {
    // BEGIN SOLUTION A1.8 l1_gradient
    let of_biases = if with_biases { lambda } else { 0.0 };
    let MlpParameters { weights, biases } = parameters;
    MlpParameters {
        weights: weights.into_iter().map(|w| w.sign() * lambda).collect(),
        biases: biases.into_iter().map(|b| b.sign() * of_biases).collect(),
    }
    // END SOLUTION
}

/// The L2 penalty, which is added to the loss:
///
/// ```text
/// lambda / 2 (the sum of w^2 over all elements of all weights)
/// ```
///
/// The half is there for the gradient, which then is `lambda w`: the weight decay of A1.6.
///
/// - `with_biases`: whether the biases count as well.
///
/// Source: Hoerl & Kennard, "Ridge regression" (1970); Krogh & Hertz (1991) for networks.
pub fn l2_penalty(parameters: MlpParameters, lambda: f64, with_biases: bool) -> f64 {
    // BEGIN SOLUTION A1.8 l2_penalty
    let sum = sum_over(parameters, with_biases, |w| w.square());
    lambda / 2.0 * sum
    // END SOLUTION
}

/// The gradient of the L2 penalty: `lambda w`.
///
/// - Gives the gradients in the shapes of the parameters. Those of biases are zeros unless
///   `with_biases`.
pub fn l2_gradient(parameters: MlpParameters, lambda: f64, with_biases: bool) -> MlpParameters {
    // BEGIN SOLUTION A1.8 l2_gradient
    let of_biases = if with_biases { lambda } else { 0.0 };
    let MlpParameters { weights, biases } = parameters;
    MlpParameters {
        weights: weights.into_iter().map(|w| w * lambda).collect(),
        biases: biases.into_iter().map(|b| b * of_biases).collect(),
    }
    // END SOLUTION
}

// BEGIN SOLUTION
/// The sum of `f(w)` over the elements of the weights and, if asked, of the biases.
fn sum_over(parameters: MlpParameters, with_biases: bool, f: fn(Tensor<1>) -> Tensor<1>) -> f64 {
    let weights = parameters.weights.into_iter().map(|w| w.reshape([-1]));
    let biases = parameters.biases.into_iter().filter(|_| with_biases);
    weights
        .chain(biases)
        .map(|w| f(w).sum().into_scalar::<f64>())
        .sum()
}
// END SOLUTION

/// When to stop training. With the best loss infinite at first, go through the losses:
///
/// - A loss is an improvement when it is smaller than the best one by more than `min_delta`:
///   `loss < best - min_delta`. It then is the best one, and the wait starts again.
/// - After `patience` epochs in a row without improvement training stops. The losses of later epochs
///   are not looked at: in training they would not exist.
///
/// A loss that is NaN is no improvement.
///
/// - `losses`: the validation loss of each epoch; `patience`: at least 1; `min_delta`: at least 0.
/// - Gives the epoch after which training stops, and the epoch whose parameters are to be kept: the
///   last improvement. Epochs count from 0.
///
/// Source: Prechelt, "Early stopping, but when?" (1998).
pub fn early_stopping(losses: Vec<f64>, patience: usize, min_delta: f64) -> EarlyStop {
    // BEGIN SOLUTION A1.8 early_stopping
    let mut lowest = f64::INFINITY;
    let (mut best, mut waited) = (None, 0);
    for (epoch, loss) in losses.into_iter().enumerate() {
        if loss < lowest - min_delta {
            (lowest, best, waited) = (loss, Some(epoch), 0);
        } else {
            waited += 1;
        }
        if waited == patience {
            let stop = Some(epoch);
            return EarlyStop { stop, best };
        }
    }
    EarlyStop { stop: None, best }
    // END SOLUTION
}

/// Mixup: the network learns from samples between samples, and from labels between labels.
///
/// ```text
/// x_i <- lambda x_i + (1 - lambda) x_j        t_i <- lambda t_i + (1 - lambda) t_j
/// ```
///
/// where `j` is the partner of `i`, and all on the right is from before.
///
/// - `x`: `[n, d]`; `targets`: `[n, c]`, the probabilities of the classes, one-hot at first;
///   `partners`: `[n]`, the row `j` for each row `i`; `lambda`: from 0 to 1.
///
/// Source: Zhang et al., "mixup: beyond empirical risk minimization" (2018).
pub fn mixup(x: Tensor<2>, targets: Tensor<2>, partners: Tensor<1, Int>, lambda: f64) -> Mixed {
    // BEGIN SOLUTION A1.8 mixup
    let mix = |t: Tensor<2>| t.clone() * lambda + t.select(0, partners.clone()) * (1.0 - lambda);
    Mixed {
        x: mix(x),
        targets: mix(targets),
    }
    // END SOLUTION
}

/// Moves each image by its own offset. The pixel at row `r` and column `c` goes to row `r + down` and
/// column `c + right`; what leaves the image is lost, and the pixels that nothing moved to are
/// `background`. An offset may be larger than the image: nothing of that image is left.
///
/// - `images`: `[n, channels, height, width]`; `offsets`: one for each image.
/// - Gives the images in the same shape.
pub fn shift_images(images: Tensor<4>, offsets: Vec<Offset>, background: f64) -> Tensor<4> {
    // BEGIN SOLUTION A1.8 shift_images
    let [_, channels, height, width] = images.dims();
    let shifted = images.split(1, 0).into_iter().zip(offsets);
    let shifted = shifted.map(|(image, Offset { down, right })| {
        let empty = image.full_like(background);
        let (Some(rows), Some(columns)) = (overlap(down, height), overlap(right, width)) else {
            return empty;
        };
        let kept = image.slice([0..1, 0..channels, rows.from, columns.from]);
        empty.slice_assign([0..1, 0..channels, rows.to, columns.to], kept)
    });
    Tensor::cat(shifted.collect(), 0)
    // END SOLUTION
}

// BEGIN SOLUTION
/// Where the pixels of an axis that stay inside come from and go to.
struct Overlap {
    from: std::ops::Range<usize>,
    to: std::ops::Range<usize>,
}

/// The overlap of an axis of `size` pixels with itself moved by `offset`, if there is one.
fn overlap(offset: i64, size: usize) -> Option<Overlap> {
    let by = offset.unsigned_abs() as usize;
    let (near, far) = (0..size.checked_sub(by)?, by..size);
    let (from, to) = if offset < 0 { (far, near) } else { (near, far) };
    (!to.is_empty()).then_some(Overlap { from, to })
}
// END SOLUTION

/// Mirrors images left to right: column `c` goes to column `width - 1 - c`.
///
/// - `images`: `[n, channels, height, width]`; `flips`: for each image whether it is mirrored. The
///   others stay as they are.
/// - Gives the images in the same shape.
pub fn flip_images(images: Tensor<4>, flips: Vec<bool>) -> Tensor<4> {
    // BEGIN SOLUTION A1.8 flip_images
    let n = flips.len();
    let mask = Tensor::<4, Bool>::from_data(TensorData::new(flips, [n, 1, 1, 1]), &images.device());
    let mask = mask.expand(images.dims());
    images.clone().mask_where(mask, images.flip([3]))
    // END SOLUTION
}

/// What several models say together. The softmax makes probabilities `p` of each model's logits, and
/// over the models
///
/// ```text
/// Probabilities:     P = the mean of p
/// LogProbabilities:  P = exp(the mean of ln p) / Z
/// ```
///
/// where `Z` makes the classes of a row add up to 1. In the second one a single member that finds a
/// class next to impossible can rule it out.
///
/// The answer is finite for logits of any size. As in A1.4, never take the logarithm of a probability;
/// the logarithm of a sum of exponentials is
///
/// ```text
/// ln (the sum of exp(x)) = m + ln (the sum of exp(x - m))        with m the largest x
/// ```
///
/// - `logits`: `[n, c]` for each model, at least one.
/// - Gives `ln P`, `[n, c]`.
///
/// Source: Hansen & Salamon, "Neural network ensembles" (1990); Hinton (2002) for products.
pub fn ensemble_average(logits: Vec<Tensor<2>>, averaging: Averaging) -> Tensor<2> {
    // BEGIN SOLUTION A1.8 ensemble_average
    let models = logits.len() as f64;
    let log_p = normalised(Tensor::<2>::stack(logits, 0)); // [models, n, c]
    let average = match averaging {
        Averaging::Probabilities => log_sum_exp(log_p, 0) - models.ln(),
        Averaging::LogProbabilities => normalised(log_p.mean_dim(0)),
    };
    average.squeeze_dim(0)
    // END SOLUTION
}

// BEGIN SOLUTION
/// Logits `[models, n, c]` as log-probabilities.
fn normalised(logits: Tensor<3>) -> Tensor<3> {
    logits.clone() - log_sum_exp(logits, 2)
}

/// The logarithm of the sum of the exponentials along `axis`, which stays with size 1.
fn log_sum_exp(x: Tensor<3>, axis: usize) -> Tensor<3> {
    let max = x.clone().max_dim(axis);
    (x - max.clone()).exp().sum_dim(axis).log() + max
}
// END SOLUTION
