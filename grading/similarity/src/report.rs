//! The findings: which pairs share much, in which groups, and where.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::archive::{Archive, Lookup};
use crate::cluster::{Cluster, clusters};
use crate::compare::{Index, Score, Weights};
use crate::corpus::{Known, Work, works};
use crate::entry::{Base, Entry, Options};
use crate::error::SimilarityError;
use crate::regions::{Place, Region, lines, shared};

/// All that was found. The same hand-ins give the same report, in whatever order they come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// How it was found.
    pub options: Options,
    /// How many students there are.
    pub students: usize,
    /// All hand-ins, by student and name.
    pub works: Vec<WorkSummary>,
    /// The pairs that share much, the most shared code first.
    pub pairs: Vec<Pair>,
    /// The same for pairs that say to have worked together.
    pub declared: Vec<Pair>,
    /// What hand-ins share with earlier terms.
    pub recurrences: Vec<Recurrence>,
    /// The groups that the pairs make.
    pub clusters: Vec<Cluster>,
    /// How many further pairs share as much but are beyond the most that are reported.
    pub left_out: usize,
}

/// One hand-in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkSummary {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub student: String,
    /// How many tokens its files have, without comments, attributes and imports.
    pub tokens: usize,
    /// How many of them everybody was given.
    pub given: usize,
    /// How many fingerprints the rest has.
    pub fingerprints: usize,
    /// How many of these so many students have that they count as common knowledge.
    pub common: usize,
    /// What no Rust program has. The file is compared all the same.
    pub notes: Vec<String>,
}

/// Two hand-ins of different students.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// The first.
    pub a: Side,
    /// The second.
    pub b: Side,
    /// The largest share: of the whole, or of a file. What the threshold is about.
    pub share: f64,
    /// Dice's coefficient of the whole.
    pub similarity: f64,
    /// How many fingerprints they share.
    pub shared: u32,
    /// How much these weigh: what few have weighs up to 1, what many have less.
    pub weight: f64,
    /// The files of equal names that share much.
    pub files: Vec<FileShare>,
    /// The tokens of the longest shared run.
    pub longest: usize,
    /// Who says to have worked with the other.
    pub declared_by: Vec<String>,
    /// Where they are the same.
    pub regions: Vec<Region>,
}

/// One of a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// The hand-in's name.
    pub name: String,
    /// Whose it is.
    pub student: String,
    /// Which share of it is in the other.
    pub share: f64,
}

/// What two files of the same name share.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileShare {
    /// The file's name.
    pub file: String,
    /// Which share of the first hand-in's file is in the second's, and the other way round.
    pub shares: [f64; 2],
    /// How many fingerprints they share.
    pub shared: u32,
}

/// A hand-in that shares much with one of an earlier term.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recurrence {
    /// The hand-in.
    pub name: String,
    /// The archive.
    pub archive: String,
    /// The earlier hand-in.
    pub earlier: String,
    /// The file, when it is one and not the whole.
    pub file: Option<String>,
    /// Which share of the hand-in, or of the file, is in the earlier one.
    pub share: f64,
    /// Which share of the earlier one is in it.
    pub share_of_earlier: f64,
    /// How many fingerprints they share.
    pub shared: usize,
    /// Where these are in the hand-in.
    pub places: Vec<Place>,
}

