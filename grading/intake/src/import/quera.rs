//! Quera's download of the final hand-ins, by question or by student.
//!
//! ```text
//! q1/1001/result.txt        q1/1001/code.zip
//! ```
//!
//! `result.txt` is the judge's: `identity:` is what the student gave as number, one line is the time of judging.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::dir::{self, Manner};
use super::found::{Found, is_litter, last};
use super::line::{Code, Note};
use super::people::Roster;
use super::times;
use super::tree::{Tree, is_within};
use crate::{Rejected, names};

const RESULT: &str = "result.txt";
const RESULT_BYTES: u64 = 4 << 20;

/// What of a `result.txt` is of use.
struct Judged {
    folder: String,
    /// As the roster writes numbers.
    identity: String,
    at: Option<Timestamp>,
}

pub(super) fn find(tree: &mut Tree, roster: &Roster, zone: &TimeZone) -> Result<Found, Rejected> {
    let judged = judged(tree)?;
    let mut known = whole_students(&judged, roster);
    let mut refused = BTreeMap::new();
    for one in &judged {
        let steps = one.folder.split('/');
        let named: BTreeSet<String> = steps.flat_map(|step| roster.named_in(step)).collect();
        let other = named.iter().find(|name| **name != one.identity);
        match (roster.contains(&one.identity), other) {
            (true, Some(name)) => {
                let text = format!(
                    "the folder is of {name}, but {RESULT} in it says {}",
                    one.identity
                );
                refused.insert(one.folder.clone(), Note::error(Code::TwoNumbers, text));
            }
            (true, None) => drop(known.insert(one.folder.clone(), one.identity.clone())),
            (false, Some(_)) => {}
            // Quera's classes have members who are no students of the course.
            (false, None) => {
                let text = format!(
                    "{:?} (identity {:?}) is not in the roster",
                    last(&one.folder),
                    one.identity
                );
                refused.insert(one.folder.clone(), Note::warn(Code::Stranger, text));
            }
        }
    }
    let manner = Manner {
        source: "quera",
        known: &known,
        refused: &refused,
        added: &[RESULT],
        numbers_are_attempts: false,
    };
    let mut found = dir::units(tree, roster, zone, &manner);
    for upload in &mut found.uploads {
        let of_upload =
            |one: &&Judged| upload.paths.iter().any(|path| is_within(&one.folder, path));
        // A hand-in is as late as its last question.
        let times = judged.iter().filter(of_upload).filter_map(|one| one.at);
        upload.at = times.max().or(upload.at);
    }
    found.sweep(
        tree,
        manner.source,
        "neither its name nor a result.txt in it says a number of the roster",
    );
    Ok(found)
}

/// Folders whose questions are all of one student: folders of students, called as Quera calls its users.
fn whole_students(judged: &[Judged], roster: &Roster) -> BTreeMap<String, String> {
    let mut inside: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in judged {
        if let Some((outer, _)) = one.folder.rsplit_once('/') {
            inside.entry(outer).or_default().push(&one.identity);
        }
    }
    let whole = inside.into_iter().filter(|(_, identities)| {
        identities.len() > 1
            && identities.iter().all(|identity| *identity == identities[0])
            && roster.contains(identities[0])
    });
    whole
        .map(|(folder, identities)| (folder.to_owned(), identities[0].to_owned()))
        .collect()
}

fn judged(tree: &mut Tree) -> Result<Vec<Judged>, Rejected> {
    let mut folders: Vec<String> = tree
        .files()
        .filter(|path| !is_litter(path))
        .filter_map(|path| path.strip_suffix(RESULT)?.strip_suffix('/'))
        .map(str::to_owned)
        .collect();
    // What lies deeper is the student's own.
    folders.retain(|folder| folder.matches('/').count() < 3);
    let mut found = Vec::new();
    for folder in folders {
        let bytes = tree.read(&format!("{folder}/{RESULT}"), RESULT_BYTES)?;
        let text = String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
        let identity = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("identity:"));
        found.push(Judged {
            identity: names::student_id(identity.unwrap_or_default()),
            at: text.lines().find_map(times::of_log),
            folder,
        });
    }
    Ok(found)
}
