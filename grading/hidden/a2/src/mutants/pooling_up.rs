//! Mutants of A2.3, upsampling and transposed convolution.

use a2_cnn::parts::pooling as reference;
use burn::tensor::Tensor;
use common::contract::a2::{TransposedConvGradients, TransposedConvOptions};
use hidden_suite::Mutant;

use super::pooling::PART;
use crate::oracle::pooling::Images;

/// The mutants of this part that make images larger.
pub fn mutants() -> Vec<Mutant> {
    let mut all = nearest();
    all.extend(bilinear());
    all.extend(transposed_forward());
    all.extend(transposed_backward());
    all
}

fn nearest() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.upsample_nearest_forward / "whole_factors",
            "each pixel is repeated as often as the size goes into the new one, and the last fills the rest",
            |x, to| {
                let [_, _, height, width] = x.dims();
                pick(&x, to, |[i, j]| {
                    let (down, right) = ((to[0] / height).max(1), (to[1] / width).max(1));
                    [(i / down).min(height - 1), (j / right).min(width - 1)]
                })
            }
        ),
        mutant!(
            pooling.upsample_nearest_forward / "rounded_up",
            "the place in the input is rounded up",
            |x, to| {
                let [_, _, height, width] = x.dims();
                pick(&x, to, |[i, j]| {
                    let up =
                        |i: usize, size: usize, out: usize| (i * size).div_ceil(out).min(size - 1);
                    [up(i, height, to[0]), up(j, width, to[1])]
                })
            }
        ),
        mutant!(
            pooling.upsample_nearest_forward / "corners_aligned",
            "the first and the last pixel stay, as with align_corners",
            |x, to| {
                let [_, _, height, width] = x.dims();
                pick(&x, to, |[i, j]| {
                    let at = |i: usize, size: usize, out: usize| {
                        (i * (size - 1) + (out - 1) / 2) / (out - 1).max(1)
                    };
                    [at(i, height, to[0]), at(j, width, to[1])]
                })
            }
        ),
        mutant!(
            pooling.upsample_nearest_forward / "tiled",
            "the image is repeated, not its pixels",
            |x, to| {
                let [_, _, height, width] = x.dims();
                pick(&x, to, |[i, j]| [i % height, j % width])
            }
        ),
        mutant!(
            pooling.upsample_nearest_backward / "mean_of_the_copies",
            "the gradients of the copies are averaged",
            |dy, size| {
                let copies = reference::upsample_nearest_backward(dy.ones_like(), size);
                reference::upsample_nearest_backward(dy, size) / copies.clamp_min(1.0)
            }
        ),
        mutant!(
            pooling.upsample_nearest_backward / "first_copy",
            "the gradient is read at one of the copies",
            |dy, size| reference::upsample_nearest_forward(dy, size)
        ),
    ]
}

fn bilinear() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.upsample_bilinear_forward / "always_aligned",
            "align_corners is taken for true",
            |x, to, _| reference::upsample_bilinear_forward(x, to, true)
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "never_aligned",
            "align_corners is taken for false",
            |x, to, _| reference::upsample_bilinear_forward(x, to, false)
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "align_mixed_up",
            "align_corners is taken for its opposite",
            |x, to, align| reference::upsample_bilinear_forward(x, to, !align)
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "no_half_pixel",
            "without align_corners the place is i size / out",
            |x, to, align| match align {
                true => reference::upsample_bilinear_forward(x, to, true),
                false => resized(&x, to, |i, size, out| i as f64 * size as f64 / out as f64),
            }
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "goes_beyond_the_border",
            "places before the first pixel continue the line through the first two",
            |x, to, align| match align {
                true => reference::upsample_bilinear_forward(x, to, true),
                false => resized(&x, to, |i, size, out| {
                    (i as f64 + 0.5) * size as f64 / out as f64 - 0.5
                }),
            }
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "aligned_over_out",
            "with align_corners the places are (size - 1) / out apart",
            |x, to, align| match align {
                false => reference::upsample_bilinear_forward(x, to, false),
                true => resized(&x, to, |i, size, out| i as f64 * (size - 1) as f64
                    / out as f64),
            }
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "nearest",
            "one pixel is copied",
            |x, to, _| reference::upsample_nearest_forward(x, to)
        ),
        mutant!(
            pooling.upsample_bilinear_backward / "align_mixed_up",
            "align_corners is taken for its opposite",
            |dy, size, align| reference::upsample_bilinear_backward(dy, size, !align)
        ),
        mutant!(
            pooling.upsample_bilinear_backward / "never_aligned",
            "align_corners is taken for false",
            |dy, size, _| reference::upsample_bilinear_backward(dy, size, false)
        ),
        mutant!(
            pooling.upsample_bilinear_backward / "resized_back",
            "dy is brought to the input's size by the forward pass",
            |dy, size, align| reference::upsample_bilinear_forward(dy, size, align)
        ),
        mutant!(
            pooling.upsample_bilinear_backward / "of_nearest",
            "each gradient goes to one pixel",
            |dy, size, _| reference::upsample_nearest_backward(dy, size)
        ),
    ]
}

