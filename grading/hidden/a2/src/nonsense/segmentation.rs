//! Nonsense for A2.12.

use common::contract::a2::SegmentationTable;

use super::Nonsense;

pub fn table<N: Nonsense>() -> SegmentationTable {
    a2_cnn::parts::table().segmentation
}
