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

use burn::tensor::{DType, Device, Tensor, TensorData};
use common::contract::a1::A1;

/// What a tensor of nonsense is like.
trait Nonsense {
    const VALUE: f64;
    /// Whether lists are empty.
    const EMPTY: bool;
    /// The element type of tensors.
    const DTYPE: DType;
}

struct Zero;
struct NotANumber;
struct Empty;
struct Single;

impl Nonsense for Zero {
    const VALUE: f64 = 0.0;
    const EMPTY: bool = false;
    const DTYPE: DType = DType::F64;
}
impl Nonsense for NotANumber {
    const VALUE: f64 = f64::NAN;
    const EMPTY: bool = false;
    const DTYPE: DType = DType::F64;
}
impl Nonsense for Empty {
    const VALUE: f64 = -1.0;
    const EMPTY: bool = true;
    const DTYPE: DType = DType::F64;
}
impl Nonsense for Single {
    const VALUE: f64 = -1.0;
    const EMPTY: bool = false;
    const DTYPE: DType = DType::F32;
}

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

fn filled<N: Nonsense, const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let shape = if N::EMPTY { [1; D] } else { shape };
    let values = vec![N::VALUE; shape.iter().product()];
    Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), N::DTYPE))
}

fn like<N: Nonsense, const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    filled::<N, D>(tensor.dims())
}

fn list<N: Nonsense, const D: usize>(tensors: &[Tensor<D>]) -> Vec<Tensor<D>> {
    let n = if N::EMPTY { 0 } else { tensors.len() };
    tensors[..n].iter().map(like::<N, D>).collect()
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
