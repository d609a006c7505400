//! Checks of A1.8, augmentation and ensembles.

use burn::tensor::Tensor;
use common::check::{Check, Failure, Tolerance, Verdict, close, ensure, equal_bits, within};
use common::contract::Submission;
use common::contract::a1::{Averaging, Mixed, Offset, Regularisation};
use common::rng::Rng;

use super::regularisation::PART;
use super::{about, normal_matrix, sizes};
use crate::oracle::losses::log_softmax;
use crate::oracle::matrix::{Matrix, labels, tensor, values};
use crate::oracle::regularisation::{Images, arithmetic, geometric};

/// The checks.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "regularisation/mixup",
            part: PART,
            points: 1,
            proves: "Mixup mixes inputs and targets with the same partner and share; lambda = 1 changes nothing, and targets add up to 1.",
            hint: "lambda is the share of the sample itself. Its partner is the row of the batch as it came in.",
            run: mixup,
        },
        Check {
            id: "regularisation/shift",
            part: PART,
            points: 1,
            proves: "Every image moves by its own offset in all channels; what leaves is lost and what enters is background.",
            hint: "down moves along the rows, right along the columns; nothing comes back on the other side.",
            run: shift,
        },
        Check {
            id: "regularisation/flip",
            part: PART,
            points: 1,
            proves: "Exactly the chosen images are mirrored left to right, and twice is not at all.",
            hint: "The width is the last axis.",
            run: flip,
        },
        Check {
            id: "regularisation/ensemble_average",
            part: PART,
            points: 1,
            proves: "Both averages of an ensemble are right and normalised, whatever the size of the logits, and equal models are one.",
            hint: "Each model is normalised over the classes first. The mean of log-probabilities has to be normalised again.",
            run: ensemble,
        },
    ]
}

fn check_mixup(
    s: &Submission,
    x: &Matrix,
    targets: &Matrix,
    partners: &[usize],
    lambda: f64,
) -> Result<Mixed, Failure> {
    let mixed = |t: &Matrix| {
        Matrix::from_fn(t.rows, t.columns, |i, j| {
            lambda * t[(i, j)] + (1.0 - lambda) * t[(partners[i], j)]
        })
    };
    let indices: Vec<i64> = partners.iter().map(|j| *j as i64).collect();
    let got = s.mixup(x.tensor(), targets.tensor(), labels(&indices), lambda)?;
    close(&got.x, &mixed(x).tensor(), Tolerance::EXACT)
        .map_err(about("x"))
        .and_then(|()| {
            close(&got.targets, &mixed(targets).tensor(), Tolerance::EXACT)
                .map_err(about("targets"))
        })
        .map_err(about(format_args!("lambda {lambda}")))?;
    Ok(got)
}

/// With a permutation, and with partners of which some are taken twice.
fn mixup(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d, c] = sizes(rng, 3, 8);
    let x = normal_matrix(rng, n, d);
    let classes: Vec<usize> = (0..n).map(|_| rng.below(c)).collect();
    let targets = Matrix::from_fn(n, c, |i, k| if classes[i] == k { 1.0 } else { 0.0 });
    let permutation = rng.permutation(n);
    let any: Vec<usize> = (0..n).map(|_| rng.below(n)).collect();
    for partners in [permutation, any] {
        // A half would not tell a share from the other.
        let lambda = rng.uniform(0.55, 0.95);
        for lambda in [lambda, 1.0 - lambda, 0.0, 1.0] {
            let got = check_mixup(s, &x, &targets, &partners, lambda)?;
            let rows = Matrix::of(&got.targets);
            for i in 0..n {
                within(rows.row(i).iter().sum(), 1.0, Tolerance::EXACT)
                    .map_err(about(format_args!("sum of the targets of sample {i}")))?;
            }
            if lambda == 1.0 {
                close(&got.x, &x.tensor(), Tolerance::EXACT).map_err(about("lambda 1"))?;
            }
        }
    }
    let alone = normal_matrix(rng, 1, d);
    check_mixup(s, &alone, &alone, &[0], 0.3).map_err(about("one sample"))?;
    Ok(())
}

fn random_images(rng: &mut Rng, n: usize) -> Images {
    let [channels, height, width] = sizes(rng, 2, 6);
    Images::from_fn([n, channels, height, width], |_| rng.normal())
}

impl Images {
    fn tensor(&self) -> Tensor<4> {
        tensor(self.pixels.clone(), self.shape)
    }
}

fn check_shift(
    s: &Submission,
    images: &Images,
    offsets: &[(i64, i64)],
    background: f64,
) -> Result<Tensor<4>, Failure> {
    let by = |(down, right)| Offset { down, right };
    let asked = offsets.iter().copied().map(by).collect();
    let got = s.shift_images(images.tensor(), asked, background)?;
    let want = images.shifted(offsets, background).tensor();
    equal_bits(&got, &want).map_err(about(format_args!(
        "offsets (down, right) {offsets:?}, background {background}"
    )))?;
    Ok(got)
}

