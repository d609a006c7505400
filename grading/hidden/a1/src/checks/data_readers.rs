//! Checks of A1.12: the three file formats.

use common::check::{Check, Failure, Tolerance, Verdict, close_values, ensure, equal};
use common::contract::Submission;
use common::contract::a1::{DataSets, ImageSet};
use common::rng::Rng;

use super::about;
use super::data_sets::PART;
use crate::oracle::data_sets::{Pictures, idx, zip_line};

/// The checks of the readers.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "data_sets/idx_values",
            part: PART,
            points: 1,
            proves: "IDX arrays of one to four axes have their shape and their elements, with sizes above 255 and of 0.",
            hint: "The sizes are 32 bits, most significant byte first, and where they end depends on the number of axes.",
            run: idx_values,
        },
        Check {
            id: "data_sets/idx_refused",
            part: PART,
            points: 2,
            proves: "A wrong magic number, a short file, trailing bytes and sizes that lie are errors.",
            hint: "Cut the file at every length and change each of its first four bytes. How large may a product of sizes get?",
            run: idx_refused,
        },
        Check {
            id: "data_sets/mnist_pictures",
            part: PART,
            points: 2,
            proves: "Pictures that are not square have every pixel, size and label in its place.",
            hint: "Rows come before columns, picture i belongs to label i, and 255 is 1.",
            run: mnist_pictures,
        },
        Check {
            id: "data_sets/mnist_refused",
            part: PART,
            points: 1,
            proves: "Files that do not belong together, other axes, and labels above 9 are errors.",
            hint: "Compare the number of pictures with that of labels; look at the number of axes of both, and at every label.",
            run: mnist_refused,
        },
        Check {
            id: "data_sets/zip_values",
            part: PART,
            points: 1,
            proves: "Zip-code digits are read in both spellings, with blanks at the end and lines that are blank.",
            hint: "-1 is 0 and 1 is 1; the class is the first number of the line, as 6 or as 6.0000.",
            run: zip_digits,
        },
        Check {
            id: "data_sets/zip_refused",
            part: PART,
            points: 1,
            proves: "A line that is too short or long, a wrong class, and a grey value that is none are errors.",
            hint: "Rust parses nan and inf too. A class of 2.5 is none. An empty file is no data set.",
            run: zip_refused,
        },
        Check {
            id: "data_sets/cifar_planes",
            part: PART,
            points: 1,
            proves: "Red, green and blue of every record end in their planes, row by row, with the right label.",
            hint: "A record is a label and 3 planes of 32 rows; pixels wants them in the same order.",
            run: cifar_planes,
        },
        Check {
            id: "data_sets/cifar_refused",
            part: PART,
            points: 1,
            proves: "An empty file, a record that is cut, and a label above 9 are errors.",
            hint: "What is the remainder of the length by 3073?",
            run: cifar_refused,
        },
    ]
}

/// What a reader gave for a file that is good.
fn accepted<T>(result: Result<T, String>) -> Result<T, Failure> {
    result.map_err(|error| Failure::wrong(format!("a good file was refused: {error}")))
}

/// A bad file must be an error.
fn refused<T>(result: Result<T, String>, what: &str) -> Verdict {
    ensure(result.is_err(), || format!("{what} was accepted"))
}

/// Compares two sets, pixels with the digits that single precision has.
pub fn set_is(got: &ImageSet, want: &ImageSet, absolute: f64) -> Verdict {
    let sizes = |set: &ImageSet| [set.channels, set.rows, set.columns];
    equal(&sizes(got), &sizes(want)).map_err(about("channels, rows, columns"))?;
    equal(&got.labels, &want.labels).map_err(about("labels"))?;
    let numbers =
        |set: &ImageSet| -> Vec<f64> { set.pixels.iter().map(|x| f64::from(*x)).collect() };
    let tolerance = Tolerance {
        absolute,
        relative: 1e-6,
    };
    close_values(&numbers(got), &numbers(want), tolerance).map_err(about("pixels"))
}

fn bytes(rng: &mut Rng, n: usize) -> Vec<u8> {
    (0..n).map(|_| rng.next_u64() as u8).collect()
}

fn idx_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for shape in [
        vec![rng.between(2, 9)],
        vec![3, 300 + rng.below(200)],
        vec![2, 3, 5],
        vec![3, 2, 5, 4],
        vec![70_000],
        vec![0, 28, 28],
        vec![0],
    ] {
        let values = bytes(rng, shape.iter().product());
        let got = accepted(s.parse_idx(idx(&shape, &values))?)
            .map_err(about(format_args!("shape {shape:?}")))?;
        equal(&got.shape, &shape).map_err(about("shape"))?;
        ensure(got.values == values, || {
            format!("the elements of shape {shape:?} are others")
        })?;
    }
    Ok(())
}

