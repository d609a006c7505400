//! Hand-ins by student, in folders and archives whose names contain a student's number.
//!
//! ```text
//! 1001.zip                  1001/hw.zip              1001/src/parts/losses.rs
//! 1001/1/hw.zip             1001/2/hw.zip            attempts
//! 1001/q1/losses.rs         1001/q2/mlp.rs           student-major
//! q1/1001/losses.rs         q2/1001/mlp.rs           question-major
//! ```

use std::collections::{BTreeMap, BTreeSet};

use gradebook::digits::to_ascii_digits;
use jiff::tz::TimeZone;

use super::found::{Found, Upload, folders_of, is_litter, last};
use super::line::{Code, Line, Note};
use super::people::{Roster, Who};
use super::times;
use super::tree::Tree;
use crate::names;

/// What differs between plain folders and Quera's.
pub(super) struct Manner<'a> {
    pub source: &'static str,
    /// Folders of which something better than their name says whose they are.
    pub known: &'a BTreeMap<String, String>,
    /// Folders of which it is known why they are nobody's.
    pub refused: &'a BTreeMap<String, Note>,
    /// Files that a source adds and no student wrote.
    pub added: &'static [&'static str],
    /// Whether folders `1` and `2` of a student are attempts; else they are questions.
    pub numbers_are_attempts: bool,
}

/// A folder or file of one student.
struct Unit {
    path: String,
    question: String,
    attempt: String,
}

pub(super) fn find(tree: &Tree, roster: &Roster, zone: &TimeZone) -> Found {
    let manner = Manner {
        source: "dir",
        known: &BTreeMap::new(),
        refused: &BTreeMap::new(),
        added: &[],
        numbers_are_attempts: true,
    };
    let mut found = units(tree, roster, zone, &manner);
    found.sweep(
        tree,
        manner.source,
        "no number of the roster is in its name: rename it, or add the student to the roster",
    );
    found
}

/// Finds the level of the tree whose names are students, and what lies there.
pub(super) fn units(tree: &Tree, roster: &Roster, zone: &TimeZone, manner: &Manner) -> Found {
    let mut found = Found::default();
    let mut students: BTreeMap<String, String> = BTreeMap::new();
    let mut bad: BTreeMap<String, Note> = BTreeMap::new();
    for thing in tree.things() {
        match student_of(&thing, roster, manner) {
            Ok(Some((path, student))) => drop(students.insert(path, student)),
            Ok(None) => {}
            Err((path, note)) => drop(bad.insert(path, note)),
        }
    }
    for (path, note) in bad {
        students.remove(&path);
        let line = Line::new(manner.source, vec![path], vec![note]);
        found.lines.push(line);
    }
    // One folder around all students is no question.
    let above: BTreeSet<&str> = students.keys().map(|path| parent(path)).collect();
    let by_question = above.len() > 1;
    let mut by_student: BTreeMap<String, Vec<Unit>> = BTreeMap::new();
    for (path, student) in &students {
        let question = if by_question { parent(path) } else { "" };
        let units = split(tree, path, question, !by_question, manner);
        by_student.entry(student.clone()).or_default().extend(units);
    }
    for (student, units) in by_student {
        uploads(tree, &student, units, zone, manner, &mut found);
    }
    found
}

