//! Expressions for the checks of A1.2: random ones that are well behaved, and lists in random order.

use common::contract::a1::{ScalarNode, ScalarOp};
use common::rng::Rng;

use crate::oracle::scalar_autodiff::{Expression, STEP, local_derivative, value};

/// An expression as a submission gets it: its nodes in another order.
pub(super) struct Listed {
    pub(super) nodes: Vec<ScalarNode>,
    /// Where each node of the expression is in `nodes`.
    pub(super) places: Vec<usize>,
}

impl Listed {
    /// The nodes of `expression` in random order.
    pub(super) fn shuffled(expression: &Expression, rng: &mut Rng) -> Self {
        let places = rng.permutation(expression.nodes.len());
        let mut nodes = expression.nodes.clone();
        for (node, place) in expression.nodes.iter().zip(&places) {
            nodes[*place] = ScalarNode {
                inputs: node.inputs.iter().map(|k| places[*k]).collect(),
                ..node.clone()
            };
        }
        Self { nodes, places }
    }
}

/// A random expression and its root.
pub(super) struct Random {
    pub(super) expression: Expression,
    pub(super) root: usize,
}

const LEAVES: usize = 6;
/// The root depends on this many nodes, or one more.
const NODES: usize = 30;
/// The largest value of a node before the sums at the end.
const LARGEST: f64 = 4.0;
/// The largest sum over all paths from the leaves of the product of the derivatives along each. It
/// bounds how far a value moves with any other.
const STEEPEST: f64 = 8.0;
/// How near to 0 an input of ReLU may be: ten times as far as a difference can move it.
const KINK: f64 = 10.0 * STEEPEST * STEP;

/// An expression of 30 or 31 nodes with `a a`, a node used many times and two leaves of equal value; and
/// four nodes more that the root does not depend on.
///
/// Values and derivatives are kept small, so that differences are exact to 1e-9 (the test below), far
/// from every tolerance.
pub(super) fn random_expression(rng: &mut Rng) -> Random {
    let mut e = Expression::default();
    // The steepness of each node, and whether some node uses it.
    let mut steep = vec![1.0; LEAVES];
    for _ in 0..LEAVES - 1 {
        let value = rng.uniform(0.4, 1.4);
        e.leaf(if rng.unit() < 0.4 { -value } else { value });
    }
    e.leaf(e.nodes[0].value);
    let mut used = vec![false; LEAVES];

    let a = rng.below(LEAVES);
    let mut next = Some((ScalarOp::Mul, vec![a, a]));
    // Each sum at the end takes one away from those that nobody uses.
    while e.nodes.len() + unused(&used).len() - 1 < NODES {
        let (op, inputs) = next.take().unwrap_or_else(|| draw(&used, rng));
        if let Some(slope) = tame(&e, &steep, op, &inputs) {
            e.apply(op, &inputs);
            steep.push(slope);
            inputs.iter().for_each(|k| used[*k] = true);
            used.push(false);
        }
    }
    while let [first, second, ..] = unused(&used)[..] {
        e.apply(ScalarOp::Add, &[first, second]);
        (used[first], used[second]) = (true, true);
        used.push(false);
    }

    let root = e.nodes.len() - 1;
    let other = e.leaf(rng.uniform(0.4, 1.4));
    e.apply(ScalarOp::Mul, &[root, other]);
    let inner = rng.below(root);
    e.apply(ScalarOp::Tanh, &[inner]);
    e.apply(ScalarOp::Add, &[other, 0]);
    Random {
        expression: e,
        root,
    }
}

fn unused(used: &[bool]) -> Vec<usize> {
    (0..used.len()).filter(|i| !used[*i]).collect()
}

/// An operation and its inputs, half of which are nodes that nobody used yet.
fn draw(used: &[bool], rng: &mut Rng) -> (ScalarOp, Vec<usize>) {
    let ops = ScalarOp::all(rng.between(0, 6) as i32 - 2);
    let op = ops[rng.between(1, ops.len() - 1)];
    let fresh = unused(used);
    let mut input = || {
        if rng.unit() < 0.5 {
            fresh[rng.below(fresh.len())]
        } else {
            rng.below(used.len())
        }
    };
    let inputs = match op {
        ScalarOp::Add | ScalarOp::Mul => vec![input(), input()],
        _ => vec![input()],
    };
    (op, inputs)
}

/// The steepness of the node, if it is well behaved.
fn tame(e: &Expression, steep: &[f64], op: ScalarOp, inputs: &[usize]) -> Option<f64> {
    let x = e.values(inputs);
    let defined = match op {
        ScalarOp::Ln => x[0] > 0.3,
        ScalarOp::Powi(n) => n >= 0 || x[0].abs() > 0.3,
        ScalarOp::Relu => x[0].abs() > KINK,
        _ => true,
    };
    if !defined {
        return None;
    }
    let slopes = (0..x.len()).map(|k| local_derivative(op, &x, k).abs() * steep[inputs[k]]);
    let slope: f64 = slopes.sum();
    (value(op, &x).abs() <= LARGEST && slope <= STEEPEST).then_some(slope.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_expressions_are_as_they_are_said_to_be() {
        let mut rng = Rng::new(1);
        let mut worst = 0f64;
        for _ in 0..500 {
            let Random { expression, root } = random_expression(&mut rng);
            let needed = expression.needed(root);
            let count = needed.iter().filter(|n| **n).count();
            assert!([NODES, NODES + 1].contains(&count), "{count}");
            assert_eq!(expression.nodes.len(), count + 4);
            for by in 0..=root {
                let exact = expression.derivative(root, by);
                worst = worst.max((exact - expression.difference(root, by)).abs());
            }
        }
        assert!(worst < 1e-9, "{worst:e}");
    }
}
