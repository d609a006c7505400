//! Hidden checks and mutants of Assignment 2. Never published.

mod alternative;
mod checks;
mod mutants;
#[cfg(test)]
mod nonsense;
mod oracle;
mod shortcuts;
mod theory;

use hidden_suite::{Alternative, Suite};

/// Everything that grades Assignment 2.
#[must_use]
pub fn suite() -> Suite {
    Suite {
        assignment: a2_cnn::assignment(),
        hidden: checks::all(),
        mutants: mutants::all(),
        alternatives: vec![Alternative {
            id: "another_hand",
            table: || Box::new(alternative::table()),
        }],
        solutions: theory::solutions(),
        shortcuts: shortcuts::all(),
    }
}

#[cfg(test)]
mod tests {
    use common::contract::a2::A2;

    hidden_suite::conformance_tests! {
        suite: crate::suite,
        nonsense: crate::nonsense::tables,
        functions: A2::FUNCTIONS,
        reference: "../../../assignments/a2_cnn/src/parts",
        answers: 40,
        parts: neocognitron convolution pooling lenet1989 lenet5 alexnet
            resnet spatial_norms cifar transfer detection segmentation
    }
}
