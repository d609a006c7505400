//! A2.3 once more, pixel by pixel: windows as lists of pixels, resizing one axis after the other, and a transposed
//! convolution as a convolution with the kernel turned round, of an image with zeros between its pixels.

use burn::tensor::{Tensor, TensorData};
use common::contract::a2::{
    PoolWindow, PoolingTable, TransposedConvGradients, TransposedConvOptions,
};

pub fn table() -> PoolingTable {
    PoolingTable {
        pool_output_size: |size, kernel, stride, padding| {
            let padded = size + padding + padding;
            if stride < 1 || kernel < 1 || 2 * padding > kernel || padded < kernel {
                return Err(format!("{size} {kernel} {stride} {padding} cannot be"));
            }
            Ok((kernel..=padded).step_by(stride).count())
        },
        max_pool_forward: |x, window| {
            let image = Pixels::of(&x);
            let pick = |all: Vec<usize>| {
                all.into_iter()
                    .map(|at| image.values[at])
                    .fold(f64::MIN, f64::max)
            };
            let (values, size) = image.pooled(&window, pick);
            like(&x, values, size)
        },
        max_pool_backward: |x, dy, window| {
            let image = Pixels::of(&x);
            // From the last to the first, so that the first of equal ones has the last word.
            let winner = |all: Vec<usize>| {
                let mut all = all.into_iter().rev();
                let last = all.next().expect("no window is empty");
                all.fold(last, |best, at| {
                    if image.values[at] >= image.values[best] {
                        at
                    } else {
                        best
                    }
                })
            };
            let (winners, _) = image.pooled(&window, winner);
            let mut dx = vec![0.0; image.values.len()];
            for (winner, dy) in winners.into_iter().zip(Pixels::of(&dy).values) {
                dx[winner] += dy;
            }
            like(&x, dx, [image.height, image.width])
        },
        avg_pool_forward: |x, window, count_include_pad| {
            let image = Pixels::of(&x);
            let mean = |all: Vec<usize>| {
                let places = divisor(&window, count_include_pad, all.len());
                all.into_iter().map(|at| image.values[at]).sum::<f64>() / places
            };
            let (values, size) = image.pooled(&window, mean);
            like(&x, values, size)
        },
        avg_pool_backward: |dy, [height, width], window, count_include_pad| {
            let above = Pixels::of(&dy);
            let [n, c, _, _] = dy.dims();
            let image = Pixels {
                planes: n * c,
                height,
                width,
                values: vec![0.0; n * c * height * width],
            };
            let (windows, _) = image.pooled(&window, |all| all);
            let mut dx = image.values.clone();
            for (all, dy) in windows.into_iter().zip(above.values) {
                let share = dy / divisor(&window, count_include_pad, all.len());
                all.into_iter().for_each(|at| dx[at] += share);
            }
            like(&dy, dx, [height, width])
        },
        global_avg_pool_forward: |x| x.mean_dims(&[2, 3]).squeeze_dims(&[2, 3]),
        global_avg_pool_backward: |dy, [height, width]| {
            let ones = Tensor::<4>::ones([1, 1, height, width], (&dy.device(), dy.dtype()));
            let [n, c] = dy.dims();
            dy.reshape([n, c, 1, 1]) * ones / height as f64 / width as f64
        },
        upsample_nearest_forward: |x, [rows, columns]| {
            let along = |x: Tensor<4>, out: usize| resample(x, out, &copies);
            transposed(along(transposed(along(x, columns)), rows))
        },
        upsample_nearest_backward: |dy, [rows, columns]| {
            let along = |dy: Tensor<4>, size: usize| resample_back(dy, size, &copies);
            transposed(along(transposed(along(dy, columns)), rows))
        },
        upsample_bilinear_forward: |x, [rows, columns], align_corners| {
            let places = |i, size, out| mixture(i, size, out, align_corners);
            let along = |x: Tensor<4>, out: usize| resample(x, out, &places);
            transposed(along(transposed(along(x, columns)), rows))
        },
        upsample_bilinear_backward: |dy, [rows, columns], align_corners| {
            let places = |i, size, out| mixture(i, size, out, align_corners);
            let along = |dy: Tensor<4>, size: usize| resample_back(dy, size, &places);
            transposed(along(transposed(along(dy, columns)), rows))
        },
        conv_transpose_output_size: |size, kernel, stride, padding, output_padding, dilation| {
            let numbers = [size, kernel, stride, dilation];
            if numbers.contains(&0) {
                return Err(format!("{numbers:?}: none may be 0"));
            }
            if stride <= output_padding && dilation <= output_padding {
                return Err("so much output padding is never needed".into());
            }
            let kernels = (kernel - 1) * dilation + 1;
            let all = kernels + (size - 1) * stride + output_padding;
            let left = all.checked_sub(2 * padding).filter(|left| *left > 0);
            left.ok_or_else(|| "everything is cut off".into())
        },
        conv_transpose2d_forward,
        conv_transpose2d_backward,
    }
}

