//! A1.3 Vector-Jacobian products of tensor layers, by hand.
//!
//! Reverse mode asks one question of every layer `y = f(x)`: given `dy`, the gradient of the loss by
//! the layer's output, what is `dx`, the gradient by its input? For every element
//!
//! ```text
//! dx_j = sum over i of  dy_i  (d y_i / d x_j)
//! ```
//!
//! which is the vector `dy` times the Jacobian of `f`. The Jacobian itself is never built.
//! `dy` always has the shape of `y`, and `dx` always has the shape of `x`.

use std::f64::consts::{PI, SQRT_2};

use burn::tensor::Tensor;
use common::contract::a1::LinearGradients;

/// The linear layer `y = x w + b`.
///
/// - `x`: `[n, inputs]`, one sample per row; `w`: `[inputs, outputs]`; `b`: `[outputs]`.
/// - Gives `[n, outputs]`. Every row gets the same `b`.
pub fn linear_forward(x: Tensor<2>, w: Tensor<2>, b: Tensor<1>) -> Tensor<2> {
    // BEGIN SOLUTION A1.3 linear_forward
    x.matmul(w) + b.unsqueeze()
    // END SOLUTION
}

/// The gradients of the linear layer:
///
/// ```text
/// dx = dy w^T        dw = x^T dy        db = the sum of the rows of dy
/// ```
///
/// Nothing is divided by `n`: if the loss is a mean, the factor `1 / n` is in `dy` already.
///
/// - `x`: `[n, inputs]`; `w`: `[inputs, outputs]`; `dy`: `[n, outputs]`.
/// - Gives `dx` `[n, inputs]`, `dw` `[inputs, outputs]`, `db` `[outputs]`.
///
/// Source: Prince, "Understanding Deep Learning", section 7.4.
pub fn linear_backward(x: Tensor<2>, w: Tensor<2>, dy: Tensor<2>) -> LinearGradients {
    // BEGIN SOLUTION A1.3 linear_backward
    LinearGradients {
        dx: dy.clone().matmul(w.transpose()),
        dw: x.transpose().matmul(dy.clone()),
        db: dy.sum_dim(0).squeeze_dim(0),
    }
    // END SOLUTION
}

/// ReLU: `max(x, 0)` for each element.
pub fn relu_forward(x: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.3 relu_forward
    x.clamp_min(0.0)
    // END SOLUTION
}

/// The gradient of ReLU: `dy` where `x > 0`, and 0 elsewhere, at `x = 0` too.
///
/// - `x`: the input of the forward pass; `dy`: the same shape.
pub fn relu_backward(x: Tensor<2>, dy: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.3 relu_backward
    dy.mask_fill(x.lower_equal_elem(0.0), 0.0)
    // END SOLUTION
}

/// GELU in its exact form:
///
/// ```text
/// gelu(x) = x Phi(x)        Phi(x) = (1 + erf(x / sqrt 2)) / 2
/// ```
///
/// where `Phi` is the distribution function of the standard normal law. The popular formula with
/// `tanh` is an approximation of it, wrong by up to 5e-4, and not what is asked for here.
///
/// Source: Hendrycks & Gimpel, "Gaussian error linear units" (2016).
pub fn gelu_forward(x: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.3 gelu_forward
    x.clone() * normal_distribution(x)
    // END SOLUTION
}

/// The gradient of the exact GELU:
///
/// ```text
/// dx = dy (Phi(x) + x phi(x))        phi(x) = exp(-x^2 / 2) / sqrt(2 pi)
/// ```
///
/// where `phi`, the derivative of `Phi`, is the density of the standard normal law.
///
/// - `x`: the input of the forward pass; `dy`: the same shape.
pub fn gelu_backward(x: Tensor<2>, dy: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.3 gelu_backward
    let density = (x.clone().square() * -0.5).exp() / (2.0 * PI).sqrt();
    dy * (normal_distribution(x.clone()) + x * density)
    // END SOLUTION
}

