//! Mutants of A2.2, forwards.

use a2_cnn::parts::convolution as reference;
use burn::tensor::{DType, Tensor};
use common::contract::a2::ConvOptions;
use hidden_suite::Mutant;

use crate::oracle::array::Array;
use crate::oracle::convolution::Conv;

pub(super) const PART: &str = "A2.2";

/// The mutants of this part that are about the way forwards.
pub fn mutants() -> Vec<Mutant> {
    let mut all = out_size();
    all.extend(naive());
    all.extend(gemm());
    all
}

fn out_size() -> Vec<Mutant> {
    vec![
        mutant!(
            convolution.conv_out_size / "rounds_up",
            "a last place hangs over the edge",
            |size, kernel, stride, padding, dilation| {
                reference::conv_out_size(size, kernel, stride, padding, dilation)?;
                let left = size + 2 * padding - dilation * (kernel - 1) - 1;
                Ok(left.div_ceil(stride) + 1)
            }
        ),
        mutant!(
            convolution.conv_out_size / "no_plus_one",
            "the first place is not counted",
            |size, kernel, stride, padding, dilation| {
                Ok(reference::conv_out_size(size, kernel, stride, padding, dilation)? - 1)
            }
        ),
        mutant!(
            convolution.conv_out_size / "dilation_ignored",
            "the kernel covers as many pixels as it has elements",
            |size, kernel, stride, padding, dilation| {
                reference::conv_out_size(size, kernel, stride, padding, dilation.min(1))
            }
        ),
        mutant!(
            convolution.conv_out_size / "dilation_times_kernel",
            "the kernel covers dilation times kernel pixels",
            |size, kernel, stride, padding, dilation| {
                reference::conv_out_size(size, kernel, stride, padding, dilation)?;
                reference::conv_out_size(size, dilation * kernel, stride, padding, 1)
            }
        ),
        mutant!(
            convolution.conv_out_size / "padding_once",
            "the padding counts on one side alone",
            |size, kernel, stride, padding, dilation| {
                let (size, padding) = (size + padding, 0);
                reference::conv_out_size(size, kernel, stride, padding, dilation)
            }
        ),
        mutant!(
            convolution.conv_out_size / "stride_ignored",
            "every pixel is a place",
            |size, kernel, stride, padding, dilation| {
                reference::conv_out_size(size, kernel, stride.min(1), padding, dilation)
            }
        ),
        mutant!(
            convolution.conv_out_size / "zero_for_too_large",
            "a kernel that is too large has no place, and that is no error",
            |size, kernel, stride, padding, dilation| {
                let right = reference::conv_out_size(size, kernel, stride, padding, dilation);
                match kernel * stride * dilation {
                    0 => right,
                    _ => Ok(right.unwrap_or(0)),
                }
            }
        ),
        mutant!(
            convolution.conv_out_size / "refuses_a_perfect_fit",
            "a kernel as large as the padded image is refused",
            |size, kernel, stride, padding, dilation| {
                let right = reference::conv_out_size(size, kernel, stride, padding, dilation)?;
                match size + 2 * padding - dilation * (kernel - 1) {
                    1 => Err("too large".into()),
                    _ => Ok(right),
                }
            }
        ),
        mutant!(
            convolution.conv_out_size / "stride_of_zero",
            "a stride of 0 is taken for 1",
            |size, kernel, stride, padding, dilation| {
                reference::conv_out_size(size, kernel, stride.max(1), padding, dilation)
            }
        ),
        mutant!(
            convolution.conv_out_size / "dilation_of_zero",
            "a dilation of 0 is taken for 1",
            |size, kernel, stride, padding, dilation| {
                reference::conv_out_size(size, kernel, stride, padding, dilation.max(1))
            }
        ),
    ]
}

