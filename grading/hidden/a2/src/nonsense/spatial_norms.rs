//! Nonsense for A2.8.

use common::contract::a2::SpatialNormsTable;

use super::Nonsense;

pub fn table<N: Nonsense>() -> SpatialNormsTable {
    SpatialNormsTable {}
}
