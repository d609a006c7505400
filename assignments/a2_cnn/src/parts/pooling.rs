//! A2.3 Pooling, upsampling, transposed convolution.
//!
//! Everything here changes the size of an image and, but for max pooling, is linear: `y = A x` for some matrix `A` that
//! nobody ever writes down. The gradient by `x` is then `A^T dy`: where the forward pass reads `x[a]` into `y[i]` with a
//! weight, the backward pass adds `dy[i]` to `dx[a]` with the same weight. That is the adjoint of the map, and
//! `<A x, dy> = <x, A^T dy>` for every `x` and `dy` is the quickest way to see whether you have it.
//!
//! Images are `[n, c, height, width]`, pairs have the rows first, and every channel of every image is treated alike. All
//! sizes that come in fit together: where the two functions for sizes give an error, the others are not called.

use burn::tensor::ops::PadMode;
use burn::tensor::{Int, Tensor, TensorData, s};
use common::contract::a2::{PoolWindow, TransposedConvGradients, TransposedConvOptions};

/// How many windows fit along one side of an image.
///
/// ```text
/// out = (size + 2 padding - kernel) / stride + 1        rounded down
/// ```
///
/// The answer is an error that says why when
///
/// - `kernel` or `stride` is 0;
/// - `padding` is more than half of the kernel: a window could lie in the padding alone;
/// - the kernel is larger than the padded side.
///
/// Source: the sizes are those of PyTorch's `MaxPool2d` without `ceil_mode`.
pub fn pool_output_size(
    size: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
) -> Result<usize, String> {
    // BEGIN SOLUTION A2.3 pool_output_size
    if kernel == 0 || stride == 0 {
        return Err(format!(
            "a kernel of {kernel} and a stride of {stride}: both must be 1 or more"
        ));
    }
    if padding > kernel / 2 {
        return Err(format!(
            "a padding of {padding}: a kernel of {kernel} allows {}",
            kernel / 2
        ));
    }
    if kernel > size + 2 * padding {
        return Err(format!(
            "a kernel of {kernel} does not fit into {size} with a padding of {padding}"
        ));
    }
    Ok(windows(size, kernel, stride, padding))
    // END SOLUTION
}

/// Max pooling: the largest value of each window.
///
/// ```text
/// y[n, c, i, j] = max over p < kernel rows, q < kernel columns of  x[n, c, i s + p - pad, j s + q - pad]
/// ```
///
/// over the places that are inside the image. The padding makes windows at the border smaller; it is not a zero that
/// could win against negative numbers.
///
/// - `x`: `[n, c, height, width]`. Gives `[n, c, out rows, out columns]` with the sizes of [`pool_output_size`].
/// - Windows overlap where the stride is below the kernel, and leave pixels out where it is above.
pub fn max_pool_forward(x: Tensor<4>, window: PoolWindow) -> Tensor<4> {
    // BEGIN SOLUTION A2.3 max_pool_forward
    let (y, _) = largest(x, &window);
    y
    // END SOLUTION
}

/// The gradient of max pooling by its input.
///
/// A small step of `x` moves `y` only where `x` is the largest of a window. So each window gives its whole `dy` to one
/// pixel, and a pixel that wins in several windows gets the sum. Of several equal largest values the first in reading
/// order (row after row) gets everything, as in PyTorch.
///
/// - `x`: `[n, c, height, width]`; `dy`: the shape of the output. Gives `dx` in the shape of `x`.
pub fn max_pool_backward(x: Tensor<4>, dy: Tensor<4>, window: PoolWindow) -> Tensor<4> {
    // BEGIN SOLUTION A2.3 max_pool_backward
    let [rows, columns] = window.padding;
    let [_, _, height, width] = x.dims();
    let mut dpadded = padded(x.zeros_like(), window.padding, 0.0);
    let (_, winner) = largest(x, &window);
    for (k, place) in places(window.kernel).enumerate() {
        let won = winner.clone().equal_elem(k as i64);
        let share = dy.zeros_like().mask_where(won, dy.clone());
        dpadded = add_at(dpadded, place, window.stride, share);
    }
    dpadded.slice(s![.., .., rows..rows + height, columns..columns + width])
    // END SOLUTION
}

