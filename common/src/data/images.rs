//! Labelled pictures in memory, and the batches that networks take.

use burn::tensor::{Device, Int, Tensor, TensorData};

/// Labelled pictures of one size.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    /// Picture after picture, each channel by channel, each row by row:
    /// `pixels[((i * channels + c) * height + y) * width + x]`. In `[0, 1]` as loaded, with bright ink
    /// on a dark background for digits; in standard deviations from the mean once normalised.
    pub pixels: Vec<f32>,
    /// Rows of a picture.
    pub height: usize,
    /// Columns of a picture.
    pub width: usize,
    /// 1 for grey, 3 for red, green, blue.
    pub channels: usize,
    /// The class of each picture, `0..classes`.
    pub labels: Vec<u8>,
    /// How many classes there are.
    pub classes: usize,
}

/// A data set in two parts that share no picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// What a network may learn from.
    pub train: Images,
    /// What it is measured on.
    pub test: Images,
    /// Where the pictures come from, in one line to show to the user.
    pub about: String,
}

/// The mean and the standard deviation of each channel, over all pictures and all pixels of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// One mean per channel.
    pub mean: Vec<f32>,
    /// One (population) standard deviation per channel.
    pub std: Vec<f32>,
}

impl Images {
    /// The number of pictures.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no picture.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The shape of one picture: `[channels, height, width]`.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// The number of values in one picture: channels x height x width.
    #[must_use]
    pub fn features(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Picture `i`, in the order of [`Images::pixels`].
    ///
    /// # Panics
    /// When there is no picture `i`.
    #[must_use]
    pub fn image(&self, i: usize) -> &[f32] {
        &self.pixels[i * self.features()..(i + 1) * self.features()]
    }

    /// The pictures `indices` as `[n, channels, height, width]`, and their labels as `[n]`.
    ///
    /// # Panics
    /// When an index is not below [`Images::len`].
    #[must_use]
    pub fn batch(&self, indices: &[usize], device: &Device) -> (Tensor<4>, Tensor<1, Int>) {
        let shape = [indices.len(), self.channels, self.height, self.width];
        let pixels = TensorData::new(self.gather(indices), shape);
        (
            Tensor::from_data(pixels, device),
            self.label_tensor(indices, device),
        )
    }

    /// All pictures in their order, at most `n` at a time, as [`Images::batch`] gives them.
    ///
    /// # Panics
    /// When `n` is 0.
    pub fn in_order(
        &self,
        n: usize,
        device: &Device,
    ) -> impl Iterator<Item = (Tensor<4>, Tensor<1, Int>)> {
        (0..self.len()).step_by(n).map(move |first| {
            let indices: Vec<usize> = (first..self.len().min(first + n)).collect();
            self.batch(&indices, device)
        })
    }

    /// The pictures `indices` as rows, `[n, channels x height x width]`, and their labels as `[n]`.
    ///
    /// # Panics
    /// When an index is not below [`Images::len`].
    #[must_use]
    pub fn flat(&self, indices: &[usize], device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
        let shape = [indices.len(), self.features()];
        let pixels = TensorData::new(self.gather(indices), shape);
        (
            Tensor::from_data(pixels, device),
            self.label_tensor(indices, device),
        )
    }

    fn gather(&self, indices: &[usize]) -> Vec<f32> {
        let mut pixels = Vec::with_capacity(indices.len() * self.features());
        for &i in indices {
            pixels.extend_from_slice(self.image(i));
        }
        pixels
    }

    fn label_tensor(&self, indices: &[usize], device: &Device) -> Tensor<1, Int> {
        let labels: Vec<i32> = indices.iter().map(|&i| self.labels[i].into()).collect();
        Tensor::from_data(TensorData::new(labels, [indices.len()]), device)
    }

    /// The pictures `indices`, in this order.
    ///
    /// # Panics
    /// When an index is not below [`Images::len`].
    #[must_use]
    pub fn subset(&self, indices: &[usize]) -> Self {
        Self {
            pixels: self.gather(indices),
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
            ..*self
        }
    }

    /// The first `n` pictures, or all when there are fewer.
    #[must_use]
    pub fn take(mut self, n: usize) -> Self {
        let n = n.min(self.len());
        self.pixels.truncate(n * self.features());
        self.labels.truncate(n);
        self
    }

    /// How many pictures each class has.
    #[must_use]
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        for &label in &self.labels {
            counts[usize::from(label)] += 1;
        }
        counts
    }