fn shift(s: &Submission, rng: &mut Rng) -> Verdict {
    let images = random_images(rng, 5);
    let [_, _, height, width] = images.shape.map(|size| size as i64);
    let mut within_size = |size: i64| rng.between(1, size as usize - 1) as i64;
    let (down, right) = (within_size(height), within_size(width));
    let background = -3.5;
    check_shift(
        s,
        &images,
        &[
            (0, 0),
            (down, 0),
            (0, right),
            (down, -right),
            (-down, right),
        ],
        background,
    )?;
    // As far as the image is large, and farther.
    check_shift(
        s,
        &images,
        &[
            (height, 0),
            (-height, 0),
            (0, width + 3),
            (1, -width),
            (-100, 100),
        ],
        background,
    )?;

    // Nothing leaves: one image whose border is empty, one step in each direction.
    let frame = [1, images.shape[1], height as usize + 2, width as usize + 2];
    let framed = Images::from_fn(frame, |[_, k, row, column]| {
        let inside = images.at(0, k, row as i64 - 1, column as i64 - 1);
        inside.unwrap_or(0.0)
    });
    let mass: f64 = framed.pixels.iter().sum();
    for offset in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
        let moved = check_shift(s, &framed, &[offset], 0.0)?;
        within(values(&moved).iter().sum(), mass, Tolerance::EXACT)
            .map_err(about(format_args!("sum after a step of {offset:?}")))?;
    }
    Ok(())
}

fn flip(s: &Submission, rng: &mut Rng) -> Verdict {
    for n in [1, 4] {
        let images = random_images(rng, n);
        // At least one of each.
        let flips: Vec<bool> = (0..n)
            .map(|i| i == 0 || (i > 1 && rng.unit() < 0.5))
            .collect();
        let once = s.flip_images(images.tensor(), flips.clone())?;
        equal_bits(&once, &images.flipped(&flips).tensor())
            .map_err(about(format_args!("flips {flips:?}")))?;
        let twice = s.flip_images(once, flips)?;
        equal_bits(&twice, &images.tensor()).map_err(about("twice"))?;
        let none = s.flip_images(images.tensor(), vec![false; n])?;
        equal_bits(&none, &images.tensor()).map_err(about("no flips"))?;
    }
    Ok(())
}

fn check_average(s: &Submission, logits: &[Matrix]) -> Verdict {
    for (averaging, want) in [
        (Averaging::Probabilities, arithmetic(logits)),
        (Averaging::LogProbabilities, geometric(logits)),
    ] {
        let got = s.ensemble_average(logits.iter().map(Matrix::tensor).collect(), averaging)?;
        close(&got, &want.tensor(), Tolerance::EXACT).map_err(about(format_args!(
            "{averaging:?} of {} models",
            logits.len()
        )))?;
        let rows = Matrix::of(&got);
        for i in 0..rows.rows {
            let sum = rows.row(i).iter().map(|log_p| log_p.exp()).sum();
            within(sum, 1.0, Tolerance::EXACT)
                .map_err(about("sum of the probabilities of a row"))?;
        }
    }
    Ok(())
}

fn ensemble(s: &Submission, rng: &mut Rng) -> Verdict {
    let [models, n, c] = sizes(rng, 2, 6);
    // Each with a level of its own, which the softmax takes off.
    let mut logits: Vec<Matrix> = (0..models)
        .map(|_| {
            let level = rng.uniform(-40.0, 40.0);
            normal_matrix(rng, n, c).map(|x| 2.0 * x + level)
        })
        .collect();
    check_average(s, &logits)?;
    check_average(s, &logits[..1]).map_err(about("one model"))?;
    // Two classes that no model believes in, and one row where the models disagree.
    for (k, x) in logits.iter_mut().enumerate() {
        x[(0, 0)] = -1e4;
        x[(1, c - 1)] = if k % 2 == 0 { 1e4 } else { -1e4 };
    }
    check_average(s, &logits).map_err(about("logits of +-1e4"))?;

    let model = normal_matrix(rng, n, c);
    for averaging in Averaging::ALL.iter().copied() {
        let same = vec![model.tensor(); models];
        let got = s.ensemble_average(same, averaging)?;
        close(&got, &log_softmax(&model).tensor(), Tolerance::EXACT)
            .map_err(about(format_args!("{averaging:?} of equal models")))?;
    }

    // The handout's three models: two like class 0, one all but rules it out.
    let members = [0.7, 0.7, 0.12].map(|p: f64| Matrix {
        rows: 1,
        columns: 2,
        values: vec![p.ln(), (1.0 - p).ln()],
    });
    for (averaging, class) in [
        (Averaging::Probabilities, 0),
        (Averaging::LogProbabilities, 1),
    ] {
        let tensors = members.iter().map(Matrix::tensor).collect();
        let got = values(&s.ensemble_average(tensors, averaging)?);
        ensure(got.len() == 2 && got[class] > got[1 - class], || {
            format!("{averaging:?} of a veto should choose class {class}: {got:?}")
        })?;
    }
    Ok(())
}
