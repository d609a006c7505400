//! Pictures on a tape: 3 x 3 convolution, pooling and normalisation by loops over single pixels.

use burn::tensor::Tensor;

use super::array::{Array, values};
use super::tape::{Tape, Var};

/// Pictures `[n, c, height, width]` of which every pixel is on a tape.
pub type TapeMaps = Array<4, Var>;

/// A mean and a variance for each channel.
pub struct Moments {
    /// The means.
    pub mean: Vec<f64>,
    /// The variances over the number of values.
    pub variance: Vec<f64>,
    /// How many values a channel has.
    pub count: usize,
}

impl TapeMaps {
    /// The pictures of a tensor, as inputs.
    pub fn on(tape: &mut Tape, x: &Tensor<4>) -> Self {
        Self {
            shape: x.dims(),
            values: tape.inputs(&values(x)),
        }
    }

    /// The pixel at a place, or none outside of the picture.
    fn at(&self, n: usize, c: usize, i: isize, j: isize) -> Option<Var> {
        let [_, _, height, width] = self.shape;
        let (i, j) = (usize::try_from(i).ok()?, usize::try_from(j).ok()?);
        (i < height && j < width).then(|| self[[n, c, i, j]])
    }

    /// The correlation with kernels `[outputs, c, 3, 3]`, padded by one zero.
    pub fn convolved(&self, tape: &mut Tape, kernel: &[Var], outputs: usize) -> Self {
        let [samples, channels, height, width] = self.shape;
        let mut pairs = Vec::new();
        Self::from_fn([samples, outputs, height, width], |[n, o, i, j]| {
            pairs.clear();
            for c in 0..channels {
                for p in 0..3 {
                    for q in 0..3 {
                        let (row, column) = ((i + p) as isize - 1, (j + q) as isize - 1);
                        if let Some(x) = self.at(n, c, row, column) {
                            pairs.push((x, kernel[((o * channels + c) * 3 + p) * 3 + q]));
                        }
                    }
                }
            }
            tape.dot(&pairs)
        })
    }

    /// The largest of each 2 x 2 pixels; rows and columns that make no pair are left out.
    pub fn pooled(&self, tape: &Tape) -> Self {
        let [samples, channels, height, width] = self.shape;
        Self::from_fn(
            [samples, channels, height / 2, width / 2],
            |[n, c, i, j]| {
                let window = [(0, 0), (0, 1), (1, 0), (1, 1)]
                    .map(|(p, q)| self[[n, c, 2 * i + p, 2 * j + q]]);
                let larger = |a: Var, b: Var| if tape.value(b) > tape.value(a) { b } else { a };
                window.into_iter().reduce(larger).expect("four pixels")
            },
        )
    }

    /// `max(x, 0)` of every pixel.
    pub fn relu(&self, tape: &mut Tape) -> Self {
        self.map(|&x| tape.relu(x))
    }

    /// The sum with others of the same shape.
    pub fn plus(&self, tape: &mut Tape, other: &Self) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        let values = pairs.map(|(&a, &b)| tape.add(a, b)).collect();
        Self { values, ..*self }
    }

    fn channel(&self, c: usize) -> Vec<Var> {
        let [_, channels, height, width] = self.shape;
        let planes = self.values.chunks(height * width).enumerate();
        let own = planes.filter(|(plane, _)| plane % channels == c);
        own.flat_map(|(_, plane)| plane).copied().collect()
    }

    /// The mean and the variance of each channel over pictures and pixels.
    pub fn moments(&self, tape: &Tape) -> Moments {
        let channels: Vec<Vec<f64>> = (0..self.shape[1])
            .map(|c| tape.values(&self.channel(c)))
            .collect();
        let mean = |x: &Vec<f64>| x.iter().sum::<f64>() / x.len() as f64;
        let variance = |x: &Vec<f64>| {
            let middle = mean(x);
            x.iter().map(|x| (x - middle).powi(2)).sum::<f64>() / x.len() as f64
        };
        Moments {
            mean: channels.iter().map(mean).collect(),
            variance: channels.iter().map(variance).collect(),
            count: channels.first().map_or(0, Vec::len),
        }
    }

    /// `gamma (x - mean) / sqrt(variance + eps) + beta` with the moments of a channel. `own` says that they are those of
    /// these pictures, and so depend on every pixel.
    pub fn normalised(
        &self,
        tape: &mut Tape,
        [gamma, beta]: [&[Var]; 2],
        moments: &Moments,
        eps: f64,
        own: bool,
    ) -> Self {
        let [samples, channels, height, width] = self.shape;
        let plane = height * width;
        let mut pixels = vec![None; self.values.len()];
        for c in 0..channels {
            let list = self.channel(c);
            let (mean, root) = (moments.mean[c], (moments.variance[c] + eps).sqrt());
            let hats: Vec<f64> = tape
                .values(&list)
                .iter()
                .map(|x| (x - mean) / root)
                .collect();
            let count = hats.len() as f64;
            let (scale, shift) = (tape.value(gamma[c]), tape.value(beta[c]));
            for (i, hat) in hats.iter().enumerate() {
                // The derivative of one normalised number by each of its channel.
                let by_pixels: Vec<(Var, f64)> = match own {
                    false => vec![(list[i], scale / root)],
                    true => (0..list.len())
                        .map(|j| {
                            let same = if i == j { 1.0 } else { 0.0 };
                            let shared = (1.0 + hat * hats[j]) / count;
                            (list[j], scale * (same - shared) / root)
                        })
                        .collect(),
                };
                let by = by_pixels
                    .into_iter()
                    .chain([(gamma[c], *hat), (beta[c], 1.0)]);
                let place = ((i / plane) * channels + c) * plane + i % plane;
                pixels[place] = Some(tape.node(scale * hat + shift, by));
            }
        }
        Self {
            shape: [samples, channels, height, width],
            values: pixels
                .into_iter()
                .map(|x| x.expect("every pixel"))
                .collect(),
        }
    }

    /// The pixels of each picture, channel by channel.
    pub fn rows(&self) -> Vec<Vec<Var>> {
        let [samples, ..] = self.shape;
        let each = self.values.len() / samples.max(1);
        self.values
            .chunks(each.max(1))
            .map(<[Var]>::to_vec)
            .collect()
    }
}

