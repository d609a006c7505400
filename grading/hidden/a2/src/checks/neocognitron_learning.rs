//! The check of A2.1 in which everything comes together: two stages that learn four strokes without a teacher.

use common::check::{Check, Failure, Verdict, ensure, equal, shape};
use common::contract::Submission;
use common::contract::a2::{Neocognitron, SPlanes, Stage, TwoStageResponse};
use common::rng::Rng;

use super::about;
use super::neocognitron::PART;
use crate::oracle::array::tensor;
use crate::oracle::neocognitron::Layer;

/// The check of this part that trains.
pub fn checks() -> Vec<Check> {
    vec![Check {
        id: "neocognitron/self_organisation",
        part: PART,
        points: 2,
        proves: "Two stages that are shown four strokes learn one plane for each, without a teacher, and recognise them shifted and deformed.",
        hint: "Once the other checks pass, this one does. Only the planes of the representatives may learn.",
        run: self_organisation,
    }]
}

/// Rows and columns of the image, and half of a stroke without its middle.
const SIZE: usize = 13;
const REACH: isize = 3;
/// Directions of the strokes: across, down, and the two diagonals.
const STROKES: [(isize, isize); 4] = [(0, 1), (1, 0), (1, 1), (1, -1)];
/// How often each stage sees every stroke.
const EPOCHS: usize = 2;
/// Over 20 seeds the reference's networks recognise 0.97 to 1 of their strokes (mean 0.991, deviation 0.015), so the mean
/// of three is above 0.948 by five deviations. The mutants that this check notices do not come so far: two strokes
/// have one plane, or a stroke has none.
const RECOGNISED: f64 = 0.9;
const SEEDS: [u64; 3] = [1979, 1980, 1982];
const DEFORMED: usize = 32;

/// A bell that falls off with the distance from the middle, with the sum 1.
fn bell(size: usize, width: f64) -> Vec<f64> {
    let middle = (size / 2) as f64;
    let at = |k: usize| {
        let (i, j) = ((k / size) as f64 - middle, (k % size) as f64 - middle);
        (-(i * i + j * j) / (2.0 * width * width)).exp()
    };
    let values: Vec<f64> = (0..size * size).map(at).collect();
    let sum: f64 = values.iter().sum();
    values.into_iter().map(|value| value / sum).collect()
}

/// The stroke, moved by `shift`, with each pixel moved by one more with probability `wobble`.
fn stroke(rng: &mut Rng, number: usize, shift: (isize, isize), wobble: f64) -> Layer {
    let (down, right) = STROKES[number];
    let middle = (SIZE / 2) as isize;
    let mut pixels = Vec::new();
    for step in -REACH..=REACH {
        let mut pixel = [
            middle + step * down + shift.0,
            middle + step * right + shift.1,
        ];
        if rng.unit() < wobble {
            pixel[rng.below(2)] += rng.below(3) as isize - 1;
        }
        pixels.push(pixel);
    }
    Layer::from_fn([1, SIZE, SIZE], |[_, i, j]| {
        match pixels.contains(&[i as isize, j as isize]) {
            true => 1.0,
            false => 0.0,
        }
    })
}

/// A stage of four planes that has learned nothing: weights next to 0, which are enough for one plane to be first.
fn beginner(rng: &mut Rng, k_in: usize, r: f64, stride: usize) -> Stage {
    Stage {
        planes: SPlanes {
            a: rng.tensor([4, k_in, 5, 5], |rng| rng.uniform(0.0, 1e-3)),
            b: tensor(vec![0.0; 4], [4]),
        },
        c: tensor(bell(5, 1.5), [5, 5]),
        r,
        d: tensor(bell(5, 1.0), [5, 5]) * 6.0,
        alpha: 0.5,
        stride,
    }
}

/// Shows a layer to a stage, which learns from it, by the submission's functions. One S-column is the whole layer.
fn learn(s: &Submission, stage: &mut Stage, u: &Layer) -> Verdict {
    let v = s.v_cell(u.tensor(), stage.c.clone())?;
    let cells = s.s_cell(u.tensor(), v.clone(), stage.planes.clone(), stage.r)?;
    let [_, height, width] = u.shape;
    shape(&cells, [4, height, width]).map_err(about("s_cell"))?;
    let representatives = s.select_representatives(cells, SIZE)?;
    let fits = |cell: &common::contract::a2::Representative| {
        cell.plane < 4 && cell.row < height && cell.column < width
    };
    ensure(representatives.iter().all(fits), || {
        format!("representatives beyond the layer: {representatives:?}")
    })?;
    let (planes, c) = (stage.planes.clone(), stage.c.clone());
    stage.planes = s.winner_take_all_update(planes, u.tensor(), v, c, representatives, 100.0)?;
    shape(&stage.planes.a, [4, u.shape[0], 5, 5]).map_err(about("winner_take_all_update, a"))?;
    shape(&stage.planes.b, [4]).map_err(about("winner_take_all_update, b"))
}

