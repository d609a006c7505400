//! Proving the solutions: every student's right answers get everything, no mistake gets anything.

use std::collections::BTreeSet;

use common::check::Assignment;
use common::theory::Sheet;
use serde::Serialize;

use super::solution::answers_to;
use super::{Mark, Solution, TheoryPoints, grade, right_answers};

/// How many mistakes a question must be proof against.
const MISTAKES: usize = 2;

/// What [`prove`] found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TheoryReport {
    /// How many students' sheets were tried.
    pub students: u64,
    /// What a sheet can get.
    pub max: u32,
    /// The least that right answers got, with four significant digits.
    pub solved: u32,
    /// The most that an empty sheet got.
    pub empty: u32,
    /// Right answers that were refused, with the student.
    pub refused: Vec<String>,
    /// What became of the mistakes.
    pub mistakes: WrongAnswers,
    /// Questions with fewer mistakes than two.
    pub thin: Vec<String>,
    /// Answers that no mistake makes wrong: a mistake is missing.
    pub idle: Vec<String>,
}

/// What became of the mistakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrongAnswers {
    /// How many there are.
    pub total: usize,
    /// How many got nothing from any student's sheet.
    pub refused: usize,
    /// Those that got a point, each with the first student.
    pub rewarded: Vec<String>,
}

impl TheoryReport {
    /// Whether nothing falls short.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.solved == self.max
            && self.empty == 0
            && self.refused.is_empty()
            && self.mistakes.rewarded.is_empty()
            && self.thin.is_empty()
            && self.idle.is_empty()
    }
}

/// Tries the solutions and their mistakes on the sheets of so many `students`. Every sheet goes through a
/// file of answers, as a student's does.
#[must_use]
pub fn prove(assignment: &Assignment, solutions: &[Solution], students: u64) -> TheoryReport {
    let numbers: Vec<String> = (0..students)
        .map(|i| (40_312_345 + 7 * i).to_string())
        .collect();
    let graded =
        |student: &str, text: String| grade(assignment, solutions, student, Some(&Ok(text)));
    let sheet = |student| Sheet {
        assignment,
        student,
    };

    let mut solved = Vec::new();
    let mut empty = 0;
    let mut refused = Vec::new();
    for student in &numbers {
        let right = graded(student, right_answers(&sheet(student), solutions));
        refused.extend(not_right(&right).map(|answer| format!("{answer} of {student}")));
        solved.push(right.points());
        empty = empty.max(graded(student, sheet(student).template()).points());
    }

    let mut total = 0;
    let mut rewarded = Vec::new();
    let mut touched = BTreeSet::new();
    for (question, mistake) in assignment.theory.iter().flat_map(|question| {
        let of_it = solutions.iter().filter(|s| s.question == question.id);
        of_it
            .flat_map(|s| &s.mistakes)
            .map(move |mistake| (question, mistake))
    }) {
        total += 1;
        let got_a_point = numbers.iter().find(|student| {
            let sheet = sheet(student);
            let answers = mistake.answers(&sheet, question.id);
            let given = question
                .answers
                .iter()
                .zip(&answers)
                .filter(|(_, a)| a.is_some());
            touched.extend(given.map(|(answer, _)| (question.id, answer.key)));
            graded(student, answers_to(&sheet, question, &answers)).points() > 0
        });
        if let Some(student) = got_a_point {
            rewarded.push(format!("{}/{} of {student}", question.id, mistake.id));
        }
    }

    let questions = || assignment.theory.iter();
    let mistakes_in = |id: &str| -> usize {
        let of_it = solutions.iter().filter(|s| s.question == id);
        of_it.map(|s| s.mistakes.len()).sum()
    };
    let answers = questions().flat_map(|q| q.answers.iter().map(move |a| (q.id, a.key)));
    let max = questions()
        .map(|question| question.answers.len() as u32)
        .sum();
    TheoryReport {
        students,
        max,
        solved: solved.into_iter().min().unwrap_or(max),
        empty,
        refused,
        mistakes: WrongAnswers {
            total,
            refused: total - rewarded.len(),
            rewarded,
        },
        thin: questions()
            .filter(|question| mistakes_in(question.id) < MISTAKES)
            .map(|question| question.id.to_string())
            .collect(),
        idle: answers
            .filter(|answer| !touched.contains(answer))
            .map(|(question, key)| format!("{question}.{key}"))
            .collect(),
    }
}

/// The answers that got no point.
fn not_right(points: &TheoryPoints) -> impl Iterator<Item = String> {
    points.questions.iter().flat_map(|question| {
        let refused = question
            .answers
            .iter()
            .filter(|answer| answer.mark != Mark::Right);
        refused.map(|answer| format!("{}.{}", question.id, answer.key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::{self, Halves};

    #[test]
    fn right_solutions_with_mistakes_are_clean() {
        let suite = toy::suite();
        let report = prove(&suite.assignment, &suite.solutions, 20);
        assert!(report.is_clean(), "{report:?}");
        assert_eq!((report.solved, report.max, report.empty), (3, 3, 0));
        assert_eq!((report.mistakes.total, report.mistakes.refused), (4, 4));
    }

    #[test]
    fn what_falls_short_is_named() {
        let suite = toy::suite();
        let solutions = [
            Solution::of(|halves: &Halves| [2.0 * halves.a, halves.a / 10.0])
                .mistake("no_mistake", |halves: &Halves| [Some(2.0 * halves.a), None]),
        ];
        let report = prove(&suite.assignment, &solutions, 5);
        assert!(!report.is_clean());
        assert_eq!(report.solved, 2);
        assert_eq!(report.refused.len(), 5);
        assert_eq!(report.mistakes.rewarded, ["halves/no_mistake of 40312345"]);
        assert_eq!(report.thin, ["halves", "count"]);
        assert_eq!(report.idle, ["halves.tenth", "count.n"]);
    }
}
