//! Public checks of A2.2.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, alike, close, ensure, equal, numeric_gradient, show,
    tensor,
};
use common::contract::a2::{ConvGradients, ConvOptions, Convolution};
use common::contract::{Outcome, Submission};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.2",
    title: "Convolution",
    module: "convolution",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/convolution.rs and write conv_out_size, then conv2d_naive: seven loops, from the formula at the top.",
    hints: &[
        "Where a pixel is: row = i stride + p dilation - padding. In usize that may go below 0: use checked_sub, and \
         leave the product out when it gives None or the row is not below the height. For im2col put the zeros around \
         x first; then what lies under one element of the kernel at all places is one slice with a step.",
        "im2col: for each p, q, in this order, the slice whose rows are p d, p d + s, ... (out of them) and whose \
         columns likewise, reshaped to [n, c, 1, places]; cat them along axis 2 and reshape. col2im goes \
         through the same slices of a padded image of zeros: take the slice, add, slice_assign, and cut the padding off at \
         the end. With groups: chunk(groups, 1) of the columns, of the kernels as [1, c_out, k], and of dy.",
    ],
    hidden_checks: 11,
    forbidden: rules::BY_HAND,
};

/// The public checks of A2.2.
pub const CHECKS: &[Check] = &[
    Check {
        id: "convolution/out_size",
        part: "A2.2",
        points: 1,
        proves: "a kernel has as many places as in the handout's table, and one that does not fit is refused",
        hint: "the kernel covers dilation (kernel - 1) + 1 pixels; divide what is left by the stride, rounding down, and add 1",
        run: out_size,
    },
    Check {
        id: "convolution/naive",
        part: "A2.2",
        points: 1,
        proves: "the loops give the numbers of the handout's examples: plain, with stride and padding, dilated, in groups",
        hint: "compute the first number of the output by hand; the kernel is not turned around",
        run: naive,
    },
    Check {
        id: "convolution/im2col",
        part: "A2.2",
        points: 1,
        proves: "each column holds what the kernel sees at one place, channel by channel and row by row",
        hint: "rows go by channel, then row, then column of the kernel; columns go by place, row by row",
        run: columns,
    },
    Check {
        id: "convolution/col2im",
        part: "A2.2",
        points: 1,
        proves: "numbers that come to the same pixel add up, and those from the padding are dropped",
        hint: "add to what is there already; cut the padding off at the end",
        run: back_to_pixels,
    },
    Check {
        id: "convolution/gemm",
        part: "A2.2",
        points: 1,
        proves: "the matrix product gives the same numbers as the loops should",
        hint: "kernels as rows [c_out / groups, k] times the group's rows of im2col; then reshape and add the bias",
        run: gemm,
    },
    Check {
        id: "convolution/backward",
        part: "A2.2",
        points: 1,
        proves: "the gradients are the handout's numbers and agree with numeric gradients, in groups and with stride and padding",
        hint: "dW = dY X^T summed over the images, dX = W^T dY, then col2im",
        run: backward,
    },
];

