//! A hand-in as a list of files, whatever it is stored in.

mod folder;
mod sniff;
mod zip_file;

use std::collections::BTreeMap;
use std::path::Path;

pub(crate) use folder::Folder;
pub(crate) use zip_file::ZipFile;

use crate::{Limits, Notice, Rejected};

/// A file in a hand-in that is no junk; its path has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Steps with `/` between, relative to the top of the hand-in.
    pub path: String,
    /// In bytes, as far as the container tells the truth.
    pub size: u64,
}

/// Something that files can be read from.
pub(crate) trait Container {
    /// The files, sorted by path.
    fn entries(&self) -> &[Entry];

    /// What was ignored.
    fn junk(&self) -> &Junk;

    /// The bytes of one of [`entries`](Self::entries), or `None` when there are more than `limit`.
    fn read(&mut self, index: usize, limit: u64) -> Result<Option<Vec<u8>>, Rejected>;
}

/// Opens a hand-in of the kind it is.
pub(crate) fn open(
    path: &Path,
    folder: bool,
    limits: &Limits,
) -> Result<Box<dyn Container>, Rejected> {
    Ok(if folder {
        Box::new(Folder::open(path, limits)?)
    } else {
        Box::new(ZipFile::open(path, limits)?)
    })
}

/// What was ignored, with how many entries of each kind.
#[derive(Debug, Default)]
pub(crate) struct Junk(BTreeMap<String, usize>);

impl Junk {
    pub(crate) fn add(&mut self, what: &str) {
        *self.0.entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn notices(&self) -> impl Iterator<Item = Notice> + '_ {
        self.0.iter().map(|(what, count)| Notice::Ignored {
            what: what.clone(),
            count: *count,
        })
    }
}

fn bad_entry(path: &str, why: impl Into<String>) -> Rejected {
    Rejected::BadEntry {
        path: path.to_owned(),
        why: why.into(),
    }
}

fn too_many_entries(limit: usize) -> Rejected {
    Rejected::TooMuch {
        what: format!("more than {limit} entries"),
        limit: limit.to_string(),
    }
}

fn too_large(bytes: u64, limit: u64) -> Rejected {
    Rejected::TooMuch {
        what: format!("{} MiB", bytes >> 20),
        limit: format!("{} MiB", limit >> 20),
    }
}

/// Sorted by path, refused when two paths differ in nothing but upper and lower case: on Windows and
/// macOS they are one file.
fn sorted<T>(mut entries: Vec<(Entry, T)>) -> Result<(Vec<Entry>, Vec<T>), Rejected> {
    entries.sort_by(|a, b| a.0.path.cmp(&b.0.path));
    let mut seen = BTreeMap::new();
    for (entry, _) in &entries {
        if let Some(other) = seen.insert(entry.path.to_lowercase(), &entry.path) {
            return Err(bad_entry(
                &entry.path,
                format!("has the same name as {other:?}"),
            ));
        }
    }
    Ok(entries.into_iter().unzip())
}
