//! Checks of A1.10, restricted Boltzmann machines.

use burn::tensor::Tensor;
use common::check::{Check, Failure, Tolerance, Verdict, close, ensure, finite, shape};
use common::contract::Submission;
use common::contract::a1::{Pretraining, TiedLayer};
use common::rng::Rng;

use super::{about, normal_matrix, sizes};
use crate::oracle::matrix::{Matrix, vector};
use crate::oracle::pretraining::{Layer, states};

pub(super) const PART: &str = "A1.10";

/// The checks of single machines.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "pretraining/free_energy_enumerated",
            part: PART,
            points: 1,
            proves: "The free energy is what summing over all hidden states gives, for weights of any size.",
            hint: "F(v) = -b v - the sum of softplus(v w + c), with a softplus that does not overflow.",
            run: free_energy,
        },
        Check {
            id: "pretraining/conditionals_enumerated",
            part: PART,
            points: 1,
            proves: "p(h | v) and p(v | h) are those of the joint distribution, state by state.",
            hint: "Each direction has its own bias, and the way down uses the transposed weights.",
            run: conditionals,
        },
        Check {
            id: "pretraining/cd_1",
            part: PART,
            points: 2,
            proves: "With given random numbers one step of contrastive divergence gives exactly the specified gradients.",
            hint: "Follow the comment of cd_k: what is sampled with which numbers, and where probabilities stand.",
            run: |s, rng| contrastive_divergence(s, rng, &[1, 1, 1]),
        },
        Check {
            id: "pretraining/cd_k",
            part: PART,
            points: 1,
            proves: "So do two, three and four steps.",
            hint: "The chain goes on from its last sample and takes two new tensors of random numbers per step.",
            run: |s, rng| contrastive_divergence(s, rng, &[2, 3, 4]),
        },
        Check {
            id: "pretraining/log_likelihood",
            part: PART,
            points: 1,
            proves: "Many steps of contrastive divergence point along the true gradient of the log-likelihood.",
            hint: "Uphill: the statistics of the data minus those of the chain's end.",
            run: log_likelihood,
        },
        Check {
            id: "pretraining/bars_and_stripes",
            part: PART,
            points: 1,
            proves: "Learning bars and stripes with CD-1, the exact negative log-likelihood falls from checkpoint to checkpoint.",
            hint: "The check adds your gradients to the parameters; they have to be a mean over the batch.",
            run: bars_and_stripes,
        },
    ]
}

/// A machine with normal parameters of this deviation.
pub(super) fn random_layer(rng: &mut Rng, visible: usize, hidden: usize, deviation: f64) -> Layer {
    let mut biases = |n| (0..n).map(|_| deviation * rng.normal()).collect();
    let (b, c) = (biases(visible), biases(hidden));
    Layer {
        w: normal_matrix(rng, visible, hidden).map(|w| deviation * w),
        b,
        c,
    }
}

/// Numbers in `[0, 1)`.
pub(super) fn unit_matrix(rng: &mut Rng, rows: usize, columns: usize) -> Matrix {
    Matrix::from_fn(rows, columns, |_, _| rng.unit())
}

fn matrix_of(rows: &[Vec<f64>]) -> Matrix {
    Matrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j])
}

/// Compares a layer, or the gradients of one.
pub(super) fn same_layer(got: &TiedLayer, want: &Layer, tolerance: Tolerance) -> Verdict {
    let want = want.tied();
    close(&got.weights, &want.weights, tolerance).map_err(about("weights"))?;
    close(&got.visible_bias, &want.visible_bias, tolerance).map_err(about("visible_bias"))?;
    close(&got.hidden_bias, &want.hidden_bias, tolerance).map_err(about("hidden_bias"))
}

