//! Calling what a student wrote: what is missing or panics becomes one sentence.

use anyhow::anyhow;
use common::contract::{CallError, catch};

/// Runs `work`, which calls functions in `src/parts`.
///
/// # Errors
/// When a function is not implemented yet, or panics.
pub fn students<T>(work: impl FnOnce() -> T) -> anyhow::Result<T> {
    catch(work).map_err(|error| match error {
        CallError::NotImplemented(what) => anyhow!(
            "{what} is not implemented yet: write it in src/parts/{}.rs",
            file_of(&what)
        ),
        CallError::Panicked { .. } => anyhow!("your code {error}"),
        other => other.into(),
    })
}

/// The module of the part that a `todo!("A2.1 v_cell")` names.
fn file_of(what: &str) -> &'static str {
    let id = what.split_whitespace().next().unwrap_or_default();
    crate::assignment()
        .part(id)
        .map_or("...", |part| part.module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_file() {
        let error = students::<()>(|| todo!("A2.1 v_cell")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "A2.1 v_cell is not implemented yet: write it in src/parts/neocognitron.rs"
        );
    }

    #[test]
    fn a_panic_is_a_sentence() {
        let error = students::<()>(|| panic!("index 3 too large")).unwrap_err();
        assert_eq!(error.to_string(), "your code panicked: index 3 too large");
    }
}
