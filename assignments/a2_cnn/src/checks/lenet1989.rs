//! Public checks of A2.4.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, ensure, equal, labels, numeric_gradient_of,
    shape, tensor, within,
};
use common::contract::Submission;
use common::contract::a2::{Lenet1989, Lenet1989Parameters, Lenet1989Rates};
use common::nn::{tensors, zeros_like};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.4",
    title: "LeNet 1989 on zip codes",
    module: "lenet1989",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/lenet1989.rs and write scaled_tanh: two constants and burn::tensor::activation::tanh.",
    hints: &[
        "pad with PadMode::Constant makes the background. A layer of planes is background_pad, conv2d with stride 2 and no bias, \
         plus the biases with unsqueeze, then the squashing: one helper of rank 4 serves H1 and H2. For the targets start with \
         full_like(-1.0) and add 2 with scatter.",
        "H2 as one convolution: write the 96 kernels into a dense kernel [12, 12, 5, 5] of zeros, by select_assign on [144, 25] \
         with the row 12 h2 + h1 for each link. Or select the 96 planes and convolve in twelve groups. The pass: narrow one \
         image, value_and_gradient of the whole network and signed_mse, Sgd::step, and on to the next image.",
    ],
    hidden_checks: 11,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.4.
pub const CHECKS: &[Check] = &[
    Check {
        id: "lenet1989/squash_and_background",
        part: "A2.4",
        points: 1,
        proves: "1 is squashed to 1, 3 to the handout's value, and background is put around an image",
        hint: "1.7159 tanh(2 a / 3); -1 on each side of the last two axes",
        run: squash_and_background,
    },
    Check {
        id: "lenet1989/size_of_the_paper",
        part: "A2.4",
        points: 1,
        proves: "the layers add up to the 9760 parameters and 64 660 connections of the paper, and H2 sees what it should",
        hint: "the weights of a plane count once, biases and connections once for each unit; every plane of H2 sees two of three groups of four",
        run: size_of_the_paper,
    },
    Check {
        id: "lenet1989/init",
        part: "A2.4",
        points: 1,
        proves: "weights are within 2.4 over the number of inputs, use that range, and biases are 0",
        hint: "F is 25, 200, the units of H2, 30; the interval is from -2.4 / F to 2.4 / F",
        run: init,
    },
    Check {
        id: "lenet1989/forward",
        part: "A2.4",
        points: 1,
        proves: "an empty image stays empty through all four layers, and one ray of ink reaches the output that it should",
        hint: "outside of the image and of H1 there is -1, not 0; the kernel's middle of unit (i, j) lies on (2 i, 2 j)",
        run: forward,
    },
    Check {
        id: "lenet1989/pass",
        part: "A2.4",
        points: 1,
        proves: "the loss is the handout's, and one step moves parameters of all layers by minus lr times their numeric gradient",
        hint: "the loss is a mean over ten classes; a pass over one image is one step",
        run: pass,
    },
    Check {
        id: "lenet1989/reject",
        part: "A2.4",
        points: 1,
        proves: "the handout's four answers give its three points, and the price of an error is read off them",
        hint: "confidence is the largest output less the second largest; reject what is below the threshold",
        run: reject,
    },
];

fn squash_and_background(submission: &Submission, _: &mut Rng) -> Verdict {
    let a = tensor([[0.0, 1.0, -1.0, 3.0]]);
    let want = tensor([[0.0, 0.999_997, -0.999_997, 1.654_175]]);
    let near = Tolerance {
        absolute: 1e-5,
        relative: 0.0,
    };
    let got = submission.scaled_tanh(a)?;
    close(&got, &want, near)
        .map_err(|failure| failure.about("scaled_tanh").on_input("[[0, 1, -1, 3]]"))?;

    let x = tensor([[[[0.5, 1.0]]]]);
    let want = tensor([[[
        [-1.0, -1.0, -1.0, -1.0],
        [-1.0, 0.5, 1.0, -1.0],
        [-1.0, -1.0, -1.0, -1.0],
    ]]]);
    let got = submission.background_pad(x, 1)?;
    close(&got, &want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("background_pad")
            .on_input("[[[[0.5, 1]]]] with margin 1")
    })
}

