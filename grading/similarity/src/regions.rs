//! Where two hand-ins are the same: runs of equal tokens, and their lines.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use crate::corpus::{Known, Prepared, line_of, prepare};
use crate::entry::{Entry, Options};
use crate::winnow::Fingerprint;

/// A part of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// The first line, from 1.
    pub first_line: usize,
    /// The last line.
    pub last_line: usize,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A run of tokens that two hand-ins share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Region {
    /// Where it is in the first hand-in.
    pub a: Place,
    /// Where it is in the second.
    pub b: Place,
    /// How many tokens it has.
    pub tokens: usize,
}

/// The shared runs of a pair.
pub(crate) struct Shared {
    /// Runs that do not overlap, in the order of the first hand-in.
    pub(crate) regions: Vec<Region>,
    /// The tokens of the longest run.
    pub(crate) longest: usize,
}

/// How often one hash is looked at in one file: repetitions add nothing to see.
const REPETITIONS: usize = 8;

type Files<'a> = BTreeMap<&'a str, Prepared>;

/// A run before overlaps are resolved: its length, and where it begins in both.
#[derive(Clone, Copy)]
struct Run<'a> {
    length: usize,
    a: (&'a str, usize),
    b: (&'a str, usize),
}

/// Finds the shared runs of two hand-ins, but for what everybody was given and what is `common`.
pub(crate) fn shared(
    [a, b]: [&Entry; 2],
    known: &Known,
    common: &[u64],
    options: &Options,
) -> Shared {
    let [files_a, files_b] = [a, b].map(|entry| prepared(entry, known, options));
    let mut runs = runs(&files_a, &files_b, common, options.k);
    let longest = runs.iter().map(|run| run.length).max().unwrap_or(0);
    runs.sort_by_key(|run| (std::cmp::Reverse(run.length), run.a, run.b));
    let mut chosen = chosen(&runs, &files_a, &files_b, options.k);
    chosen.sort_by_key(|run| (run.a, run.b));
    let regions = chosen.into_iter().map(|run| Region {
        a: place(a, &files_a, run.a, run.length),
        b: place(b, &files_b, run.b, run.length),
        tokens: run.length,
    });
    Shared {
        regions: regions.collect(),
        longest,
    }
}

fn prepared<'a>(entry: &'a Entry, known: &Known, options: &Options) -> Files<'a> {
    let files = entry.files.iter();
    files
        .map(|(name, source)| (name.as_str(), prepare(source, known, options)))
        .collect()
}

/// The longest run around each shared fingerprint.
fn runs<'a>(a: &Files<'a>, b: &Files<'a>, common: &[u64], k: usize) -> Vec<Run<'a>> {
    let mut places: HashMap<u64, Vec<(&str, usize)>> = HashMap::new();
    for (file, prepared) in b {
        for Fingerprint { hash, at } in &prepared.prints {
            places.entry(*hash).or_default().push((file, *at));
        }
    }
    let mut seen: HashMap<u64, usize> = HashMap::new();
    // where the last run of each diagonal ends: a fingerprint before that lies in it
    let mut ends: HashMap<(&str, &str, isize), usize> = HashMap::new();
    let mut runs = Vec::new();
    for (file_a, prepared) in a {
        for Fingerprint { hash, at } in &prepared.prints {
            let times = seen.entry(*hash).or_default();
            *times += 1;
            let Some(places) = places.get(hash) else {
                continue;
            };
            if *times > REPETITIONS || common.binary_search(hash).is_ok() {
                continue;
            }
            for (file_b, at_b) in places.iter().take(REPETITIONS) {
                let diagonal = *at as isize - *at_b as isize;
                let end = ends.entry((file_a, file_b, diagonal)).or_default();
                if at < end {
                    continue;
                }
                let (back, length) = extent(prepared, *at, &b[file_b], *at_b);
                *end = at - back + length;
                if length >= k {
                    let (a, b) = ((*file_a, at - back), (*file_b, at_b - back));
                    runs.push(Run { length, a, b });
                }
            }
        }
    }
    runs
}

/// How far a run around two equal tokens reaches back, and how long it is.
fn extent(a: &Prepared, at: usize, b: &Prepared, at_b: usize) -> (usize, usize) {
    let same = |i: usize, j: usize| {
        let (Some(one), Some(other)) = (a.items.get(i), b.items.get(j)) else {
            return false;
        };
        one.code == other.code && !a.given[i] && !b.given[j]
    };
    let most = at.min(at_b);
    let back = (1..=most).take_while(|n| same(at - n, at_b - n)).count();
    let forward = (0..).take_while(|n| same(at + n, at_b + n)).count();
    (back, back + forward)
}

/// Of overlapping runs the longer, and of the others what is left of them, if it is `k` tokens or more.
fn chosen<'a>(runs: &[Run<'a>], a: &Files, b: &Files, k: usize) -> Vec<Run<'a>> {
    let free = |files: &Files| -> BTreeMap<String, Vec<bool>> {
        let free = |prepared: &Prepared| vec![true; prepared.items.len()];
        files
            .iter()
            .map(|(name, file)| (name.to_string(), free(file)))
            .collect()
    };
    let (mut free_a, mut free_b) = (free(a), free(b));
    let mut chosen = Vec::new();
    for run in runs {
        let (Some(in_a), Some(in_b)) = (free_a.get_mut(run.a.0), free_b.get_mut(run.b.0)) else {
            continue;
        };
        let mut from = 0;
        while from < run.length {
            let is_free = |n: &usize| in_a[run.a.1 + n] && in_b[run.b.1 + n];
            let length = (from..run.length).take_while(is_free).count();
            if length >= k {
                in_a[run.a.1 + from..][..length].fill(false);
                in_b[run.b.1 + from..][..length].fill(false);
                chosen.push(Run {
                    length,
                    a: (run.a.0, run.a.1 + from),
                    b: (run.b.0, run.b.1 + from),
                });
            }
            from += length + 1;
        }
    }
    chosen
}

fn place(entry: &Entry, files: &Files, (file, at): (&str, usize), length: usize) -> Place {
    let items = &files[file].items[at..at + length];
    let start = items.first().map_or(0, |item| item.start);
    let end = items.last().map_or(0, |item| item.end);
    let source = &entry.files[file];
    Place {
        file: file.to_string(),
        first_line: line_of(source, start),
        last_line: line_of(source, end.saturating_sub(1).max(start)),
        start,
        end,
    }
}

/// The lines of `entry` in which one of `hashes` begins or ends, neighbours joined.
pub(crate) fn lines(
    entry: &Entry,
    known: &Known,
    hashes: &BTreeSet<u64>,
    options: &Options,
) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    let files = prepared(entry, known, options);
    for (file, prepared) in &files {
        let prints = prepared
            .prints
            .iter()
            .filter(|print| hashes.contains(&print.hash));
        for Fingerprint { at, .. } in prints {
            let next = place(entry, &files, (file, *at), options.k);
            match places.last_mut() {
                Some(last) if last.file == *file && next.start <= last.end => {
                    last.end = last.end.max(next.end);
                    last.last_line = last.last_line.max(next.last_line);
                }
                _ => places.push(next),
            }
        }
    }
    places
}
