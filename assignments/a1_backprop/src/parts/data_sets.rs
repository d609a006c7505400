//! A1.12 Data: three file formats, and what every data set needs before it is learned from.
//!
//! A loader is where silent errors are made: a picture on its side trains as well as an upright one, only
//! worse. So each format is read strictly, and a file that is not what it should be is an `Err` with a
//! sentence that says what is wrong: never a panic, never half a data set.
//!
//! Write the readers from the formats' descriptions here. `common::data` has loaders of its own, which
//! the labs use; they are not for this file.

use common::contract::a1::{HeldOut, IdxArray, ImageSet, NormalisedSets};
use common::rng::Rng;

/// The array in an IDX file of bytes.
///
/// ```text
/// byte 0, 1     0
/// byte 2        8, the element type: unsigned byte
/// byte 3        d, the number of axes, 1 to 4
/// 4 .. 4 + 4d   the size of each axis, 32 bits, most significant byte first
/// 4 + 4d ..     the elements, the last axis fastest
/// ```
///
/// A size may be 0; then there are no elements, whatever the others are.
///
/// # Errors
/// When the first four bytes are others, or there are fewer or more elements than the sizes ask for.
/// The sizes may be lies, so their product may not fit a `usize`: that is an error too.
///
/// Source: LeCun, Cortes & Burges, "The MNIST database of handwritten digits".
pub fn parse_idx(bytes: Vec<u8>) -> Result<IdxArray, String> {
    // BEGIN SOLUTION A1.12 parse_idx
    let Some(([0, 0, 8, axes @ 1..=4], rest)) = bytes.split_first_chunk() else {
        return Err("not an IDX file of bytes: the first four are not 0, 0, 8 and 1 to 4".into());
    };
    let Some((sizes, values)) = rest.split_at_checked(4 * usize::from(*axes)) else {
        return Err("the file ends inside the sizes of its axes".into());
    };
    let (sizes, _) = sizes.as_chunks();
    let shape: Vec<usize> = sizes
        .iter()
        .map(|size| u32::from_be_bytes(*size) as usize)
        .collect();
    let count = shape
        .iter()
        .try_fold(1_usize, |count, size| count.checked_mul(*size));
    if count != Some(values.len()) {
        return Err(format!(
            "the file has {} elements, which is not what shape {shape:?} asks for",
            values.len()
        ));
    }
    Ok(IdxArray {
        shape,
        values: values.to_vec(),
    })
    // END SOLUTION
}

/// The pictures of a pair of IDX files, as MNIST comes: `images` holds an array `[n, rows, columns]`,
/// `labels` one of `[n]`. The pictures need not be square.
///
/// - Gives grey pictures (one channel) with the bytes 0 to 255 as 0 to 1: `byte / 255`.
///
/// # Errors
/// When [`parse_idx`] refuses one of them, the number of axes is another one, there are not as many
/// labels as pictures, or a label is above 9. No picture at all is no error.
pub fn parse_mnist(images: Vec<u8>, labels: Vec<u8>) -> Result<ImageSet, String> {
    // BEGIN SOLUTION A1.12 parse_mnist
    let images = parse_idx(images)?;
    let labels = parse_idx(labels)?;
    let [n, rows, columns] = images.shape[..] else {
        return Err(format!(
            "{} axes are not those of pictures",
            images.shape.len()
        ));
    };
    if labels.shape != [n] {
        return Err(format!(
            "labels of shape {:?} for {n} pictures",
            labels.shape
        ));
    }
    Ok(ImageSet {
        pixels: images.values.iter().map(|byte| unit(*byte)).collect(),
        channels: 1,
        rows,
        columns,
        labels: all_below_ten(labels.values)?,
    })
    // END SOLUTION
}

