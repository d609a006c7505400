//! Checks of A1.9, gradients, and normalisation of rows.

use burn::tensor::Tensor;
use common::check::{Check, Tolerance, Verdict, close};
use common::contract::Submission;
use common::contract::a1::{NormGradients, Norms};
use common::rng::Rng;

use super::norms::{PART, forward, random_affine, random_sequences, settings};
use super::{about, sizes, tracked};
use crate::oracle::matrix::{Matrix, tensor, values, vector};
use crate::oracle::norms::{Affine, Centre, Gradients, Running, Sequences};
use crate::oracle::pytorch_norms::Normalisers;

/// For two ways to the same number: every term is below 100, and a sum of them is off by some 1e-14.
const TWO_WAYS: Tolerance = Tolerance {
    absolute: 1e-12,
    relative: 1e-12,
};

/// The checks of this part that look at gradients or at rows.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "norms/gradients",
            part: PART,
            points: 2,
            proves: "The gradients of batch normalisation are those of its whole Jacobian and of Burn's autodiff, for a random dy.",
            hint: "Every x of a column moves the mean and the variance of all its rows.",
            run: batchnorm_gradients,
        },
        Check {
            id: "norms/two_ways",
            part: PART,
            points: 1,
            proves: "The long way back and the closed form agree to twelve digits.",
            hint: "Compare each intermediate gradient of the long way with a numeric one; centred and x are used twice.",
            run: batchnorm_two_ways,
        },
        Check {
            id: "norms/sequence_gradients",
            part: PART,
            points: 1,
            proves: "The gradients for sequences are right, with sums over samples and positions.",
            hint: "Bring dy to rows just like x, and dx back just like y.",
            run: sequence_gradients,
        },
        Check {
            id: "norms/layernorm_and_gradients",
            part: PART,
            points: 1,
            proves: "Layer normalisation and its gradients are right, and a row may be scaled and shifted without changing its output.",
            hint: "Statistics along the row, dgamma and dbeta over the samples; the means go over dy gamma.",
            run: layernorm,
        },
        Check {
            id: "norms/rmsnorm_and_gradients",
            part: PART,
            points: 1,
            proves: "RMS normalisation and its gradients are right, and a shift of the row changes its output.",
            hint: "Nothing is taken off; eps is under the root; one term of layer normalisation's gradient is missing here.",
            run: rmsnorm,
        },
        Check {
            id: "norms/constant",
            part: PART,
            points: 1,
            proves: "Where all values are equal the output is beta, and all gradients are finite and right.",
            hint: "The variance is 0 and the root is sqrt(eps): divide by nothing else.",
            run: constant,
        },
    ]
}

/// Compares gradients with those of an oracle.
fn same<const D: usize>(
    (dx, dgamma, dbeta): (&Tensor<D>, &Tensor<1>, &Tensor<1>),
    want: &Gradients,
    shape: [usize; D],
    tolerance: Tolerance,
) -> Verdict {
    close(dx, &tensor(want.dx.clone(), shape), tolerance).map_err(about("dx"))?;
    close(dgamma, &vector(want.dgamma.clone()), tolerance).map_err(about("dgamma"))?;
    close(dbeta, &vector(want.dbeta.clone()), tolerance).map_err(about("dbeta"))
}

/// `x` with mean 0 and mean square 1 along `axes`, or only the latter, in operations that Burn
/// differentiates exactly.
fn normalised<const D: usize>(x: Tensor<D>, axes: &[usize], centre: Centre, eps: f64) -> Tensor<D> {
    let mean = |x: Tensor<D>| axes.iter().fold(x, |x, axis| x.mean_dim(*axis));
    let centred = match centre {
        Centre::Mean => x.clone() - mean(x),
        Centre::Zero => x,
    };
    centred.clone() / (mean(centred.square()) + eps).sqrt()
}

/// The gradients of `gamma normalised(x) + beta` by Burn's autodiff. Features are on axis 1.
fn autodiff<const D: usize>(
    x: &Tensor<D>,
    affine: &Affine,
    dy: &Tensor<D>,
    axes: &[usize],
    centre: Centre,
) -> Gradients {
    let mut features = [1; D];
    features[1] = affine.gamma.len();
    let x = tracked(x);
    let gamma = tracked(&tensor(affine.gamma.clone(), features));
    let beta = tracked(&tensor(affine.beta.clone(), features));
    let y = normalised(x.clone(), axes, centre, affine.eps) * gamma.clone() + beta.clone();
    let gradients = (y * dy.clone().autodiff()).sum().backward();
    let by = |leaf: &Tensor<D>| values(&leaf.grad(&gradients).expect("is tracked and was used"));
    Gradients {
        dx: by(&x),
        dgamma: by(&gamma),
        dbeta: by(&beta),
    }
}

