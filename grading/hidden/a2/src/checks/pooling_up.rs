//! Checks of A2.3, upsampling and transposed convolution.

use burn::tensor::ops::{ConvOptions, ConvTransposeOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{Tensor, module};
use common::check::{Check, Failure, Tolerance, Verdict, close};
use common::contract::Submission;
use common::contract::a2::{PoolWindow, Pooling, TransposedConvGradients, TransposedConvOptions};
use common::rng::Rng;

use super::pooling::{PART, adjoint, by_burn, same};
use super::{about, sizes};
use crate::oracle::array::{Array, tensor};
use crate::oracle::pooling::{Links, Transposed, TransposedGradients};
use crate::oracle::pytorch_pooling::Fixture;

/// The checks of this part that are about larger images.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "pooling/nearest",
            part: PART,
            points: 1,
            proves: "Nearest upsampling to any size copies the right pixels, its gradient is the adjoint, and an average pool undoes it.",
            hint: "i * size / out in whole numbers; backwards each pixel sums over its copies.",
            run: nearest,
        },
        Check {
            id: "pooling/bilinear_values",
            part: PART,
            points: 1,
            proves: "Bilinear upsampling mixes the right pixels for both values of align_corners, and keeps a linear ramp linear.",
            hint: "Without align_corners the place is (i + 1/2) size / out - 1/2, and never below 0. An output of one pixel, or an input, needs no division by 0.",
            run: bilinear_values,
        },
        Check {
            id: "pooling/bilinear_gradients",
            part: PART,
            points: 1,
            proves: "The gradient of bilinear upsampling is its adjoint, for both values of align_corners.",
            hint: "Add dy times each of the four weights to the four pixels; at the border two of them are the same pixel.",
            run: bilinear_gradients,
        },
        Check {
            id: "pooling/transposed_values",
            part: PART,
            points: 2,
            proves: "A transposed convolution is right for every stride, padding, output padding, dilation and number of groups, and is the adjoint of the convolution.",
            hint: "Write it as loops over n, c, i, j, o, p, q that add to y. Rows and columns have numbers of their own; the input channels of group g reach the output channels of group g alone.",
            run: transposed_values,
        },
        Check {
            id: "pooling/transposed_gradients",
            part: PART,
            points: 2,
            proves: "The gradients by input, weight and bias of a transposed convolution are right for a random gradient from above.",
            hint: "dweight sums over the images and all pixels of x; dbias over the images and all pixels of dy, also those that no kernel reaches.",
            run: transposed_gradients,
        },
    ]
}

/// Images and a size to bring them to: larger in one direction and smaller in the other, or larger in both.
fn to_resize(rng: &mut Rng) -> (Array<4>, Vec<[usize; 2]>) {
    let [n, c] = sizes(rng, 1, 3);
    let [height, width] = sizes(rng, 3, 5);
    let x = Array::normal(rng, [n, c, height, width]);
    let larger = [height + rng.between(2, 5), width + rng.between(1, 4)];
    let mixed = [height + rng.between(1, 3), width - rng.between(1, 2)];
    (x, vec![larger, mixed, [height - 1, 2 * width]])
}

fn dy_of_size(rng: &mut Rng, x: &Array<4>, [height, width]: [usize; 2]) -> Array<4> {
    Array::normal(rng, [x.shape[0], x.shape[1], height, width])
}

fn nearest(s: &Submission, rng: &mut Rng) -> Verdict {
    let (x, to) = to_resize(rng);
    for size in to {
        let links = Links::nearest(x.size(), size);
        let dy = dy_of_size(rng, &x, size);
        let y = s.upsample_nearest_forward(x.tensor(), size)?;
        same(&y, &links.forward(&x), "forwards")?;
        let dx = s.upsample_nearest_backward(dy.tensor(), x.size())?;
        same(&dx, &links.backward(&dy), "backwards")?;
    }
    for case in Fixture::load().nearest {
        let y = s.upsample_nearest_forward(case.x.tensor(), case.y.size())?;
        same(&y, &case.y, "PyTorch")?;
        let dx = s.upsample_nearest_backward(case.dy.tensor(), case.x.size())?;
        same(&dx, &case.dx, "PyTorch, backwards")?;
    }
    // Twice as many rows, three times as many columns: the mean over each block is the pixel again.
    let [height, width] = x.size();
    let y = s.upsample_nearest_forward(x.tensor(), [2 * height, 3 * width])?;
    let blocks = PoolWindow {
        kernel: [2, 3],
        stride: [2, 3],
        padding: [0, 0],
    };
    same(
        &s.avg_pool_forward(y, blocks, true)?,
        &x,
        "and pooled again",
    )
}