// BEGIN SOLUTION
/// `Phi(x)`: the probability that a standard normal number is below `x`.
fn normal_distribution(x: Tensor<2>) -> Tensor<2> {
    ((x / SQRT_2).erf() + 1.0) / 2.0
}
// END SOLUTION

/// The gradient of the logistic sigmoid `y = 1 / (1 + exp(-x))`, from its output:
/// `dx = dy y (1 - y)`.
///
/// - `y`: the output of the forward pass, not its input; `dy`: the same shape.
pub fn sigmoid_backward(y: Tensor<2>, dy: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.3 sigmoid_backward
    dy * y.clone() * (1.0 - y)
    // END SOLUTION
}

/// The gradient of `y = tanh x`, from its output: `dx = dy (1 - y^2)`.
///
/// - `y`: the output of the forward pass, not its input; `dy`: the same shape.
pub fn tanh_backward(y: Tensor<2>, dy: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.3 tanh_backward
    dy * (1.0 - y.square())
    // END SOLUTION
}

/// Undoes broadcasting.
///
/// When a tensor of `shape` `[1, 3, 1]` is added to one of `[2, 3, 4]`, each of its 3 elements is
/// used 8 times. An element that is used many times gets the sum of the gradients of all its uses, so
/// the gradient is summed over every axis along which the tensor was repeated, and those axes are
/// kept with size 1.
///
/// - `gradient`: the gradient by the repeated tensor; `shape`: the shape before the repetition. Each
///   of its sizes is 1 or that of `gradient`.
/// - Gives a tensor of `shape`.
pub fn unbroadcast(gradient: Tensor<3>, shape: [usize; 3]) -> Tensor<3> {
    // BEGIN SOLUTION A1.3 unbroadcast
    let mut gradient = gradient;
    for (axis, size) in shape.into_iter().enumerate() {
        if size == 1 {
            gradient = gradient.sum_dim(axis);
        }
    }
    gradient
    // END SOLUTION
}

/// The gradient of `y = x.sum_dim(axis)`: every element of a sum gets the gradient of the sum.
///
/// - `dy`: the shape of `y`, which is `shape` with size 1 at `axis`; `shape`: that of `x`.
/// - Gives a tensor of `shape`.
pub fn sum_backward(dy: Tensor<2>, shape: [usize; 2], axis: usize) -> Tensor<2> {
    // BEGIN SOLUTION A1.3 sum_backward
    dy.repeat_dim(axis, shape[axis])
    // END SOLUTION
}

/// The gradient of `y = x.mean_dim(axis)`: as that of the sum, divided by the number of elements that
/// went into each mean.
///
/// - `dy`: the shape of `y`, which is `shape` with size 1 at `axis`; `shape`: that of `x`.
/// - Gives a tensor of `shape`.
pub fn mean_backward(dy: Tensor<2>, shape: [usize; 2], axis: usize) -> Tensor<2> {
    // BEGIN SOLUTION A1.3 mean_backward
    dy.repeat_dim(axis, shape[axis]) / shape[axis] as f64
    // END SOLUTION
}

/// The gradient of `y = x.reshape([rows, columns])`: the same numbers in the shape of `x`.
///
/// - `dy`: `[rows, columns]`; `shape`: that of `x`, with as many elements.
pub fn reshape_backward(dy: Tensor<2>, shape: [usize; 3]) -> Tensor<3> {
    // BEGIN SOLUTION A1.3 reshape_backward
    dy.reshape(shape)
    // END SOLUTION
}

/// The gradient of `y = x.permute(axes)`, where axis `i` of `y` is axis `axes[i]` of `x`: the axes go
/// back to where they came from.
///
/// - `dy`: the shape of `y`. Gives the shape of `x`.
pub fn permute_backward(dy: Tensor<3>, axes: [usize; 3]) -> Tensor<3> {
    // BEGIN SOLUTION A1.3 permute_backward
    let mut back = [0; 3];
    for (i, axis) in axes.into_iter().enumerate() {
        back[axis] = i;
    }
    dy.permute(back)
    // END SOLUTION
}
