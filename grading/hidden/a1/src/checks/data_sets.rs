//! Checks of A1.12: normalisation and splits. Those of the file formats are in [`super::data_readers`].

use common::check::{Check, Failure, Tolerance, Verdict, close_values, ensure, equal};
use common::contract::Submission;
use common::contract::a1::{DataSets, HeldOut, ImageSet, NormalisedSets};
use common::rng::Rng;

use super::about;
use super::data_readers::set_is;
use crate::oracle::data_sets as oracle;

/// The part.
pub const PART: &str = "A1.12";

/// The checks of normalisation and splits.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "data_sets/normalised",
            part: PART,
            points: 1,
            proves: "Every channel of both sets is shifted and scaled by its own mean and deviation, also where a channel never changes.",
            hint: "One mean and one deviation per channel, over all training pictures, added up in f64; no deviation, no division.",
            run: normalised,
        },
        Check {
            id: "data_sets/train_statistics",
            part: PART,
            points: 1,
            proves: "The test pictures have no say in the numbers, and do not influence each other.",
            hint: "Only training pixels may be added up.",
            run: train_statistics,
        },
        Check {
            id: "data_sets/strata",
            part: PART,
            points: 1,
            proves: "The parts are disjoint, complete and in order, and every class has its share, rounded.",
            hint: "Go class by class; round to the nearest, a half up; what is not held out is for training.",
            run: strata,
        },
        Check {
            id: "data_sets/random_split",
            part: PART,
            points: 1,
            proves: "A seed fixes the split, another one changes it, and every sample of a class has the same chance.",
            hint: "Shuffle the samples of each class with a generator made of the seed.",
            run: random_split,
        },
    ]
}

/// Pictures of normal pixels, each channel with a mean and a deviation of its own.
fn pictures(
    rng: &mut Rng,
    n: usize,
    [channels, rows, columns]: [usize; 3],
    offset: f64,
) -> ImageSet {
    let laws: Vec<(f64, f64)> = (0..channels)
        .map(|c| (offset + c as f64 + rng.unit(), rng.uniform(0.5, 3.0)))
        .collect();
    let plane = rows * columns;
    let pixels = (0..n * channels * plane).map(|p| {
        let (mean, std) = laws[p / plane % channels];
        (mean + std * rng.normal()) as f32
    });
    ImageSet {
        pixels: pixels.collect(),
        channels,
        rows,
        columns,
        labels: (0..n).map(|i| i as u8 % 10).collect(),
    }
}

/// What the set becomes with these numbers.
fn by_hand(set: &ImageSet, mean: &[f64], std: &[f64]) -> ImageSet {
    let plane = set.rows * set.columns;
    let pixels = set.pixels.iter().enumerate().map(|(p, x)| {
        let c = p / plane % set.channels;
        let scale = if std[c] < 1e-6 { 1.0 } else { std[c] };
        ((f64::from(*x) - mean[c]) / scale) as f32
    });
    ImageSet {
        pixels: pixels.collect(),
        ..set.clone()
    }
}

fn check(got: &NormalisedSets, train: &ImageSet, test: &ImageSet, absolute: f64) -> Verdict {
    let numbers = (0..train.channels).map(|c| oracle::statistics(train, c));
    let (mean, std): (Vec<f64>, Vec<f64>) = numbers.unzip();
    let tolerance = Tolerance {
        absolute: 1e-6,
        relative: 1e-9,
    };
    close_values(&got.mean, &mean, tolerance).map_err(about("mean"))?;
    close_values(&got.std, &std, tolerance).map_err(about("std"))?;
    set_is(&got.train, &by_hand(train, &mean, &std), absolute).map_err(about("train"))?;
    set_is(&got.test, &by_hand(test, &mean, &std), absolute).map_err(about("test"))
}

fn normalised(s: &Submission, rng: &mut Rng) -> Verdict {
    for shape in [[3, 2, 5], [1, 4, 3], [2, 1, 1]] {
        let train = pictures(rng, 8, shape, 0.0);
        for test in [pictures(rng, 3, shape, 1.0), pictures(rng, 0, shape, 0.0)] {
            let got = s.normalise(train.clone(), test.clone())?;
            check(&got, &train, &test, 1e-5).map_err(about(format_args!("{shape:?}")))?;
        }
    }

    // A channel of one value, in training only: the test pictures are centred, not scaled.
    let shape = [2, 3, 4];
    let mut train = pictures(rng, 5, shape, 0.0);
    for (p, x) in train.pixels.iter_mut().enumerate() {
        if p / 12 % 2 == 1 {
            *x = 0.3;
        }
    }
    let test = pictures(rng, 2, shape, 0.0);
    let got = s.normalise(train.clone(), test.clone())?;
    check(&got, &train, &test, 1e-5).map_err(about("a constant channel"))?;

    // Far from 0, where single precision has 8e-6 for a pixel and loses sums: the mean of 6000 numbers near 100
    // is off by about 2e-4 when they are added up in f32, two hundred times the limit.
    let shape = [1, 20, 20];
    let train = pictures(rng, 15, shape, 100.0);
    let test = pictures(rng, 1, shape, 100.0);
    let got = s.normalise(train.clone(), test.clone())?;
    check(&got, &train, &test, 1e-4).map_err(about("pixels near 100"))
}

