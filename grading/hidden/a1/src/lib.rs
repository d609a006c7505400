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
    use std::path::Path;

    use super::*;
    use common::contract::a1::A1;
    use hidden_suite::conformance;

    /// One test for each part, of the part's name.
    macro_rules! parts {
        ($($module:ident)+) => {
            $(
                #[test]
                fn $module() {
                    let proof = conformance::part(suite(), A1::FUNCTIONS, nonsense::tables(), stringify!($module));
                    proof.unwrap_or_else(|problems| panic!("{problems}"));
                }
            )+

            #[test]
            fn every_part_has_its_test() {
                let tested = [$(stringify!($module)),+];
                let parts = suite().assignment.parts.iter().map(|part| part.module);
                assert!(parts.eq(tested));
            }
        };
    }

    parts! {
        perceptron scalar_autodiff tensor_layers losses mlp optimisers
        training_loop regularisation norms pretraining generalisation data_sets
    }

    #[test]
    fn right_implementations_break_no_rule_and_every_shortcut_does() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let reference = here.join("../../../assignments/a1_backprop/src/parts");
        let rules = conformance::rules(&suite(), &reference, &here.join("src/alternative"));
        rules.unwrap_or_else(|problems| panic!("{problems}"));
    }

    #[test]
    fn the_theory_sheet_is_sound() {
        conformance::theory(&suite(), 40).unwrap_or_else(|problems| panic!("{problems}"));
    }
}
