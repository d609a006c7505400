//! Mutants of A2.8: group and instance normalisation.

use a2_cnn::parts::spatial_norms as reference;
use burn::tensor::Tensor;
use common::contract::a2::SpatialNormGradients;
use hidden_suite::Mutant;

use super::spatial_norms::{Images, PART, by_hand, mean, row};

/// The mutants of this part that are about groups or instances.
pub fn mutants() -> Vec<Mutant> {
    let mut all = forward();
    all.extend(refusals());
    all.extend(backward());
    all.extend(instance());
    all
}

fn forward() -> Vec<Mutant> {
    vec![
        mutant!(
            spatial_norms.group_norm_forward / "groups_interleaved",
            "channels belong to groups in turn, and not as neighbours",
            |x, g, b, groups, eps| grouped(x, g, b, groups, eps, |x, groups, eps| {
                let [n, c, height, width] = x.dims();
                let in_turn = x.reshape([n, c / groups, groups, height * width]);
                by_hand(in_turn, &[1, 3], eps).reshape([n, c, height, width])
            })
        ),
        mutant!(
            spatial_norms.group_norm_forward / "over_images",
            "the statistics go over the images too",
            |x, g, b, groups, eps| grouped(x, g, b, groups, eps, |x, groups, eps| {
                let (shape, parts) = (x.dims(), in_groups(x, groups));
                by_hand(parts, &[0, 2, 3], eps).reshape(shape)
            })
        ),
        mutant!(
            spatial_norms.group_norm_forward / "each_pixel_alone",
            "the statistics go over the group's channels at each pixel",
            |x, g, b, groups, eps| grouped(x, g, b, groups, eps, |x, groups, eps| {
                let (shape, parts) = (x.dims(), in_groups(x, groups));
                by_hand(parts, &[2], eps).reshape(shape)
            })
        ),
        mutant!(
            spatial_norms.group_norm_forward / "one_group",
            "all channels are one group",
            |x, g, b, groups, eps| {
                let _ =
                    reference::group_norm_forward(x.clone(), g.clone(), b.clone(), groups, eps)?;
                reference::group_norm_forward(x, g, b, 1, eps)
            }
        ),
        mutant!(
            spatial_norms.group_norm_forward / "channels_per_group",
            "the number of groups is taken for that of the channels in one",
            |x, g, b, groups, eps| {
                let per_group = x.dims()[1].checked_div(groups).unwrap_or(0);
                reference::group_norm_forward(x, g, b, per_group, eps)
            }
        ),
        mutant!(
            spatial_norms.group_norm_forward / "affine_per_group",
            "all channels of a group have the scale and the shift of its first",
            |x, g, b, groups, eps| {
                let _ =
                    reference::group_norm_forward(x.clone(), g.clone(), b.clone(), groups, eps)?;
                let first = |affine: Tensor<1>| {
                    let c = affine.dims()[0];
                    let by_group = affine.reshape([groups, c / groups]).narrow(1, 0, 1);
                    by_group.repeat_dim(1, c / groups).reshape([c])
                };
                reference::group_norm_forward(x, first(g), first(b), groups, eps)
            }
        ),
        mutant!(
            spatial_norms.group_norm_forward / "not_centred",
            "the mean is not taken off",
            |x, g, b, groups, eps| grouped(x, g, b, groups, eps, |x, groups, eps| {
                let (shape, parts) = (x.dims(), in_groups(x, groups));
                let middle = mean(parts.clone(), &[2, 3]);
                let root = (mean((parts.clone() - middle).square(), &[2, 3]) + eps).sqrt();
                (parts / root).reshape(shape)
            })
        ),
        mutant!(
            spatial_norms.group_norm_forward / "no_eps",
            "eps is left out",
            |x, g, b, groups, _| reference::group_norm_forward(x, g, b, groups, 0.0)
        ),
        mutant!(
            spatial_norms.group_norm_forward / "difference_of_moments",
            "the variance is mean(x^2) - mean^2",
            |x, g, b, groups, eps| grouped(x, g, b, groups, eps, |x, groups, eps| {
                let (shape, parts) = (x.dims(), in_groups(x, groups));
                let middle = mean(parts.clone(), &[2, 3]);
                let squares = mean(parts.clone().square(), &[2, 3]);
                let variance = (squares - middle.clone().square()).clamp_min(0.0);
                ((parts - middle) / (variance + eps).sqrt()).reshape(shape)
            })
        ),
    ]
}