/// Compares the pixels bit for bit.
fn same_pixels(got: &[f32], want: &[f32]) -> Verdict {
    let bits = |pixels: &[f32]| pixels.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    ensure(bits(got) == bits(want), || "other pixels".into())
}

fn train_statistics(s: &Submission, rng: &mut Rng) -> Verdict {
    let shape = [2, 3, 4];
    let train = pictures(rng, 6, shape, 0.0);
    let (test, far) = (pictures(rng, 3, shape, 0.0), pictures(rng, 9, shape, 50.0));
    let one = s.normalise(train.clone(), test.clone())?;
    check(&one, &train, &test, 1e-5)?;
    let other = s.normalise(train.clone(), far)?;
    equal(&other.mean, &one.mean).map_err(about("mean with other test pictures"))?;
    equal(&other.std, &one.std).map_err(about("std with other test pictures"))?;
    same_pixels(&other.train.pixels, &one.train.pixels)
        .map_err(about("training pictures with other test pictures"))?;

    // The first test picture alone is what it was among three.
    let alone = ImageSet {
        pixels: test.pixels[..24].to_vec(),
        labels: test.labels[..1].to_vec(),
        ..test
    };
    let single = s.normalise(train.clone(), alone)?;
    ensure(one.test.pixels.len() == 72, || {
        "test pictures are missing".into()
    })?;
    same_pixels(&single.test.pixels, &one.test.pixels[..24]).map_err(about("a test picture alone"))
}

/// The parts of a split that is complete, disjoint, in order, and has the right numbers of every class.
fn split(s: &Submission, labels: &[u8], share: f64, seed: u64) -> Result<HeldOut, Failure> {
    let got = s.stratified_split(labels.to_vec(), share, seed)?;
    let here = || {
        for (name, part) in [("train", &got.train), ("validation", &got.validation)] {
            ensure(part.windows(2).all(|two| two[0] < two[1]), || {
                format!("{name} is not in ascending order")
            })?;
        }
        let mut all = [&got.train[..], &got.validation].concat();
        all.sort_unstable();
        equal(&all, &(0..labels.len()).collect()).map_err(about("both parts, sorted"))?;
        for class in 0..=u8::MAX {
            let size = labels.iter().filter(|label| **label == class).count();
            let want = (share * size as f64 + 0.5).floor() as usize;
            let held_out = got.validation.iter().filter(|i| labels[**i] == class);
            equal(&held_out.count(), &want)
                .map_err(about(format_args!("held out of {size} of class {class}")))?;
        }
        Ok(())
    };
    here().map_err(about(format_args!("share {share} of {labels:?}")))?;
    Ok(got)
}

/// Labels with so many samples of each class, in random order.
fn mixed(rng: &mut Rng, counts: &[(u8, usize)]) -> Vec<u8> {
    let mut labels: Vec<u8> = counts
        .iter()
        .flat_map(|(class, count)| vec![*class; *count])
        .collect();
    rng.shuffle(&mut labels);
    labels
}

/// A quarter of 40, 17, 9, 6, 2 and 1 is 10, 4.25, 2.25, 1.5, 0.5 and 0.25: rounded 10, 4, 2, 2, 1 and 0.
fn strata(s: &Submission, rng: &mut Rng) -> Verdict {
    let counts = [(3, 40), (0, 17), (9, 9), (255, 6), (7, 2), (1, 1)];
    let labels = mixed(rng, &counts);
    for share in [0.25, 0.5, 0.75, 0.0, 1.0] {
        split(s, &labels, share, rng.next_u64())?;
    }
    let skewed = mixed(rng, &[(0, 90), (1, 10)]);
    split(s, &skewed, 0.2, rng.next_u64())?;
    split(s, &[], 0.5, rng.next_u64())?;
    split(s, &[5], 0.5, rng.next_u64())?;
    Ok(())
}

fn random_split(s: &Submission, rng: &mut Rng) -> Verdict {
    let labels = mixed(rng, &[(0, 30), (4, 24)]);
    let seed = rng.next_u64();
    let (one, again) = (split(s, &labels, 0.5, seed)?, split(s, &labels, 0.5, seed)?);
    equal(&again.validation, &one.validation).map_err(about("the same seed"))?;
    // Two of C(30, 15) C(24, 12), 4e14 splits.
    let other = split(s, &labels, 0.5, seed ^ 1)?;
    ensure(other.validation != one.validation, || {
        "two seeds have the same split".into()
    })?;

    // In 400 splits each sample is held out 200 times, with a deviation of 10. The limit is 7 of them;
    // a sample that always is, or never, is 20 away.
    let labels = mixed(rng, &[(2, 8), (6, 4)]);
    let mut counts = vec![0usize; labels.len()];
    for _ in 0..400 {
        for i in split(s, &labels, 0.5, rng.next_u64())?.validation {
            counts[i] += 1;
        }
    }
    for (i, count) in counts.iter().enumerate() {
        ensure(count.abs_diff(200) <= 70, || {
            format!("sample {i} of {labels:?} is held out in {count} of 400 splits, not about 200")
        })?;
    }
    Ok(())
}