fn idx_refused(s: &Submission, rng: &mut Rng) -> Verdict {
    let shape = [2, 3, 5];
    let values = bytes(rng, 30);
    let good = idx(&shape, &values);
    accepted(s.parse_idx(good.clone())?)?;

    let changed = |at: usize, byte: u8| {
        let mut file = good.clone();
        file[at] = byte;
        file
    };
    for (at, byte) in [(0, 1), (0, 8), (1, 1), (2, 0), (2, 9), (2, 0x0d)] {
        let what = format!("a magic number with {byte} in place of {}", good[at]);
        refused(s.parse_idx(changed(at, byte))?, &what)?;
    }
    // With as many elements as the sizes ask for, so that nothing but the number of axes is wrong.
    refused(s.parse_idx(idx(&[], &[7]))?, "an array without axes")?;
    refused(
        s.parse_idx(idx(&[1, 2, 1, 2, 1], &values[..4]))?,
        "an array of five axes",
    )?;
    refused(
        s.parse_idx(changed(3, 2))?,
        "an array of three axes that says it has two",
    )?;

    for left in 0..good.len() {
        let what = format!("a file cut to {left} of {} bytes", good.len());
        refused(s.parse_idx(good[..left].to_vec())?, &what)?;
    }
    for more in [1, 2, 15] {
        let what = format!("a file with {more} bytes after its end");
        refused(
            s.parse_idx([good.clone(), bytes(rng, more)].concat())?,
            &what,
        )?;
    }
    // Sizes whose product is 2^64, which is 0 in 64 bits, and some that are merely huge.
    let (half, all) = (1 << 16, (1 << 32) - 1);
    for (lie, held) in [
        (vec![half; 4], 0),
        (vec![1 << 31, 4, 1 << 31], 0),
        (vec![all; 4], 1),
        (vec![all, all], 1),
        (vec![all], 100),
    ] {
        let what = format!("a file of {held} bytes that says it has shape {lie:?}");
        refused(s.parse_idx(idx(&lie, &bytes(rng, held)))?, &what)?;
    }
    Ok(())
}

fn mnist_pictures(s: &Submission, rng: &mut Rng) -> Verdict {
    for (n, shape) in [
        (7, [1, 3, 5]),
        (4, [1, 6, 2]),
        (3, [1, 28, 28]),
        (1, [1, 1, 9]),
        (0, [1, 4, 2]),
    ] {
        let pictures = Pictures::random(rng, n, shape);
        let (images, labels) = pictures.idx_files();
        let got = accepted(s.parse_mnist(images, labels)?)?;
        set_is(&got, &pictures.set(), 1e-6)
            .map_err(about(format_args!("{n} pictures of {shape:?}")))?;
    }
    Ok(())
}

fn mnist_refused(s: &Submission, rng: &mut Rng) -> Verdict {
    let pictures = Pictures::random(rng, 6, [1, 3, 5]);
    let (images, labels) = pictures.idx_files();
    accepted(s.parse_mnist(images.clone(), labels.clone())?)?;

    for n in [5, 7] {
        let what = format!("6 pictures with {n} labels");
        refused(
            s.parse_mnist(images.clone(), idx(&[n], &vec![1; n]))?,
            &what,
        )?;
    }
    for (at, label) in [(0, 10), (3, 255), (5, 10)] {
        let mut wrong = labels.clone();
        wrong[8 + at] = label;
        refused(
            s.parse_mnist(images.clone(), wrong)?,
            &format!("the label {label}"),
        )?;
    }
    refused(
        s.parse_mnist(images.clone(), idx(&[6, 1], &[1; 6]))?,
        "labels of two axes",
    )?;
    refused(
        s.parse_mnist(idx(&[6, 5], &[1; 30]), labels.clone())?,
        "pictures of two axes",
    )?;
    refused(
        s.parse_mnist(idx(&[6, 1, 1, 2], &[1; 12]), labels.clone())?,
        "pictures of four axes",
    )?;
    refused(
        s.parse_mnist(labels.clone(), images.clone())?,
        "labels in place of pictures",
    )?;
    let cut = |file: &[u8]| file[..file.len() - 1].to_vec();
    refused(
        s.parse_mnist(cut(&images), labels.clone())?,
        "a cut file of pictures",
    )?;
    refused(s.parse_mnist(images, cut(&labels))?, "a cut file of labels")
}