/// Burn's bilinear interpolation.
fn interpolate(size: [usize; 2], align_corners: bool) -> impl Fn(Tensor<4>) -> Tensor<4> {
    move |x| {
        let options = InterpolateOptions::new(InterpolateMode::Bilinear)
            .with_output_size(size)
            .with_align_corners(align_corners);
        module::interpolate(x, options)
    }
}

fn bilinear_values(s: &Submission, rng: &mut Rng) -> Verdict {
    let (x, mut to) = to_resize(rng);
    to.extend([[1, 1], x.size()]);
    for size in to {
        for align in [true, false] {
            let got = s.upsample_bilinear_forward(x.tensor(), size, align)?;
            let want = Links::bilinear(x.size(), size, align).forward(&x);
            same(&got, &want, "loops")?;
            let burn = interpolate(size, align)(x.tensor());
            close(&got, &burn, Tolerance::EXACT).map_err(about("Burn"))?;
        }
    }
    let one_pixel = Array::normal(rng, [1, 2, 1, 1]);
    for align in [true, false] {
        let got = s.upsample_bilinear_forward(one_pixel.tensor(), [2, 3], align)?;
        let want = Links::bilinear([1, 1], [2, 3], align).forward(&one_pixel);
        same(&got, &want, "of one pixel")?;
    }
    for case in Fixture::load().bilinear {
        let got = s.upsample_bilinear_forward(case.x.tensor(), case.y.size(), case.flag)?;
        same(&got, &case.y, "PyTorch")?;
    }
    ramp(s, rng)
}

/// `a + b i + c j` at the corners' centres: with align_corners the output is the same plane on a finer grid.
fn ramp(s: &Submission, rng: &mut Rng) -> Verdict {
    let [height, width] = sizes(rng, 2, 4);
    let [rows, columns] = sizes(rng, 5, 8);
    let [a, b, c] = std::array::from_fn(|_| rng.normal());
    let plane = |[height, width]: [usize; 2], steps: [f64; 2]| {
        let at =
            |k: usize| a + b * steps[0] * (k / width) as f64 + c * steps[1] * (k % width) as f64;
        let values: Vec<f64> = (0..height * width).map(at).collect();
        tensor(values, [1, 1, height, width])
    };
    let x = plane([height, width], [1.0, 1.0]);
    let step = |from: usize, to: usize| (from - 1) as f64 / (to - 1) as f64;
    let want = plane([rows, columns], [step(height, rows), step(width, columns)]);
    let got = s.upsample_bilinear_forward(x, [rows, columns], true)?;
    close(&got, &want, Tolerance::EXACT).map_err(about("a ramp"))
}

fn bilinear_gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    let (x, mut to) = to_resize(rng);
    to.push([1, 1]);
    for size in to {
        for align in [true, false] {
            let dy = dy_of_size(rng, &x, size);
            let got = s.upsample_bilinear_backward(dy.tensor(), x.size(), align)?;
            let want = Links::bilinear(x.size(), size, align).backward(&dy);
            same(&got, &want, "loops")?;
            let (_, burn) = by_burn(&x, &dy, interpolate(size, align));
            close(&got, &burn, Tolerance::EXACT).map_err(about("Burn's autodiff"))?;
            let y = s.upsample_bilinear_forward(x.tensor(), size, align)?;
            adjoint(&Array::of(&y), &dy, &x, &Array::of(&got))?;
        }
    }
    for case in Fixture::load().bilinear {
        let got = s.upsample_bilinear_backward(case.dy.tensor(), case.x.size(), case.flag)?;
        same(&got, &case.dx, "PyTorch")?;
    }
    Ok(())
}

/// Transposed convolutions in which rows and columns, and all that can, differ: one with everything at once, one whose
/// kernels leave pixels of the output out, and a random one.
fn some_transposed(rng: &mut Rng) -> Vec<Transposed> {
    let everything = TransposedConvOptions {
        stride: [2, 1],
        padding: [1, 2],
        output_padding: [1, 0],
        dilation: [1, 2],
        groups: 2,
    };
    let gaps = TransposedConvOptions {
        stride: [3, 4],
        padding: [0, 1],
        output_padding: [2, 1],
        dilation: [1, 1],
        groups: 1,
    };
    let (stride, dilation): ([usize; 2], [usize; 2]) = (sizes(rng, 1, 3), sizes(rng, 1, 3));
    let random = TransposedConvOptions {
        stride,
        padding: [rng.below(2), rng.below(2)],
        output_padding: std::array::from_fn(|axis| rng.below(stride[axis].max(dilation[axis]))),
        dilation,
        groups: rng.between(1, 3),
    };
    let of = |(options, [rows, columns]): (TransposedConvOptions, [usize; 2])| {
        let (c_in, per_group) = (2 * options.groups, 3);
        Transposed {
            weight: Array::normal(rng, [c_in, per_group, rows, columns]),
            bias: (0..per_group * options.groups)
                .map(|_| rng.normal())
                .collect(),
            options,
        }
    };
    let all = [(everything, [3, 3]), (gaps, [2, 3]), (random, [3, 2])];
    all.into_iter().map(of).collect()
}

