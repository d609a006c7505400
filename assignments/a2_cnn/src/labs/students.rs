//! Calling what a student wrote: what is missing or panics becomes one sentence.

/// Runs `work`, which calls functions in `src/parts`.
///
/// # Errors
/// When a function is not implemented yet, or panics.
pub fn students<T>(work: impl FnOnce() -> T) -> anyhow::Result<T> {
    common::train::students(&crate::assignment(), work)
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
}