/// Compares all hand-ins of different students with one another and with `archives`.
///
/// # Errors
/// When an option is wrong, two hand-ins have one name, or an archive was made with other options.
pub fn analyse(
    entries: &[Entry],
    base: &Base,
    archives: &[Archive],
    options: &Options,
) -> Result<Report, SimilarityError> {
    options.validate()?;
    archives
        .iter()
        .try_for_each(|archive| archive.fits(options))?;
    let known = Known::of(base, options);
    let works = works(entries, &known, options)?;
    let class = Class::new(&works, options);
    let whole = class.index(works.iter().map(Work::all).collect::<Vec<_>>().iter());
    let (found, left_out) = class.best(class.candidates(&whole));
    let mut pairs: Vec<Pair> = Vec::new();
    let mut declared: Vec<Pair> = Vec::new();
    for candidate in found {
        let sides = [candidate.score.a, candidate.score.b].map(|work| works[work].entry);
        let pair = pair(&candidate, sides, &known, &whole.common, options);
        // Its fingerprints all reach into what was given: a few tokens around a short function prove nothing.
        if pair.regions.is_empty() {
            continue;
        }
        if pair.declared_by.is_empty() {
            pairs.push(pair);
        } else {
            declared.push(pair);
        }
    }
    Ok(Report {
        options: options.clone(),
        students: class.count,
        works: works
            .iter()
            .map(|work| summary(work, &whole.common))
            .collect(),
        recurrences: recurrences(&works, archives, &known, &whole.common, options),
        clusters: clusters(&pairs),
        pairs,
        declared,
        left_out,
    })
}

/// A pair that shares enough to be reported.
struct Candidate {
    /// Of the whole hand-ins.
    score: Score,
    files: Vec<FileShare>,
    share: f64,
    declared: bool,
}

/// What the comparison of a class needs at every step.
struct Class<'a> {
    works: &'a [Work<'a>],
    students: Vec<u32>,
    count: usize,
    weights: Weights,
    options: &'a Options,
}

impl<'a> Class<'a> {
    fn new(works: &'a [Work<'a>], options: &'a Options) -> Self {
        let count = works.last().map_or(0, |last| last.student as usize + 1);
        Self {
            works,
            students: works.iter().map(|work| work.student).collect(),
            count,
            weights: Weights::new(count),
            options,
        }
    }

    fn index<'b>(&self, sets: impl Iterator<Item = &'b Vec<u64>>) -> Index {
        let sets: Vec<&[u64]> = sets.map(Vec::as_slice).collect();
        Index::new(&sets, &self.students, self.options.rare(self.count))
    }

    fn is_enough(&self, score: &Score) -> bool {
        score.shared as usize >= self.options.least && score.largest() >= self.options.threshold
    }

    /// The pairs of which the whole, or a file, shares enough.
    fn candidates(&self, whole: &Index) -> Vec<Candidate> {
        let mut files = self.files();
        let mut candidates = Vec::new();
        whole.scores(&self.students, &self.weights, |score| {
            let files = files.remove(&(score.a, score.b)).unwrap_or_default();
            if files.is_empty() && !self.is_enough(&score) {
                return;
            }
            let of_files = files.iter().flat_map(|file| file.shares);
            let of_whole = if self.is_enough(&score) {
                score.largest()
            } else {
                0.0
            };
            candidates.push(Candidate {
                share: of_files.fold(of_whole, f64::max),
                declared: self.says(score.a, score.b) || self.says(score.b, score.a),
                score,
                files,
            });
        });
        candidates
    }

    /// The files of equal names that share enough, by pair.
    fn files(&self) -> BTreeMap<(usize, usize), Vec<FileShare>> {
        let names: BTreeSet<&str> = self
            .works
            .iter()
            .flat_map(|work| work.files.keys().copied())
            .collect();
        let mut shares: BTreeMap<(usize, usize), Vec<FileShare>> = BTreeMap::new();
        let none = Vec::new();
        for file in names {
            let index = self.index(
                self.works
                    .iter()
                    .map(|work| work.files.get(file).unwrap_or(&none)),
            );
            index.scores(&self.students, &self.weights, |score| {
                if self.is_enough(&score) {
                    shares
                        .entry((score.a, score.b))
                        .or_default()
                        .push(FileShare {
                            file: file.to_string(),
                            shares: score.shares(),
                            shared: score.shared,
                        });
                }
            });
        }
        shares
    }

    /// Whether the student of `one` says to have worked with that of `other`.
    fn says(&self, one: usize, other: usize) -> bool {
        names(self.works[one].entry, self.works[other].entry)
    }

    /// Of each two students the pair of attempts that shares most, and of those the best, `top` that are
    /// declared and `top` that are not. Also how many there were beyond that.
    fn best(&self, mut candidates: Vec<Candidate>) -> (Vec<Candidate>, usize) {
        candidates.sort_by(|one, other| {
            let weight = other.score.weight.cmp(&one.score.weight);
            let place = |score: &Score| (score.a, score.b);
            weight
                .then(other.share.total_cmp(&one.share))
                .then(place(&one.score).cmp(&place(&other.score)))
        });
        let mut seen = BTreeSet::new();
        candidates.retain(|candidate| {
            seen.insert((
                self.students[candidate.score.a],
                self.students[candidate.score.b],
            ))
        });
        let all = candidates.len();
        let mut taken = [0; 2];
        candidates.retain(|candidate| {
            let taken = &mut taken[usize::from(candidate.declared)];
            *taken += 1;
            *taken <= self.options.top
        });
        let left_out = all - candidates.len();
        (candidates, left_out)
    }
}

