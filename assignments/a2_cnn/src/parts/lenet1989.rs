//! A2.4 LeNet 1989 on zip codes.
//!
//! A digit of 16 x 16 pixels goes through four layers, each unit of which is
//!
//! ```text
//! x = A tanh(S a)        a = sum over its inputs of  weight x input  +  bias        A = 1.7159, S = 2/3
//! ```
//!
//! | layer | units | sees | weights |
//! |---|---|---|---|
//! | H1 | 12 planes of 8 x 8 | 5 x 5 pixels of the image, in steps of 2 | shared by all units of a plane |
//! | H2 | 12 planes of 4 x 4 | 5 x 5 units of each of eight planes of H1, in steps of 2 | shared by all units of a plane |
//! | H3 | 30 | all of H2 | its own |
//! | out | 10 | all of H3 | its own |
//!
//! Weights are shared within a plane, biases are not: each unit of H1 and H2 has one of its own. Where a unit would see
//! beyond the border it sees background, which is -1, in H1 and in H2.
//!
//! Source: LeCun et al., "Backpropagation applied to handwritten zip code recognition" (1989). Karpathy, "Deep
//! neural nets: 33 years ago and 33 years from now" (2022), fills in what the paper leaves open: the connections from H1 to H2 are his.
//!
//! Convolution is [`conv2d`], and gradients come from [`value_and_gradient`].

use burn::tensor::activation::tanh;
use burn::tensor::ops::PadMode;
use burn::tensor::{DType, Device, IndexingUpdateOp, Int, Tensor};
use common::contract::a2::{
    LayerSize, Lenet1989Parameters, Lenet1989Pass, Lenet1989Rates, RejectPoint,
};
use common::nn::{ConvOptions, conv2d, value_and_gradient};
use common::rng::Rng;

/// The squashing function, `A tanh(S a)` with `A = 1.7159` and `S = 2/3`.
///
/// `A` is such that 1 goes to 1 and -1 to -1: the targets are where the function still has a slope, and not at its
/// limits, which only infinite weights reach.
///
/// - `a`: `[n, units]`. Gives `[n, units]`.
pub fn scaled_tanh(a: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A2.4 scaled_tanh
    squash(a)
    // END SOLUTION
}

/// `x` with `margin` more rows and columns on each side, all of background, which is -1.
///
/// - `x`: `[n, c, height, width]`. Gives `[n, c, height + 2 margin, width + 2 margin]`.
pub fn background_pad(x: Tensor<4>, margin: usize) -> Tensor<4> {
    // BEGIN SOLUTION A2.4 background_pad
    x.pad((margin, margin, margin, margin), PadMode::Constant(-1.0))
    // END SOLUTION
}

/// Which planes of H1 each plane of H2 sees: twelve lists of eight numbers from 0 to 11, in ascending order.
///
/// The paper says that the connections follow "a scheme that will not be discussed here". Ours: the planes of H1 are three
/// groups of four. The first four planes of H2 see the first and the second group, the next four the second and the third,
/// the last four the first and the third.
pub fn lenet1989_connections() -> Vec<Vec<usize>> {
    // BEGIN SOLUTION A2.4 lenet1989_connections
    let unseen = |plane: usize| [8..12, 0..4, 4..8][plane / 4].clone();
    let seen = |plane| (0..12).filter(move |h1| !unseen(plane).contains(h1));
    (0..12).map(|plane| seen(plane).collect()).collect()
    // END SOLUTION
}