/// A batch of vectors, and a random gradient from above.
fn random_batch(rng: &mut Rng, n: usize, d: usize) -> (Matrix, Matrix, Affine) {
    let x = Matrix::from_fn(n, d, |_, _| 1.0 + 2.0 * rng.normal());
    let dy = Matrix::from_fn(n, d, |_, _| rng.normal());
    (x, dy, random_affine(rng, d))
}

/// A batch as sequences of one position.
fn columns(x: &Matrix) -> Sequences {
    Sequences {
        shape: [x.rows, x.columns, 1],
        values: x.values.clone(),
    }
}

/// Compares gradients by vectors with both oracles.
fn right(got: &NormGradients, x: &Matrix, want: [Gradients; 2], tolerance: Tolerance) -> Verdict {
    let got = (&got.dx, &got.dgamma, &got.dbeta);
    let [jacobian, autodiff] = want;
    same(got, &jacobian, [x.rows, x.columns], tolerance).map_err(about("the Jacobian"))?;
    same(got, &autodiff, [x.rows, x.columns], tolerance).map_err(about("autodiff"))
}

/// The gradients of batch normalisation by both oracles.
fn of_batch(x: &Matrix, dy: &Matrix, affine: &Affine) -> [Gradients; 2] {
    [
        affine.batchnorm_gradients(&columns(x), &columns(dy)),
        autodiff(&x.tensor(), affine, &dy.tensor(), &[0], Centre::Mean),
    ]
}

/// The gradients of layer or RMS normalisation by both oracles.
fn of_rows(x: &Matrix, dy: &Matrix, affine: &Affine, centre: Centre) -> [Gradients; 2] {
    [
        affine.row_gradients(x, dy, centre),
        autodiff(&x.tensor(), affine, &dy.tensor(), &[1], centre),
    ]
}

fn batchnorm_gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 3, 7);
    for n in [n, 2] {
        let (x, dy, affine) = random_batch(rng, n, d);
        let gamma = vector(affine.gamma.clone());
        let got = s.batchnorm_backward(x.tensor(), gamma, dy.tensor(), affine.eps)?;
        right(&got, &x, of_batch(&x, &dy, &affine), Tolerance::EXACT)?;
    }

    let fixture = Normalisers::load();
    let affine = fixture.affine();
    for case in fixture
        .training
        .iter()
        .filter(|case| case.x().shape[2] == 1)
    {
        let [x, dy] = case.matrices();
        let gamma = vector(affine.gamma.clone());
        let got = s.batchnorm_backward(x.tensor(), gamma, dy.tensor(), affine.eps)?;
        let got = (&got.dx, &got.dgamma, &got.dbeta);
        same(got, &case.gradients, [x.rows, x.columns], Tolerance::EXACT)
            .map_err(about("PyTorch"))?;
    }
    Ok(())
}

fn batchnorm_two_ways(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 3, 7);
    let (x, dy, affine) = random_batch(rng, n, d);
    let (gamma, eps) = (vector(affine.gamma.clone()), affine.eps);
    let long = s.batchnorm_backward_by_steps(x.tensor(), gamma.clone(), dy.tensor(), eps)?;
    right(&long, &x, of_batch(&x, &dy, &affine), Tolerance::EXACT)?;
    let short = s.batchnorm_backward(x.tensor(), gamma, dy.tensor(), eps)?;
    close(&short.dx, &long.dx, TWO_WAYS).map_err(about("dx"))?;
    close(&short.dgamma, &long.dgamma, TWO_WAYS).map_err(about("dgamma"))?;
    close(&short.dbeta, &long.dbeta, TWO_WAYS).map_err(about("dbeta"))
}

