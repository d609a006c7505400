//! The theory sheet of Assignment 2, one file per question. The solutions are not in this crate.

use common::theory::Question;

/// All questions, in the order of the parts.
#[must_use]
pub fn questions() -> Vec<Question> {
    vec![]
}
