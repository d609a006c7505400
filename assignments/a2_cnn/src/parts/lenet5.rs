//! A2.5 LeNet-5 and the modernisation ladder.
//!
//! The network that read a good tenth of all cheques in the United States:
//!
//! | layer | planes | sees | learns |
//! |---|---|---|---|
//! | C1 | 6 of 28 x 28 | 5 x 5 pixels of the padded image | a kernel and a bias for each plane |
//! | S2 | 6 of 14 x 14 | 2 x 2 units of its plane of C1 | a coefficient and a bias for each plane |
//! | C3 | 16 of 10 x 10 | 5 x 5 units of some planes of S2 | a kernel for each of 60 links, a bias for each plane |
//! | S4 | 16 of 5 x 5 | 2 x 2 units of its plane of C3 | a coefficient and a bias for each plane |
//! | C5 | 120 units | all of S4 | its own weights |
//! | F6 | 84 units | all of C5 | its own weights |
//!
//! Every one of these units is `A tanh(S a)` of its sum `a`, with `A = 1.7159` and `S = 2/3`. The outputs are the squared
//! distances of F6 from ten given patterns of 84 numbers.
//!
//! The ladder takes the network of A2.4, of 1989, and makes it modern in four steps.
//!
//! Sources: LeCun et al., "Gradient-based learning applied to document recognition" (1998), section II; Karpathy, "Deep
//! neural nets: 33 years ago and 33 years from now" (2022).

use burn::tensor::activation::{relu, tanh};
use burn::tensor::ops::PadMode;
use burn::tensor::{IndexingUpdateOp, Int, Tensor};
use common::contract::a2::{
    LadderLoss, LadderRule, LadderRung, LadderUnit, LayerSize, Lenet5Parameters,
    Lenet1989Parameters, ModernLenet5Parameters,
};
use common::nn::{ConvOptions, avg_pool2d, conv2d, cross_entropy, max_pool2d};

/// Which planes of S2 each plane of C3 sees: sixteen lists in ascending order.
///
/// The first six planes see three neighbouring planes of S2, where 5 and 0 are neighbours too: plane `i` sees `i`, `i + 1`
/// and `i + 2`, each modulo 6. The next six see four neighbours in the same way, plane `6 + i` from `i` on. The next three
/// see (0, 1, 3, 4), (1, 2, 4, 5) and (0, 2, 3, 5), and the last one sees all six.
///
/// Source: LeCun et al. (1998), Table I.
pub fn c3_table() -> Vec<Vec<usize>> {
    // BEGIN SOLUTION A2.5 c3_table
    let neighbours = |count: usize| {
        (0..6).map(move |first| {
            let mut planes: Vec<usize> = (first..first + count).map(|plane| plane % 6).collect();
            planes.sort_unstable();
            planes
        })
    };
    let others = [
        vec![0, 1, 3, 4],
        vec![1, 2, 4, 5],
        vec![0, 2, 3, 5],
        (0..6).collect(),
    ];
    neighbours(3).chain(neighbours(4)).chain(others).collect()
    // END SOLUTION
}

/// The kernels of C3 as one dense kernel: zeros where a plane does not see another.
///
/// - `links`: `[60, 5, 5]`, the kernels of plane 0 in the order of [`c3_table`], then those of plane 1, and so on.
/// - Gives `[16, 6, 5, 5]`.
pub fn c3_kernel(links: Tensor<3>) -> Tensor<4> {
    // BEGIN SOLUTION A2.5 c3_kernel
    dense_kernel(links, &c3_table(), 6)
    // END SOLUTION
}

