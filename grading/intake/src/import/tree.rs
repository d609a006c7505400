//! What lies in the source.

use std::collections::BTreeSet;
use std::path::Path;

use super::ImportError;
use crate::container::{self, Container, Scope};
use crate::{Limits, Rejected};

/// A folder or an archive of a class, listed; nothing is unpacked by the names in it.
pub(super) struct Tree {
    container: Box<dyn Container>,
}

/// The largest upload that is imported.
pub(super) const UPLOAD_BYTES: u64 = 512 << 20;

impl Tree {
    pub(super) fn open(src: &Path) -> Result<Self, ImportError> {
        let container = container::open(src, src.is_dir(), Scope::Class, &Limits::class())
            .map_err(|why| ImportError::Source {
                path: src.to_owned(),
                why,
            })?;
        Ok(Self { container })
    }

    /// The files by their paths, sorted.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        let entries = self.container.entries().iter();
        entries.map(|entry| entry.path.as_str())
    }

    /// The files below a folder, or the one file of that path.
    pub(super) fn below<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        let entries = self.container.entries();
        // Sorted, so all paths that begin with `path` lie together.
        let first = entries.partition_point(|entry| entry.path.as_str() < path);
        let together = entries[first..].iter().map(|entry| entry.path.as_str());
        together
            .take_while(move |file| file.starts_with(path))
            .filter(move |file| is_within(file, path))
    }

    /// What cannot be opened below a folder, with why.
    pub(super) fn faults(&self) -> impl Iterator<Item = (&str, &str)> {
        let faults = self.container.listing().faults.iter();
        faults.map(|fault| (fault.path.as_str(), fault.why.as_str()))
    }

    /// Everything that must have a line: files, what cannot be opened, and folders with nothing in them.
    pub(super) fn things(&self) -> BTreeSet<String> {
        let mut things: BTreeSet<String> = self.files().map(str::to_owned).collect();
        things.extend(self.faults().map(|(path, _)| path.to_owned()));
        for folder in self.container.listing().folders.iter().rev() {
            let inside = format!("{folder}/");
            let first = things.range(inside.clone()..).next();
            if !first.is_some_and(|first| first.starts_with(&inside)) {
                things.insert(folder.clone());
            }
        }
        things
    }

    pub(super) fn size(&self, path: &str) -> u64 {
        self.place(path)
            .map_or(0, |place| self.container.entries()[place].size)
    }

    /// The bytes of a file, or `None` when there are more than `limit` or no such file.
    pub(super) fn read(&mut self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Rejected> {
        match self.place(path) {
            Some(place) => self.container.read(place, limit),
            None => Ok(None),
        }
    }

    fn place(&self, path: &str) -> Option<usize> {
        self.container
            .entries()
            .binary_search_by(|entry| entry.path.as_str().cmp(path))
            .ok()
    }
}

/// Whether `path` is `of` or lies below it.
pub(super) fn is_within(path: &str, of: &str) -> bool {
    path.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || of.is_empty())
}
