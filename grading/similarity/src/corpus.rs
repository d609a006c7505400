//! The fingerprints of all hand-ins.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::entry::{Base, Entry, Options};
use crate::error::SimilarityError;
use crate::tokens::{Item, Normal, normalise};
use crate::winnow::{Fingerprint, KNOWN, grams, winnow};

/// The hashes of all runs of `k` tokens in what everybody was given.
pub(crate) struct Known(HashSet<u64>);

impl Known {
    pub(crate) fn of(base: &Base, options: &Options) -> Self {
        let mut known = HashSet::new();
        for text in &base.texts {
            let codes = codes(&normalise(text, options.names).items);
            known.extend(grams(&codes, options.k));
        }
        Self(known)
    }
}

/// One file, ready for comparison.
pub(crate) struct Prepared {
    pub(crate) items: Vec<Item>,
    pub(crate) prints: Vec<Fingerprint>,
    /// For each token whether it is part of what everybody was given.
    pub(crate) given: Vec<bool>,
    pub(crate) trouble: Option<(usize, &'static str)>,
}

/// Prepares one source.
pub(crate) fn prepare(source: &str, known: &Known, options: &Options) -> Prepared {
    let Normal { items, trouble } = normalise(source, options.names);
    let mut grams = grams(&codes(&items), options.k);
    let given = given(&grams, known, items.len(), options.k);
    // not only the known runs: where given functions meet in another order there are new ones
    let mut own = given
        .iter()
        .take(options.k)
        .filter(|given| !**given)
        .count();
    for (at, gram) in grams.iter_mut().enumerate() {
        if own == 0 {
            *gram = KNOWN;
        }
        let next = at + options.k;
        own += usize::from(given.get(next) == Some(&false));
        own -= usize::from(!given[at]);
    }
    Prepared {
        prints: winnow(&grams, options.window()),
        items,
        given,
        trouble,
    }
}

/// For each token whether it lies in a known run.
fn given(grams: &[u64], known: &Known, tokens: usize, k: usize) -> Vec<bool> {
    let mut given = vec![false; tokens];
    let mut marked = 0;
    for (at, gram) in grams.iter().enumerate() {
        if known.0.contains(gram) {
            given[at.max(marked)..at + k].fill(true);
            marked = at + k;
        }
    }
    given
}

fn codes(items: &[Item]) -> Vec<u64> {
    items.iter().map(|item| item.code).collect()
}

/// A hand-in as a set of hashes.
pub(crate) struct Work<'a> {
    pub(crate) entry: &'a Entry,
    /// The number of the student; hand-ins of one student have the same.
    pub(crate) student: u32,
    /// The hashes of each file, in order and each once.
    pub(crate) files: BTreeMap<&'a str, Vec<u64>>,
    /// How many tokens there are, and how many of them everybody was given.
    pub(crate) tokens: usize,
    pub(crate) given: usize,
    /// What no Rust program has: the file, the line, what it is.
    pub(crate) troubles: Vec<(&'a str, usize, &'static str)>,
}

impl Work<'_> {
    /// The hashes of all files, in order and each once.
    pub(crate) fn all(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self.files.values().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// All hand-ins, sorted by student and name so that their order does not matter.
pub(crate) fn works<'a>(
    entries: &'a [Entry],
    known: &Known,
    options: &Options,
) -> Result<Vec<Work<'a>>, SimilarityError> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| (&entry.student, &entry.name));
    let mut names = BTreeSet::new();
    if let Some(twice) = sorted.iter().find(|entry| !names.insert(&entry.name)) {
        return Err(SimilarityError::SameName(twice.name.clone()));
    }
    let mut works: Vec<Work> = Vec::with_capacity(sorted.len());
    for entry in sorted {
        let student = match works.last() {
            Some(last) if last.entry.student == entry.student => last.student,
            Some(last) => last.student + 1,
            None => 0,
        };
        works.push(work(entry, student, known, options));
    }
    Ok(works)
}

fn work<'a>(entry: &'a Entry, student: u32, known: &Known, options: &Options) -> Work<'a> {
    let mut work = Work {
        entry,
        student,
        files: BTreeMap::new(),
        tokens: 0,
        given: 0,
        troubles: Vec::new(),
    };
    for (name, source) in &entry.files {
        let prepared = prepare(source, known, options);
        let mut hashes: Vec<u64> = prepared.prints.iter().map(|print| print.hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        work.files.insert(name, hashes);
        work.tokens += prepared.items.len();
        work.given += prepared.given.iter().filter(|given| **given).count();
        if let Some((at, what)) = prepared.trouble {
            work.troubles.push((name, line_of(source, at), what));
        }
    }
    work
}

/// The line, from 1, of the byte `at`.
pub(crate) fn line_of(source: &str, at: usize) -> usize {
    1 + source.as_bytes()[..at]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
}