fn size_of_the_paper(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.lenet1989_sizes(16, 16)?;
    let rows: Vec<(&str, usize, usize, usize)> = got
        .iter()
        .map(|size| {
            (
                size.layer.as_str(),
                size.units,
                size.parameters,
                size.connections,
            )
        })
        .collect();
    let want = vec![
        ("H1", 768, 1068, 19_968),
        ("H2", 192, 2592, 38_592),
        ("H3", 30, 5790, 5790),
        ("out", 10, 310, 310),
    ];
    equal(&rows, &want).map_err(|failure| failure.about("lenet1989_sizes of 16 x 16 pixels"))?;

    let got = submission.lenet1989_connections()?;
    let of = |plane: usize| got.get(plane).cloned().unwrap_or_default();
    equal(&got.len(), &12).map_err(|failure| failure.about("planes in lenet1989_connections"))?;
    for (plane, want) in [
        (0, vec![0, 1, 2, 3, 4, 5, 6, 7]),
        (5, vec![4, 5, 6, 7, 8, 9, 10, 11]),
        (11, vec![0, 1, 2, 3, 8, 9, 10, 11]),
    ] {
        equal(&of(plane), &want).map_err(|failure| {
            failure.about(format!("lenet1989_connections, plane {plane} of H2"))
        })?;
    }
    Ok(())
}

fn init(submission: &Submission, _: &mut Rng) -> Verdict {
    let parameters = submission.lenet1989_init(16, 16, 1989)?;
    let layers = [
        (
            "h1_weight",
            parameters.h1_weight.clone().flatten(0, 3),
            25.0,
        ),
        (
            "h2_weight",
            parameters.h2_weight.clone().flatten(0, 3),
            200.0,
        ),
        (
            "h3_weight",
            parameters.h3_weight.clone().flatten(0, 1),
            192.0,
        ),
        (
            "out_weight",
            parameters.out_weight.clone().flatten(0, 1),
            30.0,
        ),
    ];
    for (name, weight, inputs) in layers {
        let weight: Tensor<1> = weight;
        let bound = 2.4 / inputs;
        let largest = weight.abs().max().into_scalar::<f64>();
        // Of 300 weights all are below 95 % of the bound once in five million times.
        ensure(largest <= bound && largest > 0.95 * bound, || {
            format!(
                "lenet1989_init, {name}: expected weights up to {bound:.5} on either side, the largest is {largest:.5}"
            )
        })?;
    }
    let biases = [
        tensors(&parameters.h1_bias),
        tensors(&parameters.h2_bias),
        tensors(&parameters.h3_bias),
        tensors(&parameters.out_bias),
    ];
    for bias in biases.concat() {
        close(&bias, &bias.zeros_like(), Tolerance::EXACT)
            .map_err(|failure| failure.about("lenet1989_init, biases"))?;
    }
    Ok(())
}

/// A network for 8 x 8 pixels all of whose weights and biases are 0.
fn silent() -> Lenet1989Parameters {
    let zeros = |n: usize| {
        Tensor::<1>::zeros(
            [n],
            (&burn::tensor::Device::flex(), burn::tensor::DType::F64),
        )
    };
    Lenet1989Parameters {
        h1_weight: zeros(12 * 25).reshape([12, 1, 5, 5]),
        h1_bias: zeros(12 * 16).reshape([12, 4, 4]),
        h2_weight: zeros(96 * 25).reshape([12, 8, 5, 5]),
        h2_bias: zeros(12 * 4).reshape([12, 2, 2]),
        h3_weight: zeros(48 * 30).reshape([48, 30]),
        h3_bias: zeros(30),
        out_weight: zeros(300).reshape([30, 10]),
        out_bias: zeros(10),
    }
}

/// `tensor` with one element changed.
fn with<const D: usize>(tensor: Tensor<D>, at: [usize; D], value: f64) -> Tensor<D> {
    let one = Tensor::full([1; D], value, (&tensor.device(), tensor.dtype()));
    tensor.slice_assign(at.map(|i| i..i + 1), one)
}

