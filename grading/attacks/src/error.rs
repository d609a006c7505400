//! What keeps the attacks from being tried.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The attacks could not be tried. It says nothing about the grader.
#[derive(Debug, Error)]
pub enum AttackError {
    /// A file cannot be read or written.
    #[error("cannot {what} {path}: {source}", path = path.display())]
    Io {
        /// `read`
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A fixture is not as it should be.
    #[error("{path}: {why}", path = path.display())]
    Fixture {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl AttackError {
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }

    pub(crate) fn fixture(path: &Path, why: impl Into<String>) -> Self {
        Self::Fixture {
            path: path.to_owned(),
            why: why.into(),
        }
    }
}
