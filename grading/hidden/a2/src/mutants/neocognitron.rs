//! Mutants of A2.1, cells.

use a2_cnn::parts::neocognitron as reference;
use burn::tensor::Tensor;
use common::contract::a2::{SPlanes, Stage, TwoStageResponse};
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.1";

/// The mutants of this part that are about what cells answer.
pub fn mutants() -> Vec<Mutant> {
    let mut all = v_cells();
    all.extend(s_cells());
    all.extend(c_cells());
    all.extend(two_stages());
    all
}

fn v_cells() -> Vec<Mutant> {
    vec![
        mutant!(
            neocognitron.v_cell / "mean_not_root",
            "the weighted sum of the inputs, not the root of that of their squares",
            // v of the root of u is the root of the weighted sum of u.
            |u, c| reference::v_cell(u.abs().sqrt(), c).square()
        ),
        mutant!(
            neocognitron.v_cell / "no_root",
            "the root is missing",
            |u, c| reference::v_cell(u, c).square()
        ),
        mutant!(
            neocognitron.v_cell / "unweighted",
            "c is taken for ones",
            |u, c| reference::v_cell(u, c.ones_like())
        ),
        mutant!(
            neocognitron.v_cell / "weights_squared",
            "c is squared with the inputs",
            |u, c| reference::v_cell(u, c.square())
        ),
        mutant!(
            neocognitron.v_cell / "first_plane_only",
            "one plane of the layer below is seen",
            |u, c| reference::v_cell(u.narrow(0, 0, 1), c)
        ),
        mutant!(
            neocognitron.v_cell / "mean_over_planes",
            "the squares are averaged over the planes",
            |u, c| {
                let planes = u.dims()[0] as f64;
                reference::v_cell(u / planes.sqrt(), c)
            }
        ),
        mutant!(
            neocognitron.v_cell / "field_turned",
            "c is turned by 180 degrees",
            |u, c| reference::v_cell(u, c.flip([0, 1]))
        ),
        mutant!(
            neocognitron.v_cell / "field_begins_at_the_cell",
            "the field lies below and to the right of the cell",
            |u, c| {
                let [rows, columns] = c.dims();
                let value = burn::tensor::ops::PadMode::Constant(0.0);
                let moved = u.pad([(0, rows / 2), (0, columns / 2)], value);
                let [_, height, width] = moved.dims();
                let (down, right) = (rows / 2, columns / 2);
                let v = reference::v_cell(moved, c);
                v.slice([down..height, right..width])
            }
        ),
    ]
}

/// The reference's answer, and the excitation and b v of each cell, `[k, height, width]`.
fn parts_of_s(u: Tensor<3>, v: Tensor<2>, planes: SPlanes) -> [Tensor<3>; 2] {
    let [k] = planes.b.dims();
    let [height, width] = v.dims();
    let inhibition = planes.b.clone().reshape([k, 1, 1]) * v.clone().unsqueeze::<3>();
    // Without inhibition and with r = 1 an S-cell answers its excitation.
    let free = SPlanes {
        b: planes.b.zeros_like(),
        ..planes
    };
    let excitation = reference::s_cell(u, v, free, 1.0);
    [excitation, inhibition.reshape([k, height, width])]
}