/// 256 grey values with three decimals, both ends among them.
fn greys(rng: &mut Rng) -> Vec<f64> {
    let mut greys: Vec<f64> = (0..256)
        .map(|_| rng.below(2001) as f64 / 1000.0 - 1.0)
        .collect();
    (greys[0], greys[255]) = (-1.0, 1.0);
    rng.shuffle(&mut greys);
    greys
}

fn zip_digits(s: &Submission, rng: &mut Rng) -> Verdict {
    for (zeros, end, last) in [
        (".0000", " \n", " \n"),
        ("", "\n", ""),
        ("", "  \n\n", "\n \n"),
    ] {
        let mut text = String::new();
        let mut want = ImageSet {
            pixels: vec![],
            channels: 1,
            rows: 16,
            columns: 16,
            labels: rng
                .permutation(10)
                .iter()
                .map(|class| *class as u8)
                .collect(),
        };
        for (i, class) in want.labels.iter().enumerate() {
            let greys = greys(rng);
            let end = if i < 9 { end } else { last };
            text += &zip_line(&format!("{class}{zeros}"), &greys, end);
            want.pixels
                .extend(greys.iter().map(|grey| ((grey + 1.0) / 2.0) as f32));
        }
        let got = accepted(s.parse_zip_digits(text)?).and_then(|got| set_is(&got, &want, 1e-6));
        got.map_err(about(format_args!(
            "classes like 6{zeros}, lines that end in {end:?}"
        )))?;
    }
    Ok(())
}

fn zip_refused(s: &Submission, rng: &mut Rng) -> Verdict {
    let greys = greys(rng);
    let good = zip_line("3", &greys, "\n");
    accepted(s.parse_zip_digits(good.clone())?)?;

    let word = |word: &str| {
        let at = rng.below(256);
        let mut words: Vec<String> = greys.iter().map(|grey| format!("{grey:.3}")).collect();
        words[at] = word.into();
        format!("3 {}\n", words.join(" "))
    };
    let bad_words = ["1.001", "-1.5", "nan", "inf", "-inf", "grey", "0.1.2", "7"].map(word);
    let bad_classes =
        ["10", "-1", "2.5", "9.0001", "nan", "x", "6e1"].map(|class| zip_line(class, &greys, "\n"));
    let longer = [&greys[..], &[0.5]].concat();
    let others = [
        zip_line("3", &greys[1..], "\n"),
        zip_line("3", &longer, "\n"),
        zip_line("3", &[], "\n"),
        String::new(),
        " \n\n".into(),
    ];
    for bad in bad_words.into_iter().chain(bad_classes).chain(others) {
        let start: String = bad.chars().take(30).collect();
        let what = format!(
            "a line of {} words that begins {start:?}",
            bad.split_whitespace().count()
        );
        refused(s.parse_zip_digits(bad.clone())?, &what)?;
        if !bad.trim().is_empty() {
            let among = format!("{good}{bad}{good}");
            refused(
                s.parse_zip_digits(among)?,
                &format!("{what}, between two good ones,"),
            )?;
        }
    }
    Ok(())
}

fn cifar_planes(s: &Submission, rng: &mut Rng) -> Verdict {
    for n in [1, 4] {
        let pictures = Pictures::random(rng, n, [3, 32, 32]);
        let got = accepted(s.parse_cifar(pictures.cifar_file())?)?;
        set_is(&got, &pictures.set(), 1e-6).map_err(about(format_args!("{n} records")))?;
    }
    Ok(())
}

fn cifar_refused(s: &Submission, rng: &mut Rng) -> Verdict {
    let good = Pictures::random(rng, 2, [3, 32, 32]).cifar_file();
    accepted(s.parse_cifar(good.clone())?)?;
    for left in [0, 1, 3072, 3074, good.len() - 1] {
        let what = format!("a file of {left} bytes");
        refused(s.parse_cifar(good[..left].to_vec())?, &what)?;
    }
    refused(
        s.parse_cifar([good.clone(), vec![0]].concat())?,
        "a file with one byte after its end",
    )?;
    for (at, label) in [(0, 10), (3073, 255)] {
        let mut wrong = good.clone();
        wrong[at] = label;
        refused(s.parse_cifar(wrong)?, &format!("the label {label}"))?;
    }
    Ok(())
}
