//! Public checks of A2.1.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, ensure, equal_bits, show, tensor,
};
use common::contract::Submission;
use common::contract::a2::{Neocognitron, Representative, SPlanes, Stage, StageResponse};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.1",
    title: "The neocognitron of 1979",
    module: "neocognitron",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/neocognitron.rs and write v_cell: four loops over rows, columns, and the places of c.",
    hints: &[
        "v_cell, s_cell and c_cell all sum over the receptive field of every cell. Write that once: a border of zeros with \
         u.pad([(above, above), (before, before)], PadMode::Constant(0.0)), then one slice [k_in, height, width] for each \
         place of the field; multiply each by the weight of its place and add them up. Or loop over x.to_data().iter::<f64>().",
        "select_representatives: collect the winner of every column first, sort the winners by plane, row and column, and take \
         the first largest of each plane. winner_take_all_update: field and v-cell are those at the representative's row and \
         column; slice_assign replaces one plane and leaves the others alone. c_cell: compute all cells and keep every \
         stride-th with slice(s![.., ..; step, ..; step]).",
    ],
    hidden_checks: 9,
    forbidden: rules::BY_HAND,
};

/// The public checks of A2.1.
pub const CHECKS: &[Check] = &[
    Check {
        id: "neocognitron/v_cell_by_hand",
        part: "A2.1",
        points: 1,
        proves: "the v-cells give the handout's numbers: the root of a weighted sum of squares over all planes",
        hint: "square before you sum, take the root after it; beyond the edge there are zeros",
        run: v_cell,
    },
    Check {
        id: "neocognitron/s_cell_by_hand",
        part: "A2.1",
        points: 1,
        proves: "a plane that has learned a vertical bar answers to it with the handout's numbers, and a larger r makes it choosier",
        hint: "(1 + excitation) / (1 + r / (1 + r) b v) - 1, cut off at 0, times r",
        run: s_cell,
    },
    Check {
        id: "neocognitron/c_cell_by_hand",
        part: "A2.1",
        points: 1,
        proves: "C-cells do not care where in their field the feature is, are inhibited by the other planes, and saturate",
        hint: "divide by 1 + the mean of the sums over all planes, cut off at 0, then x / (alpha + x)",
        run: c_cell,
    },
    Check {
        id: "neocognitron/representatives_by_hand",
        part: "A2.1",
        points: 1,
        proves: "each S-column has one candidate, each plane one representative at most, and silent cells are neither",
        hint: "first the largest cell of every column through all planes, then the largest candidate of every plane",
        run: representatives,
    },
    Check {
        id: "neocognitron/update_by_hand",
        part: "A2.1",
        points: 1,
        proves: "the plane of the representative learns what it has seen, and every other plane stays as it is",
        hint: "a grows by q c times the field around the representative, b by q times the v-cell there",
        run: update,
    },
    Check {
        id: "neocognitron/two_stages",
        part: "A2.1",
        points: 1,
        proves: "two stages are your v-cells, S-cells and C-cells one after the other, twice",
        hint: "the image is a layer of one plane; the second stage sees the C-cells of the first",
        run: two_stages,
    },
];

/// Compares an answer, and shows what led to it.
fn same<const D: usize>(
    function: &str,
    got: &Tensor<D>,
    want: &Tensor<D>,
    input: impl std::fmt::Display,
) -> Verdict {
    close(got, want, Tolerance::EXACT).map_err(|failure| failure.about(function).on_input(input))
}

fn v_cell(submission: &Submission, _: &mut Rng) -> Verdict {
    let u = tensor([
        [[3.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 4.0]],
    ]);
    let c = tensor([[1.0, 1.0, 1.0], [1.0, 4.0, 1.0], [1.0, 1.0, 1.0]]);
    let input = format!("u {}, c {}", show(&u), show(&c));
    let v = submission.v_cell(u, c)?;
    let want = tensor([[6.0, 3.0, 0.0], [3.0, 5.0, 4.0], [0.0, 4.0, 8.0]]);
    same("v_cell", &v, &want, input)
}