/// `rows weight + bias`, with `weight` `[d, outputs]`.
pub fn linear(tape: &mut Tape, rows: &[Vec<Var>], weight: &[Var], bias: &[Var]) -> Vec<Vec<Var>> {
    let outputs = bias.len();
    let mut logits = Vec::with_capacity(rows.len());
    for row in rows {
        let mut output = |o: usize| {
            let weights = weight.iter().skip(o).step_by(outputs);
            let pairs: Vec<(Var, Var)> = row.iter().copied().zip(weights.copied()).collect();
            let product = tape.dot(&pairs);
            tape.add(product, bias[o])
        };
        logits.push((0..outputs).map(&mut output).collect());
    }
    logits
}

#[cfg(test)]
mod tests {
    use burn::tensor::module;
    use burn::tensor::ops::ConvOptions;
    use common::check::{Tolerance, close};
    use common::rng::Rng;

    use super::super::array::tensor;
    use super::*;

    /// Against Burn's own operations and its autodiff: a convolution, batch normalisation over its own moments, and a
    /// random cotangent.
    #[test]
    fn loops_agree_with_burn() {
        let mut rng = Rng::new(1);
        let (x, k) = (
            rng.normal_tensor([2, 2, 4, 3]),
            rng.normal_tensor([3, 2, 3, 3]),
        );
        let (gamma, beta) = (rng.normal_tensor([3]), rng.normal_tensor([3]));
        let dy: Tensor<4> = rng.normal_tensor([2, 3, 4, 3]);
        let leaves = (
            x.clone().autodiff().require_grad(),
            k.clone().autodiff().require_grad(),
        );
        let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        let y = module::conv2d(leaves.0.clone(), leaves.1.clone(), None, options);
        let over = |x: Tensor<4>| x.mean_dim(0).mean_dim(2).mean_dim(3);
        let centred = y.clone() - over(y);
        let root = (over(centred.clone().square()) + 0.1).sqrt();
        let shape = [1, 3, 1, 1];
        let y = centred / root * gamma.clone().reshape(shape) + beta.clone().reshape(shape);
        let gradients = (y.clone() * dy.clone()).sum().backward();

        let mut tape = Tape::new();
        let maps = TapeMaps::on(&mut tape, &x);
        let kernel = tape.inputs(&values(&k));
        let affine = [&gamma, &beta].map(|v| tape.inputs(&values(v)));
        let convolved = maps.convolved(&mut tape, &kernel, 3);
        let moments = convolved.moments(&tape);
        let affine = [&affine[0][..], &affine[1][..]];
        let normalised = convolved.normalised(&mut tape, affine, &moments, 0.1, true);
        let got = tensor(tape.values(&normalised.values), [2, 3, 4, 3]);
        close(&got, &y.inner(), Tolerance::EXACT).unwrap();
        let cotangent = tape.inputs(&values(&dy));
        let pairs: Vec<_> = normalised.values.iter().copied().zip(cotangent).collect();
        let loss = tape.dot(&pairs);
        let dx = tensor(tape.gradient(loss, &maps.values), x.dims());
        let dk = tensor(tape.gradient(loss, &kernel), k.dims());
        close(&dx, &leaves.0.grad(&gradients).unwrap(), Tolerance::EXACT).unwrap();
        close(&dk, &leaves.1.grad(&gradients).unwrap(), Tolerance::EXACT).unwrap();
    }

    #[test]
    fn the_largest_of_four_is_kept() {
        let mut tape = Tape::new();
        let x = tensor(
            (0..12).map(|i| f64::from((i * 7) % 12)).collect(),
            [1, 1, 3, 4],
        );
        // 0 7 2 9 / 4 11 6 1 / 8 3 10 5: the last row makes no pair.
        let pooled = TapeMaps::on(&mut tape, &x).pooled(&tape);
        assert_eq!(pooled.shape, [1, 1, 1, 2]);
        assert_eq!(tape.values(&pooled.values), [11.0, 9.0]);
    }
}
