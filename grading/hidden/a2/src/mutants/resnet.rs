//! Mutants of A2.7: the shortcut, and the order of a block.

use a2_cnn::parts::resnet as reference;
use burn::tensor::{Tensor, activation, s};
use common::contract::a2::{BasicBlock, BasicBlockForward, ResnetSettings};
use hidden_suite::Mutant;

use super::spoiled_block::{Moments, RIGHT, Ways, column, moments};

pub(super) const PART: &str = "A2.7";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = shortcut();
    all.extend(order());
    all.extend(super::resnet_norms::mutants());
    all.extend(super::resnet_network::mutants());
    all.extend(super::resnet_gradient::mutants());
    all
}

fn shortcut() -> Vec<Mutant> {
    vec![
        mutant!(
            resnet.zero_padding_shortcut / "zeros_first",
            "the zeros come before the channels",
            |x, stride, channels| {
                let c = x.dims()[1];
                let right = reference::zero_padding_shortcut(x, stride, channels);
                let kept = right.clone().narrow(1, 0, c);
                match channels - c {
                    0 => kept,
                    more => Tensor::cat(vec![right.narrow(1, c, more), kept], 1),
                }
            }
        ),
        mutant!(
            resnet.zero_padding_shortcut / "zeros_on_both_sides",
            "the zeros come half before and half after the channels",
            |x, stride, channels| {
                let c = x.dims()[1];
                let right = reference::zero_padding_shortcut(x, stride, channels);
                let before = (channels - c) / 2;
                match before {
                    0 => right,
                    _ => Tensor::cat(
                        vec![
                            right.clone().narrow(1, c, before),
                            right.narrow(1, 0, channels - before),
                        ],
                        1,
                    ),
                }
            }
        ),
        mutant!(
            resnet.zero_padding_shortcut / "channels_repeated",
            "the new channels repeat the first",
            |x, stride, channels| {
                let c = x.dims()[1];
                let kept = reference::zero_padding_shortcut(x, stride, c);
                Tensor::cat(vec![kept; channels.div_ceil(c)], 1).narrow(1, 0, channels)
            }
        ),
        mutant!(
            resnet.zero_padding_shortcut / "second_pixel_first",
            "begins with the second row and column",
            |x, stride, channels| {
                let [_, _, h, w] = x.dims();
                let right = reference::zero_padding_shortcut(x.clone(), stride, channels);
                if stride == 1 {
                    return right;
                }
                let [_, _, rows, columns] = right.dims();
                let later = reference::zero_padding_shortcut(
                    x.slice(s![.., .., 1..h, 1..w]),
                    stride,
                    channels,
                );
                let [_, _, fewer_rows, fewer_columns] = later.dims();
                let (rows, columns) = (rows.min(fewer_rows), columns.min(fewer_columns));
                right.slice_assign(
                    s![.., .., 0..rows, 0..columns],
                    later.slice(s![.., .., 0..rows, 0..columns]),
                )
            }
        ),
        mutant!(
            resnet.zero_padding_shortcut / "averaged",
            "windows of pixels are averaged and not skipped",
            |x, stride, channels| {
                let [_, _, h, w] = x.dims();
                let right = reference::zero_padding_shortcut(x.clone(), stride, channels);
                let shifted = |dy: usize, dx: usize| {
                    let rolled = x.clone().roll_dim(-(dy.min(h - 1) as i64), 2);
                    let rolled = rolled.roll_dim(-(dx.min(w - 1) as i64), 3);
                    reference::zero_padding_shortcut(rolled, stride, channels)
                };
                match stride {
                    1 => right,
                    _ => (right + shifted(0, 1) + shifted(1, 0) + shifted(1, 1)) / 4.0,
                }
            }
        ),
        mutant!(
            resnet.zero_padding_shortcut / "rows_only",
            "only rows are skipped",
            |x, stride, channels| {
                let right = reference::zero_padding_shortcut(x.clone(), stride, channels);
                let [_, _, _, columns] = right.dims();
                let [_, c, _, _] = x.dims();
                let rows = x.slice(s![.., .., ..;stride, 0..columns]);
                let kept = rows.clone();
                let [n, _, h, w] = rows.dims();
                let zeros = Tensor::zeros([n, channels - c, h, w], (&kept.device(), kept.dtype()));
                match channels - c {
                    0 => kept,
                    _ => Tensor::cat(vec![kept, zeros], 1),
                }
            }
        ),
    ]
}

