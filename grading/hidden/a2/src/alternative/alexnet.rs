//! A2.6 once more.

use common::contract::a2::AlexnetTable;

pub fn table() -> AlexnetTable {
    AlexnetTable {}
}
