//! The hidden checks, one file per part.
//!
//! Expected values come from [`crate::oracle`], from closed forms, from Burn's autodiff and from
//! PyTorch, never from the reference solution. Inputs are drawn anew for every seed, in sizes that are
//! pairwise different, so that a transposed or hard-coded answer cannot fit.

mod augmentation;
mod data_readers;
mod data_sets;
mod generalisation;
mod generalisation_curves;
mod losses;
mod mlp;
mod mlp_init;
mod norms;
mod norms_gradients;
mod optimisers;
mod perceptron;
mod pretraining;
mod pretraining_stack;
mod regularisation;
mod scalar_autodiff;
mod scalar_expressions;
mod tensor_layers;
mod training_loop;
mod training_run;
mod walk;

use burn::tensor::Tensor;
use common::check::{Check, Failure};
use common::rng::Rng;

use crate::oracle::matrix::Matrix;

/// All hidden checks, in the order of the parts.
pub fn all() -> Vec<Check> {
    let parts = [
        perceptron::checks(),
        scalar_autodiff::checks(),
        tensor_layers::checks(),
        losses::checks(),
        mlp::checks(),
        mlp_init::checks(),
        optimisers::checks(),
        training_loop::checks(),
        training_run::checks(),
        regularisation::checks(),
        augmentation::checks(),
        norms::checks(),
        norms_gradients::checks(),
        pretraining::checks(),
        pretraining_stack::checks(),
        generalisation::checks(),
        generalisation_curves::checks(),
        data_readers::checks(),
        data_sets::checks(),
    ];
    parts.into_iter().flatten().collect()
}

/// Puts the name of what was looked at before a failure's message.
fn about(what: impl std::fmt::Display) -> impl FnOnce(Failure) -> Failure {
    move |failure| failure.about(what)
}

/// `n` numbers of `low..=high`, no two equal.
fn sizes<const N: usize>(rng: &mut Rng, low: usize, high: usize) -> [usize; N] {
    let mut all: Vec<usize> = (low..=high).collect();
    rng.shuffle(&mut all);
    std::array::from_fn(|i| all[i])
}

/// A matrix of normal numbers.
fn normal_matrix(rng: &mut Rng, rows: usize, columns: usize) -> Matrix {
    Matrix::from_fn(rows, columns, |_, _| rng.normal())
}

/// A matrix of normal numbers that are not near 0, where ReLU has its kink.
fn matrix_away_from_zero(rng: &mut Rng, rows: usize, columns: usize) -> Matrix {
    normal_matrix(rng, rows, columns).map(|x| x + 0.01 * x.signum())
}

/// A tensor that autodiff tracks, with the elements of `x`.
fn tracked<const D: usize>(x: &Tensor<D>) -> Tensor<D> {
    x.clone().autodiff().require_grad()
}
