//! Checks of A2.8: spatial batch normalisation, and folding.

use common::check::{Check, Failure, Tolerance, Verdict, close, ensure, equal_bits};
use common::contract::Submission;
use common::contract::a2::{
    SpatialBnForward, SpatialNormSettings, SpatialNorms, SpatialStatistics,
};
use common::rng::Rng;

use super::{about, convolution, sizes};
use crate::oracle::array::Array;
use crate::oracle::convolution::Conv;
use crate::oracle::pytorch_spatial_norms::ImageNormalisers;
use crate::oracle::spatial_norms::{Affine, Running, Sets};

pub(super) const PART: &str = "A2.8";

/// The checks of this part that look at batch normalisation forwards, and at folding.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "spatial_norms/bn_values",
            part: PART,
            points: 1,
            proves: "In training each channel is normalised over all pixels of all images, then scaled and shifted.",
            hint: "Swap images and channels before you reshape to [c, n height width], and go back the same way.",
            run: bn_values,
        },
        Check {
            id: "spatial_norms/bn_running",
            part: PART,
            points: 1,
            proves: "The running statistics follow PyTorch's BatchNorm2d from batch to batch, and evaluation uses them.",
            hint: "The new batch has the share momentum, and its variance counts unbiased: m / (m - 1), where m counts pixels too.",
            run: bn_running,
        },
        Check {
            id: "spatial_norms/bn_evaluation_values",
            part: PART,
            points: 1,
            proves: "Outside training an image gives the same alone and in any batch, and the running statistics stay as they are bit for bit.",
            hint: "With training false use the running mean and the running variance, and give them back as they came.",
            run: bn_evaluation,
        },
        Check {
            id: "spatial_norms/bn_too_few",
            part: PART,
            points: 1,
            proves: "Training on fewer than two values per channel is an error; one image of two pixels is enough.",
            hint: "Count n height width.",
            run: bn_too_few,
        },
        Check {
            id: "spatial_norms/far_from_zero",
            part: PART,
            points: 1,
            proves: "Values around ten million are normalised as precisely as others, and where all are equal the output is beta.",
            hint: "Take the mean of (x - mean)^2; mean(x^2) - mean^2 loses all digits.",
            run: far_from_zero,
        },
        Check {
            id: "spatial_norms/fold_values",
            part: PART,
            points: 2,
            proves: "A folded convolution gives what the convolution and the normalisation gave, with stride, padding and groups.",
            hint: "y = gamma (conv + bias - mean) / root + beta: what multiplies conv goes to the kernels, all the rest to the bias.",
            run: fold,
        },
    ]
}

/// Numbers around 1 with deviation 2: neither the mean nor the variance is that of a normal law.
pub(super) fn random_images(rng: &mut Rng, shape: [usize; 4]) -> Array<4> {
    Array::from_fn(shape, |_| 1.0 + 2.0 * rng.normal())
}

fn statistics(running: &Running) -> SpatialStatistics {
    SpatialStatistics {
        mean: running.mean.tensor(),
        variance: running.variance.tensor(),
    }
}

fn settings(affine: &Affine, training: bool, momentum: f64) -> SpatialNormSettings {
    SpatialNormSettings {
        training,
        momentum,
        eps: affine.eps,
    }
}

fn answer(
    s: &Submission,
    x: &Array<4>,
    affine: &Affine,
    running: &Running,
    settings: SpatialNormSettings,
) -> Result<Result<SpatialBnForward, String>, Failure> {
    let (gamma, beta) = (affine.gamma.tensor(), affine.beta.tensor());
    Ok(s.spatial_bn_forward(x.tensor(), gamma, beta, statistics(running), settings)?)
}

fn forward(
    s: &Submission,
    x: &Array<4>,
    affine: &Affine,
    running: &Running,
    settings: SpatialNormSettings,
) -> Result<SpatialBnForward, Failure> {
    answer(s, x, affine, running, settings)?
        .map_err(|why| Failure::wrong(format!("an error: {why}")))
}

