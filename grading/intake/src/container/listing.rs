//! The list of what lies in a container, made entry by entry under the limits.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use crate::{Limits, Notice, Rejected, names};

/// A file whose path has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Steps with `/` between, relative to the top of the container.
    pub path: String,
    /// In bytes, as far as the container tells the truth.
    pub size: u64,
}

/// Something in a container that is never opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub path: String,
    /// Continues the sentence: `is a symbolic link`.
    pub why: String,
}

/// What a container is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One hand-in: junk is left out, one bad entry rejects it.
    HandIn,
    /// The hand-ins of a whole class: everything is listed, since nothing may be lost, and a bad entry costs
    /// nobody else anything.
    Class,
}

/// What lies in a container.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The files, sorted by path.
    pub entries: Vec<Entry>,
    /// What was ignored; nothing of a class is.
    pub junk: Junk,
    /// Bad entries of a class, sorted by path; a hand-in has none.
    pub faults: Vec<Fault>,
    /// The folders of a class, sorted.
    pub folders: Vec<String>,
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

/// Makes a [`Listing`]; `T` says where in the container a file is.
pub(super) struct Lister<'a, T> {
    scope: Scope,
    limits: &'a Limits,
    found: Vec<(Entry, T)>,
    rest: Listing,
    seen: usize,
    bytes: u64,
}

impl<'a, T> Lister<'a, T> {
    pub(super) fn new(scope: Scope, limits: &'a Limits) -> Self {
        Self {
            scope,
            limits,
            found: Vec::new(),
            rest: Listing::default(),
            seen: 0,
            bytes: 0,
        }
    }

    /// Counts an entry of any kind.
    pub(super) fn count(&mut self) -> Result<(), Rejected> {
        self.seen += 1;
        if self.seen > self.limits.entries {
            return Err(too_many_entries(self.limits.entries));
        }
        Ok(())
    }

    /// Whether to go on with an entry of this path.
    pub(super) fn admits(&mut self, path: &str) -> Result<bool, Rejected> {
        if let Some(why) = names::fault(path, self.limits) {
            return self.fault(path, why).map(|()| false);
        }
        match names::junk(path) {
            Some(what) if self.scope == Scope::HandIn => {
                self.rest.junk.add(what);
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    /// A bad entry: the end of a hand-in, a fault of a class.
    pub(super) fn fault(&mut self, path: &str, why: &str) -> Result<(), Rejected> {
        match self.scope {
            Scope::HandIn => Err(bad_entry(path, why)),
            Scope::Class => {
                self.rest.faults.push(Fault {
                    path: path.to_owned(),
                    why: why.to_owned(),
                });
                Ok(())
            }
        }
    }

    /// A link or special file on disk: nothing that was packed, so a hand-in is not rejected for it.
    pub(super) fn special(&mut self, path: &str) {
        match self.scope {
            Scope::HandIn => self.rest.junk.add("links and special files"),
            Scope::Class => self.rest.faults.push(Fault {
                path: path.to_owned(),
                why: "is a symbolic link or another special file".to_owned(),
            }),
        }
    }

    pub(super) fn folder(&mut self, path: &str) {
        if self.scope == Scope::Class {
            self.rest
                .folders
                .push(path.trim_end_matches('/').to_owned());
        }
    }

    /// Makes room for a file before its bytes are read.
    pub(super) fn reserve(&mut self, size: u64) -> Result<(), Rejected> {
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > self.limits.total_bytes {
            return Err(too_large(self.bytes, self.limits.total_bytes));
        }
        Ok(())
    }

    pub(super) fn file(&mut self, path: String, size: u64, place: T) {
        self.found.push((Entry { path, size }, place));
    }

    /// Sorts by path. A hand-in is refused when two paths are one on Windows or macOS, where upper and lower case,
    /// and one and two code points for a letter with its mark, are the same.
    pub(super) fn finish(mut self) -> Result<(Listing, Vec<T>), Rejected> {
        self.found.sort_by(|a, b| a.0.path.cmp(&b.0.path));
        if self.scope == Scope::HandIn {
            let mut seen = BTreeMap::new();
            for (entry, _) in &self.found {
                if let Some(other) = seen.insert(folded(&entry.path), &entry.path) {
                    let why = format!("has the same name as {other:?}");
                    return Err(bad_entry(&entry.path, why));
                }
            }
        }
        let (entries, places) = self.found.into_iter().unzip();
        self.rest.entries = entries;
        self.rest.faults.sort_by(|a, b| a.path.cmp(&b.path));
        self.rest.folders.sort();
        self.rest.folders.dedup();
        Ok((self.rest, places))
    }
}

/// The same for all spellings of a path that are one file somewhere.
pub(crate) fn folded(path: &str) -> String {
    path.nfc()
        .collect::<String>()
        .to_lowercase()
        .nfc()
        .collect()
}

pub(super) fn bad_entry(path: &str, why: impl Into<String>) -> Rejected {
    Rejected::BadEntry {
        path: path.to_owned(),
        why: why.into(),
    }
}

pub(super) fn too_many_entries(limit: usize) -> Rejected {
    Rejected::TooMuch {
        what: format!("more than {limit} entries"),
        limit: limit.to_string(),
    }
}

pub(super) fn too_large(bytes: u64, limit: u64) -> Rejected {
    Rejected::TooMuch {
        what: format!("{} MiB", bytes >> 20),
        limit: format!("{} MiB", limit >> 20),
    }
}
