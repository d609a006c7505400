//! Calling what a student wrote: what is missing or panics becomes one sentence.

use anyhow::anyhow;

use crate::check::Assignment;
use crate::contract::{CallError, catch};

/// Runs `work`, which calls functions in the `src/parts` of `assignment`.
///
/// # Errors
/// When a function is not implemented yet, or panics.
pub fn students<T>(assignment: &Assignment, work: impl FnOnce() -> T) -> anyhow::Result<T> {
    catch(work).map_err(|error| match error {
        CallError::NotImplemented(what) => anyhow!(
            "{what} is not implemented yet: write it in src/parts/{}.rs",
            file_of(assignment, &what)
        ),
        CallError::Panicked { .. } => anyhow!("your code {error}"),
        other => other.into(),
    })
}

/// The module of the part that a `todo!("A1.5 mlp_forward")` names.
fn file_of(assignment: &Assignment, what: &str) -> &'static str {
    let id = what.split_whitespace().next().unwrap_or_default();
    assignment.part(id).map_or("...", |part| part.module)
}
