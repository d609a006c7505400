//! A2.3 once more.

use common::contract::a2::PoolingTable;

pub fn table() -> PoolingTable {
    PoolingTable {}
}
