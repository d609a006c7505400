use burn::tensor::{DType, Device, Tensor, TensorData};

use super::geometry::Geometry;
use super::{ConvOptions, conv2d};
use crate::check::{Tolerance, close, close_values, numeric_gradient};
use crate::rng::Rng;

/// A convolution to try: sizes, options and numbers in double precision.
pub(super) struct Case {
    pub options: ConvOptions,
    pub x: Tensor<4>,
    pub weight: Tensor<4>,
    pub bias: Option<Tensor<1>>,
}

impl Case {
    /// Odd sizes, on purpose: kernels with one row, strides beyond the kernel, padding beyond the image, a single pixel.
    fn draw(rng: &mut Rng) -> Self {
        let mut pair = |low, high| [rng.between(low, high), rng.between(low, high)];
        let (kernel, stride, padding) = (pair(1, 5), pair(1, 3), pair(0, 3));
        let (dilation, extra) = (pair(1, 3), pair(0, 9));
        let groups = rng.between(1, 3);
        let (inputs, outputs) = (rng.between(1, 5), rng.between(1, 11));
        let size = |axis: usize| {
            let least = dilation[axis] * (kernel[axis] - 1) + 1;
            least.saturating_sub(2 * padding[axis]).max(1) + extra[axis]
        };
        let n = rng.between(1, 4);
        let bias = (rng.below(2) == 0).then(|| rng.normal_tensor([groups * outputs]));
        Self {
            x: rng.normal_tensor([n, groups * inputs, size(0), size(1)]),
            weight: rng.normal_tensor([groups * outputs, inputs, kernel[0], kernel[1]]),
            bias,
            options: ConvOptions {
                stride,
                padding,
                dilation,
                groups,
            },
        }
    }

