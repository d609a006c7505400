//! Public checks of A2.5.

use burn::tensor::{DType, Device, Tensor};
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, ensure, equal, labels, shape, tensor, within,
};
use common::contract::Submission;
use common::contract::a2::{
    LadderLoss, LadderRule, LadderUnit, Lenet5, Lenet5Parameters, Lenet1989Parameters,
    ModernLenet5Parameters,
};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.5",
    title: "LeNet-5 and the modernisation ladder",
    module: "lenet5",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/lenet5.rs and write c3_table: a list of sixteen lists, without a tensor.",
    hints: &[
        "avg_pool2d with kernel and stride [2, 2] is a quarter of the sum. Numbers of planes broadcast over [n, c, h, w] after \
         reshape([1, -1, 1, 1]). Differences of all features from all prototypes: unsqueeze_dim(1) and unsqueeze_dim(0), then \
         square and sum_dim(2).",
        "The dense kernel: zeros of [planes * below, 5, 5], and select_assign with the row plane * below + i for each entry i \
         of the table; it serves C3 and H2. Write modernise as LadderRung { what changes, ..modernise(step - 1)? }. Shifts: \
         a larger plane of background with the image in its middle, and a window of it.",
    ],
    hidden_checks: 12,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.5.
pub const CHECKS: &[Check] = &[
    Check {
        id: "lenet5/c3",
        part: "A2.5",
        points: 1,
        proves: "C3 has 60 links, plane 4 goes round the end, and kernels stand where the table says",
        hint: "plane i of the first six sees i, i + 1 and i + 2 modulo 6, sorted",
        run: c3,
    },
    Check {
        id: "lenet5/sizes",
        part: "A2.5",
        points: 1,
        proves: "the layers have the parameters and connections of the paper, 60 000 and 61 706 parameters together",
        hint: "a plane of S2 has one coefficient and one bias, and each of its units five connections",
        run: sizes,
    },
    Check {
        id: "lenet5/input_and_subsampling",
        part: "A2.5",
        points: 1,
        proves: "one pixel of ink lies in a margin of background, and four units become the handout's number",
        hint: "1.275 p - 0.1 with a margin of -0.1; squash the coefficient times the sum plus the bias",
        run: input_and_subsampling,
    },
    Check {
        id: "lenet5/networks",
        part: "A2.5",
        points: 1,
        proves: "networks in which each unit takes the mean of what it sees keep 1 where it is, in both forms",
        hint: "six layers, all squashed; in the modern one ReLU and max_pool2d, and linear outputs",
        run: networks,
    },
    Check {
        id: "lenet5/rbf",
        part: "A2.5",
        points: 1,
        proves: "distances and loss are those of the handout's example",
        hint: "squares summed over the units; then the right distance plus ln(exp(-j) + sum of exp(-distance))",
        run: rbf,
    },
    Check {
        id: "lenet5/ladder",
        part: "A2.5",
        points: 1,
        proves: "settings, rates, shifts, outputs and losses of the ladder are those of the handout",
        hint: "each rung keeps the changes of those below; look at the name in front of the message",
        run: ladder,
    },
];

fn zeros<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::zeros(shape, (&Device::flex(), DType::F64))
}

fn filled<const D: usize>(shape: [usize; D], value: f64) -> Tensor<D> {
    zeros(shape).full_like(value)
}

/// 1.7159 tanh(2/3) is 3e-6 less than 1.
const NEAR: Tolerance = Tolerance {
    absolute: 1e-4,
    relative: 0.0,
};

fn about(what: &str) -> impl FnOnce(Failure) -> Failure {
    move |failure| failure.about(what)
}