fn s_cells() -> Vec<Mutant> {
    vec![
        mutant!(
            neocognitron.s_cell / "no_rectification",
            "answers below 0 are let through",
            |u, v, planes, r| {
                let [excitation, strength] = parts_of_s(u, v, planes);
                ((excitation + 1.0) / (strength * (r / (1.0 + r)) + 1.0) - 1.0) * r
            }
        ),
        mutant!(
            neocognitron.s_cell / "inhibition_ignored",
            "the v-cells have no say",
            |u, v, planes, r| reference::s_cell(u, v.zeros_like(), planes, r)
        ),
        mutant!(
            neocognitron.s_cell / "inhibition_subtracted",
            "the inhibition is subtracted, not divided by",
            |u, v, planes, r| {
                let [excitation, strength] = parts_of_s(u, v, planes);
                (excitation - strength * (r / (1.0 + r))).clamp_min(0.0) * r
            }
        ),
        mutant!(
            neocognitron.s_cell / "no_r_in_front",
            "the answer is not multiplied by r",
            |u, v, planes, r| reference::s_cell(u, v, planes, r) / r
        ),
        mutant!(
            neocognitron.s_cell / "no_r_in_the_inhibition",
            "the inhibition is b v, without r / (1 + r)",
            |u, v, planes, r| {
                let b = planes.b * ((1.0 + r) / r);
                reference::s_cell(u, v, SPlanes { b, ..planes }, r)
            }
        ),
        mutant!(
            neocognitron.s_cell / "twice_the_inhibition",
            "the inhibition is 2 r / (1 + r) b v",
            |u, v, planes, r| reference::s_cell(u, v * 2.0, planes, r)
        ),
        mutant!(
            neocognitron.s_cell / "one_b_for_all",
            "every plane has the b of the first",
            |u, v, planes, r| {
                let [k] = planes.b.dims();
                let b = planes.b.clone().narrow(0, 0, 1).expand([k]);
                reference::s_cell(u, v, SPlanes { b, ..planes }, r)
            }
        ),
        mutant!(
            neocognitron.s_cell / "kernel_turned",
            "a is turned by 180 degrees",
            |u, v, planes, r| {
                let a = planes.a.flip([2, 3]);
                reference::s_cell(u, v, SPlanes { a, ..planes }, r)
            }
        ),
        mutant!(
            neocognitron.s_cell / "planes_below_reversed",
            "the weights for the first plane below go to the last",
            |u, v, planes, r| {
                let a = planes.a.flip([1]);
                reference::s_cell(u, v, SPlanes { a, ..planes }, r)
            }
        ),
        mutant!(
            neocognitron.s_cell / "v_of_the_middle",
            "every cell is inhibited by the v-cell in the middle",
            |u, v, planes, r| {
                let [height, width] = v.dims();
                let middle = v.slice([height / 2..height / 2 + 1, width / 2..width / 2 + 1]);
                reference::s_cell(u, middle.expand([height, width]), planes, r)
            }
        ),
    ]
}

/// What the C-cells have before they saturate, with every cell there.
fn before_saturation(s: Tensor<3>, d: Tensor<2>) -> Tensor<3> {
    let c = reference::c_cell(s, d, 1.0, 1);
    c.clone() / (c.neg() + 1.0)
}

/// The weighted sum of each C-cell's field, `[k, height, width]`: an S-cell's excitation.
fn weighted_sum(s: Tensor<3>, d: Tensor<2>) -> Tensor<3> {
    let [k, height, width] = s.dims();
    let [rows, columns] = d.dims();
    let identity = Tensor::<2>::eye(k, &s.device())
        .cast(s.dtype())
        .reshape([k, k, 1, 1]);
    let planes = SPlanes {
        a: identity * d.reshape([1, 1, rows, columns]),
        b: Tensor::zeros([k], (&s.device(), s.dtype())),
    };
    let v = Tensor::zeros([height, width], (&s.device(), s.dtype()));
    reference::s_cell(s, v, planes, 1.0)
}

/// Every `stride`-th cell, from `first` on.
fn every(c: Tensor<3>, first: usize, stride: usize) -> Tensor<3> {
    let step = stride as isize;
    c.slice(burn::tensor::s![.., first..; step, first..; step])
}