/// Average pooling: the mean of each window.
///
/// With `count_include_pad` the padding counts as zeros, and the sum of a window is always divided by the number of its
/// places, `kernel rows * kernel columns`. Without it the sum is divided by the number of places that are inside the
/// image, so that the mean of a constant image is that constant at the border too.
///
/// - `x`: `[n, c, height, width]`. Gives `[n, c, out rows, out columns]` with the sizes of [`pool_output_size`].
///
/// Source: LeCun et al. (1990) and (1998), "subsampling"; the two ways to count are PyTorch's.
pub fn avg_pool_forward(x: Tensor<4>, window: PoolWindow, count_include_pad: bool) -> Tensor<4> {
    // BEGIN SOLUTION A2.3 avg_pool_forward
    let [_, _, height, width] = x.dims();
    let [rows, columns] = averages([height, width], &window, count_include_pad, &x);
    separable(x, rows, columns)
    // END SOLUTION
}

/// The gradient of average pooling by its input: each window hands its `dy` out in equal shares, to the pixels that it
/// has averaged, and each share is `dy` divided by what the window's sum was divided by.
///
/// - `dy`: `[n, c, out rows, out columns]`; `input_size`: rows and columns of the input. The output's size alone does
///   not say them: a stride can leave the last pixels out.
/// - Gives `dx` `[n, c, input rows, input columns]`.
pub fn avg_pool_backward(
    dy: Tensor<4>,
    input_size: [usize; 2],
    window: PoolWindow,
    count_include_pad: bool,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.3 avg_pool_backward
    let [rows, columns] = averages(input_size, &window, count_include_pad, &dy);
    separable(dy, rows.transpose(), columns.transpose())
    // END SOLUTION
}

/// Global average pooling: the mean of each channel of each image. It has no window, so the layer above it takes images
/// of any size.
///
/// - `x`: `[n, c, height, width]`. Gives `[n, c]`.
///
/// Source: Lin, Chen & Yan, "Network in network" (2013), section 3.2.
pub fn global_avg_pool_forward(x: Tensor<4>) -> Tensor<2> {
    // BEGIN SOLUTION A2.3 global_avg_pool_forward
    let [n, c, height, width] = x.dims();
    x.reshape([n, c, height * width]).mean_dim(2).squeeze_dim(2)
    // END SOLUTION
}

/// The gradient of global average pooling by its input: the same share for every pixel.
///
/// - `dy`: `[n, c]`; `input_size`: rows and columns of the input. Gives `dx` `[n, c, input rows, input columns]`.
pub fn global_avg_pool_backward(dy: Tensor<2>, input_size: [usize; 2]) -> Tensor<4> {
    // BEGIN SOLUTION A2.3 global_avg_pool_backward
    let [n, c] = dy.dims();
    let [height, width] = input_size;
    let share = dy / (height * width) as f64;
    share.reshape([n, c, 1, 1]).expand([n, c, height, width])
    // END SOLUTION
}

/// Upsampling with the nearest pixel: every pixel of the output is a copy,
/// `y[i, j] = x[i height / out rows, j width / out columns]`, both divisions of whole numbers rounded down.
///
/// Three times as many rows repeat each row three times. The factor need not be a whole number, nor above 1.
///
/// - `x`: `[n, c, height, width]`. Gives `[n, c, output_size]`.
pub fn upsample_nearest_forward(x: Tensor<4>, output_size: [usize; 2]) -> Tensor<4> {
    // BEGIN SOLUTION A2.3 upsample_nearest_forward
    let [_, _, height, width] = x.dims();
    let rows = nearest(height, output_size[0], &x);
    let columns = nearest(width, output_size[1], &x);
    separable(x, rows, columns)
    // END SOLUTION
}