/// The sizes of the layers `H1`, `H2`, `H3` and `out`, in this order, for images of `height` x `width` pixels.
///
/// - units: the planes of H1 are `height / 2` x `width / 2`, those of H2 `height / 4` x `width / 4`; both sizes are multiples
///   of 4.
/// - parameters: weights that are shared count once, each bias counts.
/// - connections: each unit has one for each of its inputs, background included, and one for its bias: 26 in H1.
///
/// For 16 x 16 pixels these add up to the 1000 units, 9760 parameters and 64 660 connections of the paper (which counts the
/// 256 pixels as units too).
pub fn lenet1989_sizes(height: usize, width: usize) -> Vec<LayerSize> {
    // BEGIN SOLUTION A2.4 lenet1989_sizes
    let (h1, h2) = (
        12 * (height / 2) * (width / 2),
        12 * (height / 4) * (width / 4),
    );
    // The name, the units, the inputs of a unit, and how many kernels or rows of weights there are.
    let layers = [
        ("H1", h1, 25, 12),
        ("H2", h2, 8 * 25, 12),
        ("H3", 30, h2, 30),
        ("out", 10, 30, 10),
    ];
    let sizes = layers.map(|(layer, units, inputs, sets)| LayerSize {
        layer: layer.into(),
        units,
        parameters: sets * inputs + units,
        connections: units * (inputs + 1),
    });
    sizes.into()
    // END SOLUTION
}

/// The parameters before training, for images of `height` x `width` pixels, both multiples of 4.
///
/// The weights of a layer are uniform between `-2.4 / F` and `2.4 / F`, where `F` is the number of inputs of one of its
/// units without the bias: 25 in H1, 200 in H2, all units of H2 in H3, and 30 in the output layer. All biases are 0.
///
/// Draw from [`Rng::new`] of `seed`: the same seed gives the same parameters, another seed others. The shapes are those of
/// [`Lenet1989Parameters`]; the tensors are in double precision, as [`Rng::tensor`] makes them.
///
/// Source: LeCun et al. (1989), section "Experiments".
pub fn lenet1989_init(height: usize, width: usize, seed: u64) -> Lenet1989Parameters {
    // BEGIN SOLUTION A2.4 lenet1989_init
    let (rows, columns) = (height / 4, width / 4);
    let h2_units = 12 * rows * columns;
    let mut rng = Rng::new(seed);
    Lenet1989Parameters {
        h1_weight: uniform(&mut rng, [12, 1, 5, 5], 25),
        h1_bias: zeros([12, 2 * rows, 2 * columns]),
        h2_weight: uniform(&mut rng, [12, 8, 5, 5], 200),
        h2_bias: zeros([12, rows, columns]),
        h3_weight: uniform(&mut rng, [h2_units, 30], h2_units),
        h3_bias: zeros([30]),
        out_weight: uniform(&mut rng, [30, 10], 30),
        out_bias: zeros([10]),
    }
    // END SOLUTION
}

/// The outputs of the network.
///
/// H1 and H2 are convolutions of 5 x 5 kernels with stride 2 over planes that have two rows and columns of background on
/// each side, plus a bias for each unit; H3 and the output layer are linear. Every layer ends with `A tanh(S a)`, the last
/// one too. A plane of H2 sees the eight planes of H1 that [`lenet1989_connections`] lists, the first of them with the
/// first of its eight kernels.
///
/// - `images`: `[n, 1, height, width]`, both sizes multiples of 4; background -1. Gives `[n, 10]`.
/// - Before H3 the planes of H2 are laid out one after the other, each row by row.
pub fn lenet1989_forward(parameters: Lenet1989Parameters, images: Tensor<4>) -> Tensor<2> {
    // BEGIN SOLUTION A2.4 lenet1989_forward
    let p = parameters;
    let h1 = plane_layer(images, p.h1_weight, p.h1_bias);
    let h2 = plane_layer(h1, dense_kernel(p.h2_weight), p.h2_bias);
    let h3 = squash(h2.flatten::<2>(1, 3).matmul(p.h3_weight) + p.h3_bias.unsqueeze());
    squash(h3.matmul(p.out_weight) + p.out_bias.unsqueeze())
    // END SOLUTION
}

