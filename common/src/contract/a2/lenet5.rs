//! A2.5 LeNet-5 and the modernisation ladder.

use crate::contract;

contract! {
    /// The functions of A2.5.
    pub trait Lenet5, table Lenet5Table {
    }
}
