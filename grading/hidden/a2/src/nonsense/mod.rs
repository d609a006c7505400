//! Tables whose every answer has the right type and is useless, one file per part.

mod alexnet;
mod cifar;
mod convolution;
mod detection;
mod lenet1989;
mod lenet5;
mod neocognitron;
mod pooling;
mod resnet;
mod segmentation;
mod spatial_norms;
mod transfer;

use burn::tensor::{DType, Device, Tensor, TensorData};
use common::contract::a2::A2;

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
pub fn tables() -> [A2; 4] {
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

fn table<N: Nonsense>() -> A2 {
    A2 {
        neocognitron: neocognitron::table::<N>(),
        convolution: convolution::table::<N>(),
        pooling: pooling::table::<N>(),
        lenet1989: lenet1989::table::<N>(),
        lenet5: lenet5::table::<N>(),
        alexnet: alexnet::table::<N>(),
        resnet: resnet::table::<N>(),
        spatial_norms: spatial_norms::table::<N>(),
        cifar: cifar::table::<N>(),
        transfer: transfer::table::<N>(),
        detection: detection::table::<N>(),
        segmentation: segmentation::table::<N>(),
    }
}