/// First the handout's network in which every unit takes the mean of what it sees: on an image of background all
/// are -1. Then a network with one ray, from pixel (4, 0) through unit (2, 0) of plane 9 of H1 and unit (1, 0) of plane 6 of
/// H2 to output 7.
fn forward(submission: &Submission, _: &mut Rng) -> Verdict {
    let mean = zeros_like(&silent());
    let mean = Lenet1989Parameters {
        h1_weight: mean.h1_weight.full_like(1.0 / 25.0),
        h2_weight: mean.h2_weight.full_like(1.0 / 200.0),
        h3_weight: mean.h3_weight.full_like(1.0 / 48.0),
        out_weight: mean.out_weight.full_like(1.0 / 30.0),
        ..mean
    };
    let empty = Tensor::full(
        [1, 1, 8, 8],
        -1.0,
        (&mean.h3_bias.device(), mean.h3_bias.dtype()),
    );
    let near = Tolerance {
        absolute: 1e-4,
        relative: 0.0,
    };
    let got = submission.lenet1989_forward(mean, empty.clone())?;
    close(
        &got,
        &Tensor::full([1, 10], -1.0, (&empty.device(), empty.dtype())),
        near,
    )
    .map_err(|failure| {
        failure
            .about(
                "lenet1989_forward of an image of background, each unit the mean of what it sees",
            )
            .on_input("8 x 8 pixels of -1; all weights 1/25, 1/200, 1/48, 1/30, all biases 0")
    })?;

    let ray = silent();
    let ray = Lenet1989Parameters {
        h1_weight: with(ray.h1_weight, [9, 0, 2, 2], 1.0),
        // Plane 6 of H2 sees the planes 4 to 11 of H1: plane 9 has its sixth kernel.
        h2_weight: with(ray.h2_weight, [6, 5, 2, 2], 1.0),
        // Unit (1, 0) of plane 6, of planes of 2 x 2 units.
        h3_weight: with(ray.h3_weight, [6 * 4 + 2, 3], 1.0),
        out_weight: with(ray.out_weight, [3, 7], 1.0),
        ..ray
    };
    let image = with(empty, [0, 0, 4, 0], 1.0);
    let want = with(
        Tensor::zeros([1, 10], (&image.device(), image.dtype())),
        [0, 7],
        1.0,
    );
    let got = submission.lenet1989_forward(ray, image)?;
    close(&got, &want, near).map_err(|failure| {
        failure
            .about("lenet1989_forward with one weight of 1 in each layer: the ink of pixel (4, 0) goes to output 7")
            .on_input(
                "8 x 8 pixels of -1 but for [4, 0], which is 1; h1_weight[9, 0, 2, 2], h2_weight[6, 5, 2, 2], \
                 h3_weight[26, 3] and out_weight[3, 7] are 1, the rest 0",
            )
    })
}

/// The loss of `parameters` on one image, by the student's own functions.
fn loss(
    submission: &Submission,
    parameters: &Lenet1989Parameters,
    image: &Tensor<4>,
) -> Result<f64, Failure> {
    let outputs = submission.lenet1989_forward(parameters.clone(), image.clone())?;
    shape(&outputs, [1, 10]).map_err(|failure| failure.about("lenet1989_forward"))?;
    let loss = submission.signed_mse(outputs, labels(&[4]))?;
    shape(&loss, [1]).map_err(|failure| failure.about("signed_mse"))?;
    Ok(loss.into_scalar::<f64>())
}