fn same(got: &SpatialBnForward, y: &Array<4>, after: &Running, tolerance: Tolerance) -> Verdict {
    close(&got.y, &y.tensor(), tolerance).map_err(about("y"))?;
    let (mean, variance) = (after.mean.tensor(), after.variance.tensor());
    close(&got.running.mean, &mean, tolerance).map_err(about("running mean"))?;
    close(&got.running.variance, &variance, tolerance).map_err(about("running variance"))
}

/// One batch in training, from random statistics.
fn trains(s: &Submission, rng: &mut Rng, shape: [usize; 4]) -> Verdict {
    let c = shape[1];
    let (x, affine) = (random_images(rng, shape), Affine::random(rng, c));
    let (running, momentum) = (Running::random(rng, c), rng.uniform(0.1, 0.4));
    let got = forward(s, &x, &affine, &running, settings(&affine, true, momentum))?;
    let y = affine.y(&x, Sets::Channels);
    same(&got, &y, &running.after(&x, momentum), Tolerance::EXACT)
        .map_err(about(format_args!("x {shape:?}")))
}

/// As many images as channels as pixels in the second batch: no shape gives a wrong axis away.
fn bn_values(s: &Submission, rng: &mut Rng) -> Verdict {
    let shape = sizes(rng, 2, 5);
    trains(s, rng, shape)?;
    trains(s, rng, [3, 3, 3, 3])
}

fn bn_running(s: &Submission, rng: &mut Rng) -> Verdict {
    let fixture = ImageNormalisers::load();
    let affine = fixture.affine();
    let mut running = Running::new(affine.gamma.shape[0]);
    for (i, case) in fixture.training.iter().enumerate() {
        let settings = settings(&affine, true, fixture.momentum);
        let got = forward(s, &case.x, &affine, &running, settings)?;
        running = case.running().unwrap_or(running);
        same(&got, &case.y, &running, Tolerance::EXACT)
            .map_err(about(format_args!("batch {}", i + 1)))?;
    }
    let case = &fixture.evaluation;
    let evaluation = settings(&affine, false, fixture.momentum);
    let got = forward(s, &case.x, &affine, &running, evaluation)?;
    same(&got, &case.y, &running, Tolerance::EXACT).map_err(about("evaluation"))?;
    let shape = sizes(rng, 2, 5);
    trains(s, rng, shape).map_err(about("a random batch"))
}

fn bn_evaluation(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, c, height, width] = sizes(rng, 2, 5);
    let (affine, running) = (Affine::random(rng, c), Running::random(rng, c));
    let evaluation = settings(&affine, false, rng.uniform(0.1, 0.4));
    let x = random_images(rng, [n, c, height, width]);
    let first = Array::from_fn([1, c, height, width], |at| x[at]);
    for x in [x, first] {
        let got = forward(s, &x, &affine, &running, evaluation.clone())?;
        let y = affine.y_with(&x, &running);
        same(&got, &y, &running, Tolerance::EXACT)?;
        let before = statistics(&running);
        equal_bits(&got.running.mean, &before.mean).map_err(about("running mean"))?;
        equal_bits(&got.running.variance, &before.variance).map_err(about("running variance"))?;
    }
    Ok(())
}

fn bn_too_few(s: &Submission, rng: &mut Rng) -> Verdict {
    let [c, width] = sizes(rng, 2, 5);
    let (affine, running) = (Affine::random(rng, c), Running::new(c));
    for shape in [[1, c, 1, 1], [0, c, 1, width]] {
        let x = random_images(rng, shape);
        let answer = answer(s, &x, &affine, &running, settings(&affine, true, 0.1))?;
        ensure(answer.is_err(), || format!("no error for images {shape:?}"))?;
    }
    for shape in [[2, c, 1, 1], [1, c, 2, 1], [1, c, 1, width]] {
        trains(s, rng, shape)?;
    }
    let pixel = random_images(rng, [1, c, 1, 1]);
    let got = forward(s, &pixel, &affine, &running, settings(&affine, false, 0.1))?;
    let y = affine.y_with(&pixel, &running);
    same(&got, &y, &running, Tolerance::EXACT).map_err(about("one pixel outside training"))
}

