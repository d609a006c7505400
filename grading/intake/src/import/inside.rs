//! What an upload says of itself: its manifest, and who made it together.

use std::collections::BTreeSet;
use std::path::Path;

use common::student::Manifest;

use super::line::{Code, Note};
use super::people::Roster;
use crate::container::{self, Container, Scope};
use crate::{Limits, Rejected, names};

const COLLABORATORS: &str = "collaborators.txt";
const FILE_BYTES: u64 = 64 << 10;

/// What was found in an upload.
#[derive(Debug, Default)]
pub(super) struct Inside {
    /// Those of the roster whom the hand-in declares as its makers.
    pub members: BTreeSet<String>,
    pub notes: Vec<Note>,
}

/// Looks into an upload that `student` handed in for `assignment`.
pub(super) fn look(
    upload: &Path,
    student: &str,
    assignment: &str,
    roster: &Roster,
) -> Result<Inside, Rejected> {
    let mut inside = Inside::default();
    let opened = container::open(upload, false, Scope::HandIn, &Limits::default());
    let looked = opened.and_then(|mut container| {
        let manifests = manifests(container.as_mut())?;
        let declared = files(container.as_mut(), COLLABORATORS)?;
        Ok((manifests, declared))
    });
    match looked {
        Ok((manifests, declared)) => {
            inside.manifests(&manifests, student, assignment, roster);
            for text in declared {
                inside.declared(&String::from_utf8_lossy(&text), student, roster);
            }
        }
        Err(why) if why.is_grader_fault() => return Err(why),
        Err(why) => inside.notes.push(Note::warn(
            Code::NotGradable,
            format!("grading will reject it. {why}"),
        )),
    }
    Ok(inside)
}

/// The contents of the files of a name, as far as they are small.
fn files(container: &mut dyn Container, name: &str) -> Result<Vec<Vec<u8>>, Rejected> {
    const MOST: usize = 8;
    let entries = container.entries().iter().enumerate();
    let places: Vec<usize> = entries
        .filter(|(_, entry)| entry.path.rsplit('/').next() == Some(name))
        .map(|(place, _)| place)
        .take(MOST)
        .collect();
    let mut found = Vec::new();
    for place in places {
        found.extend(container.read(place, FILE_BYTES)?);
    }
    Ok(found)
}

fn manifests(container: &mut dyn Container) -> Result<Vec<Manifest>, Rejected> {
    let raw = files(container, Manifest::FILE)?;
    let read = raw
        .iter()
        .filter_map(|bytes| serde_json::from_slice(bytes).ok());
    Ok(read.collect())
}

impl Inside {
    fn manifests(
        &mut self,
        manifests: &[Manifest],
        student: &str,
        assignment: &str,
        roster: &Roster,
    ) {
        let other = manifests.iter().find(|m| m.assignment != assignment);
        if let Some(manifest) = other {
            let text = format!(
                "{} says assignment {:?} and not {assignment:?}: the student handed in the wrong one",
                Manifest::FILE,
                manifest.assignment
            );
            self.notes.push(Note::error(Code::WrongAssignment, text));
        }
        let stated: BTreeSet<String> = manifests
            .iter()
            .map(|manifest| names::student_id(&manifest.student))
            .collect();
        let mut stated = stated.iter();
        match (stated.next(), stated.next()) {
            (Some(first), Some(second)) => {
                let text = format!("it has two {}, of {first} and {second}", Manifest::FILE);
                self.notes.push(Note::error(Code::TwoNumbers, text));
            }
            (Some(stated), None) if stated != student => {
                let whose = if roster.contains(stated) {
                    "another student of the roster"
                } else {
                    "nobody of the roster"
                };
                let text = format!(
                    "{} says student {stated}, {whose}; it counts for {student}, who handed it in",
                    Manifest::FILE
                );
                self.notes.push(Note::warn(Code::OtherNumber, text));
            }
            _ => {}
        }
    }

    /// One number a line; what comes after it, or after `#`, is for people.
    fn declared(&mut self, text: &str, student: &str, roster: &Roster) {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let word = line.split([' ', '\t', ',', ';']).next().unwrap_or_default();
            if word.is_empty() {
                continue;
            }
            let member = names::student_id(word);
            if roster.contains(&member) {
                if member != student {
                    self.members.insert(member);
                }
            } else {
                let text = format!("{COLLABORATORS} names {member:?}, who is not in the roster");
                self.notes.push(Note::warn(Code::UnknownMember, text));
            }
        }
    }
}
