//! Public checks of A2.8.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, alike, close, ensure, equal_bits, numeric_gradient,
    show, tensor,
};
use common::contract::Submission;
use common::contract::a2::{
    SpatialNormGradients, SpatialNormSettings, SpatialNorms, SpatialStatistics,
};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.8",
    title: "Spatial and group normalisation, folding",
    module: "spatial_norms",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/spatial_norms.rs and write group_norm_forward: reshape to [n groups, ...], and each row is a set.",
    hints: &[
        "Write two functions of a matrix whose rows are the sets: one that normalises each row, one that goes back \
         through it. Then only the way to the matrix differs: [c, n height width] after a swap of axes 0 and 1 for \
         batch normalisation, [n groups, c / groups height width] by a plain reshape for group normalisation. Scale \
         and shift come after the way back, as [1, c, 1, 1].",
        "Backwards: g = dy gamma first, while it still is [n, c, height, width]; then to rows; dx = (g - mean(g) - x^ \
         mean(g x^)) / root along each row; then back. dgamma = the sum of dy x^ over axes 0, 2 and 3. Folding: \
         scale = gamma / sqrt(variance + eps); weight scale, and (bias - mean) scale + beta.",
    ],
    hidden_checks: 11,
    forbidden: rules::BY_HAND,
};

/// The public checks of A2.8.
pub const CHECKS: &[Check] = &[
    Check {
        id: "spatial_norms/bn_training",
        part: "A2.8",
        points: 1,
        proves: "a channel has one mean and one variance over all images and pixels, and the running statistics move",
        hint: "divide by n height width; the running variance gets m / (m - 1) times that variance; eps is under the root",
        run: bn_training,
    },
    Check {
        id: "spatial_norms/bn_evaluation",
        part: "A2.8",
        points: 1,
        proves: "outside training the running statistics are used and left alone, and one pixel is enough only there",
        hint: "with training false no statistic of x plays a part; with training true and fewer than 2 values per channel give Err",
        run: bn_evaluation,
    },
    Check {
        id: "spatial_norms/bn_gradients",
        part: "A2.8",
        points: 1,
        proves: "the gradients of spatial batch normalisation are the handout's numbers and agree with numeric ones",
        hint: "each channel of dx adds up to 0; dgamma and dbeta are sums over images and pixels",
        run: bn_gradients,
    },
    Check {
        id: "spatial_norms/group_norm",
        part: "A2.8",
        points: 1,
        proves: "groups of neighbouring channels are normalised to the handout's numbers, also as single channels, and groups that do not divide the channels are refused",
        hint: "reshape to [n groups, c / groups height width]; gamma and beta are per channel",
        run: group_norm,
    },
    Check {
        id: "spatial_norms/group_gradients",
        part: "A2.8",
        points: 1,
        proves: "the gradients of group and instance normalisation agree with numeric gradients",
        hint: "gamma differs within a group: multiply dy by it before you take means",
        run: group_gradients,
    },
    Check {
        id: "spatial_norms/fold",
        part: "A2.8",
        points: 1,
        proves: "a folded convolution has the handout's kernels and bias",
        hint: "the scale belongs to the output channel, axis 0 of the kernels; the old bias is scaled too",
        run: fold,
    },
];

/// The handout's settings.
fn settings(training: bool) -> SpatialNormSettings {
    SpatialNormSettings {
        training,
        momentum: 0.3,
        eps: 1.0,
    }
}

/// The statistics before the first batch, for `c` channels.
fn fresh(c: usize) -> SpatialStatistics {
    let mean = tensor(vec![0.0; c].as_slice());
    SpatialStatistics {
        variance: mean.ones_like(),
        mean,
    }
}

/// The handout's two images of two channels, scale and shift.
fn example() -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    let x = tensor([[[[-2.0, 2.0]], [[-2.0, 2.0]]], [[[2.0, 6.0]], [[2.0, 2.0]]]]);
    (x, tensor([3.0, 2.0]), tensor([1.0, 0.0]))
}

/// An error where there should have been an output.
fn refused(why: String) -> Failure {
    Failure::wrong(format!("expected an output, got the error {why:?}"))
}

/// Compares one tensor of an answer and names it.
fn named<const D: usize>(
    name: &str,
    got: &Tensor<D>,
    want: &Tensor<D>,
    tolerance: Tolerance,
) -> Verdict {
    close(got, want, tolerance).map_err(|failure| failure.about(name))
}

fn bn_training(submission: &Submission, _: &mut Rng) -> Verdict {
    let (x, gamma, beta) = example();
    let input = format!(
        "x {}, gamma {}, beta {}, running mean [0, 0] and variance [1, 1], momentum 0.3, eps 1",
        show(&x),
        show(&gamma),
        show(&beta)
    );
    let answer = submission.spatial_bn_forward(x, gamma, beta, fresh(2), settings(true))?;
    let check = || {
        let got = answer.map_err(refused)?;
        let exact = Tolerance::EXACT;
        let want = tensor([[[[-3.0, 1.0]], [[-3.0, 1.0]]], [[[1.0, 5.0]], [[1.0, 1.0]]]]);
        named("y", &got.y, &want, exact)?;
        let running = got.running;
        named("running.mean", &running.mean, &tensor([0.6, 0.3]), exact)?;
        let variance = tensor([3.9, 1.9]);
        named("running.variance", &running.variance, &variance, exact)
    };
    check().map_err(|failure: Failure| {
        failure
            .about("spatial_bn_forward in training")
            .on_input(input)
    })
}

