//! A2.8 once more.

use common::contract::a2::SpatialNormsTable;

pub fn table() -> SpatialNormsTable {
    SpatialNormsTable {}
}
