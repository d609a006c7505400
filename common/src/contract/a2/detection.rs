//! A2.11 Detection.

use crate::contract;

contract! {
    /// The functions of A2.11.
    pub trait Detection, table DetectionTable {
    }
}
