//! Mutants of A2.8: spatial batch normalisation, and folding.

use a2_cnn::parts::spatial_norms as reference;
use burn::tensor::Tensor;
use common::contract::a2::{
    FoldedConv, SpatialBnForward, SpatialNormGradients, SpatialNormSettings, SpatialStatistics,
};
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.8";

/// The mutants of this part that are about batch normalisation or folding.
pub fn mutants() -> Vec<Mutant> {
    let mut all = forward();
    all.extend(running());
    all.extend(backward());
    all.extend(fold());
    all
}

fn forward() -> Vec<Mutant> {
    vec![
        mutant!(
            spatial_norms.spatial_bn_forward / "over_images_alone",
            "each pixel has statistics of its own, over the images",
            |x, g, b, r, s| trained(x, g, b, r, s, |x, eps| by_hand(x, &[0], eps))
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "each_image_alone",
            "the statistics do not go over the images",
            |x, g, b, r, s| trained(x, g, b, r, s, |x, eps| by_hand(x, &[2, 3], eps))
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "over_the_channels_too",
            "all channels have one mean and one variance",
            |x, g, b, r, s| trained(x, g, b, r, s, |x, eps| by_hand(x, &[0, 1, 2, 3], eps))
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "reshaped_without_a_swap",
            "[n, c, height, width] is taken for [c, n, height, width]",
            |x, g, b, r, s| trained(x, g, b, r, s, |x, eps| {
                let shape = x.dims();
                let [n, c, height, width] = shape;
                let rows = x.reshape([c, n, height, width]);
                by_hand(rows, &[1, 2, 3], eps).reshape(shape)
            })
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "unbiased_normalisation",
            "normalises with the variance over m - 1",
            |x, g, b, r, s| trained(x, g, b, r, s, |x, eps| {
                let m = per_channel(&x);
                let centred = x.clone() - mean(x, CHANNEL);
                let variance = mean(centred.clone().square(), CHANNEL) * (m / (m - 1.0));
                centred / (variance + eps).sqrt()
            })
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "eps_outside_root",
            "eps is added to the root",
            |x, g, b, r, s| trained(x, g, b, r, s, |x, eps| {
                let centred = x.clone() - mean(x, CHANNEL);
                let variance = mean(centred.clone().square(), CHANNEL);
                centred / (variance.sqrt() + eps)
            })
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "fixed_eps",
            "eps is 1e-5, whatever was asked for",
            |x, g, b, r, s| {
                let s = SpatialNormSettings { eps: 1e-5, ..s };
                reference::spatial_bn_forward(x, g, b, r, s)
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "difference_of_moments",
            "the variance is mean(x^2) - mean^2",
            |x, g, b, r, s| trained(x, g, b, r, s, |x, eps| {
                let middle = mean(x.clone(), CHANNEL);
                let squares = mean(x.clone().square(), CHANNEL);
                let variance = (squares - middle.clone().square()).clamp_min(0.0);
                (x - middle) / (variance + eps).sqrt()
            })
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "gamma_and_beta_swapped",
            "beta scales and gamma shifts",
            |x, g, b, r, s| reference::spatial_bn_forward(x, b, g, r, s)
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "no_beta",
            "there is no shift",
            |x, g, b, r, s| reference::spatial_bn_forward(x, g, b.zeros_like(), r, s)
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "batch_statistics_in_evaluation",
            "normalises with the batch whatever training says, and keeps the running statistics",
            |x, g, b, r, s| {
                let s = SpatialNormSettings {
                    training: true,
                    ..s
                };
                let y = reference::spatial_bn_forward(x, g, b, r.clone(), s)?.y;
                Ok(SpatialBnForward { y, running: r })
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "refuses_one_image",
            "one image is an error in training, however many pixels it has",
            |x, g, b, r, s| match (s.training, x.dims()[0]) {
                (true, 1) => Err("one image".into()),
                _ => reference::spatial_bn_forward(x, g, b, r, s),
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "trains_on_one_pixel",
            "one value per channel is normalised to beta",
            |x, g, b, r, s| {
                if s.training && per_channel(&x) == 1.0 {
                    let y = x.zeros_like() + row(b);
                    return Ok(SpatialBnForward { y, running: r });
                }
                reference::spatial_bn_forward(x, g, b, r, s)
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "trains_on_nothing",
            "a batch without images is no error",
            |x, g, b, r, s| {
                if s.training && x.dims()[0] == 0 {
                    return Ok(SpatialBnForward { y: x, running: r });
                }
                reference::spatial_bn_forward(x, g, b, r, s)
            }
        ),
    ]
}

fn running() -> Vec<Mutant> {
    vec![
        mutant!(
            spatial_norms.spatial_bn_forward / "biased_running_variance",
            "the running variance gets the variance over m",
            |x, g, b, r, s| {
                let m = per_channel(&x);
                with_variance(x, g, b, r, s, |batch| batch * ((m - 1.0) / m))
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "unbiased_by_images",
            "the running variance gets n / (n - 1) times the variance, with the number of images",
            |x, g, b, r, s| {
                let (m, n) = (per_channel(&x), x.dims()[0] as f64);
                let factor = if n > 1.0 { n / (n - 1.0) } else { 1.0 };
                with_variance(x, g, b, r, s, |batch| batch * ((m - 1.0) / m * factor))
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "running_deviation",
            "the running variance averages the standard deviation",
            |x, g, b, r, s| with_variance(x, g, b, r, s, Tensor::sqrt)
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "momentum_reversed",
            "momentum is the share of the old statistics",
            |x, g, b, r, s| {
                let momentum = 1.0 - s.momentum;
                reference::spatial_bn_forward(x, g, b, r, SpatialNormSettings { momentum, ..s })
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "running_never_moves",
            "the running statistics come out as they went in",
            |x, g, b, r, s| {
                let y = reference::spatial_bn_forward(x, g, b, r.clone(), s)?.y;
                Ok(SpatialBnForward { y, running: r })
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_forward / "running_moves_in_evaluation",
            "the running statistics move outside training too",
            |x, g, b, r, s| {
                let again = SpatialNormSettings {
                    training: true,
                    ..s.clone()
                };
                let right =
                    reference::spatial_bn_forward(x.clone(), g.clone(), b.clone(), r.clone(), s)?;
                match reference::spatial_bn_forward(x, g, b, r, again) {
                    Ok(moved) => Ok(SpatialBnForward {
                        y: right.y,
                        ..moved
                    }),
                    Err(_) => Ok(right),
                }
            }
        ),
    ]
}

fn backward() -> Vec<Mutant> {
    vec![
        mutant!(
            spatial_norms.spatial_bn_backward / "statistics_are_constants",
            "mean and variance are taken for constants",
            |x, g, dy, eps| {
                let right = reference::spatial_bn_backward(x.clone(), g.clone(), dy.clone(), eps);
                let variance = mean((x.clone() - mean(x, CHANNEL)).square(), CHANNEL);
                let dx = dy * row(g) / (variance + eps).sqrt();
                SpatialNormGradients { dx, ..right }
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_backward / "variance_is_a_constant",
            "only the mean is gone back through",
            |x, g, dy, eps| {
                let right = reference::spatial_bn_backward(x.clone(), g.clone(), dy.clone(), eps);
                let variance = mean((x.clone() - mean(x, CHANNEL)).square(), CHANNEL);
                let g = dy * row(g);
                let dx = (g.clone() - mean(g, CHANNEL)) / (variance + eps).sqrt();
                SpatialNormGradients { dx, ..right }
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_backward / "each_image_alone",
            "the means do not go over the images",
            |x, g, dy, eps| {
                let right = reference::spatial_bn_backward(x.clone(), g.clone(), dy.clone(), eps);
                let dx = reference::instance_norm_backward(x, g, dy, eps).dx;
                SpatialNormGradients { dx, ..right }
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_backward / "no_gamma",
            "gamma is left out of dx",
            |x, g, dy, eps| {
                let ones = g.ones_like();
                let right = reference::spatial_bn_backward(x.clone(), g, dy.clone(), eps);
                let dx = reference::spatial_bn_backward(x, ones, dy, eps).dx;
                SpatialNormGradients { dx, ..right }
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_backward / "dgamma_from_x",
            "dgamma is the sum of dy times x, which is not normalised",
            |x, g, dy, eps| {
                let c = x.dims()[1];
                let product = x.clone() * dy.clone();
                let dgamma = product.sum_dim(0).sum_dim(2).sum_dim(3).reshape([c]);
                let right = reference::spatial_bn_backward(x, g, dy, eps);
                SpatialNormGradients { dgamma, ..right }
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_backward / "dgamma_mean",
            "dgamma and dbeta are means over the images",
            |x, g, dy, eps| {
                let n = x.dims()[0] as f64;
                let right = reference::spatial_bn_backward(x, g, dy, eps);
                SpatialNormGradients {
                    dgamma: right.dgamma / n,
                    dbeta: right.dbeta / n,
                    ..right
                }
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_backward / "dbeta_of_one_image",
            "dbeta is that of the first image",
            |x, g, dy, eps| {
                let c = x.dims()[1];
                let first = dy.clone().narrow(0, 0, 1);
                let dbeta = first.sum_dim(2).sum_dim(3).reshape([c]);
                let right = reference::spatial_bn_backward(x, g, dy, eps);
                SpatialNormGradients { dbeta, ..right }
            }
        ),
        mutant!(
            spatial_norms.spatial_bn_backward / "eps_ignored",
            "the root is that of the variance alone",
            |x, g, dy, _| reference::spatial_bn_backward(x, g, dy, 1e-12)
        ),
    ]
}

fn fold() -> Vec<Mutant> {
    vec![
        mutant!(
            spatial_norms.fold_bn_into_conv / "no_eps",
            "eps is forgotten",
            |w, bias, g, b, r, _| reference::fold_bn_into_conv(w, bias, g, b, r, 0.0)
        ),
        mutant!(
            spatial_norms.fold_bn_into_conv / "no_root",
            "the scale is gamma over the variance",
            |w, bias, g, b, r, eps| {
                let squared = (r.variance + eps).square();
                let variance = squared - eps;
                let r = SpatialStatistics { variance, ..r };
                reference::fold_bn_into_conv(w, bias, g, b, r, eps)
            }
        ),
        mutant!(
            spatial_norms.fold_bn_into_conv / "bias_forgotten",
            "the convolution's own bias is dropped",
            |w, bias, g, b, r, eps| {
                reference::fold_bn_into_conv(w, bias.zeros_like(), g, b, r, eps)
            }
        ),
        mutant!(
            spatial_norms.fold_bn_into_conv / "bias_not_scaled",
            "the convolution's own bias is added as it was",
            |w, bias, g, b, r, eps| {
                let zeros = bias.zeros_like();
                let folded = reference::fold_bn_into_conv(w, zeros, g, b, r, eps);
                FoldedConv {
                    bias: folded.bias + bias,
                    ..folded
                }
            }
        ),
        mutant!(
            spatial_norms.fold_bn_into_conv / "mean_forgotten",
            "the running mean is not taken off",
            |w, bias, g, b, r, eps| {
                let mean = r.mean.zeros_like();
                reference::fold_bn_into_conv(w, bias, g, b, SpatialStatistics { mean, ..r }, eps)
            }
        ),
        mutant!(
            spatial_norms.fold_bn_into_conv / "mean_not_scaled",
            "the running mean is taken off after the scale",
            |w, bias, g, b, r, eps| {
                let shift = b - r.mean.clone();
                let mean = r.mean.zeros_like();
                reference::fold_bn_into_conv(
                    w,
                    bias,
                    g,
                    shift,
                    SpatialStatistics { mean, ..r },
                    eps,
                )
            }
        ),
        mutant!(
            spatial_norms.fold_bn_into_conv / "beta_forgotten",
            "the shift is dropped",
            |w, bias, g, b, r, eps| {
                reference::fold_bn_into_conv(w, bias, g, b.zeros_like(), r, eps)
            }
        ),
        mutant!(
            spatial_norms.fold_bn_into_conv / "gamma_forgotten",
            "the scale is one over the root",
            |w, bias, g, b, r, eps| {
                reference::fold_bn_into_conv(w, bias, g.ones_like(), b, r, eps)
            }
        ),
        mutant!(
            spatial_norms.fold_bn_into_conv / "kernels_not_scaled",
            "only the bias is folded",
            |w, bias, g, b, r, eps| {
                let folded = reference::fold_bn_into_conv(w.clone(), bias, g, b, r, eps);
                FoldedConv {
                    weight: w,
                    ..folded
                }
            }
        ),
        mutant!(
            spatial_norms.fold_bn_into_conv / "scale_per_input",
            "the scale goes along the input channels",
            |w, bias, g, b, r, eps| {
                let [c_out, c_in, _, _] = w.dims();
                let scale = g.clone() / (r.variance.clone() + eps).sqrt();
                let right = reference::fold_bn_into_conv(w.clone(), bias, g, b, r, eps);
                match c_in == c_out {
                    true => FoldedConv {
                        weight: w * scale.reshape([1, c_in, 1, 1]),
                        ..right
                    },
                    false => right,
                }
            }
        ),
    ]
}

pub(super) type Images = Tensor<4>;
/// The axes that batch normalisation takes its statistics over.
const CHANNEL: &[i32] = &[0, 2, 3];

pub(super) fn mean(x: Images, axes: &[i32]) -> Images {
    x.mean_dims(axes)
}

/// `x` normalised over these axes.
pub(super) fn by_hand(x: Images, axes: &[i32], eps: f64) -> Images {
    let centred = x.clone() - mean(x, axes);
    let root = (mean(centred.clone().square(), axes) + eps).sqrt();
    centred / root
}

/// `[c]` as `[1, c, 1, 1]`.
pub(super) fn row(x: Tensor<1>) -> Images {
    let [c] = x.dims();
    x.reshape([1, c, 1, 1])
}

/// The number of values of a channel.
fn per_channel(x: &Images) -> f64 {
    let [n, _, height, width] = x.dims();
    (n * height * width) as f64
}

type Forward = Result<SpatialBnForward, String>;

/// Batch normalisation with another way to normalise in training.
fn trained(
    x: Images,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    running: SpatialStatistics,
    settings: SpatialNormSettings,
    normalised: fn(Images, f64) -> Images,
) -> Forward {
    let (training, eps) = (settings.training, settings.eps);
    let right =
        reference::spatial_bn_forward(x.clone(), gamma.clone(), beta.clone(), running, settings)?;
    if !training {
        return Ok(right);
    }
    let y = normalised(x, eps) * row(gamma) + row(beta);
    Ok(SpatialBnForward { y, ..right })
}

/// Batch normalisation whose running variance gets `spoil` of the batch's unbiased variance.
fn with_variance(
    x: Images,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    running: SpatialStatistics,
    settings: SpatialNormSettings,
    spoil: impl FnOnce(Tensor<1>) -> Tensor<1>,
) -> Forward {
    let (training, momentum) = (settings.training, settings.momentum);
    let old = running.variance.clone() * (1.0 - momentum);
    let mut right = reference::spatial_bn_forward(x, gamma, beta, running, settings)?;
    if training {
        let batch = (right.running.variance - old.clone()) / momentum;
        right.running.variance = old + spoil(batch) * momentum;
    }
    Ok(right)
}