fn naive() -> Vec<Mutant> {
    vec![
        mutant!(
            convolution.conv2d_naive / "kernel_turned",
            "the kernel is turned by half a turn, as mathematics has it",
            |x, w, b, o| reference::conv2d_naive(x, w.flip([2, 3]), b, o)
        ),
        mutant!(
            convolution.conv2d_naive / "kernel_transposed",
            "rows and columns of the kernel are exchanged",
            |x, w, b, o| loops(x, w, b, o, |conv, at| {
                let [rows, columns] = conv.kernel();
                let [p, q] = at.tap;
                let k = p * columns + q;
                conv.pixel(at) * conv.weight[[at.o, at.c, k % rows, k / rows]]
            })
        ),
        mutant!(
            convolution.conv2d_naive / "stride_swapped",
            "the stride of the rows is used for the columns",
            |x, w, b, o| {
                let [rows, columns] = o.stride;
                let stride = [columns, rows];
                reference::conv2d_naive(x, w, b, ConvOptions { stride, ..o })
            }
        ),
        mutant!(
            convolution.conv2d_naive / "padding_swapped",
            "the padding of the rows is used for the columns",
            |x, w, b, o| loops(x, w, b, o, |conv, at| {
                let [rows, columns] = conv.options.padding;
                let shift = rows as isize - columns as isize;
                let moved = at.moved([shift, -shift]);
                conv.pixel(&moved) * conv.kernel_at(at)
            })
        ),
        mutant!(
            convolution.conv2d_naive / "dilation_swapped",
            "the dilation of the rows is used for the columns",
            |x, w, b, o| loops(x, w, b, o, |conv, at| {
                let [rows, columns] = conv.options.dilation.map(|d| d as isize);
                let [p, q] = at.tap.map(|tap| tap as isize);
                let moved = at.moved([(columns - rows) * p, (rows - columns) * q]);
                conv.pixel(&moved) * conv.kernel_at(at)
            })
        ),
        mutant!(
            convolution.conv2d_naive / "dilation_ignored",
            "the elements of the kernel are neighbours",
            |x, w, b, o| loops(x, w, b, o, |conv, at| {
                let back = |axis: usize| {
                    -((conv.options.dilation[axis] as isize - 1) * at.tap[axis] as isize)
                };
                conv.pixel(&at.moved([back(0), back(1)])) * conv.kernel_at(at)
            })
        ),
        mutant!(
            convolution.conv2d_naive / "edge_padding",
            "outside the image its edge goes on",
            |x, w, b, o| loops(x, w, b, o, |conv, at| {
                let [height, width] = conv.size().map(|size| size as isize - 1);
                let [row, column] = at.pixel;
                let inside = [row.clamp(0, height), column.clamp(0, width)];
                conv.pixel(&at.moved([inside[0] - row, inside[1] - column])) * conv.kernel_at(at)
            })
        ),
        mutant!(
            convolution.conv2d_naive / "no_bias",
            "the bias is left out",
            |x, w, b, o| reference::conv2d_naive(x, w, b.zeros_like(), o)
        ),
        mutant!(
            convolution.conv2d_naive / "bias_per_product",
            "the bias is added to every product",
            |x, w, b, o| loops(x, w, b, o, |conv, at| {
                conv.pixel(at) * conv.kernel_at(at) + conv.bias[[at.o]]
            })
        ),
        mutant!(
            convolution.conv2d_naive / "groups_interleaved",
            "channels belong to groups in turn, and not as neighbours",
            |x, w, b, o| loops(x, w, b, o, |conv, at| {
                let groups = conv.options.groups;
                conv.in_channel(at.o % groups + at.c * groups, at) * conv.kernel_at(at)
            })
        ),
        mutant!(
            convolution.conv2d_naive / "groups_ignored",
            "all outputs see the channels of the first group",
            |x, w, b, o| loops(x, w, b, o, |conv, at| {
                conv.in_channel(at.c, at) * conv.kernel_at(at)
            })
        ),
        mutant!(
            convolution.conv2d_naive / "first_channel_alone",
            "the sum does not go over the input channels",
            |x, w, b, o| loops(x, w, b, o, |conv, at| match at.c {
                0 => conv.pixel(at) * conv.kernel_at(at),
                _ => 0.0,
            })
        ),
        mutant!(
            convolution.conv2d_naive / "first_image_alone",
            "every image gives the output of the first",
            |x, w, b, o| {
                let n = x.dims()[0];
                reference::conv2d_naive(x.narrow(0, 0, 1).repeat_dim(0, n), w, b, o)
            }
        ),
        mutant!(
            convolution.conv2d_naive / "always_double",
            "the output is in double precision, whatever the input is in",
            |x, w, b, o| reference::conv2d_naive(x, w, b, o).cast(DType::F64)
        ),
    ]
}