fn c3(submission: &Submission, _: &mut Rng) -> Verdict {
    let table = submission.c3_table()?;
    let of = |plane: usize| table.get(plane).cloned().unwrap_or_default();
    for (plane, want) in [
        (0, vec![0, 1, 2]),
        (4, vec![0, 4, 5]),
        (9, vec![0, 3, 4, 5]),
        (13, vec![1, 2, 4, 5]),
        (15, vec![0, 1, 2, 3, 4, 5]),
    ] {
        equal(&of(plane), &want).map_err(|f| f.about(format!("c3_table, plane {plane}")))?;
    }
    let links = table.iter().map(Vec::len).sum::<usize>();
    equal(&(table.len(), links), &(16, 60)).map_err(about("c3_table, planes and links"))?;

    // Kernel k is full of k + 1.
    let numbers: Vec<f64> = (0..60 * 25).map(|i| (i / 25 + 1) as f64).collect();
    let got = submission.c3_kernel(tensor::<1>(numbers.as_slice()).reshape([60, 5, 5]))?;
    shape(&got, [16, 6, 5, 5]).map_err(about("c3_kernel"))?;
    let middles = got.slice([0..16, 0..6, 2..3, 2..3]).reshape([16, 6]);
    let of_plane_4 = middles.narrow(0, 4, 1);
    let want = tensor([[13.0, 0.0, 0.0, 0.0, 14.0, 15.0]]);
    close(&of_plane_4, &want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("c3_kernel, middles of the kernels of plane 4")
            .on_input("60 kernels, kernel k full of k + 1")
    })
}

fn sizes(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.lenet5_sizes(32, 32, false)?;
    let rows: Vec<(&str, usize, usize)> = got
        .iter()
        .map(|size| (size.layer.as_str(), size.parameters, size.connections))
        .collect();
    let want = vec![
        ("C1", 156, 122_304),
        ("S2", 12, 5880),
        ("C3", 1516, 151_600),
        ("S4", 32, 2000),
        ("C5", 48_120, 48_120),
        ("F6", 10_164, 10_164),
    ];
    equal(&rows, &want).map_err(about(
        "lenet5_sizes of 32 x 32 pixels, parameters and connections",
    ))?;
    let units: Vec<usize> = got.iter().map(|size| size.units).collect();
    equal(&units, &vec![4704, 1176, 1600, 400, 120, 84]).map_err(about("lenet5_sizes, units"))?;
    let modern = submission.lenet5_sizes(32, 32, true)?;
    let rows: Vec<(&str, usize)> = modern
        .iter()
        .map(|size| (size.layer.as_str(), size.parameters))
        .collect();
    let want = vec![
        ("C1", 156),
        ("S2", 0),
        ("C3", 2416),
        ("S4", 0),
        ("C5", 48_120),
        ("F6", 10_164),
        ("out", 850),
    ];
    equal(&rows, &want).map_err(about(
        "lenet5_sizes of 32 x 32 pixels in the modern network, parameters",
    ))
}

fn input_and_subsampling(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.lenet5_input(tensor([[[[1.0, 0.0]]]]))?;
    let want = filled([1, 1, 5, 6], -0.1)
        .slice_assign([0..1, 0..1, 2..3, 2..3], filled([1, 1, 1, 1], 1.175));
    close(&got, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("lenet5_input").on_input("[[[[1, 0]]]]"))?;

    // 0.1 * 10 + 0 = 1 and 0.5 * 2 - 2 = -1 are squashed to themselves, nearly.
    let x = tensor([[[[1.0, 2.0], [3.0, 4.0]], [[2.0, 0.0], [0.0, 0.0]]]]);
    let got = submission.trainable_subsampling(x, tensor([0.1, 0.5]), tensor([0.0, -2.0]))?;
    close(&got, &tensor([[[[1.0]], [[-1.0]]]]), NEAR).map_err(|failure| {
        failure.about("trainable_subsampling").on_input(
            "x [[[[1, 2], [3, 4]], [[2, 0], [0, 0]]]], coefficient [0.1, 0.5], bias [0, -2]",
        )
    })
}

