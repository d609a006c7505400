//! Checks of A2.2, forwards.

use burn::tensor::ops::ConvOptions as BurnOptions;
use burn::tensor::{DType, Device, Tensor, module};
use common::check::{Check, Tolerance, Verdict, close, ensure, equal, equal_bits, shape};
use common::contract::Submission;
use common::contract::a2::{ConvOptions, Convolution};
use common::rng::Rng;

use super::{about, sizes};
use crate::oracle::array::{Array, dot};
use crate::oracle::convolution::{Conv, places};
use crate::oracle::pytorch_convolution::Convolutions;

pub(super) const PART: &str = "A2.2";

/// The checks of this part that look at the way forwards, and at the columns.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "convolution/out_sizes",
            part: PART,
            points: 1,
            proves: "A kernel has as many places as can be counted; what does not fit, or is 0, is refused, and what just fits is not.",
            hint: "Subtract only when there is enough to subtract from; padding counts on both sides.",
            run: out_sizes,
        },
        Check {
            id: "convolution/naive_values",
            part: PART,
            points: 2,
            proves: "The loops agree with another implementation for unlike strides, paddings, dilations and kernels, in one group and in several.",
            hint: "The first of each pair is for the rows; output channel o belongs to group o / (c_out / groups).",
            run: naive_values,
        },
        Check {
            id: "convolution/gemm_values",
            part: PART,
            points: 2,
            proves: "The matrix product agrees with another implementation, with PyTorch and with Burn, in both element types.",
            hint: "Compare with your conv2d_naive; make no tensor with another element type than that of x.",
            run: gemm_values,
        },
        Check {
            id: "convolution/orientation",
            part: PART,
            points: 1,
            proves: "A single bright pixel comes out as the kernel turned by half a turn, and a kernel with a single 1 moves the image.",
            hint: "The sum is over x[i + p, j + q] weight[p, q], both with plus.",
            run: orientation,
        },
        Check {
            id: "convolution/equivariance",
            part: PART,
            points: 1,
            proves: "When the image moves by the stride, the output moves by one place, away from the edges.",
            hint: "The same kernel at every place, and the same bias.",
            run: equivariance,
        },
        Check {
            id: "convolution/im2col_values",
            part: PART,
            points: 1,
            proves: "The columns are right, in order, and zero where the kernel hangs over the edge.",
            hint: "Rows go by channel, kernel row, kernel column; columns by out row, out column.",
            run: im2col_values,
        },
        Check {
            id: "convolution/col2im_adjoint",
            part: PART,
            points: 1,
            proves: "col2im is the transpose of im2col, and counts for columns of ones how often each pixel is seen.",
            hint: "<im2col(x), c> = <x, col2im(c)> for all x and c: every number goes back to where it came from, and adds up.",
            run: col2im_adjoint,
        },
    ]
}

/// A convolution in which no two sizes that belong together are equal, and no pair is 1 and 1.
pub(super) fn random_conv(rng: &mut Rng, groups: usize) -> Conv {
    let kernel = sizes(rng, 2, 3);
    let options = ConvOptions {
        stride: sizes(rng, 1, 3),
        padding: sizes(rng, 0, 2),
        dilation: sizes(rng, 1, 2),
        groups,
    };
    of_kernel(rng, kernel, options)
}

/// Any convolution: pairs may be equal, kernels of one pixel.
pub(super) fn any_conv(rng: &mut Rng, groups: usize) -> Conv {
    let mut pair = |low, high| [rng.between(low, high), rng.between(low, high)];
    let kernel = pair(1, 3);
    let options = ConvOptions {
        stride: pair(1, 3),
        padding: pair(0, 2),
        dilation: pair(1, 2),
        groups,
    };
    of_kernel(rng, kernel, options)
}

