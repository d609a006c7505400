//! The common step: from uploads that were found to attempts that are kept.

use std::collections::BTreeSet;

use common::files::sha256_hex;
use jiff::Timestamp;

use super::found::{Found, Upload};
use super::inside;
use super::keep::Keep;
use super::line::{Code, Line, Note, Numbered};
use super::packing::{self, Failed, Packed};
use super::people::{Nobody, Roster};
use super::tree::Tree;
use super::{ImportError, Level, Report, Request};
use crate::{Attempt, Rejected};
use gradebook::digits::to_ascii_digits;

pub(super) fn run(
    request: &Request<'_>,
    roster: &Roster,
    tree: &mut Tree,
    found: Found,
) -> Result<Report, ImportError> {
    let mut step = Step {
        request,
        roster,
        keep: Keep::open(request.to)?,
    };
    let mut lines = found.lines;
    let mut uploads = found.uploads;
    // By time, and by name where there is none or the same: the numbers do not depend on the order of files.
    uploads.sort_by_cached_key(|upload| {
        let name = upload.original();
        (upload.at.is_none(), upload.at, natural(&name), name)
    });
    for upload in uploads {
        lines.push(step.upload(tree, upload)?);
    }
    for line in &mut lines {
        line.settle();
    }
    lines.sort_by_cached_key(|line| {
        let notes: Vec<String> = line.notes.iter().map(|note| note.text.clone()).collect();
        (line.paths.clone(), notes)
    });
    lines.extend(step.students_without());
    step.keep.log(&lines)?;
    Ok(Report { lines })
}

struct Step<'a> {
    request: &'a Request<'a>,
    roster: &'a Roster,
    keep: Keep,
}