fn c_cells() -> Vec<Mutant> {
    vec![
        mutant!(
            neocognitron.c_cell / "no_saturation",
            "x itself is the answer",
            |s, d, _, stride| every(before_saturation(s, d), 0, stride)
        ),
        mutant!(
            neocognitron.c_cell / "linear_sum",
            "the weighted sum itself is the answer",
            |s, d, _, stride| every(weighted_sum(s, d), 0, stride)
        ),
        mutant!(
            neocognitron.c_cell / "not_inhibited",
            "the other planes have no say",
            |s, d, alpha, stride| {
                let x = weighted_sum(s, d);
                every(x.clone() / (x + alpha), 0, stride)
            }
        ),
        mutant!(
            neocognitron.c_cell / "inhibited_by_the_sum",
            "the sum over the planes, not their mean",
            |s, d, alpha, stride| {
                let sum = weighted_sum(s, d);
                let all = sum.clone().sum_dim(0);
                let x = ((sum + 1.0) / (all + 1.0) - 1.0).clamp_min(0.0);
                every(x.clone() / (x + alpha), 0, stride)
            }
        ),
        mutant!(
            neocognitron.c_cell / "no_rectification",
            "x below 0 is let through",
            |s, d, alpha, stride| {
                let sum = weighted_sum(s, d);
                let all = sum.clone().mean_dim(0);
                let x = (sum + 1.0) / (all + 1.0) - 1.0;
                every(x.clone() / (x + alpha), 0, stride)
            }
        ),
        mutant!(
            neocognitron.c_cell / "alpha_is_one",
            "alpha is ignored",
            |s, d, _, stride| reference::c_cell(s, d, 1.0, stride)
        ),
        mutant!(
            neocognitron.c_cell / "weights_ignored",
            "d is taken for ones",
            |s, d, alpha, stride| reference::c_cell(s, d.ones_like(), alpha, stride)
        ),
        mutant!(
            neocognitron.c_cell / "sees_one_cell",
            "a C-cell sees the S-cell right below it only",
            |s, d, alpha, stride| {
                let [rows, columns] = d.dims();
                let middle = d.slice([rows / 2..rows / 2 + 1, columns / 2..columns / 2 + 1]);
                reference::c_cell(s, middle, alpha, stride)
            }
        ),
        mutant!(
            neocognitron.c_cell / "field_turned",
            "d is turned by 180 degrees",
            |s, d, alpha, stride| reference::c_cell(s, d.flip([0, 1]), alpha, stride)
        ),
        mutant!(
            neocognitron.c_cell / "every_cell",
            "the stride is ignored",
            |s, d, alpha, _| reference::c_cell(s, d, alpha, 1)
        ),
        mutant!(
            neocognitron.c_cell / "last_of_each_step",
            "the cells are at the end of each stride, not at its beginning",
            |s, d, alpha, stride| {
                let [k, height, width] = s.dims();
                let [rows, columns] = [height.div_ceil(stride), width.div_ceil(stride)];
                let zeros = Tensor::zeros(
                    [k, rows * stride, columns * stride],
                    (&s.device(), s.dtype()),
                );
                let all = reference::c_cell(s, d, alpha, 1);
                let larger = zeros.slice_assign([0..k, 0..height, 0..width], all);
                every(larger, stride - 1, stride)
            }
        ),
    ]
}

fn stage(u: Tensor<3>, stage: &Stage) -> [Tensor<3>; 2] {
    let v = reference::v_cell(u.clone(), stage.c.clone());
    let s = reference::s_cell(u, v, stage.planes.clone(), stage.r);
    let c = reference::c_cell(s.clone(), stage.d.clone(), stage.alpha, stage.stride);
    [s, c]
}

/// The answers of the reference, with a second stage above another layer.
fn second_above(
    image: Tensor<2>,
    first: Stage,
    second: Stage,
    layer: impl Fn(&TwoStageResponse) -> Tensor<3>,
) -> TwoStageResponse {
    let mut answers = reference::two_stage_forward(image, first, second.clone());
    let [s, c] = stage(layer(&answers), &second);
    answers.second.s = s;
    answers.second.c = c;
    answers
}

fn two_stages() -> Vec<Mutant> {
    vec![
        mutant!(
            neocognitron.two_stage_forward / "second_sees_s_cells",
            "the second stage sees the S-cells of the first",
            |image, first, second| second_above(image, first, second, |answers| {
                answers.first.s.clone()
            })
        ),
        mutant!(
            neocognitron.two_stage_forward / "second_is_like_the_first",
            "the second stage has the selectivity of the first",
            |image, first, second| {
                let r = first.r;
                reference::two_stage_forward(image, first, Stage { r, ..second })
            }
        ),
        mutant!(
            neocognitron.two_stage_forward / "one_v_layer",
            "the v-cells of the second stage have the weights of the first",
            |image, first, second| {
                let c = first.c.clone();
                reference::two_stage_forward(image, first, Stage { c, ..second })
            }
        ),
        mutant!(
            neocognitron.two_stage_forward / "no_stride",
            "the first stage has a C-cell above every S-cell",
            |image, first, second| {
                reference::two_stage_forward(image, Stage { stride: 1, ..first }, second)
            }
        ),
        mutant!(
            neocognitron.two_stage_forward / "layers_exchanged",
            "the layers of the first stage come out in each other's place",
            |image, first, second| {
                let mut answers = reference::two_stage_forward(image, first, second);
                std::mem::swap(&mut answers.first.s, &mut answers.first.c);
                answers
            }
        ),
    ]
}
