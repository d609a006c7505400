//! What comes of a hand-in besides its files: why it was rejected, what was noticed.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// Why a hand-in cannot be graded; each is one sentence for its author.
#[derive(Debug, Error)]
pub enum Rejected {
    /// A file with no bytes.
    #[error("The file is empty (0 bytes): the upload failed or the wrong file was handed in.")]
    Empty,
    /// No zip or tar file.
    #[error(
        "The file is {what}, not a zip or tar.gz file: hand in the zip file that `cargo hw pack` makes."
    )]
    NotAnArchive {
        /// With its article: `a RAR archive`.
        what: &'static str,
    },
    /// An archive that cannot be read.
    #[error(
        "The archive is damaged or was not uploaded completely ({why}): pack it and hand it in again."
    )]
    Damaged {
        /// What the reader says.
        why: String,
    },
    /// Something in it that no honest hand-in needs.
    #[error("The entry {path:?} {why}: pack the hand-in again with `cargo hw pack`.")]
    BadEntry {
        /// Its path in the hand-in.
        path: String,
        /// Continues the sentence: `is a symbolic link`.
        why: String,
    },
    /// More of something than [`Limits`](crate::Limits) allows.
    #[error(
        "The hand-in has {what}, more than the {limit} allowed: hand in the source files only."
    )]
    TooMuch {
        /// With the number found.
        what: String,
        /// With its unit.
        limit: String,
    },
    /// The files to grade lie in more than one place.
    #[error(
        "The parts lie in two places, {first:?} and {second:?}: hand in only the one that is to be graded."
    )]
    TwoPlaces {
        /// The folder that sorts first.
        first: String,
        /// Another one.
        second: String,
    },
    /// Not one of the files to grade is there.
    #[error("None of the files to grade ({expected}) is in the hand-in as readable text.")]
    NoParts {
        /// The names, with commas.
        expected: String,
    },
    /// The fault of this machine and not of the hand-in: it must not become a score.
    #[error("Cannot read {path}: {source}.")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Rejected {
    /// Whether the grader failed, and not the hand-in: then there is no score.
    #[must_use]
    pub fn is_grader_fault(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}

/// Something about a hand-in that its author or the assistant should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Things that the grader does not use.
    Ignored {
        /// `target`, `.git`, `Cargo.toml`, `other files`.
        what: String,
        /// How many files or, for a folder that was not entered, 1.
        count: usize,
    },
    /// A Rust file beside the parts that is none of them.
    NotGraded {
        /// Its name.
        file: String,
    },
    /// A part's file that is not there: the part counts as not implemented.
    Missing {
        /// Its name.
        file: String,
    },
    /// A part's file that is no source text: the part counts as not implemented.
    Unusable {
        /// Its name.
        file: String,
        /// Continues the sentence: `is larger than 256 KiB`.
        why: String,
    },
    /// A part's file whose bytes were changed before grading, without changing its meaning.
    Normalised {
        /// Its name.
        file: String,
        /// `byte order mark removed`
        what: &'static str,
    },
    /// Something is odd about `hand-in.json`.
    Manifest {
        /// One sentence.
        text: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ignored { what, count: 1 } => write!(f, "Ignored: {what}."),
            Self::Ignored { what, count } => write!(f, "Ignored: {what} ({count} entries)."),
            Self::NotGraded { file } => {
                write!(f, "{file} is none of the files to grade and was left out.")
            }
            Self::Missing { file } => {
                write!(f, "{file} is missing: its part counts as not implemented.")
            }
            Self::Unusable { file, why } => {
                write!(f, "{file} {why}: its part counts as not implemented.")
            }
            Self::Normalised { file, what } => write!(f, "{file}: {what}."),
            Self::Manifest { text } => f.write_str(text),
        }
    }
}