/// The handout's image and kernel.
fn example() -> (Tensor<4>, Tensor<4>) {
    let x = tensor([[[
        [1.0, 2.0, 0.0, 1.0],
        [0.0, 1.0, 3.0, 0.0],
        [2.0, 0.0, 1.0, 2.0],
    ]]]);
    (x, tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
}

fn out_size(submission: &Submission, _: &mut Rng) -> Verdict {
    // Size, kernel, stride, padding, dilation, and how many places.
    let table = [
        ([3, 2, 1, 0, 1], 2),
        ([3, 2, 2, 1, 1], 2),
        ([3, 2, 1, 0, 2], 1),
        ([32, 5, 1, 0, 1], 28),
        ([224, 11, 4, 2, 1], 55),
        ([5, 5, 3, 0, 1], 1),
    ];
    for ([size, kernel, stride, padding, dilation], want) in table {
        let got = submission.conv_out_size(size, kernel, stride, padding, dilation)?;
        equal(&got, &Ok(want)).map_err(|failure| {
            failure.about(format_args!(
                "conv_out_size({size}, {kernel}, {stride}, {padding}, {dilation})"
            ))
        })?;
    }
    for [size, kernel, stride, padding, dilation] in
        [[3, 4, 1, 0, 1], [3, 3, 1, 0, 2], [3, 2, 0, 0, 1]]
    {
        let got = submission.conv_out_size(size, kernel, stride, padding, dilation)?;
        ensure(got.is_err(), || {
            format!(
                "conv_out_size({size}, {kernel}, {stride}, {padding}, {dilation}): expected an error, got {got:?}"
            )
        })?;
    }
    Ok(())
}

/// One convolution of the handout.
struct Example {
    what: &'static str,
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvOptions,
    y: Tensor<4>,
}

fn examples() -> Vec<Example> {
    let (x, weight) = example();
    let plain = ConvOptions::default();
    let one = |what, bias: f64, options, y| Example {
        what,
        x: x.clone(),
        weight: weight.clone(),
        bias: tensor([bias]),
        options,
        y,
    };
    vec![
        one(
            "stride 1, no padding",
            1.0,
            plain.clone(),
            tensor([[[[10.0, 18.0, 12.0], [9.0, 12.0, 15.0]]]]),
        ),
        one(
            "stride 2, padding 1",
            0.0,
            ConvOptions {
                stride: [2, 2],
                padding: [1, 1],
                ..plain.clone()
            },
            tensor([[[[4.0, 6.0, 3.0], [8.0, 11.0, 6.0]]]]),
        ),
        one(
            "dilation 2",
            0.0,
            ConvOptions {
                dilation: [2, 2],
                ..plain.clone()
            },
            tensor([[[[11.0, 12.0]]]]),
        ),
        Example {
            what: "2 groups",
            x: two_channels(),
            weight: tensor([[[[1.0, -1.0]]], [[[2.0, 0.0]]]]),
            bias: tensor([10.0, 20.0]),
            options: ConvOptions {
                groups: 2,
                ..plain.clone()
            },
            y: tensor([[[[9.0], [9.0]], [[30.0], [34.0]]]]),
        },
        // y = 1 + the first channel's first column + a tenth of the second channel's second one, and 1 in the padding.
        Example {
            what: "two images of two channels, stride 1 down and 2 right, padding of rows alone",
            x: tensor([
                [
                    [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
                    [[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]],
                ],
                [
                    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]],
                    [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]],
                ],
            ]),
            weight: tensor([[[[1.0, 0.0]], [[0.0, 0.1]]]]),
            bias: tensor([1.0]),
            options: ConvOptions {
                stride: [1, 2],
                padding: [1, 0],
                ..plain
            },
            y: tensor([
                [[[1.0], [4.0], [10.0], [1.0]]],
                [[[1.0], [1.1], [2.2], [1.0]]],
            ]),
        },
    ]
}

fn two_channels() -> Tensor<4> {
    tensor([[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]])
}

fn naive(submission: &Submission, _: &mut Rng) -> Verdict {
    forward("conv2d_naive", |x, weight, bias, options| {
        submission.conv2d_naive(x, weight, bias, options)
    })
}

fn gemm(submission: &Submission, _: &mut Rng) -> Verdict {
    forward("conv2d_gemm", |x, weight, bias, options| {
        submission.conv2d_gemm(x, weight, bias, options)
    })
}

/// Whether `call`, of the name `function`, gives what the examples say.
fn forward(
    function: &str,
    call: impl Fn(Tensor<4>, Tensor<4>, Tensor<1>, ConvOptions) -> Outcome<Tensor<4>>,
) -> Verdict {
    for Example {
        what,
        x,
        weight,
        bias,
        options,
        y,
    } in examples()
    {
        let input = input(&x, &weight, &bias);
        let got = call(x, weight, bias, options)?;
        close(&got, &y, Tolerance::EXACT).map_err(|failure| {
            failure
                .about(format_args!("{function}, {what}"))
                .on_input(input)
        })?;
    }
    Ok(())
}

fn input(x: &Tensor<4>, weight: &Tensor<4>, bias: &Tensor<1>) -> String {
    format!(
        "x {}, weight {}, bias {}",
        show(x),
        show(weight),
        show(bias)
    )
}

fn columns(submission: &Submission, _: &mut Rng) -> Verdict {
    let plain = ConvOptions::default;
    let (x, _) = example();
    let cases = [
        (
            "a kernel of 2 x 2",
            x,
            [2, 2],
            tensor([[
                [1.0, 2.0, 0.0, 0.0, 1.0, 3.0],
                [2.0, 0.0, 1.0, 1.0, 3.0, 0.0],
                [0.0, 1.0, 3.0, 2.0, 0.0, 1.0],
                [1.0, 3.0, 0.0, 0.0, 1.0, 2.0],
            ]]),
        ),
        (
            "a kernel of 1 x 2 on two channels",
            two_channels(),
            [1, 2],
            tensor([[[1.0, 3.0], [2.0, 4.0], [5.0, 7.0], [6.0, 8.0]]]),
        ),
    ];
    for (what, x, kernel, want) in cases {
        let input = format!("x {}", show(&x));
        let got = submission.im2col(x, kernel, plain())?;
        close(&got, &want, Tolerance::EXACT).map_err(|failure| {
            failure
                .about(format_args!("im2col, {what}"))
                .on_input(input)
        })?;
    }
    let x = tensor([[[[1.0, 2.0, 3.0, 4.0]]]]);
    let options = ConvOptions {
        stride: [1, 3],
        padding: [0, 1],
        dilation: [1, 2],
        groups: 1,
    };
    let got = submission.im2col(x, [1, 2], options)?;
    let want = tensor([[[0.0, 3.0], [2.0, 0.0]]]);
    close(&got, &want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about(
                "im2col, a kernel of 1 x 2 with stride 3, padding 1 and dilation 2 along the row",
            )
            .on_input("x [[[[1, 2, 3, 4]]]]")
    })
}