fn bn_evaluation(submission: &Submission, _: &mut Rng) -> Verdict {
    let (x, gamma, beta) = example();
    let x = x.narrow(0, 0, 1);
    let running = SpatialStatistics {
        mean: tensor([1.0, 0.0]),
        variance: tensor([8.0, 3.0]),
    };
    let input = format!(
        "x {}, gamma {}, beta {}, running mean [1, 0] and variance [8, 3], eps 1",
        show(&x),
        show(&gamma),
        show(&beta)
    );
    let answer = submission.spatial_bn_forward(
        x,
        gamma.clone(),
        beta.clone(),
        running.clone(),
        settings(false),
    )?;
    let check = || {
        let got = answer.map_err(refused)?;
        let want = tensor([[[[-2.0, 2.0]], [[-2.0, 2.0]]]]);
        named("y", &got.y, &want, Tolerance::EXACT)?;
        equal_bits(&got.running.mean, &running.mean).map_err(|f| f.about("running.mean"))?;
        let after = &got.running.variance;
        equal_bits(after, &running.variance).map_err(|f| f.about("running.variance"))
    };
    check().map_err(|failure: Failure| {
        failure
            .about("spatial_bn_forward outside training")
            .on_input(input)
    })?;

    let pixel = tensor([[[[5.0]], [[-1.0]]]]);
    let answer = submission.spatial_bn_forward(pixel, gamma, beta, running, settings(true))?;
    ensure(answer.is_err(), || {
        "spatial_bn_forward: expected an error for training on one image of one pixel".into()
    })
}

fn bn_gradients(submission: &Submission, rng: &mut Rng) -> Verdict {
    let (x, gamma, _) = example();
    let dy = tensor([[[[12.0, 0.0]], [[0.0, 4.0]]], [[[0.0, 0.0]], [[0.0, 0.0]]]]);
    let input = format!(
        "x {}, gamma {}, dy {}, eps 1",
        show(&x),
        show(&gamma),
        show(&dy)
    );
    let got = submission.spatial_bn_backward(x, gamma, dy, 1.0)?;
    let want = SpatialNormGradients {
        dx: tensor([
            [[[11.0 / 3.0, -3.0]], [[-0.25, 2.75]]],
            [[[-3.0, 7.0 / 3.0]], [[-1.25, -1.25]]],
        ]),
        dgamma: tensor([-16.0, 2.0]),
        dbeta: tensor([12.0, 4.0]),
    };
    same("spatial_bn_backward", &got, &want, Tolerance::EXACT, &input)?;

    let inputs = Inputs::random(rng, [2, 3, 2, 2]);
    let want = inputs.numeric("spatial_bn_forward", |x, gamma, beta| {
        let answer = submission.spatial_bn_forward(x, gamma, beta, fresh(3), settings(true))?;
        Ok(answer.map_err(refused)?.y)
    })?;
    let (x, gamma, dy) = inputs.for_backward();
    let got = submission.spatial_bn_backward(x, gamma, dy, 1.0)?;
    let name = "spatial_bn_backward against numeric gradients";
    let input = "x [2, 3, 2, 2], gamma [3], dy [2, 3, 2, 2], all random, eps 1";
    same(name, &got, &want, Tolerance::GRADIENT, input)
}

fn group_norm(submission: &Submission, _: &mut Rng) -> Verdict {
    let x = tensor([[[[-2.0, 2.0]], [[2.0, 6.0]], [[-2.0, 2.0]], [[2.0, 2.0]]]]);
    let (gamma, beta) = (tensor([3.0, 6.0, 2.0, 4.0]), tensor([0.0, 1.0, 0.0, 1.0]));
    let input = format!(
        "x {}, gamma {}, beta {}, 2 groups, eps 1",
        show(&x),
        show(&gamma),
        show(&beta)
    );
    let (again, g, b) = (x.clone(), gamma.clone(), beta.clone());
    let answer = submission.group_norm_forward(x, gamma, beta, 2, 1.0)?;
    let check = || {
        let want = tensor([[[[-4.0, 0.0]], [[1.0, 9.0]], [[-3.0, 1.0]], [[3.0, 3.0]]]]);
        close(&answer.map_err(refused)?, &want, Tolerance::EXACT)
    };
    check().map_err(|failure: Failure| failure.about("group_norm_forward").on_input(input))?;
    let answer = submission.group_norm_forward(again, g, b, 3, 1.0)?;
    ensure(answer.is_err(), || {
        "group_norm_forward: expected an error for 4 channels in 3 groups".into()
    })?;

    let x = tensor([[[[-2.0, 2.0, 2.0, 6.0]], [[-2.0, 2.0, 2.0, 2.0]]]]);
    let (_, gamma, beta) = example();
    let input = format!(
        "x {}, gamma {}, beta {}, eps 1",
        show(&x),
        show(&gamma),
        show(&beta)
    );
    let y = submission.instance_norm_forward(x, gamma, beta, 1.0)?;
    let want = tensor([[[[-3.0, 1.0, 1.0, 5.0]], [[-3.0, 1.0, 1.0, 1.0]]]]);
    close(&y, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("instance_norm_forward").on_input(input))
}