/// The gradient of nearest upsampling by its input: each pixel gets the sum of `dy` over its copies.
///
/// - `dy`: `[n, c, out rows, out columns]`; `input_size`: rows and columns of the input. Gives `dx`
///   `[n, c, input rows, input columns]`.
pub fn upsample_nearest_backward(dy: Tensor<4>, input_size: [usize; 2]) -> Tensor<4> {
    // BEGIN SOLUTION A2.3 upsample_nearest_backward
    let [_, _, height, width] = dy.dims();
    let rows = nearest(input_size[0], height, &dy);
    let columns = nearest(input_size[1], width, &dy);
    separable(dy, rows.transpose(), columns.transpose())
    // END SOLUTION
}

/// Bilinear upsampling: every pixel of the output lies between four pixels of the input and mixes them.
///
/// Along the rows, and along the columns alike, the pixel `i` of `out` lies at
///
/// ```text
/// align_corners:   t = i (size - 1) / (out - 1),   and t = 0 where out is 1
/// otherwise:       t = (i + 1/2) size / out - 1/2, and t = 0 where that is negative
/// ```
///
/// and takes `1 - f` of pixel `floor(t)` and `f = t - floor(t)` of the one after it; where there is none after it, the last
/// pixel alone. With `align_corners` the centres of the corner pixels stay where they are; without it the corners of the
/// corner pixels do, and the border is a little flat.
///
/// - `x`: `[n, c, height, width]`. Gives `[n, c, output_size]`.
///
/// Source: PyTorch's `interpolate` in mode `bilinear`.
pub fn upsample_bilinear_forward(
    x: Tensor<4>,
    output_size: [usize; 2],
    align_corners: bool,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.3 upsample_bilinear_forward
    let [_, _, height, width] = x.dims();
    let rows = linear(height, output_size[0], align_corners, &x);
    let columns = linear(width, output_size[1], align_corners, &x);
    separable(x, rows, columns)
    // END SOLUTION
}

/// The gradient of bilinear upsampling by its input: each `dy` goes back to the four pixels that it was mixed from, with
/// the weights of the mixture.
///
/// - `dy`: `[n, c, out rows, out columns]`; `input_size`: rows and columns of the input. Gives `dx`
///   `[n, c, input rows, input columns]`.
pub fn upsample_bilinear_backward(
    dy: Tensor<4>,
    input_size: [usize; 2],
    align_corners: bool,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.3 upsample_bilinear_backward
    let [_, _, height, width] = dy.dims();
    let rows = linear(input_size[0], height, align_corners, &dy);
    let columns = linear(input_size[1], width, align_corners, &dy);
    separable(dy, rows.transpose(), columns.transpose())
    // END SOLUTION
}

/// The side of the output of a transposed convolution.
///
/// ```text
/// out = (size - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1
/// ```
///
/// It undoes the size of a convolution with the same numbers. A convolution with stride 2 takes both 5 and 6 pixels to
/// 3, so the way back must be told which: that is what `output_padding` is for.
///
/// The answer is an error that says why when
///
/// - `size`, `kernel`, `stride` or `dilation` is 0;
/// - `output_padding` is not below the larger of `stride` and `dilation`: no convolution loses that many pixels;
/// - no pixel would be left.
///
/// Source: PyTorch's `ConvTranspose2d`.
pub fn conv_transpose_output_size(
    size: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    output_padding: usize,
    dilation: usize,
) -> Result<usize, String> {
    // BEGIN SOLUTION A2.3 conv_transpose_output_size
    if size == 0 || kernel == 0 || stride == 0 || dilation == 0 {
        return Err(format!(
            "{size} pixels, a kernel of {kernel}, a stride of {stride}, a dilation of {dilation}: all must be 1 or more"
        ));
    }
    if output_padding >= stride.max(dilation) {
        return Err(format!(
            "an output padding of {output_padding} is not below the stride of {stride} or the dilation of {dilation}"
        ));
    }
    let whole = spread_size(size, kernel, stride, output_padding, dilation);
    if whole <= 2 * padding {
        return Err(format!(
            "a padding of {padding} leaves nothing of the {whole} pixels of the output"
        ));
    }
    Ok(whole - 2 * padding)
    // END SOLUTION
}

