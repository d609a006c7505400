//! Small tensors, written out in a check and in its messages.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

/// A tensor from nested arrays, in double precision on the CPU: `tensor([[1.0, 2.0], [3.0, 4.0]])`.
///
/// # Panics
/// When the arrays are not nested `D` deep.
#[must_use]
pub fn tensor<const D: usize>(values: impl Into<TensorData>) -> Tensor<D> {
    Tensor::from_data(values, (&Device::flex(), DType::F64))
}

/// Labels: `labels(&[2, 0, 1])` is `[3]`.
#[must_use]
pub fn labels(values: &[i64]) -> Tensor<1, Int> {
    Tensor::from_data(values, (&Device::flex(), DType::I64))
}

/// The tensor as nested lists on one line: `[[1, 2], [3, 4]]`. For tensors small enough to read.
#[must_use]
pub fn show<const D: usize>(tensor: &Tensor<D>) -> String {
    let values: Vec<f64> = tensor.to_data().iter().collect();
    nested(&values, &tensor.dims())
}

/// Values in row-major order as nested lists.
pub(crate) fn nested(values: &[f64], dims: &[usize]) -> String {
    let items: Vec<String> = match dims {
        [] | [_] => values.iter().map(ToString::to_string).collect(),
        [_, inner @ ..] => values
            .chunks(inner.iter().product::<usize>().max(1))
            .map(|chunk| nested(chunk, inner))
            .collect(),
    };
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_is_shown_as_it_is_written() {
        assert_eq!(show::<1>(&tensor([1.0, -2.5])), "[1, -2.5]");
        assert_eq!(
            show::<2>(&tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
            "[[1, 2], [3, 4], [5, 6]]"
        );
        assert_eq!(
            show::<3>(&tensor([[[1.0], [2.0]], [[3.0], [4.0]]])),
            "[[[1], [2]], [[3], [4]]]"
        );
    }

    #[test]
    fn literals_are_double_precision() {
        assert_eq!(tensor::<1>([0.1]).dtype(), DType::F64);
        assert_eq!(labels(&[-100, 2]).dtype(), DType::I64);
        assert_eq!(tensor::<1>([0.1]).into_scalar::<f64>(), 0.1);
    }
}
