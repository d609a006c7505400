//! A2.2 Convolution.
//!
//! A kernel moves over the image and takes a weighted sum at each of its places:
//!
//! ```text
//! y[n, o, i, j] = bias[o] + sum over c, p, q of  x[n, first + c, i s + p d - pad, j s + q d - pad] weight[o, c, p, q]
//! ```
//!
//! with stride `s`, dilation `d` and padding `pad`, each a pair: the first of it for the rows `i`, `p`, the second for
//! the columns `j`, `q`. A pixel outside the image counts as 0. The kernel is not turned around: what the field calls
//! convolution is a correlation in mathematics.
//!
//! With `groups` groups the input and the output channels are divided into as many runs of neighbours, and output
//! channel `o` sees the input channels of its own group alone: `c` goes from 0 to `c_in / groups - 1`, and
//! `first = (o / (c_out / groups)) (c_in / groups)`, where the first division leaves out the rest.
//!
//! The shapes, everywhere: images `[n, c_in, height, width]`, kernels
//! `[c_out, c_in / groups, kernel rows, kernel columns]`, bias `[c_out]`, outputs `[n, c_out, out rows, out columns]`. Only
//! `conv_out_size` gets sizes that do not fit together; the others may rely on them. Results have the element
//! type of `x`.
//!
//! Source: LeCun et al., "Backpropagation applied to handwritten zip code recognition" (1989); as products of matrices:
//! Chellapilla, Puri & Simard, "High performance convolutional neural networks for document processing" (2006).

use burn::tensor::{Slice, Tensor, TensorData, s};
use common::contract::a2::{ConvGradients, ConvOptions};

/// How many places a kernel has along one axis.
///
/// The kernel's elements are `dilation` steps apart, so it covers `dilation (kernel - 1) + 1` pixels. It starts on the
/// first pixel of the padded image, which has `size + 2 padding`, and moves on by `stride` as long as it fits:
///
/// ```text
/// out = (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1        rounded down
/// ```
///
/// An error that says so: a kernel that covers more pixels than there are, or a `kernel`, `stride` or `dilation` of 0.
pub fn conv_out_size(
    size: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
) -> Result<usize, String> {
    // BEGIN SOLUTION A2.2 conv_out_size
    if kernel == 0 || stride == 0 || dilation == 0 {
        return Err(format!(
            "kernel {kernel}, stride {stride} and dilation {dilation} must all be 1 or more"
        ));
    }
    let covered = dilation * (kernel - 1) + 1;
    let padded = size + 2 * padding;
    match padded.checked_sub(covered) {
        Some(left) => Ok(left / stride + 1),
        None => Err(format!(
            "the kernel covers {covered} pixels, and the padded image has {padded}"
        )),
    }
    // END SOLUTION
}

/// The convolution by its definition: seven loops, one sum for each number of the output.
///
/// This one function works on numbers and not on tensors. `x.into_data().iter::<f64>().collect()` gives all of them in a
/// vector, the last axis running fastest, so `x[n, c, row, column]` is number
/// `((n c_in + c) height + row) width + column`. Back to a tensor, with the device and the element type of `x`:
/// `Tensor::from_data(TensorData::new(numbers, shape), (&device, dtype))`.
///
/// Slow, and too simple to be wrong: what the faster functions are compared with.
pub fn conv2d_naive(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvOptions,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.2 conv2d_naive
    let (device, dtype) = (x.device(), x.dtype());
    let [n, c_in, height, width] = x.dims();
    let [c_out, c_group, kernel_rows, kernel_columns] = weight.dims();
    let [out_rows, out_columns] =
        out_sizes([height, width], [kernel_rows, kernel_columns], &options);
    let (x, weight, bias) = (numbers(x), numbers(weight), numbers(bias));

    let mut y = Vec::with_capacity(n * c_out * out_rows * out_columns);
    for sample in 0..n {
        for (o, bias) in bias.iter().enumerate() {
            let first = o / (c_out / options.groups) * c_group;
            for i in 0..out_rows {
                for j in 0..out_columns {
                    let mut sum = *bias;
                    for c in 0..c_group {
                        for p in 0..kernel_rows {
                            for q in 0..kernel_columns {
                                let row = pixel(0, i, p, height, &options);
                                let column = pixel(1, j, q, width, &options);
                                if let (Some(row), Some(column)) = (row, column) {
                                    let plane = sample * c_in + first + c;
                                    let tap = (o * c_group + c) * kernel_rows + p;
                                    sum += x[(plane * height + row) * width + column]
                                        * weight[tap * kernel_columns + q];
                                }
                            }
                        }
                    }
                    y.push(sum);
                }
            }
        }
    }
    let y = TensorData::new(y, [n, c_out, out_rows, out_columns]);
    Tensor::from_data(y, (&device, dtype))
    // END SOLUTION
}

