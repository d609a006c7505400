//! A2.2 Convolution.

use crate::contract;

contract! {
    /// The functions of A2.2.
    pub trait Convolution, table ConvolutionTable {
    }
}
