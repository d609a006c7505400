//! A2.11 once more.

use common::contract::a2::DetectionTable;

pub fn table() -> DetectionTable {
    DetectionTable {}
}
