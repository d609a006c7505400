//! Mutants of A2.4, the forward pass.

use a2_cnn::parts::lenet1989 as reference;
use burn::tensor::activation::{softmax, tanh};
use burn::tensor::ops::PadMode;
use burn::tensor::{Int, Tensor};
use common::contract::a2::*;
use common::nn::{ConvOptions, conv2d};
use hidden_suite::Mutant;

use super::lenet1989::PART;

/// What a spoiled network does otherwise.
struct Spoiled {
    /// The background around the image and around H1.
    background: [f32; 2],
    /// The kernels, before they are used.
    kernel: fn(Tensor<4>) -> Tensor<4>,
    /// The planes of H1 that the planes of H2 see.
    seen: fn() -> Vec<Vec<usize>>,
    /// The biases of a layer of planes.
    bias: fn(Tensor<3>) -> Tensor<3>,
    /// H1, H2 and H3 from their sums.
    squash: fn(Tensor<2>) -> Tensor<2>,
    /// The outputs from their sums.
    last: fn(Tensor<2>) -> Tensor<2>,
    /// The rows before H3 from the planes of H2.
    flatten: fn(Tensor<4>) -> Tensor<2>,
}

const RIGHT: Spoiled = Spoiled {
    background: [-1.0, -1.0],
    kernel: |kernel| kernel,
    seen: reference::lenet1989_connections,
    bias: |bias| bias,
    squash: reference::scaled_tanh,
    last: reference::scaled_tanh,
    flatten: |h2| h2.flatten(1, 3),
};

impl Spoiled {
    fn forward(&self, p: Lenet1989Parameters, images: Tensor<4>) -> Tensor<2> {
        let h1 = self.planes(images, self.background[0], p.h1_weight, p.h1_bias, 1);
        let seen: Vec<i64> = (self.seen)().concat().iter().map(|i| *i as i64).collect();
        let seen = Tensor::<1, Int>::from_ints(seen.as_slice(), &h1.device());
        let h1 = h1.select(1, seen);
        let h2 = self.planes(h1, self.background[1], p.h2_weight, p.h2_bias, 12);
        let h3 = (self.flatten)(h2).matmul(p.h3_weight) + p.h3_bias.unsqueeze();
        let out = (self.squash)(h3).matmul(p.out_weight) + p.out_bias.unsqueeze();
        (self.last)(out)
    }

    fn planes(
        &self,
        x: Tensor<4>,
        background: f32,
        weight: Tensor<4>,
        bias: Tensor<3>,
        groups: usize,
    ) -> Tensor<4> {
        let options = ConvOptions {
            stride: [2, 2],
            groups,
            ..ConvOptions::default()
        };
        let x = x.pad((2, 2, 2, 2), PadMode::Constant(background));
        let sums = conv2d(x, (self.kernel)(weight), None, &options);
        let sums = sums + (self.bias)(bias).unsqueeze();
        let shape = sums.dims();
        (self.squash)(sums.flatten(1, 3)).reshape(shape)
    }
}

/// The mutants of this file.
pub fn mutants() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet1989.lenet1989_forward / "zeros_around_the_image",
            "the image lies in zeros",
            |p, x| Spoiled {
                background: [0.0, -1.0],
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "zeros_around_h1",
            "H1 lies in zeros",
            |p, x| Spoiled {
                background: [-1.0, 0.0],
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "flipped_kernels",
            "convolution in the sense of mathematics",
            |p, x| Spoiled {
                kernel: |kernel| kernel.flip([2, 3]),
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "kernels_transposed",
            "rows and columns of the kernels are exchanged",
            |p, x| Spoiled {
                kernel: |kernel| kernel.swap_dims(2, 3),
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "shared_biases",
            "all units of a plane have the bias of its first",
            |p, x| Spoiled {
                bias: |bias| {
                    let first = bias.clone().slice([0..12, 0..1, 0..1]);
                    first.expand(bias.dims())
                },
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "no_biases_in_planes",
            "H1 and H2 have no biases",
            |p, x| Spoiled {
                bias: |bias| bias.zeros_like(),
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "other_groups",
            "the groups that H2 sees go round the other way",
            |p, x| Spoiled {
                seen: || {
                    let mut lists = reference::lenet1989_connections();
                    lists.rotate_left(4);
                    lists
                },
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "kernels_in_other_order",
            "the first kernel goes with the last plane",
            |p, x| Spoiled {
                seen: || {
                    let mut lists = reference::lenet1989_connections();
                    lists.iter_mut().for_each(|list| list.reverse());
                    lists
                },
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "first_eight_planes",
            "every plane of H2 sees the first eight",
            |p, x| Spoiled {
                seen: || vec![(0..8).collect(); 12],
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "dense",
            "the other four planes are seen too, through the first kernel",
            |p, x| {
                let rest = Spoiled {
                    seen: || {
                        let seen = reference::lenet1989_connections().into_iter();
                        let others = |list: Vec<usize>| (0..12).filter(move |i| !list.contains(i));
                        seen.map(|list| others(list).cycle().take(8).collect())
                            .collect()
                    },
                    ..RIGHT
                };
                RIGHT.forward(p.clone(), x.clone()) + rest.forward(p, x) * 0.1
            }
        ),
        mutant!(
            lenet1989.lenet1989_forward / "linear_outputs",
            "the outputs are not squashed",
            |p, x| Spoiled {
                last: |sums| sums,
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "softmax",
            "the outputs are probabilities",
            |p, x| Spoiled {
                last: |sums| softmax(sums, 1),
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "plain_tanh",
            "tanh without its constants",
            |p, x| Spoiled {
                squash: |sums| tanh(sums),
                last: |sums| tanh(sums),
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "linear_below",
            "only the outputs are squashed",
            |p, x| Spoiled {
                squash: |sums| sums,
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "units_before_planes",
            "H2 is laid out unit by unit, not plane by plane",
            |p, x| Spoiled {
                flatten: |h2| h2.permute([0, 2, 3, 1]).flatten(1, 3),
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "columns_first",
            "the planes of H2 are laid out column by column",
            |p, x| Spoiled {
                flatten: |h2| h2.swap_dims(2, 3).flatten(1, 3),
                ..RIGHT
            }
            .forward(p, x)
        ),
        mutant!(
            lenet1989.lenet1989_forward / "all_background_is_the_first_image",
            "every image has the outputs of the first",
            |p, x| {
                let n = x.dims()[0];
                let first = reference::lenet1989_forward(p, x.narrow(0, 0, 1));
                first.repeat_dim(0, n)
            }
        ),
    ]
}
