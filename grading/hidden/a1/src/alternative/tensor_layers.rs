//! A1.3 with plain loops, sums taken in the other order.

use burn::tensor::Tensor;
use common::contract::a1::*;

use super::{column_sums, pairs, transposed, transposed_times};
use crate::oracle::matrix::{Matrix, tensor, values, vector};
use crate::oracle::tensor_layers::erf;

pub fn table() -> TensorLayersTable {
    TensorLayersTable {
        linear_forward: |x, w, b| linear(&Matrix::of(&x), &Matrix::of(&w), &values(&b)).tensor(),
        linear_backward: |x, w, dy| {
            let (x, w, dy) = (Matrix::of(&x), Matrix::of(&w), Matrix::of(&dy));
            LinearGradients {
                dx: transposed_times(&transposed(&dy), &transposed(&w)).tensor(),
                dw: transposed_times(&x, &dy).tensor(),
                db: vector(column_sums(&dy)),
            }
        },
        relu_forward: |x| each(&x, |x| if x > 0.0 { x } else { 0.0 }),
        // By multiplication, which makes -0 of some zeros.
        relu_backward: |x, dy| dy * x.greater_elem(0.0).float(),
        gelu_forward: |x| each(&x, |x| 0.5 * (x + x * erf(x / 2f64.sqrt()))),
        gelu_backward: |x, dy| {
            pairs(x, dy, |x, dy| {
                let density = (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
                dy * 0.5 + dy * 0.5 * erf(x / 2f64.sqrt()) + dy * x * density
            })
        },
        sigmoid_backward: |y, dy| pairs(y, dy, |y, dy| dy * (y - y * y)),
        tanh_backward: |y, dy| pairs(y, dy, |y, dy| dy * (1.0 - y) * (1.0 + y)),
        unbroadcast: |gradient, shape| {
            let axes: Vec<usize> = (0..3).rev().filter(|a| shape[*a] == 1).collect();
            axes.into_iter().fold(gradient, |g, axis| g.sum_dim(axis))
        },
        sum_backward: |dy, shape, _| dy.expand(shape),
        mean_backward: |dy, shape, axis| (dy / shape[axis] as f64).expand(shape),
        reshape_backward: |dy, shape| tensor(values(&dy), shape),
        permute_backward: |dy, axes| {
            let mut back: Vec<usize> = vec![0, 1, 2];
            back.sort_by_key(|i| axes[*i]);
            dy.permute([back[0], back[1], back[2]])
        },
    }
}

fn each(x: &Tensor<2>, f: impl Fn(f64) -> f64) -> Tensor<2> {
    Matrix::of(x).map(f).tensor()
}

pub(super) fn linear(x: &Matrix, w: &Matrix, b: &[f64]) -> Matrix {
    let mut y = Matrix::from_fn(x.rows, w.columns, |_, j| b[j]);
    for k in 0..w.rows {
        for i in 0..x.rows {
            for j in 0..w.columns {
                y[(i, j)] += x[(i, k)] * w[(k, j)];
            }
        }
    }
    y
}
