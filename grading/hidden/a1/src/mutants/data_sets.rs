//! Mutants of A1.12: normalisation and splits. Those of the file formats are in [`super::data_readers`].

use a1_backprop::parts::data_sets as reference;
use common::contract::a1::{HeldOut, ImageSet, NormalisedSets};
use common::rng::Rng;
use hidden_suite::Mutant;

/// The part.
pub const PART: &str = "A1.12";

/// The mutants of normalisation and splits.
pub fn mutants() -> Vec<Mutant> {
    [normalisation(), splits()].into_iter().flatten().collect()
}

/// The channel of pixel `p`.
fn channel(set: &ImageSet, p: usize) -> usize {
    p / (set.rows * set.columns) % set.channels
}

/// The set with these numbers.
fn scaled(set: &ImageSet, mean: &[f64], std: &[f64]) -> ImageSet {
    let pixels = set.pixels.iter().enumerate().map(|(p, x)| {
        let c = channel(set, p);
        ((f64::from(*x) - mean[c]) / if std[c] < 1e-6 { 1.0 } else { std[c] }) as f32
    });
    ImageSet {
        pixels: pixels.collect(),
        ..set.clone()
    }
}

/// Both sets with other numbers than those of the reference.
fn with_numbers(
    train: &ImageSet,
    test: &ImageSet,
    mean: Vec<f64>,
    std: Vec<f64>,
) -> NormalisedSets {
    NormalisedSets {
        train: scaled(train, &mean, &std),
        test: scaled(test, &mean, &std),
        mean,
        std,
    }
}

/// The numbers that the reference finds for `train`.
fn numbers(train: &ImageSet) -> (Vec<f64>, Vec<f64>) {
    let got = reference::normalise(train.clone(), none(train));
    (got.mean, got.std)
}

/// No pictures of the same kind.
fn none(set: &ImageSet) -> ImageSet {
    ImageSet {
        pixels: vec![],
        labels: vec![],
        ..set.clone()
    }
}

/// The first `n` pictures.
fn first(set: &ImageSet, n: usize) -> ImageSet {
    ImageSet {
        pixels: set.pixels[..n * set.channels * set.rows * set.columns].to_vec(),
        labels: set.labels[..n].to_vec(),
        ..set.clone()
    }
}

