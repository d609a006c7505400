//! Mutants of A2.2: the columns, and the way backwards.

use a2_cnn::parts::convolution as reference;
use burn::tensor::Tensor;
use common::contract::a2::{ConvGradients, ConvOptions};
use hidden_suite::Mutant;

use super::convolution::PART;

/// The mutants of this part that are about columns or gradients.
pub fn mutants() -> Vec<Mutant> {
    let mut all = columns();
    all.extend(pixels());
    all.extend(backward());
    all
}

fn columns() -> Vec<Mutant> {
    vec![
        mutant!(
            convolution.im2col / "kernel_before_channel",
            "rows go by the kernel's elements first, then by channel",
            |x, kernel, options| {
                let c = x.dims()[1];
                let columns = reference::im2col(x, kernel, options);
                let [n, k, places] = columns.dims();
                let by_channel = columns.reshape([n, c, k / c, places]);
                by_channel.swap_dims(1, 2).reshape([n, k, places])
            }
        ),
        mutant!(
            convolution.im2col / "kernel_by_columns",
            "the kernel is gone through column by column",
            |x, kernel, options| {
                let c = x.dims()[1];
                let columns = reference::im2col(x, kernel, options);
                let [n, k, places] = columns.dims();
                let taps = columns.reshape([n * c, kernel[0], kernel[1], places]);
                taps.swap_dims(1, 2).reshape([n, k, places])
            }
        ),
        mutant!(
            convolution.im2col / "places_by_columns",
            "the places are gone through column by column",
            |x, kernel, options| {
                let rows = out_rows(&x, kernel, &options);
                let columns = reference::im2col(x, kernel, options);
                let [n, k, places] = columns.dims();
                let by_row = columns.reshape([n, k, rows, places / rows]);
                by_row.swap_dims(2, 3).reshape([n, k, places])
            }
        ),
        mutant!(
            convolution.im2col / "transposed",
            "a place is a row",
            |x, kernel, options| reference::im2col(x, kernel, options).swap_dims(1, 2)
        ),
        mutant!(
            convolution.im2col / "padded_with_ones",
            "the padding counts as 1",
            |x, kernel, options| reference::im2col(x - 1.0, kernel, options) + 1.0
        ),
        mutant!(
            convolution.im2col / "dilation_ignored",
            "the elements of the kernel are neighbours",
            |x, kernel, options| {
                let rows = out_rows(&x, kernel, &options);
                let right = reference::im2col(x.clone(), kernel, options.clone());
                let columns = right.dims()[2] / rows;
                let near = ConvOptions {
                    dilation: [1, 1],
                    ..options
                };
                let all = out_rows(&x, kernel, &near);
                let close = reference::im2col(x, kernel, near);
                let [n, k, places] = close.dims();
                let close = close.reshape([n, k, all, places / all]);
                let first = close.narrow(2, 0, rows).narrow(3, 0, columns);
                first.reshape([n, k, rows * columns])
            }
        ),
        mutant!(
            convolution.im2col / "stride_swapped",
            "the stride of the rows is used for the columns",
            |x, kernel, options| {
                let [rows, columns] = options.stride;
                let stride = [columns, rows];
                reference::im2col(x, kernel, ConvOptions { stride, ..options })
            }
        ),
        mutant!(
            convolution.im2col / "first_group_alone",
            "the matrix has the channels of one group",
            |x, kernel, options| {
                let c = x.dims()[1] / options.groups;
                reference::im2col(x.narrow(1, 0, c), kernel, options)
            }
        ),
    ]
}

