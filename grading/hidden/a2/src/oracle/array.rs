//! Numbers on a grid, and the way from tensors and back.

use std::ops::{Index, IndexMut};

use burn::tensor::{DType, Device, Tensor, TensorData};
use common::rng::Rng;
use serde::Deserialize;

/// The elements of a tensor in row-major order.
pub fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

/// The sum of the products of two tensors' elements.
pub fn dot<const D: usize>(a: &Tensor<D>, b: &Tensor<D>) -> f64 {
    values(a).iter().zip(values(b)).map(|(a, b)| a * b).sum()
}

/// Numbers of some shape, the last axis running fastest.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Flat")]
pub struct Array<const D: usize> {
    /// The sizes.
    pub shape: [usize; D],
    /// The numbers.
    pub values: Vec<f64>,
}

/// An array as a fixture has it.
#[derive(Deserialize)]
struct Flat {
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl<const D: usize> TryFrom<Flat> for Array<D> {
    type Error = String;
    fn try_from(Flat { shape, values }: Flat) -> Result<Self, String> {
        let rank = shape.len();
        let shape = <[usize; D]>::try_from(shape).map_err(|_| format!("{rank} axes"))?;
        match shape.iter().product::<usize>() == values.len() {
            true => Ok(Self { shape, values }),
            false => Err(format!("{} numbers in {shape:?}", values.len())),
        }
    }
}

impl<const D: usize> Array<D> {
    /// The array whose element at an index is `f` of it.
    pub fn from_fn(shape: [usize; D], mut f: impl FnMut([usize; D]) -> f64) -> Self {
        let count = shape.iter().product();
        let values = (0..count).map(|i| f(unravelled(i, shape))).collect();
        Self { shape, values }
    }

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
        Tensor::from_data(
            TensorData::new(self.values.clone(), self.shape),
            (&Device::flex(), DType::F64),
        )
    }

    /// Every index, in row-major order.
    pub fn indices(&self) -> impl Iterator<Item = [usize; D]> + use<D> {
        let shape = self.shape;
        (0..self.values.len()).map(move |i| unravelled(i, shape))
    }
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

impl<const D: usize> Index<[usize; D]> for Array<D> {
    type Output = f64;
    fn index(&self, index: [usize; D]) -> &f64 {
        &self.values[ravelled(index, self.shape)]
    }
}

impl<const D: usize> IndexMut<[usize; D]> for Array<D> {
    fn index_mut(&mut self, index: [usize; D]) -> &mut f64 {
        let i = ravelled(index, self.shape);
        &mut self.values[i]
    }
}
