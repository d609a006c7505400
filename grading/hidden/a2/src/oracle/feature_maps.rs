//! Feature maps `[n, channels, rows, columns]` in plain loops: the layers that the networks of A2.6, A2.7, A2.11 and
//! A2.12 are made of.

use super::array::{Array, indices};

impl Array<4> {
    /// What a convolution makes of the maps: at each place a sum over the channels of a group and the kernel.
    pub fn convolved(
        &self,
        kernels: &Self,
        bias: Option<&[f64]>,
        stride: usize,
        padding: usize,
        groups: usize,
    ) -> Self {
        let [n, channels, rows, columns] = self.shape;
        let [filters, depth, height, width] = kernels.shape;
        assert_eq!(depth * groups, channels);
        let places = |size: usize, kernel: usize| (size + 2 * padding - kernel) / stride + 1;
        let shape = [n, filters, places(rows, height), places(columns, width)];
        Self::from_fn(shape, |[i, filter, y, x]| {
            let group = filter / (filters / groups);
            let mut sum = bias.map_or(0.0, |bias| bias[filter]);
            for c in 0..depth {
                for p in 0..height {
                    for q in 0..width {
                        // Where the padded image is the image.
                        let (y, x) = (y * stride + p, x * stride + q);
                        let inside = (padding..padding + rows).contains(&y)
                            && (padding..padding + columns).contains(&x);
                        if inside {
                            let place = [i, group * depth + c, y - padding, x - padding];
                            sum += self[place] * kernels[[filter, c, p, q]];
                        }
                    }
                }
            }
            sum
        })
    }

    /// The largest number of each window that fits, and where it is; of equal ones the first.
    pub fn pooled(&self, size: usize, stride: usize) -> (Self, Vec<[usize; 4]>) {
        let [n, channels, rows, columns] = self.shape;
        let starts = |all: usize| (0..all).step_by(stride).filter(|y| y + size <= all).count();
        let mut winners = Vec::new();
        let shape = [n, channels, starts(rows), starts(columns)];
        let pooled = Self::from_fn(shape, |[i, c, y, x]| {
            let mut winner = [i, c, y * stride, x * stride];
            for [p, q] in indices([size, size]) {
                let place = [i, c, y * stride + p, x * stride + q];
                if self[place] > self[winner] {
                    winner = place;
                }
            }
            winners.push(winner);
            self[winner]
        });
        (pooled, winners)
    }

    /// The largest of each number and 0.
    pub fn relu(&self) -> Self {
        self.map(|x| x.max(0.0))
    }

    /// The channels of both, those of `self` first.
    pub fn beside(&self, other: &Self) -> Self {
        let [n, own, rows, columns] = self.shape;
        let shape = [n, own + other.shape[1], rows, columns];
        Self::from_fn(shape, |[n, c, i, j]| match c.checked_sub(own) {
            None => self[[n, c, i, j]],
            Some(c) => other[[n, c, i, j]],
        })
    }

    /// The window of `size` that begins at `corner`, read from right to left where it is `mirrored`.
    pub fn window(&self, corner: [usize; 2], size: [usize; 2], mirrored: bool) -> Self {
        let [n, channels, _, _] = self.shape;
        Self::from_fn([n, channels, size[0], size[1]], |[i, c, y, x]| {
            let x = if mirrored { size[1] - 1 - x } else { x };
            self[[i, c, corner[0] + y, corner[1] + x]]
        })
    }

    /// One image alone.
    pub fn image(&self, i: usize) -> Self {
        let [_, channels, rows, columns] = self.shape;
        let one = channels * rows * columns;
        Self {
            shape: [1, channels, rows, columns],
            values: self.values[i * one..(i + 1) * one].to_vec(),
        }
    }
}

/// `x w + b` for one row.
pub fn dense(x: &[f64], w: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let output = |j: usize| x.iter().zip(w).map(|(x, row)| x * row[j]).sum::<f64>() + b[j];
    (0..b.len()).map(output).collect()
}

/// A convolution that keeps the size of its input, with a kernel of an odd side.
#[derive(Debug, Clone)]
pub struct Same {
    /// `[c_out, c_in, k, k]`
    pub weight: Array<4>,
    /// One per output channel.
    pub bias: Vec<f64>,
}

impl Same {
    /// The layer's output.
    pub fn of(&self, x: &Array<4>) -> Array<4> {
        let half = self.weight.shape[2] / 2;
        x.convolved(&self.weight, Some(&self.bias), 1, half, 1)
    }

    /// The gradient by an input of `shape`, from that by the output.
    pub fn back(&self, shape: [usize; 4], dy: &Array<4>) -> Array<4> {
        let [_, channels, height, width] = self.weight.shape;
        let mut dx = Array::zeros(shape);
        for output @ [image, o, i, j] in dy.indices() {
            for [c, p, q] in indices([channels, height, width]) {
                // Below 0 the subtraction wraps round, and is beyond the other edge.
                let y = (i + p).wrapping_sub(height / 2);
                let x = (j + q).wrapping_sub(width / 2);
                if y < shape[2] && x < shape[3] {
                    dx[[image, c, y, x]] += self.weight[[o, c, p, q]] * dy[output];
                }
            }
        }
        dx
    }
}

#[cfg(test)]
mod tests {
    use super::super::array::vector;
    use super::*;
    use burn::tensor::module;
    use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
    use common::check::{Tolerance, close};
    use common::rng::Rng;

    #[test]
    fn burn_agrees() {
        let mut rng = Rng::new(1);
        for (stride, padding, groups) in [(1, 0, 1), (2, 1, 2), (3, 2, 1)] {
            let x = Array::normal(&mut rng, [2, 4, 7, 6]);
            let kernels = Array::normal(&mut rng, [6, 4 / groups, 3, 2]);
            let bias: Vec<f64> = (0..6).map(|_| rng.normal()).collect();
            let options = ConvOptions::new([stride; 2], [padding; 2], [1; 2], groups);
            let tensor = Some(vector(bias.clone()));
            let want = module::conv2d(x.tensor(), kernels.tensor(), tensor, options);
            let got = x.convolved(&kernels, Some(&bias), stride, padding, groups);
            close(&got.tensor(), &want, Tolerance::EXACT).unwrap();
            let options = MaxPoolOptions::new([3, 3]).with_stride([stride; 2]);
            let want = module::max_pool2d(x.tensor(), options);
            close(&x.pooled(3, stride).0.tensor(), &want, Tolerance::EXACT).unwrap();
        }
    }

    /// `<conv x, y> = <x, back y>` for a convolution without bias.
    #[test]
    fn the_way_back_is_the_adjoint() {
        let mut rng = Rng::new(1);
        let mut draw = |shape| Array::normal(&mut rng, shape);
        let (weight, x, y) = (draw([2, 3, 3, 3]), draw([2, 3, 4, 5]), draw([2, 2, 4, 5]));
        let layer = Same {
            weight,
            bias: vec![0.0; 2],
        };
        let (there, back) = (layer.of(&x).dot(&y), x.dot(&layer.back(x.shape, &y)));
        assert!((there - back).abs() < 1e-12, "{there} {back}");
    }

    #[test]
    fn pooling_leaves_an_odd_edge_out() {
        let x = Array {
            shape: [1, 1, 2, 3],
            values: vec![1.0, 5.0, 9.0, 2.0, 3.0, 9.0],
        };
        let (pooled, winners) = x.pooled(2, 2);
        assert_eq!((pooled.values, winners), (vec![5.0], vec![[0, 0, 0, 1]]));
    }
}
