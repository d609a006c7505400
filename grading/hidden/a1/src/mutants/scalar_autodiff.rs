//! Mutants of A1.2: the operations. Those of the passes are in `scalar_passes.rs`.

use a1_backprop::parts::scalar_autodiff as reference;
use common::contract::a1::ScalarOp;
use hidden_suite::Mutant;

const PART: &str = "A1.2";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut mutants = operations();
    mutants.extend(super::scalar_passes::mutants());
    mutants
}

fn operations() -> Vec<Mutant> {
    vec![
        mutant!(
            scalar_autodiff.scalar_value / "sign_of_exponent",
            "a negative exponent is taken for a positive one",
            |op, x| match op {
                ScalarOp::Powi(n) => x[0].powi(n.abs()),
                _ => reference::scalar_value(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_value / "power_by_logarithm",
            "x^n is e^(n ln x), which is not a number for negative x",
            |op, x| match op {
                ScalarOp::Powi(n) => (f64::from(n) * x[0].ln()).exp(),
                _ => reference::scalar_value(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_value / "tanh_overflows",
            "tanh is (e^2x - 1) / (e^2x + 1), which is inf / inf for large x",
            |op, x| match op {
                ScalarOp::Tanh => ((2.0 * x[0]).exp() - 1.0) / ((2.0 * x[0]).exp() + 1.0),
                _ => reference::scalar_value(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_value / "sigmoid_for_tanh",
            "the logistic sigmoid in place of tanh",
            |op, x| match op {
                ScalarOp::Tanh => 1.0 / (1.0 + (-x[0]).exp()),
                _ => reference::scalar_value(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_value / "leaky_relu",
            "ReLU lets a hundredth of negative numbers through",
            |op, x| match op {
                ScalarOp::Relu => x[0].max(0.01 * x[0]),
                _ => reference::scalar_value(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_value / "log10",
            "the decimal logarithm in place of the natural one",
            |op, x| match op {
                ScalarOp::Ln => x[0].log10(),
                _ => reference::scalar_value(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_value / "exp2",
            "2^x in place of e^x",
            |op, x| match op {
                ScalarOp::Exp => x[0].exp2(),
                _ => reference::scalar_value(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_value / "second_input_ignored",
            "a + a and a a in place of a + b and a b",
            |op, x| {
                let x = x.iter().map(|_| x[0]).collect();
                reference::scalar_value(op, x)
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "power_without_exponent",
            "x^(n - 1): the exponent does not come down",
            |op, x| match op {
                ScalarOp::Powi(n) => vec![x[0].powi(n - 1)],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "exponent_not_lowered",
            "n x^n: the exponent does not drop by one",
            |op, x| match op {
                ScalarOp::Powi(n) => vec![f64::from(n) * x[0].powi(n)],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "zero_exponent",
            "n x^(n - 1) for n = 0 at x = 0, which is 0 / 0",
            |op, x| match op {
                ScalarOp::Powi(n) => vec![f64::from(n) * x[0].powi(n - 1)],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "power_by_quotient",
            "n x^n / x, which is 0 / 0 at x = 0",
            |op, x| match op {
                ScalarOp::Powi(n) if n != 0 => vec![f64::from(n) * x[0].powi(n) / x[0]],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "tanh_from_input",
            "1 - x^2: the input where the formula wants the output",
            |op, x| match op {
                ScalarOp::Tanh => vec![1.0 - x[0] * x[0]],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "tanh_not_squared",
            "1 - tanh x",
            |op, x| match op {
                ScalarOp::Tanh => vec![1.0 - x[0].tanh()],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "relu_at_zero",
            "the derivative of ReLU at 0 is 1",
            |op, x| match op {
                ScalarOp::Relu => vec![f64::from(x[0] >= 0.0)],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "relu_half_at_zero",
            "the derivative of ReLU at 0 is 1/2, the mean of both sides",
            |op, x| match op {
                ScalarOp::Relu if x[0] == 0.0 => vec![0.5],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "relu_always_open",
            "ReLU passes every gradient",
            |op, x| match op {
                ScalarOp::Relu => vec![1.0],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "product_not_swapped",
            "the derivative of a b by a is a",
            |op, x| match op {
                ScalarOp::Mul => x,
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "sum_is_shared",
            "each term of a sum gets half of the gradient",
            |op, x| match op {
                ScalarOp::Add => vec![0.5, 0.5],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "exp_of_output",
            "the derivative of e^x is taken for x, as if the output were given",
            |op, x| match op {
                ScalarOp::Exp => x,
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "one_over_ln",
            "the derivative of ln x is 1 / ln x",
            |op, x| match op {
                ScalarOp::Ln => vec![1.0 / x[0].ln()],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
        mutant!(
            scalar_autodiff.scalar_derivatives / "leaf_has_one",
            "a leaf has a derivative by itself",
            |op, x| match op {
                ScalarOp::Leaf => vec![1.0],
                _ => reference::scalar_derivatives(op, x),
            }
        ),
    ]
}
