//! Uploads of a course system to attempts of students.
//!
//! Each system has a file of its own that says what lies where in its download. All that follows is common: whose
//! an upload is, what is in it, which attempt it becomes, what is written down about it. Nothing is dropped
//! silently: everything in the download ends in one line of `import.jsonl`.

mod canvas;
mod dir;
mod found;
mod gradescope;
mod inside;
mod keep;
mod line;
mod moodle;
mod packing;
mod people;
mod quera;
mod step;
mod times;
mod tree;
mod yaml;

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use thiserror::Error;

pub use gradebook::roster::Student;
pub use line::{Code, Level, Line, Note, Numbered};

use crate::Rejected;

/// Where a download is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Quera, by question or by student.
    Quera,
    /// Moodle, with or without folders.
    Moodle,
    /// Canvas.
    Canvas,
    /// Gradescope, with its metadata.
    Gradescope,
    /// Folders and archives that somebody named.
    Dir,
}

impl Source {
    /// As it is written down: `moodle`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Quera => "quera",
            Self::Moodle => "moodle",
            Self::Canvas => "canvas",
            Self::Gradescope => "gradescope",
            Self::Dir => "dir",
        }
    }
}

/// What to import.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Where the download is from.
    pub source: Source,
    /// The download: a folder, a zip or a tar file.
    pub src: &'a Path,
    /// `a1`
    pub assignment: &'a str,
    /// The roster.
    pub people: &'a [Student],
    /// The folder of the assignment's hand-ins.
    pub to: &'a Path,
    /// The zone of times that say none.
    pub zone: TimeZone,
    /// The present, to which a time can be in the future.
    pub now: Timestamp,
}

/// What became of a download: a line for everything in it, and for every student who has nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Sorted by path; then the students without a hand-in.
    pub lines: Vec<Line>,
}

impl Report {
    /// How many lines are of this level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.lines.iter().filter(|line| line.level == level).count()
    }

    /// How many uploads became attempts in this import.
    #[must_use]
    pub fn fresh(&self) -> usize {
        self.lines.iter().filter(|line| line.fresh).count()
    }

    /// How many uploads were attempts before.
    #[must_use]
    pub fn known(&self) -> usize {
        let known = |line: &&Line| !line.fresh && !line.imported.is_empty();
        self.lines.iter().filter(known).count()
    }
}

/// Why nothing, or not everything, could be imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The download cannot be opened.
    #[error(
        "Cannot import {path}: {why} (It is the download itself: get it from the course system once more.)"
    )]
    Source {
        /// The download.
        path: PathBuf,
        /// A sentence.
        why: Rejected,
    },
    /// The roster contradicts itself.
    #[error("The roster cannot be used: {what}.")]
    Roster {
        /// Who or what.
        what: String,
    },
    /// The list of submissions cannot be used.
    #[error("{path} cannot be used: {what}.")]
    Metadata {
        /// In the download.
        path: String,
        /// Continues the sentence.
        what: String,
    },
    /// The folder to import to is in use for something else.
    #[error(
        "{path} is not empty and has no import.jsonl, so it was not made by an import: choose another folder with --to."
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// Another import writes to the same folder.
    #[error("Another import is writing to {path}: wait for it.")]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// What an earlier import wrote was changed.
    #[error("What an earlier import wrote was changed by hand: {what}")]
    Damaged {
        /// Where and how.
        what: String,
    },
    /// A file cannot be read.
    #[error("Cannot read {path}: {source}.")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("Cannot write {path}: {source}; the same command goes on when this is mended.")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Imports a download.
///
/// Importing twice changes nothing; a newer download adds what is new and leaves the numbers of the attempts that are
/// there; after an interruption the same import goes on.
///
/// # Errors
/// When the download or the roster cannot be used at all, or a file cannot be read or written. What is wrong with one
/// upload is no error but a line of the report.
pub fn import(request: &Request<'_>) -> Result<Report, ImportError> {
    let roster = people::Roster::new(request.people)?;
    let mut tree = tree::Tree::open(request.src)?;
    let zone = &request.zone;
    let source = |why| ImportError::Source {
        path: request.src.to_owned(),
        why,
    };
    let found = match request.source {
        Source::Quera => quera::find(&mut tree, &roster, zone).map_err(source)?,
        Source::Moodle => moodle::find(&tree),
        Source::Canvas => canvas::find(&tree),
        Source::Gradescope => gradescope::find(&mut tree, zone)?,
        Source::Dir => dir::find(&tree, &roster, zone),
    };
    step::run(request, &roster, &mut tree, found)
}
