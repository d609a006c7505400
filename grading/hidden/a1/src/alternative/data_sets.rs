//! A1.12 byte by byte and index by index.

use common::contract::a1::*;
use common::rng::Rng;

pub fn table() -> DataSetsTable {
    DataSetsTable {
        parse_idx: |bytes| parse_idx(&bytes),
        parse_mnist,
        parse_zip_digits,
        parse_cifar,
        normalise,
        stratified_split,
    }
}

fn parse_idx(bytes: &[u8]) -> Result<IdxArray, String> {
    let at = |i: usize| bytes.get(i).copied().ok_or(format!("no byte {i}"));
    if at(0)? != 0 || at(1)? != 0 || at(2)? != 8 {
        return Err("another magic number".into());
    }
    let axes = usize::from(at(3)?);
    if axes == 0 || axes > 4 {
        return Err(format!("{axes} axes"));
    }
    let mut shape = vec![];
    let mut count = 1u128;
    for axis in 1..=axes {
        let mut size = 0;
        for i in 4 * axis..4 * axis + 4 {
            size = size * 256 + usize::from(at(i)?);
        }
        count *= size as u128;
        shape.push(size);
    }
    let values = bytes[4 + 4 * axes..].to_vec();
    if values.len() as u128 != count {
        return Err("sizes and elements differ".into());
    }
    Ok(IdxArray { shape, values })
}

fn parse_mnist(images: Vec<u8>, labels: Vec<u8>) -> Result<ImageSet, String> {
    let (images, labels) = (parse_idx(&images)?, parse_idx(&labels)?);
    if images.shape.len() != 3 || labels.shape.len() != 1 || images.shape[0] != labels.shape[0] {
        return Err("no pair of files".into());
    }
    if labels.values.iter().any(|label| *label > 9) {
        return Err("no digit".into());
    }
    Ok(ImageSet {
        pixels: images
            .values
            .iter()
            .map(|b| (f64::from(*b) / 255.0) as f32)
            .collect(),
        channels: 1,
        rows: images.shape[1],
        columns: images.shape[2],
        labels: labels.values,
    })
}

fn parse_zip_digits(text: String) -> Result<ImageSet, String> {
    let mut set = ImageSet {
        pixels: vec![],
        channels: 1,
        rows: 16,
        columns: 16,
        labels: vec![],
    };
    for line in text
        .split('\n')
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let mut words = line.split(' ').filter(|word| !word.is_empty());
        let class = words.next().unwrap_or_default();
        let class = class.strip_suffix(".0000").unwrap_or(class);
        if class.len() != 1 {
            return Err(format!("the class {class}"));
        }
        set.labels.push(class.parse().map_err(|_| "no class")?);
        let greys: Vec<f64> = words
            .map(|word| word.parse().map_err(|_| format!("the grey {word}")))
            .collect::<Result<_, _>>()?;
        let inside = |grey: &f64| *grey >= -1.0 && *grey <= 1.0;
        if greys.len() != 256 || !greys.iter().all(inside) {
            return Err("no 256 grey values".into());
        }
        set.pixels
            .extend(greys.iter().map(|grey| (0.5 * grey + 0.5) as f32));
    }
    if set.pixels.is_empty() {
        Err("nothing".into())
    } else {
        Ok(set)
    }
}

fn parse_cifar(bytes: Vec<u8>) -> Result<ImageSet, String> {
    let n = bytes.len() / 3073;
    if n == 0 || n * 3073 != bytes.len() {
        return Err("no whole records".into());
    }
    let labels: Vec<u8> = (0..n).map(|i| bytes[i * 3073]).collect();
    if labels.iter().max() > Some(&9) {
        return Err("a label above 9".into());
    }
    let mut pixels = vec![0.0; n * 3072];
    for (p, pixel) in pixels.iter_mut().enumerate() {
        *pixel = f32::from(bytes[p / 3072 * 3073 + 1 + p % 3072]) * (1.0 / 255.0);
    }
    Ok(ImageSet {
        pixels,
        channels: 3,
        rows: 32,
        columns: 32,
        labels,
    })
}

/// The mean of squares minus the square of the mean.
fn normalise(mut train: ImageSet, mut test: ImageSet) -> NormalisedSets {
    let channels = train.channels;
    let (mut mean, mut std) = (vec![0.0; channels], vec![0.0; channels]);
    let plane = train.rows * train.columns;
    let m = train.pixels.len() as f64 / channels as f64;
    for (p, x) in train.pixels.iter().enumerate() {
        mean[p / plane % channels] += f64::from(*x) / m;
        std[p / plane % channels] += f64::from(*x) * f64::from(*x) / m;
    }
    for c in 0..channels {
        std[c] = (std[c] - mean[c] * mean[c]).max(0.0).sqrt();
    }
    for set in [&mut train, &mut test] {
        for (p, x) in set.pixels.iter_mut().enumerate() {
            let c = p / plane % channels;
            *x -= mean[c] as f32;
            if std[c] >= 1e-6 {
                *x /= std[c] as f32;
            }
        }
    }
    NormalisedSets {
        train,
        test,
        mean,
        std,
    }
}

/// Draws the held-out samples of a class one after another.
fn stratified_split(labels: Vec<u8>, share: f64, seed: u64) -> HeldOut {
    let mut rng = Rng::new(seed);
    let mut held_out = vec![false; labels.len()];
    let mut classes = labels.clone();
    classes.sort_unstable();
    classes.dedup();
    for class in classes {
        let mut members = vec![];
        for (i, label) in labels.iter().enumerate() {
            if *label == class {
                members.push(i);
            }
        }
        for _ in 0..(share * members.len() as f64 + 0.5).floor() as usize {
            let i = members.swap_remove(rng.below(members.len()));
            held_out[i] = true;
        }
    }
    let all = 0..labels.len();
    let (validation, train) = all.partition(|i| held_out[*i]);
    HeldOut { train, validation }
}