/// What the kernel sees at each of its places, as the columns of a matrix, one matrix per image.
///
/// Row `(c kernel rows + p) kernel columns + q` holds what lies under element `p, q` of the kernel in channel `c`; column
/// `i out columns + j` is the place `i, j`:
///
/// ```text
/// columns[n, (c kernel rows + p) kernel columns + q, i out columns + j] = x[n, c, i s + p d - pad, j s + q d - pad]
/// ```
///
/// and 0 where that is outside the image. So the product of a kernel, written as a row, with this matrix is the
/// convolution. `options.groups` plays no part: the matrix has the rows of all channels.
///
/// - `x`: `[n, c, height, width]`; `kernel`: its rows and columns.
/// - Gives `[n, c kernel rows kernel columns, out rows out columns]`.
pub fn im2col(x: Tensor<4>, kernel: [usize; 2], options: ConvOptions) -> Tensor<3> {
    // BEGIN SOLUTION A2.2 im2col
    let [n, c, height, width] = x.dims();
    let out = out_sizes([height, width], kernel, &options);
    let padded = x.pad(options.padding.map(|pad| (pad, pad)), 0.0);
    let rows: Vec<Tensor<4>> = taps(kernel)
        .map(|tap| {
            let seen = padded.clone().slice(under(tap, out, &options));
            seen.reshape([n, c, 1, out[0] * out[1]])
        })
        .collect();
    Tensor::cat(rows, 2).reshape([n, c * kernel[0] * kernel[1], out[0] * out[1]])
    // END SOLUTION
}

/// The transpose of [`im2col`]: every number of the columns is added to the pixel that it came from. Those that came
/// from the padding are dropped.
///
/// Where places of the kernel overlap, several numbers come to one pixel and add up. It is the way back of a gradient:
/// a pixel that was used several times gets the sum of what its uses say. It does not undo `im2col`.
///
/// - `columns`: `[n, c kernel rows kernel columns, out rows out columns]`; `size`: `[height, width]` of the image.
/// - Gives `[n, c, height, width]`.
pub fn col2im(
    columns: Tensor<3>,
    size: [usize; 2],
    kernel: [usize; 2],
    options: ConvOptions,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.2 col2im
    let [n, rows, places] = columns.dims();
    let c = rows / (kernel[0] * kernel[1]);
    let out = out_sizes(size, kernel, &options);
    let [pad_rows, pad_columns] = options.padding;
    let padded = [n, c, size[0] + 2 * pad_rows, size[1] + 2 * pad_columns];

    let by_tap = columns.reshape([n, c, kernel[0] * kernel[1], places]);
    let mut x = Tensor::zeros(padded, (&by_tap.device(), by_tap.dtype()));
    for (row, tap) in taps(kernel).enumerate() {
        let came = by_tap.clone().narrow(2, row, 1);
        let came = came.reshape([n, c, out[0], out[1]]);
        let place = under(tap, out, &options);
        let sum = x.clone().slice(place) + came;
        x = x.slice_assign(place, sum);
    }
    x.narrow(2, pad_rows, size[0])
        .narrow(3, pad_columns, size[1])
    // END SOLUTION
}

/// The same convolution as [`conv2d_naive`] as products of matrices: for each group
///
/// ```text
/// [c_out / groups, k]  times  [k, places]        k = (c_in / groups) kernel rows kernel columns
/// ```
///
/// The left matrix is the group's kernels, one in each row, the right one the rows of [`im2col`] that belong to the
/// group's channels. Burn multiplies all images of a batch at once.
pub fn conv2d_gemm(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvOptions,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.2 conv2d_gemm
    let [n, _, height, width] = x.dims();
    let [c_out, _, kernel_rows, kernel_columns] = weight.dims();
    let kernel = [kernel_rows, kernel_columns];
    let out = out_sizes([height, width], kernel, &options);
    let groups = options.groups;
    let columns = im2col(x, kernel, options).chunk(groups, 1);
    let kernels = kernels_as_rows(weight).chunk(groups, 1);
    let products = kernels.into_iter().zip(columns);
    let y = Tensor::cat(products.map(|(w, x)| w.matmul(x)).collect(), 1);
    y.reshape([n, c_out, out[0], out[1]]) + bias.reshape([1, c_out, 1, 1])
    // END SOLUTION
}

