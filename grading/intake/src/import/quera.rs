//! Quera's download of the final hand-ins, by question or by student.
//!
//! ```text
//! q1/1001/result.txt        q1/1001/code.zip
//! ```
//!
//! `result.txt` is the judge's: `identity:` is what the student gave as number, one line is the time of judging.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::dir::{self, Manner};
use super::found::{Found, is_litter, last};
use super::line::{Code, Line, Note};
use super::people::Roster;
use super::times;
use super::tree::{Tree, is_within};
use crate::{Rejected, names};

const RESULT: &str = "result.txt";
const RESULT_BYTES: u64 = 4 << 20;

/// What of a `result.txt` is of use.
struct Judged {
    folder: String,
    identity: String,
    at: Option<Timestamp>,
}

pub(super) fn find(tree: &mut Tree, roster: &Roster, zone: &TimeZone) -> Result<Found, Rejected> {
    let judged = judged(tree)?;
    let mut known = BTreeMap::new();
    let mut lines = Vec::new();
    for one in &judged {
        let named = roster.named_in(last(&one.folder));
        let identity = names::student_id(&one.identity);
        match (roster.contains(&identity), named.iter().next()) {
            (true, Some(name)) if *name != identity => {
                let text = format!("the folder is of {name}, but {RESULT} in it says {identity}");
                lines.push(line(one, Note::error(Code::TwoNumbers, text)));
            }
            (true, _) => drop(known.insert(one.folder.clone(), identity)),
            // Quera's classes have members who are no students of the course.
            (false, None) => {
                let text = format!(
                    "{:?} (identity {:?}) is not in the roster",
                    last(&one.folder),
                    one.identity
                );
                lines.push(line(one, Note::warn(Code::Stranger, text)));
            }
            (false, Some(_)) => {}
        }
    }
    let manner = Manner {
        source: "quera",
        known: &known,
        added: &[RESULT],
        numbers_are_attempts: false,
    };
    let mut found = dir::units(tree, roster, zone, &manner);
    let refused = |path: &str| lines.iter().any(|line| is_within(path, &line.paths[0]));
    for upload in &mut found.uploads {
        upload.pieces.retain(|piece| !refused(&piece.from));
        upload.paths.retain(|path| !refused(path));
        let times = judged
            .iter()
            .filter(|one| upload.paths.contains(&one.folder));
        // A hand-in is as late as its last question.
        upload.at = times.filter_map(|one| one.at).max().or(upload.at);
    }
    found.uploads.retain(|upload| !upload.paths.is_empty());
    found.lines.extend(lines);
    found.sweep(
        tree,
        manner.source,
        "neither its name nor a result.txt in it says a number of the roster",
    );
    Ok(found)
}

fn line(judged: &Judged, note: Note) -> Line {
    Line::new("quera", vec![judged.folder.clone()], vec![note])
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
            identity: identity.unwrap_or_default().trim().to_owned(),
            at: text.lines().find_map(times::of_log),
            folder,
        });
    }
    Ok(found)
}
