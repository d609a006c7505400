//! Tables whose every answer has the right type and is useless, one file per part.

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

use common::contract::a1::A1;
use hidden_suite::nonsense::{Empty, Nonsense, NotANumber, Single, Zero};

/// Zeros and NaN in tensors of the right shapes, empty lists with tensors of one element, and single precision
/// in the right shapes.
pub fn tables() -> [A1; 4] {
    [
        table::<Zero>(),
        table::<NotANumber>(),
        table::<Empty>(),
        table::<Single>(),
    ]
}

fn table<N: Nonsense>() -> A1 {
    A1 {
        perceptron: perceptron::table::<N>(),
        scalar_autodiff: scalar_autodiff::table::<N>(),
        tensor_layers: tensor_layers::table::<N>(),
        losses: losses::table::<N>(),
        mlp: mlp::table::<N>(),
        optimisers: optimisers::table::<N>(),
        training_loop: training_loop::table::<N>(),
        regularisation: regularisation::table::<N>(),
        norms: norms::table::<N>(),
        pretraining: pretraining::table::<N>(),
        generalisation: generalisation::table::<N>(),
        data_sets: data_sets::table::<N>(),
    }
}
