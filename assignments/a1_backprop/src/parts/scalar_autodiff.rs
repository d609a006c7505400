//! A1.2 Reverse-mode automatic differentiation of scalar expressions.
//!
//! Plain numbers, no tensors; the types are in `common/src/contract/a1/scalar_autodiff.rs`. An expression is a list of nodes: leaves, which are given numbers, and
//! operations on other nodes. `inputs` are places in that list, so `(a b + a)^2` may be
//!
//! ```text
//! 0: Powi(2) [1]    1: Add [2, 3]    2: Mul [3, 4]    3: Leaf (a)    4: Leaf (b)
//! ```
//!
//! The nodes are in any order, a node may be used many times, and the list may hold nodes that the root
//! has nothing to do with. There is never a cycle.

use common::contract::a1::{ScalarNode, ScalarOp};

/// The value of one operation, for these values of its inputs.
///
/// | `op` | value | | `op` | value |
/// |---|---|---|---|---|
/// | `Add` | `a + b` | | `Ln` | natural logarithm, `x > 0` |
/// | `Mul` | `a b` | | `Tanh` | `tanh x`, also for `x = 10 000` |
/// | `Powi(n)` | `x^n`, `n` of any sign, `x^0 = 1` | | `Relu` | `max(x, 0)` |
/// | `Exp` | `e^x` | | | |
///
/// - `inputs`: two numbers for `Add` and `Mul`, one for the others. `op` is never `Leaf` here: a leaf
///   has a value and computes nothing.
pub fn scalar_value(op: ScalarOp, inputs: Vec<f64>) -> f64 {
    // BEGIN SOLUTION A1.2 scalar_value
    match (op, inputs.as_slice()) {
        (ScalarOp::Add, [a, b]) => a + b,
        (ScalarOp::Mul, [a, b]) => a * b,
        (ScalarOp::Powi(n), [x]) => x.powi(n),
        (ScalarOp::Exp, [x]) => x.exp(),
        (ScalarOp::Ln, [x]) => x.ln(),
        (ScalarOp::Tanh, [x]) => x.tanh(),
        (ScalarOp::Relu, [x]) => x.max(0.0),
        _ => panic!("{op:?} has no value for the inputs {inputs:?}"),
    }
    // END SOLUTION
}

/// The derivative of one operation by each of its inputs, at these values of the inputs.
///
/// | `op` | derivatives | | `op` | derivative |
/// |---|---|---|---|---|
/// | `Add` | 1 and 1 | | `Ln` | `1 / x` |
/// | `Mul` | `b` and `a` | | `Tanh` | `1 - tanh(x)^2` |
/// | `Powi(n)` | `n x^(n - 1)`; 0 for `n = 0`, at `x = 0` too | | `Relu` | 1 where `x > 0`, else 0, at `x = 0` too |
/// | `Exp` | `e^x` | | `Leaf` | none: an empty list |
///
/// - `inputs`: as in [`scalar_value`]. Gives as many numbers; none for `Leaf`, which has no inputs.
pub fn scalar_derivatives(op: ScalarOp, inputs: Vec<f64>) -> Vec<f64> {
    // BEGIN SOLUTION A1.2 scalar_derivatives
    match (op, inputs.as_slice()) {
        (ScalarOp::Leaf, []) => vec![],
        (ScalarOp::Add, [_, _]) => vec![1.0, 1.0],
        (ScalarOp::Mul, [a, b]) => vec![*b, *a],
        // 0 x^-1 would not be a number at 0.
        (ScalarOp::Powi(0), [_]) => vec![0.0],
        (ScalarOp::Powi(n), [x]) => vec![f64::from(n) * x.powi(n - 1)],
        (ScalarOp::Exp, [x]) => vec![x.exp()],
        (ScalarOp::Ln, [x]) => vec![1.0 / x],
        (ScalarOp::Tanh, [x]) => vec![1.0 - x.tanh().powi(2)],
        (ScalarOp::Relu, [x]) => vec![if *x > 0.0 { 1.0 } else { 0.0 }],
        _ => panic!("{op:?} has no derivatives for the inputs {inputs:?}"),
    }
    // END SOLUTION
}