    /// The mean and standard deviation of each channel; 0 and 0 without pictures.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let plane = self.height * self.width;
        let count = (self.len() * plane).max(1) as f64;
        let mut sums = vec![0.0f64; self.channels];
        let mut squares = vec![0.0f64; self.channels];
        for (i, values) in self.pixels.chunks_exact(plane.max(1)).enumerate() {
            let channel = i % self.channels;
            for &value in values {
                let value = f64::from(value);
                sums[channel] += value;
                squares[channel] += value * value;
            }
        }
        let mean: Vec<f64> = sums.iter().map(|sum| sum / count).collect();
        let std = squares.iter().zip(&mean);
        Statistics {
            std: std
                .map(|(square, mean)| (square / count - mean * mean).max(0.0).sqrt() as f32)
                .collect(),
            mean: mean.iter().map(|&mean| mean as f32).collect(),
        }
    }

    /// Subtracts the mean of each channel and divides by its standard deviation. A channel that never
    /// changes is only centred.
    ///
    /// # Panics
    /// When `statistics` are of another number of channels.
    pub fn normalise(&mut self, statistics: &Statistics) {
        assert_eq!(
            statistics.mean.len(),
            self.channels,
            "the statistics are of another number of channels"
        );
        let plane = self.height * self.width;
        for (i, values) in self.pixels.chunks_exact_mut(plane.max(1)).enumerate() {
            let channel = i % self.channels;
            let mean = statistics.mean[channel];
            let std = statistics.std[channel];
            let scale = if std > 0.0 { 1.0 / std } else { 1.0 };
            for value in values {
                *value = (*value - mean) * scale;
            }
        }
    }
}

impl Split {
    /// Normalises both parts with the statistics of the training part, and gives them back. The test
    /// part must not have a say in how it is looked at: in use there is no test part to ask.
    pub fn normalise(&mut self) -> Statistics {
        let statistics = self.train.statistics();
        self.train.normalise(&statistics);
        self.test.normalise(&statistics);
        statistics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three pictures of two channels and 2 x 3 pixels; the second channel is ten times the first.
    fn three() -> Images {
        let first = |i: usize| (0..6).map(move |p| (6 * i + p) as f32);
        Images {
            pixels: (0..3)
                .flat_map(|i| first(i).chain(first(i).map(|p| 10.0 * p)))
                .collect(),
            height: 2,
            width: 3,
            channels: 2,
            labels: vec![2, 0, 1],
            classes: 3,
        }
    }

    #[test]
    fn a_batch_keeps_channels_rows_and_columns_apart() {
        let device = Device::flex();
        let (x, y) = three().batch(&[2, 0], &device);
        assert_eq!(x.dims(), [2, 2, 2, 3]);
        let values: Vec<f32> = x.clone().to_data().iter().collect();
        let at = |n: usize, c: usize, h: usize, w: usize| values[((n * 2 + c) * 2 + h) * 3 + w];
        assert_eq!(
            (at(0, 0, 0, 0), at(0, 1, 1, 2), at(1, 0, 1, 0)),
            (12.0, 170.0, 3.0)
        );
        assert_eq!(y.to_data().iter::<i64>().collect::<Vec<_>>(), [1, 2]);

        let (flat, _) = three().flat(&[2, 0], &device);
        assert_eq!(flat.dims(), [2, 12]);
        assert_eq!(flat.to_data().iter::<f32>().collect::<Vec<_>>(), values);
    }

    #[test]
    fn a_subset_keeps_pictures_with_their_labels() {
        let subset = three().subset(&[1, 1]);
        assert_eq!((subset.len(), &subset.labels[..]), (2, &[0, 0][..]));
        assert_eq!(subset.image(1), three().image(1));
        let taken = three().take(2);
        assert_eq!((taken.len(), taken.pixels.len()), (2, 24));
        assert_eq!(three().take(9), three());
        assert_eq!(three().class_counts(), [1, 1, 1]);
    }

    #[test]
    fn statistics_are_of_each_channel() {
        // 0..18 has mean 8.5 and variance (18^2 - 1) / 12.
        let statistics = three().statistics();
        let std = (323.0f32 / 12.0).sqrt();
        assert_eq!(statistics.mean, [8.5, 85.0]);
        assert!((statistics.std[0] - std).abs() < 1e-5, "{statistics:?}");
        assert!(
            (statistics.std[1] - 10.0 * std).abs() < 1e-4,
            "{statistics:?}"
        );
    }

    #[test]
    fn normalise_asks_the_training_part_only() {
        let mut split = Split {
            train: three(),
            test: three().take(1),
            about: String::new(),
        };
        let statistics = split.normalise();
        assert_eq!(statistics, three().statistics());
        let after = split.train.statistics();
        for channel in 0..2 {
            assert!(after.mean[channel].abs() < 1e-5, "{after:?}");
            assert!((after.std[channel] - 1.0).abs() < 1e-5, "{after:?}");
        }
        assert_eq!(split.test.image(0), split.train.image(0));
    }

    #[test]
    fn a_constant_channel_is_only_centred() {
        let mut black = three();
        black.pixels.fill(0.25);
        let statistics = black.statistics();
        black.normalise(&statistics);
        assert!(black.pixels.iter().all(|&p| p == 0.0));
    }

    #[test]
    fn no_pictures_make_no_trouble() {
        let mut none = three().take(0);
        assert!(none.is_empty());
        let statistics = none.statistics();
        none.normalise(&statistics);
        let (x, y) = none.batch(&[], &Device::flex());
        assert_eq!((x.dims(), y.dims()), ([0, 2, 2, 3], [0]));
    }
}
