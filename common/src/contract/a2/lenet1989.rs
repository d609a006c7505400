//! A2.4 LeNet 1989 on zip codes.

use crate::contract;

contract! {
    /// The functions of A2.4.
    pub trait Lenet1989, table Lenet1989Table {
    }
}