/// The transposed convolution: every pixel of `x` puts a copy of the kernel, multiplied by it, into the output.
///
/// ```text
/// for each n, c, i, j, o, p, q:    y[n, o, i s + p d - pad, j s + q d - pad] += x[n, c, i, j] weight[c, o, p, q]
/// ```
///
/// where the place is inside the output, whose size is [`conv_transpose_output_size`]; then `bias[o]` is added to every
/// pixel of channel `o`, also where no kernel has come. Without bias it is the adjoint of the convolution of `y` with the
/// same weight, stride, padding, dilation and groups, that is, its gradient by its input.
///
/// - `x`: `[n, c_in, height, width]`; `weight`: `[c_in, c_out / groups, kernel rows, kernel columns]`: the inputs come first,
///   since they are the outputs of that convolution. `bias`: `[c_out]`, or none.
/// - With groups the input channels and the output channels are divided into `groups` runs of equal length; run `g` of
///   the inputs makes run `g` of the outputs.
/// - Gives `[n, c_out, out rows, out columns]`.
///
/// Source: Zeiler et al., "Deconvolutional networks" (2010); Long, Shelhamer & Darrell (2015) for upsampling.
pub fn conv_transpose2d_forward(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: TransposedConvOptions,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.3 conv_transpose2d_forward
    let spread = grouped(&x, &weight, options.groups)
        .map(|(x, weight)| spread(x, weight, &options))
        .collect();
    let spread = Tensor::cat(spread, 1);
    let [_, c_out, height, width] = spread.dims();
    let [rows, columns] = options.padding;
    let y = spread.slice(s![.., .., rows..height - rows, columns..width - columns]);
    match bias {
        Some(bias) => y + bias.reshape([1, c_out, 1, 1]),
        None => y,
    }
    // END SOLUTION
}

/// The gradients of the transposed convolution.
///
/// Follow each term of the forward pass back:
///
/// ```text
/// dx[n, c, i, j]      = sum over o, p, q of  dy[n, o, i s + p d - pad, j s + q d - pad] weight[c, o, p, q]
/// dweight[c, o, p, q] = sum over n, i, j of  dy[n, o, i s + p d - pad, j s + q d - pad] x[n, c, i, j]
/// dbias[o]            = the sum of dy over all images and all pixels
/// ```
///
/// where what is outside of `dy` is 0. So `dx` is the convolution of `dy` with the weight.
///
/// - `x`: `[n, c_in, height, width]`; `weight`: `[c_in, c_out / groups, kernel rows, kernel columns]`; `dy`:
///   `[n, c_out, out rows, out columns]`. The gradients have the shapes of what they are by.
pub fn conv_transpose2d_backward(
    x: Tensor<4>,
    weight: Tensor<4>,
    dy: Tensor<4>,
    options: TransposedConvOptions,
) -> TransposedConvGradients {
    // BEGIN SOLUTION A2.3 conv_transpose2d_backward
    let [_, c_out, _, _] = dy.dims();
    let dbias = dy.clone().sum_dims(&[0, 2, 3]).reshape([c_out]);
    let dspread = padded(dy, options.padding, 0.0).chunk(options.groups, 1);
    let (dx, dweight) = grouped(&x, &weight, options.groups)
        .zip(dspread)
        .map(|((x, weight), dspread)| spread_backward(x, weight, dspread, &options))
        .unzip();
    TransposedConvGradients {
        dx: Tensor::cat(dx, 1),
        dweight: Tensor::cat(dweight, 0),
        dbias,
    }
    // END SOLUTION
}

// BEGIN SOLUTION
/// How many windows fit along a side.
fn windows(size: usize, kernel: usize, stride: usize, padding: usize) -> usize {
    (size + 2 * padding - kernel) / stride + 1
}

/// The places of a kernel in reading order.
fn places([rows, columns]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    (0..rows).flat_map(move |p| (0..columns).map(move |q| [p, q]))
}

/// `x` with rows and columns of `value` around it.
fn padded(x: Tensor<4>, [rows, columns]: [usize; 2], value: f32) -> Tensor<4> {
    x.pad([(rows, rows), (columns, columns)], PadMode::Constant(value))
}

