//! A2.12 Segmentation and looking inside.

use crate::contract;

contract! {
    /// The functions of A2.12.
    pub trait Segmentation, table SegmentationTable {
    }
}