/// Whether `one` names the student of `other` as a collaborator.
fn names(one: &Entry, other: &Entry) -> bool {
    let mut collaborators = one.collaborators.iter();
    collaborators.any(|name| name.trim() == other.student.trim())
}

fn pair(
    candidate: &Candidate,
    [a, b]: [&Entry; 2],
    known: &Known,
    common: &[u64],
    options: &Options,
) -> Pair {
    let score = &candidate.score;
    let [share_a, share_b] = score.shares();
    let side = |entry: &Entry, share| Side {
        name: entry.name.clone(),
        student: entry.student.clone(),
        share,
    };
    let saying = [(a, b), (b, a)]
        .into_iter()
        .filter(|(one, other)| names(one, other));
    let shared = shared([a, b], known, common, options);
    Pair {
        a: side(a, share_a),
        b: side(b, share_b),
        share: candidate.share,
        similarity: score.similarity(),
        shared: score.shared,
        weight: score.weight(),
        files: candidate.files.clone(),
        longest: shared.longest,
        declared_by: saying.map(|(one, _)| one.student.clone()).collect(),
        regions: shared.regions,
    }
}

fn summary(work: &Work, common: &[u64]) -> WorkSummary {
    let all = work.all();
    let notes = work.troubles.iter().map(|(file, line, what)| {
        format!("{file}, line {line}: {what}; the file is compared all the same")
    });
    WorkSummary {
        name: work.entry.name.clone(),
        student: work.entry.student.clone(),
        tokens: work.tokens,
        given: work.given,
        common: all
            .iter()
            .filter(|hash| common.binary_search(hash).is_ok())
            .count(),
        fingerprints: all.len(),
        notes: notes.collect(),
    }
}

/// What is in `archives`, the largest share first.
fn recurrences(
    works: &[Work],
    archives: &[Archive],
    known: &Known,
    common: &[u64],
    options: &Options,
) -> Vec<Recurrence> {
    let mut found = Vec::new();
    for archive in archives {
        let lookup = Lookup::new(archive);
        for work in works {
            for recurrence in lookup.recurrences(work, common, options) {
                found.push((work, archive.label(), recurrence));
            }
        }
    }
    // the sort is stable: equal ones stay in the order of archives and hand-ins
    found.sort_by(|(_, _, one), (_, _, other)| {
        let largest = |r: &crate::archive::Recurrence| r.share.max(r.share_of_earlier);
        largest(other).total_cmp(&largest(one))
    });
    found.truncate(options.top);
    let report = found
        .into_iter()
        .map(|(work, archive, recurrence)| Recurrence {
            name: work.entry.name.clone(),
            archive: archive.to_string(),
            earlier: recurrence.earlier.to_string(),
            file: recurrence.file.map(str::to_string),
            share: recurrence.share,
            share_of_earlier: recurrence.share_of_earlier,
            shared: recurrence.hashes.len(),
            places: lines(work.entry, known, &recurrence.hashes, options),
        });
    report.collect()
}
