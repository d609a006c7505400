//! A2.1 The neocognitron of 1979.

use crate::contract;

contract! {
    /// The functions of A2.1.
    pub trait Neocognitron, table NeocognitronTable {
    }
}
