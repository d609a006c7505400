//! A2.12 once more.

use common::contract::a2::SegmentationTable;

pub fn table() -> SegmentationTable {
    a2_cnn::parts::table().segmentation
}
