//! A2.9 CIFAR-10 under a budget.

use crate::contract;

contract! {
    /// The functions of A2.9.
    pub trait Cifar, table CifarTable {
    }
}
