//! Public checks of A1.9.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, alike, close, ensure, equal_bits, numeric_gradient,
    show, tensor,
};
use common::contract::Submission;
use common::contract::a1::{BatchNormSettings, NormGradients, Norms, RunningStatistics};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.9",
    title: "Batch, layer and RMS normalisation",
    module: "norms",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/norms.rs and write layernorm_forward: mean_dim along axis 1, and nothing to remember.",
    hints: &[
        "mean_dim keeps its axis with size 1, so x - x.mean_dim(0) works as it is; gamma and beta need \
         unsqueeze. Write one function that normalises along an axis and one that goes back through it: \
         batch normalisation is axis 0, layer normalisation axis 1. For dgamma and dbeta sum over axis 0 in both.",
        "Long form, from below: dnormalised = dy gamma; dinverse = the sum of dnormalised centred; droot = \
         -dinverse / root^2; dvariance = droot / (2 root); dcentred = dnormalised inverse + 2 centred dvariance / n; \
         dx = dcentred - the mean of dcentred. Sequences: swap axes 1 and 2, reshape to [n l, d], call \
         the function for batches, and go back the same way.",
    ],
    hidden_checks: 12,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A1.9.
pub const CHECKS: &[Check] = &[
    Check {
        id: "norms/batchnorm_training",
        part: "A1.9",
        points: 1,
        proves: "a batch is normalised to the numbers of the handout's example, and the running statistics move",
        hint: "normalise with the variance over n, but give the running variance n / (n - 1) times that; eps is under the root",
        run: batchnorm_training,
    },
    Check {
        id: "norms/batchnorm_evaluation",
        part: "A1.9",
        points: 1,
        proves: "outside training the running statistics are used and left alone, and one sample is enough only there",
        hint: "with training false neither mean nor variance of x plays a part; with training true and n below 2 give Err",
        run: batchnorm_evaluation,
    },
    Check {
        id: "norms/batchnorm_gradients",
        part: "A1.9",
        points: 1,
        proves: "both ways back through batch normalisation give the handout's numbers and agree with numeric gradients",
        hint: "mean and variance depend on x too: each column of dx adds up to 0",
        run: batchnorm_gradients,
    },
    Check {
        id: "norms/batchnorm_sequence",
        part: "A1.9",
        points: 1,
        proves: "a channel of a sequence has one mean and one variance over all samples and positions, and the gradient follows",
        hint: "bring [n, d, l] to [n l, d] by swapping axes 1 and 2 before the reshape",
        run: batchnorm_sequence,
    },
    Check {
        id: "norms/layernorm",
        part: "A1.9",
        points: 1,
        proves: "each row is normalised to the handout's numbers, and the gradients agree with numeric ones",
        hint: "means along axis 1; gamma differs along the row, so multiply dy by it before you take means",
        run: layernorm,
    },
    Check {
        id: "norms/rmsnorm",
        part: "A1.9",
        points: 1,
        proves: "each row is divided by its root mean square, and the gradients agree with numeric ones",
        hint: "no mean is taken off, in neither direction",
        run: rmsnorm,
    },
];

/// The handout's settings.
fn settings(training: bool) -> BatchNormSettings {
    BatchNormSettings {
        training,
        momentum: 0.1,
        eps: 1.0,
    }
}

/// What batch normalisation remembers before the first batch, for `d` features.
fn fresh(d: usize, like: &Tensor<1>) -> RunningStatistics {
    let mean = Tensor::zeros([d], (&like.device(), like.dtype()));
    RunningStatistics {
        variance: mean.ones_like(),
        mean,
    }
}

/// The handout's batch.
fn example() -> (Tensor<2>, Tensor<1>, Tensor<1>) {
    (
        tensor([[1.0, 0.0], [7.0, 0.0], [13.0, 6.0]]),
        tensor([5.0, 3.0]),
        tensor([0.0, 1.0]),
    )
}

/// The running statistics after the handout's batch.
fn statistics_are_the_examples(running: &RunningStatistics) -> Verdict {
    let exact = Tolerance::EXACT;
    named("running.mean", &running.mean, &tensor([0.7, 0.2]), exact)?;
    named(
        "running.variance",
        &running.variance,
        &tensor([4.5, 2.1]),
        exact,
    )
}

