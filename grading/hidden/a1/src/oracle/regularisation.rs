//! A1.8: by index, one element or one epoch at a time.

use super::losses::log_softmax;
use super::matrix::Matrix;

/// Dropout of one element in training, forward and backward.
pub fn dropout(x: f64, uniform: f64, p: f64) -> f64 {
    if uniform < p { 0.0 } else { x / (1.0 - p) }
}

/// The epoch that stops training and the epoch that is kept, by looking at every epoch anew: which was
/// the last improvement up to it, and how long ago is that?
pub fn early_stopping(
    losses: &[f64],
    patience: usize,
    min_delta: f64,
) -> (Option<usize>, Option<usize>) {
    let last_improvement = |until: usize| {
        let improves = |last: Option<usize>, epoch: usize| {
            let best = last.map_or(f64::INFINITY, |last: usize| losses[last]);
            if best - losses[epoch] > min_delta {
                Some(epoch)
            } else {
                last
            }
        };
        (0..=until).fold(None, improves)
    };
    let waited = |epoch: usize| last_improvement(epoch).map_or(epoch + 1, |last| epoch - last);
    let stop = (0..losses.len()).find(|epoch| waited(*epoch) >= patience);
    let end = stop.or(losses.len().checked_sub(1));
    (stop, end.and_then(last_improvement))
}

/// Images `[n, channels, height, width]` in row-major order, and how to find a pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    /// `[n, channels, height, width]`
    pub shape: [usize; 4],
    /// The pixels.
    pub pixels: Vec<f64>,
}

impl Images {
    /// The images whose pixel at `[image, channel, row, column]` is `f` of that.
    pub fn from_fn(shape: [usize; 4], mut f: impl FnMut([usize; 4]) -> f64) -> Self {
        let [_, channels, height, width] = shape;
        let place = |i: usize| {
            [
                i / (channels * height * width),
                i / (height * width) % channels,
                i / width % height,
                i % width,
            ]
        };
        let pixels = (0..shape.iter().product()).map(|i| f(place(i))).collect();
        Self { shape, pixels }
    }

    /// The pixel there, or `None` outside of the image.
    pub fn at(&self, image: usize, channel: usize, row: i64, column: i64) -> Option<f64> {
        let [_, channels, height, width] = self.shape;
        let row = usize::try_from(row).ok().filter(|row| *row < height)?;
        let column = usize::try_from(column).ok().filter(|c| *c < width)?;
        Some(self.pixels[((image * channels + channel) * height + row) * width + column])
    }

    /// Every image moved by its `(down, right)`.
    pub fn shifted(&self, offsets: &[(i64, i64)], background: f64) -> Self {
        Self::from_fn(self.shape, |[i, k, row, column]| {
            let (down, right) = offsets[i];
            self.at(i, k, row as i64 - down, column as i64 - right)
                .unwrap_or(background)
        })
    }

    /// Images with a `true` mirrored left to right.
    pub fn flipped(&self, flips: &[bool]) -> Self {
        let last = self.shape[3] as i64 - 1;
        Self::from_fn(self.shape, |[i, k, row, column]| {
            let column = column as i64;
            let from = if flips[i] { last - column } else { column };
            self.at(i, k, row as i64, from).unwrap_or(f64::NAN)
        })
    }
}

/// The logarithm of the mean of the models' probabilities.
pub fn arithmetic(logits: &[Matrix]) -> Matrix {
    let log_p: Vec<Matrix> = logits.iter().map(log_softmax).collect();
    Matrix::from_fn(log_p[0].rows, log_p[0].columns, |i, k| {
        let all = || log_p.iter().map(|log_p| log_p[(i, k)]);
        let max = all().fold(f64::NEG_INFINITY, f64::max);
        let mean = all().map(|x| (x - max).exp()).sum::<f64>() / log_p.len() as f64;
        max + mean.ln()
    })
}

/// The normalised mean of the models' log-probabilities. What the softmax takes off a row is the same for
/// all classes, so it is the log-softmax of the mean of the logits.
pub fn geometric(logits: &[Matrix]) -> Matrix {
    let (rows, columns) = (logits[0].rows, logits[0].columns);
    log_softmax(&Matrix::from_fn(rows, columns, |i, k| {
        logits.iter().map(|x| x[(i, k)]).sum::<f64>() / logits.len() as f64
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopping_by_hand() {
        let losses = [3.0, 2.0, 2.5, 1.0, 1.0, 4.0, 0.0];
        assert_eq!(early_stopping(&losses, 2, 0.0), (Some(5), Some(3)));
        assert_eq!(early_stopping(&losses, 3, 0.0), (None, Some(6)));
        assert_eq!(early_stopping(&losses, 2, 1.0), (Some(2), Some(0)));
        assert_eq!(early_stopping(&[f64::NAN; 2], 2, 0.0), (Some(1), None));
        assert_eq!(early_stopping(&[], 1, 0.0), (None, None));
    }

    #[test]
    fn a_moved_and_a_mirrored_image() {
        let image = Images::from_fn([1, 1, 2, 3], |[_, _, r, c]| (3 * r + c) as f64);
        let down = image.shifted(&[(1, 0)], 9.0);
        assert_eq!(down.pixels, [9.0, 9.0, 9.0, 0.0, 1.0, 2.0]);
        let left = image.shifted(&[(0, -2)], 9.0);
        assert_eq!(left.pixels, [2.0, 9.0, 9.0, 5.0, 9.0, 9.0]);
        let mirrored = image.flipped(&[true]);
        assert_eq!(mirrored.pixels, [2.0, 1.0, 0.0, 5.0, 4.0, 3.0]);
    }

    #[test]
    fn means_of_probabilities_by_hand() {
        let row = |p: [f64; 2]| Matrix::from_fn(1, 2, |_, k| p[k].ln());
        let logits = [row([0.8, 0.2]), row([0.5, 0.5])];
        let near = |got: Matrix, want: f64| (got[(0, 0)].exp() - want).abs() < 1e-15;
        assert!(near(arithmetic(&logits), 0.65));
        assert!(near(geometric(&logits), 2.0 / 3.0));
    }
}
