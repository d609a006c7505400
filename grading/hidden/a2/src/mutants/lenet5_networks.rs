//! Mutants of A2.5: the networks and what they are trained for.

use a2_cnn::parts::lenet5 as reference;
use burn::tensor::Tensor;
use burn::tensor::activation::{log_softmax, relu, softmax, tanh};
use common::contract::a2::*;
use common::nn::{ConvOptions, avg_pool2d, conv2d, max_pool2d};
use hidden_suite::Mutant;

use super::lenet5::PART;

/// The mutants of the networks and their losses.
pub fn mutants() -> Vec<Mutant> {
    [features(), modern(), distances()]
        .into_iter()
        .flatten()
        .collect()
}

fn squash<const D: usize>(a: Tensor<D>) -> Tensor<D> {
    tanh(a * (2.0 / 3.0)) * 1.7159
}

/// What a spoiled LeNet-5 does otherwise: after C1, after C3, in C5, in F6, and before C5.
struct Spoiled {
    c1: fn(Tensor<4>) -> Tensor<4>,
    c3: fn(Tensor<4>) -> Tensor<4>,
    kernel: fn(Tensor<3>) -> Tensor<4>,
    c5: fn(Tensor<2>) -> Tensor<2>,
    f6: fn(Tensor<2>) -> Tensor<2>,
    flatten: fn(Tensor<4>) -> Tensor<2>,
}

const RIGHT: Spoiled = Spoiled {
    c1: squash,
    c3: squash,
    kernel: reference::c3_kernel,
    c5: squash,
    f6: squash,
    flatten: |s4| s4.flatten(1, 3),
};

impl Spoiled {
    fn features(&self, p: Lenet5Parameters, images: Tensor<4>) -> Tensor<2> {
        let convolution = ConvOptions::default();
        let c1 = (self.c1)(conv2d(images, p.c1_weight, Some(p.c1_bias), &convolution));
        let s2 = reference::trainable_subsampling(c1, p.s2_coefficient, p.s2_bias);
        let kernel = (self.kernel)(p.c3_weight);
        let c3 = (self.c3)(conv2d(s2, kernel, Some(p.c3_bias), &convolution));
        let s4 = reference::trainable_subsampling(c3, p.s4_coefficient, p.s4_bias);
        let s4 = (self.flatten)(s4);
        let c5 = (self.c5)(s4.matmul(p.c5_weight) + p.c5_bias.unsqueeze());
        (self.f6)(c5.matmul(p.f6_weight) + p.f6_bias.unsqueeze())
    }
}

fn features() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.lenet5_features / "c1_not_squashed",
            "C1 is linear",
            |p, x| Spoiled { c1: |x| x, ..RIGHT }.features(p, x)
        ),
        mutant!(
            lenet5.lenet5_features / "c3_not_squashed",
            "C3 is linear",
            |p, x| Spoiled { c3: |x| x, ..RIGHT }.features(p, x)
        ),
        mutant!(
            lenet5.lenet5_features / "f6_not_squashed",
            "F6 is linear",
            |p, x| Spoiled { f6: |x| x, ..RIGHT }.features(p, x)
        ),
        mutant!(
            lenet5.lenet5_features / "c5_plain_tanh",
            "C5 is tanh without its constants",
            |p, x| Spoiled {
                c5: |x| tanh(x),
                ..RIGHT
            }
            .features(p, x)
        ),
        mutant!(
            lenet5.lenet5_features / "relu",
            "C1 and C3 are ReLU",
            |p, x| Spoiled {
                c1: |x| relu(x),
                c3: |x| relu(x),
                ..RIGHT
            }
            .features(p, x)
        ),
        mutant!(
            lenet5.lenet5_features / "flipped_kernels",
            "C3 is a convolution in the sense of mathematics",
            |p, x| Spoiled {
                kernel: |links| reference::c3_kernel(links.flip([1, 2])),
                ..RIGHT
            }
            .features(p, x)
        ),
        mutant!(
            lenet5.lenet5_features / "unseen_planes",
            "what a plane of C3 should not see counts a little",
            |p, x| Spoiled {
                kernel: |links| reference::c3_kernel(links) + 0.01,
                ..RIGHT
            }
            .features(p, x)
        ),
        mutant!(
            lenet5.lenet5_features / "units_before_planes",
            "S4 is laid out unit by unit, not plane by plane",
            |p, x| Spoiled {
                flatten: |s4| s4.permute([0, 2, 3, 1]).flatten(1, 3),
                ..RIGHT
            }
            .features(p, x)
        ),
        mutant!(
            lenet5.lenet5_features / "no_c3_bias",
            "C3 has no biases",
            |p, x| {
                let c3_bias = p.c3_bias.zeros_like();
                reference::lenet5_features(Lenet5Parameters { c3_bias, ..p }, x)
            }
        ),
    ]
}

/// The modern network with other units, another pooling and another last step.
fn spoiled_modern(
    p: ModernLenet5Parameters,
    images: Tensor<4>,
    unit: fn(Tensor<4>) -> Tensor<4>,
    pool: fn(Tensor<4>) -> Tensor<4>,
    full: [fn(Tensor<2>) -> Tensor<2>; 3],
) -> Tensor<2> {
    let stage = |x, weight, bias| {
        let sums = conv2d(x, weight, Some(bias), &ConvOptions::default());
        pool(unit(sums))
    };
    let linear = |x: Tensor<2>, weight, bias: Tensor<1>| x.matmul(weight) + bias.unsqueeze();
    let s4 = stage(
        stage(images, p.c1_weight, p.c1_bias),
        p.c3_weight,
        p.c3_bias,
    );
    let c5 = full[0](linear(s4.flatten(1, 3), p.c5_weight, p.c5_bias));
    let f6 = full[1](linear(c5, p.f6_weight, p.f6_bias));
    full[2](linear(f6, p.out_weight, p.out_bias))
}