fn refusals() -> Vec<Mutant> {
    vec![
        mutant!(
            spatial_norms.group_norm_forward / "rest_left_as_it_is",
            "channels that are left over are not normalised, and that is no error",
            |x, g, b, groups, eps| {
                let c = x.dims()[1];
                if groups == 0 || groups > c || c % groups == 0 {
                    return reference::group_norm_forward(x, g, b, groups, eps);
                }
                let k = c / groups * groups;
                let part = |affine: &Tensor<1>| affine.clone().narrow(0, 0, k);
                let whole = x.clone().narrow(1, 0, k);
                let y = reference::group_norm_forward(whole, part(&g), part(&b), groups, eps)?;
                Ok(Tensor::cat(vec![y, x.narrow(1, k, c - k)], 1))
            }
        ),
        mutant!(
            spatial_norms.group_norm_forward / "no_groups_is_one",
            "0 groups are taken for one",
            |x, g, b, groups, eps| reference::group_norm_forward(x, g, b, groups.max(1), eps)
        ),
        mutant!(
            spatial_norms.group_norm_forward / "more_groups_than_channels",
            "more groups than channels are taken for as many",
            |x, g, b, groups, eps| {
                let c = x.dims()[1];
                reference::group_norm_forward(x, g, b, groups.min(c), eps)
            }
        ),
        mutant!(
            spatial_norms.group_norm_forward / "refuses_single_channels",
            "as many groups as channels are an error",
            |x, g, b, groups, eps| match groups == x.dims()[1] {
                true => Err("too many groups".into()),
                false => reference::group_norm_forward(x, g, b, groups, eps),
            }
        ),
    ]
}

fn backward() -> Vec<Mutant> {
    vec![
        mutant!(
            spatial_norms.group_norm_backward / "gamma_outside_the_means",
            "dx is multiplied by gamma at the end",
            |x, g, dy, groups, eps| {
                let ones = g.ones_like();
                let right =
                    reference::group_norm_backward(x.clone(), g.clone(), dy.clone(), groups, eps);
                let dx = reference::group_norm_backward(x, ones, dy, groups, eps).dx * row(g);
                SpatialNormGradients { dx, ..right }
            }
        ),
        mutant!(
            spatial_norms.group_norm_backward / "statistics_are_constants",
            "mean and variance are taken for constants",
            |x, g, dy, groups, eps| {
                let shape = x.dims();
                let right =
                    reference::group_norm_backward(x.clone(), g.clone(), dy.clone(), groups, eps);
                let parts = in_groups(x, groups);
                let centred = parts.clone() - mean(parts, &[2, 3]);
                let root = (mean(centred.square(), &[2, 3]) + eps).sqrt();
                let dx = (in_groups(dy * row(g), groups) / root).reshape(shape);
                SpatialNormGradients { dx, ..right }
            }
        ),
        mutant!(
            spatial_norms.group_norm_backward / "as_instance_norm",
            "the way back is that of single channels",
            |x, g, dy, groups, eps| {
                let right =
                    reference::group_norm_backward(x.clone(), g.clone(), dy.clone(), groups, eps);
                let dx = reference::instance_norm_backward(x, g, dy, eps).dx;
                SpatialNormGradients { dx, ..right }
            }
        ),
        mutant!(
            spatial_norms.group_norm_backward / "as_batch_norm",
            "the way back goes over the images",
            |x, g, dy, groups, eps| {
                let right =
                    reference::group_norm_backward(x.clone(), g.clone(), dy.clone(), groups, eps);
                let dx = reference::spatial_bn_backward(x, g, dy, eps).dx;
                SpatialNormGradients { dx, ..right }
            }
        ),
        mutant!(
            spatial_norms.group_norm_backward / "dgamma_per_group",
            "all channels of a group get the sum over the group for dgamma",
            |x, g, dy, groups, eps| {
                let c = x.dims()[1];
                let right = reference::group_norm_backward(x, g, dy, groups, eps);
                let by_group = right
                    .dgamma
                    .clone()
                    .reshape([groups, c / groups])
                    .sum_dim(1);
                let dgamma = by_group.repeat_dim(1, c / groups).reshape([c]);
                SpatialNormGradients { dgamma, ..right }
            }
        ),
        mutant!(
            spatial_norms.group_norm_backward / "dgamma_of_batch_norm",
            "dgamma is that of numbers normalised over the batch",
            |x, g, dy, groups, eps| {
                let right =
                    reference::group_norm_backward(x.clone(), g.clone(), dy.clone(), groups, eps);
                let dgamma = reference::spatial_bn_backward(x, g, dy, eps).dgamma;
                SpatialNormGradients { dgamma, ..right }
            }
        ),
        mutant!(
            spatial_norms.group_norm_backward / "dbeta_mean",
            "dbeta is a mean over the images",
            |x, g, dy, groups, eps| {
                let n = x.dims()[0] as f64;
                let right = reference::group_norm_backward(x, g, dy, groups, eps);
                let dbeta = right.dbeta / n;
                SpatialNormGradients { dbeta, ..right }
            }
        ),
    ]
}

