//! The assignment once more, written as another good student might, one file per part: loops over vectors,
//! other orders of operations, other but equally right formulas. It must score full, or a check asks for
//! more than the contract says.

mod data_sets;
mod generalisation;
mod losses;
mod mlp;
mod norms;
mod optimisers;
mod perceptron;
mod pretraining;
mod regularisation;
mod scalar_autodiff;
mod tensor_layers;
mod training_loop;

use burn::tensor::Tensor;
use common::contract::a1::A1;

use crate::oracle::matrix::{Matrix, tensor, values};

/// The table of this student.
pub fn table() -> A1 {
    A1 {
        perceptron: perceptron::table(),
        scalar_autodiff: scalar_autodiff::table(),
        tensor_layers: tensor_layers::table(),
        losses: losses::table(),
        mlp: mlp::table(),
        optimisers: optimisers::table(),
        training_loop: training_loop::table(),
        regularisation: regularisation::table(),
        norms: norms::table(),
        pretraining: pretraining::table(),
        generalisation: generalisation::table(),
        data_sets: data_sets::table(),
    }
}

/// `f(x, y)` for each pair of elements.
fn pairs(x: Tensor<2>, y: Tensor<2>, f: impl Fn(f64, f64) -> f64) -> Tensor<2> {
    let all = values(&x).into_iter().zip(values(&y));
    tensor(all.map(|(x, y)| f(x, y)).collect(), x.dims())
}

fn transposed_times(a: &Matrix, b: &Matrix) -> Matrix {
    Matrix::from_fn(a.columns, b.columns, |i, j| {
        (0..a.rows).rev().map(|k| a[(k, i)] * b[(k, j)]).sum()
    })
}

fn transposed(a: &Matrix) -> Matrix {
    Matrix::from_fn(a.columns, a.rows, |i, j| a[(j, i)])
}

fn column_sums(a: &Matrix) -> Vec<f64> {
    let sum = |j: usize| (0..a.rows).rev().map(|i| a[(i, j)]).sum();
    (0..a.columns).map(sum).collect()
}
