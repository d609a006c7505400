//! Public checks of A2.3.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, alike, close, ensure, equal, numeric_gradient, show,
    tensor,
};
use common::contract::a2::{PoolWindow, Pooling, TransposedConvOptions};
use common::contract::{Outcome, Submission};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.3",
    title: "Pooling, upsampling, transposed convolution",
    module: "pooling",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/pooling.rs and write pool_output_size, then avg_pool_forward without padding.",
    hints: &[
        "Loops over n, c and the output's pixels are enough; x.to_data() gives the numbers, and Tensor::from_data with \
         (&x.device(), x.dtype()) makes a tensor of them. Shorter: take one place of the kernel at a time. What all windows \
         have there is one slice of the padded image with the stride as its step, \
         x.slice(s![.., .., p..p + (rows - 1) * s + 1; s, q..q + (columns - 1) * s + 1; s]); combine these slices.",
        "Average pooling and both upsamplings are y = R x C^T for each channel, with one matrix for the rows and one for the \
         columns; the backward pass is R^T dy C. A transposed convolution works on an output with the padding still on: \
         for each place (p, q) of the kernel add weight[:, :, p, q]^T x to the pixels p d + i s, q d + j s, and cut the \
         padding off at the end. Backward, put a border of zeros around dy and read the same pixels.",
    ],
    hidden_checks: 12,
    forbidden: rules::BY_HAND,
};

/// The public checks of A2.3.
pub const CHECKS: &[Check] = &[
    Check {
        id: "pooling/output_sizes",
        part: "A2.3",
        points: 1,
        proves: "pooled and transposed sizes are those of the handout, and sizes that cannot be are refused",
        hint: "pooling rounds down; a transposed convolution undoes the size of a convolution, and output_padding says which of several",
        run: output_sizes,
    },
    Check {
        id: "pooling/max_pool",
        part: "A2.3",
        points: 1,
        proves: "each window gives its largest value, and its gradient to the first pixel that has it",
        hint: "the padding is not a zero; where windows overlap a pixel gets the sum; among equal values the first in reading order wins",
        run: max_pool,
    },
    Check {
        id: "pooling/avg_pool",
        part: "A2.3",
        points: 1,
        proves: "each window gives its mean, with both ways to count the padding, and the gradients agree with numeric ones",
        hint: "with count_include_pad divide by the kernel's size, without it by the number of pixels inside the image",
        run: avg_pool,
    },
    Check {
        id: "pooling/global_and_nearest",
        part: "A2.3",
        points: 1,
        proves: "the mean of a channel and the copies of a pixel are right, and so are their gradients",
        hint: "the gradient of a mean of h w pixels is dy / (h w) for each; that of a copied pixel the sum over its copies",
        run: global_and_nearest,
    },
    Check {
        id: "pooling/bilinear",
        part: "A2.3",
        points: 1,
        proves: "bilinear upsampling gives the handout's numbers with and without align_corners, and so does its gradient",
        hint: "compute where the pixel lies in the input first; the last pixel has none after it to mix with",
        run: bilinear,
    },
    Check {
        id: "pooling/transposed",
        part: "A2.3",
        points: 1,
        proves: "a transposed convolution gives the handout's numbers, and its gradients agree with numeric ones",
        hint: "y[i s + p d - pad] += x[i] weight[p]: the kernel is not turned round; the bias comes once to every pixel",
        run: transposed,
    },
];

fn output_sizes(submission: &Submission, _: &mut Rng) -> Verdict {
    for ([size, kernel, stride, padding], want) in
        [([7, 3, 2, 0], 3), ([7, 3, 2, 1], 4), ([6, 3, 2, 1], 3)]
    {
        let call = format!("pool_output_size({size}, {kernel}, {stride}, {padding})");
        let got = submission.pool_output_size(size, kernel, stride, padding)?;
        is(got, want).map_err(|failure| failure.about(call))?;
    }
    let larger = submission.pool_output_size(3, 4, 1, 0)?;
    refused(&larger).map_err(|failure| failure.about("pool_output_size(3, 4, 1, 0)"))?;
    let padding = submission.pool_output_size(9, 3, 1, 2)?;
    refused(&padding).map_err(|failure| failure.about("pool_output_size(9, 3, 1, 2)"))?;

    for (more, want) in [(0, 5), (1, 6)] {
        let call = format!("conv_transpose_output_size(3, 3, 2, 1, {more}, 1)");
        let got = submission.conv_transpose_output_size(3, 3, 2, 1, more, 1)?;
        is(got, want).map_err(|failure| failure.about(call))?;
    }
    let more = submission.conv_transpose_output_size(3, 3, 2, 1, 2, 1)?;
    refused(&more).map_err(|failure| failure.about("conv_transpose_output_size(3, 3, 2, 1, 2, 1)"))
}

