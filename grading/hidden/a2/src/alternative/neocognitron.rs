//! A2.1 once more.

use common::contract::a2::NeocognitronTable;

pub fn table() -> NeocognitronTable {
    NeocognitronTable {}
}
