//! A1.2 Reverse-mode automatic differentiation of scalar expressions.

use crate::contract::{Reader, Show, Wire, WireError};
use crate::{contract, record};

/// What a node of an expression computes from its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarOp {
    /// A number that is given: a variable or a constant. No inputs.
    Leaf,
    /// `a + b`
    Add,
    /// `a b`
    Mul,
    /// `x^n` with an integer exponent. With -1 it makes quotients.
    Powi(i32),
    /// `e^x`
    Exp,
    /// The natural logarithm of `x > 0`.
    Ln,
    /// `tanh x`
    Tanh,
    /// `max(x, 0)`
    Relu,
}

impl ScalarOp {
    /// Every operation, with `n` for the exponent.
    #[must_use]
    pub fn all(n: i32) -> [Self; 8] {
        [
            Self::Leaf,
            Self::Add,
            Self::Mul,
            Self::Powi(n),
            Self::Exp,
            Self::Ln,
            Self::Tanh,
            Self::Relu,
        ]
    }
}

/// Its place in [`ScalarOp::all`], then the exponent, 0 where there is none.
impl Wire for ScalarOp {
    fn write(&self, out: &mut Vec<u8>) {
        let n = match self {
            Self::Powi(n) => *n,
            _ => 0,
        };
        let place = Self::all(n).iter().position(|op| op == self);
        (place.expect("all operations are listed") as u8, n).write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        let (place, n) = <(u8, i32)>::read(input)?;
        let op = Self::all(n).get(usize::from(place)).copied();
        op.ok_or_else(|| WireError::Invalid(format!("{place} is not a ScalarOp")))
    }
}

impl Show for ScalarOp {
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

record! {
    /// One node of an expression.
    pub struct ScalarNode {
        /// What it computes.
        pub op: ScalarOp,
        /// The nodes that it computes it from, by their place in the list of nodes: two for `Add` and
        /// `Mul` (both may be the same node), none for `Leaf`, one for everything else.
        pub inputs: Vec<usize>,
        /// Its value.
        pub value: f64,
        /// The derivative by this node's value, added up over all backward passes so far.
        pub gradient: f64,
    }
}

contract! {
    /// A1.2 Reverse-mode automatic differentiation of scalar expressions.
    ///
    /// An expression is a list of nodes without a cycle, in any order: a node may stand before its
    /// inputs. The list may hold nodes that the root does not depend on.
    pub trait ScalarAutodiff, table ScalarAutodiffTable {
        /// The value of `op` for these values of its inputs. `op` is not `Leaf`.
        fn scalar_value(op: ScalarOp, inputs: Vec<f64>) -> f64;
        /// The derivative of `op` by each of its inputs. Empty for `Leaf`.
        fn scalar_derivatives(op: ScalarOp, inputs: Vec<f64>) -> Vec<f64>;
        /// The nodes that `root` depends on, itself included, each once and after all of its inputs.
        fn topo_order(nodes: Vec<ScalarNode>, root: usize) -> Vec<usize>;
        /// The nodes with the values of all that `root` depends on computed from the leaves.
        fn scalar_forward(nodes: Vec<ScalarNode>, root: usize) -> Vec<ScalarNode>;
        /// The nodes with the derivative of the root's value by each node's value added to its
        /// gradient.
        fn scalar_backward(nodes: Vec<ScalarNode>, root: usize) -> Vec<ScalarNode>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_come_back_and_others_are_refused() {
        for op in ScalarOp::all(-3) {
            assert_eq!(ScalarOp::from_bytes(&op.to_bytes()), Ok(op));
        }
        assert!(ScalarOp::from_bytes(&(8u8, 0i32).to_bytes()).is_err());
    }
}