/// All channels of all images one below the other.
struct Pixels {
    planes: usize,
    height: usize,
    width: usize,
    values: Vec<f64>,
}

impl Pixels {
    fn of(x: &Tensor<4>) -> Self {
        let [n, c, height, width] = x.dims();
        Self {
            planes: n * c,
            height,
            width,
            values: x.to_data().iter::<f64>().collect(),
        }
    }

    /// `what` of the indices of each window's pixels, and how many windows there are.
    fn pooled<T>(
        &self,
        window: &PoolWindow,
        what: impl Fn(Vec<usize>) -> T,
    ) -> (Vec<T>, [usize; 2]) {
        let rows = ranges(self.height, window, 0);
        let columns = ranges(self.width, window, 1);
        let mut answers = Vec::new();
        for plane in 0..self.planes {
            for row in &rows {
                for column in &columns {
                    let line = |i: usize| {
                        let start = (plane * self.height + i) * self.width;
                        column.clone().map(move |j| start + j)
                    };
                    answers.push(what(row.clone().flat_map(line).collect()));
                }
            }
        }
        (answers, [rows.len(), columns.len()])
    }
}

/// The pixels along one axis of each window.
fn ranges(size: usize, window: &PoolWindow, axis: usize) -> Vec<std::ops::Range<usize>> {
    let (kernel, padding) = (window.kernel[axis] as isize, window.padding[axis] as isize);
    let size = size as isize;
    let starts = (-padding..=size + padding - kernel).step_by(window.stride[axis]);
    starts
        .map(|start| start.max(0) as usize..(start + kernel).min(size) as usize)
        .collect()
}

fn divisor(window: &PoolWindow, count_include_pad: bool, inside: usize) -> f64 {
    if count_include_pad {
        (window.kernel[0] * window.kernel[1]) as f64
    } else {
        inside as f64
    }
}

/// Images of another size with the batch, the channels, the device and the element type of `x`.
fn like(x: &Tensor<4>, values: Vec<f64>, [height, width]: [usize; 2]) -> Tensor<4> {
    let [n, c, _, _] = x.dims();
    from(x, values, [n, c, height, width])
}

fn from(x: &Tensor<4>, values: Vec<f64>, shape: [usize; 4]) -> Tensor<4> {
    let data = TensorData::new(values, shape);
    Tensor::from_data(data, (&x.device(), x.dtype()))
}

fn transposed(x: Tensor<4>) -> Tensor<4> {
    x.swap_dims(2, 3)
}

/// Which pixels of a line of the input a pixel of the output is made of: `(index, share)`.
type Made<'a> = &'a dyn Fn(usize, usize, usize) -> Vec<(usize, f64)>;

fn copies(i: usize, size: usize, out: usize) -> Vec<(usize, f64)> {
    vec![((i * size) / out, 1.0)]
}

fn mixture(i: usize, size: usize, out: usize, align_corners: bool) -> Vec<(usize, f64)> {
    let t = if align_corners {
        i as f64 * ((size - 1) as f64 / (out.max(2) - 1) as f64)
    } else {
        (2 * i + 1) as f64 * size as f64 / (2 * out) as f64 - 0.5
    };
    let t = t.clamp(0.0, (size - 1) as f64);
    let low = t as usize;
    let mut made = vec![(low, 1.0 - t.fract())];
    if low + 1 < size {
        made.push((low + 1, t.fract()));
    }
    made
}

/// Brings every row to `out` pixels.
fn resample(x: Tensor<4>, out: usize, made: Made) -> Tensor<4> {
    let image = Pixels::of(&x);
    let mut y = Vec::new();
    for row in image.values.chunks(image.width) {
        for i in 0..out {
            let parts = made(i, image.width, out).into_iter();
            y.push(parts.map(|(a, share)| share * row[a]).sum());
        }
    }
    like(&x, y, [image.height, out])
}

/// The adjoint: brings every row back to `size` pixels.
fn resample_back(dy: Tensor<4>, size: usize, made: Made) -> Tensor<4> {
    let image = Pixels::of(&dy);
    let mut dx = vec![0.0; image.planes * image.height * size];
    for (row, dx) in image.values.chunks(image.width).zip(dx.chunks_mut(size)) {
        for (i, dy) in row.iter().enumerate() {
            for (a, share) in made(i, size, image.width) {
                dx[a] += share * dy;
            }
        }
    }
    like(&dy, dx, [image.height, size])
}