fn instance() -> Vec<Mutant> {
    vec![
        mutant!(
            spatial_norms.instance_norm_forward / "as_layer_norm",
            "the statistics go over the channels",
            |x, g, b, eps| by_hand(x, &[1, 2, 3], eps) * row(g) + row(b)
        ),
        mutant!(
            spatial_norms.instance_norm_forward / "as_batch_norm",
            "the statistics go over the images",
            |x, g, b, eps| by_hand(x, &[0, 2, 3], eps) * row(g) + row(b)
        ),
        mutant!(
            spatial_norms.instance_norm_forward / "each_row_alone",
            "the statistics are those of a row of pixels",
            |x, g, b, eps| by_hand(x, &[3], eps) * row(g) + row(b)
        ),
        mutant!(
            spatial_norms.instance_norm_forward / "no_affine",
            "there is neither scale nor shift",
            |x, _, _, eps| by_hand(x, &[2, 3], eps)
        ),
        mutant!(
            spatial_norms.instance_norm_backward / "as_batch_norm",
            "the means go over the images",
            reference::spatial_bn_backward
        ),
        mutant!(
            spatial_norms.instance_norm_backward / "as_layer_norm",
            "the means go over the channels",
            |x, g, dy, eps| reference::group_norm_backward(x, g, dy, 1, eps)
        ),
        mutant!(
            spatial_norms.instance_norm_backward / "no_gamma",
            "gamma is left out of dx",
            |x, g, dy, eps| {
                let ones = g.ones_like();
                let right = reference::instance_norm_backward(x.clone(), g, dy.clone(), eps);
                let dx = reference::instance_norm_backward(x, ones, dy, eps).dx;
                SpatialNormGradients { dx, ..right }
            }
        ),
    ]
}

/// `[n, c, height, width]` as `[n, groups, c / groups, height width]`.
fn in_groups(x: Images, groups: usize) -> Images {
    let [n, c, height, width] = x.dims();
    x.reshape([n, groups, c / groups, height * width])
}

/// Group normalisation with another way to normalise.
fn grouped(
    x: Images,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    groups: usize,
    eps: f64,
    normalised: fn(Images, usize, f64) -> Images,
) -> Result<Images, String> {
    let (scale, shift) = (row(gamma.clone()), row(beta.clone()));
    let _ = reference::group_norm_forward(x.clone(), gamma, beta, groups, eps)?;
    Ok(normalised(x, groups, eps) * scale + shift)
}
