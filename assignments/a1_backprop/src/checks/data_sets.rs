//! Public checks of A1.12.

use common::check::{Check, Failure, Part, Tolerance, Verdict, close_values, ensure, equal};
use common::contract::Submission;
use common::contract::a1::{DataSets, ImageSet};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.12",
    title: "Data: readers, normalisation, splits",
    module: "data_sets",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/data_sets.rs and write parse_cifar: bytes in records of 3073.",
    hints: &[
        "Read the sizes first, then compare what they ask for with what is there, and only then take \
         anything. u32::from_be_bytes makes a size of four bytes; checked_mul multiplies sizes that may \
         be lies. A result of one reader goes on with `?`.",
        "normalise: one pass over the training pixels for each channel's mean, a second for its squares \
         around the mean, then both sets through the same two numbers. stratified_split: for each class \
         the list of its indices, shuffled; the first share n_c of it, rounded, is held out; sort both lists.",
    ],
    hidden_checks: 12,
    forbidden: rules::DATA_SETS,
};

/// The public checks of A1.12.
pub const CHECKS: &[Check] = &[
    Check {
        id: "data_sets/idx",
        part: "A1.12",
        points: 1,
        proves: "the IDX file of the handout is read, and one that is cut is refused",
        hint: "four bytes of magic, then four for each axis with the most significant first, then the elements",
        run: idx,
    },
    Check {
        id: "data_sets/mnist",
        part: "A1.12",
        points: 1,
        proves: "pictures of 3 rows and 5 columns get their sizes, their pixels and their labels",
        hint: "the axes are n, rows, columns, in this order; a byte is divided by 255",
        run: mnist,
    },
    Check {
        id: "data_sets/zip_digits",
        part: "A1.12",
        points: 1,
        proves: "zip-code digits are read in both spellings of the class",
        hint: "split each line at white space; the first number is the class, 256 grey values follow",
        run: zip_digits,
    },
    Check {
        id: "data_sets/cifar",
        part: "A1.12",
        points: 1,
        proves: "red, green and blue of a CIFAR picture end in their own planes",
        hint: "the planes come in the order in which pixels wants them: nothing is interleaved",
        run: cifar,
    },
    Check {
        id: "data_sets/normalise",
        part: "A1.12",
        points: 1,
        proves: "both sets of the handout's example are normalised with the training set's numbers",
        hint: "mean and std of the training pictures alone, one pair per channel, dividing by the number of pixels",
        run: normalise,
    },
    Check {
        id: "data_sets/split",
        part: "A1.12",
        points: 1,
        proves: "every class has its share in both parts, no sample is lost, a seed fixes the split",
        hint: "split each class on its own, then sort both lists of indices",
        run: split,
    },
];

/// What a reader gave, where it must not refuse.
fn accepted<T>(function: &str, result: Result<T, String>) -> Result<T, Failure> {
    result.map_err(|error| Failure::wrong(format!("{function} refused a good file: {error}")))
}

/// Compares pixels, with the digits that single precision has.
fn pixels(got: &[f32], want: &[f64]) -> Verdict {
    let got: Vec<f64> = got.iter().map(|x| f64::from(*x)).collect();
    let tolerance = Tolerance {
        absolute: 1e-6,
        relative: 1e-6,
    };
    close_values(&got, want, tolerance).map_err(|failure| failure.about("pixels"))
}

/// Compares the sizes of the pictures and the labels.
fn sizes(got: &ImageSet, want: [usize; 3], labels: &[u8]) -> Verdict {
    equal(&[got.channels, got.rows, got.columns], &want)
        .map_err(|failure| failure.about("channels, rows, columns"))?;
    equal(&got.labels, &labels.to_vec()).map_err(|failure| failure.about("labels"))
}

/// The handout's two files: two pictures of 3 rows and 5 columns, and their labels.
fn files() -> (Vec<u8>, Vec<u8>) {
    let mut images = vec![0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 5];
    images.extend((0..30).map(|i| i * 8));
    (images, vec![0, 0, 8, 1, 0, 0, 0, 2, 4, 7])
}

fn idx(submission: &Submission, _: &mut Rng) -> Verdict {
    let (images, labels) = files();
    for (bytes, shape) in [(images, vec![2, 3, 5]), (labels, vec![2])] {
        let input = format!("bytes {bytes:?}");
        let got = accepted("parse_idx", submission.parse_idx(bytes.clone())?)?;
        let start = 4 + 4 * shape.len();
        equal(&got.shape, &shape)
            .map_err(|failure| failure.about("parse_idx, shape").on_input(&input))?;
        equal(&got.values, &bytes[start..].to_vec())
            .map_err(|failure| failure.about("parse_idx, values").on_input(&input))?;
        let cut = bytes[..bytes.len() - 1].to_vec();
        ensure(submission.parse_idx(cut)?.is_err(), || {
            format!("parse_idx took a file whose last byte is missing\n  input: {input}, cut")
        })?;
    }
    Ok(())
}

fn mnist(submission: &Submission, _: &mut Rng) -> Verdict {
    let (images, labels) = files();
    let got = submission.parse_mnist(images, labels.clone())?;
    let got = accepted("parse_mnist", got)?;
    let want: Vec<f64> = (0..30).map(|i| f64::from(8 * i) / 255.0).collect();
    sizes(&got, [1, 3, 5], &[4, 7])
        .and_then(|()| pixels(&got.pixels, &want))
        .map_err(|failure| {
            failure
                .about("parse_mnist")
                .on_input("the handout's two files")
        })?;

    let (images, _) = files();
    let three = [0, 0, 8, 1, 0, 0, 0, 3, 4, 7, 1].to_vec();
    ensure(submission.parse_mnist(images, three)?.is_err(), || {
        "parse_mnist took two pictures with three labels".into()
    })
}