fn order() -> Vec<Mutant> {
    vec![
        mutant!(
            resnet.basic_block_forward / "relu_before_the_sum",
            "ReLU comes before the sum",
            |b, r, x, stride, s| {
                let sum = |f, shortcut| activation::relu::<4>(f) + shortcut;
                Ways { sum, ..RIGHT }.run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "no_last_relu",
            "there is no ReLU after the sum",
            |b, r, x, stride, s| {
                let sum = |f, shortcut| f + shortcut;
                Ways { sum, ..RIGHT }.run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "no_relu_between",
            "there is no ReLU between the convolutions",
            |b, r, x, stride, s| {
                Ways {
                    between: |x| x,
                    ..RIGHT
                }
                .run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "no_shortcut",
            "there is never a shortcut",
            |b, r, x, stride, s| {
                let sum = |f, _| activation::relu::<4>(f);
                Ways { sum, ..RIGHT }.run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "always_a_shortcut",
            "there is a shortcut in the plain network too",
            |b, r, x, stride, s| {
                let right = reference::basic_block_forward(
                    b.clone(),
                    r.clone(),
                    x.clone(),
                    stride,
                    s.clone(),
                );
                let s = ResnetSettings {
                    residual: true,
                    ..s
                };
                let y = reference::basic_block_forward(b, r, x, stride, s).y;
                BasicBlockForward { y, ..right }
            }
        ),
        mutant!(
            resnet.basic_block_forward / "difference",
            "the shortcut is taken off and not added",
            |b, r, x, stride, s| {
                let sum = |f, shortcut| activation::relu::<4>(f - shortcut);
                Ways { sum, ..RIGHT }.run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "norm_after_the_sum",
            "the sum is normalised, and not what is added",
            |b, r, x, stride, s| {
                let sum = |f, shortcut: Tensor<4>| {
                    let all: Tensor<4> = f + shortcut;
                    let Moments { mean, variance, .. } = moments(&all);
                    activation::relu((all - column(mean)) / (column(variance) + 1e-5).sqrt())
                };
                Ways { sum, ..RIGHT }.run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "norm_before_the_convolution",
            "the second norm comes before the second convolution",
            |b, r, x, stride, s| {
                Ways {
                    convolution_first: false,
                    ..RIGHT
                }
                .run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "projection_not_normalised",
            "the projection has no norm",
            |b, r, x, stride, s| {
                Ways {
                    projection_is_normalised: false,
                    ..RIGHT
                }
                .run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "projection_ignored",
            "the shortcut is of option A where there is a projection",
            |b, r, x, stride, s| {
                let b = BasicBlock {
                    projection: None,
                    ..b
                };
                reference::basic_block_forward(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "stride_of_the_second",
            "the stride is that of the second convolution",
            |b, r, x, stride, s| {
                if stride == 1 {
                    return reference::basic_block_forward(b, r, x, 1, s);
                }
                // The first at every place, then the pixels that a second with the stride would have been asked for.
                let wide = reference::basic_block_forward(
                    b.clone(),
                    r.clone(),
                    x.clone(),
                    1,
                    ResnetSettings {
                        residual: false,
                        ..s.clone()
                    },
                );
                let right = reference::basic_block_forward(b, r, x, stride, s);
                let channels = right.y.dims()[1];
                let y = reference::zero_padding_shortcut(wide.y, stride, channels);
                BasicBlockForward { y, ..right }
            }
        ),
        mutant!(
            resnet.basic_block_forward / "shortcut_without_stride",
            "the shortcut takes the first rows and columns and not every second",
            |b, r, x, stride, s| {
                let right = reference::basic_block_forward(
                    b.clone(),
                    r.clone(),
                    x.clone(),
                    stride,
                    s.clone(),
                );
                if b.projection.is_some() || !s.residual {
                    return right;
                }
                let channels = right.y.dims()[1];
                let [_, _, rows, columns] = right.y.dims();
                let plain = Ways {
                    sum: |f, shortcut| f + shortcut,
                    ..RIGHT
                };
                let sum = plain.run(b, r, x.clone(), stride, s).y;
                let wrong = reference::zero_padding_shortcut(x.clone(), 1, channels)
                    .narrow(2, 0, rows)
                    .narrow(3, 0, columns);
                let strided = reference::zero_padding_shortcut(x, stride, channels);
                BasicBlockForward {
                    y: activation::relu(sum - strided + wrong),
                    ..right
                }
            }
        ),
    ]
}
