//! Numbers on a grid, and the way from tensors and back: what every oracle of this folder computes with.

use std::ops::{Index, IndexMut};

use burn::tensor::{DType, Device, Tensor, TensorData};
use common::rng::Rng;
use serde::Deserialize;

/// The elements of a tensor in row-major order.
pub fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

/// A tensor in double precision on the CPU.
pub fn tensor<const D: usize>(values: Vec<f64>, shape: [usize; D]) -> Tensor<D> {
    let data = TensorData::new(values, shape);
    Tensor::from_data(data, (&Device::flex(), DType::F64))
}

/// The rows of a matrix.
pub fn rows(tensor: &Tensor<2>) -> Vec<Vec<f64>> {
    let [_, columns] = tensor.dims();
    let rows = values(tensor);
    rows.chunks(columns).map(<[f64]>::to_vec).collect()
}

/// Rows as a matrix in double precision.
pub fn matrix(rows: &[Vec<f64>]) -> Tensor<2> {
    tensor(
        rows.concat(),
        [rows.len(), rows.first().map_or(0, Vec::len)],
    )
}

/// Numbers as a vector in double precision.
pub fn vector(values: Vec<f64>) -> Tensor<1> {
    let n = values.len();
    tensor(values, [n])
}

/// The sum of the products of two tensors' elements.
pub fn dot<const D: usize>(a: &Tensor<D>, b: &Tensor<D>) -> f64 {
    Array::of(a).dot(&Array::of(b))
}

/// Numbers of some shape, the last axis running fastest; or nodes of a [`Tape`](super::tape::Tape), one for each number.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Flat<T>")]
pub struct Array<const D: usize, T = f64> {
    /// The sizes.
    pub shape: [usize; D],
    /// The numbers.
    pub values: Vec<T>,
}

/// An array as a fixture has it.
#[derive(Deserialize)]
struct Flat<T> {
    shape: Vec<usize>,
    values: Vec<T>,
}

impl<const D: usize, T> TryFrom<Flat<T>> for Array<D, T> {
    type Error = String;
    fn try_from(Flat { shape, values }: Flat<T>) -> Result<Self, String> {
        let rank = shape.len();
        let shape = <[usize; D]>::try_from(shape).map_err(|_| format!("{rank} axes"))?;
        match shape.iter().product::<usize>() == values.len() {
            true => Ok(Self { shape, values }),
            false => Err(format!("{} numbers in {shape:?}", values.len())),
        }
    }
}

impl<const D: usize, T> Array<D, T> {
    /// The array whose element at an index is `f` of it.
    pub fn from_fn(shape: [usize; D], f: impl FnMut([usize; D]) -> T) -> Self {
        let values = indices(shape).map(f).collect();
        Self { shape, values }
    }

    /// `f` of each element.
    pub fn map<U>(&self, f: impl FnMut(&T) -> U) -> Array<D, U> {
        Array {
            shape: self.shape,
            values: self.values.iter().map(f).collect(),
        }
    }

    /// Every index, in row-major order.
    pub fn indices(&self) -> impl Iterator<Item = [usize; D]> + use<D, T> {
        indices(self.shape)
    }
}

impl<const D: usize> Array<D> {
    /// Zeros.
    pub fn zeros(shape: [usize; D]) -> Self {
        Self::from_fn(shape, |_| 0.0)
    }

    /// Normal numbers.
    pub fn normal(rng: &mut Rng, shape: [usize; D]) -> Self {
        Self::from_fn(shape, |_| rng.normal())
    }

    /// The elements of a tensor.
    pub fn of(tensor: &Tensor<D>) -> Self {
        Self {
            shape: tensor.dims(),
            values: values(tensor),
        }
    }

    /// A tensor in double precision on the CPU.
    pub fn tensor(&self) -> Tensor<D> {
        tensor(self.values.clone(), self.shape)
    }

    /// The sums of two arrays' elements.
    pub fn plus(&self, other: &Self) -> Self {
        assert_eq!(self.shape, other.shape, "arrays of one shape");
        let pairs = self.values.iter().zip(&other.values);
        Self {
            shape: self.shape,
            values: pairs.map(|(a, b)| a + b).collect(),
        }
    }

    /// The sum of the products of two arrays' elements.
    pub fn dot(&self, other: &Self) -> f64 {
        assert_eq!(self.shape, other.shape, "arrays of one shape");
        let pairs = self.values.iter().zip(&other.values);
        pairs.map(|(a, b)| a * b).sum()
    }
}

/// Every index into an array of this shape, in row-major order.
pub fn indices<const D: usize>(shape: [usize; D]) -> impl Iterator<Item = [usize; D]> {
    (0..shape.iter().product()).map(move |i| unravelled(i, shape))
}

/// The index of element `i` in row-major order.
fn unravelled<const D: usize>(mut i: usize, shape: [usize; D]) -> [usize; D] {
    let mut index = [0; D];
    for axis in (0..D).rev() {
        index[axis] = i % shape[axis];
        i /= shape[axis];
    }
    index
}

fn ravelled<const D: usize>(index: [usize; D], shape: [usize; D]) -> usize {
    let axes = index.into_iter().zip(shape);
    axes.fold(0, |all, (i, size)| {
        debug_assert!(i < size, "{index:?} is not in {shape:?}");
        all * size + i
    })
}

impl<const D: usize, T> Index<[usize; D]> for Array<D, T> {
    type Output = T;
    fn index(&self, index: [usize; D]) -> &T {
        &self.values[ravelled(index, self.shape)]
    }
}

impl<const D: usize, T> IndexMut<[usize; D]> for Array<D, T> {
    fn index_mut(&mut self, index: [usize; D]) -> &mut T {
        let i = ravelled(index, self.shape);
        &mut self.values[i]
    }
}