// BEGIN SOLUTION
/// A byte 0 to 255 as 0 to 1.
fn unit(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

fn all_below_ten(labels: Vec<u8>) -> Result<Vec<u8>, String> {
    match labels.iter().find(|label| **label >= 10) {
        None => Ok(labels),
        Some(label) => Err(format!("{label} is not a class from 0 to 9")),
    }
}
// END SOLUTION

/// The zip-code digits of "The Elements of Statistical Learning" (LeCun et al. 1990), unzipped.
///
/// One digit a line: its class, then 256 grey values from -1 (paper) to 1 (ink), 16 rows of 16, with
/// blanks between. The training file writes the class as `6.0000` and puts a blank at the end of a line;
/// the test file writes `9`. Blank lines do not count.
///
/// - Gives grey pictures with the grey values as 0 to 1: `(grey + 1) / 2`.
///
/// # Errors
/// When something is no number, the class is none of 0 to 9, a line has fewer or more than 256 grey
/// values, one is outside [-1, 1] (`nan` is), or there is no digit at all.
pub fn parse_zip_digits(text: String) -> Result<ImageSet, String> {
    // BEGIN SOLUTION A1.12 parse_zip_digits
    let mut set = ImageSet {
        pixels: vec![],
        channels: 1,
        rows: 16,
        columns: 16,
        labels: vec![],
    };
    for (i, line) in text.lines().enumerate() {
        let wrong = |what: String| format!("line {}: {what}", i + 1);
        let mut numbers = Vec::with_capacity(257);
        for word in line.split_whitespace() {
            let number: f32 = word
                .parse()
                .map_err(|_| wrong(format!("{word:?} is no number")))?;
            numbers.push(number);
        }
        let Some((class, greys)) = numbers.split_first() else {
            continue;
        };
        let Some(label) = (0..10).find(|label| f32::from(*label) == *class) else {
            return Err(wrong(format!("{class} is not a class from 0 to 9")));
        };
        if greys.len() != 256 {
            return Err(wrong(format!("{} grey values, not 256", greys.len())));
        }
        if let Some(grey) = greys.iter().find(|grey| !(-1.0..=1.0).contains(*grey)) {
            return Err(wrong(format!("{grey} is no grey value")));
        }
        set.labels.push(label);
        set.pixels
            .extend(greys.iter().map(|grey| (grey + 1.0) / 2.0));
    }
    if set.labels.is_empty() {
        return Err("the file has no digit".into());
    }
    Ok(set)
    // END SOLUTION
}

/// A batch of CIFAR-10 in its binary version: records of 1 + 3072 bytes. The first is the label; then
/// come three planes of 32 rows of 32, first all of the red, then all of the green, then all of the
/// blue.
///
/// - Gives pictures of three channels with the bytes 0 to 255 as 0 to 1: `byte / 255`.
///
/// # Errors
/// When there is no record, the last one is cut, or a label is above 9.
///
/// Source: Krizhevsky, "Learning multiple layers of features from tiny images" (2009).
pub fn parse_cifar(bytes: Vec<u8>) -> Result<ImageSet, String> {
    // BEGIN SOLUTION A1.12 parse_cifar
    let (records, rest) = bytes.as_chunks::<3073>();
    if records.is_empty() || !rest.is_empty() {
        return Err(format!("{} bytes are not records of 3073", bytes.len()));
    }
    let pixels = records.iter().flat_map(|record| &record[1..]);
    Ok(ImageSet {
        pixels: pixels.map(|byte| unit(*byte)).collect(),
        channels: 3,
        rows: 32,
        columns: 32,
        labels: all_below_ten(records.iter().map(|record| record[0]).collect())?,
    })
    // END SOLUTION
}

/// Subtracts from every pixel the mean of its channel and divides by the channel's standard deviation:
///
/// ```text
/// mean = sum of x / m        std = sqrt(sum of (x - mean)^2 / m)        x <- (x - mean) / std
/// ```
///
/// with the sums over all `m` pixels of that channel in all **training** pictures. The test pictures go
/// through the same numbers and have no say in them: in use there is no test set to ask. A channel that
/// never changes, `std` below 1e-6, is only centred; the `std` that is given back is the measured one.
///
/// Add up in `f64`. In `f32` a sum over a data set forgets small numbers.
///
/// - `train`: at least one picture of at least one pixel; `test`: as many channels, perhaps no picture.
/// - Gives both sets, and `mean` and `std`, one number per channel.
pub fn normalise(train: ImageSet, test: ImageSet) -> NormalisedSets {
    // BEGIN SOLUTION A1.12 normalise
    let channel_mean = |channel: usize, f: &dyn Fn(f64) -> f64| {
        let planes = train.pixels.chunks(train.rows * train.columns);
        let own = planes.skip(channel).step_by(train.channels).flatten();
        own.map(|x| f(f64::from(*x))).sum::<f64>() * train.channels as f64
            / train.pixels.len() as f64
    };
    let channels = 0..train.channels;
    let mean: Vec<f64> = channels.clone().map(|c| channel_mean(c, &|x| x)).collect();
    let std: Vec<f64> = channels
        .map(|c| channel_mean(c, &|x| (x - mean[c]).powi(2)).sqrt())
        .collect();
    let normalised = |mut set: ImageSet| {
        let planes = set.pixels.chunks_mut(set.rows * set.columns);
        for (i, plane) in planes.enumerate() {
            let c = i % set.channels;
            let scale = if std[c] < 1e-6 { 1.0 } else { std[c] };
            for x in plane {
                *x = ((f64::from(*x) - mean[c]) / scale) as f32;
            }
        }
        set
    };
    NormalisedSets {
        test: normalised(test),
        train: normalised(train.clone()),
        mean,
        std,
    }
    // END SOLUTION
}

/// Splits samples into two parts in which every class has its share.
///
/// Of the `n_c` samples of class `c`, `share n_c`, computed in `f64` and rounded to the nearest whole number (a half up),
/// are held out for validation; which ones is random, and every sample of a class has the same chance. The
/// rest is for training. So no sample is in both parts and none is lost.
///
/// - `labels`: the class of each sample, any bytes; `share`: 0 to 1.
/// - Gives the indices of both parts, in ascending order. All random numbers come from
///   [`Rng::new(seed)`](Rng::new): the same seed, the same split.
pub fn stratified_split(labels: Vec<u8>, share: f64, seed: u64) -> HeldOut {
    // BEGIN SOLUTION A1.12 stratified_split
    let mut rng = Rng::new(seed);
    let mut validation = Vec::new();
    for class in 0..=u8::MAX {
        let mut members: Vec<usize> = (0..labels.len()).filter(|i| labels[*i] == class).collect();
        rng.shuffle(&mut members);
        members.truncate((share * members.len() as f64).round() as usize);
        validation.extend(members);
    }
    validation.sort_unstable();
    let train = (0..labels.len()).filter(|i| validation.binary_search(i).is_err());
    HeldOut {
        train: train.collect(),
        validation,
    }
    // END SOLUTION
}
