//! Nonsense for A2.1.

use common::contract::a2::NeocognitronTable;

use super::Nonsense;

pub fn table<N: Nonsense>() -> NeocognitronTable {
    NeocognitronTable {}
}
