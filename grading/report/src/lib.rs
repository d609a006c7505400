//! What grading a hand-in is written down as.
//!
//! Per hand-in: `results.json` in Gradescope's format and `report.txt`, both for the student, and
//! `staff.json` with everything. A student's files say of a hidden check what it proves, how it ended
//! and its hint; never a value, an input or a message of the driver. For a class: `summary.csv`. What is read
//! back of these files becomes [pages], JUnit XML and the feedback that students get.
//!
//! The same hand-in under the same checks gives the same bytes; times are in `timing.json` alone.

mod csv;
mod feedback;
mod gradescope;
mod junit;
pub mod pages;
mod staff;
mod text;

pub use csv::summary_csv;
pub use feedback::{Feedback, write_feedback};
pub use gradescope::results_json;
pub use junit::junit_xml;
pub use staff::{Timing, staff_json};
pub use text::report_text;

use hidden_suite::theory::TheoryPoints;
use judge::{Graded, PartState};
use serde::{Deserialize, Serialize};

/// The verdict on a part whose source contains what is forbidden.
pub(crate) const RULE_VIOLATION: &str = "rule violation";

/// A hand-in and what became of it.
pub struct Record<'a> {
    /// `a1`
    pub assignment: &'a str,
    /// The name of the folder or zip; unique in the class.
    pub hand_in: &'a str,
    /// The student's number as the hand-in says it, else the name of the folder or zip.
    pub student: &'a str,
    /// Which of the student's attempts it is, when it was imported.
    pub attempt: Option<u32>,
    /// When it was handed in (RFC 3339, UTC), where that is known.
    pub submitted_at: Option<&'a str>,
    /// The SHA-256 of the files that count, in hexadecimal; empty when there are none.
    pub sha256: &'a str,
    /// Names what graded it: checks, toolchain, libraries. Equal keys give equal results.
    pub key: &'a str,
    /// The layers of the sandbox that were active.
    pub sandbox: &'a str,
    /// What was noticed about the hand-in as a package.
    pub notices: &'a [String],
    /// Whether nothing was changed in the starter.
    pub untouched: bool,
    /// How it ended.
    pub verdict: Verdict<'a>,
}

/// How grading a hand-in ended.
pub enum Verdict<'a> {
    /// It was graded: the parts, and beside them the theory sheet.
    Graded(&'a Graded, &'a TheoryPoints),
    /// It was no hand-in that can be graded; the sentence says why. Its score is 0.
    Rejected(&'a str),
    /// The grader failed; there is no score.
    GraderError(&'a str),
}

/// One line of the class's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The name of the folder or zip; unique in the class.
    pub hand_in: String,
    /// The student's number as the hand-in says it, else the name of the folder or zip.
    pub student: String,
    /// Which of the student's attempts it is, when it was imported.
    pub attempt: Option<u32>,
    /// When it was handed in (RFC 3339, UTC), where that is known.
    pub submitted_at: Option<String>,
    /// The SHA-256 of the files that count, in hexadecimal; empty when there are none.
    pub submission_sha256: String,
    /// How grading ended.
    pub status: SummaryStatus,
    /// The points of all parts; `None` when the grader failed.
    pub points: Option<u32>,
    /// The points that can be had in them.
    pub max: u32,
    /// The points of the theory sheet, never added to those of the parts; `None` when the grader failed.
    pub theory: Option<u32>,
    /// The points that can be had in it.
    pub theory_max: u32,
    /// The points of each part, by its id.
    pub parts: Vec<(String, u32)>,
    /// What a person should know, in a few words.
    pub notes: Vec<String>,
}

/// How grading ended, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SummaryStatus {
    /// It has a score.
    Graded,
    /// It could not be read as a hand-in; its score is 0.
    Rejected,
    /// The grader failed; it has no score.
    GraderError,
}

impl SummaryStatus {
    /// The word in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Graded => "graded",
            Self::Rejected => "rejected",
            Self::GraderError => "grader_error",
        }
    }
}

impl Record<'_> {
    /// The record's line in the class's table. `max` and `theory_max` are what the suite can give.
    #[must_use]
    pub fn summary(&self, max: u32, theory_max: u32) -> Summary {
        let nothing = |status, points, why: &str| Summary {
            hand_in: self.hand_in.to_string(),
            student: self.student.to_string(),
            attempt: self.attempt,
            submitted_at: self.submitted_at.map(str::to_string),
            submission_sha256: self.sha256.to_string(),
            status,
            points,
            max,
            theory: points,
            theory_max,
            parts: Vec::new(),
            notes: vec![why.to_string()],
        };
        match &self.verdict {
            Verdict::Graded(graded, theory) => Summary {
                status: SummaryStatus::Graded,
                points: Some(graded.points()),
                max: graded.max(),
                theory: Some(theory.points()),
                parts: graded
                    .parts
                    .iter()
                    .map(|part| (part.part.id.to_string(), part.points()))
                    .collect(),
                notes: self.notes(graded, theory),
                ..nothing(SummaryStatus::Graded, None, "")
            },
            Verdict::Rejected(why) => nothing(SummaryStatus::Rejected, Some(0), why),
            Verdict::GraderError(why) => nothing(SummaryStatus::GraderError, None, why),
        }
    }

    /// What the theory sheet got, when the hand-in was graded and the assignment has a sheet.
    fn theory(&self) -> Option<&TheoryPoints> {
        match self.verdict {
            Verdict::Graded(_, theory) if theory.max() > 0 => Some(theory),
            _ => None,
        }
    }

    /// What went wrong beyond wrong answers: one note for each sort, with where.
    fn notes(&self, graded: &Graded, theory: &TheoryPoints) -> Vec<String> {
        let mut notes = if self.untouched {
            vec!["the starter, unchanged".into()]
        } else {
            notes(graded)
        };
        notes.extend(theory.remarks.iter().cloned());
        notes
    }
}

fn notes(graded: &Graded) -> Vec<String> {
    use common::check::Kind;
    let mut notes = Vec::new();
    let mut note = |what: &str, parts: Vec<&str>| {
        if !parts.is_empty() {
            notes.push(format!("{}: {what}", parts.join(", ")));
        }
    };
    let with_state = |wanted: fn(&PartState) -> bool| -> Vec<&str> {
        graded
            .parts
            .iter()
            .filter(|part| wanted(&part.state))
            .map(|part| part.part.id)
            .collect()
    };
    note("file missing", with_state(|s| *s == PartState::Missing));
    note(
        "does not compile",
        with_state(|s| matches!(s, PartState::DoesNotCompile(_))),
    );
    for kind in [Kind::TimedOut, Kind::Crashed, Kind::Panicked] {
        let parts = graded
            .parts
            .iter()
            .filter(|part| {
                part.checks
                    .iter()
                    .any(|(result, _)| result.failure().is_some_and(|f| f.kind == kind))
            })
            .map(|part| part.part.id)
            .collect();
        note(kind.words(), parts);
    }
    for part in &graded.parts {
        let id = part.part.id;
        if let [first, more @ ..] = part.scan.violations.as_slice() {
            let (place, found, rule) = (first.place(), &first.found, first.rule.rule);
            let more = match more.len() {
                0 => String::new(),
                n => format!(", and {n} more"),
            };
            notes.push(format!(
                "{id}: {RULE_VIOLATION} at {place}, {found} ({rule}){more}"
            ));
        }
        for why in &part.scan.unread {
            notes.push(format!("{id}: not searched for what is forbidden: {why}"));
        }
    }
    notes
}
