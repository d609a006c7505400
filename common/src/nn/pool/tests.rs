use burn::tensor::{DType, Device, Tensor, TensorData};

use super::{avg_pool2d, max_pool2d};
use crate::check::{Tolerance, close};
use crate::rng::Rng;

const TIGHT: Tolerance = Tolerance {
    absolute: 1e-12,
    relative: 1e-12,
};

fn numbers(tensor: &Tensor<4>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

fn tensor(numbers: Vec<f64>, shape: [usize; 4]) -> Tensor<4> {
    let data = TensorData::new(numbers, shape);
    Tensor::from_data(data, (&Device::flex(), DType::F64))
}

/// The output of a pool by loops and its gradient for `dy`: `of_window` gives the value of a window and the weight of each
/// number in it.
fn by_loops(
    x: &Tensor<4>,
    kernel: [usize; 2],
    stride: [usize; 2],
    dy: impl Fn([usize; 4]) -> Tensor<4>,
    of_window: impl Fn(&[f64]) -> (f64, Vec<f64>),
) -> (Tensor<4>, Tensor<4>, Tensor<4>) {
    let [n, c, height, width] = x.dims();
    let out = [(height, 0), (width, 1)].map(|(size, a)| (size - kernel[a]) / stride[a] + 1);
    let shape = [n, c, out[0], out[1]];
    let dy = dy(shape);
    let (x_numbers, dy_numbers) = (numbers(x), numbers(&dy));
    let (mut y, mut dx) = (Vec::new(), vec![0.0; x_numbers.len()]);
    for plane in 0..n * c {
        for i in 0..out[0] {
            for j in 0..out[1] {
                let places: Vec<usize> = (0..kernel[0] * kernel[1])
                    .map(|k| (i * stride[0] + k / kernel[1], j * stride[1] + k % kernel[1]))
                    .map(|(row, column)| (plane * height + row) * width + column)
                    .collect();
                let window: Vec<f64> = places.iter().map(|&place| x_numbers[place]).collect();
                let (value, weights) = of_window(&window);
                for (place, weight) in places.into_iter().zip(weights) {
                    dx[place] += weight * dy_numbers[y.len()];
                }
                y.push(value);
            }
        }
    }
    (tensor(y, shape), tensor(dx, x.dims()), dy)
}

fn gradient(x: &Tensor<4>, dy: &Tensor<4>, pool: impl Fn(Tensor<4>) -> Tensor<4>) -> Tensor<4> {
    let x = x.clone().autodiff().require_grad();
    let loss = (pool(x.clone()) * dy.clone().autodiff()).sum();
    x.grad(&loss.backward()).unwrap()
}

#[test]
fn pools_and_their_gradients_are_the_loops() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let mut pair = |low, high| [rng.between(low, high), rng.between(low, high)];
        // A quarter of them the windows that vectors do.
        let (kernel, stride) = match seed % 4 {
            0 => ([2, 2], [2, 2]),
            _ => (pair(1, 4), pair(1, 3)),
        };
        let extra = pair(0, 9);
        let size = [0, 1].map(|a| kernel[a] + extra[a]);
        let (n, c) = (rng.between(1, 3), rng.between(1, 4));
        // Few different numbers, so that many are equal.
        let x = rng.tensor([n, c, size[0], size[1]], |rng| rng.below(5) as f64 - 2.0);
        let draw = |shape| Rng::new(seed + 1000).normal_tensor(shape);

        let (y, dx, dy) = by_loops(&x, kernel, stride, draw, |window| {
            let most = window.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let first = window.iter().position(|&number| number == most);
            let weights = (0..window.len()).map(|k| f64::from(u8::from(Some(k) == first)));
            (most, weights.collect())
        });
        close(&max_pool2d(x.clone(), kernel, stride), &y, TIGHT).unwrap();
        let got = gradient(&x, &dy, |x| max_pool2d(x, kernel, stride));
        close(&got, &dx, TIGHT).unwrap();

        let (y, dx, dy) = by_loops(&x, kernel, stride, draw, |window| {
            let share = 1.0 / window.len() as f64;
            (
                window.iter().sum::<f64>() * share,
                vec![share; window.len()],
            )
        });
        close(&avg_pool2d(x.clone(), kernel, stride), &y, TIGHT).unwrap();
        let got = gradient(&x, &dy, |x| avg_pool2d(x, kernel, stride));
        close(&got, &dx, TIGHT).unwrap();
    }
}

#[test]
fn single_precision_and_nan() {
    let x = tensor(
        vec![1.0, f64::NAN, 3.0, 2.0, 4.0, 0.0, 7.0, 6.0],
        [1, 1, 2, 4],
    );
    let y = max_pool2d(x.cast(DType::F32), [2, 2], [2, 2]);
    let y: Vec<f32> = y.into_data().iter::<f32>().collect();
    assert!(y[0].is_nan() && y[1] == 7.0, "{y:?}");
}

#[test]
#[should_panic(expected = "windows of [3, 2], every [1, 1], do not fit into an image of [2, 5]")]
fn a_window_larger_than_the_image_is_refused() {
    let _ = max_pool2d(Rng::new(0).normal_tensor([1, 1, 2, 5]), [3, 2], [1, 1]);
}