fn is(got: Result<usize, String>, want: usize) -> Verdict {
    let got =
        got.map_err(|why| Failure::wrong(format!("expected {want}, got the error {why:?}")))?;
    equal(&got, &want)
}

fn refused(got: &Result<usize, String>) -> Verdict {
    ensure(got.is_err(), || format!("expected an error, got {got:?}"))
}

/// A window with one number for rows and columns.
fn square(kernel: usize, stride: usize, padding: usize) -> PoolWindow {
    PoolWindow {
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [padding; 2],
    }
}

/// The handout's image as a batch of one with one channel.
fn example() -> Tensor<4> {
    tensor([[[
        [1.0, 2.0, 0.0, -1.0],
        [4.0, 3.0, 1.0, 5.0],
        [0.0, 2.0, 8.0, 6.0],
        [1.0, -2.0, 2.0, 4.0],
    ]]])
}

/// Compares an answer, and shows what led to it.
fn same<const D: usize>(
    function: &str,
    got: &Tensor<D>,
    want: &Tensor<D>,
    input: impl std::fmt::Display,
) -> Verdict {
    close(got, want, Tolerance::EXACT).map_err(|failure| failure.about(function).on_input(input))
}

/// Compares a gradient with the numeric one of `forward`, for random numbers and a random gradient from above.
fn goes_back<const I: usize, const O: usize>(
    function: &str,
    x: &Tensor<I>,
    dy: &Tensor<O>,
    got: &Tensor<I>,
    forward: impl Fn(Tensor<I>) -> Outcome<Tensor<O>>,
) -> Verdict {
    let checked = |x| {
        let y = forward(x)?;
        let what = format_args!("{function}, the output of the way there");
        alike(&y, dy).map_err(|failure| failure.about(what))?;
        Ok::<_, Failure>(y)
    };
    let want = numeric_gradient(x, dy, checked)?;
    close(got, &want, Tolerance::GRADIENT).map_err(|failure| {
        let input = format!("x {:?} and dy {:?}, random", x.dims(), dy.dims());
        failure
            .about(format!("{function} against numeric gradients"))
            .on_input(input)
    })
}

