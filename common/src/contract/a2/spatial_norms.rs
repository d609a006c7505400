//! A2.8 Spatial and group normalisation, folding.

use crate::contract;

contract! {
    /// The functions of A2.8.
    pub trait SpatialNorms, table SpatialNormsTable {
    }
}
