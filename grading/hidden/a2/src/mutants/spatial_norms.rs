//! Mutants of A2.8: spatial batch normalisation forwards.

use a2_cnn::parts::spatial_norms as reference;
use burn::tensor::Tensor;
use common::contract::a2::{SpatialBnForward, SpatialNormSettings, SpatialStatistics};
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.8";

/// The mutants of this part that are about batch normalisation on its way forwards.
pub fn mutants() -> Vec<Mutant> {
    let mut all = forward();
    all.extend(running());
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

pub(super) type Images = Tensor<4>;
/// The axes that batch normalisation takes its statistics over.
pub(super) const CHANNEL: &[i32] = &[0, 2, 3];

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
