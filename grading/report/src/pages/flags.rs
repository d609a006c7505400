//! What a person should look at.

use std::collections::{BTreeMap, BTreeSet};

use super::ClassResults;
use super::counting::Attempts;
use super::model::HandInResults;

/// One sort of thing to look at, with the places.
#[derive(Debug)]
pub struct Flag<'a> {
    /// What it is.
    pub title: &'static str,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// Where, and the words for it there.
    pub places: Vec<(&'a HandInResults, String)>,
}

/// The flags of a class that have places.
#[must_use]
pub fn flags<'a>(class: &'a ClassResults, students: &BTreeMap<&str, Attempts>) -> Vec<Flag<'a>> {
    let all = [
        Flag {
            title: "Broken rules",
            about: "A part that uses what it asks for has no points; look at the line before you say so.",
            places: violations(class),
        },
        Flag {
            title: "The same files",
            about: "The graded files are the same to the byte in hand-ins of different students.",
            places: same_files(class),
        },
        Flag {
            title: "Several hand-ins, none of them the newest",
            about: "They give the same student, and have no attempt numbers; each counts for itself.",
            places: unclear(class, students),
        },
        Flag {
            title: "Not searched for what is forbidden",
            about: "The file compiles, but the search could not read it; no points are lost by that.",
            places: unread(class),
        },
        Flag {
            title: "Notices about the package",
            about: "What was odd about what was handed in; the student reads it too.",
            places: notices(class),
        },
    ];
    all.into_iter()
        .filter(|flag| !flag.places.is_empty())
        .collect()
}

fn violations(class: &ClassResults) -> Vec<(&HandInResults, String)> {
    let mut places = Vec::new();
    for hand_in in &class.hand_ins {
        for part in &hand_in.staff.parts {
            for v in &part.violations {
                let words = format!(
                    "{} at {}:{}, {} ({})",
                    part.part, v.file, v.line, v.found, v.rule
                );
                places.push((hand_in, words));
            }
        }
    }
    places
}

fn same_files(class: &ClassResults) -> Vec<(&HandInResults, String)> {
    let mut by_sum: BTreeMap<&str, Vec<&HandInResults>> = BTreeMap::new();
    for hand_in in &class.hand_ins {
        let sum = hand_in.summary.submission_sha256.as_str();
        if !sum.is_empty() {
            by_sum.entry(sum).or_default().push(hand_in);
        }
    }
    let mut places = Vec::new();
    for group in by_sum.values() {
        for hand_in in group {
            let others = group.iter().map(|other| other.summary.student.as_str());
            let others: BTreeSet<&str> = others
                .filter(|other| *other != hand_in.summary.student)
                .collect();
            if !others.is_empty() {
                let others: Vec<&str> = others.into_iter().collect();
                places.push((*hand_in, format!("as {}", others.join(", "))));
            }
        }
    }
    places.sort_by_key(|(hand_in, _)| &hand_in.summary.hand_in);
    places
}

fn unclear<'a>(
    class: &'a ClassResults,
    students: &BTreeMap<&str, Attempts>,
) -> Vec<(&'a HandInResults, String)> {
    let unclear = students
        .iter()
        .filter(|(_, attempts)| attempts.counts.is_none());
    unclear
        .flat_map(|(student, attempts)| {
            let all = attempts.all.iter();
            all.map(move |&index| (&class.hand_ins[index], format!("student {student}")))
        })
        .collect()
}

fn unread(class: &ClassResults) -> Vec<(&HandInResults, String)> {
    let parts = class
        .hand_ins
        .iter()
        .flat_map(|h| h.staff.parts.iter().map(move |part| (h, part)));
    parts
        .flat_map(|(h, part)| {
            part.unread
                .iter()
                .map(move |why| (h, format!("{}: {why}", part.part)))
        })
        .collect()
}

fn notices(class: &ClassResults) -> Vec<(&HandInResults, String)> {
    let all = class.hand_ins.iter();
    all.flat_map(|h| {
        h.staff
            .notices
            .iter()
            .map(move |notice| (h, notice.clone()))
    })
    .collect()
}
