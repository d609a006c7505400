//! What stops a run. None of these is the fault of a hand-in.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The run itself cannot go on; what is graded so far is kept.
#[derive(Debug, Error)]
pub enum RunError {
    /// A file of the run cannot be read or written.
    #[error("cannot {what} {path}: {source}", path = path.display())]
    Io {
        /// `write`
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another run writes to the same folder.
    #[error("another run is writing to {}; wait for it, or choose another --out", .0.display())]
    Locked(PathBuf),
    /// A file that a run wrote is not as it was written.
    #[error("{path}: {why}", path = path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong and what to do.
        why: String,
    },
    /// `--resume` where nothing can be resumed.
    #[error("{0}")]
    Resume(String),
    /// The cluster refused, or cannot be reached.
    #[error("{0}")]
    Cluster(String),
    /// A grading thread panicked.
    #[error("a grading thread panicked at {0}; this hand-in has no result")]
    Panicked(String),
}

impl RunError {
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }
}
