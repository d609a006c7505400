//! Checks of A1.8, regularisation: dropout, penalties, early stopping.

use burn::tensor::Tensor;
use common::check::{
    Check, Tolerance, Verdict, close, ensure, equal, equal_bits, numeric_gradient_of, within,
};
use common::contract::Submission;
use common::contract::a1::{MlpParameters, Regularisation};
use common::rng::Rng;

use super::{about, normal_matrix, sizes, tracked};
use crate::oracle::matrix::{Matrix, dot, tensor, values};
use crate::oracle::regularisation as oracle;

pub(super) const PART: &str = "A1.8";

/// For one multiplication or division more or less.
const ROUNDING: Tolerance = Tolerance {
    absolute: 0.0,
    relative: 1e-14,
};

/// The checks of this part.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "regularisation/dropout_mask",
            part: PART,
            points: 1,
            proves: "The mask has a 1 exactly where the uniform number is at least p, for p from 0 to 1.",
            hint: "p is the probability of being dropped; u = p is kept; every element has its own number.",
            run: dropout_mask,
        },
        Check {
            id: "regularisation/dropout_forward",
            part: PART,
            points: 1,
            proves: "In training dropped elements are 0 and the others exactly x / (1 - p).",
            hint: "What is kept is divided by the probability of being kept.",
            run: dropout_forward,
        },
        Check {
            id: "regularisation/dropout_law",
            part: PART,
            points: 1,
            proves: "Over many elements a share of 1 - p is kept, the mean stays, and no two rows have the same mask.",
            hint: "Mask and factor belong together: with the one that keeps 1 - p of the elements, divide by 1 - p.",
            run: dropout_law,
        },
        Check {
            id: "regularisation/dropout_edges",
            part: PART,
            points: 1,
            proves: "Outside training, and for p = 0, dropout changes no bit; for p = 1 it gives zeros and not NaN.",
            hint: "Return x or dy as it came when training is false; do not divide by 1 - p when that is 0.",
            run: dropout_edges,
        },
        Check {
            id: "regularisation/dropout_backward",
            part: PART,
            points: 1,
            proves: "The gradient uses the mask and the factor of the forward pass, and agrees with Burn's autodiff.",
            hint: "dx is to dy what y is to x.",
            run: dropout_backward,
        },
        Check {
            id: "regularisation/l1",
            part: PART,
            points: 1,
            proves: "The L1 penalty is lambda times the sum of |w|, and its gradient lambda sign(w), 0 at w = 0.",
            hint: "The sum goes over all elements of all layers; nothing is a mean.",
            run: l1,
        },
        Check {
            id: "regularisation/l2",
            part: PART,
            points: 1,
            proves: "The L2 penalty is lambda / 2 times the sum of squares, and its gradient lambda w.",
            hint: "The derivative of w^2 is 2 w, and the half takes the 2 away.",
            run: l2,
        },
        Check {
            id: "regularisation/biases",
            part: PART,
            points: 1,
            proves: "Biases count in penalties and gradients when they are asked for, and not at all otherwise.",
            hint: "Gradients of biases that do not count are zeros in the shape of the biases.",
            run: biases,
        },
        Check {
            id: "regularisation/early_stopping_scripted",
            part: PART,
            points: 1,
            proves: "Scripted losses stop after the right epoch and keep the right one: plateaus, small steps, NaN, none at all.",
            hint: "Compare with the best loss, not the last one; equal is no improvement; nothing after the stop is seen.",
            run: scripted_losses,
        },
        Check {
            id: "regularisation/early_stopping_random",
            part: PART,
            points: 1,
            proves: "Random losses with random patience and min_delta stop where a search over all epochs says.",
            hint: "Go through the epochs with a pencil: the best loss, its epoch, the wait.",
            run: random_losses,
        },
    ]
}

fn uniforms(rng: &mut Rng, [n, d]: [usize; 2]) -> Matrix {
    Matrix::from_fn(n, d, |_, _| rng.unit())
}

fn mask(uniforms: &Matrix, p: f64) -> Matrix {
    uniforms.map(|u| if u < p { 0.0 } else { 1.0 })
}

/// Some numbers are exactly `p`, and some 0. One row at times.
fn dropout_mask(s: &Submission, rng: &mut Rng) -> Verdict {
    let random = rng.uniform(0.2, 0.8);
    for p in [random, 1.0 - random, 0.0, 1.0] {
        let [n, d] = sizes(rng, 3, 8);
        for n in [1, n] {
            let mut u = uniforms(rng, [n, d]);
            u[(n - 1, 0)] = 0.0;
            if p < 1.0 {
                u[(0, d - 1)] = p;
            }
            let got = s.dropout_mask(u.tensor(), p)?;
            equal_bits(&got, &mask(&u, p).tensor()).map_err(about(format_args!("p = {p}")))?;
        }
    }
    Ok(())
}

