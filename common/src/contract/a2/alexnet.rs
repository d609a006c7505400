//! A2.6 AlexNet 2012.

use crate::contract;

contract! {
    /// The functions of A2.6.
    pub trait Alexnet, table AlexnetTable {
    }
}