/// The sizes of the layers, for images of `height` x `width` pixels after the padding.
///
/// For the network of 1998 these are `C1`, `S2`, `C3`, `S4`, `C5` and `F6`; the RBF units of the output learn nothing and are
/// left out. For 32 x 32 pixels their parameters add up to 60 000. For the modern network there is `out` as well; its `C3`
/// sees all planes, and its `S2` and `S4` have no parameters and no biases. Then the sum is 61 706.
///
/// - units: planes lose 4 rows and 4 columns in C1 and C3 and are halved in S2 and S4; both sizes are 12 more than a multiple
///   of 4. C5 has 120 units, F6 has 84, `out` has 10.
/// - parameters: what all units of a plane share counts once.
/// - connections: each unit has one for each of its inputs, and one for its bias if it has one.
pub fn lenet5_sizes(height: usize, width: usize, modern: bool) -> Vec<LayerSize> {
    // BEGIN SOLUTION A2.5 lenet5_sizes
    let area = |less: usize, shrink: usize| ((height - less) / shrink) * ((width - less) / shrink);
    let [a1, a2, a3, a4] = [area(4, 1), area(4, 2), area(12, 2), area(12, 4)];
    let links = if modern { 16 * 6 } else { 60 };
    let n4 = 16 * a4;
    let size = |layer: &str, units, parameters, connections| LayerSize {
        layer: layer.into(),
        units,
        parameters,
        connections,
    };
    let subsampling = |layer, planes, area| match modern {
        true => size(layer, planes * area, 0, planes * area * 4),
        false => size(layer, planes * area, 2 * planes, planes * area * 5),
    };
    let full =
        |layer, inputs, units| size(layer, units, (inputs + 1) * units, (inputs + 1) * units);
    let mut sizes = vec![
        size("C1", 6 * a1, 6 * 26, 6 * 26 * a1),
        subsampling("S2", 6, a2),
        size("C3", 16 * a3, 25 * links + 16, (25 * links + 16) * a3),
        subsampling("S4", 16, a4),
        full("C5", n4, 120),
        full("F6", 120, 84),
    ];
    if modern {
        sizes.push(full("out", 84, 10));
    }
    sizes
    // END SOLUTION
}

/// Images as LeNet-5 takes them. A grey value `p`, 0 for background and 1 for ink, becomes `1.275 p - 0.1`, so that
/// the values of a digit have mean 0 and variance 1, more or less; then there are two rows and columns of background, which
/// is -0.1 now, on each side. With 28 x 28 pixels, 32 x 32 come out: strokes that end at the border can be in the middle
/// of a kernel.
///
/// - `images`: `[n, 1, height, width]`. Gives `[n, 1, height + 4, width + 4]`.
pub fn lenet5_input(images: Tensor<4>) -> Tensor<4> {
    // BEGIN SOLUTION A2.5 lenet5_input
    images.pad((2, 2, 2, 2), PadMode::Constant(0.0)) * 1.275 - 0.1
    // END SOLUTION
}

/// A layer of sub-sampling: each unit adds up four units, 2 x 2 that no other unit sees, and
///
/// ```text
/// y = A tanh(S (coefficient x sum + bias))
/// ```
///
/// with the coefficient and the bias of its plane.
///
/// - `x`: `[n, c, height, width]` with even sizes; `coefficient`, `bias`: `[c]`. Gives `[n, c, height / 2, width / 2]`.
pub fn trainable_subsampling(x: Tensor<4>, coefficient: Tensor<1>, bias: Tensor<1>) -> Tensor<4> {
    // BEGIN SOLUTION A2.5 trainable_subsampling
    let sum = avg_pool2d(x, [2, 2], [2, 2]) * 4.0;
    let of_plane = |values: Tensor<1>| values.reshape([1, -1, 1, 1]);
    squash(sum * of_plane(coefficient) + of_plane(bias))
    // END SOLUTION
}

/// The states of F6.
///
/// C1 and C3 are convolutions without padding and with stride 1, each followed by its sub-sampling; C5 and F6 are linear.
/// All six layers end with `A tanh(S a)`.
///
/// - `images`: `[n, 1, height, width]` as [`lenet5_input`] makes them. Gives `[n, units of F6]`.
/// - Before C5 the planes of S4 are laid out one after the other, each row by row.
pub fn lenet5_features(parameters: Lenet5Parameters, images: Tensor<4>) -> Tensor<2> {
    // BEGIN SOLUTION A2.5 lenet5_features
    let p = parameters;
    let convolution = ConvOptions::default();
    let c1 = squash(conv2d(images, p.c1_weight, Some(p.c1_bias), &convolution));
    let s2 = trainable_subsampling(c1, p.s2_coefficient, p.s2_bias);
    let c3 = squash(conv2d(
        s2,
        c3_kernel(p.c3_weight),
        Some(p.c3_bias),
        &convolution,
    ));
    let s4 = trainable_subsampling(c3, p.s4_coefficient, p.s4_bias);
    let c5 = squash(s4.flatten::<2>(1, 3).matmul(p.c5_weight) + p.c5_bias.unsqueeze());
    squash(c5.matmul(p.f6_weight) + p.f6_bias.unsqueeze())
    // END SOLUTION
}

