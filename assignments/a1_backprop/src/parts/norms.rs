//! A1.9 Batch, layer and RMS normalisation.
//!
//! A normaliser takes a set of numbers to mean 0 and variance 1,
//!
//! ```text
//! x^ = (x - mean) / sqrt(variance + eps)        y = gamma x^ + beta
//! ```
//!
//! and then gives each feature a scale `gamma` and a shift `beta` of its own, which are learned. Batch
//! normalisation takes each column of the batch for such a set, layer normalisation each row.
//!
//! `variance` is the mean of `(x - mean)^2`, divided by the number of values and not by one less. Do not
//! compute it as `mean(x^2) - mean^2`: for values far from 0 that is the difference of two large numbers,
//! and nothing is left of it. With `eps > 0` all results are finite, also where all values are equal.

use burn::tensor::Tensor;
use common::contract::a1::{
    BatchNormForward, BatchNormSequenceForward, BatchNormSettings, NormGradients,
    NormSequenceGradients, RmsNormGradients, RunningStatistics,
};

/// Batch normalisation: each feature is normalised over the batch.
///
/// In training the mean and the variance are those of each column of `x`, and the running statistics
/// move towards them:
///
/// ```text
/// running <- (1 - momentum) running + momentum batch
/// ```
///
/// where the batch's share of the running variance is the unbiased one, `n / (n - 1)` times the variance
/// that `x` is normalised with. Otherwise `x` is normalised with the running statistics, which come out
/// unchanged: then no sample depends on another.
///
/// - `x`: `[n, d]`; `gamma`, `beta`: `[d]`. Gives `y` `[n, d]`.
/// - In training `n` must be 2 or more: one value has no variance. With fewer the answer is an error
///   that says so.
///
/// Source: Ioffe & Szegedy, "Batch normalization" (2015), Algorithms 1 and 2; momentum and running
/// variance as in PyTorch.
pub fn batchnorm_forward(
    x: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    running: RunningStatistics,
    settings: BatchNormSettings,
) -> Result<BatchNormForward, String> {
    // BEGIN SOLUTION A1.9 batchnorm_forward
    let (mean, variance, running) = if settings.training {
        let [n, _] = x.dims();
        if n < 2 {
            return Err(format!(
                "batch normalisation cannot train on {n} values per feature: it needs 2 or more"
            ));
        }
        let (mean, variance) = moments(x.clone(), 0);
        let unbiased = variance.clone() * (n as f64 / (n - 1) as f64);
        let moved = |old: Tensor<1>, batch: Tensor<2>| {
            old * (1.0 - settings.momentum) + batch.squeeze_dim(0) * settings.momentum
        };
        let running = RunningStatistics {
            mean: moved(running.mean, mean.clone()),
            variance: moved(running.variance, unbiased),
        };
        (mean, variance, running)
    } else {
        let mean = running.mean.clone().unsqueeze();
        let variance = running.variance.clone().unsqueeze();
        (mean, variance, running)
    };
    let normalised = (x - mean) / (variance + settings.eps).sqrt();
    let y = normalised * gamma.unsqueeze() + beta.unsqueeze();
    Ok(BatchNormForward { y, running })
    // END SOLUTION
}

/// The gradients of batch normalisation in training, the long way: the forward pass is taken apart into
/// single operations, and each is gone back through.
///
/// ```text
/// mean       = the mean of each column of x
/// centred    = x - mean
/// variance   = the mean of each column of centred^2
/// root       = sqrt(variance + eps)
/// inverse    = 1 / root
/// normalised = centred inverse
/// y          = gamma normalised + beta
/// ```
///
/// Go through these lines from the last to the first and write, for each `v`, its gradient `dv`. What a column shares gets
/// the sum over the column; `centred` and `x` are used twice, so their gradients have two terms.
///
/// - `x`, `dy`: `[n, d]`; `gamma`: `[d]`.
/// - Gives `dx` `[n, d]`, `dgamma` `[d]`, `dbeta` `[d]`.
pub fn batchnorm_backward_by_steps(
    x: Tensor<2>,
    gamma: Tensor<1>,
    dy: Tensor<2>,
    eps: f64,
) -> NormGradients {
    // BEGIN SOLUTION A1.9 batchnorm_backward_by_steps
    let n = x.dims()[0] as f64;
    let centred = x.clone() - x.mean_dim(0);
    let root = (centred.clone().square().mean_dim(0) + eps).sqrt();
    let inverse = root.clone().recip();
    let normalised = centred.clone() * inverse.clone();

    let dbeta = dy.clone().sum_dim(0);
    let dgamma = (dy.clone() * normalised).sum_dim(0);
    let dnormalised = dy * gamma.unsqueeze();

    let dinverse = (dnormalised.clone() * centred.clone()).sum_dim(0);
    let droot = -dinverse * inverse.clone().square();
    let dvariance = droot / (root * 2.0);
    let dcentred = dnormalised * inverse + centred * 2.0 * dvariance / n;

    let dmean = -dcentred.clone().sum_dim(0);
    NormGradients {
        dx: dcentred + dmean / n,
        dgamma: dgamma.squeeze_dim(0),
        dbeta: dbeta.squeeze_dim(0),
    }
    // END SOLUTION
}