fn pixels() -> Vec<Mutant> {
    vec![
        mutant!(
            convolution.col2im / "overwrites",
            "of several numbers that come to one pixel the last stays",
            overwritten
        ),
        mutant!(
            convolution.col2im / "averages",
            "the sum is divided by how often the pixel is seen",
            |columns, size, kernel, options| {
                let ones = columns.ones_like();
                let uses = reference::col2im(ones, size, kernel, options.clone());
                reference::col2im(columns, size, kernel, options) / uses.clamp_min(1.0)
            }
        ),
        mutant!(
            convolution.col2im / "padding_cut_at_the_end",
            "the image is taken from the first corner of the padded one",
            |columns, size, kernel, options| {
                let padded = wider(size, options.padding);
                let options = ConvOptions {
                    padding: [0, 0],
                    ..options
                };
                let all = reference::col2im(columns, padded, kernel, options);
                all.narrow(2, 0, size[0]).narrow(3, 0, size[1])
            }
        ),
        mutant!(
            convolution.col2im / "padding_kept",
            "the padding is not cut off",
            |columns, size, kernel, options| {
                let padded = wider(size, options.padding);
                let options = ConvOptions {
                    padding: [0, 0],
                    ..options
                };
                reference::col2im(columns, padded, kernel, options)
            }
        ),
        mutant!(
            convolution.col2im / "kernel_by_columns",
            "the rows are read as if the kernel's columns came first",
            |columns, size, kernel, options| {
                let [n, k, places] = columns.dims();
                let c = k / (kernel[0] * kernel[1]);
                let taps = columns.reshape([n * c, kernel[1], kernel[0], places]);
                let columns = taps.swap_dims(1, 2).reshape([n, k, places]);
                reference::col2im(columns, size, kernel, options)
            }
        ),
        mutant!(
            convolution.col2im / "first_element_alone",
            "only what lies under the first element of the kernel comes back",
            |columns, size, kernel, options| {
                let [n, k, places] = columns.dims();
                let taps = kernel[0] * kernel[1];
                let by_tap = columns.reshape([n, k / taps, taps, places]);
                let first = by_tap.clone().narrow(2, 0, 1);
                let others = by_tap.narrow(2, 1, taps - 1).zeros_like();
                let columns = Tensor::cat(vec![first, others], 2).reshape([n, k, places]);
                reference::col2im(columns, size, kernel, options)
            }
        ),
    ]
}