fn normalisation() -> Vec<Mutant> {
    vec![
        mutant!(
            data_sets.normalise / "test_in_the_mean",
            "the numbers are those of both sets together",
            |train, test| {
                let both = ImageSet {
                    pixels: [&train.pixels[..], &test.pixels].concat(),
                    labels: [&train.labels[..], &test.labels].concat(),
                    ..train.clone()
                };
                let (mean, std) = numbers(&both);
                with_numbers(&train, &test, mean, std)
            }
        ),
        mutant!(
            data_sets.normalise / "test_by_itself",
            "the test pictures are normalised with their own numbers",
            |train, test| {
                let own = reference::normalise(test.clone(), none(&test));
                let right = reference::normalise(train, test);
                NormalisedSets {
                    test: own.train,
                    ..right
                }
            }
        ),
        mutant!(
            data_sets.normalise / "test_as_it_was",
            "the test pictures are not normalised",
            |train, test| NormalisedSets {
                test: test.clone(),
                ..reference::normalise(train, test)
            }
        ),
        mutant!(
            data_sets.normalise / "each_picture",
            "every picture is normalised with its own numbers",
            |train, test| {
                let each = |set: &ImageSet| {
                    let size = set.channels * set.rows * set.columns;
                    let pixels = set.pixels.chunks(size).flat_map(|picture| {
                        let one = ImageSet {
                            pixels: picture.to_vec(),
                            labels: vec![0],
                            ..set.clone()
                        };
                        let (mean, std) = numbers(&one);
                        scaled(&one, &mean, &std).pixels
                    });
                    ImageSet {
                        pixels: pixels.collect(),
                        ..set.clone()
                    }
                };
                let (mean, std) = numbers(&train);
                NormalisedSets {
                    train: each(&train),
                    test: each(&test),
                    mean,
                    std,
                }
            }
        ),
        mutant!(
            data_sets.normalise / "channels_together",
            "one mean and one deviation for all channels",
            |train, test| {
                let grey = ImageSet {
                    channels: 1,
                    rows: train.rows * train.channels,
                    ..train.clone()
                };
                let (mean, std) = numbers(&grey);
                let all = |number: Vec<f64>| vec![number[0]; train.channels];
                with_numbers(&train, &test, all(mean), all(std))
            }
        ),
        mutant!(
            data_sets.normalise / "channels_interleaved",
            "the channel of pixel p is p modulo their number",
            |train, test| {
                let channels = train.channels;
                let own = |c: usize| train.pixels.iter().skip(c).step_by(channels);
                let m = (train.pixels.len() / channels) as f64;
                let sum = |c: usize, power: i32, center: f64| -> f64 {
                    own(c).map(|x| (f64::from(*x) - center).powi(power)).sum()
                };
                let mean: Vec<f64> = (0..channels).map(|c| sum(c, 1, 0.0) / m).collect();
                let std = (0..channels)
                    .map(|c| (sum(c, 2, mean[c]) / m).sqrt())
                    .collect();
                with_numbers(&train, &test, mean, std)
            }
        ),
        mutant!(
            data_sets.normalise / "first_picture",
            "the numbers are those of the first picture",
            |train, test| {
                let (mean, std) = numbers(&first(&train, 1));
                with_numbers(&train, &test, mean, std)
            }
        ),
        mutant!(
            data_sets.normalise / "last_picture_missing",
            "the last training picture is not counted",
            |train, test| {
                let (mean, std) = numbers(&first(&train, train.labels.len() - 1));
                with_numbers(&train, &test, mean, std)
            }
        ),
        mutant!(
            data_sets.normalise / "over_m_minus_one",
            "the unbiased estimate of the variance",
            |train, test| {
                let m = (train.pixels.len() / train.channels) as f64;
                let (mean, std) = numbers(&train);
                let std = std.iter().map(|s| s * (m / (m - 1.0)).sqrt()).collect();
                with_numbers(&train, &test, mean, std)
            }
        ),
        mutant!(
            data_sets.normalise / "variance",
            "divided by the variance",
            |train, test| {
                let (mean, std) = numbers(&train);
                let variance = std.iter().map(|s| s * s).collect();
                with_numbers(&train, &test, mean, variance)
            }
        ),
        mutant!(
            data_sets.normalise / "root_mean_square",
            "the deviation is from 0, not from the mean",
            |train, test| {
                let (mean, std) = numbers(&train);
                let power = mean.iter().zip(&std).map(|(m, s)| m.hypot(*s)).collect();
                with_numbers(&train, &test, mean, power)
            }
        ),
        mutant!(
            data_sets.normalise / "only_centred",
            "nothing is divided",
            |train, test| {
                let (mean, std) = numbers(&train);
                let ones = vec![1.0; std.len()];
                NormalisedSets {
                    std,
                    ..with_numbers(&train, &test, mean, ones)
                }
            }
        ),
        mutant!(
            data_sets.normalise / "not_centred",
            "nothing is subtracted",
            |train, test| {
                let (mean, std) = numbers(&train);
                let zeros = vec![0.0; std.len()];
                NormalisedSets {
                    mean,
                    ..with_numbers(&train, &test, zeros, std)
                }
            }
        ),
        mutant!(
            data_sets.normalise / "divides_by_zero",
            "a channel that never changes is divided by its deviation",
            |train, test| {
                let (mean, std) = numbers(&train);
                let tiny = std.iter().map(|s| s.max(1e-5)).collect();
                NormalisedSets {
                    std,
                    ..with_numbers(&train, &test, mean, tiny)
                }
            }
        ),
        mutant!(
            data_sets.normalise / "single_precision",
            "sums are in f32",
            |train, test| {
                let channels = train.channels;
                let (mut sums, mut squares) = (vec![0f32; channels], vec![0f32; channels]);
                let m = (train.pixels.len() / channels) as f32;
                for (p, x) in train.pixels.iter().enumerate() {
                    sums[channel(&train, p)] += x;
                    squares[channel(&train, p)] += x * x;
                }
                let mean: Vec<f64> = sums.iter().map(|s| f64::from(s / m)).collect();
                let variance = squares.iter().zip(&mean);
                let std = variance.map(|(q, a)| (f64::from(q / m) - a * a).max(0.0).sqrt());
                let std = std.collect();
                with_numbers(&train, &test, mean, std)
            }
        ),
        mutant!(
            data_sets.normalise / "labels_lost",
            "the sets come back without labels",
            |train, test| {
                let mut got = reference::normalise(train, test);
                got.train.labels.clear();
                got
            }
        ),
    ]
}

