//! Mutants of A1.3.

use a1_backprop::parts::tensor_layers as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a1::LinearGradients;
use hidden_suite::Mutant;

const PART: &str = "A1.3";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = linear();
    all.extend(activations());
    all.extend(shapes());
    all
}

fn linear() -> Vec<Mutant> {
    vec![
        mutant!(
            tensor_layers.linear_forward / "no_bias",
            "the bias is left out",
            |x, w, _| x.matmul(w)
        ),
        mutant!(
            tensor_layers.linear_forward / "bias_subtracted",
            "x w - b",
            |x, w, b| reference::linear_forward(x, w, -b)
        ),
        mutant!(
            tensor_layers.linear_backward / "db_averaged",
            "db is the mean over the batch",
            |x, w, dy| {
                let n = x.dims()[0] as f64;
                let g = reference::linear_backward(x, w, dy);
                LinearGradients { db: g.db / n, ..g }
            }
        ),
        mutant!(
            tensor_layers.linear_backward / "db_over_wrong_axis",
            "db sums over the outputs",
            |x, w, dy| LinearGradients {
                db: dy.clone().sum_dim(1).squeeze_dim(1),
                ..reference::linear_backward(x, w, dy)
            }
        ),
        mutant!(
            tensor_layers.linear_backward / "dw_transposed",
            "dw is dy^T x",
            |x, w, dy| {
                let g = reference::linear_backward(x, w, dy);
                LinearGradients {
                    dw: g.dw.transpose(),
                    ..g
                }
            }
        ),
        mutant!(
            tensor_layers.linear_backward / "dw_averaged",
            "dw is divided by the batch size, which dy already is",
            |x, w, dy| {
                let n = x.dims()[0] as f64;
                let g = reference::linear_backward(x, w, dy);
                LinearGradients { dw: g.dw / n, ..g }
            }
        ),
        mutant!(
            tensor_layers.linear_backward / "all_divided_by_n",
            "every gradient is divided by the batch size, which dy already is",
            |x, w, dy| {
                let n = x.dims()[0] as f64;
                reference::linear_backward(x, w, dy / n)
            }
        ),
        mutant!(
            tensor_layers.linear_backward / "upstream_ignored",
            "dy is taken for ones",
            |x, w, dy| reference::linear_backward(x, w, dy.ones_like())
        ),
        mutant!(
            tensor_layers.linear_backward / "dx_without_transpose",
            "dx is dy w",
            |x, w, dy| LinearGradients {
                dx: dy.clone().matmul(w.clone()),
                ..reference::linear_backward(x, w, dy)
            }
        ),
        mutant!(
            tensor_layers.linear_backward / "dx_reshaped",
            "dx multiplies with w reshaped to the size of its transpose",
            |x, w, dy| {
                let [inputs, outputs] = w.dims();
                LinearGradients {
                    dx: dy.clone().matmul(w.clone().reshape([outputs, inputs])),
                    ..reference::linear_backward(x, w, dy)
                }
            }
        ),
    ]
}

fn activations() -> Vec<Mutant> {
    vec![
        mutant!(
            tensor_layers.relu_forward / "leaky",
            "negative inputs pass with slope 0.01",
            |x| activation::leaky_relu(x, 0.01)
        ),
        mutant!(
            tensor_layers.relu_backward / "upstream_ignored",
            "dy is taken for ones",
            |x, dy| reference::relu_backward(x, dy.ones_like())
        ),
        mutant!(
            tensor_layers.relu_backward / "gate_on_dy",
            "the gate looks at dy",
            |_, dy| reference::relu_forward(dy)
        ),
        mutant!(
            tensor_layers.relu_backward / "open_at_zero",
            "the gate is open where x >= 0",
            |x, dy| dy.mask_fill(x.lower_elem(0.0), 0.0)
        ),
        mutant!(
            tensor_layers.relu_backward / "gate_inverted",
            "the gate is open where x <= 0",
            |x, dy| reference::relu_backward(-x, dy)
        ),
        mutant!(
            tensor_layers.relu_backward / "times_x",
            "dy times ReLU of x",
            |x, dy| dy * reference::relu_forward(x)
        ),
        mutant!(
            tensor_layers.gelu_forward / "tanh_approximation",
            "the approximation by tanh",
            activation::gelu_approximate
        ),
        mutant!(
            tensor_layers.gelu_forward / "sigmoid_approximation",
            "x sigmoid(1.702 x)",
            |x| x.clone() * activation::sigmoid(x * 1.702)
        ),
        mutant!(
            tensor_layers.gelu_backward / "tanh_approximation",
            "the gradient of the approximation by tanh",
            |x, dy| {
                let x = x.autodiff().require_grad();
                let y = activation::gelu_approximate(x.clone()) * dy.autodiff();
                x.grad(&y.sum().backward()).expect("x was used")
            }
        ),
        mutant!(
            tensor_layers.gelu_backward / "only_the_first_term",
            "Phi(x), without x phi(x)",
            |x, dy| dy * distribution(x)
        ),
        mutant!(
            tensor_layers.gelu_backward / "density_without_x",
            "Phi(x) + phi(x)",
            |x, dy| dy * (distribution(x.clone()) + density(x))
        ),
        mutant!(
            tensor_layers.gelu_backward / "upstream_ignored",
            "dy is taken for ones",
            |x, dy| reference::gelu_backward(x, dy.ones_like())
        ),
        mutant!(
            tensor_layers.sigmoid_backward / "from_input",
            "takes y for the input",
            |y, dy| reference::sigmoid_backward(activation::sigmoid(y), dy)
        ),
        mutant!(
            tensor_layers.sigmoid_backward / "half_of_it",
            "dy y, without 1 - y",
            |y, dy| dy * y
        ),
        mutant!(
            tensor_layers.tanh_backward / "from_input",
            "takes y for the input",
            |y, dy| reference::tanh_backward(y.tanh(), dy)
        ),
        mutant!(
            tensor_layers.tanh_backward / "not_squared",
            "dy (1 - y)",
            |y, dy| dy * (1.0 - y)
        ),
        mutant!(
            tensor_layers.tanh_backward / "dy_squared",
            "uses dy twice",
            |y, dy| reference::tanh_backward(y, dy.clone() * dy)
        ),
    ]
}

