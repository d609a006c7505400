//! Mutants of A2.8: spatial batch normalisation backwards, and folding.

use a2_cnn::parts::spatial_norms as reference;
use common::contract::a2::{FoldedConv, SpatialNormGradients, SpatialStatistics};
use hidden_suite::Mutant;

use super::spatial_norms::{CHANNEL, PART, mean, row};

/// The mutants of this part that are about batch normalisation on its way backwards, or about folding.
pub fn mutants() -> Vec<Mutant> {
    let mut all = backward();
    all.extend(fold());
    all
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
