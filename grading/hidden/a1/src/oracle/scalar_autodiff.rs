//! A1.2: expressions by forward mode, where a derivative travels with each value, and by differences.

use std::ops::{Add, Mul};

use common::contract::a1::{ScalarNode, ScalarOp};

/// A value with its derivative by one number, whichever that is.
#[derive(Debug, Clone, Copy)]
struct Dual {
    value: f64,
    derivative: f64,
}

impl Dual {
    fn constant(value: f64) -> Self {
        let derivative = 0.0;
        Self { value, derivative }
    }

    /// The number by which the derivatives are.
    fn variable(value: f64) -> Self {
        let derivative = 1.0;
        Self { value, derivative }
    }

    /// `f(self)` with `slope` for `f'(self)`.
    fn map(self, value: f64, slope: f64) -> Self {
        Self {
            value,
            derivative: self.derivative * slope,
        }
    }

    fn inverse(self) -> Self {
        self.map(1.0 / self.value, -1.0 / (self.value * self.value))
    }

    fn exp(self) -> Self {
        self.map(self.value.exp(), self.value.exp())
    }

    /// Products of products, so that no formula for the derivative of a power is needed.
    fn power(self, n: i32) -> Self {
        let base = if n < 0 { self.inverse() } else { self };
        (0..n.abs()).fold(Self::constant(1.0), |product, _| product * base)
    }

    /// `1 - 2 / (e^2x + 1)`.
    fn tanh(self) -> Self {
        let two = Self::constant(2.0);
        let quotient = ((two * self).exp() + Self::constant(1.0)).inverse();
        Self::constant(1.0) + Self::constant(-2.0) * quotient
    }
}

impl Add for Dual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            derivative: self.derivative + other.derivative,
        }
    }
}

impl Mul for Dual {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            derivative: self.derivative * other.value + self.value * other.derivative,
        }
    }
}

/// One operation. `inputs` holds one number, or two for a sum and a product.
fn apply(op: ScalarOp, inputs: &[Dual]) -> Dual {
    let x = inputs[0];
    match op {
        ScalarOp::Leaf => unreachable!("a leaf is not computed"),
        ScalarOp::Add => x + inputs[1],
        ScalarOp::Mul => x * inputs[1],
        ScalarOp::Powi(n) => x.power(n),
        ScalarOp::Exp => x.exp(),
        ScalarOp::Ln => x.map(x.value.ln(), 1.0 / x.value),
        ScalarOp::Tanh => x.tanh(),
        ScalarOp::Relu if x.value > 0.0 => x,
        ScalarOp::Relu => Dual::constant(0.0),
    }
}

/// The value of `op`.
pub fn value(op: ScalarOp, inputs: &[f64]) -> f64 {
    let inputs: Vec<Dual> = inputs.iter().copied().map(Dual::constant).collect();
    apply(op, &inputs).value
}

/// The derivative of `op` by its input `k`.
pub fn local_derivative(op: ScalarOp, inputs: &[f64], k: usize) -> f64 {
    let mut duals: Vec<Dual> = inputs.iter().copied().map(Dual::constant).collect();
    duals[k] = Dual::variable(inputs[k]);
    apply(op, &duals).derivative
}

/// An expression whose nodes stand after their inputs, with the right values.
#[derive(Debug, Clone, Default)]
pub struct Expression {
    pub nodes: Vec<ScalarNode>,
}

impl Expression {
    /// Adds a leaf and gives its place.
    pub fn leaf(&mut self, value: f64) -> usize {
        self.push(ScalarOp::Leaf, vec![], value)
    }

    /// Adds an operation on nodes that are there and gives its place.
    pub fn apply(&mut self, op: ScalarOp, inputs: &[usize]) -> usize {
        let value = value(op, &self.values(inputs));
        self.push(op, inputs.to_vec(), value)
    }

    fn push(&mut self, op: ScalarOp, inputs: Vec<usize>, value: f64) -> usize {
        self.nodes.push(ScalarNode {
            op,
            inputs,
            value,
            gradient: 0.0,
        });
        self.nodes.len() - 1
    }

    /// The values of these nodes.
    pub fn values(&self, places: &[usize]) -> Vec<f64> {
        places.iter().map(|i| self.nodes[*i].value).collect()
    }

    /// Whether `root` depends on each node; on itself it does.
    pub fn needed(&self, root: usize) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        needed[root] = true;
        for i in (0..=root).rev() {
            if needed[i] {
                self.nodes[i].inputs.iter().for_each(|k| needed[*k] = true);
            }
        }
        needed
    }

    /// The root, when node `by` is `number`, whatever its inputs are.
    fn root_given(&self, root: usize, by: usize, number: Dual) -> Dual {
        let mut duals: Vec<Dual> = Vec::with_capacity(root + 1);
        for (i, node) in self.nodes[..=root].iter().enumerate() {
            let inputs: Vec<Dual> = node.inputs.iter().map(|k| duals[*k]).collect();
            duals.push(match node.op {
                _ if i == by => number,
                ScalarOp::Leaf => Dual::constant(node.value),
                op => apply(op, &inputs),
            });
        }
        duals[root]
    }

    /// The derivative of `root` by node `by`, by forward mode.
    pub fn derivative(&self, root: usize, by: usize) -> f64 {
        let number = Dual::variable(self.nodes[by].value);
        self.root_given(root, by, number).derivative
    }

    /// The same by central differences, extrapolated once (Richardson 1911): the error is of the
    /// order of `STEP^4`.
    pub fn difference(&self, root: usize, by: usize) -> f64 {
        let at = |x: f64| self.root_given(root, by, Dual::constant(x)).value;
        let x = self.nodes[by].value;
        let slope = |h: f64| (at(x + h) - at(x - h)) / (2.0 * h);
        (4.0 * slope(STEP / 2.0) - slope(STEP)) / 3.0
    }
}

/// How far [`Expression::difference`] moves a value.
pub const STEP: f64 = 2e-4;

#[cfg(test)]
mod tests {
    use super::*;
    use common::check::{Tolerance, within};

    #[test]
    fn one_over_one_plus_a_squared() {
        let mut e = Expression::default();
        let a = e.leaf(2.0);
        let square = e.apply(ScalarOp::Mul, &[a, a]);
        let one = e.leaf(1.0);
        let sum = e.apply(ScalarOp::Add, &[square, one]);
        let root = e.apply(ScalarOp::Powi(-1), &[sum]);
        e.apply(ScalarOp::Exp, &[root]);
        assert_eq!(e.needed(root), [true, true, true, true, true, false]);
        assert_eq!(e.needed(square), [true, true, false, false, false, false]);
        // -2 a / (1 + a^2)^2
        within(e.derivative(root, a), -0.16, Tolerance::EXACT).unwrap();
        within(e.difference(root, a), -0.16, Tolerance::EXACT).unwrap();
        assert_eq!(e.derivative(root, root), 1.0);
        assert_eq!(e.derivative(square, sum), 0.0);
    }

    #[test]
    fn every_operation_agrees_with_its_difference() {
        for op in ScalarOp::all(-3).into_iter().skip(1) {
            let mut e = Expression::default();
            let [a, b] = [e.leaf(1.3), e.leaf(-0.7)];
            let inputs = if matches!(op, ScalarOp::Add | ScalarOp::Mul) {
                &[a, b][..]
            } else {
                &[a]
            };
            let root = e.apply(op, inputs);
            let (exact, numeric) = (e.derivative(root, a), e.difference(root, a));
            within(exact, numeric, Tolerance::EXACT).unwrap();
            assert_eq!(exact, local_derivative(op, &e.values(inputs), 0));
        }
    }
}