/// The outputs of LeNet-5, one radial basis function for each class:
///
/// ```text
/// y[n, i] = sum over j of (features[n, j] - prototypes[i, j])^2
/// ```
///
/// The answer is the class whose distance is smallest.
///
/// - `features`: `[n, units]`; `prototypes`: `[classes, units]`, in the paper pictures of 7 x 12 pixels, -1 or 1. Gives
///   `[n, classes]`.
pub fn rbf_distances(features: Tensor<2>, prototypes: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A2.5 rbf_distances
    let difference = features.unsqueeze_dim::<3>(1) - prototypes.unsqueeze_dim(0);
    difference.square().sum_dim(2).squeeze_dim(2)
    // END SOLUTION
}

/// The loss of LeNet-5: the distance from the right prototype should be small, those from the others large.
///
/// ```text
/// loss = the mean over n of   y[n, labels[n]] + ln(exp(-j) + sum over i of exp(-y[n, i]))
/// ```
///
/// The constant `j > 0` keeps the second term from falling below `-j`: a class that is far away is left alone.
///
/// - `distances`: `[n, classes]`; `labels`: `[n]`. Gives `[1]`.
///
/// Source: LeCun et al. (1998), eq. 9.
pub fn rbf_loss(distances: Tensor<2>, labels: Tensor<1, Int>, j: f64) -> Tensor<1> {
    // BEGIN SOLUTION A2.5 rbf_loss
    let right = distances.clone().gather(1, labels.unsqueeze_dim(1));
    let others = (distances.neg().exp().sum_dim(1) + (-j).exp()).log();
    (right + others).mean()
    // END SOLUTION
}

/// The logits of what is called LeNet today: ReLU after C1, C3, C5 and F6, the largest of four units in the place of
/// sub-sampling, C3 that sees all planes, and a linear output layer.
///
/// - `images`: `[n, 1, height, width]` as [`lenet5_input`] makes them. Gives `[n, 10]`.
/// - Before C5 the planes of S4 are laid out one after the other, each row by row.
pub fn lenet5_modern(parameters: ModernLenet5Parameters, images: Tensor<4>) -> Tensor<2> {
    // BEGIN SOLUTION A2.5 lenet5_modern
    let p = parameters;
    let stage = |x, weight, bias| {
        let sums = conv2d(x, weight, Some(bias), &ConvOptions::default());
        max_pool2d(relu(sums), [2, 2], [2, 2])
    };
    let linear = |x: Tensor<2>, weight, bias: Tensor<1>| x.matmul(weight) + bias.unsqueeze();
    let s2 = stage(images, p.c1_weight, p.c1_bias);
    let s4 = stage(s2, p.c3_weight, p.c3_bias);
    let c5 = relu(linear(s4.flatten(1, 3), p.c5_weight, p.c5_bias));
    let f6 = relu(linear(c5, p.f6_weight, p.f6_bias));
    linear(f6, p.out_weight, p.out_bias)
    // END SOLUTION
}