/// The nodes that `root` depends on, in an order in which they can be computed.
///
/// - Gives places in the list of nodes: the root and everything that it depends on, directly or not, and
///   nothing else; each once; every node after all of its inputs. So the root is the last. Where more
///   than one order does that, any will do.
///
/// Two things decide whether it works on large expressions. A node that is used many times is visited
/// once: mark the nodes you have seen, or a chain of 60 nodes `x + x` takes `2^60` steps. And the depth
/// may be 200 000, which is too much for a function that calls itself: keep a list of the nodes on
/// the way in place of the call stack, or a stack overflow ends the process.
///
/// Source: Tarjan, "Edge-disjoint spanning trees and depth-first search" (1976).
pub fn topo_order(nodes: Vec<ScalarNode>, root: usize) -> Vec<usize> {
    // BEGIN SOLUTION A1.2 topo_order
    inputs_first(&nodes, root)
    // END SOLUTION
}

// BEGIN SOLUTION
/// Depth-first search that puts a node down when all of its inputs are there.
fn inputs_first(nodes: &[ScalarNode], root: usize) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; nodes.len()];
    seen[root] = true;
    // The nodes from the root to where we are, each with the number of inputs that are done.
    let mut path = vec![(root, 0)];
    while let Some((node, done)) = path.last_mut() {
        if let Some(&input) = nodes[*node].inputs.get(*done) {
            *done += 1;
            if !seen[input] {
                seen[input] = true;
                path.push((input, 0));
            }
        } else {
            order.push(*node);
            path.pop();
        }
    }
    order
}

fn input_values(nodes: &[ScalarNode], node: usize) -> Vec<f64> {
    let inputs = nodes[node].inputs.iter();
    inputs.map(|&input| nodes[input].value).collect()
}
// END SOLUTION

/// The forward pass: computes the `value` of every node that `root` depends on, leaves excepted.
///
/// - Gives the same nodes in the same places. Leaves keep their value, nodes that the root does not
///   depend on keep theirs, and every `gradient` stays as it is.
pub fn scalar_forward(nodes: Vec<ScalarNode>, root: usize) -> Vec<ScalarNode> {
    // BEGIN SOLUTION A1.2 scalar_forward
    let mut nodes = nodes;
    for i in inputs_first(&nodes, root) {
        if nodes[i].op != ScalarOp::Leaf {
            nodes[i].value = scalar_value(nodes[i].op, input_values(&nodes, i));
        }
    }
    nodes
    // END SOLUTION
}

/// The backward pass: the derivative of the root's value by the value of every node it depends on.
///
/// Let `d_i` be the derivative of the root by node `i`. `d_root` is 1, and `d_i` is the sum over all
/// uses of `i`, a node that uses it twice counting twice:
///
/// ```text
/// d_i = sum over the uses of i, by a node u, of  d_u  (d value_u / d value_i)
/// ```
///
/// So when a node passes its derivative on, it must be complete: go through the nodes in the reverse of
/// [`topo_order`].
///
/// The `d_i` of this pass start at 0 and are added to what `gradient` holds already, for every node:
/// that is how the gradients of many losses are added up. A second backward pass therefore doubles all
/// gradients, unless `gradient` is set to 0 before. What `gradient` holds from before is never passed
/// on: keep the `d_i` in a list of their own.
///
/// - `nodes`: with their values, as [`scalar_forward`] leaves them.
/// - Gives the same nodes in the same places; only `gradient` changes, and only where the root depends
///   on the node.
///
/// Source: Linnainmaa (1970); Rumelhart, Hinton & Williams, "Learning representations by
/// back-propagating errors", Nature 323 (1986).
pub fn scalar_backward(nodes: Vec<ScalarNode>, root: usize) -> Vec<ScalarNode> {
    // BEGIN SOLUTION A1.2 scalar_backward
    let mut nodes = nodes;
    let mut derivatives = vec![0.0; nodes.len()];
    derivatives[root] = 1.0;
    for i in inputs_first(&nodes, root).into_iter().rev() {
        let locals = scalar_derivatives(nodes[i].op, input_values(&nodes, i));
        for (&input, local) in nodes[i].inputs.iter().zip(locals) {
            derivatives[input] += derivatives[i] * local;
        }
    }
    for (node, derivative) in nodes.iter_mut().zip(derivatives) {
        node.gradient += derivative;
    }
    nodes
    // END SOLUTION
}