/// The gradients of batch normalisation in training, in closed form: all steps put together and
/// simplified.
///
/// ```text
/// dx = gamma / sqrt(variance + eps) (dy - mean(dy) - x^ mean(dy x^))
/// dgamma = sum(dy x^)        dbeta = sum(dy)
/// ```
///
/// with means and sums over each column.
///
/// - `x`, `dy`: `[n, d]`; `gamma`: `[d]`.
/// - Gives `dx` `[n, d]`, `dgamma` `[d]`, `dbeta` `[d]`.
pub fn batchnorm_backward(
    x: Tensor<2>,
    gamma: Tensor<1>,
    dy: Tensor<2>,
    eps: f64,
) -> NormGradients {
    // BEGIN SOLUTION A1.9 batchnorm_backward
    backward_along(0, x, gamma, dy, eps)
    // END SOLUTION
}

/// Batch normalisation of sequences: each channel is normalised over all positions of all samples.
///
/// As [`batchnorm_forward`], but a channel has `n l` values in the batch: they share one mean and one
/// variance, and `n l` takes the place of `n`.
///
/// - `x`: `[n, d, l]`, `n` samples with `d` channels at `l` positions; `gamma`, `beta`: `[d]`. Gives `y`
///   `[n, d, l]`.
/// - In training `n l` must be 2 or more. With fewer the answer is an error that says so.
///
/// Source: Ioffe & Szegedy (2015), section 3.2.
pub fn batchnorm_sequence_forward(
    x: Tensor<3>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    running: RunningStatistics,
    settings: BatchNormSettings,
) -> Result<BatchNormSequenceForward, String> {
    // BEGIN SOLUTION A1.9 batchnorm_sequence_forward
    let shape = x.dims();
    let BatchNormForward { y, running } =
        batchnorm_forward(to_rows(x), gamma, beta, running, settings)?;
    Ok(BatchNormSequenceForward {
        y: from_rows(y, shape),
        running,
    })
    // END SOLUTION
}

/// The gradients of batch normalisation of sequences in training. Sums and means go over the samples
/// and the positions of each channel.
///
/// - `x`, `dy`: `[n, d, l]`; `gamma`: `[d]`.
/// - Gives `dx` `[n, d, l]`, `dgamma` `[d]`, `dbeta` `[d]`.
pub fn batchnorm_sequence_backward(
    x: Tensor<3>,
    gamma: Tensor<1>,
    dy: Tensor<3>,
    eps: f64,
) -> NormSequenceGradients {
    // BEGIN SOLUTION A1.9 batchnorm_sequence_backward
    let shape = x.dims();
    let gradients = batchnorm_backward(to_rows(x), gamma, to_rows(dy), eps);
    NormSequenceGradients {
        dx: from_rows(gradients.dx, shape),
        dgamma: gradients.dgamma,
        dbeta: gradients.dbeta,
    }
    // END SOLUTION
}

/// Layer normalisation: each sample is normalised over its features. There is nothing to remember, and
/// no difference between training and use.
///
/// - `x`: `[n, d]`; `gamma`, `beta`: `[d]`, one number per feature as in batch normalisation. Gives
///   `[n, d]`.
///
/// Source: Ba, Kiros & Hinton, "Layer normalization" (2016).
pub fn layernorm_forward(x: Tensor<2>, gamma: Tensor<1>, beta: Tensor<1>, eps: f64) -> Tensor<2> {
    // BEGIN SOLUTION A1.9 layernorm_forward
    let (normalised, _) = normalise(x, 1, eps);
    normalised * gamma.unsqueeze() + beta.unsqueeze()
    // END SOLUTION
}

