//! Public checks of A1.3.

use burn::tensor::{Tensor, activation};
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, numeric_gradient, show, tensor,
};
use common::contract::Submission;
use common::contract::a1::TensorLayers;
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.3",
    title: "Vector-Jacobian products by hand",
    module: "tensor_layers",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/tensor_layers.rs and write linear_forward: one matmul and one addition.",
    hints: &[
        "Let the shapes lead: dx has the shape of x, dw that of w, and only one product of the \
         matrices at hand has that shape. An element that is used many times gets the sum of the \
         gradients of its uses.",
        "dx is dy times the transpose of w, dw the transpose of x times dy, db the sum of dy over axis \
         0 (sum_dim keeps that axis with size 1: squeeze_dim takes it away). ReLU: fill dy with 0 where \
         x <= 0 (mask_fill). permute: build the inverse permutation, the axis axes[i] goes back to i.",
    ],
    hidden_checks: 9,
    forbidden: rules::TENSOR_LAYERS,
};

/// The public checks of A1.3.
pub const CHECKS: &[Check] = &[
    Check {
        id: "tensor_layers/linear",
        part: "A1.3",
        points: 1,
        proves: "the linear layer and its gradients give the numbers of the handout's example",
        hint: "dx has the shape of x and dw that of w: only one product of matrices has it. db is a sum, not a mean",
        run: linear,
    },
    Check {
        id: "tensor_layers/linear_gradient",
        part: "A1.3",
        points: 1,
        proves: "dx, dw and db agree with numeric gradients for random inputs",
        hint: "dx = dy w^T, dw = x^T dy, db = the sum of the rows of dy; divide by nothing",
        run: linear_gradient,
    },
    Check {
        id: "tensor_layers/activations",
        part: "A1.3",
        points: 1,
        proves: "ReLU, sigmoid and tanh pass the gradient back as their derivatives say",
        hint: "ReLU's gradient is 0 at x = 0; those of sigmoid and tanh are written with the output y",
        run: activations,
    },
    Check {
        id: "tensor_layers/gelu",
        part: "A1.3",
        points: 1,
        proves: "GELU is the exact one, and its gradient agrees with the numeric one",
        hint: "use erf, not the tanh approximation; the gradient is a product rule of x and Phi(x)",
        run: gelu,
    },
    Check {
        id: "tensor_layers/unbroadcast",
        part: "A1.3",
        points: 1,
        proves: "a gradient is summed over every axis along which the tensor was repeated",
        hint: "go through the axes; where shape has a 1, sum_dim that axis, which keeps it with size 1",
        run: unbroadcast,
    },
    Check {
        id: "tensor_layers/sums_and_shapes",
        part: "A1.3",
        points: 1,
        proves: "sum, mean, reshape and permute pass the gradient back to where it came from",
        hint: "a mean divides by the size of its axis; permute goes back by the inverse permutation",
        run: sums_and_shapes,
    },
];

/// Compares what `function` gave with `want`, and shows the input when they differ.
fn same<const D: usize>(
    function: &str,
    got: &Tensor<D>,
    want: &Tensor<D>,
    input: impl FnOnce() -> String,
) -> Verdict {
    close(got, want, Tolerance::EXACT).map_err(|failure| failure.about(function).on_input(input()))
}

/// The handout's example: two samples, three inputs, two outputs.
fn linear(submission: &Submission, _: &mut Rng) -> Verdict {
    let x = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let w = tensor([[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]]);
    let b = tensor([10.0, 20.0]);
    let dy = tensor([[1.0, 2.0], [3.0, -1.0]]);
    let input = || {
        format!(
            "x {}, w {}, b {}, dy {}",
            show(&x),
            show(&w),
            show(&b),
            show(&dy)
        )
    };

    let y = submission.linear_forward(x.clone(), w.clone(), b.clone())?;
    same(
        "linear_forward",
        &y,
        &tensor([[8.0, 27.0], [8.0, 36.0]]),
        input,
    )?;
    let got = submission.linear_backward(x.clone(), w.clone(), dy.clone())?;
    let dx = tensor([[1.0, 4.0, 1.0], [3.0, -2.0, -4.0]]);
    same("linear_backward, dx", &got.dx, &dx, input)?;
    let dw = tensor([[13.0, -2.0], [17.0, -1.0], [21.0, 0.0]]);
    same("linear_backward, dw", &got.dw, &dw, input)?;
    same("linear_backward, db", &got.db, &tensor([4.0, 1.0]), input)
}