/// The rungs of the ladder. Each is the one below with what stands here changed.
///
/// | step | passes | changes |
/// |---|---|---|
/// | 0 | 23 | 1989: squared error, scaled tanh, SGD with the rate 0.03 to the end, no shifts, no dropout |
/// | 1 | 23 | cross-entropy; the rate is 0.01 |
/// | 2 | 46 | AdamW; the rate falls from 3e-4 to 1e-4 |
/// | 3 | 60 | shifts by up to 1 pixel |
/// | 4 | 80 | ReLU, and a quarter of the units of H2 is dropped; the rate falls from 2e-3 to 1e-5 |
///
/// Other steps are an error that names the step.
///
/// Source: Karpathy (2022), who counted 82, 87, 72, 43 and 32 mistakes on digits that were made of MNIST; the rates of
/// step 4 are ours, his stayed those of step 2.
pub fn modernise(step: usize) -> Result<LadderRung, String> {
    // BEGIN SOLUTION A2.5 modernise
    let Some(below) = step.checked_sub(1) else {
        return Ok(LadderRung {
            passes: 23,
            loss: LadderLoss::SquaredError,
            unit: LadderUnit::ScaledTanh,
            rule: LadderRule::Sgd,
            lr: 0.03,
            last_lr: 0.03,
            shift: 0,
            dropout: 0.0,
        });
    };
    if step > 4 {
        return Err(format!(
            "the ladder has the steps 0 to 4, and no step {step}"
        ));
    }
    let below = modernise(below)?;
    Ok(match step {
        1 => LadderRung {
            loss: LadderLoss::CrossEntropy,
            lr: 0.01,
            last_lr: 0.01,
            ..below
        },
        2 => LadderRung {
            passes: 46,
            rule: LadderRule::AdamW,
            lr: 3e-4,
            last_lr: 1e-4,
            ..below
        },
        3 => LadderRung {
            passes: 60,
            shift: 1,
            ..below
        },
        _ => LadderRung {
            passes: 80,
            lr: 2e-3,
            last_lr: 1e-5,
            unit: LadderUnit::Relu,
            dropout: 0.25,
            ..below
        },
    })
    // END SOLUTION
}

/// The learning rate of a pass, counted from 0: it falls, or rises, in equal steps from `lr` in the first pass to `last_lr` in
/// the last. Where there is one pass only, its rate is `lr`; a pass after the last has the last one's rate.
pub fn ladder_lr(rung: LadderRung, pass: usize) -> f64 {
    // BEGIN SOLUTION A2.5 ladder_lr
    let last = rung.passes.max(1) - 1;
    let share = pass.min(last) as f64 / last.max(1) as f64;
    rung.lr + share * (rung.last_lr - rung.lr)
    // END SOLUTION
}

/// Each image moved by the pixels of its pair of `shifts`: down by the first number, to the right by the second; negative
/// numbers move it up and to the left. What leaves the image is lost, and what comes in is `background`.
///
/// - `images`: `[n, 1, height, width]`; `shifts`: `n` pairs, no number larger than a side. Gives `[n, 1, height, width]`.
pub fn ladder_shift(images: Tensor<4>, shifts: Vec<[i64; 2]>, background: f64) -> Tensor<4> {
    // BEGIN SOLUTION A2.5 ladder_shift
    let [n, _, height, width] = images.dims();
    let reach = shifts
        .iter()
        .flatten()
        .map(|shift| shift.unsigned_abs() as usize);
    let reach = reach.max().unwrap_or(0);
    // With a margin on all sides, a moved image is a window of the padded one.
    let shape = [n, 1, height + 2 * reach, width + 2 * reach];
    let padded = Tensor::full(shape, background, (&images.device(), images.dtype()));
    let middle = [0..n, 0..1, reach..reach + height, reach..reach + width];
    let padded = padded.slice_assign(middle, images);
    let start = |shift: i64| (reach as i64 - shift) as usize;
    let windows = shifts.iter().enumerate().map(|(i, [down, right])| {
        let (top, left) = (start(*down), start(*right));
        padded
            .clone()
            .slice([i..i + 1, 0..1, top..top + height, left..left + width])
    });
    Tensor::cat(windows.collect(), 0)
    // END SOLUTION
}

