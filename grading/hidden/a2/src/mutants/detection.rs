//! Mutants of A2.11.

use hidden_suite::Mutant;

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    vec![]
}