/// The step of a path that says whose it is. Only the first three steps are looked at: what lies deeper was named by
/// the student.
fn student_of(
    thing: &str,
    roster: &Roster,
    manner: &Manner,
) -> Result<Option<(String, String)>, (String, Note)> {
    if is_litter(thing) {
        return Ok(None);
    }
    let levels = folders_of(thing).chain([thing]).take(3);
    let mut first: Option<(&str, String)> = None;
    for path in levels {
        if let Some(note) = manner.refused.get(path) {
            let path = first.map_or(path, |(outer, _)| outer);
            return Err((path.to_owned(), note.clone()));
        }
        let students = match manner.known.get(path) {
            Some(student) => BTreeSet::from([student.clone()]),
            None => roster.named_in(last(path)),
        };
        let mut students = students.into_iter();
        let (Some(student), second) = (students.next(), students.next()) else {
            continue;
        };
        match (second, &first) {
            (None, _) => {}
            (Some(other), None) => {
                let text = format!("its name has two numbers of the roster, {student} and {other}");
                return Err((path.to_owned(), Note::error(Code::TwoNumbers, text)));
            }
            (Some(_), Some(_)) => continue,
        }
        match &first {
            // Files are called as their authors like, but a folder of another student in a student's folder leaves open
            // which of the two levels are the students.
            Some((outer, owner)) if *owner != student && path != thing => {
                let (outer_name, inner_name) = (last(outer), last(path));
                let text = format!(
                    "{outer_name:?} is a number of the roster, and so is {inner_name:?} in it: which level are the students?"
                );
                return Err(((*outer).to_owned(), Note::error(Code::TwoNumbers, text)));
            }
            Some(_) => {}
            None => first = Some((path, student)),
        }
    }
    Ok(first.map(|(path, student)| (path.to_owned(), student)))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Splits a student's folder into attempts or questions, if it is made of such.
fn split(
    tree: &Tree,
    path: &str,
    question: &str,
    may_be_questions: bool,
    manner: &Manner,
) -> Vec<Unit> {
    let unit = |path: String, question: &str, attempt: &str| Unit {
        path,
        question: question.to_owned(),
        attempt: attempt.to_owned(),
    };
    let mut folders = BTreeSet::new();
    let mut files = BTreeSet::new();
    for file in tree.below(path).filter(|file| !is_litter(file)) {
        let rest = file[path.len()..].trim_start_matches('/');
        match rest.split_once('/') {
            Some((folder, _)) if names::is_junk(folder) => {}
            Some((folder, _)) => drop(folders.insert(folder)),
            None if rest.is_empty() || manner.added.contains(&rest) => {}
            None => drop(files.insert(rest)),
        }
    }
    if !files.is_empty() || folders.is_empty() {
        return vec![unit(path.to_owned(), question, "")];
    }
    let inner = |folder: &&str| format!("{path}/{folder}");
    if manner.numbers_are_attempts && folders.iter().all(|name| attempt(name).is_some()) {
        let attempts = folders.iter();
        return attempts
            .map(|folder| unit(inner(folder), question, folder))
            .collect();
    }
    if may_be_questions && folders.len() > 1 && !folders.contains("src") {
        let questions = folders.iter();
        return questions
            .map(|folder| unit(inner(folder), folder, ""))
            .collect();
    }
    vec![unit(path.to_owned(), question, "")]
}

/// The place of an attempt among the student's: `2` and `attempt_2` are second, times have the order of their text.
fn attempt(name: &str) -> Option<(u32, String)> {
    let name = to_ascii_digits(name).to_lowercase();
    if times::find(&name, &TimeZone::UTC).is_some() {
        return Some((0, name));
    }
    let number = ["attempt", "submission", "try"]
        .iter()
        .find_map(|word| name.strip_prefix(word))
        .unwrap_or(&name)
        .trim_start_matches(['-', '_', ' ']);
    number.parse().ok().map(|number| (number, String::new()))
}

/// One upload of all questions for each attempt.
fn uploads(
    tree: &Tree,
    student: &str,
    units: Vec<Unit>,
    zone: &TimeZone,
    manner: &Manner,
    found: &mut Found,
) {
    let questions: BTreeSet<String> = units.iter().map(|unit| unit.question.clone()).collect();
    let mut attempts: BTreeMap<_, Vec<Unit>> = BTreeMap::new();
    for unit in units {
        // Of one question, several hand-ins are several attempts.
        let own = if questions.len() < 2 {
            unit.path.clone()
        } else {
            String::new()
        };
        let key = (attempt(&unit.attempt), own);
        attempts.entry(key).or_default().push(unit);
    }
    for units in attempts.into_values() {
        let answered: BTreeSet<&str> = units.iter().map(|unit| unit.question.as_str()).collect();
        if answered.len() < units.len() {
            let text = format!(
                "{student} has more than one hand-in for a question: leave the one that counts"
            );
            let paths = units.into_iter().map(|unit| unit.path).collect();
            let note = Note::error(Code::Collision, text);
            let mut line = Line::new(manner.source, paths, vec![note]);
            line.student = Some(student.to_owned());
            found.lines.push(line);
            continue;
        }
        found
            .uploads
            .extend(merged(tree, student, &units, zone, manner));
    }
}

fn merged(
    tree: &Tree,
    student: &str,
    units: &[Unit],
    zone: &TimeZone,
    manner: &Manner,
) -> Option<Upload> {
    let uploads = units.iter().map(|unit| {
        let who = Who::Student(student.to_owned());
        let mut upload = Upload::of(tree, &unit.path, who, &unit.question);
        upload
            .pieces
            .retain(|piece| !manner.added.contains(&last(&piece.from)));
        let named = [unit.attempt.as_str(), last(&unit.path)];
        if let Some((at, note)) = named.iter().find_map(|name| times::find(name, zone)) {
            upload.at = Some(at);
            upload.notes.extend(note);
        }
        upload
    });
    uploads.reduce(|mut all, one| {
        all.at = all.at.max(one.at);
        all.paths.extend(one.paths);
        all.pieces.extend(one.pieces);
        all.notes.extend(one.notes);
        all
    })
}
