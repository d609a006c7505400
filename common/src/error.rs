//! Errors as a person reads them.

/// An error and its causes in one sentence. Many an error names its cause itself: that is said once.
#[must_use]
pub fn sentence(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |text, cause| {
        let cause = cause.to_string();
        match text.as_str() {
            "" => cause,
            _ if text.contains(&cause) => text,
            _ => format!("{text}: {cause}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn a_cause_is_said_once() {
        let full = || anyhow!("disk full");
        assert_eq!(
            sentence(&full().context("cannot write x")),
            "cannot write x: disk full"
        );
        assert_eq!(
            sentence(&full().context("no x: disk full")),
            "no x: disk full"
        );
    }
}
