//! Mutants of A2.5: tables, sizes and layers.

use a2_cnn::parts::lenet5 as reference;
use burn::tensor::Tensor;
use burn::tensor::activation::tanh;
use burn::tensor::ops::PadMode;
use common::contract::a2::*;
use common::nn::{avg_pool2d, max_pool2d};
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.5";

/// The mutants of tables, sizes and layers.
pub fn mutants() -> Vec<Mutant> {
    [tables(), sizes(), layers()]
        .into_iter()
        .flatten()
        .collect()
}

fn tables() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.c3_table / "dense",
            "every plane of C3 sees all of S2",
            || vec![(0..6).collect(); 16]
        ),
        mutant!(
            lenet5.c3_table / "does_not_go_round",
            "plane 5 has no neighbour after it",
            || {
                let mut table = reference::c3_table();
                table[4] = vec![4, 5];
                table[5] = vec![5];
                table
            }
        ),
        mutant!(
            lenet5.c3_table / "in_the_order_of_the_walk",
            "planes after 5 stand behind it",
            || {
                let mut table = reference::c3_table();
                table[4] = vec![4, 5, 0];
                table
            }
        ),
        mutant!(
            lenet5.c3_table / "last_planes_are_neighbours",
            "the planes 12 to 14 see neighbours too",
            || {
                let mut table = reference::c3_table();
                for plane in 12..15 {
                    table[plane] = table[plane - 6].clone();
                }
                table
            }
        ),
        mutant!(
            lenet5.c3_table / "counted_from_1",
            "planes are counted from 1",
            || {
                let mut table = reference::c3_table();
                table.iter_mut().flatten().for_each(|plane| *plane += 1);
                table
            }
        ),
        mutant!(
            lenet5.c3_kernel / "transposed_kernels",
            "rows and columns of each kernel are exchanged",
            |links| reference::c3_kernel(links.swap_dims(1, 2))
        ),
        mutant!(
            lenet5.c3_kernel / "by_plane_of_s2",
            "the kernels are taken in the order of the planes of S2",
            |links| {
                let table = reference::c3_table();
                let mut order: Vec<(usize, usize)> = (0..16)
                    .flat_map(|c3| {
                        table[c3]
                            .iter()
                            .map(move |s2| (*s2, c3))
                            .collect::<Vec<_>>()
                    })
                    .collect();
                let by_c3 = order.clone();
                order.sort_unstable();
                let place = |link| order.iter().position(|other| other == link);
                let kernels = by_c3.iter().map(|link| {
                    let place = place(link).expect("a link");
                    links.clone().narrow(0, place, 1)
                });
                reference::c3_kernel(Tensor::cat(kernels.collect(), 0))
            }
        ),
        mutant!(
            lenet5.c3_kernel / "left_aligned",
            "the kernels of a plane stand first, wherever it looks",
            |links| {
                let mut first = 0;
                let rows = reference::c3_table().into_iter().map(|seen| {
                    let count = seen.len();
                    let row = links.clone().narrow(0, first, count);
                    first += count;
                    let rest = Tensor::zeros([6 - count, 5, 5], (&row.device(), row.dtype()));
                    if count == 6 {
                        row.unsqueeze::<4>()
                    } else {
                        Tensor::cat(vec![row, rest], 0).unsqueeze::<4>()
                    }
                });
                Tensor::cat(rows.collect(), 0)
            }
        ),
    ]
}

/// The sizes with some of them changed.
fn sized(
    (height, width, modern): (usize, usize, bool),
    spoil: impl Fn(&mut LayerSize),
) -> Vec<LayerSize> {
    let mut sizes = reference::lenet5_sizes(height, width, modern);
    sizes.iter_mut().for_each(spoil);
    sizes
}

