//! A1.3 Vector-Jacobian products of tensor layers.

use burn::tensor::Tensor;

use crate::{contract, record};

record! {
    /// The vector-Jacobian products of `y = x w + b`.
    pub struct LinearGradients {
        /// `[n, inputs]`
        pub dx: Tensor<2>,
        /// `[inputs, outputs]`
        pub dw: Tensor<2>,
        /// `[outputs]`
        pub db: Tensor<1>,
    }
}

contract! {
    /// A1.3 Vector-Jacobian products of tensor layers, by hand.
    ///
    /// `dy` is the gradient of the loss by the layer's output and has the output's shape.
    pub trait TensorLayers, table TensorLayersTable {
        /// `y = x w + b`: x `[n, inputs]`, w `[inputs, outputs]`, b `[outputs]`, y `[n, outputs]`.
        fn linear_forward(x: Tensor<2>, w: Tensor<2>, b: Tensor<1>) -> Tensor<2>;
        /// The gradients of the linear layer.
        fn linear_backward(x: Tensor<2>, w: Tensor<2>, dy: Tensor<2>) -> LinearGradients;
        /// `max(x, 0)`.
        fn relu_forward(x: Tensor<2>) -> Tensor<2>;
        /// The gradient of ReLU from its input `x`; 0 at `x = 0`.
        fn relu_backward(x: Tensor<2>, dy: Tensor<2>) -> Tensor<2>;
        /// GELU in its exact form, `x / 2 (1 + erf(x / sqrt 2))` (Hendrycks & Gimpel 2016).
        fn gelu_forward(x: Tensor<2>) -> Tensor<2>;
        /// The gradient of the exact GELU from its input `x`.
        fn gelu_backward(x: Tensor<2>, dy: Tensor<2>) -> Tensor<2>;
        /// The gradient of the logistic sigmoid from its output `y`.
        fn sigmoid_backward(y: Tensor<2>, dy: Tensor<2>) -> Tensor<2>;
        /// The gradient of tanh from its output `y`.
        fn tanh_backward(y: Tensor<2>, dy: Tensor<2>) -> Tensor<2>;
        /// Undoes broadcasting: sums `gradient` over every axis along which an array of `shape` was
        /// repeated. A shorter shape is written with leading ones, so a scalar is `[1, 1, 1]`.
        fn unbroadcast(gradient: Tensor<3>, shape: [usize; 3]) -> Tensor<3>;
        /// The gradient of `y = x.sum_dim(axis)` for x of `shape`; the axis is kept with size 1.
        fn sum_backward(dy: Tensor<2>, shape: [usize; 2], axis: usize) -> Tensor<2>;
        /// The gradient of `y = x.mean_dim(axis)` for x of `shape`; the axis is kept with size 1.
        fn mean_backward(dy: Tensor<2>, shape: [usize; 2], axis: usize) -> Tensor<2>;
        /// The gradient of a reshape from `shape` to a matrix.
        fn reshape_backward(dy: Tensor<2>, shape: [usize; 3]) -> Tensor<3>;
        /// The gradient of `y = x.permute(axes)`.
        fn permute_backward(dy: Tensor<3>, axes: [usize; 3]) -> Tensor<3>;
    }
}
