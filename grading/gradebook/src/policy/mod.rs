//! The course's policy: `course.toml`, read and checked.

mod file;
mod rules;
#[cfg(test)]
mod tests;
mod words;

pub use rules::{
    AfterSlack, Attempts, Counts, ExcusedWeight, Exports, ExtensionOf, Late, Missing, Part, Parts,
    PenaltyBase, PenaltyKind, RejectedAttempt, Scope, SlackForZero, Totals, Weights,
};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Everything that decides what a hand-in is worth, as `course.toml` says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// `course.name`
    pub name: String,
    /// `course.time_zone`, a name of the IANA database: in it dates are written and shown.
    pub time_zone: String,
    /// `course.roster`, relative to the course's folder.
    pub roster: String,
    /// `[weights]`
    pub weights: Weights,
    /// `[late]`
    pub late: Late,
    /// `[attempts]`
    pub attempts: Attempts,
    /// `[totals]`
    pub totals: Totals,
    /// `[exports]`
    pub exports: Exports,
    /// `[[assignments]]`, in the order in which they are due.
    pub assignments: Vec<Assignment>,
    /// `[[extensions]]`
    pub extensions: Vec<Extension>,
    zone: TimeZone,
}

/// One of `[[assignments]]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assignment {
    /// `a1`
    pub id: String,
    /// As it is to be shown; the id without.
    pub title: String,
    /// The last moment that is not late.
    pub due: Timestamp,
    /// The same for the theory sheet; `due` without.
    pub theory_due: Timestamp,
    /// Its share in homework; without, all assignments weigh the same.
    pub weight: f64,
    /// What the practical part counts in the assignment. Default 0.8. The other reading, in proportion to the points
    /// of both, would make the number of questions on a sheet its weight.
    pub practical_share: f64,
    /// What the theory sheet counts in the assignment: the rest.
    pub theory_share: f64,
}

impl Assignment {
    /// When a part is due.
    #[must_use]
    pub fn due(&self, part: Part) -> Timestamp {
        match part {
            Part::Practical => self.due,
            Part::Theory => self.theory_due,
        }
    }

    /// What a part counts in the assignment.
    #[must_use]
    pub fn share(&self, part: Part) -> f64 {
        match part {
            Part::Practical => self.practical_share,
            Part::Theory => self.theory_share,
        }
    }
}

/// More time for one student. Of several the one that gives most counts; none takes time away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The student's number.
    pub student: String,
    /// The assignment's id.
    pub assignment: String,
    /// For which part.
    pub part: ExtensionOf,
    /// How much.
    pub to: MoreTime,
    /// Why it was granted.
    pub why: String,
}

/// How far a due date is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoreTime {
    /// To this moment.
    Until(Timestamp),
    /// By so many times 24 hours.
    Days(u32),
}

impl MoreTime {
    /// The due date that was `due`, moved.
    #[must_use]
    pub fn applied(self, due: Timestamp) -> Timestamp {
        match self {
            Self::Until(until) => due.max(until),
            Self::Days(days) => due
                .checked_add(SignedDuration::from_hours(24 * i64::from(days)))
                .unwrap_or(Timestamp::MAX),
        }
    }
}

/// Why a `course.toml` cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PolicyError {
    /// It is not TOML, or a key is unknown, missing or of another kind.
    #[error("{path}, line {line}: {what}")]
    Toml {
        /// The file.
        path: String,
        /// Counted from 1.
        line: usize,
        /// What the parser says.
        what: String,
    },
    /// A key has a value that makes no sense.
    #[error("{path}: {key} {what}")]
    Value {
        /// The file.
        path: String,
        /// `late.penalty_per_day`
        key: String,
        /// Goes on after the key: `is 10, but must be between 0 and 1`.
        what: String,
    },
}

impl Policy {
    /// Reads a `course.toml`. `path` is for messages.
    ///
    /// # Errors
    /// When it is not TOML, has a key that is not known, or a value that makes no sense.
    pub fn from_toml(text: &str, path: &str) -> Result<Self, PolicyError> {
        file::read(text, path)
    }

    /// The assignment with this id.
    #[must_use]
    pub fn assignment(&self, id: &str) -> Option<&Assignment> {
        self.assignments.iter().find(|a| a.id == id)
    }

    /// A moment as the course's clocks show it: `2026-10-20 23:59:00 +03:30`.
    #[must_use]
    pub fn local(&self, moment: Timestamp) -> String {
        let local = moment.to_zoned_datetime(self.zone.clone());
        local.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }

    /// The moment that the course's clocks show as `text` (`2026-10-20 23:59`).
    ///
    /// # Errors
    /// Goes on after the name of what holds it: `is "...", but must be ...`.
    pub fn moment(&self, text: &str) -> Result<Timestamp, String> {
        file::moment(&self.zone, &self.time_zone, text)
    }

    /// Every name of an item that has a score: `a1.practical`, `a1.theory`, `a1`, ..., `midterm`, `final`, `total`.
    #[must_use]
    pub fn items(&self) -> Vec<String> {
        let mut items = Vec::new();
        for assignment in &self.assignments {
            let id = &assignment.id;
            items.extend(Part::BOTH.map(|part| format!("{id}.{}", part.word())));
            items.push(id.clone());
        }
        items.extend(["midterm", "final", "total"].map(String::from));
        items
    }

    /// The items that can have a mark of a person: parts and examinations.
    #[must_use]
    pub fn marked_items(&self) -> Vec<String> {
        let whole = |item: &String| self.assignment(item).is_some() || item == "total";
        self.items()
            .into_iter()
            .filter(|item| !whole(item))
            .collect()
    }
}