/// The outputs of the network of 1989 as a rung wants it.
///
/// As in A2.4: H1 and H2 are convolutions with 5 x 5 kernels and stride 2 of planes with two rows and columns of -1 on each
/// side, plus a bias for each unit; a plane of H2 sees eight planes of H1, two of three groups of four, which are the first
/// and second for the first four planes of H2, the second and third for the next four, the first and third for the last four; H3
/// and the output layer are linear. What is different:
///
/// - the units of H1, H2 and H3 are `rung.unit` of their sums;
/// - the outputs are `A tanh(S a)` of their sums where `rung.loss` is the squared error, and the sums themselves where it is
///   cross-entropy;
/// - with `uniform`, each unit of H2 whose number is below `rung.dropout` is set to 0, and the others are divided by
///   `1 - rung.dropout`. Without, as in use, H2 is what it is.
///
/// - `images`: `[n, 1, height, width]`, background -1; `uniform`: `[n, n2]`, as H2 is laid out before H3: planes one after the
///   other, each row by row. Gives `[n, 10]`.
pub fn ladder_forward(
    rung: LadderRung,
    parameters: Lenet1989Parameters,
    images: Tensor<4>,
    uniform: Option<Tensor<2>>,
) -> Tensor<2> {
    // BEGIN SOLUTION A2.5 ladder_forward
    let p = parameters;
    let planes = |x: Tensor<4>, weight, bias: Tensor<3>| {
        let padded = x.pad((2, 2, 2, 2), PadMode::Constant(-1.0));
        let options = ConvOptions {
            stride: [2, 2],
            ..ConvOptions::default()
        };
        unit(
            rung.unit,
            conv2d(padded, weight, None, &options) + bias.unsqueeze(),
        )
    };
    let h1 = planes(images, p.h1_weight, p.h1_bias);
    let links = p.h2_weight.reshape([12 * 8, 5, 5]);
    let h2 = planes(h1, dense_kernel(links, &h2_table(), 12), p.h2_bias);
    let mut h2: Tensor<2> = h2.flatten(1, 3);
    if let Some(uniform) = uniform {
        h2 = h2.mask_fill(uniform.lower_elem(rung.dropout), 0.0) / (1.0 - rung.dropout);
    }
    let h3 = unit(rung.unit, h2.matmul(p.h3_weight) + p.h3_bias.unsqueeze());
    let sums = h3.matmul(p.out_weight) + p.out_bias.unsqueeze();
    match rung.loss {
        LadderLoss::SquaredError => squash(sums),
        LadderLoss::CrossEntropy => sums,
    }
    // END SOLUTION
}

/// The loss that a rung trains for: the mean over images and classes of the squared distance from 1 for the right class and
/// -1 for the others, or the mean cross-entropy in nats of the softmax of the outputs.
///
/// - `outputs`: `[n, classes]`; `labels`: `[n]`. Gives `[1]`.
pub fn ladder_loss(rung: LadderRung, outputs: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    // BEGIN SOLUTION A2.5 ladder_loss
    match rung.loss {
        LadderLoss::CrossEntropy => cross_entropy(outputs, labels, 0.0),
        LadderLoss::SquaredError => {
            let all_wrong = outputs.full_like(-1.0);
            let two = all_wrong.full_like(2.0).narrow(1, 0, 1);
            let right = labels.unsqueeze_dim(1);
            let targets = all_wrong.scatter(1, right, two, IndexingUpdateOp::Add);
            (outputs - targets).square().mean()
        }
    }
    // END SOLUTION
}

// BEGIN SOLUTION
/// `A tanh(S a)` of every element.
fn squash<const D: usize>(a: Tensor<D>) -> Tensor<D> {
    tanh(a * (2.0 / 3.0)) * 1.7159
}

/// What a hidden unit makes of its sum.
fn unit<const D: usize>(unit: LadderUnit, a: Tensor<D>) -> Tensor<D> {
    match unit {
        LadderUnit::ScaledTanh => squash(a),
        LadderUnit::Relu => relu(a),
    }
}

/// Which planes of H1 each plane of H2 sees.
fn h2_table() -> Vec<Vec<usize>> {
    let groups = [[0, 1], [1, 2], [0, 2]];
    let planes = |plane: usize| groups[plane / 4].map(|group| 4 * group..4 * group + 4);
    (0..12)
        .map(|plane| planes(plane).into_iter().flatten().collect())
        .collect()
}

/// The kernels of all links, `[links, 5, 5]` in the order of the table, in their places among zeros: `[planes, below, 5, 5]`
/// for `below` planes below.
fn dense_kernel(links: Tensor<3>, table: &[Vec<usize>], below: usize) -> Tensor<4> {
    let rows = table.iter().enumerate();
    let places =
        rows.flat_map(|(plane, seen)| seen.iter().map(move |i| (plane * below + i) as i64));
    let places: Vec<i64> = places.collect();
    let places = Tensor::<1, Int>::from_ints(places.as_slice(), &links.device());
    let none = Tensor::<3>::zeros(
        [table.len() * below, 5, 5],
        (&links.device(), links.dtype()),
    );
    let kernels = none.select_assign(0, places, links, IndexingUpdateOp::Add);
    kernels.reshape([table.len(), below, 5, 5])
}
// END SOLUTION
