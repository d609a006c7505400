//! Nonsense for A2.11.

use common::contract::a2::DetectionTable;

use super::Nonsense;

pub fn table<N: Nonsense>() -> DetectionTable {
    DetectionTable {}
}