/// What is left of 1e7 + x after the mean is taken off has an error of 2e-9, and 1e-6 is allowed. The squares are 1e14,
/// where neighbouring numbers are 0.016 apart: a difference of two of them is wrong by about that much.
fn far_from_zero(s: &Submission, rng: &mut Rng) -> Verdict {
    let far = Tolerance {
        absolute: 1e-6,
        relative: 1e-6,
    };
    let [n, height, width] = sizes(rng, 2, 4);
    let affine = Affine::random(rng, 4);
    let (gamma, beta) = (affine.gamma.tensor(), affine.beta.tensor());
    let mut x = random_images(rng, [n, 4, height, width]);
    x.values.iter_mut().for_each(|x| *x += 1e7);
    let running = Running::new(4);
    let got = forward(s, &x, &affine, &running, settings(&affine, true, 0.1))?;
    let y = affine.y(&x, Sets::Channels);
    same(&got, &y, &running.after(&x, 0.1), far).map_err(about("spatial_bn_forward"))?;
    for groups in [1, 2] {
        let (gamma, beta) = (gamma.clone(), beta.clone());
        let answer = s.group_norm_forward(x.tensor(), gamma, beta, groups, affine.eps)?;
        let got = answer.map_err(|why| Failure::wrong(format!("an error: {why}")))?;
        let want = affine.y(&x, Sets::Groups(groups));
        close(&got, &want.tensor(), far).map_err(about("group_norm_forward"))?;
    }

    let flat = Array::from_fn(x.shape, |[_, c, _, _]| 0.3 * c as f64 + 0.1);
    let got = forward(s, &flat, &affine, &running, settings(&affine, true, 0.1))?;
    let want = Array::from_fn(x.shape, |[_, c, _, _]| affine.beta[[c]]).tensor();
    close(&got.y, &want, far).map_err(about("spatial_bn_forward, equal values"))?;
    let got = s.instance_norm_forward(flat.tensor(), gamma, beta, affine.eps)?;
    close(&got, &want, far).map_err(about("instance_norm_forward, equal values"))
}

fn fold(s: &Submission, rng: &mut Rng) -> Verdict {
    for groups in 1..=2 {
        let conv = convolution::random_conv(rng, groups);
        folds(s, rng, conv)?;
    }
    // As many inputs as outputs: no shape gives a wrong axis away.
    let conv = Conv::random(rng, [2, 3, 4, 5], [3, 3, 3, 2], Default::default());
    folds(s, rng, conv)
}

fn folds(s: &Submission, rng: &mut Rng, conv: Conv) -> Verdict {
    let c_out = conv.bias.shape[0];
    let (affine, running) = (Affine::random(rng, c_out), Running::random(rng, c_out));
    let folded = s.fold_bn_into_conv(
        conv.weight.tensor(),
        conv.bias.tensor(),
        affine.gamma.tensor(),
        affine.beta.tensor(),
        statistics(&running),
        affine.eps,
    )?;
    common::check::shape(&folded.weight, conv.weight.shape).map_err(about("weight"))?;
    common::check::shape(&folded.bias, conv.bias.shape).map_err(about("bias"))?;
    let alone = Conv {
        weight: Array::of(&folded.weight),
        bias: Array::of(&folded.bias),
        ..conv.clone()
    };
    let want = affine.y_with(&conv.y(), &running);
    close(&alone.y().tensor(), &want.tensor(), Tolerance::EXACT)
        .map_err(about("the folded convolution's output"))?;
    // The sums above are in double precision whatever came: ask for the element type too.
    close(&folded.weight, &alone.weight.tensor(), Tolerance::EXACT)
}