/// `x` with zeros between its pixels and around them, so that a convolution with the turned kernel does the rest.
fn apart(x: &Tensor<4>, kernel: [usize; 2], options: &TransposedConvOptions) -> Tensor<4> {
    let [n, c, height, width] = x.dims();
    let reach: [usize; 2] = std::array::from_fn(|axis| (kernel[axis] - 1) * options.dilation[axis]);
    let side = |axis: usize, size: usize| {
        (size - 1) * options.stride[axis] + 1 + 2 * reach[axis] + options.output_padding[axis]
    };
    let (rows, columns) = (side(0, height), side(1, width));
    let mut values = vec![0.0; n * c * rows * columns];
    for (at, pixel) in Pixels::of(x).values.into_iter().enumerate() {
        let (plane, i, j) = (at / (height * width), at / width % height, at % width);
        let (row, column) = (
            reach[0] + i * options.stride[0],
            reach[1] + j * options.stride[1],
        );
        values[(plane * rows + row) * columns + column] = pixel;
    }
    from(x, values, [n, c, rows, columns])
}

fn conv_transpose2d_forward(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: TransposedConvOptions,
) -> Tensor<4> {
    let [c_in, per_group, rows, columns] = weight.dims();
    let apart = apart(&x, [rows, columns], &options);
    let [n, _, height, width] = apart.dims();
    let size: [usize; 2] = [
        height - (rows - 1) * options.dilation[0] - 2 * options.padding[0],
        width - (columns - 1) * options.dilation[1] - 2 * options.padding[1],
    ];
    let inputs = c_in / options.groups;
    let mut outputs = Vec::new();
    for group in 0..options.groups {
        let mut y = Tensor::<4>::zeros([n, per_group, size[0], size[1]], (&x.device(), x.dtype()));
        for c in group * inputs..(group + 1) * inputs {
            for p in 0..rows {
                for q in 0..columns {
                    let seen = apart
                        .clone()
                        .narrow(1, c, 1)
                        .narrow(2, options.padding[0] + p * options.dilation[0], size[0])
                        .narrow(3, options.padding[1] + q * options.dilation[1], size[1]);
                    let turned = weight.clone().narrow(0, c, 1);
                    let turned = turned
                        .narrow(2, rows - 1 - p, 1)
                        .narrow(3, columns - 1 - q, 1);
                    y = y + seen * turned;
                }
            }
        }
        outputs.push(y);
    }
    let y = Tensor::cat(outputs, 1);
    match bias {
        None => y,
        Some(bias) => y + bias.unsqueeze_dims::<4>(&[0, 2, 3]),
    }
}

fn conv_transpose2d_backward(
    x: Tensor<4>,
    weight: Tensor<4>,
    dy: Tensor<4>,
    options: TransposedConvOptions,
) -> TransposedConvGradients {
    let ([n, c_in, height, width], [_, per_group, rows, columns]) = (x.dims(), weight.dims());
    let [_, c_out, above, beside] = dy.dims();
    let [xs, weights, dys] = [&x, &weight, &dy].map(|t| Pixels::of(t).values);
    let (mut dx, mut dweight) = (vec![0.0; xs.len()], vec![0.0; weights.len()]);
    let mut dbias = vec![0.0; c_out];
    for (at, dy) in dys.iter().enumerate() {
        dbias[at / (above * beside) % c_out] += dy;
    }
    let inside = |axis: usize, i: usize, p: usize, size: usize| {
        let padded = i * options.stride[axis] + p * options.dilation[axis];
        let at = padded.checked_sub(options.padding[axis])?;
        (at < size).then_some(at)
    };
    for (at, pixel) in xs.iter().enumerate() {
        let (image, c) = (at / (c_in * height * width), at / (height * width) % c_in);
        let (i, j) = (at / width % height, at % width);
        let first = c / (c_in / options.groups) * per_group;
        for (k, weight) in weights
            .iter()
            .enumerate()
            .skip(c * per_group * rows * columns)
        {
            let (o, p, q) = (
                k / (rows * columns) % per_group,
                k / columns % rows,
                k % columns,
            );
            if k / (per_group * rows * columns) > c {
                break;
            }
            if let (Some(a), Some(b)) = (inside(0, i, p, above), inside(1, j, q, beside)) {
                let dy = dys[((image * c_out + first + o) * above + a) * beside + b];
                dx[at] += dy * weight;
                dweight[k] += dy * pixel;
            }
        }
    }
    let dbias = TensorData::new(dbias, [c_out]);
    TransposedConvGradients {
        dx: from(&x, dx, [n, c_in, height, width]),
        dweight: from(&x, dweight, [c_in, per_group, rows, columns]),
        dbias: Tensor::from_data(dbias, (&x.device(), x.dtype())),
    }
}