/// As many samples as channels and positions in the second batch: no shape gives a wrong axis away.
fn sequence_gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d, l] = sizes(rng, 2, 5);
    for shape in [[n, d, l], [3, 3, 3], [1, d, l]] {
        let (x, dy) = (random_sequences(rng, shape), random_sequences(rng, shape));
        let affine = random_affine(rng, shape[1]);
        let of = |x: &Sequences| tensor(x.values.clone(), shape);
        let gamma = vector(affine.gamma.clone());
        let got = s.batchnorm_sequence_backward(of(&x), gamma, of(&dy), affine.eps)?;
        let got = (&got.dx, &got.dgamma, &got.dbeta);
        let jacobian = affine.batchnorm_gradients(&x, &dy);
        same(got, &jacobian, shape, Tolerance::EXACT).map_err(about("the Jacobian"))?;
        let autodiff = autodiff(&of(&x), &affine, &of(&dy), &[0, 2], Centre::Mean);
        same(got, &autodiff, shape, Tolerance::EXACT).map_err(about("autodiff"))?;
    }

    let fixture = Normalisers::load();
    let affine = fixture.affine();
    for case in fixture.training.iter().filter(|case| case.x().shape[2] > 1) {
        let (x, dy) = (case.x(), case.dy());
        let of = |x: &Sequences| tensor(x.values.clone(), x.shape);
        let gamma = vector(affine.gamma.clone());
        let got = s.batchnorm_sequence_backward(of(&x), gamma, of(&dy), affine.eps)?;
        let got = (&got.dx, &got.dgamma, &got.dbeta);
        same(got, &case.gradients, x.shape, Tolerance::EXACT).map_err(about("PyTorch"))?;
    }
    Ok(())
}

/// Where eps is next to nothing, a row may be scaled by `a > 0` and shifted.
fn layernorm(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 4, 7);
    let (x, dy, mut affine) = random_batch(rng, n, d);
    let (gamma, beta) = (vector(affine.gamma.clone()), vector(affine.beta.clone()));
    let y = |x: &Matrix, eps| s.layernorm_forward(x.tensor(), gamma.clone(), beta.clone(), eps);
    let want = affine.rows(&x, Centre::Mean).tensor();
    close(&y(&x, affine.eps)?, &want, Tolerance::EXACT).map_err(about("layernorm_forward"))?;
    let got = s.layernorm_backward(x.tensor(), gamma.clone(), dy.tensor(), affine.eps)?;
    let both = of_rows(&x, &dy, &affine, Centre::Mean);
    right(&got, &x, both, Tolerance::EXACT).map_err(about("layernorm_backward"))?;
    layernorm_of_pytorch(s)?;

    affine.eps = 1e-12;
    let (a, b) = (rng.uniform(2.0, 5.0), rng.uniform(1.0, 3.0));
    let moved = y(&x.map(|x| a * x + b), affine.eps)?;
    // eps / variance is below the tolerance unless four normal numbers are within 1e-3 of each other.
    let near = Tolerance {
        absolute: 1e-6,
        relative: 1e-6,
    };
    let want = affine.rows(&x, Centre::Mean).tensor();
    close(&moved, &want, near).map_err(about("scaled and shifted"))
}

fn layernorm_of_pytorch(s: &Submission) -> Verdict {
    let fixture = Normalisers::load();
    let (affine, case) = (fixture.affine(), &fixture.layer);
    let ([x, dy], y) = (case.matrices(), case.y());
    let (gamma, beta) = (vector(affine.gamma), vector(affine.beta));
    let got = s.layernorm_forward(x.tensor(), gamma.clone(), beta, affine.eps)?;
    let shape = [x.rows, x.columns];
    close(&got, &tensor(y.values, shape), Tolerance::EXACT).map_err(about("PyTorch, y"))?;
    let got = s.layernorm_backward(x.tensor(), gamma, dy.tensor(), affine.eps)?;
    let got = (&got.dx, &got.dgamma, &got.dbeta);
    same(got, &case.gradients, shape, Tolerance::EXACT).map_err(about("PyTorch"))
}

