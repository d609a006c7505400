//! A2.7 Residual networks.

use crate::contract;

contract! {
    /// The functions of A2.7.
    pub trait Resnet, table ResnetTable {
    }
}