fn dropout_forward(s: &Submission, rng: &mut Rng) -> Verdict {
    for n in [1, 5] {
        let p = rng.uniform(0.1, 0.9);
        let d = rng.between(6, 9);
        let u = uniforms(rng, [n, d]);
        let size = 10f64.powf(rng.uniform(-4.0, 4.0));
        let x = normal_matrix(rng, n, d).map(|x| x * size);
        let want = Matrix::from_fn(n, d, |i, j| oracle::dropout(x[(i, j)], u[(i, j)], p));
        let got = s.dropout_forward(x.tensor(), mask(&u, p).tensor(), p, true)?;
        close(&got, &want.tensor(), ROUNDING).map_err(about(format_args!("p = {p}")))?;
    }
    Ok(())
}

/// With p = 0.4 the share of 20 000 elements that are kept has a standard error of sqrt(0.24 / 20 000) =
/// 0.0035, so 6 sigma are 0.021; keeping p of them is 58 sigma away. The mean of dropped ones has
/// sqrt(0.4 / 0.6 / 20 000) = 0.0058, so 6 sigma are 0.035; without the factor it is 69 sigma away. Two
/// rows of 200 have the same mask with probability 0.52^200.
fn dropout_law(s: &Submission, rng: &mut Rng) -> Verdict {
    let p = 0.4;
    let shape = [100, 200];
    let u = uniforms(rng, shape);
    let mask = s.dropout_mask(u.tensor(), p)?;
    let ones = tensor(vec![1.0; 20_000], shape);
    let y = s.dropout_forward(ones.clone(), mask.clone(), p, true)?;
    for (what, got, want, bound) in [
        ("share that is kept", &mask, 1.0 - p, 0.021),
        ("mean of dropped ones", &y, 1.0, 0.035),
    ] {
        equal(&got.dims(), &shape).map_err(about(what))?;
        let bound = Tolerance {
            absolute: bound,
            relative: 0.0,
        };
        within(dot(got, &ones) / 20_000.0, want, bound).map_err(about(what))?;
    }
    let rows = Matrix::of(&mask);
    let same = (1..rows.rows).find(|i| rows.row(*i) == rows.row(i - 1));
    ensure(same.is_none(), || {
        "two rows after each other have the same mask".into()
    })
}

fn dropout_edges(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 2, 6);
    let x = normal_matrix(rng, n, d).map(|x| 1e3 * x).tensor();
    let u = uniforms(rng, [n, d]);
    let random = rng.uniform(0.2, 0.8);
    for p in [0.0, random, 1.0] {
        let mask = mask(&u, p).tensor();
        let y = s.dropout_forward(x.clone(), mask.clone(), p, false)?;
        equal_bits(&y, &x).map_err(about(format_args!("forward outside training, p = {p}")))?;
        let dx = s.dropout_backward(x.clone(), mask, p, false)?;
        equal_bits(&dx, &x).map_err(about(format_args!("backward outside training, p = {p}")))?;
    }
    for (p, want) in [(0.0, x.clone()), (1.0, x.zeros_like())] {
        let mask = mask(&u, p).tensor();
        let y = s.dropout_forward(x.clone(), mask.clone(), p, true)?;
        equal_bits(&y, &want).map_err(about(format_args!("forward in training, p = {p}")))?;
        let dx = s.dropout_backward(x.clone(), mask, p, true)?;
        equal_bits(&dx, &want).map_err(about(format_args!("backward in training, p = {p}")))?;
    }
    Ok(())
}

/// Against autodiff, and `<dropout(x), dy> = <x, backward(dy)>`: dropout is linear.
fn dropout_backward(s: &Submission, rng: &mut Rng) -> Verdict {
    for n in [1, 4] {
        let d = rng.between(5, 9);
        let p = rng.uniform(0.1, 0.9);
        let mask = mask(&uniforms(rng, [n, d]), p).tensor();
        let x = normal_matrix(rng, n, d).tensor();
        let dy = normal_matrix(rng, n, d).tensor();
        let y = s.dropout_forward(x.clone(), mask.clone(), p, true)?;
        let dx = s.dropout_backward(dy.clone(), mask.clone(), p, true)?;

        let leaf = tracked(&x);
        // Multiplied, because Burn's gradient of a division by a number is rounded to single precision.
        let scaled = leaf.clone() * mask.clone().autodiff() * (1.0 / (1.0 - p));
        let loss = (scaled * dy.clone().autodiff()).sum();
        let autodiff = leaf
            .grad(&loss.backward())
            .expect("is tracked and was used");
        close(&dx, &autodiff, ROUNDING).map_err(about("autodiff"))?;
        equal(&y.dims(), &[n, d]).map_err(about("forward"))?;
        within(dot(&y, &dy), dot(&x, &dx), Tolerance::EXACT).map_err(about("adjoint"))?;
    }
    Ok(())
}

