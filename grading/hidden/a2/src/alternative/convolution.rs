//! A2.2 once more.

use common::contract::a2::ConvolutionTable;

pub fn table() -> ConvolutionTable {
    ConvolutionTable {}
}
