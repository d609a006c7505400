//! Answers of the right type that are useless: what an assignment makes tables of, to show that its checks take
//! them for wrong answers and not for a failure of the grader.

use burn::tensor::{DType, Device, Tensor, TensorData};

/// What a tensor of nonsense is like.
pub trait Nonsense {
    /// Each of its elements.
    const VALUE: f64;
    /// Whether lists are empty, and tensors have one element.
    const EMPTY: bool;
    /// The element type of tensors.
    const DTYPE: DType;
}

/// Zeros in tensors of the right shapes.
pub struct Zero;
/// NaN in tensors of the right shapes.
pub struct NotANumber;
/// Empty lists, and tensors of one element.
pub struct Empty;
/// The right shapes in single precision.
pub struct Single;

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

/// A tensor of nonsense where one of `shape` is due.
#[must_use]
pub fn filled<N: Nonsense, const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let shape = if N::EMPTY { [1; D] } else { shape };
    let values = vec![N::VALUE; shape.iter().product()];
    Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), N::DTYPE))
}

/// The same where one like `tensor` is due.
#[must_use]
pub fn like<N: Nonsense, const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    filled::<N, D>(tensor.dims())
}

/// A list of nonsense where one like `tensors` is due.
#[must_use]
pub fn list<N: Nonsense, const D: usize>(tensors: &[Tensor<D>]) -> Vec<Tensor<D>> {
    let n = if N::EMPTY { 0 } else { tensors.len() };
    tensors[..n].iter().map(like::<N, D>).collect()
}
