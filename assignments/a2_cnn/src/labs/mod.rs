//! The labs of Assignment 2.

mod digits;
pub mod lenet1989;
pub mod lenet5;
pub mod modernise;

/// Every lab of this assignment.
#[must_use]
pub fn labs() -> Vec<common::train::Lab> {
    vec![lenet1989::LAB, lenet5::LAB, modernise::LAB]
}