fn transposed_forward() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.conv_transpose2d_forward / "kernel_turned",
            "the kernel is turned by 180 degrees",
            |x, w, b, o| reference::conv_transpose2d_forward(x, w.flip([2, 3]), b, o)
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "kernel_transposed",
            "rows and columns of a square kernel are exchanged",
            |x, w, b, o| {
                let [_, _, rows, columns] = w.dims();
                let w = if rows == columns {
                    w.swap_dims(2, 3)
                } else {
                    w
                };
                reference::conv_transpose2d_forward(x, w, b, o)
            }
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "strides_swapped",
            "rows and columns have each other's stride",
            |x, w, b, o| {
                let stride = [o.stride[1], o.stride[0]];
                reference::conv_transpose2d_forward(x, w, b, TransposedConvOptions { stride, ..o })
            }
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "padding_ignored",
            "nothing is cut off",
            |x, w, b, o| {
                let padding = [0, 0];
                reference::conv_transpose2d_forward(x, w, b, TransposedConvOptions { padding, ..o })
            }
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "output_padding_ignored",
            "output_padding is left out",
            |x, w, b, o| {
                let output_padding = [0, 0];
                let o = TransposedConvOptions {
                    output_padding,
                    ..o
                };
                reference::conv_transpose2d_forward(x, w, b, o)
            }
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "output_padding_first",
            "the additional rows and columns are at the top and on the left",
            |x, w, b, o| {
                let [more_rows, more_columns] = o.output_padding;
                let y = reference::conv_transpose2d_forward(x, w, b, o);
                rolled(rolled(y, 2, more_rows), 3, more_columns)
            }
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "output_padding_empty",
            "the additional rows are zeros, although the padding leaves values there",
            |x, w, b, o| {
                let (rows, columns) = (o.output_padding[0], o.output_padding[1]);
                let without = TransposedConvOptions {
                    output_padding: [0, 0],
                    ..o
                };
                let y = reference::conv_transpose2d_forward(x, w, b, without);
                let value = burn::tensor::ops::PadMode::Constant(0.0);
                y.pad([(0, rows), (0, columns)], value)
            }
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "dilation_ignored",
            "the kernel has no gaps",
            |x, w, b, o| {
                let dilation = [1, 1];
                reference::conv_transpose2d_forward(
                    x,
                    w,
                    b,
                    TransposedConvOptions { dilation, ..o },
                )
            }
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "first_group_for_all",
            "every group has the weights of the first",
            |x, w, b, o| {
                let first = w.chunk(o.groups, 0).swap_remove(0);
                let w = Tensor::cat(vec![first; o.groups], 0);
                reference::conv_transpose2d_forward(x, w, b, o)
            }
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "groups_interleaved",
            "channels are dealt out to the groups in turns",
            |x, w, b, o| {
                let [n, c, height, width] = x.dims();
                let dealt = x.reshape([n, c / o.groups, o.groups, height * width]);
                let dealt = dealt.swap_dims(1, 2).reshape([n, c, height, width]);
                reference::conv_transpose2d_forward(dealt, w, b, o)
            }
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "no_bias",
            "the bias is forgotten",
            |x, w, _, o| reference::conv_transpose2d_forward(x, w, None, o)
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "bias_where_kernels_are",
            "pixels that no kernel reaches get no bias",
            |x, w, b, o| {
                let reached = reference::conv_transpose2d_forward(
                    x.ones_like(),
                    w.ones_like(),
                    None,
                    o.clone(),
                );
                let y = reference::conv_transpose2d_forward(x, w, b, o);
                y.mask_fill(reached.equal_elem(0.0), 0.0)
            }
        ),
        mutant!(
            pooling.conv_transpose2d_forward / "overlaps_overwritten",
            "a pixel that several kernels reach keeps the last value",
            |x, w, b, o| {
                let [_, _, height, width] = x.dims();
                let mut y = reference::conv_transpose2d_forward(
                    x.zeros_like(),
                    w.clone(),
                    b.clone(),
                    o.clone(),
                );
                for at in (0..height * width).map(|k| [k / width, k % width]) {
                    let one = only(&x, at);
                    let copy = reference::conv_transpose2d_forward(
                        one.clone(),
                        w.clone(),
                        b.clone(),
                        o.clone(),
                    );
                    let reached = reference::conv_transpose2d_forward(
                        only(&x.ones_like(), at),
                        w.ones_like(),
                        None,
                        o.clone(),
                    );
                    y = y.mask_where(reached.not_equal_elem(0.0), copy);
                }
                y
            }
        ),
    ]
}

