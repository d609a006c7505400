//! Checks of A1.9, batch normalisation forwards.

use burn::tensor::Tensor;
use common::check::{Check, Failure, Tolerance, Verdict, close, ensure, equal_bits, shape};
use common::contract::Submission;
use common::contract::a1::{BatchNormSettings, Norms, RunningStatistics};
use common::rng::Rng;

use super::{about, sizes};
use crate::oracle::matrix::{Matrix, tensor, vector};
use crate::oracle::norms::{Affine, Centre, Running, Sequences};
use crate::oracle::pytorch_norms::Normalisers;

pub(super) const PART: &str = "A1.9";

/// The checks of this part that look at batch normalisation forwards.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "norms/values",
            part: PART,
            points: 1,
            proves: "In training every column of a batch is normalised with its own mean and variance, then scaled and shifted.",
            hint: "The variance divides by n, and eps is added to it under the root.",
            run: batchnorm_values,
        },
        Check {
            id: "norms/running",
            part: PART,
            points: 2,
            proves: "The running statistics follow PyTorch through batches of vectors and of sequences, and evaluation uses them.",
            hint: "The new batch has the share momentum, and its variance counts unbiased: n / (n - 1) times the one it is normalised with.",
            run: batchnorm_running,
        },
        Check {
            id: "norms/evaluation",
            part: PART,
            points: 1,
            proves: "Outside training a sample gives the same alone and in any batch, and the running statistics stay as they are bit for bit.",
            hint: "With training false use the running mean and the running variance, and give them back as they came.",
            run: batchnorm_evaluation,
        },
        Check {
            id: "norms/too_few",
            part: PART,
            points: 1,
            proves: "Training on fewer than two values per feature is an error; on two it is not, nor is one sample outside training.",
            hint: "Count the values that a feature has in the batch: n for vectors, n l for sequences.",
            run: batchnorm_too_few,
        },
        Check {
            id: "norms/sequence_values",
            part: PART,
            points: 1,
            proves: "A channel of a batch of sequences has one mean and one variance over all samples and positions.",
            hint: "Swap channels and positions before you reshape to [n l, d]; the unbiased variance divides by n l - 1.",
            run: batchnorm_sequence,
        },
        Check {
            id: "norms/far_from_zero",
            part: PART,
            points: 1,
            proves: "Values around ten million are normalised as precisely as others.",
            hint: "Take the mean of (x - mean)^2; mean(x^2) - mean^2 loses all digits.",
            run: far_from_zero,
        },
    ]
}

/// Scale and shift for `d` features. `eps` is large, so that its place matters.
pub(super) fn random_affine(rng: &mut Rng, d: usize) -> Affine {
    let mut draw = || (0..d).map(|_| rng.normal()).collect();
    let (gamma, beta) = (draw(), draw());
    let eps = rng.uniform(0.05, 0.5);
    Affine { gamma, beta, eps }
}

/// Numbers around 1 with deviation 2: neither the mean nor the variance is that of a normal law.
pub(super) fn random_sequences(rng: &mut Rng, shape: [usize; 3]) -> Sequences {
    let count = shape.iter().product();
    let values = (0..count).map(|_| 1.0 + 2.0 * rng.normal()).collect();
    Sequences { shape, values }
}

fn random_running(rng: &mut Rng, d: usize) -> Running {
    Running {
        mean: (0..d).map(|_| rng.normal()).collect(),
        variance: (0..d).map(|_| rng.uniform(0.5, 3.0)).collect(),
    }
}

/// As the contract has them.
fn statistics(running: &Running) -> RunningStatistics {
    RunningStatistics {
        mean: vector(running.mean.clone()),
        variance: vector(running.variance.clone()),
    }
}