    /// Seven loops: calls `term(output, pixel, weight)` with the indices of every product.
    fn each(&self, mut term: impl FnMut(usize, usize, usize)) {
        let ([n, c_in, height, width], [c_out, inputs, rows, columns]) =
            (self.x.dims(), self.weight.dims());
        let o = &self.options;
        let [_, _, out_rows, out_columns] = self.output();
        for image in 0..n {
            for channel in 0..c_out {
                let first = channel / (c_out / o.groups) * (c_in / o.groups);
                for i in 0..out_rows {
                    for j in 0..out_columns {
                        let output = ((image * c_out + channel) * out_rows + i) * out_columns + j;
                        for c in 0..inputs {
                            for p in 0..rows {
                                for q in 0..columns {
                                    let row = (i * o.stride[0] + p * o.dilation[0])
                                        .wrapping_sub(o.padding[0]);
                                    let column = (j * o.stride[1] + q * o.dilation[1])
                                        .wrapping_sub(o.padding[1]);
                                    if row < height && column < width {
                                        let pixel = ((image * c_in + first + c) * height + row)
                                            * width
                                            + column;
                                        let k = ((channel * inputs + c) * rows + p) * columns + q;
                                        term(output, pixel, k);
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    pub fn geometry(&self) -> Geometry {
        Geometry::new(self.x.dims(), self.weight.dims(), &self.options)
    }

    /// The shape of the output.
    fn output(&self) -> [usize; 4] {
        let ([n, _, height, width], [c_out, _, rows, columns]) =
            (self.x.dims(), self.weight.dims());
        let o = &self.options;
        let out = |size: usize, kernel: usize, a: usize| {
            (size + 2 * o.padding[a] - o.dilation[a] * (kernel - 1) - 1) / o.stride[a] + 1
        };
        [n, c_out, out(height, rows, 0), out(width, columns, 1)]
    }

    pub fn by_loops(&self) -> Tensor<4> {
        let shape @ [n, c_out, rows, columns] = self.output();
        let (x, weight) = (numbers(&self.x), numbers(&self.weight));
        let bias = self.bias.as_ref().map_or(vec![0.0; c_out], numbers);
        let mut y: Vec<f64> = (0..n * c_out * rows * columns)
            .map(|output| bias[output / (rows * columns) % c_out])
            .collect();
        self.each(|output, pixel, k| y[output] += x[pixel] * weight[k]);
        Tensor::from_data(TensorData::new(y, shape), (&Device::flex(), DType::F64))
    }

    /// The gradient of `sum(dy y)` by the weight.
    pub fn weight_gradient_by_loops(&self, dy: &[f64]) -> Vec<f64> {
        let x = numbers(&self.x);
        let mut gradient = vec![0.0; numbers(&self.weight).len()];
        self.each(|output, pixel, k| gradient[k] += dy[output] * x[pixel]);
        gradient
    }

    /// The gradient of `sum(dy y)` by x.
    pub fn input_gradient_by_loops(&self, dy: &[f64]) -> Vec<f64> {
        let weight = numbers(&self.weight);
        let mut gradient = vec![0.0; numbers(&self.x).len()];
        self.each(|output, pixel, k| gradient[pixel] += dy[output] * weight[k]);
        gradient
    }

    pub fn run(&self) -> Tensor<4> {
        conv2d(
            self.x.clone(),
            self.weight.clone(),
            self.bias.clone(),
            &self.options,
        )
    }

    /// The gradients of `sum(dy y)` by x, weight and bias.
    fn gradients(&self, dy: &Tensor<4>) -> (Tensor<4>, Tensor<4>, Option<Tensor<1>>) {
        let x = self.x.clone().autodiff().require_grad();
        let weight = self.weight.clone().autodiff().require_grad();
        let bias = self.bias.clone().map(|b| b.autodiff().require_grad());
        let y = conv2d(x.clone(), weight.clone(), bias.clone(), &self.options);
        let gradients = (y * dy.clone().autodiff()).sum().backward();
        (
            x.grad(&gradients).unwrap(),
            weight.grad(&gradients).unwrap(),
            bias.map(|bias| bias.grad(&gradients).unwrap()),
        )
    }

    fn single(&self) -> Self {
        Self {
            options: self.options.clone(),
            x: self.x.clone().cast(DType::F32),
            weight: self.weight.clone().cast(DType::F32),
            bias: self.bias.clone().map(|bias| bias.cast(DType::F32)),
        }
    }
}

pub(super) fn numbers<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

pub(super) const TIGHT: Tolerance = Tolerance {
    absolute: 1e-11,
    relative: 1e-11,
};

pub(super) fn cases() -> impl Iterator<Item = (Case, Rng)> {
    (0..60).map(|seed| {
        let mut rng = Rng::new(seed);
        (Case::draw(&mut rng), rng)
    })
}

#[test]
fn forward_is_the_loops() {
    for (case, _) in cases() {
        let want = case.by_loops();
        assert_eq!(case.run().dims(), want.dims(), "{:?}", case.options);
        close(&case.run(), &want, TIGHT)
            .unwrap_or_else(|e| panic!("{e:?} {:?} {:?}", case.options, case.x.dims()));
    }
}

#[test]
fn gradients_are_the_loops() {
    for (case, mut rng) in cases() {
        let dy = rng.normal_tensor(case.run().dims());
        let (dx, dw, db) = case.gradients(&dy);
        let dy_numbers = numbers(&dy);
        for (got, want) in [
            (dx, case.input_gradient_by_loops(&dy_numbers)),
            (dw, case.weight_gradient_by_loops(&dy_numbers)),
        ] {
            close_values(&numbers(&got), &want, TIGHT)
                .unwrap_or_else(|e| panic!("{e:?} {:?} {:?}", case.options, case.x.dims()));
        }
        if let Some(db) = db {
            let want = dy.sum_dims([0, 2, 3].as_slice()).reshape([-1]);
            close(&db, &want, TIGHT).unwrap();
        }
    }
}

fn f32_values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    assert_eq!(tensor.dtype(), DType::F32);
    numbers(tensor)
}

/// The sums have some hundred terms of size 1, each with a relative error of 1e-7.
#[test]
fn single_precision_is_near_double() {
    let tolerance = Tolerance {
        absolute: 1e-4,
        relative: 1e-4,
    };
    for (case, mut rng) in cases() {
        let dy = rng.normal_tensor(case.run().dims());
        let single = case.single();
        close_values(&f32_values(&single.run()), &numbers(&case.run()), tolerance).unwrap();
        let got = single.gradients(&dy.clone().cast(DType::F32));
        let want = case.gradients(&dy);
        close_values(&f32_values(&got.0), &numbers(&want.0), tolerance).unwrap();
        close_values(&f32_values(&got.1), &numbers(&want.1), tolerance).unwrap();
        if let (Some(got), Some(want)) = (got.2, want.2) {
            close_values(&f32_values(&got), &numbers(&want), tolerance).unwrap();
        }
    }
}

#[test]
fn gradients_are_the_differences() {
    for (case, mut rng) in cases().take(6) {
        let dy = rng.normal_tensor(case.run().dims());
        let (dx, dw, _) = case.gradients(&dy);
        let run = |x: Tensor<4>, weight: Tensor<4>| {
            Ok::<_, ()>(conv2d(x, weight, case.bias.clone(), &case.options))
        };
        let want = numeric_gradient(&case.x, &dy, |x| run(x, case.weight.clone())).unwrap();
        close(&dx, &want, Tolerance::GRADIENT).unwrap();
        let want = numeric_gradient(&case.weight, &dy, |w| run(case.x.clone(), w)).unwrap();
        close(&dw, &want, Tolerance::GRADIENT).unwrap();
    }
}

/// Large enough that threads share the work. All passes are along the places, then that of the weight along the channels,
/// then all.
#[test]
fn the_number_of_threads_changes_no_bit() {
    for (channels, size) in [(3, 20), (16, 20), (64, 6)] {
        threads_change_no_bit(channels, size);
    }
}

fn threads_change_no_bit(channels: usize, size: usize) {
    let mut rng = Rng::new(5);
    let case = Case {
        options: ConvOptions {
            padding: [1, 1],
            ..ConvOptions::default()
        },
        x: rng.normal_tensor([33, channels, size, size - 2]),
        weight: rng.normal_tensor([30, channels, 3, 3]),
        bias: Some(rng.normal_tensor([30])),
    }
    .single();
    let dy = rng.normal_tensor([33, 30, size, size - 2]).cast(DType::F32);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let (dx, dw, db) = case.gradients(&dy);
            let all = [case.run(), dx, dw].map(|t| t.into_data());
            (all, db.unwrap().into_data())
        })
    };
    let (one, db_one) = with(1);
    for threads in [2, 5] {
        let (more, db_more) = with(threads);
        for (one, more) in one.iter().zip(&more) {
            one.assert_eq(more, true);
        }
        db_one.assert_eq(&db_more, true);
    }
}

#[test]
fn the_first_layer_needs_no_gradient_of_its_input() {
    let (case, mut rng) = cases().next().unwrap();
    let dy = rng.normal_tensor(case.run().dims());
    let (_, want, _) = case.gradients(&dy);
    let weight = case.weight.clone().autodiff().require_grad();
    // Once with the input on an autodiff device, once on a plain one.
    for x in [case.x.clone().autodiff(), case.x.clone()] {
        let y = conv2d(x, weight.clone(), None, &case.options);
        let gradients = (y * dy.clone().autodiff()).sum().backward();
        close(&weight.grad(&gradients).unwrap(), &want, TIGHT).unwrap();
    }
}

#[test]
fn a_transposed_input_is_read_in_its_order() {
    let mut rng = Rng::new(8);
    let (x, weight) = (
        rng.normal_tensor([2, 3, 5, 4]),
        rng.normal_tensor([2, 3, 3, 2]),
    );
    let case = Case {
        options: ConvOptions::default(),
        x: x.swap_dims(2, 3),
        weight: weight.swap_dims(2, 3),
        bias: None,
    };
    close(&case.run(), &case.by_loops(), TIGHT).unwrap();
}

#[test]
fn an_empty_batch_and_an_image_of_padding_alone() {
    let mut rng = Rng::new(3);
    let weight = rng.normal_tensor([2, 3, 3, 3]);
    let case = |n, height, padding| Case {
        options: ConvOptions {
            padding: [padding; 2],
            ..ConvOptions::default()
        },
        x: Tensor::zeros([n, 3, height, 4], (&Device::flex(), DType::F64)),
        weight: weight.clone(),
        bias: Some(Tensor::ones([2], (&Device::flex(), DType::F64))),
    };
    let empty = case(0, 4, 0);
    assert_eq!(empty.run().dims(), [0, 2, 2, 2]);
    let padding = case(2, 0, 2);
    assert_eq!(numbers(&padding.run()), [1.0; 48]);
    let (dx, dw, db) = padding.gradients(&padding.run());
    assert_eq!(dx.dims(), [2, 3, 0, 4]);
    assert_eq!(numbers(&dw), [0.0; 54]);
    assert_eq!(numbers(&db.unwrap()), [24.0; 2]);
}

#[test]
fn no_channels_are_a_sum_of_nothing() {
    let zeros = |shape: [usize; 4]| Tensor::zeros(shape, (&Device::flex(), DType::F64));
    for outputs in [0, 2] {
        let (x, weight) = (zeros([1, 0, 4, 4]), zeros([outputs, 0, 3, 3]));
        let y = conv2d(x, weight, None, &ConvOptions::default());
        assert_eq!(y.dims(), [1, outputs, 2, 2]);
        assert_eq!(numbers(&y), vec![0.0; 4 * outputs]);
    }
}

/// `conv2d` of an image of five by four with three channels.
fn refused(weight: [usize; 4], bias: Option<usize>, options: &ConvOptions) {
    let mut rng = Rng::new(0);
    let bias = bias.map(|length| rng.normal_tensor([length]));
    let _ = conv2d(
        rng.normal_tensor([1, 3, 5, 4]),
        rng.normal_tensor(weight),
        bias,
        options,
    );
}

#[test]
#[should_panic(
    expected = "x has 3 channels and the weight [2, 2, 3, 3] takes 2 in each of 1 groups"
)]
fn other_channels_are_refused() {
    refused([2, 2, 3, 3], None, &ConvOptions::default());
}

#[test]
#[should_panic(
    expected = "the kernel of 5 with dilation 1 is larger than the image of 4 with padding 0"
)]
fn a_large_kernel_is_refused() {
    refused([2, 3, 5, 5], None, &ConvOptions::default());
}

#[test]
#[should_panic(expected = "the bias has 3 numbers for 2 output channels")]
fn a_long_bias_is_refused() {
    refused([2, 3, 3, 3], Some(3), &ConvOptions::default());
}

#[test]
#[should_panic(expected = "stride and dilation are at least 1, not [0, 1] and [1, 1]")]
fn no_stride_is_refused() {
    let options = ConvOptions {
        stride: [0, 1],
        ..ConvOptions::default()
    };
    refused([2, 3, 3, 3], None, &options);
}

#[test]
#[should_panic(expected = "the kernel has no elements")]
fn no_kernel_is_refused() {
    refused([2, 3, 0, 3], None, &ConvOptions::default());
}
