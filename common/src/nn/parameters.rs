//! Structs of tensors, and what can be done with all their tensors at once.

use burn::tensor::{DType, Device, Tensor};

use crate::rng::Rng;

/// A value made of tensors and nothing else: a network's parameters, their gradients, an optimiser's memory.
///
/// [`parameters!`](crate::parameters!) implements it for a struct; tensors, lists, options and pairs have it.
pub trait Parameters: Clone {
    /// The same structure with `f` of every tensor. `f` sees each as a flat vector and must keep its length; it is
    /// called in the order of the declaration.
    #[must_use]
    fn map(self, f: &mut dyn FnMut(Tensor<1>) -> Tensor<1>) -> Self;
}

impl<const D: usize> Parameters for Tensor<D> {
    fn map(self, f: &mut dyn FnMut(Tensor<1>) -> Tensor<1>) -> Self {
        let shape = self.dims();
        f(self.reshape([-1])).reshape(shape)
    }
}

impl<P: Parameters> Parameters for Vec<P> {
    fn map(self, f: &mut dyn FnMut(Tensor<1>) -> Tensor<1>) -> Self {
        self.into_iter().map(|each| each.map(f)).collect()
    }
}

impl<P: Parameters> Parameters for Option<P> {
    fn map(self, f: &mut dyn FnMut(Tensor<1>) -> Tensor<1>) -> Self {
        self.map(|some| Parameters::map(some, f))
    }
}

impl<P: Parameters, Q: Parameters> Parameters for (P, Q) {
    fn map(self, f: &mut dyn FnMut(Tensor<1>) -> Tensor<1>) -> Self {
        (self.0.map(f), self.1.map(f))
    }
}

/// Declares a [`record!`](crate::record!) whose fields all are tensors or made of tensors.
#[macro_export]
macro_rules! parameters {
    ($(#[$meta:meta])* pub struct $Name:ident { $($(#[$fmeta:meta])* pub $field:ident : $ty:ty,)* }) => {
        $crate::record! {
            $(#[$meta])*
            pub struct $Name { $($(#[$fmeta])* pub $field: $ty,)* }
        }

        impl $crate::nn::Parameters for $Name {
            fn map(
                self,
                f: &mut dyn FnMut(::burn::tensor::Tensor<1>) -> ::burn::tensor::Tensor<1>,
            ) -> Self {
                Self { $($field: $crate::nn::Parameters::map(self.$field, f),)* }
            }
        }
    };
}

/// All tensors, flat, in the order of the declaration.
#[must_use]
pub fn tensors<P: Parameters>(parameters: &P) -> Vec<Tensor<1>> {
    let mut all = Vec::new();
    let _ = parameters.clone().map(&mut |tensor| {
        all.push(tensor.clone());
        tensor
    });
    all
}

/// How many numbers there are.
#[must_use]
pub fn count<P: Parameters>(parameters: &P) -> usize {
    tensors(parameters).iter().map(|t| t.dims()[0]).sum()
}

/// The same shapes, all zero.
#[must_use]
pub fn zeros_like<P: Parameters>(parameters: &P) -> P {
    parameters.clone().map(&mut |tensor| tensor.zeros_like())
}

/// The same values, outside of any graph: no gradient flows through them.
#[must_use]
pub fn detach<P: Parameters>(parameters: P) -> P {
    parameters.map(&mut |tensor| {
        if tensor.is_autodiff() {
            tensor.inner()
        } else {
            tensor
        }
    })
}

/// The same values on `device` in single precision, as labs train.
#[must_use]
pub fn single<P: Parameters>(parameters: P, device: &Device) -> P {
    parameters.map(&mut |tensor| tensor.to_device(device).cast(DType::F32))
}

/// Normal numbers of mean 0 and variance `2 / fan_in`, which keep the size of a signal through ReLU layers.
///
/// Source: He et al., "Delving deep into rectifiers" (2015), eq. 10.
#[must_use]
pub fn kaiming_normal<const D: usize>(
    rng: &mut Rng,
    shape: [usize; D],
    fan_in: usize,
) -> Tensor<D> {
    let std = (2.0 / fan_in as f64).sqrt();
    rng.tensor(shape, |rng| std * rng.normal())
}

#[cfg(test)]
mod tests {
    use super::*;

    parameters! {
        /// Two layers.
        pub struct Two {
            /// Matrices.
            pub weights: Vec<Tensor<2>>,
            /// A vector, or none.
            pub bias: Option<Tensor<1>>,
        }
    }

    fn two() -> Two {
        let mut rng = Rng::new(0);
        Two {
            weights: vec![rng.normal_tensor([2, 3]), rng.normal_tensor([3, 1])],
            bias: Some(rng.normal_tensor([4])),
        }
    }

    #[test]
    fn every_tensor_is_seen_once_in_order_and_keeps_its_shape() {
        let lengths: Vec<usize> = tensors(&two()).iter().map(|t| t.dims()[0]).collect();
        assert_eq!(lengths, [6, 3, 4]);
        assert_eq!(count(&two()), 13);
        let doubled = two().map(&mut |tensor| tensor * 2.0);
        assert_eq!(doubled.weights[0].dims(), [2, 3]);
        let want = (two().weights.remove(0) * 2.0).into_data();
        doubled.weights[0].to_data().assert_eq(&want, true);
    }

    #[test]
    fn zeros_are_zero_and_single_is_single() {
        let zeros = zeros_like(&two());
        let all = tensors(&zeros).into_iter();
        assert!(
            all.flat_map(|t| t.into_data().iter::<f64>().collect::<Vec<_>>())
                .all(|x| x == 0.0)
        );
        assert_eq!(
            single(two(), &Device::flex()).weights[1].dtype(),
            DType::F32
        );
    }

    #[test]
    fn kaiming_has_the_variance_it_says() {
        let w: Tensor<2> = kaiming_normal(&mut Rng::new(1), [100, 200], 50);
        let values: Vec<f64> = w.into_data().iter::<f64>().collect();
        let n = values.len() as f64;
        let variance = values.iter().map(|x| x * x).sum::<f64>() / n;
        // The variance of a mean square of n normal numbers is 2 / n of it: six deviations are 6 %.
        assert!((variance / 0.04 - 1.0).abs() < 0.06, "{variance}");
    }
}
