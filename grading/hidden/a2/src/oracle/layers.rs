//! Feature maps as plain numbers: the few layers that detectors and segmenters are made of, and the way back through
//! them.

use burn::tensor::{DType, Device, Tensor, TensorData};

/// `[n, channels, rows, columns]` numbers, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Maps {
    /// The sizes of the axes.
    pub shape: [usize; 4],
    /// The numbers.
    pub values: Vec<f64>,
}

impl Maps {
    /// All zero.
    pub fn zeros(shape: [usize; 4]) -> Self {
        let values = vec![0.0; shape.iter().product()];
        Self { shape, values }
    }

    /// The numbers of a tensor.
    pub fn of(tensor: &Tensor<4>) -> Self {
        Self {
            shape: tensor.dims(),
            values: tensor.to_data().iter().collect(),
        }
    }

    /// As a tensor.
    pub fn tensor(&self) -> Tensor<4> {
        tensor(self.values.clone(), self.shape)
    }

    fn index(&self, [n, c, i, j]: [usize; 4]) -> usize {
        let [_, channels, rows, columns] = self.shape;
        ((n * channels + c) * rows + i) * columns + j
    }

    /// One number.
    pub fn at(&self, place: [usize; 4]) -> f64 {
        self.values[self.index(place)]
    }

    /// Adds to one number.
    pub fn add(&mut self, place: [usize; 4], value: f64) {
        let index = self.index(place);
        self.values[index] += value;
    }

    /// `f` of the place of each number.
    pub fn from_fn(shape: [usize; 4], mut f: impl FnMut([usize; 4]) -> f64) -> Self {
        let mut maps = Self::zeros(shape);
        for place in places(shape) {
            let index = maps.index(place);
            maps.values[index] = f(place);
        }
        maps
    }

    /// The largest of each number and 0.
    pub fn relu(mut self) -> Self {
        self.values.iter_mut().for_each(|x| *x = x.max(0.0));
        self
    }

    /// The channels of both, those of `self` first.
    pub fn beside(&self, other: &Self) -> Self {
        let [n, own, rows, columns] = self.shape;
        let shape = [n, own + other.shape[1], rows, columns];
        Self::from_fn(shape, |[n, c, i, j]| match c.checked_sub(own) {
            None => self.at([n, c, i, j]),
            Some(c) => other.at([n, c, i, j]),
        })
    }

    /// The largest number of each 2 x 2 square and where it is.
    pub fn pooled(&self) -> (Self, Vec<[usize; 4]>) {
        let [n, channels, rows, columns] = self.shape;
        let mut winners = Vec::new();
        let pooled = Self::from_fn([n, channels, rows / 2, columns / 2], |[n, c, i, j]| {
            let square = [[0, 0], [0, 1], [1, 0], [1, 1]];
            let square = square.map(|[di, dj]| [n, c, 2 * i + di, 2 * j + dj]);
            let winner =
                square
                    .into_iter()
                    .reduce(|best, place| match self.at(place) > self.at(best) {
                        true => place,
                        false => best,
                    });
            winners.extend(winner);
            winner.map_or(f64::NAN, |place| self.at(place))
        });
        (pooled, winners)
    }
}

/// All places of maps, row by row.
pub fn places([n, channels, rows, columns]: [usize; 4]) -> impl Iterator<Item = [usize; 4]> {
    let count = n * channels * rows * columns;
    (0..count).map(move |i| {
        let (i, column) = (i / columns, i % columns);
        let (i, row) = (i / rows, i % rows);
        [i / channels, i % channels, row, column]
    })
}

/// A convolution that keeps the size of its input, with a kernel of an odd side.
#[derive(Debug, Clone)]
pub struct Same {
    /// `[c_out, c_in, k, k]`
    pub weight: Maps,
    /// One per output channel.
    pub bias: Vec<f64>,
}

impl Same {
    /// Every product of a weight and an input, with the places of output, weight and input.
    fn products(&self, shape: [usize; 4], mut f: impl FnMut([usize; 4], [usize; 4], [usize; 4])) {
        let [n, _, rows, columns] = shape;
        let half = self.weight.shape[2] / 2;
        for [image, _, i, j] in places([n, 1, rows, columns]) {
            for [o, c, p, q] in places(self.weight.shape) {
                let (y, x) = ((i + p).wrapping_sub(half), (j + q).wrapping_sub(half));
                if y < rows && x < columns {
                    f([image, o, i, j], [o, c, p, q], [image, c, y, x]);
                }
            }
        }
    }

    /// The layer's output.
    pub fn of(&self, x: &Maps) -> Maps {
        let [n, _, rows, columns] = x.shape;
        let shape = [n, self.bias.len(), rows, columns];
        let mut y = Maps::from_fn(shape, |[_, o, _, _]| self.bias[o]);
        self.products(x.shape, |output, weight, input| {
            y.add(output, self.weight.at(weight) * x.at(input));
        });
        y
    }

    /// The gradient by an input of `shape`, from that by the output.
    pub fn back(&self, shape: [usize; 4], dy: &Maps) -> Maps {
        let mut dx = Maps::zeros(shape);
        self.products(shape, |output, weight, input| {
            dx.add(input, self.weight.at(weight) * dy.at(output));
        });
        dx
    }
}

/// A tensor in double precision on the CPU.
pub fn tensor<const D: usize>(values: Vec<f64>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(
        TensorData::new(values, shape),
        (&Device::flex(), DType::F64),
    )
}

/// The numbers of a tensor in row-major order.
pub fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::rng::Rng;

    /// `<conv x, y> = <x, back y>` for a convolution without bias.
    #[test]
    fn the_way_back_is_the_adjoint() {
        let mut rng = Rng::new(1);
        let mut draw = |shape| Maps::from_fn(shape, |_| rng.normal());
        let (weight, x, y) = (draw([2, 3, 3, 3]), draw([2, 3, 4, 5]), draw([2, 2, 4, 5]));
        let layer = Same {
            weight,
            bias: vec![0.0; 2],
        };
        let dot = |a: &Maps, b: &Maps| -> f64 {
            a.values.iter().zip(&b.values).map(|(a, b)| a * b).sum()
        };
        let (there, back) = (dot(&layer.of(&x), &y), dot(&x, &layer.back(x.shape, &y)));
        assert!((there - back).abs() < 1e-12, "{there} {back}");
    }

    #[test]
    fn pooling_leaves_an_odd_edge_out() {
        let x = Maps {
            shape: [1, 1, 2, 3],
            values: vec![1.0, 5.0, 9.0, 2.0, 3.0, 9.0],
        };
        let (pooled, winners) = x.pooled();
        assert_eq!((pooled.values, winners), (vec![5.0], vec![[0, 0, 0, 1]]));
    }
}