/// Random numbers for a kernel that covers 5 pixels at most.
fn of_kernel(rng: &mut Rng, [rows, columns]: [usize; 2], options: ConvOptions) -> Conv {
    let [n, c_in, c_out] = sizes(rng, 1, 3);
    let [height, width] = sizes(rng, 5, 8);
    let groups = options.groups;
    let x = [n + 1, groups * c_in, height, width];
    let weight = [groups * c_out, c_in, rows, columns];
    Conv::random(rng, x, weight, options)
}

/// So many convolutions of any kind are drawn for each number of groups. A slip that shows in a quarter of them escapes
/// all twelve in three hand-ins of a hundred.
pub(super) const DRAWN: usize = 4;

pub(super) type Forward = fn(&Submission, &Conv) -> Result<Tensor<4>, common::contract::CallError>;

pub(super) const NAIVE: Forward = |s, c| {
    let (x, weight, bias) = (c.x.tensor(), c.weight.tensor(), c.bias.tensor());
    s.conv2d_naive(x, weight, bias, c.options.clone())
};

pub(super) const GEMM: Forward = |s, c| {
    let (x, weight, bias) = (c.x.tensor(), c.weight.tensor(), c.bias.tensor());
    s.conv2d_gemm(x, weight, bias, c.options.clone())
};

pub(super) const BOTH: [(&str, Forward); 2] = [("conv2d_naive", NAIVE), ("conv2d_gemm", GEMM)];

/// Burn's own convolution.
pub(super) fn burns(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: &ConvOptions,
) -> Tensor<4> {
    let ConvOptions {
        stride,
        padding,
        dilation,
        groups,
    } = *options;
    let options = BurnOptions::new(stride, padding, dilation, groups);
    module::conv2d(x, weight, Some(bias), options)
}

/// The sizes and options, for a message.
pub(super) fn sizes_of(conv: &Conv) -> String {
    format!(
        "x {:?}, weight {:?}, {:?}",
        conv.x.shape, conv.weight.shape, conv.options
    )
}

fn right(s: &Submission, forward: Forward, conv: &Conv) -> Verdict {
    let y = forward(s, conv)?;
    close(&y, &conv.y().tensor(), Tolerance::EXACT)
        .map_err(|failure| failure.on_input(sizes_of(conv)))
}

fn out_sizes(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..20 {
        let mut draw = |low, high| rng.between(low, high);
        let (size, kernel, stride) = (draw(1, 30), draw(1, 6), draw(1, 5));
        let (padding, dilation) = (draw(0, 4), draw(1, 4));
        let got = s.conv_out_size(size, kernel, stride, padding, dilation)?;
        let call = format!("conv_out_size({size}, {kernel}, {stride}, {padding}, {dilation})");
        match places(size, kernel, stride, padding, dilation) {
            0 => ensure(got.is_err(), || format!("expected an error, got {got:?}")),
            count => equal(&got, &Ok(count)),
        }
        .map_err(about(call))?;
    }
    // A kernel that just fits, and one that is a pixel too large.
    let (kernel, dilation, padding) = (rng.between(3, 5), rng.between(1, 3), rng.between(0, 1));
    let stride = rng.between(2, 4);
    let covered = dilation * (kernel - 1) + 1;
    let fits = s.conv_out_size(covered - 2 * padding, kernel, stride, padding, dilation)?;
    equal(&fits, &Ok(1)).map_err(about("a kernel that just fits"))?;
    let too_large = covered - 2 * padding - 1;
    let answer = s.conv_out_size(too_large, kernel, stride, padding, dilation)?;
    ensure(answer.is_err(), || {
        format!("a kernel that covers one pixel too many: expected an error, got {answer:?}")
    })?;
    for [kernel, stride, dilation] in [[0, 1, 1], [1, 0, 1], [1, 1, 0]] {
        let answer = s.conv_out_size(9, kernel, stride, 0, dilation)?;
        ensure(answer.is_err(), || {
            format!(
                "kernel {kernel}, stride {stride}, dilation {dilation}: expected an error, got {answer:?}"
            )
        })?;
    }
    Ok(())
}