/// A machine of 4 and 3 units in all its states, one of random sizes with pixels between 0 and 1, and
/// both with weights ten thousand times as large.
fn free_energy(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, visible, hidden] = sizes(rng, 2, 6);
    let cases = [
        (random_layer(rng, 4, 3, 1.0), matrix_of(&states(4))),
        (
            random_layer(rng, visible, hidden, 1.0),
            unit_matrix(rng, n, visible),
        ),
        (random_layer(rng, 4, 3, 1e4), matrix_of(&states(4))),
        (random_layer(rng, 5, 2, 1e4), unit_matrix(rng, 1, 5)),
    ];
    for (layer, v) in cases {
        let want = (0..v.rows).map(|i| layer.free_energy(v.row(i))).collect();
        let got = s.rbm_free_energy(layer.tied(), v.tensor())?;
        close(&got, &vector(want), Tolerance::EXACT)
            .map_err(about(format_args!("{} visible units", v.columns)))?;
    }
    Ok(())
}

/// `p(unit = 1 | other)` for every unit and every state of the others, from the energies of all states.
fn enumerated(units: usize, others: usize, energy: impl Fn(&[f64], &[f64]) -> f64) -> Matrix {
    let (mine, given) = (states(units), states(others));
    Matrix::from_fn(given.len(), units, |i, j| {
        let weight = |state: &&Vec<f64>| (-energy(state, &given[i])).exp();
        let on = mine.iter().filter(|state| state[j] == 1.0);
        on.map(|state| weight(&state)).sum::<f64>()
            / mine.iter().map(|state| weight(&state)).sum::<f64>()
    })
}

/// All states of 4 and 3 units, then real numbers in random sizes, then units that are certain.
fn conditionals(s: &Submission, rng: &mut Rng) -> Verdict {
    let layer = random_layer(rng, 4, 3, 1.0);
    let got = s.p_h_given_v(layer.tied(), matrix_of(&states(4)).tensor())?;
    let want = enumerated(3, 4, |h, v| layer.energy(v, h));
    close(&got, &want.tensor(), Tolerance::EXACT).map_err(about("p(h | v)"))?;
    let got = s.p_v_given_h(layer.tied(), matrix_of(&states(3)).tensor())?;
    let want = enumerated(4, 3, |v, h| layer.energy(v, h));
    close(&got, &want.tensor(), Tolerance::EXACT).map_err(about("p(v | h)"))?;

    let [n, visible, hidden] = sizes(rng, 2, 6);
    for (n, deviation) in [(n, 1.0), (1, 1e4)] {
        let layer = random_layer(rng, visible, hidden, deviation);
        let v = unit_matrix(rng, n, visible);
        let got = s.p_h_given_v(layer.tied(), v.tensor())?;
        close(&got, &layer.up(&v).tensor(), Tolerance::EXACT)
            .map_err(about(format_args!("p(h | v), deviation {deviation}")))?;
        let h = unit_matrix(rng, n, hidden);
        let got = s.p_v_given_h(layer.tied(), h.tensor())?;
        close(&got, &layer.visible(&h).tensor(), Tolerance::EXACT)
            .map_err(about(format_args!("p(v | h), deviation {deviation}")))?;
    }
    Ok(())
}

/// The random numbers of `k` steps for `n` samples: hidden, visible, hidden, visible, and so on.
pub(super) fn uniforms(rng: &mut Rng, k: usize, n: usize, layer: &Layer) -> Vec<Matrix> {
    let (visible, hidden) = (layer.b.len(), layer.c.len());
    let each = [hidden, visible].into_iter().cycle().take(2 * k);
    each.map(|units| unit_matrix(rng, n, units)).collect()
}

pub(super) fn tensors(matrices: &[Matrix]) -> Vec<Tensor<2>> {
    matrices.iter().map(Matrix::tensor).collect()
}

/// Chains of these lengths. The data are not zeros and ones, so that rounding them shows.
fn contrastive_divergence(s: &Submission, rng: &mut Rng, lengths: &[usize]) -> Verdict {
    for &k in lengths {
        let [n, visible, hidden] = sizes(rng, 4, 8);
        let layer = random_layer(rng, visible, hidden, 0.8);
        let v0 = unit_matrix(rng, n, visible);
        let u = uniforms(rng, k, n, &layer);
        let got = s.cd_k(layer.tied(), v0.tensor(), k, tensors(&u))?;
        same_layer(&got, &layer.cd(&v0, &u), Tolerance::EXACT)
            .map_err(about(format_args!("k = {k}")))?;
    }
    Ok(())
}

