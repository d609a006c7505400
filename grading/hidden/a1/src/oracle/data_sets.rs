//! A1.12: the formats the other way round. Files are written from pictures that are known, and a reader
//! must give them back.

use common::contract::a1::ImageSet;
use common::rng::Rng;

/// Pictures as bytes, with the sizes and labels of the set they make.
#[derive(Debug, Clone)]
pub struct Pictures {
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// One class per picture.
    pub labels: Vec<u8>,
    /// In the order picture, channel, row, column.
    pub bytes: Vec<u8>,
}

impl Pictures {
    /// `n` pictures of random bytes and random classes.
    pub fn random(rng: &mut Rng, n: usize, shape: [usize; 3]) -> Self {
        let count = n * shape.iter().product::<usize>();
        Self {
            shape,
            labels: (0..n).map(|_| rng.below(10) as u8).collect(),
            bytes: (0..count).map(|_| rng.below(256) as u8).collect(),
        }
    }

    /// The set that a reader should make of them.
    pub fn set(&self) -> ImageSet {
        let [channels, rows, columns] = self.shape;
        let pixels = self.bytes.iter().map(|byte| f32::from(*byte) / 255.0);
        ImageSet {
            pixels: pixels.collect(),
            channels,
            rows,
            columns,
            labels: self.labels.clone(),
        }
    }

    /// The two IDX files of grey pictures.
    pub fn idx_files(&self) -> (Vec<u8>, Vec<u8>) {
        let (n, [_, rows, columns]) = (self.labels.len(), self.shape);
        (
            idx(&[n, rows, columns], &self.bytes),
            idx(&[n], &self.labels),
        )
    }

    /// The records of CIFAR-10.
    pub fn cifar_file(&self) -> Vec<u8> {
        let pictures = self.bytes.chunks(self.shape.iter().product());
        let records = self.labels.iter().zip(pictures);
        records
            .flat_map(|(label, picture)| [&[*label], picture].concat())
            .collect()
    }
}

/// An IDX file of bytes, whether or not the sizes tell the truth.
pub fn idx(shape: &[usize], values: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, shape.len() as u8];
    for size in shape {
        for shift in [24, 16, 8, 0] {
            file.push((size >> shift) as u8);
        }
    }
    file.extend(values);
    file
}

/// A line of zip-code digits, with `end` after it.
pub fn zip_line(class: &str, greys: &[f64], end: &str) -> String {
    let words: Vec<String> = greys.iter().map(|grey| format!("{grey:.3}")).collect();
    format!("{class} {}{end}", words.join(" "))
}

/// The mean and standard deviation of one channel, in two passes.
pub fn statistics(set: &ImageSet, channel: usize) -> (f64, f64) {
    let own = |p: &usize| p / (set.rows * set.columns) % set.channels == channel;
    let indices = (0..set.pixels.len()).filter(own);
    let values: Vec<f64> = indices.map(|p| f64::from(set.pixels[p])).collect();
    let m = values.len() as f64;
    let mean = values.iter().sum::<f64>() / m;
    let square = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / m;
    (mean, square.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::data;

    /// The course's own readers, which no part uses, read what is written here.
    #[test]
    fn files_are_what_other_readers_expect() {
        let mut rng = Rng::new(3);
        let grey = Pictures::random(&mut rng, 2, [1, 3, 5]);
        let (images, labels) = grey.idx_files();
        let labels = data::idx::labels(&data::idx::parse(&labels).unwrap(), 10).unwrap();
        let read = data::idx::images(&data::idx::parse(&images).unwrap(), labels, 10).unwrap();
        assert_eq!((read.pixels, read.labels), (grey.set().pixels, grey.labels));

        let colour = Pictures::random(&mut rng, 2, [3, 32, 32]);
        let read = data::cifar::parse(&colour.cifar_file()).unwrap();
        assert_eq!(
            (read.pixels, read.labels),
            (colour.set().pixels, colour.labels)
        );

        let text = zip_line("6.0000", &[-0.5; 256], " \n");
        let read = data::usps::parse(text.as_bytes()).unwrap();
        assert_eq!((read.pixels[255], read.labels[0]), (0.25, 6));
    }

    #[test]
    fn statistics_are_of_one_channel() {
        let set = ImageSet {
            pixels: vec![1.0, 3.0, 10.0, 30.0, 5.0, 7.0, 30.0, 10.0],
            channels: 2,
            rows: 2,
            columns: 1,
            labels: vec![0, 0],
        };
        assert_eq!(statistics(&set, 0), (4.0, 5f64.sqrt()));
        assert_eq!(statistics(&set, 1), (20.0, 10.0));
    }
}