fn naive_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for groups in 1..=3 {
        right(s, NAIVE, &random_conv(rng, groups))?;
        for _ in 0..DRAWN {
            right(s, NAIVE, &any_conv(rng, groups))?;
        }
    }
    single_precision(s, "conv2d_naive", |s, x, w, b, o| {
        s.conv2d_naive(x, w, b, o)
    })
}

/// Labs train in single precision: the answer must be in it too, and no call may mix the two.
fn single_precision(
    s: &Submission,
    name: &str,
    forward: impl Fn(
        &Submission,
        Tensor<4>,
        Tensor<4>,
        Tensor<1>,
        ConvOptions,
    ) -> Result<Tensor<4>, common::contract::CallError>,
) -> Verdict {
    // One number over another, small and whole, so that single precision is exact.
    let options = (&Device::flex(), DType::F32);
    let x = Tensor::from_data([[[[3.0, 1.0], [2.0, 5.0]]]], options);
    let weight = Tensor::from_data([[[[2.0], [-1.0]]]], options);
    let bias = Tensor::from_data([4.0], options);
    let y = forward(s, x, weight, bias, ConvOptions::default())?;
    let want = Tensor::from_data([[[[8.0, 1.0]]]], options);
    equal_bits(&y, &want).map_err(about(format_args!("{name} in single precision")))
}

fn gemm_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for groups in 1..=3 {
        let conv = random_conv(rng, groups);
        right(s, GEMM, &conv)?;
        let (x, weight, bias) = (conv.x.tensor(), conv.weight.tensor(), conv.bias.tensor());
        let burns = burns(x, weight, bias, &conv.options);
        close(&GEMM(s, &conv)?, &burns, Tolerance::EXACT).map_err(about("Burn's convolution"))?;
        for _ in 0..DRAWN {
            right(s, GEMM, &any_conv(rng, groups))?;
        }
    }
    for case in &Convolutions::load().cases {
        let y = GEMM(s, &case.conv())?;
        close(&y, &case.y.tensor(), Tolerance::EXACT).map_err(about("PyTorch's conv2d"))?;
    }
    single_precision(s, "conv2d_gemm", |s, x, w, b, o| s.conv2d_gemm(x, w, b, o))
}

fn orientation(s: &Submission, rng: &mut Rng) -> Verdict {
    let [rows, columns] = sizes(rng, 2, 4);
    let plain = ConvOptions::default();
    let at = [rng.between(0, 2), rng.between(0, 2)];

    // A bright pixel where all places of the kernel reach it.
    let x = [1, 1, 2 * rows - 1 + 2, 2 * columns - 1 + 2];
    let mut conv = Conv::random(rng, x, [1, 1, rows, columns], plain.clone());
    conv.x = Array::from_fn(x, |[_, _, i, j]| {
        let bright = [i, j] == [rows - 1 + at[0], columns - 1 + at[1]];
        if bright { 1.0 } else { 0.0 }
    });
    conv.bias = Array::zeros([1]);
    let turned = Array::from_fn(conv.y_shape(), |[_, _, i, j]| {
        let (i, j) = (i.wrapping_sub(at[0]), j.wrapping_sub(at[1]));
        match i < rows && j < columns {
            true => conv.weight[[0, 0, rows - 1 - i, columns - 1 - j]],
            false => 0.0,
        }
    });
    for (name, forward) in BOTH {
        equal_bits(&forward(s, &conv)?, &turned.tensor())
            .map_err(about(format_args!("{name}, a single bright pixel")))?;
    }

    // A kernel that looks at one of its pixels alone.
    let tap = [rng.below(rows), rng.below(columns)];
    let mut conv = Conv::random(rng, [2, 1, 6, 7], [1, 1, rows, columns], plain);
    conv.bias = Array::zeros([1]);
    conv.weight = Array::from_fn(
        conv.weight.shape,
        |[_, _, p, q]| {
            if [p, q] == tap { 1.0 } else { 0.0 }
        },
    );
    let moved = Array::from_fn(conv.y_shape(), |[n, c, i, j]| {
        conv.x[[n, c, i + tap[0], j + tap[1]]]
    });
    for (name, forward) in BOTH {
        equal_bits(&forward(s, &conv)?, &moved.tensor())
            .map_err(about(format_args!("{name}, a kernel with a single 1")))?;
    }
    Ok(())
}

