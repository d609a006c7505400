//! Networks on Burn's autodiff, in the functional style: parameters are plain structs of tensors, a network is a
//! function of them, and a step is a gradient and an update.
//!
//! - [`parameters!`](crate::parameters!) declares a struct of tensors; [`Parameters`] is what all such structs can do.
//! - [`value_and_gradient`] differentiates a loss by all tensors of such a struct.
//! - [`Sgd`] and [`Adam`] turn gradients into the next parameters.
//! - [`conv2d`], [`max_pool2d`], [`avg_pool2d`], [`batch_norm2d`] are the layers whose speed matters.
//! - [`cross_entropy`] is the loss of classifiers.
//!
//! ```
//! use burn::tensor::{Device, Int, Tensor};
//! use common::nn::{Sgd, cross_entropy, value_and_gradient, zeros_like};
//! use common::parameters;
//!
//! parameters! {
//!     /// `x w + b`.
//!     pub struct Linear {
//!         /// `[inputs, outputs]`
//!         pub w: Tensor<2>,
//!         /// `[outputs]`
//!         pub b: Tensor<1>,
//!     }
//! }
//!
//! let device = Device::flex();
//! let x = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 1.0]], &device);
//! let labels = Tensor::<1, Int>::from_ints([0, 1], &device);
//! let linear = Linear { w: Tensor::zeros([2, 2], &device), b: Tensor::zeros([2], &device) };
//! let velocity = zeros_like(&linear);
//!
//! let (loss, gradients) = value_and_gradient(&linear, |linear| {
//!     let logits = x.clone().matmul(linear.w.clone()) + linear.b.clone().unsqueeze();
//!     cross_entropy(logits, labels.clone(), 0.0)
//! });
//! assert!((loss - 2f64.ln()).abs() < 1e-6);
//! let (linear, _velocity) = Sgd::new(0.1).step(linear, gradients, velocity);
//! assert!(linear.w.into_data().iter::<f64>().next().unwrap() > 0.0);
//! ```

mod conv;
mod flex;
mod gradient;
mod loss;
mod norm;
mod optim;
mod parameters;
mod pool;
mod simd;

pub use conv::{ConvOptions, conv2d};
pub use gradient::{value_and_gradient, value_and_gradient_with};
pub use loss::cross_entropy;
pub use norm::batch_norm2d;
pub use optim::{Adam, AdamState, Sgd};
pub use parameters::{Parameters, count, detach, kaiming_normal, single, tensors, zeros_like};
pub use pool::{avg_pool2d, max_pool2d};
