//! A matrix of numbers in a vector, and the way from tensors and back.

use std::ops::{Index, IndexMut};

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

/// The elements of a tensor in row-major order.
pub fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

/// A tensor in double precision on the CPU.
pub fn tensor<const D: usize>(values: Vec<f64>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(
        TensorData::new(values, shape),
        (&Device::flex(), DType::F64),
    )
}

/// A vector in double precision on the CPU.
pub fn vector(values: Vec<f64>) -> Tensor<1> {
    let n = values.len();
    tensor(values, [n])
}

/// Labels as a tensor.
pub fn labels(values: &[i64]) -> Tensor<1, Int> {
    Tensor::from_data(
        TensorData::new(values.to_vec(), [values.len()]),
        (&Device::flex(), DType::I64),
    )
}

/// The sum of the products of two tensors' elements.
pub fn dot<const D: usize>(a: &Tensor<D>, b: &Tensor<D>) -> f64 {
    values(a).iter().zip(values(b)).map(|(a, b)| a * b).sum()
}

/// `[rows, columns]` numbers, row after row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// The elements in row-major order.
    pub values: Vec<f64>,
}

impl Matrix {
    /// The matrix whose element `i, j` is `f(i, j)`.
    pub fn from_fn(rows: usize, columns: usize, mut f: impl FnMut(usize, usize) -> f64) -> Self {
        let mut values = Vec::with_capacity(rows * columns);
        for i in 0..rows {
            for j in 0..columns {
                values.push(f(i, j));
            }
        }
        Self {
            rows,
            columns,
            values,
        }
    }

    /// The elements of a tensor.
    pub fn of(tensor: &Tensor<2>) -> Self {
        let [rows, columns] = tensor.dims();
        Self {
            rows,
            columns,
            values: values(tensor),
        }
    }

    /// The matrix as a tensor.
    pub fn tensor(&self) -> Tensor<2> {
        tensor(self.values.clone(), [self.rows, self.columns])
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.columns..(i + 1) * self.columns]
    }

    /// `f` of every element.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self::from_fn(self.rows, self.columns, |i, j| f(self[(i, j)]))
    }

    /// The product `self other`.
    pub fn times(&self, other: &Self) -> Self {
        Self::from_fn(self.rows, other.columns, |i, j| {
            (0..self.columns)
                .map(|k| self[(i, k)] * other[(k, j)])
                .sum()
        })
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;
    fn index(&self, (i, j): (usize, usize)) -> &f64 {
        &self.values[i * self.columns + j]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
        &mut self.values[i * self.columns + j]
    }
}