/// What batch normalisation gives for `x`: by the function for batches where there is one position, by
/// that for sequences where there are more.
pub(super) fn forward(
    s: &Submission,
    x: &Sequences,
    affine: &Affine,
    running: &Running,
    settings: &BatchNormSettings,
) -> Result<(Tensor<3>, RunningStatistics), Failure> {
    let [n, d, l] = x.shape;
    let (gamma, beta) = (vector(affine.gamma.clone()), vector(affine.beta.clone()));
    let (running, settings) = (statistics(running), settings.clone());
    let refused = |why: String| Failure::wrong(format!("an error: {why}"));
    if l == 1 {
        let rows = tensor(x.values.clone(), [n, d]);
        let answer = s.batchnorm_forward(rows, gamma, beta, running, settings)?;
        let answer = answer.map_err(refused)?;
        shape(&answer.y, [n, d])?;
        Ok((answer.y.reshape(x.shape), answer.running))
    } else {
        let x = tensor(x.values.clone(), x.shape);
        let answer = s.batchnorm_sequence_forward(x, gamma, beta, running, settings)?;
        let answer = answer.map_err(refused)?;
        Ok((answer.y, answer.running))
    }
}

/// Compares output and running statistics.
fn same(
    (y, running): &(Tensor<3>, RunningStatistics),
    want: &Sequences,
    statistics: &Running,
    tolerance: Tolerance,
) -> Verdict {
    let Running { mean, variance } = statistics.clone();
    close(y, &tensor(want.values.clone(), want.shape), tolerance).map_err(about("y"))?;
    close(&running.mean, &vector(mean), tolerance).map_err(about("running mean"))?;
    close(&running.variance, &vector(variance), tolerance).map_err(about("running variance"))
}

pub(super) fn settings(affine: &Affine, training: bool, momentum: f64) -> BatchNormSettings {
    BatchNormSettings {
        training,
        momentum,
        eps: affine.eps,
    }
}

/// One batch in training, from random statistics.
fn trains(s: &Submission, rng: &mut Rng, shape: [usize; 3]) -> Verdict {
    let [_, d, _] = shape;
    let (x, affine) = (random_sequences(rng, shape), random_affine(rng, d));
    let (running, momentum) = (random_running(rng, d), rng.uniform(0.1, 0.4));
    let got = forward(s, &x, &affine, &running, &settings(&affine, true, momentum))?;
    let after = running.after(&x, momentum);
    same(&got, &affine.batchnorm(&x), &after, Tolerance::EXACT)
}

fn batchnorm_values(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 4, 7);
    trains(s, rng, [n, d, 1])?;

    // Without scale, shift and eps worth the name: mean 0, variance 1.
    let x = random_sequences(rng, [n, d, 1]);
    let plain = Affine {
        gamma: vec![1.0; d],
        beta: vec![0.0; d],
        eps: 1e-12,
    };
    let running = Running::new(d);
    let (y, _) = forward(s, &x, &plain, &running, &settings(&plain, true, 0.1))?;
    shape(&y, x.shape)?;
    // eps / variance is below the tolerance unless four normal numbers are within 1e-3 of each other.
    let near = Tolerance {
        absolute: 1e-6,
        relative: 0.0,
    };
    let zeros = tensor(vec![0.0; d], [1, d, 1]);
    close(&y.clone().mean_dim(0), &zeros, near).map_err(about("the means"))?;
    close(&y.square().mean_dim(0), &zeros.ones_like(), near).map_err(about("the variances"))
}

fn batchnorm_running(s: &Submission, rng: &mut Rng) -> Verdict {
    let fixture = Normalisers::load();
    let affine = fixture.affine();
    let mut running = Running::new(affine.gamma.len());
    for (i, case) in fixture.training.iter().enumerate() {
        let settings = settings(&affine, true, fixture.momentum);
        let got = forward(s, &case.x(), &affine, &running, &settings)?;
        running = case.running.clone().unwrap_or(running);
        same(&got, &case.y(), &running, Tolerance::EXACT)
            .map_err(about(format_args!("batch {}", i + 1)))?;
    }
    for case in &fixture.evaluation {
        let settings = settings(&affine, false, fixture.momentum);
        let got = forward(s, &case.x(), &affine, &running, &settings)?;
        same(&got, &case.y(), &running, Tolerance::EXACT).map_err(about("evaluation"))?;
    }
    let [n, d] = sizes(rng, 3, 6);
    trains(s, rng, [n, d, 1]).map_err(about("a random batch"))
}