fn backward() -> Vec<Mutant> {
    vec![
        mutant!(
            convolution.conv2d_backward / "dbias_mean",
            "the gradient of the bias is a mean over the images",
            |x, w, dy, o| {
                let n = x.dims()[0] as f64;
                let right = reference::conv2d_backward(x, w, dy, o);
                let dbias = right.dbias / n;
                ConvGradients { dbias, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dbias_of_one_place",
            "the gradient of the bias is a mean over the places",
            |x, w, dy, o| {
                let [_, _, rows, columns] = dy.dims();
                let right = reference::conv2d_backward(x, w, dy, o);
                let dbias = right.dbias / (rows * columns) as f64;
                ConvGradients { dbias, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dbias_without_dy",
            "the gradient of the bias counts the outputs",
            |x, w, dy, o| {
                let ones = dy.ones_like();
                let right = reference::conv2d_backward(x.clone(), w.clone(), dy, o.clone());
                let dbias = reference::conv2d_backward(x, w, ones, o).dbias;
                ConvGradients { dbias, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dweight_of_the_first_image",
            "the gradient of the kernels is that of the first image",
            |x, w, dy, o| {
                let (x1, dy1) = (x.clone().narrow(0, 0, 1), dy.clone().narrow(0, 0, 1));
                let right = reference::conv2d_backward(x, w.clone(), dy, o.clone());
                let dweight = reference::conv2d_backward(x1, w, dy1, o).dweight;
                ConvGradients { dweight, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dweight_mean",
            "the gradient of the kernels is a mean over the images",
            |x, w, dy, o| {
                let n = x.dims()[0] as f64;
                let right = reference::conv2d_backward(x, w, dy, o);
                let dweight = right.dweight / n;
                ConvGradients { dweight, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dweight_turned",
            "the gradient of the kernels is turned by half a turn",
            |x, w, dy, o| {
                let right = reference::conv2d_backward(x, w, dy, o);
                let dweight = right.dweight.flip([2, 3]);
                ConvGradients { dweight, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dweight_without_stride",
            "the gradient of the kernels sees neighbouring places",
            |x, w, dy, o| {
                let rows = dy.dims()[2];
                let right = reference::conv2d_backward(x.clone(), w.clone(), dy.clone(), o.clone());
                let near = ConvOptions {
                    stride: [1, o.stride[1]],
                    ..o
                };
                let kernel = [w.dims()[2], w.dims()[3]];
                let all = out_rows(&x, kernel, &near);
                let dy = dy.pad([(0, all - rows), (0, 0)], 0.0);
                let dweight = reference::conv2d_backward(x, w, dy, near).dweight;
                ConvGradients { dweight, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dx_overwritten",
            "of several gradients that come to one pixel the last stays",
            |x, w, dy, o| {
                let [_, c, height, width] = x.dims();
                let [c_out, _, rows, columns] = w.dims();
                let [n, _, out_rows, out_columns] = dy.dims();
                let k = c / o.groups * rows * columns;
                let kernels = w.clone().reshape([1, c_out, k]).chunk(o.groups, 1);
                let by_group = dy.clone().reshape([n, c_out, out_rows * out_columns]);
                let by_group = by_group.chunk(o.groups, 1);
                let products = kernels.into_iter().zip(by_group);
                let parts = products.map(|(w, dy)| w.transpose().matmul(dy)).collect();
                let dcolumns = Tensor::cat(parts, 1);
                let dx = overwritten(dcolumns, [height, width], [rows, columns], o.clone());
                let right = reference::conv2d_backward(x, w, dy, o);
                ConvGradients { dx, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dx_kernel_turned",
            "the kernel is turned on the way to dx",
            |x, w, dy, o| {
                let turned = w.clone().flip([2, 3]);
                let right = reference::conv2d_backward(x.clone(), w, dy.clone(), o.clone());
                let dx = reference::conv2d_backward(x, turned, dy, o).dx;
                ConvGradients { dx, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dx_groups_interleaved",
            "the channels of dx are stacked in turn",
            |x, w, dy, o| {
                let [n, c, height, width] = x.dims();
                let groups = o.groups;
                let right = reference::conv2d_backward(x, w, dy, o);
                let by_group = right.dx.reshape([n, groups, c / groups, height * width]);
                let dx = by_group.swap_dims(1, 2).reshape([n, c, height, width]);
                ConvGradients { dx, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dx_mean",
            "the gradient of the image is divided by the number of images",
            |x, w, dy, o| {
                let n = x.dims()[0] as f64;
                let right = reference::conv2d_backward(x, w, dy, o);
                let dx = right.dx / n;
                ConvGradients { dx, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "dx_without_the_rest",
            "rows and columns that no place reaches are missing from dx",
            |x, w, dy, o| {
                let [_, _, height, width] = x.dims();
                let reached = |axis: usize, size: usize| {
                    let (places, kernel) = (dy.dims()[2 + axis], w.dims()[2 + axis]);
                    let end = (places - 1) * o.stride[axis] + (kernel - 1) * o.dilation[axis] + 1;
                    size.min(end.saturating_sub(o.padding[axis]))
                };
                let (rows, columns) = (reached(0, height), reached(1, width));
                let right = reference::conv2d_backward(x, w, dy, o);
                let dx = right.dx.narrow(2, 0, rows).narrow(3, 0, columns);
                ConvGradients { dx, ..right }
            }
        ),
        mutant!(
            convolution.conv2d_backward / "padding_forgotten",
            "the kernel starts inside the image on the way back",
            |x, w, dy, o| {
                let right = reference::conv2d_backward(x.clone(), w.clone(), dy.clone(), o.clone());
                let at_the_start = x.pad(o.padding.map(|pad| (0, 2 * pad)), 0.0);
                let bare = ConvOptions {
                    padding: [0, 0],
                    ..o
                };
                let dweight = reference::conv2d_backward(at_the_start, w, dy, bare).dweight;
                ConvGradients { dweight, ..right }
            }
        ),
    ]
}

/// Rows of the output.
fn out_rows(x: &Tensor<4>, kernel: [usize; 2], o: &ConvOptions) -> usize {
    let height = x.dims()[2];
    let rows =
        reference::conv_out_size(height, kernel[0], o.stride[0], o.padding[0], o.dilation[0]);
    rows.expect("the checks' sizes fit together")
}

/// The sizes with the padding.
fn wider(size: [usize; 2], padding: [usize; 2]) -> [usize; 2] {
    [size[0] + 2 * padding[0], size[1] + 2 * padding[1]]
}

/// As `col2im`, without adding up.
fn overwritten(
    columns: Tensor<3>,
    size: [usize; 2],
    kernel: [usize; 2],
    options: ConvOptions,
) -> Tensor<4> {
    let [n, k, places] = columns.dims();
    let taps = kernel[0] * kernel[1];
    let c = k / taps;
    let by_tap = columns.reshape([n, c, taps, places]);
    let of = |values: Tensor<4>, tap: usize| {
        let rows = (0..taps).map(|other| match other == tap {
            true => values.clone().narrow(2, tap, 1),
            false => values.clone().narrow(2, other, 1).zeros_like(),
        });
        let columns = Tensor::cat(rows.collect(), 2).reshape([n, k, places]);
        reference::col2im(columns, size, kernel, options.clone())
    };
    let mut x = of(by_tap.clone(), 0);
    for tap in 1..taps {
        let came = of(by_tap.ones_like(), tap);
        x = x * (came * -1.0 + 1.0) + of(by_tap.clone(), tap);
    }
    x
}