/// The mean squared error of a network that should say 1 for the right class and -1 for all others:
///
/// ```text
/// loss = the mean over images i and classes k of  (outputs[i, k] - t[i, k])^2        t[i, k] = 1 if k = labels[i], else -1
/// ```
///
/// - `outputs`: `[n, classes]`; `labels`: `[n]`, each below `classes`. Gives `[1]`.
pub fn signed_mse(outputs: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    // BEGIN SOLUTION A2.4 signed_mse
    let all_wrong = outputs.full_like(-1.0);
    let two = all_wrong.full_like(2.0).narrow(1, 0, 1);
    let targets = all_wrong.scatter(1, labels.unsqueeze_dim(1), two, IndexingUpdateOp::Add);
    (outputs - targets).square().mean()
    // END SOLUTION
}

/// One pass of stochastic gradient descent over `images`, one image at a time and in the order in which they come:
///
/// ```text
/// for each image i:   parameters <- parameters - rate * the gradient of signed_mse of image i alone
/// ```
///
/// Each layer has its own rate in `rates`, which is that of its weights and of its biases. Gives the parameters after the last image and the mean of the losses, each measured before the step on its image.
///
/// - `images`: `[n, 1, height, width]`, `labels`: `[n]`, `n` at least 1.
///
/// In the paper each weight has a rate of its own, the smaller the more the error curves along it (LeCun 1987).
pub fn lenet1989_pass(
    parameters: Lenet1989Parameters,
    images: Tensor<4>,
    labels: Tensor<1, Int>,
    rates: Lenet1989Rates,
) -> Lenet1989Pass {
    // BEGIN SOLUTION A2.4 lenet1989_pass
    let n = images.dims()[0];
    let (mut parameters, mut sum) = (parameters, 0.0);
    for i in 0..n {
        let (image, label) = (
            images.clone().narrow(0, i, 1),
            labels.clone().narrow(0, i, 1),
        );
        let (loss, gradients) = value_and_gradient(&parameters, |parameters| {
            signed_mse(lenet1989_forward(parameters.clone(), image), label)
        });
        parameters = step(parameters, gradients, &rates);
        sum += loss;
    }
    Lenet1989Pass {
        parameters,
        loss: sum / n as f64,
    }
    // END SOLUTION
}

/// What it buys to let the network say "I do not know".
///
/// The answer to an image is the class with the largest output, and its confidence is the largest output less the second
/// largest. With a threshold `t`, all answers whose confidence is below `t` are rejected. The curve has one point for each
/// different confidence that occurs, as the threshold, in ascending order:
///
/// ```text
/// rejected = images with a confidence below t / all images
/// error    = wrong answers among the others / number of the others
/// ```
///
/// So the first point rejects nothing, and the last one all but the most confident.
///
/// - `outputs`: `[n, classes]`, at least two classes; `labels`: `[n]`. No images give no points.
///
/// Source: LeCun et al., "Handwritten digit recognition with a back-propagation network" (NIPS 1989), which reports 1 %
/// error at a reject rate of about 9 %.
pub fn reject_curve(outputs: Tensor<2>, labels: Tensor<1, Int>) -> Vec<RejectPoint> {
    // BEGIN SOLUTION A2.4 reject_curve
    let [n, classes] = outputs.dims();
    let outputs: Vec<f64> = outputs.into_data().iter().collect();
    let labels = labels.into_data();
    let rows = outputs.chunks(classes).zip(labels.iter::<i64>());
    let mut answers: Vec<(f64, bool)> = rows.map(|(row, label)| answer(row, label)).collect();
    answers.sort_by(|a, b| a.0.total_cmp(&b.0));

    let mut curve: Vec<RejectPoint> = Vec::new();
    let mut wrong = answers.iter().filter(|(_, right)| !right).count();
    for (below, (confidence, right)) in answers.into_iter().enumerate() {
        if curve
            .last()
            .is_none_or(|point| point.threshold < confidence)
        {
            curve.push(RejectPoint {
                threshold: confidence,
                rejected: below as f64 / n as f64,
                error: wrong as f64 / (n - below) as f64,
            });
        }
        wrong -= usize::from(!right);
    }
    curve
    // END SOLUTION
}