fn shapes() -> Vec<Mutant> {
    vec![
        mutant!(
            tensor_layers.unbroadcast / "forgets_kept_axes",
            "sums over leading axes only, not over axes of size 1 behind a larger one",
            |gradient, shape| {
                let leading = shape.iter().take_while(|size| **size == 1).count();
                let mut gradient = gradient;
                for axis in 0..leading {
                    gradient = gradient.sum_dim(axis);
                }
                gradient
            }
        ),
        mutant!(
            tensor_layers.unbroadcast / "first_axis_only",
            "sums over the first repeated axis and stops",
            |gradient, shape| match shape.iter().position(|size| *size == 1) {
                Some(axis) => gradient.sum_dim(axis),
                None => gradient,
            }
        ),
        mutant!(
            tensor_layers.unbroadcast / "mean",
            "takes the mean where it should sum",
            |gradient, shape| {
                let factor = gradient.shape().num_elements() / shape.iter().product::<usize>();
                reference::unbroadcast(gradient, shape) / factor as f64
            }
        ),
        mutant!(
            tensor_layers.unbroadcast / "slice",
            "takes the first element where it should sum",
            |gradient, shape| gradient.slice(shape.map(|size| 0..size))
        ),
        mutant!(
            tensor_layers.unbroadcast / "axes_dropped",
            "the sums are left in another shape",
            |gradient, shape| {
                let sums = reference::unbroadcast(gradient, shape);
                let mut sizes = shape;
                sizes.sort_unstable();
                sums.reshape(sizes)
            }
        ),
        mutant!(
            tensor_layers.unbroadcast / "always_over_the_batch",
            "sums over the first axis, repeated or not",
            |gradient, shape| reference::unbroadcast(gradient.sum_dim(0), shape)
        ),
        mutant!(
            tensor_layers.sum_backward / "upstream_ignored",
            "ones",
            |dy, shape, _| Tensor::ones(shape, (&dy.device(), dy.dtype()))
        ),
        mutant!(
            tensor_layers.sum_backward / "averaged",
            "divides by the length of the axis",
            reference::mean_backward
        ),
        mutant!(
            tensor_layers.sum_backward / "not_expanded",
            "dy as it came",
            |dy, _, _| dy
        ),
        mutant!(
            tensor_layers.mean_backward / "not_divided",
            "the gradient of the sum",
            reference::sum_backward
        ),
        mutant!(
            tensor_layers.mean_backward / "divided_by_all",
            "divides by the number of all elements",
            |dy, shape, axis| reference::sum_backward(dy, shape, axis)
                / (shape[0] * shape[1]) as f64
        ),
        mutant!(
            tensor_layers.mean_backward / "other_axis",
            "divides by the length of the other axis",
            |dy, shape, axis| reference::sum_backward(dy, shape, axis) / shape[1 - axis] as f64
        ),
        mutant!(
            tensor_layers.reshape_backward / "transposed",
            "reads dy column by column",
            |dy, shape| reference::reshape_backward(dy.transpose(), shape)
        ),
        mutant!(
            tensor_layers.reshape_backward / "shape_reversed",
            "the axes of the shape in reverse",
            |dy, [a, b, c]| dy.reshape([c, b, a])
        ),
        mutant!(
            tensor_layers.permute_backward / "not_inverted",
            "permutes by the same axes again",
            |dy, axes| dy.permute(axes)
        ),
        mutant!(
            tensor_layers.permute_backward / "axes_reversed",
            "permutes by the axes in reverse",
            |dy, [a, b, c]| dy.permute([c, b, a])
        ),
    ]
}

fn distribution(x: Tensor<2>) -> Tensor<2> {
    ((x * std::f64::consts::FRAC_1_SQRT_2).erf() + 1.0) / 2.0
}

fn density(x: Tensor<2>) -> Tensor<2> {
    (x.square() * -0.5).exp() / std::f64::consts::TAU.sqrt()
}