/// What all windows have at one of their places: the pixels `place + stride * (i, j)` for `(i, j)` below `size`.
fn read_at(
    x: Tensor<4>,
    [p, q]: [usize; 2],
    [down, right]: [usize; 2],
    [rows, columns]: [usize; 2],
) -> Tensor<4> {
    let (below, beyond) = (p + (rows - 1) * down + 1, q + (columns - 1) * right + 1);
    x.slice(s![.., .., p..below; down as isize, q..beyond; right as isize])
}

/// The adjoint of [`read_at`]: adds `values` where it reads.
fn add_at(
    x: Tensor<4>,
    [p, q]: [usize; 2],
    [down, right]: [usize; 2],
    values: Tensor<4>,
) -> Tensor<4> {
    let [_, _, rows, columns] = values.dims();
    let (below, beyond) = (p + (rows - 1) * down + 1, q + (columns - 1) * right + 1);
    let there = s![.., .., p..below; down as isize, q..beyond; right as isize];
    let sum = x.clone().slice(there) + values;
    x.slice_assign(there, sum)
}

/// The largest value of each window, and the number of its place in the window.
fn largest(x: Tensor<4>, window: &PoolWindow) -> (Tensor<4>, Tensor<4, Int>) {
    let [_, _, height, width] = x.dims();
    let ([rows, columns], [down, right]) = (window.kernel, window.stride);
    let size = [
        windows(height, rows, down, window.padding[0]),
        windows(width, columns, right, window.padding[1]),
    ];
    let padded = padded(x, window.padding, f32::NEG_INFINITY);
    let mut best = read_at(padded.clone(), [0, 0], window.stride, size);
    let mut winner = Tensor::<4, Int>::zeros(best.dims(), &best.device());
    for (k, place) in places(window.kernel).enumerate() {
        let candidate = read_at(padded.clone(), place, window.stride, size);
        let larger = candidate.clone().greater(best.clone());
        winner = winner.mask_fill(larger.clone(), k as i64);
        best = best.mask_where(larger, candidate);
    }
    (best, winner)
}

/// `rows x columns^T` for each channel: a linear map that treats the two axes one after the other.
fn separable(x: Tensor<4>, rows: Tensor<2>, columns: Tensor<2>) -> Tensor<4> {
    let columns = columns.transpose().unsqueeze();
    rows.unsqueeze().matmul(x).matmul(columns)
}

/// The matrix `[out, size]` of `weight(i, a)`, on the device and with the element type of `like`.
fn matrix(
    [out, size]: [usize; 2],
    like: &Tensor<4>,
    weight: impl Fn(usize, usize) -> f64,
) -> Tensor<2> {
    let values = places([out, size]).map(|[i, a]| weight(i, a)).collect();
    let data = TensorData::new::<f64, _>(values, [out, size]);
    Tensor::from_data(data, (&like.device(), like.dtype()))
}

/// The two matrices of average pooling. A window is a rectangle, so its share is a product of one of its rows and one of
/// its columns, however the padding counts.
fn averages(
    sizes: [usize; 2],
    window: &PoolWindow,
    count_include_pad: bool,
    like: &Tensor<4>,
) -> [Tensor<2>; 2] {
    std::array::from_fn(|axis| {
        let (size, kernel) = (sizes[axis], window.kernel[axis]);
        let (stride, padding) = (window.stride[axis], window.padding[axis]);
        let out = windows(size, kernel, stride, padding);
        matrix([out, size], like, |i, a| {
            let inside =
                (i * stride).saturating_sub(padding)..(i * stride + kernel - padding).min(size);
            let count = if count_include_pad {
                kernel
            } else {
                inside.len()
            };
            if inside.contains(&a) {
                1.0 / count as f64
            } else {
                0.0
            }
        })
    })
}

/// The matrix that takes `size` pixels to `out`, each the copy of one.
fn nearest(size: usize, out: usize, like: &Tensor<4>) -> Tensor<2> {
    matrix([out, size], like, |i, a| {
        if a == i * size / out { 1.0 } else { 0.0 }
    })
}