fn group_gradients(submission: &Submission, rng: &mut Rng) -> Verdict {
    let inputs = Inputs::random(rng, [2, 4, 1, 3]);
    let want = inputs.numeric("group_norm_forward", |x, gamma, beta| {
        let answer = submission.group_norm_forward(x, gamma, beta, 2, 1.0)?;
        answer.map_err(refused)
    })?;
    let (x, gamma, dy) = inputs.for_backward();
    let got = submission.group_norm_backward(x, gamma, dy, 2, 1.0)?;
    let name = "group_norm_backward against numeric gradients";
    let input = "x [2, 4, 1, 3], gamma [4], dy [2, 4, 1, 3], all random, 2 groups, eps 1";
    same(name, &got, &want, Tolerance::GRADIENT, input)?;

    let want = inputs.numeric("instance_norm_forward", |x, gamma, beta| {
        Ok(submission.instance_norm_forward(x, gamma, beta, 1.0)?)
    })?;
    let (x, gamma, dy) = inputs.for_backward();
    let got = submission.instance_norm_backward(x, gamma, dy, 1.0)?;
    let name = "instance_norm_backward against numeric gradients";
    let input = "x [2, 4, 1, 3], gamma [4], dy [2, 4, 1, 3], all random, eps 1";
    same(name, &got, &want, Tolerance::GRADIENT, input)
}

fn fold(submission: &Submission, _: &mut Rng) -> Verdict {
    let weight = tensor([[[[1.0, 2.0]]], [[[-1.0, 4.0]]]]);
    let bias = tensor([3.0, 1.0]);
    let (gamma, beta) = (tensor([6.0, 1.0]), tensor([1.0, 0.0]));
    let running = SpatialStatistics {
        mean: tensor([1.0, 0.0]),
        variance: tensor([8.0, 3.0]),
    };
    let input = format!(
        "weight {}, bias {}, gamma {}, beta {}, running mean [1, 0] and variance [8, 3], eps 1",
        show(&weight),
        show(&bias),
        show(&gamma),
        show(&beta)
    );
    let got = submission.fold_bn_into_conv(weight, bias, gamma, beta, running, 1.0)?;
    let want = tensor([[[[2.0, 4.0]]], [[[-0.5, 2.0]]]]);
    named("weight", &got.weight, &want, Tolerance::EXACT)
        .and_then(|()| named("bias", &got.bias, &tensor([5.0, 0.5]), Tolerance::EXACT))
        .map_err(|failure| failure.about("fold_bn_into_conv").on_input(input))
}

/// What a normalisation gets, and what comes back from above.
struct Inputs {
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    dy: Tensor<4>,
}

impl Inputs {
    fn random(rng: &mut Rng, shape: [usize; 4]) -> Self {
        Self {
            x: rng.normal_tensor(shape),
            gamma: rng.normal_tensor([shape[1]]),
            beta: rng.normal_tensor([shape[1]]),
            dy: rng.normal_tensor(shape),
        }
    }

    /// The numeric gradients of `forward`, which is called `function`.
    fn numeric(
        &self,
        function: &str,
        forward: impl Fn(Tensor<4>, Tensor<1>, Tensor<1>) -> Result<Tensor<4>, Failure>,
    ) -> Result<SpatialNormGradients, Failure> {
        let y = |x: &Tensor<4>, gamma: &Tensor<1>, beta: &Tensor<1>| {
            let y = forward(x.clone(), gamma.clone(), beta.clone())?;
            alike(&y, &self.dy).map_err(|failure| failure.about(function))?;
            Ok::<_, Failure>(y)
        };
        let (x, gamma, beta, dy) = (&self.x, &self.gamma, &self.beta, &self.dy);
        Ok(SpatialNormGradients {
            dx: numeric_gradient(x, dy, |x| y(&x, gamma, beta))?,
            dgamma: numeric_gradient(gamma, dy, |gamma| y(x, &gamma, beta))?,
            dbeta: numeric_gradient(beta, dy, |beta| y(x, gamma, &beta))?,
        })
    }

    fn for_backward(&self) -> (Tensor<4>, Tensor<1>, Tensor<4>) {
        (self.x.clone(), self.gamma.clone(), self.dy.clone())
    }
}

/// Compares gradients, one by one.
fn same(
    name: &str,
    got: &SpatialNormGradients,
    want: &SpatialNormGradients,
    tolerance: Tolerance,
    input: &str,
) -> Verdict {
    named("dx", &got.dx, &want.dx, tolerance)
        .and_then(|()| named("dgamma", &got.dgamma, &want.dgamma, tolerance))
        .and_then(|()| named("dbeta", &got.dbeta, &want.dbeta, tolerance))
        .map_err(|failure| failure.about(name).on_input(input))
}
