//! What can go wrong when a results folder is read and reports are written.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A report could not be made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A file of the results cannot be read.
    #[error("cannot read {path}: {source}; if grading was cut short, run `course grade` again", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of the results is not as the grader writes it.
    #[error("{path} is not as the grader writes it: {why}; run `course grade` again", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file or folder of the reports cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A page cannot be made of its template.
    #[error("cannot make the page {page}: {source}")]
    Page {
        /// Which page.
        page: String,
        /// Why not.
        source: askama::Error,
    },
}

impl ReportError {
    pub(crate) fn damaged(path: &Path, why: impl ToString) -> Self {
        Self::Damaged {
            path: path.to_path_buf(),
            why: why.to_string(),
        }
    }

    pub(crate) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Unwritable { path, source }
    }
}