/// The matrix that takes `size` pixels to `out`, each a mixture of two neighbours.
fn linear(size: usize, out: usize, align_corners: bool, like: &Tensor<4>) -> Tensor<2> {
    let place = |i: usize| match align_corners {
        true if out == 1 => 0.0,
        true => (i * (size - 1)) as f64 / (out - 1) as f64,
        false => ((i as f64 + 0.5) * size as f64 / out as f64 - 0.5).max(0.0),
    };
    matrix([out, size], like, |i, a| {
        // Beyond the last pixel there is nothing to mix with; otherwise the share falls off to 0 at the next one.
        let t = place(i).min((size - 1) as f64);
        (1.0 - (t - a as f64).abs()).max(0.0)
    })
}

/// Input and weight of each group.
fn grouped(
    x: &Tensor<4>,
    weight: &Tensor<4>,
    groups: usize,
) -> impl Iterator<Item = (Tensor<4>, Tensor<4>)> {
    let xs = x.clone().chunk(groups, 1);
    xs.into_iter().zip(weight.clone().chunk(groups, 0))
}

/// A side of the output before the padding is cut off.
fn spread_size(
    size: usize,
    kernel: usize,
    stride: usize,
    output_padding: usize,
    dilation: usize,
) -> usize {
    (size - 1) * stride + dilation * (kernel - 1) + output_padding + 1
}

/// The weights `[c, o]` at one place of the kernel.
fn weights_at(weight: &Tensor<4>, [p, q]: [usize; 2]) -> Tensor<2> {
    let [c, o, _, _] = weight.dims();
    weight.clone().slice(s![.., .., p, q]).reshape([c, o])
}

/// The transposed convolution in one group, before the padding is cut off.
fn spread(x: Tensor<4>, weight: Tensor<4>, options: &TransposedConvOptions) -> Tensor<4> {
    let [n, c, height, width] = x.dims();
    let [_, o, rows, columns] = weight.dims();
    let size = |axis: usize, size, kernel| {
        let (stride, more) = (options.stride[axis], options.output_padding[axis]);
        spread_size(size, kernel, stride, more, options.dilation[axis])
    };
    let shape = [n, o, size(0, height, rows), size(1, width, columns)];
    let mut y = Tensor::zeros(shape, (&x.device(), x.dtype()));
    let x = x.reshape([n, c, height * width]);
    for [p, q] in places([rows, columns]) {
        let weights = weights_at(&weight, [p, q]).transpose().unsqueeze();
        let copies = weights.matmul(x.clone()).reshape([n, o, height, width]);
        let place = [p * options.dilation[0], q * options.dilation[1]];
        y = add_at(y, place, options.stride, copies);
    }
    y
}

/// The gradients of [`spread`] by input and weight.
fn spread_backward(
    x: Tensor<4>,
    weight: Tensor<4>,
    dspread: Tensor<4>,
    options: &TransposedConvOptions,
) -> (Tensor<4>, Tensor<4>) {
    let [n, c, height, width] = x.dims();
    let [_, o, rows, columns] = weight.dims();
    let x = x.reshape([n, c, height * width]);
    let (mut dx, mut dweights) = (x.zeros_like(), Vec::new());
    for [p, q] in places([rows, columns]) {
        let place = [p * options.dilation[0], q * options.dilation[1]];
        let seen = read_at(dspread.clone(), place, options.stride, [height, width]);
        let seen = seen.reshape([n, o, height * width]);
        dx = dx + weights_at(&weight, [p, q]).unsqueeze().matmul(seen.clone());
        let products = x.clone().matmul(seen.swap_dims(1, 2)).sum_dim(0);
        dweights.push(products.squeeze_dim::<2>(0));
    }
    let dweight: Tensor<3> = Tensor::stack(dweights, 2);
    (
        dx.reshape([n, c, height, width]),
        dweight.reshape([c, o, rows, columns]),
    )
}
// END SOLUTION
