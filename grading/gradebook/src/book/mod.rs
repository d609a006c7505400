//! The gradebook: scores computed from policy, roster and events, and nothing else.

mod assignment;
mod index;
mod results;
#[cfg(test)]
mod tests;
mod warnings;

use jiff::Timestamp;
use serde::Serialize;

use crate::events::{Decision, Events, Mark, Override, Recorded};
use crate::grade::{Grade, combined};
use crate::late::Charge;
use crate::policy::{ExcusedWeight, Part, Policy};
use crate::roster::{Roster, Student};
use crate::summary::Status;
use index::Index;

/// The scores of a class, with all that they follow from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Book {
    /// `course.name`
    pub course: String,
    /// `totals.digits`
    pub digits: u32,
    /// One for each student of the roster, by number.
    pub students: Vec<StudentBook>,
    /// What a person should look at, one sentence each.
    pub warnings: Vec<String>,
}

/// All items of one student.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudentBook {
    /// Who it is.
    #[serde(flatten)]
    pub student: Student,
    /// In the order in which they are due.
    pub assignments: Vec<AssignmentBook>,
    /// All assignments together.
    pub homework: Grade,
    /// The midterm examination.
    pub midterm: ExamBook,
    /// The final examination.
    pub r#final: ExamBook,
    /// The final score, as a share of 100.
    pub total: Worth,
}

/// An assignment of one student.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssignmentBook {
    /// `a1`
    pub id: String,
    /// Its share in homework.
    pub weight: f64,
    /// The parts that have a share in it, practical first.
    pub parts: Vec<PartBook>,
    /// What it is worth.
    pub worth: Worth,
}

/// A part of an assignment of one student.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartBook {
    /// Which one.
    pub part: Part,
    /// Its share in the assignment.
    pub share: f64,
    /// When it is due for this student.
    pub due: Timestamp,
    /// What moved the due date, if anything did.
    pub extension: Option<UsedExtension>,
    /// What it was computed from.
    pub source: Source,
    /// The points before lateness, when they are known.
    pub raw: Option<f64>,
    /// What could be had, when that is known.
    pub max: Option<f64>,
    /// What lateness does to it. For a part that is pending, to full marks.
    pub charge: Option<Charge>,
    /// The slack days of the course that are left after it.
    pub slack_left: u32,
    /// What it is worth.
    pub worth: Worth,
}

/// An examination of one student.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExamBook {
    /// Its share in the total.
    pub weight: f64,
    /// The mark that counts.
    pub mark: Option<Recorded<Mark>>,
    /// What it is worth.
    pub worth: Worth,
}

/// The extension that counts for a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsedExtension {
    /// Why it was granted.
    pub why: String,
    /// Who granted it when; nobody when it is in `course.toml`.
    pub granted: Option<(String, Timestamp)>,
}

/// What the points of a part come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// A hand-in that was graded.
    HandIn(Chosen),
    /// A mark that a person gave; it takes the place of hand-ins.
    Mark(Recorded<Mark>),
    /// There is neither.
    Nothing {
        /// Why that is what it is worth.
        why: String,
    },
}

/// The hand-in that counts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chosen {
    /// Its name.
    pub hand_in: String,
    /// Which attempt it is, if that is known.
    pub attempt: Option<u32>,
    /// When it was handed in, if that is known; it is not late otherwise.
    pub submitted_at: Option<Timestamp>,
    /// How grading it ended.
    pub status: Status,
    /// What grading noticed.
    pub notes: Vec<String>,
    /// The other hand-ins of the student, and why they do not count.
    pub passed_over: Vec<(String, &'static str)>,
}

/// What an item is worth: computed, and decided by people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Worth {
    /// What counts.
    pub grade: Grade,
    /// What is computed.
    pub computed: Grade,
    /// All decisions, the last of which counts.
    pub decisions: Vec<Recorded<Override>>,
}

impl Worth {
    /// The decision that counts; `None` when there is none or it was withdrawn.
    #[must_use]
    pub fn decision(&self) -> Option<&Recorded<Override>> {
        let last = self.decisions.last();
        last.filter(|last| last.what.decision != Decision::Withdrawn)
    }
}

impl Book {
    /// The student with this number, however its digits are written.
    #[must_use]
    pub fn student(&self, number: &str) -> Option<&StudentBook> {
        let number = crate::digits::student_number(number);
        self.students.iter().find(|s| s.student.student == number)
    }

    /// What each item is worth to a student, by the names that `course.toml` and exports use, but for the parts:
    /// `a1`, ..., `homework`, `midterm`, `final`, `total`.
    #[must_use]
    pub fn items(&self) -> Vec<String> {
        let ids = self.students.first().map(|s| s.items());
        let names = ids.unwrap_or_default().into_iter();
        names.map(|(name, _)| name).collect()
    }
}