fn batchnorm_training(submission: &Submission, _: &mut Rng) -> Verdict {
    let (x, gamma, beta) = example();
    let input = format!(
        "x {}, gamma {}, beta {}, running mean [0, 0] and variance [1, 1], momentum 0.1, eps 1",
        show(&x),
        show(&gamma),
        show(&beta)
    );
    let running = fresh(2, &gamma);
    let answer = submission.batchnorm_forward(x, gamma, beta, running, settings(true))?;
    let check = || {
        let got = answer.map_err(refused)?;
        let want = tensor([[-6.0, -1.0], [0.0, -1.0], [6.0, 5.0]]);
        named("y", &got.y, &want, Tolerance::EXACT)?;
        statistics_are_the_examples(&got.running)
    };
    check().map_err(|failure: Failure| {
        failure
            .about("batchnorm_forward in training")
            .on_input(input)
    })
}

/// An error where there should have been an output.
fn refused(why: String) -> Failure {
    Failure::wrong(format!("expected an output, got the error {why:?}"))
}

fn batchnorm_evaluation(submission: &Submission, _: &mut Rng) -> Verdict {
    let (_, gamma, beta) = example();
    let running = RunningStatistics {
        mean: tensor([1.0, 2.0]),
        variance: tensor([3.0, 8.0]),
    };
    let x = tensor([[5.0, -1.0]]);
    let input = format!(
        "x {}, gamma {}, beta {}, running mean {} and variance {}, momentum 0.1, eps 1",
        show(&x),
        show(&gamma),
        show(&beta),
        show(&running.mean),
        show(&running.variance)
    );
    let call = |training| {
        let (x, gamma, beta) = (x.clone(), gamma.clone(), beta.clone());
        submission.batchnorm_forward(x, gamma, beta, running.clone(), settings(training))
    };
    let (evaluated, trained) = (call(false)?, call(true)?);
    let check = || {
        let got = evaluated.map_err(refused)?;
        named("y", &got.y, &tensor([[10.0, -2.0]]), Tolerance::EXACT)?;
        equal_bits(&got.running.mean, &running.mean)
            .map_err(|failure| failure.about("running.mean must stay"))?;
        equal_bits(&got.running.variance, &running.variance)
            .map_err(|failure| failure.about("running.variance must stay"))
    };
    check().map_err(|failure: Failure| {
        failure
            .about("batchnorm_forward with training false")
            .on_input(&input)
    })?;
    ensure(trained.is_err(), || {
        "batchnorm_forward in training: expected an error, because one sample has no variance, got an output".into()
    })
    .map_err(|failure| failure.on_input(input))
}

/// Compares one of the results of a function.
fn named<const D: usize>(
    name: &str,
    got: &Tensor<D>,
    want: &Tensor<D>,
    tolerance: Tolerance,
) -> Verdict {
    close(got, want, tolerance).map_err(|failure| failure.about(name))
}

/// Compares gradients, and shows the input when they differ.
fn same(
    function: &str,
    got: &NormGradients,
    want: &NormGradients,
    tolerance: Tolerance,
    input: &str,
) -> Verdict {
    named("dx", &got.dx, &want.dx, tolerance)
        .and_then(|()| named("dgamma", &got.dgamma, &want.dgamma, tolerance))
        .and_then(|()| named("dbeta", &got.dbeta, &want.dbeta, tolerance))
        .map_err(|failure| failure.about(function).on_input(input))
}

