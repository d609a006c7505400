//! A2.8 Spatial and group normalisation, folding.
//!
//! A normaliser takes a set of numbers to mean 0 and variance 1, and then gives each channel a scale and a shift of its own:
//!
//! ```text
//! x^ = (x - mean) / sqrt(variance + eps)        y = gamma[c] x^ + beta[c]
//! ```
//!
//! What differs is the set. Of images `[n, c, height, width]`
//!
//! ```text
//! spatial batch normalisation takes    one channel of all images
//! group normalisation                  some channels of one image
//! instance normalisation               one channel of one image
//! ```
//!
//! each with all its pixels. `variance` is the mean of `(x - mean)^2`, divided by the number of values and not by one
//! less. Do not compute it as `mean(x^2) - mean^2`, which is the difference of two large numbers for values far from 0. With
//! `eps > 0` all results are finite, also where all values are equal.
//!
//! Backwards, mean and variance depend on every number of their set. With `g = dy gamma`, and the means over the set,
//!
//! ```text
//! dx = (g - mean(g) - x^ mean(g x^)) / sqrt(variance + eps)
//! ```
//!
//! while `dgamma` is the sum of `dy x^`, and `dbeta` that of `dy`, over all images and pixels of a channel, whatever the
//! sets are.

use burn::tensor::Tensor;
use common::contract::a2::{
    FoldedConv, SpatialBnForward, SpatialNormGradients, SpatialNormSettings, SpatialStatistics,
};

/// Batch normalisation of images: each channel is normalised over all pixels of all images.
///
/// In training the mean and the variance are those of the batch, and the running statistics move towards them:
///
/// ```text
/// running <- (1 - momentum) running + momentum batch
/// ```
///
/// where the batch's share of the running variance is the unbiased one: with `m = n height width` values per channel,
/// `m / (m - 1)` times the variance that `x` is normalised with. Otherwise `x` is normalised with the running
/// statistics, which come out unchanged.
///
/// - `x`: `[n, c, height, width]`; `gamma`, `beta`: `[c]`.
/// - In training `m` must be 2 or more. With fewer the answer is an error that says so.
///
/// Source: Ioffe & Szegedy, "Batch normalization" (2015), section 3.2; momentum and running variance as in PyTorch.
pub fn spatial_bn_forward(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    running: SpatialStatistics,
    settings: SpatialNormSettings,
) -> Result<SpatialBnForward, String> {
    // BEGIN SOLUTION A2.8 spatial_bn_forward
    let shape = x.dims();
    let [n, c, height, width] = shape;
    if !settings.training {
        let root = (running.variance.clone() + settings.eps).sqrt();
        let normalised = (x - per_channel(running.mean.clone())) / per_channel(root);
        let y = normalised * per_channel(gamma) + per_channel(beta);
        return Ok(SpatialBnForward { y, running });
    }
    let m = n * height * width;
    if m < 2 {
        return Err(format!(
            "batch normalisation cannot train on {m} values per channel: it needs 2 or more"
        ));
    }
    let sets = normalise(channels_as_rows(x), settings.eps);
    let moved = |old: Tensor<1>, batch: Tensor<2>| {
        old * (1.0 - settings.momentum) + batch.reshape([c]) * settings.momentum
    };
    let running = SpatialStatistics {
        mean: moved(running.mean, sets.mean),
        variance: moved(
            running.variance,
            sets.variance * (m as f64 / (m - 1) as f64),
        ),
    };
    let normalised = rows_as_channels(sets.normalised, shape);
    let y = normalised * per_channel(gamma) + per_channel(beta);
    Ok(SpatialBnForward { y, running })
    // END SOLUTION
}