/// The gradients of layer normalisation. With `g = dy gamma`, which is not the same for all numbers of
/// a row,
///
/// ```text
/// dx = (g - mean(g) - x^ mean(g x^)) / sqrt(variance + eps)
/// dgamma = sum(dy x^)        dbeta = sum(dy)
/// ```
///
/// with the means over each row, and the sums, as always, over the samples.
///
/// - `x`, `dy`: `[n, d]`; `gamma`: `[d]`.
/// - Gives `dx` `[n, d]`, `dgamma` `[d]`, `dbeta` `[d]`.
pub fn layernorm_backward(
    x: Tensor<2>,
    gamma: Tensor<1>,
    dy: Tensor<2>,
    eps: f64,
) -> NormGradients {
    // BEGIN SOLUTION A1.9 layernorm_backward
    backward_along(1, x, gamma, dy, eps)
    // END SOLUTION
}

/// RMS normalisation: each sample is divided by the root of its mean square. No mean is taken off, and
/// there is no shift.
///
/// ```text
/// x^ = x / sqrt(mean(x^2) + eps)        y = gamma x^
/// ```
///
/// - `x`: `[n, d]`; `gamma`: `[d]`. Gives `[n, d]`.
///
/// Source: Zhang & Sennrich, "Root mean square layer normalization" (2019).
pub fn rmsnorm_forward(x: Tensor<2>, gamma: Tensor<1>, eps: f64) -> Tensor<2> {
    // BEGIN SOLUTION A1.9 rmsnorm_forward
    let root = root_mean_square(x.clone(), 1, eps);
    x / root * gamma.unsqueeze()
    // END SOLUTION
}

/// The gradients of RMS normalisation. With `g = dy gamma`,
///
/// ```text
/// dx = (g - x^ mean(g x^)) / sqrt(mean(x^2) + eps)        dgamma = sum(dy x^)
/// ```
///
/// with the means over each row and the sum over the samples.
///
/// - `x`, `dy`: `[n, d]`; `gamma`: `[d]`.
/// - Gives `dx` `[n, d]`, `dgamma` `[d]`.
pub fn rmsnorm_backward(
    x: Tensor<2>,
    gamma: Tensor<1>,
    dy: Tensor<2>,
    eps: f64,
) -> RmsNormGradients {
    // BEGIN SOLUTION A1.9 rmsnorm_backward
    let root = root_mean_square(x.clone(), 1, eps);
    let normalised = x / root.clone();
    let g = dy.clone() * gamma.unsqueeze();
    let along = (g.clone() * normalised.clone()).mean_dim(1);
    RmsNormGradients {
        dx: (g - normalised.clone() * along) / root,
        dgamma: (dy * normalised).sum_dim(0).squeeze_dim(0),
    }
    // END SOLUTION
}

// BEGIN SOLUTION
/// The mean and the variance along an axis, which stays with size 1.
fn moments(x: Tensor<2>, axis: usize) -> (Tensor<2>, Tensor<2>) {
    let mean = x.clone().mean_dim(axis);
    let variance = (x - mean.clone()).square().mean_dim(axis);
    (mean, variance)
}

/// `sqrt(mean(x^2) + eps)` along an axis, which stays with size 1.
fn root_mean_square(x: Tensor<2>, axis: usize, eps: f64) -> Tensor<2> {
    (x.square().mean_dim(axis) + eps).sqrt()
}

/// `x^` along an axis, and the root it was divided by.
fn normalise(x: Tensor<2>, axis: usize, eps: f64) -> (Tensor<2>, Tensor<2>) {
    let (mean, variance) = moments(x.clone(), axis);
    let root = (variance + eps).sqrt();
    ((x - mean) / root.clone(), root)
}

/// The gradients of `gamma x^ + beta` where `x` is normalised along `axis`: batch and layer
/// normalisation differ in nothing else.
fn backward_along(
    axis: usize,
    x: Tensor<2>,
    gamma: Tensor<1>,
    dy: Tensor<2>,
    eps: f64,
) -> NormGradients {
    let (normalised, root) = normalise(x, axis, eps);
    let g = dy.clone() * gamma.unsqueeze();
    let along = (g.clone() * normalised.clone()).mean_dim(axis);
    NormGradients {
        dx: (g.clone() - g.mean_dim(axis) - normalised.clone() * along) / root,
        dgamma: (dy.clone() * normalised).sum_dim(0).squeeze_dim(0),
        dbeta: dy.sum_dim(0).squeeze_dim(0),
    }
}

/// `[n, d, l]` as `[n l, d]`: every position of every sample becomes a row.
fn to_rows(x: Tensor<3>) -> Tensor<2> {
    let [n, d, l] = x.dims();
    x.swap_dims(1, 2).reshape([n * l, d])
}

/// The inverse of [`to_rows`] for sequences of `shape`.
fn from_rows(rows: Tensor<2>, [n, d, l]: [usize; 3]) -> Tensor<3> {
    rows.reshape([n, l, d]).swap_dims(1, 2)
}
// END SOLUTION