/// The gradients of the convolution by image, kernels and bias.
///
/// For one image and one group let `X` be its columns, `W` the kernels as rows, and `dY` `[c_out / groups, places]` the
/// gradient by the output. Then, as for any product of matrices,
///
/// ```text
/// dW = dY X^T, summed over the images        dX = W^T dY        dbias = dY, summed over images and places
/// ```
///
/// and [`col2im`] brings `dX` back to the pixels.
///
/// - `dy`: `[n, c_out, out rows, out columns]`.
pub fn conv2d_backward(
    x: Tensor<4>,
    weight: Tensor<4>,
    dy: Tensor<4>,
    options: ConvOptions,
) -> ConvGradients {
    // BEGIN SOLUTION A2.2 conv2d_backward
    let [_, _, height, width] = x.dims();
    let shape = weight.dims();
    let kernel = [shape[2], shape[3]];
    let groups = options.groups;
    let columns = im2col(x, kernel, options.clone()).chunk(groups, 1);
    let kernels = kernels_as_rows(weight).chunk(groups, 1);
    let dy: Tensor<3> = dy.flatten(2, 3);
    let dbias = dy.clone().sum_dim(2).sum_dim(0).reshape([shape[0]]);

    let (mut dkernels, mut dcolumns) = (vec![], vec![]);
    for ((x, w), dy) in columns.into_iter().zip(kernels).zip(dy.chunk(groups, 1)) {
        dkernels.push(dy.clone().matmul(x.transpose()).sum_dim(0));
        dcolumns.push(w.transpose().matmul(dy));
    }
    ConvGradients {
        dx: col2im(Tensor::cat(dcolumns, 1), [height, width], kernel, options),
        dweight: Tensor::cat(dkernels, 1).reshape(shape),
        dbias,
    }
    // END SOLUTION
}

// BEGIN SOLUTION
/// The sizes of the output.
fn out_sizes(size: [usize; 2], kernel: [usize; 2], options: &ConvOptions) -> [usize; 2] {
    std::array::from_fn(|axis| {
        let (stride, padding) = (options.stride[axis], options.padding[axis]);
        conv_out_size(
            size[axis],
            kernel[axis],
            stride,
            padding,
            options.dilation[axis],
        )
        .expect("the sizes fit together")
    })
}

/// All numbers of a tensor, the last axis running fastest.
fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

/// Which pixel of `size` lies under element `tap` of the kernel at `place`; none outside the image.
fn pixel(
    axis: usize,
    place: usize,
    tap: usize,
    size: usize,
    options: &ConvOptions,
) -> Option<usize> {
    let padded = place * options.stride[axis] + tap * options.dilation[axis];
    let pixel = padded.checked_sub(options.padding[axis])?;
    (pixel < size).then_some(pixel)
}

/// The elements of a kernel, row by row.
fn taps([rows, columns]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    (0..rows).flat_map(move |p| (0..columns).map(move |q| [p, q]))
}

/// The pixels of the padded image that lie under element `p, q` of the kernel at all its places.
fn under([p, q]: [usize; 2], out: [usize; 2], options: &ConvOptions) -> [Slice; 4] {
    let [down, right] = options.stride;
    let (top, left) = (p * options.dilation[0], q * options.dilation[1]);
    let (bottom, end) = (top + down * (out[0] - 1), left + right * (out[1] - 1));
    s![.., .., top..=bottom; down, left..=end; right]
}

/// The kernels `[c_out, ...]` as `[1, c_out, k]`, one in each row.
fn kernels_as_rows(weight: Tensor<4>) -> Tensor<3> {
    let [c_out, c, rows, columns] = weight.dims();
    weight.reshape([1, c_out, c * rows * columns])
}
// END SOLUTION
