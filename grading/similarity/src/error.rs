//! What can be wrong with what is to be compared.

use thiserror::Error;

/// Why nothing was compared.
#[derive(Debug, Error)]
pub enum SimilarityError {
    /// The lengths contradict each other.
    #[error("k is {k} and t is {t}, but 1 <= k <= t is needed: raise t, or lower k.")]
    Lengths {
        /// The shortest shared run that counts.
        k: usize,
        /// The run that is always noticed.
        t: usize,
    },
    /// A share that is none.
    #[error("{name} is {value}, but a share lies between 0 and 1.")]
    Share {
        /// The option.
        name: &'static str,
        /// What it was.
        value: f64,
    },
    /// Two hand-ins have one name.
    #[error("Two hand-ins are called {0:?}: rename one of them.")]
    SameName(String),
    /// An archive is not what [`Archive::to_json`](crate::Archive::to_json) writes.
    #[error("The archive cannot be read: {0}. Make it again with --save-archive.")]
    Damaged(String),
    /// An archive was made otherwise.
    #[error(
        "The archive {label:?} was made with {theirs}, but now {ours} is asked for: hashes can only be compared when both are the same."
    )]
    OtherOptions {
        /// The archive.
        label: String,
        /// How it was made.
        theirs: String,
        /// What is asked for.
        ours: String,
    },
    /// A page could not be made.
    #[error("A page could not be made: {0}.")]
    Page(#[from] askama::Error),
}
