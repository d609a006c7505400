//! Comparing what came with what was expected.
//!
//! Every comparison looks at the shape first, then refuses values that are not finite, so an empty, a
//! NaN or a broadcastable answer cannot pass. The message names the first element that differs.

use burn::tensor::Tensor;

use super::failure::{Failure, Verdict, ensure};

/// How far a value may be from what is expected: `|got - want| <= absolute + relative |want|`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// The part that does not grow with the value.
    pub absolute: f64,
    /// The share of the expected value.
    pub relative: f64,
}

impl Tolerance {
    /// For the same formula in another order of operations, in double precision.
    pub const EXACT: Self = Self {
        absolute: 1e-10,
        relative: 1e-10,
    };
    /// For a gradient against central differences in double precision.
    pub const GRADIENT: Self = Self {
        absolute: 1e-7,
        relative: 1e-5,
    };

    /// Whether `got` is as near to `want` as asked. Never for a `got` that is not finite.
    #[must_use]
    pub fn holds(&self, got: f64, want: f64) -> bool {
        got.is_finite() && (got - want).abs() <= self.absolute + self.relative * want.abs()
    }
}

/// The values of a tensor as `f64`, in row-major order.
fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

/// Checks the shape of `got`.
///
/// # Errors
/// When it is another one.
pub fn shape<const D: usize>(got: &Tensor<D>, want: [usize; D]) -> Verdict {
    ensure(got.dims() == want, || {
        format!("expected shape {want:?}, got {:?}", got.dims())
    })
}

/// Checks that every value of `got` is finite.
///
/// # Errors
/// When one is not; names the first.
pub fn finite<const D: usize>(got: &Tensor<D>) -> Verdict {
    match values(got).iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(i) => Err(Failure::wrong(format!(
            "{} is not finite: {}",
            element(i, &got.dims()),
            values(got)[i]
        ))),
    }
}

/// Checks that `got` has the shape and the element type of `want`, so that the two can be calculated with.
///
/// # Errors
/// When it has not.
pub fn alike<const D: usize>(got: &Tensor<D>, want: &Tensor<D>) -> Verdict {
    shape(got, want.dims())?;
    ensure(got.dtype() == want.dtype(), || {
        format!(
            "expected elements of {:?} like the input's, got {:?}: make new tensors with the input's device and element type",
            want.dtype(),
            got.dtype()
        )
    })
}

/// Checks that `got` has the shape and, within `tolerance`, the values of `want`.
///
/// # Errors
/// When it has not: another shape, another element type, a value that is not finite or not near.
pub fn close<const D: usize>(got: &Tensor<D>, want: &Tensor<D>, tolerance: Tolerance) -> Verdict {
    alike(got, want)?;
    compare(&values(got), &values(want), &want.dims(), tolerance)
}

/// As [`close`], for numbers in a vector.
///
/// # Errors
/// When the length or a value differs.
pub fn close_values(got: &[f64], want: &[f64], tolerance: Tolerance) -> Verdict {
    ensure(got.len() == want.len(), || {
        format!("expected {} numbers, got {}", want.len(), got.len())
    })?;
    compare(got, want, &[want.len()], tolerance)
}

/// As [`close`], for one number.
///
/// # Errors
/// When it is not near `want`.
pub fn within(got: f64, want: f64, tolerance: Tolerance) -> Verdict {
    ensure(tolerance.holds(got, want), || {
        format!("expected {want}, got {got}")
    })
}

/// Checks that two values are equal.
///
/// # Errors
/// When they are not.
pub fn equal<T: PartialEq + std::fmt::Debug>(got: &T, want: &T) -> Verdict {
    ensure(got == want, || format!("expected {want:?}, got {got:?}"))
}

/// Checks that two tensors are the same bit for bit, where nothing may change at all.
///
/// # Errors
/// When an element differs.
pub fn equal_bits<const D: usize>(got: &Tensor<D>, want: &Tensor<D>) -> Verdict {
    close(
        got,
        want,
        Tolerance {
            absolute: 0.0,
            relative: 0.0,
        },
    )
}

fn compare(got: &[f64], want: &[f64], dims: &[usize], tolerance: Tolerance) -> Verdict {
    let differs: Vec<usize> = (0..want.len())
        .filter(|&i| !tolerance.holds(got[i], want[i]))
        .collect();
    let Some(&first) = differs.first() else {
        return Ok(());
    };
    let what = if got[first].is_finite() {
        format!(
            "{}: expected {}, got {}",
            element(first, dims),
            want[first],
            got[first]
        )
    } else {
        format!(
            "{} is not finite: expected {}, got {}",
            element(first, dims),
            want[first],
            got[first]
        )
    };
    let more = match (differs.len(), want.len()) {
        (1, _) => String::new(),
        (n, all) => format!(" ({n} of {all} elements differ)"),
    };
    Err(Failure::wrong(format!("{what}{more}")))
}

/// "element [1, 2]" for a row-major index.
fn element(mut index: usize, dims: &[usize]) -> String {
    let mut axes: Vec<usize> = dims
        .iter()
        .rev()
        .map(|&size| {
            let i = index % size.max(1);
            index /= size.max(1);
            i
        })
        .collect();
    axes.reverse();
    format!("element {axes:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, TensorData};

    fn tensor(values: &[f64], shape: [usize; 2]) -> Tensor<2> {
        Tensor::from_data(
            TensorData::new(values.to_vec(), shape),
            (&Device::flex(), DType::F64),
        )
    }

    #[test]
    fn the_first_difference_is_named() {
        let want = tensor(&[1.0, 2.0, 3.0, 4.0], [2, 2]);
        let got = tensor(&[1.0, 2.0, 3.5, 4.5], [2, 2]);
        let failure = close(&got, &want, Tolerance::EXACT).unwrap_err();
        assert_eq!(
            failure.message,
            "element [1, 0]: expected 3, got 3.5 (2 of 4 elements differ)"
        );
    }

    #[test]
    fn nan_empty_and_other_shapes_never_pass() {
        let want = tensor(&[1.0, 2.0], [1, 2]);
        let loose = Tolerance {
            absolute: f64::MAX,
            relative: 0.0,
        };
        for got in [
            tensor(&[f64::NAN, 2.0], [1, 2]),
            tensor(&[1.0, f64::INFINITY], [1, 2]),
            tensor(&[1.0, 2.0], [2, 1]),
            tensor(&[1.0], [1, 1]),
        ] {
            assert!(close(&got, &want, loose).is_err(), "{got}");
        }
        assert!(close_values(&[], &[1.0], loose).is_err());
        assert!(within(f64::NAN, 1.0, loose).is_err());
    }

    #[test]
    fn another_element_type_is_said() {
        let want = tensor(&[1.0], [1, 1]);
        let got = Tensor::from_data(
            TensorData::new(vec![1.0f32], [1, 1]),
            (&Device::flex(), DType::F32),
        );
        let failure = close(&got, &want, Tolerance::EXACT).unwrap_err();
        assert!(failure.message.contains("F32"), "{failure}");
        assert_eq!(alike(&got, &want), Err(failure));
        assert!(alike(&want, &want).is_ok());
    }

    #[test]
    fn equal_bits_sees_the_last_bit() {
        let want = tensor(&[1.0], [1, 1]);
        assert!(equal_bits(&want, &want).is_ok());
        assert!(equal_bits(&tensor(&[1.0 + f64::EPSILON], [1, 1]), &want).is_err());
    }
}
