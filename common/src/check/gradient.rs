//! Numeric gradients in double precision.

use burn::tensor::{DType, Device, Tensor, TensorData};

/// The step of the central difference. In double precision the error is near 1e-10 for values
/// around 1: the truncation error shrinks with its square, the rounding error grows with its inverse.
const STEP: f64 = 1e-5;

/// The gradient by central differences of the number `f(x)`:
/// `(f(x + h) - f(x - h)) / 2h` for each element of `x`.
///
/// # Errors
/// The first error of `f`.
pub fn numeric_gradient_of<const D: usize, E>(
    x: &Tensor<D>,
    mut f: impl FnMut(Tensor<D>) -> Result<f64, E>,
) -> Result<Tensor<D>, E> {
    let shape = x.dims();
    let mut values: Vec<f64> = x.to_data().iter::<f64>().collect();
    let tensor = |values: &[f64]| {
        Tensor::<D>::from_data(
            TensorData::new(values.to_vec(), shape),
            (&Device::flex(), DType::F64),
        )
    };
    let mut gradient = Vec::with_capacity(values.len());
    for i in 0..values.len() {
        let center = values[i];
        values[i] = center + STEP;
        let above = f(tensor(&values))?;
        values[i] = center - STEP;
        let below = f(tensor(&values))?;
        values[i] = center;
        gradient.push((above - below) / (2.0 * STEP));
    }
    Ok(tensor(&gradient))
}

/// The vector-Jacobian product by central differences: the gradient by `x` of `sum(f(x) * cotangent)`.
///
/// The cotangent should be random. Under a plain sum many a wrong gradient looks right: that of a
/// normaliser, whose outputs always add up to the same, is zero whatever the code does.
///
/// # Errors
/// The first error of `f`.
pub fn numeric_gradient<const D: usize, const O: usize, E>(
    x: &Tensor<D>,
    cotangent: &Tensor<O>,
    mut f: impl FnMut(Tensor<D>) -> Result<Tensor<O>, E>,
) -> Result<Tensor<D>, E> {
    let cotangent: Vec<f64> = cotangent.to_data().iter().collect();
    numeric_gradient_of(x, |x| {
        // As numbers: a student's function may give another element type, which tensors refuse to multiply.
        let y = f(x)?.into_data();
        Ok(y.iter::<f64>().zip(&cotangent).map(|(y, c)| y * c).sum())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Tolerance, close};
    use crate::rng::Rng;

    #[test]
    fn the_gradient_of_x_squared_is_two_x_times_the_cotangent() {
        let mut rng = Rng::new(1);
        let x = rng.normal_tensor([2, 3]);
        let cotangent = rng.normal_tensor([2, 3]);
        let numeric: Tensor<2> =
            numeric_gradient(&x, &cotangent, |x| Ok::<_, ()>(x.clone() * x)).unwrap();
        let exact = x * 2.0 * cotangent;
        close(&numeric, &exact, Tolerance::GRADIENT).unwrap();
    }
}
