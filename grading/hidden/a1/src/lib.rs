//! Hidden checks and mutants of Assignment 1. Never published.

mod alternative;
mod checks;
mod mutants;
#[cfg(test)]
mod nonsense;
mod oracle;
mod shortcuts;
mod theory;

use hidden_suite::{Alternative, Suite};

/// Everything that grades Assignment 1.
#[must_use]
pub fn suite() -> Suite {
    Suite {
        assignment: a1_backprop::assignment(),
        hidden: checks::all(),
        mutants: mutants::all(),
        alternatives: vec![Alternative {
            id: "plain_loops",
            table: || Box::new(alternative::table()),
        }],
        solutions: theory::solutions(),
        shortcuts: shortcuts::all(),
    }
}

#[cfg(test)]
mod tests {
    use common::contract::a1::A1;

    hidden_suite::conformance_tests! {
        suite: crate::suite,
        nonsense: crate::nonsense::tables,
        functions: A1::FUNCTIONS,
        reference: "../../../assignments/a1_backprop/src/parts",
        answers: 40,
        parts: perceptron scalar_autodiff tensor_layers losses mlp optimisers
            training_loop regularisation norms pretraining generalisation data_sets
    }
}