fn rmsnorm(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 4, 7);
    let (x, dy, affine) = random_batch(rng, n, d);
    let gamma = vector(affine.gamma.clone());
    let y = |x: &Matrix| s.rmsnorm_forward(x.tensor(), gamma.clone(), affine.eps);
    for shift in [0.0, 1.0] {
        let x = x.map(|x| x + shift);
        let want = affine.rows(&x, Centre::Zero).tensor();
        close(&y(&x)?, &want, Tolerance::EXACT).map_err(about("rmsnorm_forward"))?;
    }
    for want in of_rows(&x, &dy, &affine, Centre::Zero) {
        rmsnorm_goes_back(s, &x, &dy, &affine, want)?;
    }

    let fixture = Normalisers::load();
    let (affine, case) = (fixture.affine(), &fixture.rms);
    let ([x, dy], y) = (case.matrices(), case.y());
    let got = s.rmsnorm_forward(x.tensor(), vector(affine.gamma.clone()), affine.eps)?;
    let want = tensor(y.values, [x.rows, x.columns]);
    close(&got, &want, Tolerance::EXACT).map_err(about("PyTorch, y"))?;
    rmsnorm_goes_back(s, &x, &dy, &affine, case.gradients.clone()).map_err(about("PyTorch"))
}

fn rmsnorm_goes_back(
    s: &Submission,
    x: &Matrix,
    dy: &Matrix,
    affine: &Affine,
    want: Gradients,
) -> Verdict {
    let gamma = vector(affine.gamma.clone());
    let got = s.rmsnorm_backward(x.tensor(), gamma, dy.tensor(), affine.eps)?;
    let dx = tensor(want.dx, [x.rows, x.columns]);
    close(&got.dx, &dx, Tolerance::EXACT).map_err(about("dx"))?;
    close(&got.dgamma, &vector(want.dgamma), Tolerance::EXACT).map_err(about("dgamma"))
}

/// Every second column, or row, holds one number only: 0 for RMS normalisation, where that is what has no
/// size.
fn constant(s: &Submission, rng: &mut Rng) -> Verdict {
    // Errors are multiplied by 1 / sqrt(eps), which is 316 here.
    const NEAR: Tolerance = Tolerance {
        absolute: 1e-8,
        relative: 1e-8,
    };
    let [n, d] = sizes(rng, 3, 6);
    let (x, dy, affine) = random_batch(rng, n, d);
    let affine = Affine {
        eps: 1e-5,
        ..affine
    };
    let (gamma, eps) = (vector(affine.gamma.clone()), affine.eps);
    let value = rng.uniform(-10.0, 10.0);
    let columns_constant = Matrix::from_fn(n, d, |i, j| [value, x[(i, j)]][j % 2]);
    let rows_constant = Matrix::from_fn(n, d, |i, j| [value, x[(i, j)]][i % 2]);
    let rows_zero = Matrix::from_fn(n, d, |i, j| [0.0, x[(i, j)]][i % 2]);

    let x = columns_constant;
    let (y, _) = forward(
        s,
        &columns(&x),
        &affine,
        &Running::new(d),
        &settings(&affine, true, 0.1),
    )?;
    let want = affine.batchnorm(&columns(&x));
    close(&y, &tensor(want.values, want.shape), NEAR).map_err(about("batchnorm_forward"))?;
    let want = of_batch(&x, &dy, &affine);
    let got = s.batchnorm_backward(x.tensor(), gamma.clone(), dy.tensor(), eps)?;
    right(&got, &x, want.clone(), NEAR).map_err(about("batchnorm_backward"))?;
    let got = s.batchnorm_backward_by_steps(x.tensor(), gamma.clone(), dy.tensor(), eps)?;
    right(&got, &x, want, NEAR).map_err(about("batchnorm_backward_by_steps"))?;

    let x = rows_constant;
    let y = s.layernorm_forward(x.tensor(), gamma.clone(), vector(affine.beta.clone()), eps)?;
    close(&y, &affine.rows(&x, Centre::Mean).tensor(), NEAR).map_err(about("layernorm_forward"))?;
    let got = s.layernorm_backward(x.tensor(), gamma.clone(), dy.tensor(), eps)?;
    let want = of_rows(&x, &dy, &affine, Centre::Mean);
    right(&got, &x, want, NEAR).map_err(about("layernorm_backward"))?;

    let x = rows_zero;
    let y = s.rmsnorm_forward(x.tensor(), gamma.clone(), eps)?;
    close(&y, &affine.rows(&x, Centre::Zero).tensor(), NEAR).map_err(about("rmsnorm_forward"))?;
    let got = s.rmsnorm_backward(x.tensor(), gamma, dy.tensor(), eps)?;
    let [want, _] = of_rows(&x, &dy, &affine, Centre::Zero);
    close(&got.dx, &tensor(want.dx, [n, d]), NEAR).map_err(about("rmsnorm_backward"))
}