/// A vertical bar of three pixels.
fn bar() -> Tensor<3> {
    tensor([[[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]])
}

/// Two planes that have learned a vertical and a horizontal bar.
fn bars_learned() -> SPlanes {
    let vertical = bar().unsqueeze::<4>() * 2.0;
    let horizontal = vertical.clone().swap_dims(2, 3);
    SPlanes {
        a: Tensor::cat(vec![vertical, horizontal], 0),
        b: tensor([6.0, 6.0]),
    }
}

fn s_cell(submission: &Submission, _: &mut Rng) -> Verdict {
    let silent = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
    let soft = [[0.0, 0.25, 0.0], [0.0, 0.75, 0.0], [0.0, 0.25, 0.0]];
    let hard = [[0.0, 0.0, 0.0], [0.0, 0.8, 0.0], [0.0, 0.0, 0.0]];
    for (r, vertical) in [(1.0, soft), (2.0, hard)] {
        let v = tensor([[1.0; 3]; 3]);
        let s = submission.s_cell(bar(), v, bars_learned(), r)?;
        let input = format!(
            "u {}, v all 1, b [6, 6], r {r}; a is 2 on a vertical bar in plane 0, on a horizontal one in plane 1",
            show(&bar())
        );
        same("s_cell", &s, &tensor([vertical, silent]), input)?;
    }
    Ok(())
}

fn c_cell(submission: &Submission, _: &mut Rng) -> Verdict {
    let silent = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
    let middle = [[0.0, 0.0, 0.0], [0.0, 0.8, 0.0], [0.0, 0.0, 0.0]];
    let corner = [[0.8, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
    let on = 4.0 / 11.0;
    let near_the_corner = [[on, on, 0.0], [on, on, 0.0], [0.0, 0.0, 0.0]];
    for (s, stride, want) in [
        ([middle, silent], 1, tensor([[[on; 3]; 3], silent])),
        ([corner, silent], 1, tensor([near_the_corner, silent])),
        (
            [corner, silent],
            2,
            tensor([[[on, 0.0], [0.0, 0.0]], [[0.0; 2]; 2]]),
        ),
        ([middle, middle], 1, tensor([silent, silent])),
    ] {
        let s = tensor(s);
        let input = format!(
            "s {}, d all 1 in 3 x 3, alpha 0.5, stride {stride}",
            show(&s)
        );
        let c = submission.c_cell(s, tensor([[1.0; 3]; 3]), 0.5, stride)?;
        same("c_cell", &c, &want, input)?;
    }
    Ok(())
}

fn representatives(submission: &Submission, _: &mut Rng) -> Verdict {
    let s = tensor([
        [[5.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
        [[4.0, 0.0, 0.0], [0.0, 0.0, 3.0]],
        [[0.0, 0.0, 0.0], [0.0, 0.0, 2.0]],
    ]);
    for (s, side, want) in [
        (&s, 2, "plane 0 at (0, 0), plane 1 at (1, 2)"),
        (&s, 3, "plane 0 at (0, 0)"),
        (&s.zeros_like(), 2, "none"),
    ] {
        let got = submission.select_representatives(s.clone(), side)?;
        let got = in_words(&got);
        ensure(got == want, || format!("expected {want}; got {got}")).map_err(|failure| {
            failure
                .about("select_representatives")
                .on_input(format!("s {}, side {side}", show(s)))
        })?;
    }
    Ok(())
}

fn in_words(representatives: &[Representative]) -> String {
    let words: Vec<String> = representatives
        .iter()
        .map(|one| format!("plane {} at ({}, {})", one.plane, one.row, one.column))
        .collect();
    match words.is_empty() {
        true => "none".into(),
        false => words.join(", "),
    }
}

fn update(submission: &Submission, _: &mut Rng) -> Verdict {
    let planes = SPlanes {
        a: tensor::<1>([0.0; 9].as_slice())
            .reshape([1, 1, 3, 3])
            .repeat_dim(0, 2)
            + 0.1,
        b: tensor([0.0, 0.5]),
    };
    let representative = Representative {
        plane: 0,
        row: 1,
        column: 1,
    };
    let got = submission.winner_take_all_update(
        planes.clone(),
        bar(),
        tensor([[9.0, 9.0, 9.0], [9.0, 1.0, 9.0], [9.0, 9.0, 9.0]]),
        tensor([[1.0 / 3.0; 3]; 3]),
        vec![representative],
        6.0,
    )?;
    let input = format!(
        "u {}, v 1 in the middle and 9 around it, c all 1/3, q 6, representative: plane 0 at (1, 1); a all 0.1, b [0, 0.5]",
        show(&bar())
    );
    let check = || {
        let other = planes.a.clone().narrow(0, 1, 1);
        let learned = planes.a.clone().narrow(0, 0, 1) + bar().unsqueeze::<4>() * 2.0;
        let want = Tensor::cat(vec![learned, other.clone()], 0);
        close(&got.a, &want, Tolerance::EXACT).map_err(|failure| failure.about("a"))?;
        equal_bits(&got.a.clone().narrow(0, 1, 1), &other)
            .map_err(|failure| failure.about("a of plane 1 must stay"))?;
        close(&got.b, &tensor([6.0, 0.5]), Tolerance::EXACT).map_err(|failure| failure.about("b"))
    };
    check().map_err(|failure: Failure| failure.about("winner_take_all_update").on_input(input))
}

/// A stage with random weights that are not negative.
fn random_stage(rng: &mut Rng, [k, k_in]: [usize; 2], stride: usize) -> Stage {
    Stage {
        planes: SPlanes {
            a: rng.tensor([k, k_in, 3, 3], Rng::unit),
            b: rng.tensor([k], Rng::unit),
        },
        c: rng.tensor([3, 3], Rng::unit),
        r: rng.uniform(1.0, 3.0),
        d: rng.tensor([3, 3], Rng::unit),
        alpha: rng.uniform(0.2, 0.8),
        stride,
    }
}

/// What the functions for single layers give one after the other.
fn by_layers(
    submission: &Submission,
    u: Tensor<3>,
    stage: Stage,
) -> Result<StageResponse, Failure> {
    let v = submission.v_cell(u.clone(), stage.c)?;
    let s = submission.s_cell(u, v, stage.planes, stage.r)?;
    let c = submission.c_cell(s.clone(), stage.d, stage.alpha, stage.stride)?;
    Ok(StageResponse { s, c })
}

fn two_stages(submission: &Submission, rng: &mut Rng) -> Verdict {
    let image = rng.tensor([7, 6], Rng::unit);
    let (first, second) = (random_stage(rng, [3, 1], 2), random_stage(rng, [2, 3], 1));
    let got = submission.two_stage_forward(image.clone(), first.clone(), second.clone())?;
    let first = by_layers(submission, image.unsqueeze(), first)?;
    let second = by_layers(submission, first.c.clone(), second)?;
    for (name, got, want) in [
        ("first.s", &got.first.s, &first.s),
        ("first.c", &got.first.c, &first.c),
        ("second.s", &got.second.s, &second.s),
        ("second.c", &got.second.c, &second.c),
    ] {
        let input = "a random image [7, 6], 3 planes and stride 2, then 2 planes and stride 1";
        same(&format!("two_stage_forward, {name}"), got, want, input)?;
    }
    Ok(())
}
