//! Mutants of A2.12: upsampling and the U-Net.

use a2_cnn::parts::segmentation as reference;
use burn::tensor::{Int, Tensor, activation};
use common::contract::a2::{Unet, UnetBlock, UnetConv};
use common::nn::{ConvOptions, avg_pool2d, conv2d, max_pool2d};
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.12";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = upsampling();
    all.extend(network());
    all.extend(super::segmentation_scores::scores());
    all.extend(super::segmentation_forward::forward());
    all.extend(super::segmentation_looking::looking());
    all
}

/// The rows and the columns of `x` with these indices, which depend on the place, the length and the new length.
fn picked(x: Tensor<4>, size: [usize; 2], index: fn(usize, usize, usize) -> usize) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let device = x.device();
    let indices = |from: usize, to: usize| {
        let all: Vec<i64> = (0..to).map(|i| index(i, from, to) as i64).collect();
        Tensor::<1, Int>::from_ints(all.as_slice(), &device)
    };
    x.select(2, indices(height, size[0]))
        .select(3, indices(width, size[1]))
}

fn upsampling() -> Vec<Mutant> {
    vec![
        mutant!(
            segmentation.upsample_to / "tiled",
            "the image is repeated, not its pixels",
            |x, size| picked(x, size, |i, from, _| i % from)
        ),
        mutant!(
            segmentation.upsample_to / "stretched",
            "pixels are spread evenly over an odd size",
            |x, size| picked(x, size, |i, from, to| i * from / to)
        ),
        mutant!(
            segmentation.upsample_to / "one_too_far",
            "rows and columns begin half a pixel late",
            |x, size| picked(x, size, |i, from, _| i.div_ceil(2).min(from - 1))
        ),
        mutant!(
            segmentation.upsample_to / "edge_of_zeros",
            "what is left of an odd side is 0",
            |x, size| padded(x, size)
        ),
        mutant!(
            segmentation.upsample_to / "always_twice",
            "the size is ignored",
            |x, _| {
                let [_, _, height, width] = x.dims();
                reference::upsample_to(x, [2 * height, 2 * width])
            }
        ),
        mutant!(
            segmentation.upsample_to / "spread_out",
            "the new pixels are 0",
            |x, size| {
                let [_, _, height, width] = x.dims();
                let y = reference::upsample_to(x, size);
                let device = y.device();
                let even = |to: usize, from: usize| -> Tensor<1> {
                    let mask: Vec<f64> = (0..to)
                        .map(|i| f64::from(u8::from(i % 2 == 0 && i / 2 < from)))
                        .collect();
                    Tensor::from_data(mask.as_slice(), (&device, y.dtype()))
                };
                let (rows, columns) = (even(size[0], height), even(size[1], width));
                let mask: Tensor<2> = rows.unsqueeze_dim(1) * columns.unsqueeze_dim(0);
                y.clone() * mask.unsqueeze()
            }
        ),
    ]
}

/// Twice as large, then zeros to the size.
fn padded(x: Tensor<4>, [rows, columns]: [usize; 2]) -> Tensor<4> {
    let [n, c, height, width] = x.dims();
    let twice = reference::upsample_to(x, [2 * height, 2 * width]);
    let (height, width) = (rows.min(2 * height), columns.min(2 * width));
    let nothing = Tensor::zeros([n, c, rows, columns], (&twice.device(), twice.dtype()));
    nothing.slice_assign(
        [0..n, 0..c, 0..height, 0..width],
        twice.narrow(2, 0, height).narrow(3, 0, width),
    )
}

/// How a U-Net is spoiled.
struct Ways {
    block: fn(&UnetBlock, Tensor<4>) -> Tensor<4>,
    pool: fn(Tensor<4>) -> Tensor<4>,
    upsample: fn(Tensor<4>, [usize; 2]) -> Tensor<4>,
    join: fn(Tensor<4>, Tensor<4>) -> Tensor<4>,
    end: fn(Tensor<4>) -> Tensor<4>,
}

const RIGHT: Ways = Ways {
    block,
    pool: |x| max_pool2d(x, [2, 2], [2, 2]),
    upsample: reference::upsample_to,
    join: |skip, up| Tensor::cat(vec![skip, up], 1),
    end: |x| x,
};

