//! Mutants of A1.12: the three file formats.

use a1_backprop::parts::data_sets as reference;
use common::contract::a1::{IdxArray, ImageSet};
use hidden_suite::Mutant;

use super::data_sets::PART;

/// The mutants of the readers.
pub fn mutants() -> Vec<Mutant> {
    [idx(), mnist(), zip_digits(), cifar()]
        .into_iter()
        .flatten()
        .collect()
}

/// The array that a file holds, read without any care: sizes by `size`, elements from `start` on, as many
/// as there are or as many as the sizes ask for.
fn careless(bytes: &[u8], size: fn([u8; 4]) -> u32, start: Option<usize>) -> IdxArray {
    let axes = usize::from(bytes[3]);
    let size_of = |axis: usize| {
        let at = 4 + 4 * axis;
        size([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
    };
    let start = start.unwrap_or(4 + 4 * axes);
    IdxArray {
        shape: (0..axes).map(size_of).collect(),
        values: bytes[start.min(bytes.len())..].to_vec(),
    }
}

/// The array that a file holds, where the sizes and the elements agree.
fn agreeing(bytes: &[u8], product: fn(usize, usize) -> usize) -> Result<IdxArray, String> {
    let header = bytes.get(3).map_or(4, |axes| 4 + 4 * usize::from(*axes));
    if bytes.len() < header {
        return Err("short".into());
    }
    let array = careless(bytes, u32::from_be_bytes, None);
    match array.shape.iter().fold(1, |a, b| product(a, *b)) == array.values.len() {
        true => Ok(array),
        false => Err("sizes".into()),
    }
}

fn idx() -> Vec<Mutant> {
    vec![
        mutant!(
            data_sets.parse_idx / "little_endian",
            "sizes are read with the least significant byte first",
            |bytes| {
                reference::parse_idx(bytes.clone())?;
                Ok(careless(&bytes, u32::from_le_bytes, None))
            }
        ),
        mutant!(
            data_sets.parse_idx / "sizes_of_one_byte",
            "of each size the last byte is read",
            |bytes| {
                reference::parse_idx(bytes.clone())?;
                Ok(careless(&bytes, |size| u32::from(size[3]), None))
            }
        ),
        mutant!(
            data_sets.parse_idx / "header_of_16",
            "the elements begin at byte 16, whatever the number of axes",
            |bytes| {
                reference::parse_idx(bytes.clone())?;
                Ok(careless(&bytes, u32::from_be_bytes, Some(16)))
            }
        ),
        mutant!(
            data_sets.parse_idx / "last_axis_first",
            "the shape is turned around",
            |bytes| {
                let mut array = reference::parse_idx(bytes)?;
                array.shape.reverse();
                Ok(array)
            }
        ),
        mutant!(
            data_sets.parse_idx / "no_magic",
            "the first two bytes are not looked at",
            |mut bytes| {
                bytes.iter_mut().take(2).for_each(|byte| *byte = 0);
                reference::parse_idx(bytes)
            }
        ),
        mutant!(
            data_sets.parse_idx / "any_type",
            "the element type is not looked at",
            |mut bytes| {
                bytes.iter_mut().skip(2).take(1).for_each(|byte| *byte = 8);
                reference::parse_idx(bytes)
            }
        ),
        mutant!(
            data_sets.parse_idx / "any_number_of_axes",
            "the number of axes may be 0 or 5",
            |bytes| match bytes.get(3) {
                Some(0 | 5) if bytes.starts_with(&[0, 0, 8]) =>
                    agreeing(&bytes, usize::saturating_mul),
                _ => reference::parse_idx(bytes),
            }
        ),
        mutant!(
            data_sets.parse_idx / "takes_what_is_there",
            "a short file gives fewer elements",
            |bytes| {
                reference::parse_idx(bytes.clone()).or_else(|error| {
                    let header = bytes.get(3).map_or(4, |axes| 4 + 4 * usize::from(*axes));
                    let starts_well = bytes.starts_with(&[0, 0, 8, 3]) && bytes.len() >= header;
                    match starts_well {
                        true => Ok(careless(&bytes, u32::from_be_bytes, None)),
                        false => Err(error),
                    }
                })
            }
        ),
        mutant!(
            data_sets.parse_idx / "ignores_what_follows",
            "bytes after the last element are not looked at",
            |bytes| {
                let shorter = (0..=bytes.len()).rev();
                let mut tried = shorter.map(|n| reference::parse_idx(bytes[..n].to_vec()));
                tried.find(Result::is_ok).unwrap_or(Err("bad".into()))
            }
        ),
        mutant!(
            data_sets.parse_idx / "product_wraps",
            "sizes are multiplied without a look at the overflow",
            |bytes| match bytes.get(..4) {
                Some([0, 0, 8, 1..=4]) => agreeing(&bytes, usize::wrapping_mul),
                _ => reference::parse_idx(bytes),
            }
        ),
        mutant!(
            data_sets.parse_idx / "panics_when_short",
            "the sizes are read before the length is known",
            |bytes| {
                let _ = careless(&bytes, u32::from_be_bytes, None);
                reference::parse_idx(bytes)
            }
        ),
        mutant!(
            data_sets.parse_idx / "refuses_nothing_to_read",
            "an array without elements is an error",
            |bytes| match reference::parse_idx(bytes) {
                Ok(array) if array.values.is_empty() => Err("empty".into()),
                other => other,
            }
        ),
    ]
}

/// The set with its pixels moved: pixel `p` comes from `from(p, rows, columns)` of its picture.
fn moved(mut set: ImageSet, from: fn(usize, usize, usize) -> usize) -> ImageSet {
    let plane = set.rows * set.columns;
    let old = set.pixels.clone();
    for (p, pixel) in set.pixels.iter_mut().enumerate() {
        *pixel = old[p / plane * plane + from(p % plane, set.rows, set.columns)];
    }
    set
}

/// Pixel `p` of a plane that was read column by column.
fn transposed(p: usize, rows: usize, columns: usize) -> usize {
    p % columns * rows + p / columns
}

fn with_pixels(mut set: ImageSet, f: fn(f32) -> f32) -> ImageSet {
    set.pixels.iter_mut().for_each(|x| *x = f(*x));
    set
}

fn labels_shifted(mut set: ImageSet) -> ImageSet {
    if !set.labels.is_empty() {
        set.labels.rotate_left(1);
    }
    set
}

fn without_last(mut set: ImageSet) -> ImageSet {
    let picture = set.channels * set.rows * set.columns;
    if set.labels.pop().is_some() {
        set.pixels.truncate(set.labels.len() * picture);
    }
    set
}

fn mnist() -> Vec<Mutant> {
    vec![
        mutant!(
            data_sets.parse_mnist / "rows_and_columns_swapped",
            "the second axis is taken for the width",
            |images, labels| reference::parse_mnist(images, labels).map(|set| ImageSet {
                rows: set.columns,
                columns: set.rows,
                ..set
            })
        ),
        mutant!(
            data_sets.parse_mnist / "on_its_side",
            "pictures are read column by column",
            |images, labels| reference::parse_mnist(images, labels)
                .map(|set| moved(set, transposed))
        ),
        mutant!(
            data_sets.parse_mnist / "divided_by_height",
            "row and column of a pixel are quotient and remainder by the height",
            |images, labels| {
                let set = reference::parse_mnist(images, labels)?;
                Ok(moved(set, |p, rows, columns| {
                    (p / rows * columns + p % rows) % (rows * columns)
                }))
            }
        ),
        mutant!(
            data_sets.parse_mnist / "upside_down",
            "the last row comes first",
            |images, labels| {
                let set = reference::parse_mnist(images, labels)?;
                Ok(moved(set, |p, rows, columns| {
                    (rows - 1 - p / columns) * columns + p % columns
                }))
            }
        ),
        mutant!(
            data_sets.parse_mnist / "not_scaled",
            "pixels are 0 to 255",
            |images, labels| reference::parse_mnist(images, labels)
                .map(|set| with_pixels(set, |x| 255.0 * x))
        ),
        mutant!(
            data_sets.parse_mnist / "over_256",
            "bytes are divided by 256",
            |images, labels| reference::parse_mnist(images, labels)
                .map(|set| with_pixels(set, |x| x * 255.0 / 256.0))
        ),
        mutant!(
            data_sets.parse_mnist / "inverted",
            "ink is 0 and paper is 1",
            |images, labels| reference::parse_mnist(images, labels)
                .map(|set| with_pixels(set, |x| 1.0 - x))
        ),
        mutant!(
            data_sets.parse_mnist / "labels_shifted",
            "each picture has the next one's label",
            |images, labels| reference::parse_mnist(images, labels).map(labels_shifted)
        ),
        mutant!(
            data_sets.parse_mnist / "last_dropped",
            "the last picture is missing",
            |images, labels| reference::parse_mnist(images, labels).map(without_last)
        ),
        mutant!(
            data_sets.parse_mnist / "any_label",
            "labels above 9 are let through",
            |images, labels| {
                let all = reference::parse_idx(labels.clone())?.values;
                let nines = |byte: &u8| (*byte).min(9);
                let tame = match labels.len() - all.len() {
                    8 => [&labels[..8], &all.iter().map(nines).collect::<Vec<u8>>()].concat(),
                    _ => labels,
                };
                let labels = all;
                reference::parse_mnist(images, tame).map(|set| ImageSet { labels, ..set })
            }
        ),
        mutant!(
            data_sets.parse_mnist / "first_label_only",
            "only the first label is looked at",
            |images, labels| {
                let all = reference::parse_idx(labels.clone())?.values;
                let tame: Vec<u8> = labels
                    .iter()
                    .enumerate()
                    .map(|(i, byte)| if i > 8 { (*byte).min(9) } else { *byte })
                    .collect();
                let labels = all;
                reference::parse_mnist(images, tame).map(|set| ImageSet { labels, ..set })
            }
        ),
        mutant!(
            data_sets.parse_mnist / "any_number_of_labels",
            "pictures and labels need not be as many",
            |images, labels| {
                let values = reference::parse_idx(labels)?.values;
                let n = reference::parse_idx(images.clone())?.shape[0];
                let mut file = vec![0, 0, 8, 1];
                file.extend((n as u32).to_be_bytes());
                file.extend(values.iter().copied().chain(std::iter::repeat(0)).take(n));
                reference::parse_mnist(images, file)
            }
        ),
        mutant!(
            data_sets.parse_mnist / "any_axes",
            "labels of two axes are let through when their number fits",
            |images, labels| {
                let values = reference::parse_idx(labels)?.values;
                let mut file = vec![0, 0, 8, 1];
                file.extend((values.len() as u32).to_be_bytes());
                file.extend(values);
                reference::parse_mnist(images, file)
            }
        ),
        mutant!(
            data_sets.parse_mnist / "unwraps",
            "a damaged file is a panic",
            |images, labels| Ok(reference::parse_mnist(images, labels).unwrap())
        ),
    ]
}

/// The reference on the text with every line changed by `f`.
fn on_lines(text: &str, f: impl Fn(&str) -> String) -> Result<ImageSet, String> {
    let lines: Vec<String> = text.lines().map(f).collect();
    reference::parse_zip_digits(lines.join("\n"))
}

/// A line with its words changed by `f`, which is given their position.
fn words(line: &str, f: impl Fn(usize, &str) -> String) -> String {
    let words = line.split_whitespace().enumerate();
    words
        .map(|(i, word)| f(i, word))
        .collect::<Vec<_>>()
        .join(" ")
}

fn zip_digits() -> Vec<Mutant> {
    vec![
        mutant!(
            data_sets.parse_zip_digits / "test_spelling_only",
            "6.0000 is not a class",
            |text| match text.contains(".0000 ") {
                true => Err("no integer".into()),
                false => reference::parse_zip_digits(text),
            }
        ),
        mutant!(
            data_sets.parse_zip_digits / "train_spelling_only",
            "a class has a point",
            |text| match text.lines().any(|line| line.trim().find(' ') == Some(1)) {
                true => Err("no point".into()),
                false => reference::parse_zip_digits(text),
            }
        ),
        mutant!(
            data_sets.parse_zip_digits / "class_cut_to_integer",
            "2.5 is class 2",
            |text| on_lines(&text, |line| words(line, |i, word| {
                match word.parse::<f64>() {
                    Ok(class) if i == 0 && class >= 0.0 => class.trunc().to_string(),
                    _ => word.into(),
                }
            }))
        ),
        mutant!(
            data_sets.parse_zip_digits / "any_class",
            "a class above 9 is let through as 9",
            |text| on_lines(&text, |line| words(line, |i, word| {
                match word.parse::<f64>() {
                    Ok(class) if i == 0 && class > 9.0 => "9".into(),
                    _ => word.into(),
                }
            }))
        ),
        mutant!(
            data_sets.parse_zip_digits / "trailing_blank_counts",
            "a blank at the end of a line is one more word",
            |text| match text
                .lines()
                .any(|line| line.ends_with(' ') && !line.trim().is_empty())
            {
                true => Err("257 values".into()),
                false => reference::parse_zip_digits(text),
            }
        ),
        mutant!(
            data_sets.parse_zip_digits / "blank_line_is_an_error",
            "a line without a number is an error",
            |text| match text.lines().any(|line| line.trim().is_empty()) {
                true => Err("no class".into()),
                false => reference::parse_zip_digits(text),
            }
        ),
        mutant!(
            data_sets.parse_zip_digits / "minus_one_to_one",
            "grey values stay as they are",
            |text| reference::parse_zip_digits(text).map(|set| with_pixels(set, |x| 2.0 * x - 1.0))
        ),
        mutant!(
            data_sets.parse_zip_digits / "inverted",
            "ink is 0 and paper is 1",
            |text| reference::parse_zip_digits(text).map(|set| with_pixels(set, |x| 1.0 - x))
        ),
        mutant!(
            data_sets.parse_zip_digits / "on_its_side",
            "pictures are read column by column",
            |text| reference::parse_zip_digits(text).map(|set| moved(set, transposed))
        ),
        mutant!(
            data_sets.parse_zip_digits / "labels_shifted",
            "each picture has the next one's label",
            |text| reference::parse_zip_digits(text).map(labels_shifted)
        ),
        mutant!(
            data_sets.parse_zip_digits / "last_dropped",
            "the last line is missing",
            |text| reference::parse_zip_digits(text).map(without_last)
        ),
        mutant!(
            data_sets.parse_zip_digits / "more_values",
            "what follows 256 grey values is not looked at",
            |text| on_lines(&text, |line| {
                let kept = line.split_whitespace().take(257);
                kept.collect::<Vec<_>>().join(" ")
            })
        ),
        mutant!(
            data_sets.parse_zip_digits / "fewer_values",
            "missing grey values are 0",
            |text| on_lines(&text, |line| {
                let mut all: Vec<&str> = line.split_whitespace().collect();
                if (1..257).contains(&all.len()) {
                    all.resize(257, "0");
                }
                all.join(" ")
            })
        ),
        mutant!(
            data_sets.parse_zip_digits / "any_value",
            "grey values are not compared with their range",
            |text| on_lines(&text, |line| words(line, |i, word| {
                match word.parse::<f64>() {
                    Ok(grey) if i > 0 && !grey.is_nan() => grey.clamp(-1.0, 1.0).to_string(),
                    _ => word.into(),
                }
            }))
        ),
        mutant!(
            data_sets.parse_zip_digits / "nan_is_no_outlier",
            "x < -1 or x > 1 is refused, which nan is not",
            |text| on_lines(&text, |line| words(line, |i, word| match word {
                "nan" if i > 0 => "0".into(),
                _ => word.into(),
            }))
        ),
        mutant!(
            data_sets.parse_zip_digits / "skips_bad_lines",
            "lines that cannot be read are left out",
            |text| {
                let good = |line: &&str| reference::parse_zip_digits((*line).into()).is_ok();
                let lines: Vec<&str> = text.lines().filter(good).collect();
                reference::parse_zip_digits(lines.join("\n"))
            }
        ),
        mutant!(
            data_sets.parse_zip_digits / "stops_at_a_bad_line",
            "what was read before a bad line is the data set",
            |text| {
                let good = |line: &&str| reference::parse_zip_digits((*line).into()).is_ok();
                let lines: Vec<&str> = text.lines().take_while(good).collect();
                reference::parse_zip_digits(lines.join("\n"))
            }
        ),
        mutant!(
            data_sets.parse_zip_digits / "empty_is_fine",
            "an empty file is a set without digits",
            |text| match text.trim().is_empty() {
                true => Ok(ImageSet {
                    pixels: vec![],
                    channels: 1,
                    rows: 16,
                    columns: 16,
                    labels: vec![],
                }),
                false => reference::parse_zip_digits(text),
            }
        ),
    ]
}

/// The file with its labels cut to 9.
fn tame(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes
        .iter_mut()
        .step_by(3073)
        .for_each(|b| *b = (*b).min(9));
    bytes
}

/// The set with the three values of a pixel in other places: `from(p)` of the picture's 3072.
fn recoloured(mut set: ImageSet, from: fn(usize) -> usize) -> ImageSet {
    let old = set.pixels.clone();
    for (p, pixel) in set.pixels.iter_mut().enumerate() {
        *pixel = old[p / 3072 * 3072 + from(p % 3072)];
    }
    set
}

fn cifar() -> Vec<Mutant> {
    vec![
        mutant!(
            data_sets.parse_cifar / "interleaved",
            "red, green and blue of a pixel are taken to be neighbours",
            |bytes| reference::parse_cifar(bytes)
                .map(|set| recoloured(set, |p| p % 1024 * 3 + p / 1024))
        ),
        mutant!(
            data_sets.parse_cifar / "colours_last",
            "pixels are put with their colours next to each other",
            |bytes| reference::parse_cifar(bytes)
                .map(|set| recoloured(set, |p| p % 3 * 1024 + p / 3))
        ),
        mutant!(
            data_sets.parse_cifar / "blue_first",
            "the planes are taken for blue, green, red",
            |bytes| reference::parse_cifar(bytes)
                .map(|set| recoloured(set, |p| (2 - p / 1024) * 1024 + p % 1024))
        ),
        mutant!(
            data_sets.parse_cifar / "on_its_side",
            "planes are read column by column",
            |bytes| reference::parse_cifar(bytes).map(|set| moved(set, transposed))
        ),
        mutant!(
            data_sets.parse_cifar / "label_last",
            "the label is taken to be at the end of a record",
            |bytes| {
                let set = reference::parse_cifar(bytes.clone())?;
                let pixels = bytes.chunks(3073).flat_map(|record| &record[..3072]);
                Ok(ImageSet {
                    pixels: pixels.map(|byte| f32::from(*byte) / 255.0).collect(),
                    ..set
                })
            }
        ),
        mutant!(
            data_sets.parse_cifar / "not_scaled",
            "pixels are 0 to 255",
            |bytes| reference::parse_cifar(bytes).map(|set| with_pixels(set, |x| 255.0 * x))
        ),
        mutant!(
            data_sets.parse_cifar / "grey",
            "the set says it has one channel",
            |bytes| reference::parse_cifar(bytes).map(|set| ImageSet { channels: 1, ..set })
        ),
        mutant!(
            data_sets.parse_cifar / "labels_shifted",
            "each picture has the next one's label",
            |bytes| reference::parse_cifar(bytes).map(labels_shifted)
        ),
        mutant!(
            data_sets.parse_cifar / "last_dropped",
            "the last record is missing",
            |bytes| reference::parse_cifar(bytes).map(without_last)
        ),
        mutant!(
            data_sets.parse_cifar / "cut_record_dropped",
            "a record that is cut is left out",
            |bytes| reference::parse_cifar(bytes[..bytes.len() / 3073 * 3073].to_vec())
        ),
        mutant!(
            data_sets.parse_cifar / "empty_is_fine",
            "an empty file is a set without pictures",
            |bytes| match bytes.len() {
                0 => Ok(ImageSet {
                    pixels: vec![],
                    channels: 3,
                    rows: 32,
                    columns: 32,
                    labels: vec![],
                }),
                _ => reference::parse_cifar(bytes),
            }
        ),
        mutant!(
            data_sets.parse_cifar / "any_label",
            "labels above 9 are let through",
            |bytes| reference::parse_cifar(tame(&bytes)).map(|set| ImageSet {
                labels: bytes.iter().step_by(3073).copied().collect(),
                ..set
            })
        ),
    ]
}
