//! Feature maps in plain loops: for the networks of A2.6 and A2.7.

use burn::tensor::{DType, Device, Tensor, TensorData};
use common::rng::Rng;

/// Numbers `[n, channels, rows, columns]` in row-major order: images, feature maps, or the kernels of a convolution.
#[derive(Debug, Clone)]
pub struct FeatureMaps {
    /// `n`, channels, rows, columns.
    pub shape: [usize; 4],
    /// The numbers.
    pub values: Vec<f64>,
}

impl FeatureMaps {
    /// The maps with the number `f([i, c, y, x])` at each place.
    pub fn from_fn(shape: [usize; 4], mut f: impl FnMut([usize; 4]) -> f64) -> Self {
        let mut values = Vec::with_capacity(shape.iter().product());
        for i in 0..shape[0] {
            for c in 0..shape[1] {
                for y in 0..shape[2] {
                    for x in 0..shape[3] {
                        values.push(f([i, c, y, x]));
                    }
                }
            }
        }
        Self { shape, values }
    }

    /// Normal numbers.
    pub fn normal(rng: &mut Rng, shape: [usize; 4]) -> Self {
        Self::from_fn(shape, |_| rng.normal())
    }

    /// The numbers of a tensor.
    pub fn of(tensor: &Tensor<4>) -> Self {
        Self {
            shape: tensor.dims(),
            values: tensor.to_data().iter().collect(),
        }
    }

    /// The same as a tensor in double precision.
    pub fn tensor(&self) -> Tensor<4> {
        Tensor::from_data(
            TensorData::new(self.values.clone(), self.shape),
            (&Device::flex(), DType::F64),
        )
    }

    /// The number at a place.
    pub fn at(&self, [i, c, y, x]: [usize; 4]) -> f64 {
        let [_, channels, rows, columns] = self.shape;
        self.values[((i * channels + c) * rows + y) * columns + x]
    }

    /// The same with `f` of each number.
    pub fn map(&self, f: impl FnMut(&f64) -> f64) -> Self {
        Self {
            shape: self.shape,
            values: self.values.iter().map(f).collect(),
        }
    }

    /// The sums of two, number by number.
    pub fn plus(&self, other: &Self) -> Self {
        assert_eq!(self.shape, other.shape);
        let pairs = self.values.iter().zip(&other.values);
        Self {
            shape: self.shape,
            values: pairs.map(|(a, b)| a + b).collect(),
        }
    }

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
                            sum += self.at(place) * kernels.at([filter, c, p, q]);
                        }
                    }
                }
            }
            sum
        })
    }

    /// The largest number of each window that fits.
    pub fn pooled(&self, size: usize, stride: usize) -> Self {
        let [n, channels, rows, columns] = self.shape;
        let starts = |all: usize| (0..all).step_by(stride).filter(|y| y + size <= all).count();
        Self::from_fn(
            [n, channels, starts(rows), starts(columns)],
            |[i, c, y, x]| {
                let window = (0..size).flat_map(|p| (0..size).map(move |q| (p, q)));
                window.fold(f64::NEG_INFINITY, |largest, (p, q)| {
                    largest.max(self.at([i, c, y * stride + p, x * stride + q]))
                })
            },
        )
    }

    /// The window of `size` that begins at `corner`, read from right to left where it is `mirrored`.
    pub fn window(&self, corner: [usize; 2], size: [usize; 2], mirrored: bool) -> Self {
        let [n, channels, _, _] = self.shape;
        Self::from_fn([n, channels, size[0], size[1]], |[i, c, y, x]| {
            let x = if mirrored { size[1] - 1 - x } else { x };
            self.at([i, c, corner[0] + y, corner[1] + x])
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

/// The rows of a matrix tensor.
pub fn rows(tensor: &Tensor<2>) -> Vec<Vec<f64>> {
    let [_, columns] = tensor.dims();
    let values: Vec<f64> = tensor.to_data().iter().collect();
    values.chunks(columns).map(<[f64]>::to_vec).collect()
}

/// The numbers of a vector.
pub fn numbers(tensor: &Tensor<1>) -> Vec<f64> {
    tensor.to_data().iter().collect()
}

/// `x w + b` for one row.
pub fn dense(x: &[f64], w: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let output = |j: usize| x.iter().zip(w).map(|(x, row)| x * row[j]).sum::<f64>() + b[j];
    (0..b.len()).map(output).collect()
}

/// Rows as a tensor in double precision.
pub fn matrix(rows: &[Vec<f64>]) -> Tensor<2> {
    let shape = [rows.len(), rows.first().map_or(0, Vec::len)];
    Tensor::from_data(
        TensorData::new(rows.concat(), shape),
        (&Device::flex(), DType::F64),
    )
}

/// Numbers as a tensor in double precision.
pub fn vector(values: Vec<f64>) -> Tensor<1> {
    let n = values.len();
    Tensor::from_data(TensorData::new(values, [n]), (&Device::flex(), DType::F64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::module;
    use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
    use common::check::{Tolerance, close};

    #[test]
    fn burn_agrees() {
        let mut rng = Rng::new(1);
        for (stride, padding, groups) in [(1, 0, 1), (2, 1, 2), (3, 2, 1)] {
            let x = FeatureMaps::normal(&mut rng, [2, 4, 7, 6]);
            let kernels = FeatureMaps::normal(&mut rng, [6, 4 / groups, 3, 2]);
            let bias: Vec<f64> = (0..6).map(|_| rng.normal()).collect();
            let options = ConvOptions::new([stride; 2], [padding; 2], [1; 2], groups);
            let tensor = Some(vector(bias.clone()));
            let want = module::conv2d(x.tensor(), kernels.tensor(), tensor, options);
            let got = x.convolved(&kernels, Some(&bias), stride, padding, groups);
            close(&got.tensor(), &want, Tolerance::EXACT).unwrap();
            let options = MaxPoolOptions::new([3, 3]).with_stride([stride; 2]);
            let want = module::max_pool2d(x.tensor(), options);
            close(&x.pooled(3, stride).tensor(), &want, Tolerance::EXACT).unwrap();
        }
    }
}
