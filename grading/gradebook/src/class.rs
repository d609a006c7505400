//! A course's folder: `course.toml`, the roster, the results of grading, the store.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use thiserror::Error;

use crate::book::{Book, compute};
use crate::policy::{Policy, PolicyError};
use crate::roster::{Roster, RosterError};
use crate::store::{Added, Store, StoreError};
use crate::summary::{Summary, SummaryError};

/// The policy and roster of a course, and where its files are.
#[derive(Debug, Clone)]
pub struct Class {
    folder: PathBuf,
    /// `course.toml`
    pub policy: Policy,
    /// The file that it names.
    pub roster: Roster,
}

/// Why a course's folder cannot be used.
#[derive(Debug, Error)]
pub enum ClassError {
    /// A file or folder cannot be read.
    #[error("cannot read {path}: {source}{hint}")]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
        /// What to do; begins with `; `.
        hint: &'static str,
    },
    /// See there.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// See there.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// See there.
    #[error(transparent)]
    Summary(#[from] SummaryError),
    /// See there.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Results that lie in the wrong folder.
    #[error("{path} has the results of {found:?}; move it to the folder of that assignment")]
    Elsewhere {
        /// The file.
        path: PathBuf,
        /// The assignment that it names.
        found: String,
    },
}

impl Class {
    /// Reads the policy and the roster of the course in `folder`.
    ///
    /// # Errors
    /// When one of them is not there or wrong.
    pub fn open(folder: &Path) -> Result<Self, ClassError> {
        let path = folder.join("course.toml");
        let text = read(
            &path,
            "; a course's folder has that file, see docs/gradebook.md",
        )?;
        let policy = Policy::from_toml(&text, &path.to_string_lossy())?;
        let path = folder.join(&policy.roster);
        let text = read(
            &path,
            "; it lists the students, and course.roster in course.toml names it",
        )?;
        let roster = Roster::from_csv(&text, &path.to_string_lossy())?;
        let folder = folder.to_path_buf();
        Ok(Self {
            folder,
            policy,
            roster,
        })
    }

    /// The course's store, made when it is not there.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn store(&self) -> Result<Store, ClassError> {
        Ok(Store::open(&store_file(&self.folder))?)
    }

    /// Whether the course in `folder` has a store yet.
    #[must_use]
    pub fn has_store(folder: &Path) -> bool {
        store_file(folder).is_file()
    }

    /// The results that are there, by assignment: `results/a1/summary.json`, ...
    ///
    /// # Errors
    /// When one of them cannot be read; none is passed over.
    pub fn summaries(&self) -> Result<Vec<Summary>, ClassError> {
        let folder = self.folder.join("results");
        let failed = |source| ClassError::Read {
            path: folder.clone(),
            source,
            hint: "",
        };
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry.map_err(failed)?.file_name());
        }
        names.sort();
        let mut summaries = Vec::new();
        for name in names {
            let path = folder.join(&name).join("summary.json");
            if path.is_file() {
                let summary = read_summary(&path)?;
                if summary.assignment.as_str() != name {
                    let found = summary.assignment;
                    return Err(ClassError::Elsewhere { path, found });
                }
                summaries.push(summary);
            }
        }
        Ok(summaries)
    }

    /// Records the results that are there and not yet in the store. What became of those of each assignment.
    ///
    /// # Errors
    /// When results cannot be read or recorded.
    pub fn record(
        &self,
        store: &mut Store,
        at: Timestamp,
        who: &str,
    ) -> Result<Vec<(String, Added)>, ClassError> {
        let mut added = Vec::new();
        for summary in self.summaries()? {
            let what = store.add_run(&summary, at, who)?;
            added.push((summary.assignment, what));
        }
        Ok(added)
    }

    /// The gradebook of everything in the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn book(&self, store: &Store, as_of: Timestamp) -> Result<Book, ClassError> {
        let events = store.events(as_of)?;
        Ok(compute(&self.policy, &self.roster, &events))
    }
}

/// The results in a file.
///
/// # Errors
/// When it cannot be read or is none.
pub fn read_summary(path: &Path) -> Result<Summary, ClassError> {
    let text = read(path, "")?;
    Ok(Summary::from_json(&text, &path.to_string_lossy())?)
}

fn read(path: &Path, hint: &'static str) -> Result<String, ClassError> {
    fs::read_to_string(path).map_err(|source| ClassError::Read {
        path: path.to_path_buf(),
        source,
        hint,
    })
}

fn store_file(folder: &Path) -> PathBuf {
    folder.join(".course/gradebook.db")
}