fn equivariance(s: &Submission, rng: &mut Rng) -> Verdict {
    let [down, across] = sizes(rng, 1, 3);
    let options = ConvOptions {
        stride: [down, across],
        padding: [1, 1],
        ..ConvOptions::default()
    };
    let x = [1, 2, 2 + 4 * down, 2 + 4 * across];
    let conv = Conv::random(rng, x, [2, 2, 3, 2], options);
    let mut moved = conv.clone();
    moved.x = Array::from_fn(x, |[n, c, i, j]| match i >= down && j >= across {
        true => conv.x[[n, c, i - down, j - across]],
        false => rng.normal(),
    });
    let [_, _, rows, columns] = conv.y_shape();
    for (name, forward) in BOTH {
        let (y, after) = (forward(s, &conv)?, forward(s, &moved)?);
        shape(&y, conv.y_shape()).map_err(about(name))?;
        shape(&after, conv.y_shape()).map_err(about(name))?;
        // The outermost places see the padding, or what came in.
        let inner = |y: Tensor<4>, first: usize| {
            let y = y.narrow(2, first, rows - 3);
            y.narrow(3, first, columns - 3)
        };
        close(&inner(after, 2), &inner(y, 1), Tolerance::EXACT)
            .map_err(|failure| failure.about(name).on_input(sizes_of(&conv)))?;
    }
    // What is equal everywhere must be the right thing too.
    for (name, forward) in BOTH {
        right(s, forward, &conv).map_err(about(name))?;
    }
    Ok(())
}

fn im2col_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for groups in 1..=2 {
        let conv = random_conv(rng, groups);
        columns_are_right(s, &conv)?;
        columns_are_right(s, &any_conv(rng, groups))?;
    }
    Ok(())
}

fn columns_are_right(s: &Submission, conv: &Conv) -> Verdict {
    let got = s.im2col(conv.x.tensor(), conv.kernel(), conv.options.clone())?;
    close(&got, &conv.columns().tensor(), Tolerance::EXACT)
        .map_err(|failure| failure.on_input(sizes_of(conv)))
}

/// A sum of some hundred products of normal numbers: off by some 1e-14, and 1e-12 is allowed.
pub(super) const ADJOINT: Tolerance = Tolerance {
    absolute: 1e-12,
    relative: 1e-12,
};

fn col2im_adjoint(s: &Submission, rng: &mut Rng) -> Verdict {
    for groups in 1..=2 {
        let conv = random_conv(rng, groups);
        let (size, kernel) = (conv.size(), conv.kernel());
        let columns = conv.columns();
        let back = |columns: Tensor<3>| s.col2im(columns, size, kernel, conv.options.clone());

        let mut check = || {
            let ones = columns.tensor().ones_like();
            close(&back(ones)?, &conv.uses().tensor(), Tolerance::EXACT)
                .map_err(about("columns of ones"))?;
            let other = Array::normal(rng, columns.shape).tensor();
            let pixels = back(other.clone())?;
            shape(&pixels, conv.x.shape)?;
            let (ahead, behind) = (
                dot(&columns.tensor(), &other),
                dot(&conv.x.tensor(), &pixels),
            );
            common::check::within(behind, ahead, ADJOINT)
                .map_err(about("<x, col2im(c)> for <im2col(x), c>"))
        };
        check().map_err(|failure: common::check::Failure| failure.on_input(sizes_of(&conv)))?;
    }
    Ok(())
}
