//! Earlier terms: a file of fingerprints, without any source.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::corpus::{Known, Work, works};
use crate::entry::{Base, Entry, Options};
use crate::error::SimilarityError;
use crate::tokens::Names;

/// The fingerprints of a class. Nobody can make the sources of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    schema: u32,
    label: String,
    k: usize,
    t: usize,
    names: Names,
    works: Vec<ArchivedWork>,
}

/// One hand-in of an earlier term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchivedWork {
    name: String,
    student: String,
    files: BTreeMap<String, Hashes>,
}

/// Hashes as sixteen hexadecimal digits each, in one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Hashes(Vec<u64>);

const SCHEMA: u32 = 1;

impl Archive {
    /// The fingerprints of `entries`, less those of `base`. `label` names the term.
    ///
    /// # Errors
    /// When an option or a name is wrong.
    pub fn of(
        label: &str,
        entries: &[Entry],
        base: &Base,
        options: &Options,
    ) -> Result<Self, SimilarityError> {
        options.validate()?;
        let known = Known::of(base, options);
        let works = works(entries, &known, options)?.into_iter().map(|work| {
            let files = work.files.into_iter();
            ArchivedWork {
                name: work.entry.name.clone(),
                student: work.entry.student.clone(),
                files: files
                    .map(|(name, hashes)| (name.to_string(), Hashes(hashes)))
                    .collect(),
            }
        });
        Ok(Self {
            schema: SCHEMA,
            label: label.to_string(),
            k: options.k,
            t: options.t,
            names: options.names,
            works: works.collect(),
        })
    }

    /// What is written to a file.
    ///
    /// # Errors
    /// None that is known: it is text and numbers.
    pub fn to_json(&self) -> Result<String, SimilarityError> {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n")
            .map_err(|error| SimilarityError::Damaged(error.to_string()))
    }

    /// Reads what [`to_json`](Self::to_json) gave.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_json(text: &str) -> Result<Self, SimilarityError> {
        let archive: Self = serde_json::from_str(text)
            .map_err(|error| SimilarityError::Damaged(error.to_string()))?;
        if archive.schema != SCHEMA {
            let message = format!("it has version {}, and {SCHEMA} is known", archive.schema);
            return Err(SimilarityError::Damaged(message));
        }
        Ok(archive)
    }

    /// Its hashes can only be compared with such as were made the same way.
    pub(crate) fn fits(&self, options: &Options) -> Result<(), SimilarityError> {
        let describe = |k, t, names| format!("k {k}, t {t} and names {names:?}");
        let (ours, theirs) = (
            describe(options.k, options.t, options.names),
            describe(self.k, self.t, self.names),
        );
        if ours == theirs {
            return Ok(());
        }
        let label = self.label.clone();
        Err(SimilarityError::OtherOptions {
            label,
            theirs,
            ours,
        })
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }
}

impl From<Hashes> for String {
    fn from(hashes: Hashes) -> Self {
        hashes.0.iter().map(|hash| format!("{hash:016x}")).collect()
    }
}

impl TryFrom<String> for Hashes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let hash = |digits: &[u8]| -> Option<u64> {
            let digits = std::str::from_utf8(digits).ok()?;
            let plain = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            plain.then(|| u64::from_str_radix(digits, 16).ok())?
        };
        let hashes: Option<Vec<u64>> = text.as_bytes().chunks(16).map(hash).collect();
        let hashes = hashes.ok_or("a list of hashes is not sixteen hexadecimal digits each")?;
        Ok(Self(hashes))
    }
}

/// What a hand-in shares with one of an earlier term, in one file or (without one) in all.
pub(crate) struct Recurrence<'a> {
    pub(crate) earlier: &'a str,
    pub(crate) file: Option<&'a str>,
    pub(crate) hashes: BTreeSet<u64>,
    /// Which share of the hand-in, or of its file, is in the earlier one.
    pub(crate) share: f64,
    /// Which share of the earlier one is in it.
    pub(crate) share_of_earlier: f64,
}

/// An archive by hash.
pub(crate) struct Lookup<'a> {
    archive: &'a Archive,
    holders: HashMap<u64, Vec<usize>>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(archive: &'a Archive) -> Self {
        let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
        for (number, work) in archive.works.iter().enumerate() {
            for hash in work.files.values().flat_map(|hashes| &hashes.0) {
                let holders = holders.entry(*hash).or_default();
                if holders.last() != Some(&number) {
                    holders.push(number);
                }
            }
        }
        Self { archive, holders }
    }

    /// With which earlier hand-ins `work` shares enough; `common` does not count. An earlier hand-in of
    /// the same student is no finding.
    pub(crate) fn recurrences(
        &self,
        work: &Work<'a>,
        common: &[u64],
        options: &Options,
    ) -> Vec<Recurrence<'a>> {
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for hash in work
            .all()
            .iter()
            .filter(|hash| common.binary_search(hash).is_err())
        {
            for number in self.holders.get(hash).into_iter().flatten() {
                *shared.entry(*number).or_default() += 1;
            }
        }
        let enough = shared
            .into_iter()
            .filter(|(_, shared)| *shared >= options.least);
        let others = enough
            .map(|(number, _)| &self.archive.works[number])
            .filter(|earlier| earlier.student != work.entry.student);
        others
            .filter_map(|earlier| best(work, earlier, common, options))
            .collect()
    }
}

/// The largest share of the whole and of each file, if it is enough.
fn best<'a>(
    work: &Work<'a>,
    earlier: &'a ArchivedWork,
    common: &[u64],
    options: &Options,
) -> Option<Recurrence<'a>> {
    let all: BTreeSet<u64> = earlier
        .files
        .values()
        .flat_map(|hashes| &hashes.0)
        .copied()
        .collect();
    let whole = recurrence(&work.all(), &all, common);
    let files = work.files.iter().filter_map(|(file, hashes)| {
        let theirs = earlier.files.get(*file)?.0.iter().copied().collect();
        Some((Some(*file), recurrence(hashes, &theirs, common)))
    });
    let scopes = std::iter::once((None, whole)).chain(files);
    let enough = scopes.filter(|(_, (hashes, [one, other]))| {
        hashes.len() >= options.least && one.max(*other) >= options.threshold
    });
    // of equal ones the first: the whole says more than a file
    let (file, (hashes, [share, share_of_earlier])) = enough.reduce(|best, next| {
        let larger = |scope: &(_, (_, [f64; 2]))| scope.1.1[0].max(scope.1.1[1]);
        if larger(&next) > larger(&best) {
            next
        } else {
            best
        }
    })?;
    Some(Recurrence {
        earlier: &earlier.name,
        file,
        hashes,
        share,
        share_of_earlier,
    })
}

fn recurrence(ours: &[u64], theirs: &BTreeSet<u64>, common: &[u64]) -> (BTreeSet<u64>, [f64; 2]) {
    let rare = |hash: &&u64| common.binary_search(hash).is_err();
    let ours: BTreeSet<u64> = ours.iter().filter(rare).copied().collect();
    let theirs: BTreeSet<u64> = theirs.iter().filter(rare).copied().collect();
    let shared: BTreeSet<u64> = ours.intersection(&theirs).copied().collect();
    let share = |of: &BTreeSet<u64>| shared.len() as f64 / of.len().max(1) as f64;
    let shares = [share(&ours), share(&theirs)];
    (shared, shares)
}