/// The gradients of spatial batch normalisation in training, by the formula at the top; a set is a channel.
///
/// - `x`, `dy`: `[n, c, height, width]`; `gamma`: `[c]`.
pub fn spatial_bn_backward(
    x: Tensor<4>,
    gamma: Tensor<1>,
    dy: Tensor<4>,
    eps: f64,
) -> SpatialNormGradients {
    // BEGIN SOLUTION A2.8 spatial_bn_backward
    let shape = x.dims();
    let sets = normalise(channels_as_rows(x), eps);
    let normalised = rows_as_channels(sets.normalised.clone(), shape);
    let g = channels_as_rows(dy.clone() * per_channel(gamma));
    gradients(rows_as_channels(sets.backward(g), shape), normalised, dy)
    // END SOLUTION
}

/// Group normalisation: in each image, each group of channels is normalised over its channels and pixels. There is
/// nothing to remember, no difference between training and use, and no image depends on another.
///
/// The groups are runs of neighbours: of 6 channels in 2 groups, channels 0, 1, 2 are the first. `gamma` and `beta` are
/// per channel and not per group. One group is layer normalisation over channel, height and width; as many groups as
/// channels are instance normalisation.
///
/// - `x`: `[n, c, height, width]`; `gamma`, `beta`: `[c]`. Gives `[n, c, height, width]`.
/// - `groups` must divide `c`. If it does not, or is 0, the answer is an error that says so.
///
/// Source: Wu & He, "Group normalization" (2018).
pub fn group_norm_forward(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    groups: usize,
    eps: f64,
) -> Result<Tensor<4>, String> {
    // BEGIN SOLUTION A2.8 group_norm_forward
    let shape = x.dims();
    let c = shape[1];
    if groups == 0 || !c.is_multiple_of(groups) {
        return Err(format!(
            "{c} channels cannot be divided into {groups} groups"
        ));
    }
    let sets = normalise(groups_as_rows(x, groups), eps);
    let normalised = sets.normalised.reshape(shape);
    Ok(normalised * per_channel(gamma) + per_channel(beta))
    // END SOLUTION
}

/// The gradients of group normalisation, by the formula at the top; a set is a group of channels of one image, in which
/// `gamma` differs from channel to channel.
///
/// - `x`, `dy`: `[n, c, height, width]`; `gamma`: `[c]`; `groups` divides `c`.
pub fn group_norm_backward(
    x: Tensor<4>,
    gamma: Tensor<1>,
    dy: Tensor<4>,
    groups: usize,
    eps: f64,
) -> SpatialNormGradients {
    // BEGIN SOLUTION A2.8 group_norm_backward
    let shape = x.dims();
    let sets = normalise(groups_as_rows(x, groups), eps);
    let normalised = sets.normalised.clone().reshape(shape);
    let g = groups_as_rows(dy.clone() * per_channel(gamma), groups);
    gradients(sets.backward(g).reshape(shape), normalised, dy)
    // END SOLUTION
}

/// Instance normalisation: each channel of each image is normalised over its pixels. It takes an image's contrast and
/// brightness away, which transfers of style asked for first.
///
/// - `x`: `[n, c, height, width]`; `gamma`, `beta`: `[c]`. Gives `[n, c, height, width]`.
///
/// Source: Ulyanov, Vedaldi & Lempitsky, "Instance normalization" (2016).
pub fn instance_norm_forward(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    eps: f64,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.8 instance_norm_forward
    let c = x.dims()[1];
    group_norm_forward(x, gamma, beta, c, eps).expect("c groups divide c channels")
    // END SOLUTION
}

/// The gradients of instance normalisation.
///
/// - `x`, `dy`: `[n, c, height, width]`; `gamma`: `[c]`.
pub fn instance_norm_backward(
    x: Tensor<4>,
    gamma: Tensor<1>,
    dy: Tensor<4>,
    eps: f64,
) -> SpatialNormGradients {
    // BEGIN SOLUTION A2.8 instance_norm_backward
    let c = x.dims()[1];
    group_norm_backward(x, gamma, dy, c, eps)
    // END SOLUTION
}