fn input_of(rng: &mut Rng, convolution: &Transposed) -> Array<4> {
    let [height, width] = sizes(rng, 2, 4);
    Array::normal(rng, [2, convolution.weight.shape[0], height, width])
}

fn forward(
    s: &Submission,
    x: &Array<4>,
    convolution: &Transposed,
    has_bias: bool,
) -> Result<Tensor<4>, Failure> {
    let bias = convolution.bias.clone();
    let bias = has_bias.then(|| tensor(bias.clone(), [bias.len()]));
    let (weight, options) = (convolution.weight.tensor(), convolution.options.clone());
    Ok(s.conv_transpose2d_forward(x.tensor(), weight, bias, options)?)
}

fn transposed_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for mut convolution in some_transposed(rng) {
        let x = input_of(rng, &convolution);
        let got = forward(s, &x, &convolution, true)?;
        same(&got, &convolution.forward(&x), "loops")?;
        close(&got, &burns(&x, &convolution), Tolerance::EXACT).map_err(about("Burn"))?;

        convolution.bias.fill(0.0);
        let got = forward(s, &x, &convolution, false)?;
        same(&got, &convolution.forward(&x), "without bias")?;
        let o = &convolution.options;
        // With more output padding the convolution would have more outputs than x has pixels.
        if (0..2).all(|axis| o.output_padding[axis] < o.stride[axis]) {
            is_the_convolutions_adjoint(rng, &convolution, &x, &got)?;
        }
    }
    for case in Fixture::load().transposed {
        let got = forward(s, &case.x, &case.convolution(), case.bias.is_some())?;
        same(&got, &case.y, "PyTorch")?;
    }
    Ok(())
}

/// Burn's transposed convolution.
fn burns(x: &Array<4>, convolution: &Transposed) -> Tensor<4> {
    let o = &convolution.options;
    let bias = tensor(convolution.bias.clone(), [convolution.bias.len()]);
    let options =
        ConvTransposeOptions::new(o.stride, o.padding, o.output_padding, o.dilation, o.groups);
    module::conv_transpose2d(x.tensor(), convolution.weight.tensor(), Some(bias), options)
}

/// `<conv(z), x> = <z, y>` for a random `z` of the output's shape.
fn is_the_convolutions_adjoint(
    rng: &mut Rng,
    convolution: &Transposed,
    x: &Array<4>,
    y: &Tensor<4>,
) -> Verdict {
    let y = Array::of(y);
    let z = Array::normal(rng, y.shape);
    let o = &convolution.options;
    let options = ConvOptions::new(o.stride, o.padding, o.dilation, o.groups);
    let convolved = module::conv2d(z.tensor(), convolution.weight.tensor(), None, options);
    adjoint(&Array::of(&convolved), x, &z, &y).map_err(about("the convolution's adjoint"))
}

/// Compares gradients with those of an oracle.
fn same_gradients(got: &TransposedConvGradients, want: &TransposedGradients) -> Verdict {
    same(&got.dx, &want.dx, "dx")?;
    same(&got.dweight, &want.dweight, "dweight")?;
    let dbias = tensor(want.dbias.clone(), [want.dbias.len()]);
    close(&got.dbias, &dbias, Tolerance::EXACT).map_err(about("dbias"))
}

fn transposed_gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    for convolution in some_transposed(rng) {
        let x = input_of(rng, &convolution);
        let dy = Array::normal(rng, convolution.forward(&x).shape);
        let (weight, options) = (convolution.weight.tensor(), convolution.options.clone());
        let got = s.conv_transpose2d_backward(x.tensor(), weight, dy.tensor(), options)?;
        same_gradients(&got, &convolution.backward(&x, &dy))?;
    }
    for case in Fixture::load().transposed {
        let convolution = case.convolution();
        let (x, weight, dy) = (&case.x, convolution.weight.tensor(), case.dy.tensor());
        let got = s.conv_transpose2d_backward(x.tensor(), weight, dy, convolution.options)?;
        same_gradients(&got, &case.gradients).map_err(about("PyTorch"))?;
    }
    Ok(())
}