/// Images of ones and weights such that each unit is the mean of what it sees: 1 stays 1. Then the same with a bias of -2 in
/// F6 and in the logits, which makes it -1.
fn networks(submission: &Submission, _: &mut Rng) -> Verdict {
    let ones = filled([1, 1, 16, 16], 1.0);
    let table = submission.c3_table()?;
    let of_links = table
        .iter()
        .flat_map(|seen| vec![1.0 / (25 * seen.len()) as f64; seen.len() * 25]);
    let of_links: Vec<f64> = of_links.collect();
    equal(&of_links.len(), &(60 * 25)).map_err(about("c3_table, links times 25"))?;
    let parameters = Lenet5Parameters {
        c1_weight: filled([6, 1, 5, 5], 0.04),
        c1_bias: zeros([6]),
        s2_coefficient: filled([6], 0.25),
        s2_bias: zeros([6]),
        c3_weight: tensor::<1>(of_links.as_slice()).reshape([60, 5, 5]),
        c3_bias: zeros([16]),
        s4_coefficient: filled([16], 0.25),
        s4_bias: zeros([16]),
        c5_weight: filled([16, 5], 1.0 / 16.0),
        c5_bias: zeros([5]),
        f6_weight: filled([5, 2], 0.2),
        f6_bias: tensor([0.0, -2.0]),
    };
    let input =
        "16 x 16 pixels of 1; each unit takes the mean of what it sees, the last bias is -2";
    let got = submission.lenet5_features(parameters, ones.clone())?;
    close(&got, &tensor([[1.0, -1.0]]), NEAR)
        .map_err(|failure| failure.about("lenet5_features").on_input(input))?;

    let parameters = ModernLenet5Parameters {
        c1_weight: filled([6, 1, 5, 5], 0.04),
        c1_bias: zeros([6]),
        c3_weight: filled([16, 6, 5, 5], 1.0 / 150.0),
        c3_bias: zeros([16]),
        c5_weight: filled([16, 5], 1.0 / 16.0),
        c5_bias: zeros([5]),
        f6_weight: filled([5, 2], 0.2),
        f6_bias: zeros([2]),
        out_weight: filled([2, 10], 0.5),
        out_bias: tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -2.0]),
    };
    let want = filled([1, 10], 1.0).slice_assign([0..1, 9..10], tensor([[-1.0]]));
    let got = submission.lenet5_modern(parameters, ones)?;
    close(&got, &want, NEAR).map_err(|failure| failure.about("lenet5_modern").on_input(input))
}

fn rbf(submission: &Submission, _: &mut Rng) -> Verdict {
    let features = tensor([[1.0, -1.0, 1.0], [0.0, 0.0, 2.0]]);
    let prototypes = tensor([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]]);
    let input = "features [[1, -1, 1], [0, 0, 2]], prototypes [[1, -1, 1], [-1, -1, 1]]";
    let got = submission.rbf_distances(features, prototypes)?;
    close(&got, &tensor([[0.0, 4.0], [3.0, 3.0]]), Tolerance::EXACT)
        .map_err(|failure| failure.about("rbf_distances").on_input(input))?;

    let distances = tensor([[0.0, 4.0], [3.0, 3.0]]);
    let second = ((-1f64).exp() + 1.0 + (-4f64).exp()).ln();
    let fourth = 3.0 + ((-1f64).exp() + 2.0 * (-3f64).exp()).ln();
    let got = submission.rbf_loss(distances, labels(&[0, 1]), 1.0)?;
    close(&got, &tensor([(second + fourth) / 2.0]), Tolerance::EXACT).map_err(|failure| {
        failure
            .about("rbf_loss")
            .on_input("distances [[0, 4], [3, 3]], labels [0, 1], j 1")
    })
}

fn ladder(submission: &Submission, _: &mut Rng) -> Verdict {
    settings(submission)?;
    let rung = submission.modernise(2)?.map_err(refused)?;
    for (pass, want) in [(0, 3e-4), (15, 7e-4 / 3.0), (45, 1e-4)] {
        let got = submission.ladder_lr(rung.clone(), pass)?;
        within(got, want, Tolerance::EXACT)
            .map_err(|failure| failure.about(format!("ladder_lr of step 2, pass {pass}")))?;
    }

    let image = tensor([[[[1.0, 2.0], [3.0, 4.0]]]]);
    for (shift, want) in [
        ([1, 0], [[-1.0, -1.0], [1.0, 2.0]]),
        ([0, -1], [[2.0, -1.0], [4.0, -1.0]]),
    ] {
        let got = submission.ladder_shift(image.clone(), vec![shift], -1.0)?;
        let want: Tensor<2> = tensor(want);
        close(&got, &want.unsqueeze(), Tolerance::EXACT).map_err(|failure| {
            failure
                .about("ladder_shift")
                .on_input(format!("[[[[1, 2], [3, 4]]]] by {shift:?}, background -1"))
        })?;
    }
    forward_and_loss(submission)
}