fn sizes() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.lenet5_sizes / "dense_c3",
            "C3 sees all planes in 1998 already",
            |h, w, modern| {
                let dense = reference::lenet5_sizes(h, w, true);
                sized((h, w, modern), |size| {
                    if size.layer == "C3" {
                        *size = dense[2].clone();
                    }
                })
            }
        ),
        mutant!(
            lenet5.lenet5_sizes / "always_sparse",
            "C3 has 60 links in the modern network too",
            |h, w, modern| {
                let sparse = reference::lenet5_sizes(h, w, false);
                sized((h, w, modern), |size| {
                    if size.layer == "C3" {
                        *size = sparse[2].clone();
                    }
                })
            }
        ),
        mutant!(
            lenet5.lenet5_sizes / "no_coefficients",
            "a plane of S2 has one parameter",
            |h, w, modern| sized((h, w, modern), |size| {
                if size.layer.starts_with('S') {
                    size.parameters /= 2;
                }
            })
        ),
        mutant!(
            lenet5.lenet5_sizes / "coefficients_of_each_unit",
            "each unit of S2 has its own two parameters",
            |h, w, modern| sized((h, w, modern), |size| {
                if size.layer.starts_with('S') && !modern {
                    size.parameters = 2 * size.units;
                }
            })
        ),
        mutant!(
            lenet5.lenet5_sizes / "unshared_biases",
            "each unit of C1 and C3 has a bias of its own",
            |h, w, modern| sized((h, w, modern), |size| {
                let planes = [("C1", 6), ("C3", 16)];
                if let Some((_, planes)) = planes.iter().find(|(name, _)| *name == size.layer) {
                    size.parameters += size.units - planes;
                }
            })
        ),
        mutant!(
            lenet5.lenet5_sizes / "connections_without_bias",
            "the bias is no connection",
            |h, w, modern| sized((h, w, modern), |size| {
                if !(modern && size.layer.starts_with('S')) {
                    size.connections -= size.units;
                }
            })
        ),
        mutant!(
            lenet5.lenet5_sizes / "modern_subsampling_learns",
            "S2 and S4 have parameters in the modern network",
            |h, w, modern| {
                let learns = reference::lenet5_sizes(h, w, false);
                let mut sizes = reference::lenet5_sizes(h, w, modern);
                sizes[1] = learns[1].clone();
                sizes[3] = learns[3].clone();
                sizes
            }
        ),
        mutant!(
            lenet5.lenet5_sizes / "no_outputs",
            "the modern network has no output layer",
            |h, w, modern| {
                let mut sizes = reference::lenet5_sizes(h, w, modern);
                sizes.truncate(6);
                sizes
            }
        ),
        mutant!(
            lenet5.lenet5_sizes / "outputs_in_1998",
            "the RBF units count as parameters",
            |h, w, modern| {
                let mut sizes = reference::lenet5_sizes(h, w, modern);
                sizes.truncate(6);
                sizes.extend(reference::lenet5_sizes(h, w, true).pop());
                sizes
            }
        ),
        mutant!(
            lenet5.lenet5_sizes / "without_padding",
            "the margin of four pixels is taken off",
            |h, w, modern| reference::lenet5_sizes(h.max(20) - 4, w.max(20) - 4, modern)
        ),
        mutant!(
            lenet5.lenet5_sizes / "always_32",
            "the paper's numbers for every size",
            |_, _, modern| reference::lenet5_sizes(32, 32, modern)
        ),
        mutant!(
            lenet5.lenet5_sizes / "square",
            "images are as wide as they are high",
            |h, _, modern| reference::lenet5_sizes(h, h, modern)
        ),
    ]
}

/// `x` in a margin of two pixels of `value`.
fn padded(x: Tensor<4>, value: f32) -> Tensor<4> {
    x.pad((2, 2, 2, 2), PadMode::Constant(value))
}

/// Sub-sampling with another `sum` of four.
fn subsampled(
    x: Tensor<4>,
    coefficient: Tensor<1>,
    bias: Tensor<1>,
    sum: fn(Tensor<4>) -> Tensor<4>,
) -> Tensor<4> {
    let each = |values: Tensor<1>| values.reshape([1, -1, 1, 1]);
    tanh((sum(x) * each(coefficient) + each(bias)) * (2.0 / 3.0)) * 1.7159
}

