use burn::tensor::{DType, Tensor};

use super::batch_norm2d;
use crate::check::{Tolerance, close, close_values};
use crate::rng::Rng;

const EPS: f64 = 0.01;

fn numbers<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

fn draw(seed: u64) -> ([Tensor<4>; 2], [Tensor<1>; 2]) {
    let mut rng = Rng::new(seed);
    let mut up_to = |most| rng.between(1, most);
    let (n, c, height, width) = (up_to(5), up_to(4), up_to(9), up_to(9));
    let shape = [n, c, height, width];
    let mut rng = Rng::new(seed + 1000);
    (
        [
            rng.normal_tensor(shape) * 2.0 + 3.0,
            rng.normal_tensor(shape),
        ],
        [rng.normal_tensor([c]), rng.normal_tensor([c])],
    )
}

#[test]
fn values_are_those_of_plain_sums() {
    for seed in 0..20 {
        let ([x, _], [gamma, beta]) = draw(seed);
        let [_, c, height, width] = x.dims();
        let (y, mean, variance) = batch_norm2d(x.clone(), gamma.clone(), beta.clone(), EPS);
        let (x, gamma, beta) = (numbers(&x), numbers(&gamma), numbers(&beta));
        let channel_of = |i: usize| i / (height * width) % c;
        let (mut want_mean, mut want_variance) = (Vec::new(), Vec::new());
        for channel in 0..c {
            let of_channel = || {
                (0..x.len())
                    .filter(move |&i| channel_of(i) == channel)
                    .map(|i| x[i])
            };
            let count = of_channel().count() as f64;
            let mean = of_channel().sum::<f64>() / count;
            want_mean.push(mean);
            want_variance.push(of_channel().map(|x| (x - mean).powi(2)).sum::<f64>() / count);
        }
        let want: Vec<f64> = (0..x.len())
            .map(|i| (i, channel_of(i)))
            .map(|(i, c)| {
                (x[i] - want_mean[c]) / (want_variance[c] + EPS).sqrt() * gamma[c] + beta[c]
            })
            .collect();
        let tight = Tolerance {
            absolute: 1e-12,
            relative: 1e-12,
        };
        close_values(&numbers(&y), &want, tight).unwrap();
        close_values(&numbers(&mean), &want_mean, tight).unwrap();
        close_values(&numbers(&variance), &want_variance, tight).unwrap();
    }
}

/// The gradients against those that Burn's autodiff finds for the definition, in double and in single precision.
#[test]
fn gradients_are_those_of_the_definition() {
    for (seed, dtype, tolerance) in (0..40).map(|seed| match seed % 2 {
        0 => (seed, DType::F64, 1e-10),
        _ => (seed, DType::F32, 3e-3),
    }) {
        let ([x, dy], [gamma, beta]) = draw(seed);
        let gradients = |by: &dyn Fn(Tensor<4>, Tensor<1>, Tensor<1>) -> Tensor<4>, dtype| {
            let x = x.clone().cast(dtype).autodiff().require_grad();
            let [gamma, beta] =
                [&gamma, &beta].map(|t| t.clone().cast(dtype).autodiff().require_grad());
            let y = by(x.clone(), gamma.clone(), beta.clone());
            let all = (y * dy.clone().cast(dtype).autodiff()).sum().backward();
            let flat = |t: Tensor<4>| t.reshape([-1]);
            [
                flat(x.grad(&all).unwrap()),
                gamma.grad(&all).unwrap(),
                beta.grad(&all).unwrap(),
            ]
            .map(|gradient: Tensor<1>| gradient.cast(DType::F64))
        };
        let got = gradients(&|x, gamma, beta| batch_norm2d(x, gamma, beta, EPS).0, dtype);
        let by_definition = |x: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>| {
            let c = gamma.dims()[0];
            let centred = x.clone() - x.mean_dims(&[0, 2, 3]);
            let variance = centred.clone().square().mean_dims(&[0, 2, 3]);
            let scale = (variance + EPS).sqrt();
            centred / scale * gamma.reshape([1, c, 1, 1]) + beta.reshape([1, c, 1, 1])
        };
        let want = gradients(&by_definition, DType::F64);
        for (got, want) in got.iter().zip(&want) {
            let tolerance = Tolerance {
                absolute: tolerance,
                relative: tolerance,
            };
            close(got, want, tolerance).unwrap();
        }
    }
}

#[test]
#[should_panic(expected = "gamma [2] and beta [3] have a number for each of 3 channels")]
fn gamma_of_another_length_is_refused() {
    let mut rng = Rng::new(0);
    let x = rng.normal_tensor([1, 3, 2, 2]);
    let _ = batch_norm2d(x, rng.normal_tensor([2]), rng.normal_tensor([3]), EPS);
}