fn back_to_pixels(submission: &Submission, _: &mut Rng) -> Verdict {
    let ones = tensor([[[1.0; 6]; 4]]);
    let got = submission.col2im(ones, [3, 4], [2, 2], ConvOptions::default())?;
    let want = tensor([[[
        [1.0, 2.0, 2.0, 1.0],
        [2.0, 4.0, 4.0, 2.0],
        [1.0, 2.0, 2.0, 1.0],
    ]]]);
    close(&got, &want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("col2im, how often each pixel is used")
            .on_input("columns of ones [1, 4, 6], an image of 3 x 4, a kernel of 2 x 2")
    })?;

    let columns = tensor([[[1.0, 2.0], [3.0, 4.0]]]);
    let input = format!(
        "columns {}, an image of 1 x 4, a kernel of 1 x 2, stride 3, padding 1",
        show(&columns)
    );
    let options = ConvOptions {
        stride: [1, 3],
        padding: [0, 1],
        ..ConvOptions::default()
    };
    // The places begin at pixels -1 and 2: 1 falls on the padding.
    let got = submission.col2im(columns, [1, 4], [1, 2], options)?;
    let want = tensor([[[[3.0, 0.0, 2.0, 4.0]]]]);
    close(&got, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("col2im with padding").on_input(input))
}

fn backward(submission: &Submission, rng: &mut Rng) -> Verdict {
    let (x, weight) = example();
    let dy = tensor([[[[1.0, 0.0, 0.0], [0.0, -2.0, 0.0]]]]);
    let input = format!("x {}, weight {}, dy {}", show(&x), show(&weight), show(&dy));
    let got = submission.conv2d_backward(x, weight, dy, ConvOptions::default())?;
    let want = ConvGradients {
        dx: tensor([[[
            [1.0, 2.0, 0.0, 0.0],
            [3.0, 2.0, -4.0, 0.0],
            [0.0, -6.0, -8.0, 0.0],
        ]]]),
        dweight: tensor([[[[-1.0, -4.0], [0.0, -1.0]]]]),
        dbias: tensor([-1.0]),
    };
    same(&got, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("conv2d_backward").on_input(input))?;

    let options = ConvOptions {
        stride: [1, 2],
        padding: [1, 0],
        dilation: [1, 1],
        groups: 2,
    };
    let x = rng.normal_tensor([2, 2, 2, 4]);
    let weight = rng.normal_tensor([4, 1, 3, 2]);
    let bias = rng.normal_tensor([4]);
    let dy = rng.normal_tensor([2, 4, 2, 2]);
    let y = |x: &Tensor<4>, weight: &Tensor<4>, bias: &Tensor<1>| {
        let y =
            submission.conv2d_naive(x.clone(), weight.clone(), bias.clone(), options.clone())?;
        alike(&y, &dy).map_err(|failure| failure.about("conv2d_naive"))?;
        Ok::<_, Failure>(y)
    };
    let want = ConvGradients {
        dx: numeric_gradient(&x, &dy, |x| y(&x, &weight, &bias))?,
        dweight: numeric_gradient(&weight, &dy, |weight| y(&x, &weight, &bias))?,
        dbias: numeric_gradient(&bias, &dy, |bias| y(&x, &weight, &bias))?,
    };
    let got = submission.conv2d_backward(x, weight, dy, options.clone())?;
    same(&got, &want, Tolerance::GRADIENT).map_err(|failure| {
        failure
            .about("conv2d_backward against numeric gradients of conv2d_naive")
            .on_input(
                "x [2, 2, 2, 4], weight [4, 1, 3, 2], dy [2, 4, 2, 2], all random, stride [1, 2], padding [1, 0], 2 groups",
            )
    })
}

fn same(got: &ConvGradients, want: &ConvGradients, tolerance: Tolerance) -> Verdict {
    close(&got.dx, &want.dx, tolerance).map_err(|failure| failure.about("dx"))?;
    close(&got.dweight, &want.dweight, tolerance).map_err(|failure| failure.about("dweight"))?;
    close(&got.dbias, &want.dbias, tolerance).map_err(|failure| failure.about("dbias"))
}
