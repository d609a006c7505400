//! Why nothing was published.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::{Leak, StripError};

/// Why nothing was published. Whatever it is, the target is as it was before.
#[derive(Debug, Error)]
pub enum PublishError {
    /// A marker is not in order.
    #[error(transparent)]
    Strip(#[from] StripError),
    /// What git tracks cannot be found out.
    #[error(
        "{root} is no git checkout that can be read, and only what git tracks is published: {why}"
    )]
    Git {
        /// The folder that was given as the repository's root.
        root: PathBuf,
        /// What git said.
        why: String,
    },
    /// A file cannot be published as it is.
    #[error("{path} cannot be published: {why}.")]
    File {
        /// Its path in the repository.
        path: String,
        /// Continues the sentence.
        why: String,
    },
    /// The system refused to read or write.
    #[error("Cannot {what} {path}: {source}.")]
    Io {
        /// `read`, `write`
        what: &'static str,
        /// What could not be read or written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The target holds something that would be lost.
    #[error(
        "{0} exists and is not an unchanged earlier starter; remove it, choose another folder or use --force."
    )]
    Occupied(PathBuf),
    /// A cargo command on the starter failed.
    #[error("`cargo {command}` failed on the starter:\n{output}")]
    Cargo {
        /// Without `cargo`.
        command: String,
        /// What it printed.
        output: String,
    },
    /// The starter compiles with warnings that every student would see.
    #[error("The starter compiles with {count} warning(s); the first is:\n{first}")]
    Warnings {
        /// How many.
        count: usize,
        /// As the compiler shows it.
        first: String,
    },
    /// The public checks gave points to a starter in which nothing is done.
    #[error(
        "The public checks give the starter {points} of {max} points; it must be 0 of more than 0."
    )]
    Points {
        /// What it got.
        points: u64,
        /// What there is to get.
        max: u64,
    },
    /// Something of a solution, or of this machine, is in a published file.
    #[error("The starter would leak:\n{}", list(.0))]
    Leaks(Vec<Leak>),
    /// A zip file is not one that [`publish`](crate::publish()) made.
    #[error("{path} is not a starter as it was published: {why}.")]
    Verify {
        /// The zip file.
        path: PathBuf,
        /// Continues the sentence.
        why: String,
    },
}

impl PublishError {
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }

    pub(crate) fn file(path: &str, why: impl Into<String>) -> Self {
        Self::File {
            path: path.to_owned(),
            why: why.into(),
        }
    }
}

fn list(leaks: &[Leak]) -> String {
    const SHOWN: usize = 20;
    let mut lines: Vec<String> = leaks
        .iter()
        .take(SHOWN)
        .map(|leak| format!("  {leak}"))
        .collect();
    if leaks.len() > SHOWN {
        lines.push(format!("  and {} more", leaks.len() - SHOWN));
    }
    lines.join("\n")
}
