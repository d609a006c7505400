//! What can go wrong with data, each in one sentence that says what to do.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why there is no data.
#[derive(Debug, Error)]
pub enum DataError {
    /// The registry has no such set.
    #[error("there is no data set {name:?}; known are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names in the registry.
        known: String,
    },
    /// The set is of another kind than asked for.
    #[error("data set {name} is {is}, not {wanted}")]
    Kind {
        /// The set.
        name: String,
        /// What it holds.
        is: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The set, or a part of it that is needed, is not in the data folder.
    #[error(
        "data set {name}: {file} is not in {}; get it with `cargo hw data fetch {name}`, or with \
         `cargo hw data import {name} --from DIR` when you have the files",
        .folder.display()
    )]
    Missing {
        /// The set.
        name: String,
        /// The first file that is missing.
        file: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// A file's bytes are not what its format asks for.
    #[error("{}: {problem}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Where and what.
        problem: FormatError,
    },
    /// The operating system said no.
    #[error("cannot {action} {}: {source}{}", .path.display(), hint(.source))]
    Io {
        /// `read`, `write`, ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no folder for data.
    #[error("there is no home folder to keep data sets in; set DL_DATA_DIR to a folder")]
    NoFolder,
    /// The program that downloads is not there.
    #[error(
        "downloads need the program curl, which is not installed; install it, or get the files of \
         {name} another way and run `cargo hw data import {name} --from DIR`"
    )]
    NoCurl {
        /// The set.
        name: String,
    },
    /// No mirror gave the file.
    #[error(
        "could not download {file} of data set {name}: {}; what has arrived is kept, so run the \
         same command to go on, or get the file another way and run \
         `cargo hw data import {name} --from DIR`",
        .attempts.join("; ")
    )]
    Download {
        /// The set.
        name: String,
        /// The file.
        file: String,
        /// What happened at each mirror.
        attempts: Vec<String>,
    },
    /// A set that no host may be asked for.
    #[error("data set {name} is made by code and needs no files")]
    Synthetic {
        /// The set.
        name: String,
    },
    /// An import found nothing of the set.
    #[error("no file of data set {name} is in {}: looked for {wanted}{}", .from.display(), list(.refused))]
    NothingToImport {
        /// The set.
        name: String,
        /// Where it was looked for.
        from: PathBuf,
        /// The names that would do.
        wanted: String,
        /// Files with a right name and wrong contents.
        refused: Vec<String>,
    },
}

/// Bytes that are not what a format asks for. Offsets count bytes of the unzipped contents from 0.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("byte {offset}: {problem}")]
pub struct FormatError {
    /// Where.
    pub offset: usize,
    /// What was expected and what is there.
    pub problem: String,
}

impl FormatError {
    pub(super) fn at(offset: usize, problem: impl Into<String>) -> Self {
        Self {
            offset,
            problem: problem.into(),
        }
    }
}

impl DataError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn format(path: &Path) -> impl FnOnce(FormatError) -> Self {
        move |problem| Self::Format {
            path: path.to_owned(),
            problem,
        }
    }
}

fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            "; set DL_DATA_DIR to a folder that you may write"
        }
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "; make room, or set DL_DATA_DIR to a folder on another disk"
        }
        _ => "",
    }
}

fn list(refused: &[String]) -> String {
    refused.iter().map(|line| format!("; {line}")).collect()
}
