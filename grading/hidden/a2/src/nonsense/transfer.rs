//! Nonsense for A2.10.

use common::contract::a2::TransferTable;

use super::Nonsense;

pub fn table<N: Nonsense>() -> TransferTable {
    TransferTable {}
}