fn convolve(conv: &UnetConv, x: Tensor<4>) -> Tensor<4> {
    let [_, _, rows, columns] = conv.weight.dims();
    let options = ConvOptions {
        padding: [rows / 2, columns / 2],
        ..ConvOptions::default()
    };
    conv2d(x, conv.weight.clone(), Some(conv.bias.clone()), &options)
}

fn block(block: &UnetBlock, x: Tensor<4>) -> Tensor<4> {
    let x = activation::relu(convolve(&block.first, x));
    activation::relu(convolve(&block.second, x))
}

fn forward(unet: &Unet, images: Tensor<4>, ways: &Ways) -> Tensor<4> {
    let mut x = images;
    let mut skips = vec![];
    for level in &unet.encoder {
        let skip = (ways.block)(level, x);
        x = (ways.pool)(skip.clone());
        skips.push(skip);
    }
    x = (ways.block)(&unet.bottom, x);
    for (level, skip) in unet.decoder.iter().zip(skips).rev() {
        let [_, _, rows, columns] = skip.dims();
        let up = (ways.upsample)(x, [rows, columns]);
        x = (ways.block)(level, (ways.join)(skip, up));
    }
    (ways.end)(convolve(&unet.classify, x))
}

/// The sum of two tensors, each in the channels of both: as many channels as [`RIGHT`] joins.
fn summed(skip: Tensor<4>, up: Tensor<4>) -> Tensor<4> {
    let ([_, own, _, _], [_, other, _, _]) = (skip.dims(), up.dims());
    let fitted =
        |x: Tensor<4>, from: usize, to: usize| x.repeat_dim(1, to.div_ceil(from)).narrow(1, 0, to);
    let sum = |n: usize| fitted(skip.clone(), own, n) + fitted(up.clone(), other, n);
    Tensor::cat(vec![sum(own), sum(other)], 1)
}

fn network() -> Vec<Mutant> {
    vec![
        mutant!(
            segmentation.unet_forward / "sum_for_cat",
            "skip and what comes from below are added",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    join: summed,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "skip_last",
            "the channels of the skip come after the others",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    join: |skip, up| Tensor::cat(vec![up, skip], 1),
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "no_skip",
            "zeros in the place of the skip",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    join: |skip, up| Tensor::cat(vec![skip.zeros_like(), up], 1),
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "nothing_from_below",
            "zeros in the place of what comes from below",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    join: |skip, up| Tensor::cat(vec![skip, up.zeros_like()], 1),
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "mean_pooling",
            "pools with the mean",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    pool: |x| avg_pool2d(x, [2, 2], [2, 2]),
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "edge_of_zeros",
            "what is missing at an odd side is 0",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    upsample: padded,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "stretched",
            "what comes from below is spread evenly over an odd size",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    upsample: |x, size| picked(x, size, |i, from, to| i * from / to),
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "one_relu_per_block",
            "no ReLU between the convolutions of a block",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    block: |block, x| {
                        activation::relu(convolve(&block.second, convolve(&block.first, x)))
                    },
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "no_relu_at_the_end",
            "no ReLU after the second convolution of a block",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    block: |block, x| {
                        convolve(&block.second, activation::relu(convolve(&block.first, x)))
                    },
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "relu_on_logits",
            "the logits go through ReLU",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    end: activation::relu,
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "probabilities",
            "gives the softmax",
            |unet, x| forward(
                &unet,
                x,
                &Ways {
                    end: |x| activation::softmax(x, 1),
                    ..RIGHT
                }
            )
        ),
        mutant!(
            segmentation.unet_forward / "no_bottom",
            "the bottom is one convolution",
            |mut unet, x| {
                let second = &mut unet.bottom.second;
                let [outputs, inputs, rows, columns] = second.weight.dims();
                let mut identity = vec![0.0; outputs * inputs * rows * columns];
                for channel in 0..outputs.min(inputs) {
                    identity[(channel * inputs + channel) * rows * columns + rows * columns / 2] =
                        1.0;
                }
                let flat: Tensor<1> = Tensor::from_data(
                    identity.as_slice(),
                    (&second.weight.device(), second.weight.dtype()),
                );
                second.weight = flat.reshape([outputs, inputs, rows, columns]);
                second.bias = second.bias.zeros_like();
                forward(&unet, x, &RIGHT)
            }
        ),
    ]
}
