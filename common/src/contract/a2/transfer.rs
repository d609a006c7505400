//! A2.10 Transfer learning.

use crate::contract;

contract! {
    /// The functions of A2.10.
    pub trait Transfer, table TransferTable {
    }
}
