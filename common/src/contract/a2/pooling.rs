//! A2.3 Pooling, upsampling, transposed convolution.

use crate::contract;

contract! {
    /// The functions of A2.3.
    pub trait Pooling, table PoolingTable {
    }
}
