//! Nonsense for A2.2.

use common::contract::a2::ConvolutionTable;

use super::Nonsense;

pub fn table<N: Nonsense>() -> ConvolutionTable {
    ConvolutionTable {}
}