fn gemm() -> Vec<Mutant> {
    vec![
        mutant!(
            convolution.conv2d_gemm / "kernel_turned",
            "the kernel is turned by half a turn, as mathematics has it",
            |x, w, b, o| reference::conv2d_gemm(x, w.flip([2, 3]), b, o)
        ),
        mutant!(
            convolution.conv2d_gemm / "stride_swapped",
            "the stride of the rows is used for the columns",
            |x, w, b, o| {
                let [rows, columns] = o.stride;
                let stride = [columns, rows];
                reference::conv2d_gemm(x, w, b, ConvOptions { stride, ..o })
            }
        ),
        mutant!(
            convolution.conv2d_gemm / "no_bias",
            "the bias is left out",
            |x, w, b, o| reference::conv2d_gemm(x, w, b.zeros_like(), o)
        ),
        mutant!(
            convolution.conv2d_gemm / "bias_of_the_first_channel",
            "all channels get the first bias",
            |x, w, b, o| {
                let c_out = b.dims()[0];
                reference::conv2d_gemm(x, w, b.narrow(0, 0, 1).repeat_dim(0, c_out), o)
            }
        ),
        mutant!(
            convolution.conv2d_gemm / "kernels_by_columns",
            "the matrix of kernels is filled as if the kernel's columns came first",
            |x, w, b, o| {
                let shape = w.dims();
                reference::conv2d_gemm(x, w.swap_dims(2, 3).reshape(shape), b, o)
            }
        ),
        mutant!(
            convolution.conv2d_gemm / "places_transposed",
            "the places are cut into rows as if there were as many rows as columns",
            |x, w, b, o| {
                let y = reference::conv2d_gemm(x, w, b, o);
                let [n, c, rows, columns] = y.dims();
                y.reshape([n, c, columns, rows]).swap_dims(2, 3)
            }
        ),
        mutant!(
            convolution.conv2d_gemm / "groups_interleaved",
            "channels belong to groups in turn, and not as neighbours",
            |x, w, b, o| {
                let [n, c, height, width] = x.dims();
                let in_turn = x.reshape([n, c / o.groups, o.groups, height * width]);
                let x = in_turn.swap_dims(1, 2).reshape([n, c, height, width]);
                reference::conv2d_gemm(x, w, b, o)
            }
        ),
        mutant!(
            convolution.conv2d_gemm / "outputs_of_groups_interleaved",
            "the outputs of the groups are stacked in turn",
            |x, w, b, o| {
                let groups = o.groups;
                let y = reference::conv2d_gemm(x, w, b, o);
                let [n, c, rows, columns] = y.dims();
                let by_group = y.reshape([n, groups, c / groups, rows * columns]);
                by_group.swap_dims(1, 2).reshape([n, c, rows, columns])
            }
        ),
        mutant!(
            convolution.conv2d_gemm / "images_and_channels_mixed",
            "the batch is reshaped as if the channels came first",
            |x, w, b, o| {
                let y = reference::conv2d_gemm(x, w, b, o);
                let shape = y.dims();
                y.swap_dims(0, 1).reshape(shape)
            }
        ),
        mutant!(
            convolution.conv2d_gemm / "always_double",
            "the output is in double precision, whatever the input is in",
            |x, w, b, o| reference::conv2d_gemm(x, w, b, o).cast(DType::F64)
        ),
    ]
}

/// One product of the sum.
struct At {
    n: usize,
    o: usize,
    c: usize,
    tap: [usize; 2],
    /// Row and column in the image, which may be outside.
    pixel: [isize; 2],
}

impl At {
    fn moved(&self, by: [isize; 2]) -> Self {
        let pixel = [self.pixel[0] + by[0], self.pixel[1] + by[1]];
        Self { pixel, ..*self }
    }
}

impl Conv {
    fn kernel_at(&self, at: &At) -> f64 {
        let [p, q] = at.tap;
        self.weight[[at.o, at.c, p, q]]
    }

    fn pixel(&self, at: &At) -> f64 {
        let per_group = self.weight.shape[0] / self.options.groups;
        self.in_channel(at.o / per_group * self.weight.shape[1] + at.c, at)
    }

    fn in_channel(&self, channel: usize, at: &At) -> f64 {
        let [_, _, height, width] = self.x.shape;
        let inside = |i: isize, size: usize| usize::try_from(i).ok().filter(|i| *i < size);
        match (inside(at.pixel[0], height), inside(at.pixel[1], width)) {
            (Some(row), Some(column)) => self.x[[at.n, channel, row, column]],
            _ => 0.0,
        }
    }
}

/// The loops with another product.
fn loops(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvOptions,
    product: fn(&Conv, &At) -> f64,
) -> Tensor<4> {
    let dtype = x.dtype();
    let conv = Conv {
        x: Array::of(&x),
        weight: Array::of(&weight),
        bias: Array::of(&bias),
        options,
    };
    let [_, c_group, rows, columns] = conv.weight.shape;
    let taps = Array::<3>::zeros([c_group, rows, columns]);
    let y = Array::from_fn(conv.y_shape(), |[n, o, i, j]| {
        let sum: f64 = taps
            .indices()
            .map(|[c, p, q]| {
                let along = |axis: usize, place: usize, tap: usize| {
                    let o = &conv.options;
                    let padded = place * o.stride[axis] + tap * o.dilation[axis];
                    padded as isize - o.padding[axis] as isize
                };
                let pixel = [along(0, i, p), along(1, j, q)];
                let tap = [p, q];
                product(
                    &conv,
                    &At {
                        n,
                        o,
                        c,
                        tap,
                        pixel,
                    },
                )
            })
            .sum();
        sum + conv.bias[[o]]
    });
    y.tensor().cast(dtype)
}
