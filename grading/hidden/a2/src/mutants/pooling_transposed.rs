//! Mutants of A2.3, transposed convolution.

use a2_cnn::parts::pooling as reference;
use burn::tensor::Tensor;
use common::contract::a2::{TransposedConvGradients, TransposedConvOptions};
use hidden_suite::Mutant;

use super::pooling::PART;

/// The mutants of this part that are about transposed convolutions.
pub fn mutants() -> Vec<Mutant> {
    let mut all = transposed_forward();
    all.extend(transposed_backward());
    all
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