/// The handout's loss, then one step on a random image of 8 x 4 pixels.
fn pass(submission: &Submission, rng: &mut Rng) -> Verdict {
    let outputs = tensor([[0.5, -1.0, -1.0], [0.0, -1.0, 1.0]]);
    let got = submission.signed_mse(outputs, labels(&[0, 2]))?;
    close(&got, &tensor([1.25 / 6.0]), Tolerance::EXACT).map_err(|failure| {
        failure
            .about("signed_mse")
            .on_input("outputs [[0.5, -1, -1], [0, -1, 1]], labels [0, 2]")
    })?;

    let image = rng.normal_tensor([1, 1, 8, 4]);
    let before = Lenet1989Parameters {
        h1_weight: rng.normal_tensor([12, 1, 5, 5]) * 0.2,
        h1_bias: rng.normal_tensor([12, 4, 2]) * 0.2,
        h2_weight: rng.normal_tensor([12, 8, 5, 5]) * 0.1,
        h2_bias: rng.normal_tensor([12, 2, 1]) * 0.2,
        h3_weight: rng.normal_tensor([24, 30]) * 0.2,
        h3_bias: rng.normal_tensor([30]) * 0.2,
        out_weight: rng.normal_tensor([30, 10]) * 0.2,
        out_bias: rng.normal_tensor([10]) * 0.2,
    };
    let rates = Lenet1989Rates {
        h1: 0.5,
        h2: 0.4,
        h3: 0.3,
        out: 0.2,
    };
    let after =
        submission.lenet1989_pass(before.clone(), image.clone(), labels(&[4]), rates.clone())?;
    let was = loss(submission, &before, &image)?;
    within(after.loss, was, Tolerance::EXACT)
        .map_err(|failure| failure.about("lenet1989_pass, the loss before the step"))?;
    let input = "one random image of 8 x 4 pixels with label 4, rates 0.5, 0.4, 0.3 and 0.2, random parameters";
    let moved = |name: &str, before: &Tensor<1>, after: &Tensor<1>, change: Tensor<1>| {
        close(after, &(before.clone() - change), Tolerance::GRADIENT).map_err(|failure| {
            failure
                .about(format!(
                    "lenet1989_pass, {name} after one step against numeric gradients"
                ))
                .on_input(input)
        })
    };
    let gradient = numeric_gradient_of(&before.out_bias, |out_bias| {
        let parameters = Lenet1989Parameters {
            out_bias,
            ..before.clone()
        };
        loss(submission, &parameters, &image)
    })?;
    moved(
        "out_bias",
        &before.out_bias,
        &after.parameters.out_bias,
        gradient * rates.out,
    )?;
    // Of the many weights of H1 those of plane 8.
    let plane = |weight: &Tensor<4>| weight.clone().narrow(0, 8, 1).flatten::<1>(0, 3);
    let gradient = numeric_gradient_of(&plane(&before.h1_weight), |kernel| {
        let kernel = kernel.reshape([1, 1, 5, 5]);
        let h1_weight = before
            .h1_weight
            .clone()
            .slice_assign([8..9, 0..1, 0..5, 0..5], kernel);
        loss(
            submission,
            &Lenet1989Parameters {
                h1_weight,
                ..before.clone()
            },
            &image,
        )
    })?;
    shape(&after.parameters.h1_weight, [12, 1, 5, 5])
        .map_err(|failure| failure.about("lenet1989_pass, h1_weight"))?;
    let (was, is) = (plane(&before.h1_weight), plane(&after.parameters.h1_weight));
    moved("h1_weight[8]", &was, &is, gradient * rates.h1)
}

fn reject(submission: &Submission, _: &mut Rng) -> Verdict {
    let outputs = tensor([
        [1.0, -0.5, -1.0],
        [0.25, 0.0, -1.0],
        [-1.0, 0.5, -0.5],
        [-0.25, -0.5, -1.0],
    ]);
    let curve = submission.reject_curve(outputs, labels(&[0, 1, 1, 0]))?;
    let got: Vec<[f64; 3]> = curve
        .iter()
        .map(|p| [p.threshold, p.rejected, p.error])
        .collect();
    let want = vec![[0.25, 0.0, 0.25], [1.0, 0.5, 0.0], [1.5, 0.75, 0.0]];
    equal(&got, &want).map_err(|failure| {
        failure
            .about("reject_curve, [threshold, rejected, error] of each point")
            .on_input("outputs [[1, -0.5, -1], [0.25, 0, -1], [-1, 0.5, -0.5], [-0.25, -0.5, -1]], labels [0, 1, 1, 0]")
    })?;
    for (error, want) in [(0.01, Some(0.5)), (0.3, Some(0.0)), (-1.0, None)] {
        let got = submission.reject_for_error(curve.clone(), error)?;
        equal(&got, &want).map_err(|failure| {
            failure.about(format!("reject_for_error of this curve and {error}"))
        })?;
    }
    Ok(())
}