fn max_pool(submission: &Submission, _: &mut Rng) -> Verdict {
    let x = example();
    let input = format!("x {}, kernel 2, stride 2", show(&x));
    let y = submission.max_pool_forward(x.clone(), square(2, 2, 0))?;
    let want = tensor([[[[4.0, 5.0], [2.0, 8.0]]]]);
    same("max_pool_forward", &y, &want, &input)?;

    let x_negative = tensor([[[[-3.0, -5.0]]]]);
    let y = submission.max_pool_forward(x_negative.clone(), square(2, 1, 1))?;
    let want = tensor([[[[-3.0, -3.0, -5.0], [-3.0, -3.0, -5.0]]]]);
    let padded = format!(
        "x {}, kernel 2, stride 1, padding 1: the padding is no value",
        show(&x_negative)
    );
    same("max_pool_forward", &y, &want, padded)?;

    let dy = tensor([[[[10.0, 20.0], [30.0, 40.0]]]]);
    let dx = submission.max_pool_backward(x.clone(), dy.clone(), square(2, 2, 0))?;
    let want = tensor([[[
        [0.0, 0.0, 0.0, 0.0],
        [10.0, 0.0, 0.0, 20.0],
        [0.0, 30.0, 40.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
    ]]]);
    same(
        "max_pool_backward",
        &dx,
        &want,
        format!("{input}, dy {}", show(&dy)),
    )?;

    // Windows of 3 overlap: the 8 is in all four of them.
    let dx = submission.max_pool_backward(x.clone(), dy.clone(), square(3, 1, 0))?;
    let mut want = vec![0.0; 16];
    want[10] = 100.0;
    let want = tensor::<1>(want.as_slice()).reshape([1, 1, 4, 4]);
    let overlap = format!("x {}, kernel 3, stride 1, dy {}", show(&x), show(&dy));
    same("max_pool_backward", &dx, &want, overlap)?;

    let equal = tensor([[[[7.0, 7.0], [7.0, 7.0]]]]);
    let dx = submission.max_pool_backward(equal.clone(), tensor([[[[1.0]]]]), square(2, 2, 0))?;
    let want = tensor([[[[1.0, 0.0], [0.0, 0.0]]]]);
    let tie = format!("x {}, kernel 2, dy [[[[1]]]]: four are equal", show(&equal));
    same("max_pool_backward", &dx, &want, tie)
}

fn avg_pool(submission: &Submission, rng: &mut Rng) -> Verdict {
    let x = example();
    let input = format!("x {}, kernel 2, stride 2", show(&x));
    let y = submission.avg_pool_forward(x, square(2, 2, 0), true)?;
    let want = tensor([[[[2.5, 1.25], [0.25, 5.0]]]]);
    same("avg_pool_forward", &y, &want, input)?;
    for (count_include_pad, want) in [
        (true, tensor([[[[1.0, 2.0], [3.0, 4.0]]]])),
        (false, tensor([[[[4.0, 8.0], [12.0, 16.0]]]])),
    ] {
        let x = tensor([[[[4.0, 8.0], [12.0, 16.0]]]]);
        let input = format!(
            "x {}, kernel 2, stride 2, padding 1, count_include_pad {count_include_pad}",
            show(&x)
        );
        let y = submission.avg_pool_forward(x, square(2, 2, 1), count_include_pad)?;
        same("avg_pool_forward", &y, &want, input)?;

        let window = PoolWindow {
            kernel: [3, 2],
            stride: [2, 1],
            padding: [1, 0],
        };
        let (x, dy) = (
            rng.normal_tensor([2, 2, 4, 3]),
            rng.normal_tensor([2, 2, 2, 2]),
        );
        let got =
            submission.avg_pool_backward(dy.clone(), [4, 3], window.clone(), count_include_pad)?;
        goes_back("avg_pool_backward", &x, &dy, &got, |x| {
            submission.avg_pool_forward(x, window.clone(), count_include_pad)
        })?;
    }
    Ok(())
}

fn global_and_nearest(submission: &Submission, rng: &mut Rng) -> Verdict {
    let x = tensor([[[[1.0, 2.0, 6.0]], [[-1.0, -2.0, 9.0]]]]);
    let y = submission.global_avg_pool_forward(x.clone())?;
    let input = format!("x {}", show(&x));
    same("global_avg_pool_forward", &y, &tensor([[3.0, 2.0]]), input)?;
    let (x, dy) = (rng.normal_tensor([2, 3, 2, 4]), rng.normal_tensor([2, 3]));
    let got = submission.global_avg_pool_backward(dy.clone(), [2, 4])?;
    goes_back("global_avg_pool_backward", &x, &dy, &got, |x| {
        submission.global_avg_pool_forward(x)
    })?;

    let x = tensor([[[[1.0, 2.0], [3.0, 4.0]]]]);
    let y = submission.upsample_nearest_forward(x.clone(), [3, 4])?;
    let want = tensor([[[
        [1.0, 1.0, 2.0, 2.0],
        [1.0, 1.0, 2.0, 2.0],
        [3.0, 3.0, 4.0, 4.0],
    ]]]);
    let input = format!("x {}, output_size [3, 4]", show(&x));
    same("upsample_nearest_forward", &y, &want, input)?;
    let (x, dy) = (
        rng.normal_tensor([2, 1, 2, 3]),
        rng.normal_tensor([2, 1, 5, 3]),
    );
    let got = submission.upsample_nearest_backward(dy.clone(), [2, 3])?;
    goes_back("upsample_nearest_backward", &x, &dy, &got, |x| {
        submission.upsample_nearest_forward(x, [5, 3])
    })
}

fn bilinear(submission: &Submission, rng: &mut Rng) -> Verdict {
    let x: Tensor<4> = tensor([[[[0.0, 4.0], [8.0, 12.0]]]]);
    let aligned = tensor([[[[0.0, 2.0, 4.0], [4.0, 6.0, 8.0], [8.0, 10.0, 12.0]]]]);
    let not_aligned = tensor([[[
        [0.0, 1.0, 3.0, 4.0],
        [2.0, 3.0, 5.0, 6.0],
        [6.0, 7.0, 9.0, 10.0],
        [8.0, 9.0, 11.0, 12.0],
    ]]]);
    for (size, align_corners, want) in [(3, true, aligned), (4, false, not_aligned)] {
        let y = submission.upsample_bilinear_forward(x.clone(), [size; 2], align_corners)?;
        let input = format!(
            "x {}, output_size [{size}, {size}], align_corners {align_corners}",
            show(&x)
        );
        same("upsample_bilinear_forward", &y, &want, input)?;

        let (x, dy) = (
            rng.normal_tensor([1, 2, 3, 2]),
            rng.normal_tensor([1, 2, 4, 5]),
        );
        let got = submission.upsample_bilinear_backward(dy.clone(), [3, 2], align_corners)?;
        goes_back("upsample_bilinear_backward", &x, &dy, &got, |x| {
            submission.upsample_bilinear_forward(x, [4, 5], align_corners)
        })?;
    }
    let dy: Tensor<4> = tensor([[[[1.0, 2.0, 3.0, 4.0]]]]);
    let dx = submission.upsample_bilinear_backward(dy.clone(), [1, 2], false)?;
    let input = format!("dy {}, input_size [1, 2], align_corners false", show(&dy));
    let want = tensor([[[[3.25, 6.75]]]]);
    same("upsample_bilinear_backward", &dx, &want, input)
}

/// A transposed convolution without padding, dilation and groups.
fn with_stride(stride: usize) -> TransposedConvOptions {
    TransposedConvOptions {
        stride: [stride; 2],
        padding: [0, 0],
        output_padding: [0, 0],
        dilation: [1, 1],
        groups: 1,
    }
}

fn transposed(submission: &Submission, rng: &mut Rng) -> Verdict {
    let x: Tensor<4> = tensor([[[[1.0, 2.0], [3.0, 4.0]]]]);
    let weight: Tensor<4> = tensor([[[[1.0, 10.0], [100.0, 1000.0]]]]);
    let input = format!("x {}, weight {}", show(&x), show(&weight));
    let whole = tensor([[[
        [1.0, 12.0, 20.0],
        [103.0, 1234.0, 2040.0],
        [300.0, 3400.0, 4000.0],
    ]]]);
    let apart = tensor([[[
        [1.0, 10.0, 2.0, 20.0],
        [100.0, 1000.0, 200.0, 2000.0],
        [3.0, 30.0, 4.0, 40.0],
        [300.0, 3000.0, 400.0, 4000.0],
    ]]]);
    let cut = TransposedConvOptions {
        padding: [1, 1],
        ..with_stride(1)
    };
    for (what, options, bias, want) in [
        ("stride 1", with_stride(1), None, whole),
        ("stride 2", with_stride(2), None, apart),
        (
            "stride 1, padding 1, bias 0.5",
            cut,
            Some(tensor([0.5])),
            tensor([[[[1234.5]]]]),
        ),
    ] {
        let (x, weight) = (x.clone(), weight.clone());
        let y = submission.conv_transpose2d_forward(x, weight, bias, options)?;
        same(
            "conv_transpose2d_forward",
            &y,
            &want,
            format!("{input}, {what}"),
        )?;
    }

    let dy = tensor([[[[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]]);
    let input = format!("{input}, stride 1, dy {}", show(&dy));
    let got = submission.conv_transpose2d_backward(x, weight, dy, with_stride(1))?;
    let dx = tensor([[[[1000.0, 100.0], [10.0, 1.0]]]]);
    same("conv_transpose2d_backward, dx", &got.dx, &dx, &input)?;
    let dweight = tensor([[[[4.0, 3.0], [2.0, 1.0]]]]);
    same(
        "conv_transpose2d_backward, dweight",
        &got.dweight,
        &dweight,
        &input,
    )?;
    same(
        "conv_transpose2d_backward, dbias",
        &got.dbias,
        &tensor([1.0]),
        &input,
    )?;
    transposed_gradients(submission, rng)
}

/// Everything at once: two groups, and another number for rows and columns everywhere.
fn transposed_gradients(submission: &Submission, rng: &mut Rng) -> Verdict {
    let options = TransposedConvOptions {
        stride: [2, 1],
        padding: [0, 1],
        output_padding: [1, 0],
        dilation: [1, 2],
        groups: 2,
    };
    let (x, dy) = (
        rng.normal_tensor([2, 2, 2, 3]),
        rng.normal_tensor([2, 4, 5, 3]),
    );
    let (weight, bias) = (rng.normal_tensor([2, 2, 2, 2]), rng.normal_tensor([4]));
    let got = submission.conv_transpose2d_backward(
        x.clone(),
        weight.clone(),
        dy.clone(),
        options.clone(),
    )?;
    let y = |x: &Tensor<4>, weight: &Tensor<4>, bias: &Tensor<1>| {
        let (x, weight, bias) = (x.clone(), weight.clone(), Some(bias.clone()));
        submission.conv_transpose2d_forward(x, weight, bias, options.clone())
    };
    let name = "conv_transpose2d_backward";
    goes_back(&format!("{name}, dx"), &x, &dy, &got.dx, |x| {
        y(&x, &weight, &bias)
    })?;
    goes_back(
        &format!("{name}, dweight"),
        &weight,
        &dy,
        &got.dweight,
        |weight| y(&x, &weight, &bias),
    )?;
    goes_back(&format!("{name}, dbias"), &bias, &dy, &got.dbias, |bias| {
        y(&x, &weight, &bias)
    })
}
