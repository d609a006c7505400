//! A2.8 once more: means along axes of the images as they are, group by group and channel by channel, and in the
//! backward passes the sums in place of the means.

use burn::tensor::Tensor;
use common::contract::a2::*;

use crate::oracle::array::Array;

pub fn table() -> SpatialNormsTable {
    SpatialNormsTable {
        spatial_bn_forward: |x, gamma, beta, running, settings| {
            let [n, c, height, width] = x.dims();
            let m = (n * height * width) as f64;
            if settings.training && m <= 1.0 {
                return Err("more than one value per channel, please".into());
            }
            let row = |x: Tensor<1>| x.reshape([1, c, 1, 1]);
            let (mean, variance) = match settings.training {
                true => moments(&x, &[0, 2, 3]),
                false => (row(running.mean.clone()), row(running.variance.clone())),
            };
            let scale = row(gamma) / (variance.clone() + settings.eps).sqrt();
            let y = (x - mean.clone()) * scale + row(beta);
            if !settings.training {
                return Ok(SpatialBnForward { y, running });
            }
            let step = |old: Tensor<1>, new: Tensor<4>| {
                old.clone() + (new.reshape([c]) - old) * settings.momentum
            };
            let unbiased = variance.clone() + variance / (m - 1.0);
            let running = SpatialStatistics {
                mean: step(running.mean, mean),
                variance: step(running.variance, unbiased),
            };
            Ok(SpatialBnForward { y, running })
        },
        spatial_bn_backward: |x, gamma, dy, eps| {
            let c = x.dims()[1];
            let g = dy.clone() * gamma.reshape([1, c, 1, 1]);
            let (dx, normalised) = backward(&x, &g, &[0, 2, 3], eps);
            finished(dx, normalised, dy)
        },
        group_norm_forward: |x, gamma, beta, groups, eps| {
            let c = x.dims()[1];
            if (1..=c).filter(|g| c % g == 0).all(|g| g != groups) {
                return Err(format!("{groups} is no divisor of {c}"));
            }
            let all = each_group(&x, groups, |part, _, many| {
                let (mean, variance) = moments(&part, &[1, 2, 3]);
                let row = |x: &Tensor<1>| {
                    let [k, first] = many;
                    x.clone().narrow(0, first, k).reshape([1, k, 1, 1])
                };
                (part - mean) * (variance + eps).sqrt().recip() * row(&gamma) + row(&beta)
            });
            Ok(all)
        },
        group_norm_backward: |x, gamma, dy, groups, eps| {
            let c = x.dims()[1];
            let g = dy.clone() * gamma.reshape([1, c, 1, 1]);
            let dx = each_group(&x, groups, |part, at, [k, first]| {
                backward(
                    &part,
                    &g.clone().narrow(0, at, 1).narrow(1, first, k),
                    &[1, 2, 3],
                    eps,
                )
                .0
            });
            let normalised = each_group(&x, groups, |part, _, _| {
                backward(&part, &part.zeros_like(), &[1, 2, 3], eps).1
            });
            finished(dx, normalised, dy)
        },
        instance_norm_forward: |x, gamma, beta, eps| {
            let c = x.dims()[1];
            let (mean, variance) = moments(&x, &[2, 3]);
            let scale = gamma.reshape([1, c, 1, 1]) / (variance + eps).sqrt();
            x * scale.clone() + (beta.reshape([1, c, 1, 1]) - mean * scale)
        },
        instance_norm_backward: |x, gamma, dy, eps| {
            let c = x.dims()[1];
            let g = dy.clone() * gamma.reshape([1, c, 1, 1]);
            let (dx, normalised) = backward(&x, &g, &[2, 3], eps);
            finished(dx, normalised, dy)
        },
        fold_bn_into_conv: |weight, bias, gamma, beta, running, eps| {
            let [mean, variance] = [Array::of(&running.mean), Array::of(&running.variance)];
            let (gamma, beta) = (Array::of(&gamma), Array::of(&beta));
            let (mut weight, mut bias) = (Array::of(&weight), Array::of(&bias));
            for at in weight.indices() {
                weight[at] *= gamma[[at[0]]] / (eps + variance[[at[0]]]).sqrt();
            }
            for o in bias.indices() {
                let normalised = (bias[o] - mean[o]) / (eps + variance[o]).sqrt();
                bias[o] = beta[o] + gamma[o] * normalised;
            }
            FoldedConv {
                weight: weight.tensor(),
                bias: bias.tensor(),
            }
        },
    }
}

fn mean(x: Tensor<4>, axes: &[usize]) -> Tensor<4> {
    axes.iter().fold(x, |x, axis| x.mean_dim(*axis))
}

fn moments(x: &Tensor<4>, axes: &[usize]) -> (Tensor<4>, Tensor<4>) {
    let middle = mean(x.clone(), axes);
    let variance = mean((x.clone() - middle.clone()).powi_scalar(2), axes);
    (middle, variance)
}

/// The gradient by `x` from `g`, and `x` normalised.
fn backward(x: &Tensor<4>, g: &Tensor<4>, axes: &[usize], eps: f64) -> (Tensor<4>, Tensor<4>) {
    let m: usize = axes.iter().map(|axis| x.dims()[*axis]).product();
    let sum = |x: Tensor<4>| axes.iter().fold(x, |x, axis| x.sum_dim(*axis));
    let (middle, variance) = moments(x, axes);
    let inverse = (variance + eps).sqrt().recip();
    let normalised = (x.clone() - middle) * inverse.clone();
    let pulled = sum(g.clone()) + normalised.clone() * sum(g.clone() * normalised.clone());
    let dx = (g.clone() * m as f64 - pulled) * inverse / m as f64;
    (dx, normalised)
}

/// `f` of each group of each image, which gets the image's number, and the group's size and first channel.
fn each_group(
    x: &Tensor<4>,
    groups: usize,
    f: impl Fn(Tensor<4>, usize, [usize; 2]) -> Tensor<4>,
) -> Tensor<4> {
    let [n, c, _, _] = x.dims();
    let k = c / groups;
    let image = |at: usize| {
        let parts = (0..groups).map(|g| {
            let part = x.clone().narrow(0, at, 1).narrow(1, g * k, k);
            f(part, at, [k, g * k])
        });
        Tensor::cat(parts.collect(), 1)
    };
    Tensor::cat((0..n).map(image).collect(), 0)
}

fn finished(dx: Tensor<4>, normalised: Tensor<4>, dy: Tensor<4>) -> SpatialNormGradients {
    let c = dx.dims()[1];
    let to_channels = |x: Tensor<4>| x.sum_dim(0).sum_dim(2).sum_dim(3).reshape([c]);
    SpatialNormGradients {
        dgamma: to_channels(normalised * dy.clone()),
        dbeta: to_channels(dy),
        dx,
    }
}