/// Random sizes, random inputs, a random gradient from above.
fn linear_gradient(submission: &Submission, rng: &mut Rng) -> Verdict {
    let (n, inputs, outputs) = (rng.between(2, 3), rng.between(4, 5), rng.between(6, 7));
    let x = rng.normal_tensor([n, inputs]);
    let w = rng.normal_tensor([inputs, outputs]);
    let b = rng.normal_tensor([outputs]);
    let dy = rng.normal_tensor([n, outputs]);
    let got = submission.linear_backward(x.clone(), w.clone(), dy.clone())?;

    let dx = numeric_gradient(&x, &dy, |x| {
        submission.linear_forward(x, w.clone(), b.clone())
    })?;
    let dw = numeric_gradient(&w, &dy, |w| {
        submission.linear_forward(x.clone(), w, b.clone())
    })?;
    let db = numeric_gradient(&b, &dy, |b| {
        submission.linear_forward(x.clone(), w.clone(), b)
    })?;
    let about =
        |name: &'static str| {
            move |failure: Failure| {
                failure
                .about(format!("linear_backward, {name} against its numeric gradient"))
                .on_input(format!(
                    "x [{n}, {inputs}], w [{inputs}, {outputs}], dy [{n}, {outputs}], all random"
                ))
            }
        };
    close(&got.dx, &dx, Tolerance::GRADIENT).map_err(about("dx"))?;
    close(&got.dw, &dw, Tolerance::GRADIENT).map_err(about("dw"))?;
    close(&got.db, &db, Tolerance::GRADIENT).map_err(about("db"))
}

/// Worked values, ReLU at its kink, then the smooth ones against numeric gradients.
fn activations(submission: &Submission, rng: &mut Rng) -> Verdict {
    let x = tensor([[-2.0, 0.0, 3.0]]);
    let dy = tensor([[5.0, 6.0, 7.0]]);
    let input = || format!("x {}, dy {}", show(&x), show(&dy));
    let y = submission.relu_forward(x.clone())?;
    same("relu_forward", &y, &tensor([[0.0, 0.0, 3.0]]), input)?;
    let dx = submission.relu_backward(x.clone(), dy.clone())?;
    same("relu_backward", &dx, &tensor([[0.0, 0.0, 7.0]]), input)?;

    let y = tensor([[0.5, 0.25]]);
    let dy = tensor([[8.0, 16.0]]);
    let input = || format!("y {}, dy {}", show(&y), show(&dy));
    let dx = submission.sigmoid_backward(y.clone(), dy.clone())?;
    same("sigmoid_backward", &dx, &tensor([[2.0, 3.0]]), input)?;
    let dx = submission.tanh_backward(y.clone(), dy.clone())?;
    same("tanh_backward", &dx, &tensor([[6.0, 15.0]]), input)?;

    let x: Tensor<2> = rng.normal_tensor([2, 3]);
    let dy = rng.normal_tensor([2, 3]);
    let y = activation::sigmoid(x.clone());
    let got = submission.sigmoid_backward(y.clone(), dy.clone())?;
    let want = numeric_gradient(&x, &dy, |x| Ok::<_, Failure>(activation::sigmoid(x)))?;
    close(&got, &want, Tolerance::GRADIENT).map_err(|failure| {
        failure
            .about("sigmoid_backward against its numeric gradient")
            .on_input(format!("y {}, dy {}", show(&y), show(&dy)))
    })?;
    let y = x.clone().tanh();
    let got = submission.tanh_backward(y.clone(), dy.clone())?;
    let want = numeric_gradient(&x, &dy, |x| Ok::<_, Failure>(x.tanh()))?;
    close(&got, &want, Tolerance::GRADIENT).map_err(|failure| {
        failure
            .about("tanh_backward against its numeric gradient")
            .on_input(format!("y {}, dy {}", show(&y), show(&dy)))
    })
}