/// Three layers of different sizes, away from 0, where `|w|` has its kink.
fn random_parameters(rng: &mut Rng) -> MlpParameters {
    let sizes: [usize; 4] = sizes(rng, 1, 6);
    let mut draw = |n: usize| -> Vec<f64> {
        let away = |x: f64| x + 0.01 * x.signum();
        (0..n).map(|_| away(rng.normal())).collect()
    };
    let layers = sizes.windows(2);
    MlpParameters {
        weights: layers
            .clone()
            .map(|l| tensor(draw(l[0] * l[1]), [l[0], l[1]]))
            .collect(),
        biases: layers.map(|l| tensor(draw(l[1]), [l[1]])).collect(),
    }
}

/// The sum of `f` over all weights, and over all biases.
fn sums(parameters: &MlpParameters, f: fn(f64) -> f64) -> [f64; 2] {
    let sum = |values: Vec<f64>| -> f64 { values.into_iter().map(f).sum() };
    [
        parameters.weights.iter().map(|w| sum(values(w))).sum(),
        parameters.biases.iter().map(|b| sum(values(b))).sum(),
    ]
}

/// Compares tensor by tensor, `f` of each element being expected.
fn each<const D: usize>(
    what: &str,
    got: &[Tensor<D>],
    of: &[Tensor<D>],
    f: impl Fn(f64) -> f64,
) -> Verdict {
    equal(&got.len(), &of.len()).map_err(about(format_args!("number of {what}")))?;
    for (l, (got, of)) in got.iter().zip(of).enumerate() {
        let want = tensor(values(of).into_iter().map(&f).collect(), of.dims());
        close(got, &want, ROUNDING).map_err(about(format_args!("{what} {l}")))?;
    }
    Ok(())
}

/// The gradient by the weights against autodiff of `penalty`.
fn agrees_with_autodiff(
    got: &MlpParameters,
    parameters: &MlpParameters,
    penalty: impl Fn(Tensor<2>) -> Tensor<1>,
) -> Verdict {
    for (l, (got, w)) in got.weights.iter().zip(&parameters.weights).enumerate() {
        let leaf = tracked(w);
        let gradients = penalty(leaf.clone()).backward();
        let want = leaf.grad(&gradients).expect("is tracked and was used");
        close(got, &want, Tolerance::EXACT)
            .map_err(about(format_args!("autodiff, weights {l}")))?;
    }
    Ok(())
}

fn l1(s: &Submission, rng: &mut Rng) -> Verdict {
    let lambda = rng.uniform(0.05, 3.0);
    let mut parameters = random_parameters(rng);
    let [weights, _] = sums(&parameters, f64::abs);
    let got = s.l1_penalty(parameters.clone(), lambda, false)?;
    within(got, lambda * weights, Tolerance::EXACT).map_err(about("penalty"))?;

    let got = s.l1_gradient(parameters.clone(), lambda, false)?;
    let sign = |w: f64| if w == 0.0 { 0.0 } else { lambda * w.signum() };
    each("weights", &got.weights, &parameters.weights, sign)?;
    agrees_with_autodiff(&got, &parameters, |w| w.abs().sum() * lambda)?;

    let zeros = parameters.weights[1].zeros_like();
    parameters.weights[1] = zeros;
    let got = s.l1_gradient(parameters.clone(), lambda, false)?;
    each("weights", &got.weights, &parameters.weights, sign).map_err(about("a layer of zeros"))
}

fn l2(s: &Submission, rng: &mut Rng) -> Verdict {
    let lambda = rng.uniform(0.05, 3.0);
    let parameters = random_parameters(rng);
    let [weights, _] = sums(&parameters, |w| w * w);
    let got = s.l2_penalty(parameters.clone(), lambda, false)?;
    within(got, 0.5 * lambda * weights, Tolerance::EXACT).map_err(about("penalty"))?;

    let got = s.l2_gradient(parameters.clone(), lambda, false)?;
    each("weights", &got.weights, &parameters.weights, |w| lambda * w)?;
    agrees_with_autodiff(&got, &parameters, |w| w.square().sum() * (0.5 * lambda))?;
    let numeric = numeric_gradient_of(&parameters.weights[0], |w| {
        let mut moved = parameters.clone();
        moved.weights[0] = w;
        s.l2_penalty(moved, lambda, false)
    })?;
    close(&got.weights[0], &numeric, Tolerance::GRADIENT).map_err(about("central differences"))
}