impl StudentBook {
    /// The items without their parts, with what they are worth.
    #[must_use]
    pub fn items(&self) -> Vec<(String, Grade)> {
        let assignments = self.assignments.iter();
        let mut items: Vec<(String, Grade)> =
            assignments.map(|a| (a.id.clone(), a.worth.grade)).collect();
        items.extend([
            ("homework".into(), self.homework),
            ("midterm".into(), self.midterm.worth.grade),
            ("final".into(), self.r#final.worth.grade),
            ("total".into(), self.total.grade),
        ]);
        items
    }

    /// What an item or a part is worth; `None` for a name that is none.
    #[must_use]
    pub fn grade(&self, item: &str) -> Option<Grade> {
        let whole = self.items().into_iter().find(|(name, _)| name == item);
        if let Some((_, grade)) = whole {
            return Some(grade);
        }
        let (id, part) = item.split_once('.')?;
        let assignment = self.assignments.iter().find(|a| a.id == id)?;
        let part = assignment.parts.iter().find(|p| p.part.word() == part)?;
        Some(part.worth.grade)
    }

    /// The items and parts that are worth something else in `after`, with what they are worth there.
    #[must_use]
    pub fn changed(&self, after: &Self) -> Vec<(String, Grade, Grade)> {
        let parts = self.assignments.iter().flat_map(|assignment| {
            let name = |part: &PartBook| format!("{}.{}", assignment.id, part.part.word());
            assignment.parts.iter().map(name)
        });
        let items = self.items().into_iter().map(|(name, _)| name);
        let names = parts.chain(items);
        names
            .filter_map(|name| {
                let (old, new) = (self.grade(&name)?, after.grade(&name)?);
                (old != new).then_some((name, old, new))
            })
            .collect()
    }

    /// The slack days that are left of a budget, and the budget.
    #[must_use]
    pub fn slack(&self, part: Part, policy: &Policy) -> (u32, u32) {
        let budget = policy.late.slack(part);
        let parts = self.assignments.iter().flat_map(|a| &a.parts);
        let left = parts.filter(|p| p.part == part).map(|p| p.slack_left).min();
        (left.unwrap_or(budget), budget)
    }

    /// What keeps the total open: the names of parts and examinations without a grade.
    #[must_use]
    pub fn pending(&self) -> Vec<String> {
        if !self.total.grade.is_pending() {
            return Vec::new();
        }
        let mut names = Vec::new();
        for assignment in &self.assignments {
            let open = |part: &&PartBook| part.worth.grade.is_pending();
            if assignment.worth.grade.is_pending() {
                let parts = assignment.parts.iter().filter(open);
                names.extend(parts.map(|p| format!("{}.{}", assignment.id, p.part.word())));
            }
        }
        for (name, exam) in [("midterm", &self.midterm), ("final", &self.r#final)] {
            if exam.worth.grade.is_pending() {
                names.push(name.to_string());
            }
        }
        names
    }
}

/// The gradebook of a class. The same arguments give the same book, whatever was computed before.
#[must_use]
pub fn compute(policy: &Policy, roster: &Roster, events: &Events) -> Book {
    let index = Index::new(policy, events);
    let students = roster.iter().map(|student| student_book(&index, student));
    Book {
        course: policy.name.clone(),
        digits: policy.totals.digits,
        students: students.collect(),
        warnings: warnings::all(&index, roster),
    }
}

fn student_book(index: &Index, student: &Student) -> StudentBook {
    let number = &student.student;
    let policy = index.policy;
    let assignments = assignment::all(index, number);
    let shares: Vec<(f64, Grade)> = assignments
        .iter()
        .map(|a| (a.weight, a.worth.grade))
        .collect();
    let homework = combined(&shares);
    let midterm = exam(index, number, "midterm", policy.weights.midterm);
    let r#final = exam(index, number, "final", policy.weights.r#final);
    let total = combined(&[
        (policy.weights.homework, homework),
        (midterm.weight, midterm.worth.grade),
        (r#final.weight, r#final.worth.grade),
    ]);
    StudentBook {
        student: student.clone(),
        assignments,
        homework,
        midterm,
        r#final,
        total: worth(index, number, "total", total),
    }
}

fn exam(index: &Index, student: &str, item: &str, weight: f64) -> ExamBook {
    let mark = index.mark(student, item).cloned();
    let grade = mark.as_ref();
    let grade = grade.map_or(Grade::OPEN, |mark| {
        Grade::of(mark.what.points, mark.what.max)
    });
    ExamBook {
        weight,
        mark,
        worth: worth(index, student, item, grade),
    }
}

fn worth(index: &Index, student: &str, item: &str, computed: Grade) -> Worth {
    let decisions = index.decisions(student, item);
    let full = index.policy.totals.excused == ExcusedWeight::Full;
    let grade = match decisions.last().map(|last| last.what.decision) {
        Some(Decision::Score { points, max }) => Grade::of(points, max),
        Some(Decision::Excused) if full => Grade::Scored { share: 1.0 },
        Some(Decision::Excused) => Grade::Excused,
        Some(Decision::Withdrawn) | None => computed,
    };
    Worth {
        grade,
        computed,
        decisions: decisions.into_iter().cloned().collect(),
    }
}