/// Values of the normal distribution from a table, then the gradient against the numeric one.
fn gelu(submission: &Submission, rng: &mut Rng) -> Verdict {
    // Phi(1) = 0.841344746068543, Phi(2) = 0.977249868051821.
    let x = tensor([[0.0, 1.0, -1.0, 2.0]]);
    let want = tensor([[
        0.0,
        0.841344746068543,
        -0.158655253931457,
        1.954499736103642,
    ]]);
    let got = submission.gelu_forward(x.clone())?;
    same("gelu_forward", &got, &want, || format!("x {}", show(&x)))?;

    let x = rng.normal_tensor([2, 3]);
    let dy = rng.normal_tensor([2, 3]);
    let got = submission.gelu_backward(x.clone(), dy.clone())?;
    let want = numeric_gradient(&x, &dy, |x| submission.gelu_forward(x))?;
    close(&got, &want, Tolerance::GRADIENT).map_err(|failure| {
        failure
            .about("gelu_backward against the numeric gradient of gelu_forward")
            .on_input(format!("x {}, dy {}", show(&x), show(&dy)))
    })
}

/// One gradient, undone for a column, a row, a scalar, and for no repetition at all.
fn unbroadcast(submission: &Submission, _: &mut Rng) -> Verdict {
    let gradient = tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]);
    let cases: [([usize; 3], Tensor<3>); 4] = [
        ([1, 2, 1], tensor([[[6.0], [15.0]]])),
        ([1, 1, 3], tensor([[[5.0, 7.0, 9.0]]])),
        ([1, 1, 1], tensor([[[21.0]]])),
        ([1, 2, 3], gradient.clone()),
    ];
    for (shape, want) in cases {
        let got = submission.unbroadcast(gradient.clone(), shape)?;
        same("unbroadcast", &got, &want, || {
            format!("gradient {}, shape {shape:?}", show(&gradient))
        })?;
    }
    Ok(())
}

/// The four layers that only add up or move numbers.
fn sums_and_shapes(submission: &Submission, _: &mut Rng) -> Verdict {
    let dy = tensor([[6.0], [12.0]]);
    let input = || format!("dy {}, shape [2, 3], axis 1", show(&dy));
    let got = submission.sum_backward(dy.clone(), [2, 3], 1)?;
    let want = tensor([[6.0, 6.0, 6.0], [12.0, 12.0, 12.0]]);
    same("sum_backward", &got, &want, input)?;
    let got = submission.mean_backward(dy.clone(), [2, 3], 1)?;
    same("mean_backward", &got, &(want / 3.0), input)?;

    let dy = tensor([[6.0, 12.0, 18.0]]);
    let got = submission.mean_backward(dy.clone(), [2, 3], 0)?;
    let want = tensor([[3.0, 6.0, 9.0], [3.0, 6.0, 9.0]]);
    same("mean_backward", &got, &want, || {
        format!("dy {}, shape [2, 3], axis 0", show(&dy))
    })?;

    let dy = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let got = submission.reshape_backward(dy.clone(), [3, 1, 2])?;
    let want = tensor([[[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]]]);
    same("reshape_backward", &got, &want, || {
        format!("dy {}, shape [3, 1, 2]", show(&dy))
    })?;

    // x is [1, 2, 3], so y = x.permute([1, 2, 0]) is [2, 3, 1].
    let dy = tensor([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]]);
    let got = submission.permute_backward(dy.clone(), [1, 2, 0])?;
    let want = tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]);
    same("permute_backward", &got, &want, || {
        format!("dy {}, axes [1, 2, 0]", show(&dy))
    })
}