/// Two stages that have learned the four strokes, the second after the first.
fn trained(s: &Submission, rng: &mut Rng) -> Result<[Stage; 2], Failure> {
    let strokes: Vec<Layer> = (0..4).map(|k| stroke(rng, k, (0, 0), 0.0)).collect();
    let mut first = beginner(rng, 1, 2.0, 2);
    for _ in 0..EPOCHS {
        for image in &strokes {
            learn(s, &mut first, image)?;
        }
    }
    let mut second = beginner(rng, 4, 1.0, 1);
    for _ in 0..EPOCHS {
        for image in &strokes {
            let below = answers(s, image, &first, &second)?.first.c;
            learn(s, &mut second, &Layer::of(&below))?;
        }
    }
    Ok([first, second])
}

/// What all cells answer to an image.
fn answers(
    s: &Submission,
    image: &Layer,
    first: &Stage,
    second: &Stage,
) -> Result<TwoStageResponse, Failure> {
    let pixels = tensor(image.values.clone(), [SIZE, SIZE]);
    let got = s.two_stage_forward(pixels, first.clone(), second.clone())?;
    let half = SIZE.div_ceil(2);
    shape(&got.first.s, [4, SIZE, SIZE]).map_err(about("first.s"))?;
    shape(&got.first.c, [4, half, half]).map_err(about("first.c"))?;
    shape(&got.second.c, [4, half, half]).map_err(about("second.c"))?;
    Ok(got)
}

/// The plane with the strongest answer anywhere, if there is one.
fn strongest(layer: &Layer) -> Option<usize> {
    let answers = layer.strongest();
    let best = (0..answers.len()).max_by(|a, b| answers[*a].total_cmp(&answers[*b]))?;
    (answers[best] > 0.0).then_some(best)
}

/// The share of shifted and deformed strokes that get the plane of their own stroke.
fn recognised(s: &Submission, seed: u64) -> Result<f64, Failure> {
    let rng = &mut Rng::new(seed);
    let [first, second] = trained(s, rng)?;
    let mut planes = Vec::new();
    for number in 0..4 {
        let image = stroke(rng, number, (0, 0), 0.0);
        let got = answers(s, &image, &first, &second)?;
        planes.push([
            strongest(&Layer::of(&got.first.s)),
            strongest(&Layer::of(&got.second.c)),
        ]);
    }
    for stage in [0, 1] {
        let mut its: Vec<Option<usize>> = planes.iter().map(|plane| plane[stage]).collect();
        its.sort_unstable();
        equal(&its, &[0, 1, 2, 3].map(Some).to_vec()).map_err(about(format_args!(
            "planes of stage {} for the strokes",
            stage + 1
        )))?;
    }
    let mut right = 0;
    for case in 0..DEFORMED {
        let shift = (rng.below(3) as isize - 1, rng.below(3) as isize - 1);
        let image = stroke(rng, case % 4, shift, 0.2);
        let got = answers(s, &image, &first, &second)?;
        if strongest(&Layer::of(&got.second.c)) == planes[case % 4][1] {
            right += 1;
        }
    }
    Ok(f64::from(right) / DEFORMED as f64)
}

fn self_organisation(s: &Submission, _: &mut Rng) -> Verdict {
    let shares = SEEDS.map(|seed| recognised(s, seed));
    let mut mean = 0.0;
    for share in shares {
        mean += share? / SEEDS.len() as f64;
    }
    ensure(mean >= RECOGNISED, || {
        format!("{mean:.3} of the deformed strokes are recognised, {RECOGNISED} are asked for")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures beside [`RECOGNISED`]: `cargo test -p hidden_a2 --lib figures -- --nocapture`.
    #[test]
    fn the_figures_of_twenty_seeds_are_above_the_threshold() {
        common::device::use_double_precision();
        let s = Submission::local(a2_cnn::parts::table());
        let shares: Vec<f64> = (0..20).map(|seed| recognised(&s, seed).unwrap()).collect();
        let mean = shares.iter().sum::<f64>() / 20.0;
        let variance = shares.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 19.0;
        println!(
            "{shares:?}: mean {mean:.4}, deviation {:.4}",
            variance.sqrt()
        );
        // The mean of three networks has a deviation smaller by the root of three.
        assert!(mean - 5.0 * (variance / 3.0).sqrt() > RECOGNISED);
    }
}