const LARGEST: fn(Tensor<4>) -> Tensor<4> = |x| max_pool2d(x, [2, 2], [2, 2]);
const FULL: [fn(Tensor<2>) -> Tensor<2>; 3] = [|x| relu(x), |x| relu(x), |x| x];

fn modern() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.lenet5_modern / "mean",
            "the mean of four units",
            |p, x| spoiled_modern(p, x, relu, |x| avg_pool2d(x, [2, 2], [2, 2]), FULL)
        ),
        mutant!(
            lenet5.lenet5_modern / "tanh",
            "the units are those of 1998",
            |p, x| spoiled_modern(p, x, squash, LARGEST, FULL)
        ),
        mutant!(
            lenet5.lenet5_modern / "no_relu_in_planes",
            "C1 and C3 are linear",
            |p, x| spoiled_modern(p, x, |x| x, LARGEST, FULL)
        ),
        mutant!(
            lenet5.lenet5_modern / "c5_linear",
            "C5 is linear",
            |p, x| spoiled_modern(p, x, relu, LARGEST, [|x| x, FULL[1], FULL[2]])
        ),
        mutant!(
            lenet5.lenet5_modern / "f6_linear",
            "F6 is linear",
            |p, x| spoiled_modern(p, x, relu, LARGEST, [FULL[0], |x| x, FULL[2]])
        ),
        mutant!(
            lenet5.lenet5_modern / "relu_at_the_end",
            "no logit is negative",
            |p, x| relu(reference::lenet5_modern(p, x))
        ),
        mutant!(
            lenet5.lenet5_modern / "probabilities",
            "the softmax of the logits",
            |p, x| softmax(reference::lenet5_modern(p, x), 1)
        ),
        mutant!(
            lenet5.lenet5_modern / "sparse",
            "C3 sees what Table I says",
            |p, x| {
                let ones = Tensor::ones([60, 5, 5], (&x.device(), x.dtype()));
                let c3_weight = p.c3_weight * reference::c3_kernel(ones);
                reference::lenet5_modern(ModernLenet5Parameters { c3_weight, ..p }, x)
            }
        ),
    ]
}

fn distances() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.rbf_distances / "sign_of_the_prototype",
            "prototypes are added",
            |x, p| reference::rbf_distances(x, p.neg())
        ),
        mutant!(
            lenet5.rbf_distances / "negative",
            "the negative distance, so that the largest wins",
            |x, p| reference::rbf_distances(x, p).neg()
        ),
        mutant!(
            lenet5.rbf_distances / "root",
            "the distance, not its square",
            |x, p| reference::rbf_distances(x, p).sqrt()
        ),
        mutant!(
            lenet5.rbf_distances / "half",
            "half of the squared distance",
            |x, p| reference::rbf_distances(x, p) * 0.5
        ),
        mutant!(
            lenet5.rbf_distances / "mean",
            "the mean over the units",
            |x, p| {
                let units = x.dims()[1] as f64;
                reference::rbf_distances(x, p) / units
            }
        ),
        mutant!(
            lenet5.rbf_distances / "absolute",
            "the sum of absolute differences",
            |x, p| {
                let difference = x.unsqueeze_dim::<3>(1) - p.unsqueeze_dim(0);
                difference.abs().sum_dim(2).squeeze_dim(2)
            }
        ),
        mutant!(
            lenet5.rbf_distances / "products",
            "scalar products",
            |x, p| x.matmul(p.transpose())
        ),
        mutant!(
            lenet5.rbf_loss / "right_class_alone",
            "equation 8: the distance from the right prototype",
            |y, labels, _| y.gather(1, labels.unsqueeze_dim(1)).mean()
        ),
        mutant!(
            lenet5.rbf_loss / "without_j",
            "cross-entropy of the negative distances",
            |y, labels, _| {
                let right = log_softmax(y.neg(), 1).gather(1, labels.unsqueeze_dim(1));
                right.mean().neg()
            }
        ),
        mutant!(
            lenet5.rbf_loss / "j_is_1",
            "j plays no part",
            |y, labels, _| reference::rbf_loss(y, labels, 1.0)
        ),
        mutant!(
            lenet5.rbf_loss / "sign_of_j",
            "exp(j) in the logarithm",
            |y, labels, j| reference::rbf_loss(y, labels, -j)
        ),
        mutant!(
            lenet5.rbf_loss / "j_itself",
            "j in the logarithm, not exp(-j)",
            |y, labels, j| reference::rbf_loss(y, labels, -j.ln())
        ),
        mutant!(
            lenet5.rbf_loss / "sum",
            "the sum over the images",
            |y, labels, j| {
                let n = y.dims()[0] as f64;
                reference::rbf_loss(y, labels, j) * n
            }
        ),
        mutant!(
            lenet5.rbf_loss / "sign_of_the_second_term",
            "the second term is taken off",
            |y, labels, j| {
                let right = y.clone().gather(1, labels.clone().unsqueeze_dim(1)).mean();
                right * 2.0 - reference::rbf_loss(y, labels, j)
            }
        ),
        mutant!(
            lenet5.rbf_loss / "others_only",
            "the right class is not in the sum",
            |y, labels, j| {
                let right = y.clone().gather(1, labels.unsqueeze_dim(1));
                let all = y.neg().exp().sum_dim(1) + (-j).exp();
                let others = all - right.clone().neg().exp();
                (right + others.log()).mean()
            }
        ),
    ]
}