/// The submission's CD-k as numbers, once it is sure that it has the layer's shapes.
fn gradient(
    s: &Submission,
    rng: &mut Rng,
    layer: &Layer,
    data: &Matrix,
    k: usize,
) -> Result<Layer, Failure> {
    let u = uniforms(rng, k, data.rows, layer);
    let got = s.cd_k(layer.tied(), data.tensor(), k, tensors(&u))?;
    shape(&got.weights, [layer.b.len(), layer.c.len()])?;
    shape(&got.visible_bias, [layer.b.len()])?;
    shape(&got.hidden_bias, [layer.c.len()])?;
    finite(&got.weights)?;
    finite(&got.visible_bias)?;
    finite(&got.hidden_bias)?;
    Ok(Layer::of(&got))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Two patterns, 500 chains of 50 steps from each, and a machine whose true gradient is not small beside the
/// noise of the chains. Over 4000 seeds of the reference the angle between the two gradients has the mean
/// 1.7 degrees and the deviation 0.8, and is 5.4 at most; the limit, a cosine of 0.98, is 11.5 degrees, 12
/// deviations away. With the sign turned the angle is near 180 degrees.
fn log_likelihood(s: &Submission, rng: &mut Rng) -> Verdict {
    let (layer, patterns, exact) = loop {
        let layer = random_layer(rng, 4, 3, 0.5);
        let mut all = states(4);
        rng.shuffle(&mut all);
        let patterns = matrix_of(&all[..2]);
        let exact = layer.exact_gradient(&patterns).flat();
        if dot(&exact, &exact) > 0.8 * 0.8 {
            break (layer, patterns, exact);
        }
    };
    let data = Matrix::from_fn(1000, 4, |i, j| patterns[(i % 2, j)]);
    let got = gradient(s, rng, &layer, &data, 50)?.flat();
    let cosine = dot(&got, &exact) / (dot(&got, &got) * dot(&exact, &exact)).sqrt();
    ensure(cosine > 0.98, || {
        format!("the cosine with the exact gradient is {cosine}, expected more than 0.98")
    })
}

/// The 14 pictures of 3 x 3 pixels whose rows are all equal, or whose columns are.
fn all_bars_and_stripes() -> Matrix {
    let bars = states(3).into_iter().map(|bar| bar.repeat(3));
    let stripes = states(3)
        .into_iter()
        // All black and all white are bars already.
        .filter(|stripe| stripe.contains(&0.0) && stripe.contains(&1.0))
        .map(|stripe| stripe.iter().flat_map(|pixel| [*pixel; 3]).collect());
    matrix_of(&bars.chain(stripes).collect::<Vec<Vec<f64>>>())
}

/// 100 steps with the learning rate 1 on 20 copies of the pictures, a checkpoint after every 20. Over 2000
/// seeds of the reference the negative log-likelihood falls from one to the next by 0.36, 0.41, 0.41 and
/// 0.37 nats, with deviations from 0.033 to 0.041: a rise is 9 deviations away. With the sign of the gradients
/// turned it rises at once.
fn bars_and_stripes(s: &Submission, rng: &mut Rng) -> Verdict {
    let pictures = all_bars_and_stripes();
    let data = Matrix::from_fn(20 * pictures.rows, 9, |i, j| {
        pictures[(i % pictures.rows, j)]
    });
    let mut layer = random_layer(rng, 9, 12, 0.3);
    layer.b.fill(0.0);
    layer.c.fill(0.0);
    let mut last = f64::INFINITY;
    for checkpoint in 1..=5 {
        for _ in 0..20 {
            let step = gradient(s, rng, &layer, &data, 1)?;
            layer.add(&step, 1.0);
        }
        let now = layer.negative_log_likelihood(&pictures);
        ensure(now < last, || {
            format!("checkpoint {checkpoint}: {now} nats after {last}")
        })?;
        last = now;
    }
    Ok(())
}