fn biases(s: &Submission, rng: &mut Rng) -> Verdict {
    let lambda = rng.uniform(0.05, 3.0);
    let parameters = random_parameters(rng);
    for (with_biases, count) in [(false, 0.0), (true, 1.0)] {
        let what = format!("with_biases {with_biases}");
        let [weights, biases] = sums(&parameters, f64::abs);
        let got = s.l1_penalty(parameters.clone(), lambda, with_biases)?;
        within(got, lambda * (weights + count * biases), Tolerance::EXACT)
            .map_err(about(format_args!("l1_penalty, {what}")))?;
        let got = s.l1_gradient(parameters.clone(), lambda, with_biases)?;
        each("biases", &got.biases, &parameters.biases, |b| {
            count * lambda * b.signum()
        })
        .map_err(about(format_args!("l1_gradient, {what}")))?;

        let [weights, biases] = sums(&parameters, |w| w * w);
        let got = s.l2_penalty(parameters.clone(), lambda, with_biases)?;
        let want = lambda / 2.0 * (weights + count * biases);
        within(got, want, Tolerance::EXACT).map_err(about(format_args!("l2_penalty, {what}")))?;
        let got = s.l2_gradient(parameters.clone(), lambda, with_biases)?;
        each("biases", &got.biases, &parameters.biases, |b| {
            count * lambda * b
        })
        .map_err(about(format_args!("l2_gradient, {what}")))?;
        each("weights", &got.weights, &parameters.weights, |w| lambda * w)
            .map_err(about(format_args!("l2_gradient, {what}")))?;
    }
    Ok(())
}

fn stops(
    s: &Submission,
    losses: &[f64],
    (patience, min_delta): (usize, f64),
    (stop, best): (Option<usize>, Option<usize>),
) -> Verdict {
    let got = s.early_stopping(losses.to_vec(), patience, min_delta)?;
    equal(&got.stop, &stop)
        .map_err(about("stop"))
        .and_then(|()| equal(&got.best, &best).map_err(about("best")))
        .map_err(about(format_args!(
            "losses {losses:?}, patience {patience}, min_delta {min_delta}"
        )))
}

/// Losses and their differences are exact in binary, so no rounding decides.
fn scripted_losses(s: &Submission, _: &mut Rng) -> Verdict {
    const NAN: f64 = f64::NAN;
    let cases: [(&[f64], _, _); 12] = [
        // Falls all the time.
        (&[4.0, 3.0, 2.0, 1.0], (1, 0.0), (None, Some(3))),
        // Rises all the time.
        (&[1.0, 2.0, 3.0, 4.0], (2, 0.0), (Some(2), Some(0))),
        // The same again is no improvement.
        (&[1.0, 1.0, 1.0, 1.0], (3, 0.0), (Some(3), Some(0))),
        // An improvement in the last moment starts the wait again.
        (&[3.0, 4.0, 2.0, 5.0, 1.0, 6.0], (2, 0.0), (None, Some(4))),
        // Below the last loss, but not below the best.
        (&[1.0, 4.0, 3.0, 2.0, 0.5], (3, 0.0), (Some(3), Some(0))),
        // The best loss of all comes too late.
        (&[2.0, 3.0, 3.0, 0.0, 0.0], (2, 0.0), (Some(2), Some(0))),
        // Small steps are none alone, and one together; exactly min_delta is too small.
        (&[1.0, 0.875, 0.75, 0.625], (3, 0.25), (None, Some(3))),
        (&[1.0, 0.875, 0.75, 0.625], (2, 0.25), (Some(2), Some(0))),
        // The wait ends with the last epoch, and one epoch after it.
        (&[1.0, 2.0, 2.0, 2.0], (3, 0.0), (Some(3), Some(0))),
        (&[1.0, 2.0, 2.0, 2.0], (4, 0.0), (None, Some(0))),
        // Never a number.
        (&[NAN, NAN, NAN], (2, 0.0), (Some(1), None)),
        (&[], (1, 0.0), (None, None)),
    ];
    let mut scripted = cases.into_iter();
    scripted.try_for_each(|(losses, setting, want)| stops(s, losses, setting, want))
}

/// Losses in eighths: differences are exact and often equal to `min_delta`.
fn random_losses(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..40 {
        let n = rng.between(1, 16);
        // They fall for a while, then wander.
        let losses: Vec<f64> = (0..n)
            .map(|epoch| (24_usize.saturating_sub(4 * epoch) + rng.below(8)) as f64 / 8.0)
            .collect();
        let patience = rng.between(1, 4);
        let min_delta = rng.below(4) as f64 / 8.0;
        let want = oracle::early_stopping(&losses, patience, min_delta);
        stops(s, &losses, (patience, min_delta), want)?;
    }
    Ok(())
}