/// The smallest share of images that must be rejected to have at most the error `error` among the others, or `None` when no
/// point of the curve is that good.
///
/// The error need not fall from point to point, so look at all of them.
pub fn reject_for_error(curve: Vec<RejectPoint>, error: f64) -> Option<f64> {
    // BEGIN SOLUTION A2.4 reject_for_error
    let good = curve.iter().filter(|point| point.error <= error);
    good.map(|point| point.rejected).min_by(f64::total_cmp)
    // END SOLUTION
}

// BEGIN SOLUTION
/// `A tanh(S a)` of every element.
fn squash<const D: usize>(a: Tensor<D>) -> Tensor<D> {
    tanh(a * (2.0 / 3.0)) * 1.7159
}

/// A layer of planes: 5 x 5 kernels in steps of 2, a bias for each unit, and the squashing.
fn plane_layer(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<3>) -> Tensor<4> {
    let options = ConvOptions {
        stride: [2, 2],
        ..ConvOptions::default()
    };
    squash(conv2d(background_pad(x, 2), weight, None, &options) + bias.unsqueeze())
}

/// The kernels `[12, 8, 5, 5]` of H2 among zeros, `[12, 12, 5, 5]`: a plane that is not seen counts nothing. One convolution
/// of the whole is faster than one for each group of planes.
fn dense_kernel(weight: Tensor<4>) -> Tensor<4> {
    let seen = lenet1989_connections().into_iter().enumerate();
    let places = seen.flat_map(|(h2, planes)| planes.into_iter().map(move |h1| 12 * h2 + h1));
    let places: Vec<i64> = places.map(|place| place as i64).collect();
    let places = Tensor::<1, Int>::from_ints(places.as_slice(), &weight.device());
    let none = Tensor::<2>::zeros([12 * 12, 25], (&weight.device(), weight.dtype()));
    let kernels = weight.reshape([12 * 8, 25]);
    none.select_assign(0, places, kernels, IndexingUpdateOp::Add)
        .reshape([12, 12, 5, 5])
}

/// Weights of units with `inputs` inputs.
fn uniform<const D: usize>(rng: &mut Rng, shape: [usize; D], inputs: usize) -> Tensor<D> {
    let bound = 2.4 / inputs as f64;
    rng.tensor(shape, |rng| rng.uniform(-bound, bound))
}

/// Biases before training, in double precision like the weights.
fn zeros<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::zeros(shape, (&Device::flex(), DType::F64))
}

/// The parameters after a step against the gradients.
fn step(
    parameters: Lenet1989Parameters,
    gradients: Lenet1989Parameters,
    rates: &Lenet1989Rates,
) -> Lenet1989Parameters {
    let (p, g) = (parameters, gradients);
    Lenet1989Parameters {
        h1_weight: p.h1_weight - g.h1_weight * rates.h1,
        h1_bias: p.h1_bias - g.h1_bias * rates.h1,
        h2_weight: p.h2_weight - g.h2_weight * rates.h2,
        h2_bias: p.h2_bias - g.h2_bias * rates.h2,
        h3_weight: p.h3_weight - g.h3_weight * rates.h3,
        h3_bias: p.h3_bias - g.h3_bias * rates.h3,
        out_weight: p.out_weight - g.out_weight * rates.out,
        out_bias: p.out_bias - g.out_bias * rates.out,
    }
}

/// The confidence of the answer that these outputs give, and whether it is right.
fn answer(outputs: &[f64], label: i64) -> (f64, bool) {
    let mut order: Vec<usize> = (0..outputs.len()).collect();
    order.sort_by(|&a, &b| outputs[b].total_cmp(&outputs[a]));
    (
        outputs[order[0]] - outputs[order[1]],
        order[0] as i64 == label,
    )
}
// END SOLUTION
