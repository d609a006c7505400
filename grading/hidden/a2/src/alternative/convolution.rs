//! A2.2 once more: the naive function element of the kernel by element, the product with one row per place and one image
//! at a time, and the gradients by the definition, without columns.

use burn::tensor::{Tensor, TensorData};
use common::contract::a2::*;

use crate::oracle::array::{Array, values};

pub fn table() -> ConvolutionTable {
    ConvolutionTable {
        conv_out_size: |size, kernel, stride, padding, dilation| {
            if [kernel, stride, dilation].contains(&0) {
                return Err("nothing may be 0 but the padding".into());
            }
            let beyond = (kernel - 1) * dilation;
            let starts = (size + padding + padding).saturating_sub(beyond);
            match starts.div_ceil(stride) {
                0 => Err("the kernel is too large".into()),
                places => Ok(places),
            }
        },
        conv2d_naive: |x, weight, bias, options| {
            let walk = Walk::new(&x, &weight, &options);
            let like = x.clone();
            let (x, weight, bias) = (Array::of(&x), Array::of(&weight), values(&bias));
            let mut y = Array::from_fn(walk.y, |[_, o, _, _]| bias[o]);
            for [o, c, p, q] in weight.indices() {
                let from = o / walk.per_group * weight.shape[1] + c;
                for n in 0..walk.y[0] {
                    for (i, row) in walk.along(0, p) {
                        for (j, column) in walk.along(1, q) {
                            y[[n, o, i, j]] += weight[[o, c, p, q]] * x[[n, from, row, column]];
                        }
                    }
                }
            }
            as_like(y, &like)
        },
        im2col: |x, kernel, options| {
            let [n, c, _, _] = x.dims();
            let [rows, columns] = kernel;
            let walk = Walk::of(&x, kernel, &options);
            let [_, _, out_rows, out_columns] = walk.y;
            let mut all = Array::zeros([n, c * rows * columns, out_rows * out_columns]);
            let pixels = Array::of(&x);
            for [n, k, _] in Array::<3>::zeros([n, c * rows * columns, 1]).indices() {
                let (p, q) = (k / columns % rows, k % columns);
                for (i, row) in walk.along(0, p) {
                    for (j, column) in walk.along(1, q) {
                        let seen = pixels[[n, k / (rows * columns), row, column]];
                        all[[n, k, i * out_columns + j]] = seen;
                    }
                }
            }
            as_like(all, &x)
        },
        col2im: |columns, size, [rows, wide], options| {
            let [n, k, _] = columns.dims();
            let c = k / (rows * wide);
            let image = Tensor::<4>::zeros(
                [n, c, size[0], size[1]],
                (&columns.device(), columns.dtype()),
            );
            let walk = Walk::of(&image, [rows, wide], &options);
            let mut sums = Array::of(&image);
            let all = Array::of(&columns);
            for [n, k, place] in all.indices() {
                let at = [place / walk.y[3], place % walk.y[3]];
                let pixel = walk.pixel([k / wide % rows, k % wide], at);
                if let Some([row, column]) = pixel {
                    sums[[n, k / (rows * wide), row, column]] += all[[n, k, place]];
                }
            }
            as_like(sums, &image)
        },
        conv2d_gemm: |x, weight, bias, options| {
            let walk = Walk::new(&x, &weight, &options);
            let [c_out, c, rows, columns] = weight.dims();
            let k = c * rows * columns;
            let seen = (table().im2col)(x, [rows, columns], options.clone());
            let images = (0..walk.y[0]).map(|n| {
                let image = seen.clone().narrow(0, n, 1).squeeze_dim::<2>(0).transpose();
                let parts = (0..options.groups).map(|g| {
                    let kernels = weight.clone().narrow(0, g * walk.per_group, walk.per_group);
                    let kernels = kernels.reshape([walk.per_group, k]).transpose();
                    image.clone().narrow(1, g * k, k).matmul(kernels)
                });
                let places = Tensor::cat(parts.collect(), 1) + bias.clone().reshape([1, c_out]);
                places.transpose().reshape([1, c_out, walk.y[2], walk.y[3]])
            });
            Tensor::cat(images.collect(), 0)
        },
        conv2d_backward: backward,
    }
}