fn zip_digits(submission: &Submission, _: &mut Rng) -> Verdict {
    // From paper to ink in 256 steps, and nothing but ink.
    let ramp: Vec<String> = (0..256)
        .map(|i| format!("{:.4}", i as f64 / 127.5 - 1.0))
        .collect();
    let ink = vec!["1.0000"; 256];
    let text = format!("6.0000 {} \n9 {}\n", ramp.join(" "), ink.join(" "));
    let got = accepted("parse_zip_digits", submission.parse_zip_digits(text)?)?;
    let ramp = ramp.iter().map(|grey| grey.parse::<f64>());
    let mut want: Vec<f64> = ramp
        .map(|grey| (grey.expect("was a number") + 1.0) / 2.0)
        .collect();
    want.resize(512, 1.0);
    sizes(&got, [1, 16, 16], &[6, 9])
        .and_then(|()| pixels(&got.pixels, &want))
        .map_err(|failure| {
            failure.about("parse_zip_digits").on_input(
                "two lines: 6.0000 with 256 greys from -1 to 1 and a blank, 9 with 256 ones",
            )
        })?;

    let short = format!("3 {}\n", ink[1..].join(" "));
    ensure(submission.parse_zip_digits(short)?.is_err(), || {
        "parse_zip_digits took a line with 255 grey values".into()
    })
}

fn cifar(submission: &Submission, _: &mut Rng) -> Verdict {
    let mut bytes = vec![3];
    for (plane, start) in [10, 100, 200].into_iter().enumerate() {
        bytes.extend((0..1024).map(|i| start + (i + plane) as u8 % 50));
    }
    let got = accepted("parse_cifar", submission.parse_cifar(bytes.clone())?)?;
    let want: Vec<f64> = bytes[1..].iter().map(|b| f64::from(*b) / 255.0).collect();
    sizes(&got, [3, 32, 32], &[3])
        .and_then(|()| pixels(&got.pixels, &want))
        .map_err(|failure| {
            failure.about("parse_cifar").on_input(
                "one record: label 3, red from 10 up, green from 100 up, blue from 200 up",
            )
        })?;
    bytes.push(0);
    ensure(submission.parse_cifar(bytes)?.is_err(), || {
        "parse_cifar took 3074 bytes, which are not whole records".into()
    })
}

/// The handout's pictures of two channels and two pixels.
fn normalise(submission: &Submission, _: &mut Rng) -> Verdict {
    let set = |pixels: &[f32], labels: &[u8]| ImageSet {
        pixels: pixels.to_vec(),
        channels: 2,
        rows: 1,
        columns: 2,
        labels: labels.to_vec(),
    };
    let train = set(&[1.0, 3.0, 10.0, 30.0, 5.0, 7.0, 30.0, 10.0], &[0, 1]);
    let test = set(&[4.0, 9.0, 20.0, 50.0], &[1]);
    let got = submission.normalise(train, test)?;
    let root = 5f64.sqrt();
    let check = || {
        for (name, got, want) in [
            ("mean", &got.mean, [4.0, 20.0]),
            ("std", &got.std, [root, 10.0]),
        ] {
            close_values(got, &want, Tolerance::EXACT).map_err(|failure| failure.about(name))?;
        }
        let train = [-3.0, -1.0, -root, root, 1.0, 3.0, root, -root].map(|x| x / root);
        pixels(&got.train.pixels, &train).map_err(|failure| failure.about("train"))?;
        sizes(&got.train, [2, 1, 2], &[0, 1]).map_err(|failure| failure.about("train"))?;
        pixels(&got.test.pixels, &[0.0, 5.0 / root, 0.0, 3.0])
            .map_err(|failure| failure.about("test"))?;
        sizes(&got.test, [2, 1, 2], &[1]).map_err(|failure| failure.about("test"))
    };
    check().map_err(|failure: Failure| {
        failure.about("normalise").on_input(
            "two channels, 1 row, 2 columns; train [1, 3 | 10, 30] and [5, 7 | 30, 10], test [4, 9 | 20, 50]",
        )
    })
}

/// Ten samples of class 7, five of class 2 and one of class 0.
fn split(submission: &Submission, rng: &mut Rng) -> Verdict {
    let mut labels = [vec![7; 10], vec![2; 5], vec![0]].concat();
    rng.shuffle(&mut labels);
    let seed = rng.next_u64();
    let input = format!("labels {labels:?}, share 0.3, seed {seed}");
    let draw = |seed| submission.stratified_split(labels.clone(), 0.3, seed);
    let (got, again) = (draw(seed)?, draw(seed)?);
    let check = || {
        let mut all = [&got.train[..], &got.validation].concat();
        all.sort_unstable();
        equal(&all, &(0..16).collect()).map_err(|failure| failure.about("both parts, sorted"))?;
        for (part, indices) in [("train", &got.train), ("validation", &got.validation)] {
            ensure(indices.is_sorted(), || {
                format!("{part} is not in ascending order: {indices:?}")
            })?;
        }
        // 0.3 of 10 is 3, of 5 it is 1.5 and rounded 2, of 1 it is 0.3 and rounded 0.
        for (class, want) in [(7, 3), (2, 2), (0, 0)] {
            let held_out = got.validation.iter().filter(|i| labels[**i] == class);
            equal(&held_out.count(), &want).map_err(|failure| {
                failure.about(format!("samples of class {class} in validation"))
            })?;
        }
        equal(&again.validation, &got.validation)
            .map_err(|failure| failure.about("validation once more with the same seed"))
    };
    check().map_err(|failure: Failure| failure.about("stratified_split").on_input(input))
}
