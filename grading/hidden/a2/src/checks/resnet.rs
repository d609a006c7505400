//! Checks of A2.7.

use common::check::Check;

/// The hidden checks of this part.
pub fn checks() -> Vec<Check> {
    vec![]
}