fn batchnorm_evaluation(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d, length] = sizes(rng, 3, 6);
    let (affine, running) = (random_affine(rng, d), random_running(rng, d));
    let settings = settings(&affine, false, rng.uniform(0.1, 0.4));
    for l in [1, length] {
        let x = random_sequences(rng, [n, d, l]);
        let first = Sequences {
            shape: [1, d, l],
            values: x.values[..d * l].to_vec(),
        };
        for x in [x, first] {
            let want = affine.batchnorm_with(&x, &running);
            let got = forward(s, &x, &affine, &running, &settings)?;
            same(&got, &want, &running, Tolerance::EXACT)?;
            let unchanged = statistics(&running);
            equal_bits(&got.1.mean, &unchanged.mean).map_err(about("running mean"))?;
            equal_bits(&got.1.variance, &unchanged.variance).map_err(about("running variance"))?;
        }
    }
    Ok(())
}

fn batchnorm_too_few(s: &Submission, rng: &mut Rng) -> Verdict {
    let [d, l] = sizes(rng, 2, 5);
    let affine = random_affine(rng, d);
    let (gamma, beta) = (vector(affine.gamma.clone()), vector(affine.beta.clone()));
    let running = statistics(&Running::new(d));
    let settings = settings(&affine, true, 0.1);
    for n in [0, 1] {
        let x = rng.normal_tensor([n, d]);
        let (gamma, beta, running) = (gamma.clone(), beta.clone(), running.clone());
        let answer = s.batchnorm_forward(x, gamma, beta, running, settings.clone())?;
        ensure(answer.is_err(), || format!("no error for {n} samples"))?;
    }
    for (n, l) in [(0, l), (1, 1)] {
        let x = rng.normal_tensor([n, d, l]);
        let (gamma, beta, running) = (gamma.clone(), beta.clone(), running.clone());
        let answer = s.batchnorm_sequence_forward(x, gamma, beta, running, settings.clone())?;
        ensure(answer.is_err(), || {
            format!("no error for {n} samples of {l} positions")
        })?;
    }
    for shape in [[2, d, 1], [1, d, 2], [1, d, l]] {
        trains(s, rng, shape).map_err(about(format_args!("{shape:?}")))?;
    }
    Ok(())
}

/// As many samples as positions in the second batch: no shape gives a wrong axis away.
fn batchnorm_sequence(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d, l] = sizes(rng, 2, 6);
    trains(s, rng, [n, d, l])?;
    trains(s, rng, [d, d, d]).map_err(about("equal sizes"))
}

/// What is left of 1e7 + x after the mean is taken off has an error of 2e-9, and 1e-6 is allowed. The
/// squares are 1e14, where neighbouring numbers are 0.016 apart: a difference of two of them is wrong by
/// about that much.
fn far_from_zero(s: &Submission, rng: &mut Rng) -> Verdict {
    let far = Tolerance {
        absolute: 1e-6,
        relative: 1e-6,
    };
    let [n, d, l] = sizes(rng, 3, 6);
    let affine = random_affine(rng, d);
    for shape in [[n, d, 1], [n, d, l]] {
        let mut x = random_sequences(rng, shape);
        x.values.iter_mut().for_each(|x| *x += 1e7);
        let running = Running::new(d);
        let got = forward(s, &x, &affine, &running, &settings(&affine, true, 0.1))?;
        same(&got, &affine.batchnorm(&x), &running.after(&x, 0.1), far)?;
    }
    let x = Matrix::from_fn(n, d, |_, _| 1e7 + rng.normal());
    let (gamma, beta) = (vector(affine.gamma.clone()), vector(affine.beta.clone()));
    let y = s.layernorm_forward(x.tensor(), gamma, beta, affine.eps)?;
    let want = affine.rows(&x, Centre::Mean);
    close(&y, &want.tensor(), far).map_err(about("layernorm_forward"))
}