/// Where the kernel goes.
struct Walk {
    /// The shape of the output.
    y: [usize; 4],
    size: [usize; 2],
    per_group: usize,
    options: ConvOptions,
}

impl Walk {
    fn new(x: &Tensor<4>, weight: &Tensor<4>, options: &ConvOptions) -> Self {
        let [c_out, _, rows, columns] = weight.dims();
        let mut walk = Self::of(x, [rows, columns], options);
        walk.y[1] = c_out;
        walk.per_group = c_out / options.groups;
        walk
    }

    fn of(x: &Tensor<4>, kernel: [usize; 2], options: &ConvOptions) -> Self {
        let [n, c, height, width] = x.dims();
        let out = |axis: usize, size: usize| {
            let beyond = (kernel[axis] - 1) * options.dilation[axis];
            let starts = size + 2 * options.padding[axis] - beyond;
            starts.div_ceil(options.stride[axis])
        };
        Self {
            y: [n, c, out(0, height), out(1, width)],
            size: [height, width],
            per_group: 0,
            options: options.clone(),
        }
    }

    /// The pixel under `tap` at the place `at`, if it is in the image.
    fn pixel(&self, tap: [usize; 2], at: [usize; 2]) -> Option<[usize; 2]> {
        let along = |axis: usize| {
            let o = &self.options;
            let padded = at[axis] * o.stride[axis] + tap[axis] * o.dilation[axis];
            let inside = o.padding[axis]..o.padding[axis] + self.size[axis];
            inside.contains(&padded).then(|| padded - inside.start)
        };
        Some([along(0)?, along(1)?])
    }

    /// The places at which `tap` is over a pixel, and that pixel, along one axis.
    fn along(&self, axis: usize, tap: usize) -> Vec<(usize, usize)> {
        let (stride, dilation) = (self.options.stride[axis], self.options.dilation[axis]);
        let shift = (tap * dilation) as isize - self.options.padding[axis] as isize;
        let places = (0..self.y[2 + axis]).map(|place| (place, (place * stride) as isize + shift));
        let inside = places.filter(|(_, pixel)| (0..self.size[axis] as isize).contains(pixel));
        inside
            .map(|(place, pixel)| (place, pixel as usize))
            .collect()
    }
}

fn as_like<const D: usize, const E: usize>(array: Array<D>, like: &Tensor<E>) -> Tensor<D> {
    let data = TensorData::new(array.values, array.shape);
    Tensor::from_data(data, (&like.device(), like.dtype()))
}

fn backward(x: Tensor<4>, weight: Tensor<4>, dy: Tensor<4>, options: ConvOptions) -> ConvGradients {
    let walk = Walk::new(&x, &weight, &options);
    let (pixels, kernels, dy) = (Array::of(&x), Array::of(&weight), Array::of(&dy));
    let mut dx = Array::zeros(pixels.shape);
    let mut dweight = Array::zeros(kernels.shape);
    let mut dbias = vec![0.0; walk.y[1]];
    for [n, o, i, j] in dy.indices() {
        let by = dy[[n, o, i, j]];
        dbias[o] += by;
        let first = o / walk.per_group * kernels.shape[1];
        for c in 0..kernels.shape[1] {
            for p in 0..kernels.shape[2] {
                for q in 0..kernels.shape[3] {
                    if let Some([row, column]) = walk.pixel([p, q], [i, j]) {
                        let pixel = [n, first + c, row, column];
                        dx[pixel] += by * kernels[[o, c, p, q]];
                        dweight[[o, c, p, q]] += by * pixels[pixel];
                    }
                }
            }
        }
    }
    ConvGradients {
        dx: as_like(dx, &x),
        dweight: as_like(dweight, &x),
        dbias: as_like(
            Array {
                shape: [dbias.len()],
                values: dbias,
            },
            &x,
        ),
    }
}