/// The handout's example, then a random batch against the numeric gradients of `batchnorm_forward`.
fn batchnorm_gradients(submission: &Submission, rng: &mut Rng) -> Verdict {
    let (x, gamma, _) = example();
    let dy = tensor([[3.0, 0.0], [0.0, 0.0], [0.0, 9.0]]);
    let want = NormGradients {
        dx: tensor([[0.56, -1.0 / 3.0], [-1.0, -1.0 / 3.0], [0.44, 2.0 / 3.0]]),
        dgamma: tensor([-3.6, 12.0]),
        dbeta: tensor([3.0, 9.0]),
    };
    let input = format!(
        "x {}, gamma {}, dy {}, eps 1",
        show(&x),
        show(&gamma),
        show(&dy)
    );
    let by_steps =
        submission.batchnorm_backward_by_steps(x.clone(), gamma.clone(), dy.clone(), 1.0)?;
    let closed = submission.batchnorm_backward(x, gamma, dy, 1.0)?;
    let exact = Tolerance::EXACT;
    same(
        "batchnorm_backward_by_steps",
        &by_steps,
        &want,
        exact,
        &input,
    )?;
    same("batchnorm_backward", &closed, &want, exact, &input)?;

    let (x, gamma, beta) = (
        rng.normal_tensor([4, 3]),
        rng.normal_tensor([3]),
        rng.normal_tensor([3]),
    );
    let dy = rng.normal_tensor([4, 3]);
    let y = |x: &Tensor<2>, gamma: &Tensor<1>, beta: &Tensor<1>| {
        let (x, gamma, beta) = (x.clone(), gamma.clone(), beta.clone());
        let running = fresh(3, &gamma);
        let answer = submission.batchnorm_forward(x, gamma, beta, running, settings(true))?;
        let y = answer.map_err(refused)?.y;
        alike(&y, &dy).map_err(|failure| failure.about("batchnorm_forward, y"))?;
        Ok::<_, Failure>(y)
    };
    let want = NormGradients {
        dx: numeric_gradient(&x, &dy, |x| y(&x, &gamma, &beta))?,
        dgamma: numeric_gradient(&gamma, &dy, |gamma| y(&x, &gamma, &beta))?,
        dbeta: numeric_gradient(&beta, &dy, |beta| y(&x, &gamma, &beta))?,
    };
    let input = "x [4, 3], gamma [3], dy [4, 3], all random, eps 1";
    let by_steps =
        submission.batchnorm_backward_by_steps(x.clone(), gamma.clone(), dy.clone(), 1.0)?;
    let closed = submission.batchnorm_backward(x, gamma, dy, 1.0)?;
    let name = "batchnorm_backward_by_steps against numeric gradients";
    same(name, &by_steps, &want, Tolerance::GRADIENT, input)?;
    let name = "batchnorm_backward against numeric gradients";
    same(name, &closed, &want, Tolerance::GRADIENT, input)
}

/// The columns of the handout's batch as the channels of one sequence, then a random batch of sequences.
fn batchnorm_sequence(submission: &Submission, rng: &mut Rng) -> Verdict {
    let (_, gamma, beta) = example();
    let x = tensor([[[1.0, 7.0, 13.0], [0.0, 0.0, 6.0]]]);
    let input = format!(
        "x {}, gamma {}, beta {}, running mean [0, 0] and variance [1, 1], momentum 0.1, eps 1",
        show(&x),
        show(&gamma),
        show(&beta)
    );
    let running = fresh(2, &gamma);
    let answer = submission.batchnorm_sequence_forward(x, gamma, beta, running, settings(true))?;
    let check = || {
        let got = answer.map_err(refused)?;
        let want = tensor([[[-6.0, 0.0, 6.0], [-1.0, -1.0, 5.0]]]);
        named("y", &got.y, &want, Tolerance::EXACT)?;
        statistics_are_the_examples(&got.running)
    };
    check().map_err(|failure: Failure| {
        failure
            .about("batchnorm_sequence_forward in training")
            .on_input(input)
    })?;

    let (x, gamma, beta) = (
        rng.normal_tensor([2, 3, 4]),
        rng.normal_tensor([3]),
        rng.normal_tensor([3]),
    );
    let dy = rng.normal_tensor([2, 3, 4]);
    let y = |x: &Tensor<3>, gamma: &Tensor<1>, beta: &Tensor<1>| {
        let (x, gamma, beta) = (x.clone(), gamma.clone(), beta.clone());
        let running = fresh(3, &gamma);
        let answer =
            submission.batchnorm_sequence_forward(x, gamma, beta, running, settings(true))?;
        let y = answer.map_err(refused)?.y;
        alike(&y, &dy).map_err(|failure| failure.about("batchnorm_sequence_forward, y"))?;
        Ok::<_, Failure>(y)
    };
    let dx = numeric_gradient(&x, &dy, |x| y(&x, &gamma, &beta))?;
    let dgamma = numeric_gradient(&gamma, &dy, |gamma| y(&x, &gamma, &beta))?;
    let dbeta = numeric_gradient(&beta, &dy, |beta| y(&x, &gamma, &beta))?;
    let got = submission.batchnorm_sequence_backward(x, gamma, dy, 1.0)?;
    named("dx", &got.dx, &dx, Tolerance::GRADIENT)
        .and_then(|()| named("dgamma", &got.dgamma, &dgamma, Tolerance::GRADIENT))
        .and_then(|()| named("dbeta", &got.dbeta, &dbeta, Tolerance::GRADIENT))
        .map_err(|failure| {
            failure
                .about("batchnorm_sequence_backward against numeric gradients")
                .on_input("x [2, 3, 4], gamma [3], dy [2, 3, 4], all random, eps 1")
        })
}