fn refused(why: String) -> Failure {
    Failure::wrong(format!("modernise gave the error {why:?}"))
}

fn settings(submission: &Submission) -> Verdict {
    let first = submission.modernise(0)?.map_err(refused)?;
    let last = submission.modernise(4)?.map_err(refused)?;
    equal(
        &(
            first.passes,
            first.loss,
            first.unit,
            first.rule,
            first.shift,
        ),
        &(
            23,
            LadderLoss::SquaredError,
            LadderUnit::ScaledTanh,
            LadderRule::Sgd,
            0,
        ),
    )
    .map_err(about("modernise(0)"))?;
    equal(
        &(last.passes, last.loss, last.unit, last.rule, last.shift),
        &(
            80,
            LadderLoss::CrossEntropy,
            LadderUnit::Relu,
            LadderRule::AdamW,
            1,
        ),
    )
    .map_err(about("modernise(4)"))?;
    let numbers = [(first.lr, 0.03), (last.last_lr, 1e-5), (last.dropout, 0.25)];
    for (got, want) in numbers {
        within(got, want, Tolerance::EXACT)
            .map_err(about("modernise, lr of 0, last_lr and dropout of 4"))?;
    }
    ensure(submission.modernise(5)?.is_err(), || {
        "modernise(5): expected an error, got settings".into()
    })
}

/// A network for 4 x 4 pixels whose H2 is given by its biases, 1 in plane 0 and 0 elsewhere, and of which every output is
/// the state of plane 0 with the weight -1.
fn forward_and_loss(submission: &Submission) -> Verdict {
    let one_at = |shape: [usize; 2], at: [usize; 2]| {
        zeros(shape).slice_assign([at[0]..at[0] + 1, at[1]..at[1] + 1], tensor([[1.0]]))
    };
    let parameters = Lenet1989Parameters {
        h1_weight: zeros([12, 1, 5, 5]),
        h1_bias: zeros([12, 2, 2]),
        h2_weight: zeros([12, 8, 5, 5]),
        h2_bias: zeros([12, 1, 1]).slice_assign([0..1, 0..1, 0..1], tensor([[[1.0]]])),
        h3_weight: one_at([12, 30], [0, 0]),
        h3_bias: zeros([30]),
        out_weight: zeros([30, 10]).slice_assign([0..1, 0..10], filled([1, 10], -1.0)),
        out_bias: zeros([10]),
    };
    let image = filled([1, 1, 4, 4], -1.0);
    let kept = Some(filled([1, 12], 0.9));
    let dropped = Some(filled([1, 12], 0.1));
    for (step, uniform, want, name) in [
        (0, None, -1.0, "step 0 in use"),
        (4, None, -1.0, "step 4 in use"),
        (4, kept, -1.0 / 0.75, "step 4 in training, all numbers 0.9"),
        (4, dropped, 0.0, "step 4 in training, all numbers 0.1"),
    ] {
        let rung = submission.modernise(step)?.map_err(refused)?;
        let got = submission.ladder_forward(rung, parameters.clone(), image.clone(), uniform)?;
        close(&got, &filled([1, 10], want), NEAR).map_err(|failure| {
            failure
                .about(format!("ladder_forward, {name}"))
                .on_input("H2 is 1 in plane 0 by its bias, H3[0] takes it over, and every output has the weight -1 on H3[0]")
        })?;
    }
    let outputs = tensor([[0.5, -1.0, -1.0, -1.0]]);
    for (step, want) in [(0, 0.25 / 4.0), (1, (1.0 + 3.0 * (-1.5f64).exp()).ln())] {
        let rung = submission.modernise(step)?.map_err(refused)?;
        let got = submission.ladder_loss(rung, outputs.clone(), labels(&[0]))?;
        close(&got, &tensor([want]), Tolerance::EXACT).map_err(|failure| {
            failure
                .about(format!("ladder_loss of step {step}"))
                .on_input("outputs [[0.5, -1, -1, -1]], label 0")
        })?;
    }
    Ok(())
}