/// The sum of the four units of each window.
fn sum_of_four(x: Tensor<4>) -> Tensor<4> {
    avg_pool2d(x, [2, 2], [2, 2]) * 4.0
}

fn layers() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.lenet5_input / "not_padded",
            "the images keep their size",
            |x| x * 1.275 - 0.1
        ),
        mutant!(
            lenet5.lenet5_input / "zeros_around",
            "the margin is 0 after the scaling",
            |x| padded(x * 1.275 - 0.1, 0.0)
        ),
        mutant!(
            lenet5.lenet5_input / "not_scaled",
            "grey values stay between 0 and 1",
            |x| padded(x, 0.0)
        ),
        mutant!(
            lenet5.lenet5_input / "range_of_1989",
            "values from -1 to 1",
            |x| padded(x, 0.0) * 2.0 - 1.0
        ),
        mutant!(
            lenet5.lenet5_input / "black_on_white",
            "ink is -0.1 and background is 1.175",
            |x| (padded(x, 0.0) * 1.275 - 0.1).neg() + 1.075
        ),
        mutant!(
            lenet5.lenet5_input / "one_side",
            "all of the margin is below and on the right",
            |x| x.pad((0, 4, 0, 4), PadMode::Constant(0.0)) * 1.275 - 0.1
        ),
        mutant!(
            lenet5.trainable_subsampling / "mean",
            "the mean of four units, not their sum",
            |x, c, b| subsampled(x, c, b, |x| avg_pool2d(x, [2, 2], [2, 2]))
        ),
        mutant!(
            lenet5.trainable_subsampling / "largest",
            "the largest of four units",
            |x, c, b| subsampled(x, c, b, |x| max_pool2d(x, [2, 2], [2, 2]))
        ),
        mutant!(
            lenet5.trainable_subsampling / "no_coefficient",
            "the sum is not multiplied",
            |x, c, b| reference::trainable_subsampling(x, c.ones_like(), b)
        ),
        mutant!(
            lenet5.trainable_subsampling / "average_pooling",
            "the mean of four units and nothing else",
            |x, _, _| avg_pool2d(x, [2, 2], [2, 2])
        ),
        mutant!(
            lenet5.trainable_subsampling / "no_bias",
            "the bias is left out",
            |x, c, b| reference::trainable_subsampling(x, c, b.zeros_like())
        ),
        mutant!(
            lenet5.trainable_subsampling / "bias_in_the_sum",
            "the coefficient multiplies the bias too",
            |x, c, b| reference::trainable_subsampling(x, c.clone(), b * c)
        ),
        mutant!(
            lenet5.trainable_subsampling / "not_squashed",
            "the sum is not squashed",
            |x, c, b| {
                let each = |values: Tensor<1>| values.reshape([1, -1, 1, 1]);
                sum_of_four(x) * each(c) + each(b)
            }
        ),
        mutant!(
            lenet5.trainable_subsampling / "plain_tanh",
            "tanh without its constants",
            |x, c, b| {
                let each = |values: Tensor<1>| values.reshape([1, -1, 1, 1]);
                tanh(sum_of_four(x) * each(c) + each(b))
            }
        ),
        mutant!(
            lenet5.trainable_subsampling / "one_coefficient",
            "all planes have the coefficient of the first",
            |x, c, b| {
                let n = c.dims()[0];
                reference::trainable_subsampling(x, c.narrow(0, 0, 1).repeat_dim(0, n), b)
            }
        ),
        mutant!(
            lenet5.trainable_subsampling / "every_second_unit",
            "one unit of four, four times",
            |x, c, b| subsampled(x, c, b, |x| max_pool2d(x, [1, 1], [2, 2]) * 4.0)
        ),
    ]
}