impl Step<'_> {
    fn upload(&mut self, tree: &mut Tree, mut upload: Upload) -> Result<Line, ImportError> {
        let name = self.request.source.name();
        let mut line = Line::new(name, upload.paths.clone(), Vec::new());
        let student = self.whose(&mut upload, &mut line);
        let packed = match student {
            Some(_) => packing::pack(tree, &mut upload),
            None => return Ok(line),
        };
        line.notes.append(&mut upload.notes);
        let packed = match packed {
            Ok(packed) => packed,
            Err(Failed::Upload(note)) => {
                line.notes.push(note);
                return Ok(line);
            }
            Err(Failed::Import(error)) => return Err(error),
        };
        self.attempt(&upload, &packed, line)
    }

    /// Whose the upload is; the others who made it stay in `upload.who`.
    fn whose(&self, upload: &mut Upload, line: &mut Line) -> Option<String> {
        let mut members = Vec::new();
        for who in &upload.who {
            match self.roster.resolve(who) {
                Ok(student) => members.push(student),
                Err(nobody) => line.notes.push(self.nobody(nobody, upload.who.len() > 1)),
            }
        }
        members.dedup();
        upload.who = members
            .iter()
            .cloned()
            .map(super::people::Who::Student)
            .collect();
        line.student = members.first().cloned();
        if line.student.is_some() {
            // A member who is a stranger costs the others nothing.
            for note in &mut line.notes {
                note.level = Level::Warn;
            }
        }
        line.student.clone()
    }

    fn nobody(&self, nobody: Nobody, in_a_group: bool) -> Note {
        match nobody {
            Nobody::Stranger(who) => {
                let code = if in_a_group {
                    Code::UnknownMember
                } else {
                    Code::Stranger
                };
                Note::error(code, format!("{who} is not in the roster"))
            }
            Nobody::Ambiguous { name, students } => Note::error(
                Code::SameName,
                format!(
                    "{name:?} is the name or number of several students ({}): give their numbers of this system in the roster",
                    students.join(", ")
                ),
            ),
            Nobody::Contradicts {
                id,
                student,
                name,
                other,
            } => Note::error(
                Code::TwoNumbers,
                format!(
                    "the roster gives number {id} to {student}, but {name:?} is the name of {other}: mend the roster"
                ),
            ),
        }
    }

    /// Makes the upload an attempt of all who made it, unless it is one already.
    fn attempt(
        &mut self,
        upload: &Upload,
        packed: &Packed,
        mut line: Line,
    ) -> Result<Line, ImportError> {
        let Some(student) = line.student.clone() else {
            return Ok(line);
        };
        let sha256 = sha256_hex(&packed.bytes);
        line.sha256 = Some(sha256.clone());
        let staged = self.keep.stage(packed)?;
        let looked = inside::look(
            &staged.upload,
            &student,
            self.request.assignment,
            self.roster,
        );
        drop(staged);
        let inside = looked.map_err(|why| match why {
            Rejected::Unreadable { path, source } => ImportError::Read { path, source },
            why => ImportError::Source {
                path: self.request.src.to_owned(),
                why,
            },
        })?;
        line.notes.extend(inside.notes);
        if line.notes.iter().any(|note| note.level == Level::Error) {
            return Ok(line);
        }
        self.time(upload.at, &mut line);
        let members = self.members(student, upload, inside.members);
        let attempt = Attempt {
            schema: Attempt::SCHEMA,
            assignment: self.request.assignment.to_owned(),
            student: String::new(),
            number: 0,
            submitted_at: upload.at.map(|at| at.to_string()),
            source: self.request.source.name().to_owned(),
            original: upload.original(),
            sha256,
            collaborators: Vec::new(),
        };
        for member in &members {
            let mut attempt = attempt.clone();
            attempt.student.clone_from(member);
            let others = members.iter().filter(|other| *other != member);
            attempt.collaborators = others.cloned().collect();
            self.one(attempt, upload.at, packed, &mut line)?;
        }
        if line.imported.is_empty() {
            // What is odd about it was said of the attempt that it repeats.
            line.notes.retain(|note| note.code == Code::SameBytes);
        }
        Ok(line)
    }

    /// The student who handed it in, then all others who made it.
    fn members(&self, student: String, upload: &Upload, declared: BTreeSet<String>) -> Vec<String> {
        let submitted = upload.who.iter();
        let mut others: BTreeSet<String> = submitted
            .filter_map(|who| self.roster.resolve(who).ok())
            .chain(declared)
            .collect();
        others.remove(&student);
        std::iter::once(student).chain(others).collect()
    }

    /// Makes the upload an attempt of one student.
    fn one(
        &mut self,
        mut attempt: Attempt,
        at: Option<Timestamp>,
        packed: &Packed,
        line: &mut Line,
    ) -> Result<(), ImportError> {
        let there = self.keep.of(&attempt.student);
        let same = |a: &&Attempt| {
            a.sha256 == attempt.sha256
                && a.original == attempt.original
                && a.submitted_at == attempt.submitted_at
        };
        if let Some(known) = there.iter().find(same) {
            let number = known.number;
            self.compare(&attempt.student, number, at, line);
            line.imported.push(numbered(&attempt.student, number));
            return Ok(());
        }
        let last = there.last();
        if let Some(before) = there.iter().rfind(|a| a.sha256 == attempt.sha256)
            && !came_back(before, last, at)
        {
            let text = format!(
                "the same bytes as attempt {} of {}: already there",
                before.number, before.student
            );
            line.notes.push(Note::skipped(Code::SameBytes, text));
            return Ok(());
        }
        attempt.number = last.map_or(0, |last| last.number) + 1;
        let imported = numbered(&attempt.student, attempt.number);
        self.compare(&imported.student, imported.attempt, at, line);
        self.keep.add(packed, attempt)?;
        line.imported.push(imported);
        line.fresh = true;
        Ok(())
    }

    fn time(&self, at: Option<Timestamp>, line: &mut Line) {
        let note = match at {
            None => Note::warn(Code::NoTime, "nothing says when it was handed in"),
            Some(at) if at > self.request.now => {
                let text = format!("it was handed in at {at}, which is in the future");
                Note::warn(Code::FutureTime, text)
            }
            Some(_) => return,
        };
        line.notes.push(note);
    }

    /// Notes where the order of attempts is not that of their times.
    fn compare(&self, student: &str, number: u32, at: Option<Timestamp>, line: &mut Line) {
        let Some(at) = at else { return };
        for before in self.keep.of(student).iter().filter(|a| a.number < number) {
            let time = before.submitted_at.as_ref();
            let Some(time) = time.and_then(|time| time.parse::<Timestamp>().ok()) else {
                continue;
            };
            if time.as_second() == at.as_second() {
                let text = format!(
                    "attempts {} and {number} of {student} came in the same second; the order is that of their names",
                    before.number
                );
                line.notes.push(Note::warn(Code::SameSecond, text));
            } else if time > at {
                let text = format!(
                    "attempt {number} of {student} came before attempt {}, which was imported first",
                    before.number
                );
                line.notes.push(Note::warn(Code::OutOfOrder, text));
            }
        }
    }

    /// A line for each student who has no attempt at all.
    fn students_without(&self) -> Vec<Line> {
        let name = self.request.source.name();
        let without = self
            .roster
            .students()
            .filter(|student| self.keep.of(student).is_empty());
        let lines = without.map(|student| {
            let note = Note::warn(Code::Nothing, "no hand-in was imported");
            let mut line = Line::new(name, Vec::new(), vec![note]);
            line.student = Some(student.clone());
            line
        });
        lines.collect()
    }
}

/// A key by which `2` comes before `10`.
fn natural(name: &str) -> String {
    let mut key = String::new();
    let mut number = String::new();
    for c in to_ascii_digits(name).chars().chain(['\0']) {
        if c.is_ascii_digit() {
            number.push(c);
        } else {
            if !number.is_empty() {
                key.push_str(&format!("{number:0>20}"));
                number.clear();
            }
            key.push(c);
        }
    }
    key
}

/// Whether a student who had handed in something else since `before` went back to it, which is an attempt of its own:
/// which one counts may depend on their order.
fn came_back(before: &Attempt, last: Option<&Attempt>, at: Option<Timestamp>) -> bool {
    let Some(last) = last.filter(|last| last.number != before.number) else {
        return false;
    };
    let time = last.submitted_at.as_ref();
    let time = time.and_then(|time| time.parse::<Timestamp>().ok());
    matches!((time, at), (Some(last), Some(at)) if at > last)
}

fn numbered(student: &str, attempt: u32) -> Numbered {
    Numbered {
        student: student.to_owned(),
        attempt,
    }
}