fn layernorm(submission: &Submission, rng: &mut Rng) -> Verdict {
    let x = tensor([[1.0, 7.0, 13.0], [0.0, 0.0, 6.0]]);
    let (gamma, beta) = (tensor([15.0, 3.0, 15.0]), tensor([0.0, 1.0, 0.0]));
    let input = format!(
        "x {}, gamma {}, beta {}, eps 1",
        show(&x),
        show(&gamma),
        show(&beta)
    );
    let y = submission.layernorm_forward(x, gamma, beta, 1.0)?;
    let want = tensor([[-18.0, 1.0, 18.0], [-10.0, -1.0, 20.0]]);
    close(&y, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("layernorm_forward").on_input(input))?;

    let (x, gamma, beta) = (
        rng.normal_tensor([3, 4]),
        rng.normal_tensor([4]),
        rng.normal_tensor([4]),
    );
    let dy = rng.normal_tensor([3, 4]);
    let y = |x: &Tensor<2>, gamma: &Tensor<1>, beta: &Tensor<1>| {
        let y = submission.layernorm_forward(x.clone(), gamma.clone(), beta.clone(), 1.0)?;
        alike(&y, &dy).map_err(|failure| failure.about("layernorm_forward"))?;
        Ok::<_, Failure>(y)
    };
    let want = NormGradients {
        dx: numeric_gradient(&x, &dy, |x| y(&x, &gamma, &beta))?,
        dgamma: numeric_gradient(&gamma, &dy, |gamma| y(&x, &gamma, &beta))?,
        dbeta: numeric_gradient(&beta, &dy, |beta| y(&x, &gamma, &beta))?,
    };
    let got = submission.layernorm_backward(x, gamma, dy, 1.0)?;
    let name = "layernorm_backward against numeric gradients";
    let input = "x [3, 4], gamma [4], dy [3, 4], all random, eps 1";
    same(name, &got, &want, Tolerance::GRADIENT, input)
}

fn rmsnorm(submission: &Submission, rng: &mut Rng) -> Verdict {
    let x = tensor([[2.0, 2.0, 8.0], [2.0, 2.0, 4.0]]);
    let gamma = tensor([15.0, 30.0, 15.0]);
    let input = format!("x {}, gamma {}, eps 1", show(&x), show(&gamma));
    let y = submission.rmsnorm_forward(x, gamma, 1.0)?;
    let want = tensor([[6.0, 12.0, 24.0], [10.0, 20.0, 20.0]]);
    close(&y, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("rmsnorm_forward").on_input(input))?;

    let (x, gamma) = (rng.normal_tensor([3, 4]), rng.normal_tensor([4]));
    let dy = rng.normal_tensor([3, 4]);
    let y = |x: &Tensor<2>, gamma: &Tensor<1>| {
        let y = submission.rmsnorm_forward(x.clone(), gamma.clone(), 1.0)?;
        alike(&y, &dy).map_err(|failure| failure.about("rmsnorm_forward"))?;
        Ok::<_, Failure>(y)
    };
    let dx = numeric_gradient(&x, &dy, |x| y(&x, &gamma))?;
    let dgamma = numeric_gradient(&gamma, &dy, |gamma| y(&x, &gamma))?;
    let got = submission.rmsnorm_backward(x, gamma, dy, 1.0)?;
    named("dx", &got.dx, &dx, Tolerance::GRADIENT)
        .and_then(|()| named("dgamma", &got.dgamma, &dgamma, Tolerance::GRADIENT))
        .map_err(|failure| {
            failure
                .about("rmsnorm_backward against numeric gradients")
                .on_input("x [3, 4], gamma [4], dy [3, 4], all random, eps 1")
        })
}