fn transposed_backward() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.conv_transpose2d_backward / "dx_kernel_turned",
            "dx is computed with the kernel turned by 180 degrees",
            |x, w, dy, o| {
                let turned = w.clone().flip([2, 3]);
                let dx =
                    reference::conv_transpose2d_backward(x.clone(), turned, dy.clone(), o.clone())
                        .dx;
                TransposedConvGradients {
                    dx,
                    ..reference::conv_transpose2d_backward(x, w, dy, o)
                }
            }
        ),
        mutant!(
            pooling.conv_transpose2d_backward / "dweight_turned",
            "dweight is turned by 180 degrees",
            |x, w, dy, o| {
                let right = reference::conv_transpose2d_backward(x, w, dy, o);
                TransposedConvGradients {
                    dweight: right.dweight.flip([2, 3]),
                    ..right
                }
            }
        ),
        mutant!(
            pooling.conv_transpose2d_backward / "dweight_of_the_first_image",
            "dweight sees the first image only",
            |x, w, dy, o| {
                let (first, dfirst) = (x.clone().narrow(0, 0, 1), dy.clone().narrow(0, 0, 1));
                let dweight =
                    reference::conv_transpose2d_backward(first, w.clone(), dfirst, o.clone())
                        .dweight;
                TransposedConvGradients {
                    dweight,
                    ..reference::conv_transpose2d_backward(x, w, dy, o)
                }
            }
        ),
        mutant!(
            pooling.conv_transpose2d_backward / "dweight_averaged",
            "dweight is the mean over the images",
            |x, w, dy, o| {
                let n = x.dims()[0] as f64;
                let right = reference::conv_transpose2d_backward(x, w, dy, o);
                TransposedConvGradients {
                    dweight: right.dweight / n,
                    ..right
                }
            }
        ),
        mutant!(
            pooling.conv_transpose2d_backward / "dbias_averaged",
            "dbias is the mean over the images",
            |x, w, dy, o| {
                let n = x.dims()[0] as f64;
                let right = reference::conv_transpose2d_backward(x, w, dy, o);
                TransposedConvGradients {
                    dbias: right.dbias / n,
                    ..right
                }
            }
        ),
        mutant!(
            pooling.conv_transpose2d_backward / "dbias_where_kernels_are",
            "dbias leaves out pixels that no kernel reaches",
            |x, w, dy, o| {
                let reached = reference::conv_transpose2d_forward(
                    x.ones_like(),
                    w.ones_like(),
                    None,
                    o.clone(),
                );
                let right = reference::conv_transpose2d_backward(x, w, dy.clone(), o);
                let seen = dy.mask_fill(reached.equal_elem(0.0), 0.0);
                let dbias = seen.sum_dims(&[0, 2, 3]).reshape([-1]);
                TransposedConvGradients { dbias, ..right }
            }
        ),
        mutant!(
            pooling.conv_transpose2d_backward / "padding_ignored",
            "the gradients of input and weight read dy as if nothing had been cut off",
            |x, w, dy, o| {
                let [rows, columns] = o.padding;
                let moved = rolled(rolled(dy.clone(), 2, rows), 3, columns);
                let right =
                    reference::conv_transpose2d_backward(x.clone(), w.clone(), dy, o.clone());
                TransposedConvGradients {
                    dbias: right.dbias,
                    ..reference::conv_transpose2d_backward(x, w, moved, o)
                }
            }
        ),
        mutant!(
            pooling.conv_transpose2d_backward / "dx_of_the_first_group",
            "dx is computed with the weights of the first group for all",
            |x, w, dy, o| {
                let first = w.clone().chunk(o.groups, 0).swap_remove(0);
                let same = Tensor::cat(vec![first; o.groups], 0);
                let dx =
                    reference::conv_transpose2d_backward(x.clone(), same, dy.clone(), o.clone()).dx;
                TransposedConvGradients {
                    dx,
                    ..reference::conv_transpose2d_backward(x, w, dy, o)
                }
            }
        ),
    ]
}

