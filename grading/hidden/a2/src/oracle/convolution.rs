//! A2.2: a convolution as the list of its products.
//!
//! Every number of the output is a sum of products of a pixel and a kernel's element. Who meets whom is found from the
//! pixel's side: it is under element `p` of the kernel at the place `(pixel + padding - p dilation) / stride`, if that is
//! whole and there is such a place. Output and gradients are three readings of the same list.

use common::contract::a2::ConvOptions;
use common::rng::Rng;

use super::array::Array;

/// How many places the kernel has, counted.
pub fn places(size: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> usize {
    let padded = size + 2 * padding;
    let last = |first: usize| first + (kernel - 1) * dilation;
    let fits = (0..padded)
        .step_by(stride)
        .filter(|first| last(*first) < padded);
    fits.count()
}

/// A convolution with its numbers.
#[derive(Debug, Clone)]
pub struct Conv {
    /// `[n, c_in, height, width]`
    pub x: Array<4>,
    /// `[c_out, c_in / groups, kernel rows, kernel columns]`
    pub weight: Array<4>,
    /// `[c_out]`
    pub bias: Array<1>,
    /// How the kernel moves.
    pub options: ConvOptions,
}

/// A product: where its factors are, and where it goes.
struct Product {
    x: [usize; 4],
    weight: [usize; 4],
    y: [usize; 4],
}

/// The gradients.
pub struct Gradients {
    /// By the image.
    pub dx: Array<4>,
    /// By the kernels.
    pub dweight: Array<4>,
    /// By the bias.
    pub dbias: Array<1>,
}

impl Conv {
    /// Random numbers for these sizes.
    pub fn random(rng: &mut Rng, x: [usize; 4], weight: [usize; 4], options: ConvOptions) -> Self {
        Self {
            x: Array::normal(rng, x),
            weight: Array::normal(rng, weight),
            bias: Array::normal(rng, [weight[0]]),
            options,
        }
    }

    /// `[rows, columns]` of the kernel.
    pub fn kernel(&self) -> [usize; 2] {
        [self.weight.shape[2], self.weight.shape[3]]
    }

    /// `[rows, columns]` of the image.
    pub fn size(&self) -> [usize; 2] {
        [self.x.shape[2], self.x.shape[3]]
    }

    /// `[rows, columns]` of the output.
    pub fn out(&self) -> [usize; 2] {
        let o = &self.options;
        std::array::from_fn(|a| {
            let (size, kernel) = (self.size()[a], self.kernel()[a]);
            places(size, kernel, o.stride[a], o.padding[a], o.dilation[a])
        })
    }

    /// The shape of the output.
    pub fn y_shape(&self) -> [usize; 4] {
        let [rows, columns] = self.out();
        [self.x.shape[0], self.weight.shape[0], rows, columns]
    }

    /// The place at which `pixel` is under the element `tap` of the kernel, along one axis.
    fn place(&self, axis: usize, pixel: usize, tap: usize) -> Option<usize> {
        let o = &self.options;
        let first = (pixel + o.padding[axis]).checked_sub(tap * o.dilation[axis])?;
        let place = first / o.stride[axis];
        (first % o.stride[axis] == 0 && place < self.out()[axis]).then_some(place)
    }

    fn products(&self) -> Vec<Product> {
        let [_, c_in, _, _] = self.x.shape;
        let c_out = self.weight.shape[0];
        let groups = self.options.groups;
        let mut all = vec![];
        for x in self.x.indices() {
            let group = x[1] * groups / c_in;
            for p in 0..self.kernel()[0] {
                let Some(i) = self.place(0, x[2], p) else {
                    continue;
                };
                for q in 0..self.kernel()[1] {
                    let Some(j) = self.place(1, x[3], q) else {
                        continue;
                    };
                    for o in (0..c_out).filter(|o| o * groups / c_out == group) {
                        all.push(Product {
                            x,
                            weight: [o, x[1] % (c_in / groups), p, q],
                            y: [x[0], o, i, j],
                        });
                    }
                }
            }
        }
        all
    }

    /// The output.
    pub fn y(&self) -> Array<4> {
        let mut y = Array::from_fn(self.y_shape(), |[_, o, _, _]| self.bias[[o]]);
        for product in self.products() {
            y[product.y] += self.x[product.x] * self.weight[product.weight];
        }
        y
    }

    /// The gradients from `dy`.
    pub fn gradients(&self, dy: &Array<4>) -> Gradients {
        let mut all = Gradients {
            dx: Array::zeros(self.x.shape),
            dweight: Array::zeros(self.weight.shape),
            dbias: Array::zeros(self.bias.shape),
        };
        for product in self.products() {
            all.dx[product.x] += dy[product.y] * self.weight[product.weight];
            all.dweight[product.weight] += dy[product.y] * self.x[product.x];
        }
        for at in dy.indices() {
            all.dbias[[at[1]]] += dy[at];
        }
        all
    }

    /// What the kernel sees at each place: `[n, c_in kernel rows kernel columns, places]`.
    pub fn columns(&self) -> Array<3> {
        let [n, c, _, _] = self.x.shape;
        let ([rows, columns], [out_rows, out_columns]) = (self.kernel(), self.out());
        let mut all = Array::zeros([n, c * rows * columns, out_rows * out_columns]);
        for x in self.x.indices() {
            for p in 0..rows {
                for q in 0..columns {
                    let place = (self.place(0, x[2], p), self.place(1, x[3], q));
                    if let (Some(i), Some(j)) = place {
                        let row = q + columns * (p + rows * x[1]);
                        all[[x[0], row, j + out_columns * i]] = self.x[x];
                    }
                }
            }
        }
        all
    }

    /// How often each pixel is seen.
    pub fn uses(&self) -> Array<4> {
        let [rows, columns] = self.kernel();
        let along = |axis: usize, pixel: usize, taps: usize| {
            let seen = (0..taps).filter(|tap| self.place(axis, pixel, *tap).is_some());
            seen.count() as f64
        };
        Array::from_fn(self.x.shape, |[_, _, i, j]| {
            along(0, i, rows) * along(1, j, columns)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array<const D: usize>(shape: [usize; D], values: &[f64]) -> Array<D> {
        let values = values.to_vec();
        Array { shape, values }
    }

    #[test]
    fn the_handouts_example() {
        let conv = Conv {
            x: array([1, 1, 3, 3], &[1., 2., 0., 0., 1., 3., 2., 0., 1.]),
            weight: array([1, 1, 2, 2], &[1., 2., 3., 4.]),
            bias: array([1], &[1.0]),
            options: ConvOptions::default(),
        };
        assert_eq!(conv.y().values, [10., 18., 9., 12.]);
        assert_eq!(conv.uses().values, [1., 2., 1., 2., 4., 2., 1., 2., 1.]);
        let gradients = conv.gradients(&array([1, 1, 2, 2], &[1., 0., 0., -2.]));
        let dx = [1., 2., 0., 3., 2., -4., 0., -6., -8.];
        assert_eq!(gradients.dx.values, dx);
        assert_eq!(gradients.dweight.values, [-1., -4., 0., -1.]);
        assert_eq!(gradients.dbias.values, [-1.0]);
    }

    #[test]
    fn places_are_counted() {
        assert_eq!(places(224, 11, 4, 2, 1), 55);
        assert_eq!(places(5, 3, 1, 0, 2), 1);
        assert_eq!(places(3, 4, 1, 0, 1), 0);
    }
}