/// The convolution that does alone what a convolution and spatial batch normalisation after it do outside training.
///
/// There the normalisation is a scale and a shift of each output channel, which are known once training is over, and
/// the convolution is linear. So for every `x`
///
/// ```text
/// conv(x, folded weight, folded bias) = spatial_bn(conv(x, weight, bias))
/// ```
///
/// and the deployed network is faster by a layer. Find weight and bias from that equation.
///
/// - `weight`: `[c_out, c_in / groups, kernel rows, kernel columns]`; all others: `[c_out]`. How the kernel moves
///   (stride, padding, groups) does not matter.
///
/// Source: Jacob et al., "Quantization and training of neural networks" (2018), section 3.2.
pub fn fold_bn_into_conv(
    weight: Tensor<4>,
    bias: Tensor<1>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    running: SpatialStatistics,
    eps: f64,
) -> FoldedConv {
    // BEGIN SOLUTION A2.8 fold_bn_into_conv
    let scale = gamma / (running.variance + eps).sqrt();
    let [c_out] = scale.dims();
    FoldedConv {
        weight: weight * scale.clone().reshape([c_out, 1, 1, 1]),
        bias: (bias - running.mean) * scale + beta,
    }
    // END SOLUTION
}

// BEGIN SOLUTION
/// Sets of numbers, one in each row, normalised.
struct Sets {
    /// `[sets, 1]`
    mean: Tensor<2>,
    /// `[sets, 1]`
    variance: Tensor<2>,
    /// `[sets, 1]`, the root of variance and eps.
    root: Tensor<2>,
    /// `[sets, values]`
    normalised: Tensor<2>,
}

fn normalise(x: Tensor<2>, eps: f64) -> Sets {
    let mean = x.clone().mean_dim(1);
    let centred = x - mean.clone();
    let variance = centred.clone().square().mean_dim(1);
    let root = (variance.clone() + eps).sqrt();
    Sets {
        normalised: centred / root.clone(),
        mean,
        variance,
        root,
    }
}

impl Sets {
    /// The gradient by the numbers from `g` `[sets, values]`, that by the normalised ones.
    fn backward(self, g: Tensor<2>) -> Tensor<2> {
        let along = (g.clone() * self.normalised.clone()).mean_dim(1);
        (g.clone() - g.mean_dim(1) - self.normalised * along) / self.root
    }
}

/// `dx`, and the gradients by scale and shift, which are sums over everything but the channels.
fn gradients(dx: Tensor<4>, normalised: Tensor<4>, dy: Tensor<4>) -> SpatialNormGradients {
    let c = dx.dims()[1];
    let per_channel = |x: Tensor<4>| x.sum_dim(3).sum_dim(2).sum_dim(0).reshape([c]);
    SpatialNormGradients {
        dx,
        dgamma: per_channel(dy.clone() * normalised),
        dbeta: per_channel(dy),
    }
}

/// `[c]` as `[1, c, 1, 1]`, which fits images.
fn per_channel(x: Tensor<1>) -> Tensor<4> {
    let [c] = x.dims();
    x.reshape([1, c, 1, 1])
}

/// `[n, c, height, width]` as `[c, n height width]`.
fn channels_as_rows(x: Tensor<4>) -> Tensor<2> {
    let [n, c, height, width] = x.dims();
    x.swap_dims(0, 1).reshape([c, n * height * width])
}

/// The inverse of [`channels_as_rows`].
fn rows_as_channels(x: Tensor<2>, [n, c, height, width]: [usize; 4]) -> Tensor<4> {
    x.reshape([c, n, height, width]).swap_dims(0, 1)
}

/// `[n, c, height, width]` as `[n groups, c / groups height width]`.
fn groups_as_rows(x: Tensor<4>, groups: usize) -> Tensor<2> {
    let [n, c, height, width] = x.dims();
    x.reshape([n * groups, c / groups * height * width])
}
// END SOLUTION
