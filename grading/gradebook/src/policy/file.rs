//! `course.toml` as it is written, and what is checked of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use serde::Deserialize;

use super::{
    Assignment, Attempts, Exports, Extension, ExtensionOf, Late, MoreTime, Policy, PolicyError,
    Totals, Weights,
};
use crate::digits::student_number;

/// What the practical part counts in an assignment that does not say.
const PRACTICAL_SHARE: f64 = 0.8;

/// How far the sum of weights may be from 1: thirds cannot be written exactly.
const SUM_TOLERANCE: f64 = 1e-6;

/// More decimals than this are noise.
const MOST_DIGITS: u32 = 6;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    course: Course,
    #[serde(default)]
    weights: Weights,
    #[serde(default)]
    late: Late,
    #[serde(default)]
    attempts: Attempts,
    #[serde(default)]
    totals: Totals,
    #[serde(default)]
    exports: Exports,
    assignments: Vec<FileAssignment>,
    #[serde(default)]
    extensions: Vec<FileExtension>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Course {
    name: String,
    #[serde(default = "tehran")]
    time_zone: String,
    #[serde(default = "roster")]
    roster: String,
}

fn tehran() -> String {
    "Asia/Tehran".into()
}

fn roster() -> String {
    "roster.csv".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAssignment {
    id: String,
    title: Option<String>,
    due: String,
    theory_due: Option<String>,
    weight: Option<f64>,
    practical_share: Option<f64>,
    theory_share: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileExtension {
    student: String,
    assignment: String,
    #[serde(default = "both")]
    part: ExtensionOf,
    until: Option<String>,
    days: Option<u32>,
    why: String,
}

fn both() -> ExtensionOf {
    ExtensionOf::Both
}

pub(super) fn read(text: &str, path: &str) -> Result<Policy, PolicyError> {
    let file: File = toml::from_str(text).map_err(|error| toml_error(&error, text, path))?;
    let check = Check { path };
    let zone = TimeZoneDatabase::bundled()
        .get(&file.course.time_zone)
        .map_err(|_| {
            let what = format!(
                "is {:?}, which is no time zone of the IANA database; one is \"Asia/Tehran\"",
                file.course.time_zone
            );
            check.error("course.time_zone", what)
        })?;
    let mut policy = Policy {
        name: file.course.name,
        time_zone: file.course.time_zone,
        roster: file.course.roster,
        weights: file.weights,
        late: file.late,
        attempts: file.attempts,
        totals: file.totals,
        exports: file.exports,
        assignments: Vec::new(),
        extensions: Vec::new(),
        zone,
    };
    check.rules(&policy)?;
    policy.assignments = check.assignments(&policy, file.assignments)?;
    for (index, extension) in file.extensions.into_iter().enumerate() {
        let extension = check.extension(&policy, index, extension)?;
        policy.extensions.push(extension);
    }
    for item in policy.exports.canvas.keys() {
        let known = policy.items().contains(item);
        check.that(known, "exports.canvas", || {
            format!("has {item:?}, which is no item of the course")
        })?;
    }
    Ok(policy)
}

/// The parser's message is a picture of several lines; its sentence and the line are enough.
fn toml_error(error: &toml::de::Error, text: &str, path: &str) -> PolicyError {
    let before = error
        .span()
        .and_then(|span| text.get(..span.start.min(text.len())))
        .unwrap_or("");
    PolicyError::Toml {
        path: path.to_string(),
        line: before.matches('\n').count() + 1,
        what: error.message().trim().replace('\n', " "),
    }
}

pub(super) fn moment(zone: &TimeZone, name: &str, text: &str) -> Result<Timestamp, String> {
    // A day alone would be its first second, and who writes it means the last one.
    let with_time = text.contains(':').then(|| text.trim().parse().ok());
    let local: DateTime = with_time.flatten().ok_or_else(|| {
        format!("is {text:?}, but must be a date and time like \"2026-10-20 23:59\"")
    })?;
    let moment = zone.to_ambiguous_timestamp(local);
    match moment.offset() {
        AmbiguousOffset::Unambiguous { .. } => moment
            .unambiguous()
            .map_err(|_| format!("is {text:?}, which is too far away")),
        AmbiguousOffset::Gap { .. } => Err(format!(
            "is {text:?}, which no clock of {name} shows: it is put forward then; write another time"
        )),
        AmbiguousOffset::Fold { .. } => Err(format!(
            "is {text:?}, which the clocks of {name} show twice: they are put back then; write another time"
        )),
    }
}

struct Check<'a> {
    path: &'a str,
}

impl Check<'_> {
    fn error(&self, key: impl Into<String>, what: impl Into<String>) -> PolicyError {
        PolicyError::Value {
            path: self.path.to_string(),
            key: key.into(),
            what: what.into(),
        }
    }

    fn that(
        &self,
        holds: bool,
        key: impl Into<String>,
        what: impl FnOnce() -> String,
    ) -> Result<(), PolicyError> {
        if holds {
            Ok(())
        } else {
            Err(self.error(key, what()))
        }
    }

    fn share(&self, key: impl Into<String>, value: f64) -> Result<(), PolicyError> {
        self.that((0.0..=1.0).contains(&value), key, || {
            format!("is {value}, but must be between 0 and 1")
        })
    }

    fn sum(&self, key: &str, what: &str, values: &[f64]) -> Result<(), PolicyError> {
        let sum: f64 = values.iter().sum();
        self.that((sum - 1.0).abs() <= SUM_TOLERANCE, key, || {
            format!(
                "{what} sum to {}, but must sum to 1",
                crate::number::short(sum)
            )
        })
    }

    fn rules(&self, policy: &Policy) -> Result<(), PolicyError> {
        let weights = policy.weights;
        let parts = [
            ("weights.homework", weights.homework),
            ("weights.midterm", weights.midterm),
            ("weights.final", weights.r#final),
        ];
        for (key, value) in parts {
            self.share(key, value)?;
        }
        self.sum(
            "weights",
            "of homework, midterm and final",
            &parts.map(|(_, value)| value),
        )?;
        self.share("late.penalty_per_day", policy.late.penalty_per_day)?;
        self.share("late.minimum", policy.late.minimum)?;
        let digits = policy.totals.digits;
        self.that(digits <= MOST_DIGITS, "totals.digits", || {
            format!("is {digits}, but must be at most {MOST_DIGITS}")
        })
    }

    fn assignments(
        &self,
        policy: &Policy,
        list: Vec<FileAssignment>,
    ) -> Result<Vec<Assignment>, PolicyError> {
        self.that(!list.is_empty(), "assignments", || {
            "is empty; the course has at least one".into()
        })?;
        let weighted = list.iter().filter(|a| a.weight.is_some()).count();
        self.that(
            weighted == 0 || weighted == list.len(),
            "assignments",
            || {
                format!(
                    "have a weight in {weighted} of {} cases; give it to all of them or to none",
                    list.len()
                )
            },
        )?;
        let equal = 1.0 / list.len() as f64;
        let mut ids = BTreeSet::new();
        let mut assignments = Vec::new();
        for entry in list {
            self.id(&entry.id)?;
            self.that(
                ids.insert(entry.id.clone()),
                format!("assignments.{}", entry.id),
                || "is there twice; ids are unique".into(),
            )?;
            assignments.push(self.assignment(policy, entry, equal)?);
        }
        let weights: Vec<f64> = assignments.iter().map(|a| a.weight).collect();
        self.sum("assignments", "have weights that", &weights)?;
        // a stable sort: what is due together keeps the order of the file
        assignments.sort_by_key(|a| (a.due, a.theory_due));
        for pair in assignments.windows(2) {
            let [first, second] = pair else { continue };
            self.that(first.theory_due <= second.theory_due, format!("assignments.{}.theory_due", second.id), || {
                format!("is before that of {}, which is due earlier; slack is taken in one order, so both parts must be due in it", first.id)
            })?;
        }
        Ok(assignments)
    }

    fn id(&self, id: &str) -> Result<(), PolicyError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        let taken = ["homework", "midterm", "final", "total"].contains(&id);
        self.that(!id.is_empty() && id.chars().all(plain) && !taken, "assignments", || {
            format!("have the id {id:?}; use small letters, digits, - and _, and none of homework, midterm, final, total")
        })
    }

    fn assignment(
        &self,
        policy: &Policy,
        entry: FileAssignment,
        equal: f64,
    ) -> Result<Assignment, PolicyError> {
        let key = |name: &str| format!("assignments.{}.{name}", entry.id);
        let (practical, theory) = match (entry.practical_share, entry.theory_share) {
            (Some(practical), Some(theory)) => (practical, theory),
            (None, Some(theory)) => (1.0 - theory, theory),
            (practical, None) => {
                let practical = practical.unwrap_or(PRACTICAL_SHARE);
                (practical, 1.0 - practical)
            }
        };
        self.share(key("practical_share"), practical)?;
        self.share(key("theory_share"), theory)?;
        self.sum(
            &key("practical_share"),
            "and theory_share",
            &[practical, theory],
        )?;
        let weight = entry.weight.unwrap_or(equal);
        self.share(key("weight"), weight)?;
        let due = self.date(policy, key("due"), &entry.due)?;
        let theory_due = match &entry.theory_due {
            Some(text) => self.date(policy, key("theory_due"), text)?,
            None => due,
        };
        Ok(Assignment {
            title: entry.title.unwrap_or_else(|| entry.id.clone()),
            id: entry.id,
            due,
            theory_due,
            weight,
            practical_share: practical,
            theory_share: theory,
        })
    }

    fn date(&self, policy: &Policy, key: String, text: &str) -> Result<Timestamp, PolicyError> {
        policy.moment(text).map_err(|what| self.error(key, what))
    }

    fn extension(
        &self,
        policy: &Policy,
        index: usize,
        entry: FileExtension,
    ) -> Result<Extension, PolicyError> {
        let key = format!("extensions, number {}:", index + 1);
        let student = student_number(&entry.student);
        self.that(!student.is_empty(), &key, || "student is empty".into())?;
        self.that(!entry.why.trim().is_empty(), &key, || {
            "why is empty; say why it was granted".into()
        })?;
        let assignment = policy.assignment(&entry.assignment).ok_or_else(|| {
            let what = format!(
                "assignment is {:?}, which is no assignment of the course",
                entry.assignment
            );
            self.error(&key, what)
        })?;
        let to = match (&entry.until, entry.days) {
            (Some(text), None) => {
                MoreTime::Until(self.date(policy, format!("{key} until"), text)?)
            }
            (None, Some(days)) => MoreTime::Days(days),
            _ => return Err(self.error(key, "needs either until or days")),
        };
        let shorter = super::Part::BOTH.into_iter().any(|part| {
            let due = assignment.due(part);
            entry.part.covers(part) && matches!(to, MoreTime::Until(until) if until < due)
        });
        self.that(!shorter, &key, || {
            "until is before the due date; an extension takes no time away".into()
        })?;
        Ok(Extension {
            student,
            assignment: entry.assignment,
            part: entry.part,
            to,
            why: entry.why,
        })
    }
}