/// Images of size `to` whose pixels are copies of those of `x` that `source` says.
fn pick(x: &Tensor<4>, to: [usize; 2], source: impl Fn([usize; 2]) -> [usize; 2]) -> Tensor<4> {
    mixed(x, to, |at| vec![(source(at), 1.0)])
}

/// Bilinear resizing with another place for each pixel.
fn resized(x: &Tensor<4>, to: [usize; 2], place: impl Fn(usize, usize, usize) -> f64) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let around = |i: usize, size: usize, out: usize| {
        let t = place(i, size, out);
        let low = (t.max(0.0).floor() as usize).min(size - 1);
        let high = (low + 1).min(size - 1);
        let share = t - low as f64;
        [(low, 1.0 - share), (high, share)]
    };
    mixed(x, to, |[i, j]| {
        let rows = around(i, height, to[0]);
        let columns = around(j, width, to[1]);
        let pairs = rows
            .into_iter()
            .flat_map(|row| columns.map(|column| (row, column)));
        pairs.map(|((a, r), (b, c))| ([a, b], r * c)).collect()
    })
}

/// Images of size `to` whose pixels are sums of pixels of `x` with weights.
fn mixed(
    x: &Tensor<4>,
    [height, width]: [usize; 2],
    sources: impl Fn([usize; 2]) -> Vec<([usize; 2], f64)>,
) -> Tensor<4> {
    let x = Images::of(x);
    let [images, channels, _, _] = x.shape;
    let mut y = Images::zeros([images, channels, height, width]);
    for n in 0..images {
        for c in 0..channels {
            for at in (0..height * width).map(|k| [k / width, k % width]) {
                for ([a, b], weight) in sources(at) {
                    y[[n, c, at[0], at[1]]] += weight * x[[n, c, a, b]];
                }
            }
        }
    }
    y.tensor()
}

/// `x` with its last `by` rows, or columns, first.
fn rolled(x: Tensor<4>, axis: usize, by: usize) -> Tensor<4> {
    let size = x.dims()[axis];
    let by = by % size;
    let parts = [
        x.clone().narrow(axis, size - by, by),
        x.narrow(axis, 0, size - by),
    ];
    let parts = parts.into_iter().filter(|part| part.dims()[axis] > 0);
    Tensor::cat(parts.collect(), axis)
}

/// `x` at one place, and zeros elsewhere.
fn only(x: &Tensor<4>, [i, j]: [usize; 2]) -> Tensor<4> {
    let [n, c, _, _] = x.dims();
    let there = [0..n, 0..c, i..i + 1, j..j + 1];
    let one = x.clone().slice(there.clone());
    x.zeros_like().slice_assign(there, one)
}
