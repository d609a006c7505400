//! Two sets of digits: one with many labels, and one that is to be learned with few.

use anyhow::bail;
use common::data::{self, Images, Split};
use common::rng::Rng;

/// Where features are learned, and where they are used, in pictures of the same size.
pub struct Pair {
    /// The name of the set with many labels.
    pub source_name: &'static str,
    /// The set with many labels, made as small as the target and normalised.
    pub source: Split,
    /// The set that is to be learned with few, normalised.
    pub target: Split,
    /// The same with values in `[0, 1]`: what is drawn, and what histograms are made of.
    pub grey: Split,
}

impl Pair {
    /// The pair whose target is called `name`.
    ///
    /// # Errors
    /// When there is no such pair, or data are missing.
    pub fn load(name: &str) -> anyhow::Result<Self> {
        // MNIST's digits have four empty pixels around them, the zip codes' none.
        let (source_name, margin) = match name {
            "zipcode" => ("mnist", 4),
            "digits16" => ("digits28", 0),
            _ => bail!("this lab goes to zipcode or to digits16, not to {name}"),
        };
        let grey = data::load(name)?;
        let large = data::load(source_name)?;
        let size = grey.train.height;
        let mut source = Split {
            train: smaller(&large.train, margin, size),
            test: smaller(&large.test, margin, size),
            about: large.about,
        };
        source.normalise();
        let mut target = grey.clone();
        target.normalise();
        Ok(Self {
            source_name,
            source,
            target,
            grey,
        })
    }
}

/// Grey square pictures without their outermost `margin` pixels, made `size` pixels wide: each pixel is the mean of what
/// it covers.
fn smaller(images: &Images, margin: usize, size: usize) -> Images {
    let width = images.width - 2 * margin;
    let covered = coverage(width, size);
    let mut pixels = Vec::with_capacity(images.len() * size * size);
    for i in 0..images.len() {
        let image = images.image(i);
        let row = |y: usize| &image[(y + margin) * images.width + margin..][..width];
        for rows in &covered {
            for columns in &covered {
                let of_row = |&(y, share): &(usize, f32)| {
                    let values = columns.iter().map(|&(x, part)| part * row(y)[x]);
                    share * values.sum::<f32>()
                };
                pixels.push(rows.iter().map(of_row).sum());
            }
        }
    }
    Images {
        pixels,
        height: size,
        width: size,
        labels: images.labels.clone(),
        ..*images
    }
}

/// For each of `size` pixels, which of `width` it covers and what share of it each of them is.
fn coverage(width: usize, size: usize) -> Vec<Vec<(usize, f32)>> {
    let each = width as f64 / size as f64;
    let pixel = |i: usize| {
        let (from, to) = (i as f64 * each, (i + 1) as f64 * each);
        let all = (0..width).map(|x| {
            let common = (to.min((x + 1) as f64) - from.max(x as f64)).max(0.0);
            (x, (common / each) as f32)
        });
        all.filter(|(_, share)| *share > 0.0).collect()
    };
    (0..size).map(pixel).collect()
}

/// `each` random pictures of every class, class by class.
pub fn few(images: &Images, each: usize, rng: &mut Rng) -> Vec<usize> {
    let order = rng.permutation(images.len());
    let of_class = |class: usize| {
        let own = order
            .iter()
            .filter(move |&&i| usize::from(images.labels[i]) == class);
        own.take(each).copied()
    };
    (0..images.classes).flat_map(of_class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_picture_has_the_means_of_what_it_covers() {
        // 5 x 5 with a margin of 1 leaves 3 x 3; made 2 wide, a pixel covers 1.5 by 1.5.
        let mut pixels = vec![9.0; 25];
        for (i, value) in [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
            .into_iter()
            .enumerate()
        {
            pixels[(i / 3 + 1) * 5 + i % 3 + 1] = value;
        }
        let images = Images {
            pixels,
            height: 5,
            width: 5,
            channels: 1,
            labels: vec![0],
            classes: 1,
        };
        let small = smaller(&images, 1, 2);
        // (1 + 2/2 + 4/2 + 5/4) / 2.25, and so on.
        let want = [5.25 / 2.25, 8.25 / 2.25, 14.25 / 2.25, 17.25 / 2.25];
        for (got, want) in small.pixels.iter().zip(want) {
            assert!((got - want as f32).abs() < 1e-5, "{:?}", small.pixels);
        }
    }

    #[test]
    fn few_has_as_many_of_each_class_and_none_twice() {
        let images = data::load("digits16").unwrap().train;
        let mut chosen = few(&images, 5, &mut Rng::new(3));
        assert_eq!(images.subset(&chosen).class_counts(), [5; 10]);
        chosen.sort_unstable();
        chosen.dedup();
        assert_eq!(chosen.len(), 50);
    }
}