fn splits() -> Vec<Mutant> {
    vec![
        mutant!(
            data_sets.stratified_split / "not_stratified",
            "the share is drawn from all samples",
            |labels, share, seed| {
                let mut order = Rng::new(seed).permutation(labels.len());
                order.truncate((share * labels.len() as f64).round() as usize);
                held_out(labels.len(), order)
            }
        ),
        mutant!(
            data_sets.stratified_split / "rounded_down",
            "share n_c is rounded down",
            |labels, share, seed| by_class(&labels, seed, |n| (share * n as f64) as usize)
        ),
        mutant!(
            data_sets.stratified_split / "rounded_up",
            "share n_c is rounded up",
            |labels, share, seed| by_class(&labels, seed, |n| (share * n as f64).ceil() as usize)
        ),
        mutant!(
            data_sets.stratified_split / "at_least_one",
            "every class has a sample in validation",
            |labels, share, seed| {
                by_class(&labels, seed, |n| {
                    ((share * n as f64).round() as usize).max(1)
                })
            }
        ),
        mutant!(
            data_sets.stratified_split / "half_to_even",
            "a half is rounded to the even number",
            |labels, share, seed| {
                by_class(&labels, seed, |n| {
                    (share * n as f64).round_ties_even() as usize
                })
            }
        ),
        mutant!(
            data_sets.stratified_split / "equal_numbers",
            "every class has as many samples in validation as the smallest",
            |labels, share, seed| {
                let sizes = (0..=u8::MAX).map(|c| labels.iter().filter(|l| **l == c).count());
                let least = sizes.filter(|n| *n > 0).min().unwrap_or(0);
                by_class(&labels, seed, |_| (share * least as f64).round() as usize)
            }
        ),
        mutant!(
            data_sets.stratified_split / "the_first_of_each",
            "the first samples of each class are held out",
            |labels, share, _| {
                let mut held = vec![];
                for class in 0..=u8::MAX {
                    let own = (0..labels.len()).filter(|i| labels[*i] == class);
                    let members: Vec<usize> = own.collect();
                    let n = (share * members.len() as f64).round() as usize;
                    held.extend(&members[..n]);
                }
                held_out(labels.len(), held)
            }
        ),
        mutant!(
            data_sets.stratified_split / "ignores_seed",
            "every seed has the same split",
            |labels, share, _| reference::stratified_split(labels, share, 42)
        ),
        mutant!(
            data_sets.stratified_split / "ten_classes",
            "classes above 9 are all for training",
            |labels, share, seed| {
                let right = reference::stratified_split(labels.clone(), share, seed);
                let few = right.validation.into_iter().filter(|i| labels[*i] < 10);
                held_out(labels.len(), few.collect())
            }
        ),
        mutant!(
            data_sets.stratified_split / "parts_swapped",
            "the share is for training",
            |labels, share, seed| {
                let HeldOut { train, validation } =
                    reference::stratified_split(labels, share, seed);
                HeldOut {
                    train: validation,
                    validation: train,
                }
            }
        ),
        mutant!(
            data_sets.stratified_split / "overlap",
            "what is held out is trained on as well",
            |labels, share, seed| HeldOut {
                train: (0..labels.len()).collect(),
                ..reference::stratified_split(labels, share, seed)
            }
        ),
        mutant!(
            data_sets.stratified_split / "last_sample_missing",
            "the last sample is in neither part",
            |mut labels, share, seed| {
                labels.pop();
                reference::stratified_split(labels, share, seed)
            }
        ),
        mutant!(
            data_sets.stratified_split / "in_order_of_classes",
            "validation is in the order of the classes",
            |labels, share, seed| {
                let mut got = reference::stratified_split(labels.clone(), share, seed);
                got.validation.sort_by_key(|i| labels[*i]);
                got
            }
        ),
        mutant!(
            data_sets.stratified_split / "positions_in_the_class",
            "indices count the samples of a class, not all",
            |labels, share, seed| {
                let mut got = reference::stratified_split(labels.clone(), share, seed);
                for i in &mut got.validation {
                    let class = labels[*i];
                    *i = labels[..*i].iter().filter(|label| **label == class).count();
                }
                got.validation.sort_unstable();
                got
            }
        ),
    ]
}

/// All but `validation` is for training.
fn held_out(n: usize, mut validation: Vec<usize>) -> HeldOut {
    validation.sort_unstable();
    HeldOut {
        train: (0..n).filter(|i| !validation.contains(i)).collect(),
        validation,
    }
}

/// Of the `n` samples of each class `number(n)` are held out.
fn by_class(labels: &[u8], seed: u64, number: impl Fn(usize) -> usize) -> HeldOut {
    let mut rng = Rng::new(seed);
    let mut held = vec![];
    for class in 0..=u8::MAX {
        let own = (0..labels.len()).filter(|i| labels[*i] == class);
        let mut members: Vec<usize> = own.collect();
        rng.shuffle(&mut members);
        members.truncate(if members.is_empty() {
            0
        } else {
            number(members.len())
        });
        held.extend(members);
    }
    held_out(labels.len(), held)
}
