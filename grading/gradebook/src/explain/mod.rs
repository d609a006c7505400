//! The derivation of a student's final score, line by line, each with the keys of `course.toml` that it follows.

mod part;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use crate::book::{AssignmentBook, ExamBook, StudentBook, Worth};
use crate::events::Decision;
use crate::grade::Grade;
use crate::number::{fixed, short};
use crate::policy::Policy;

/// The column in which the keys begin.
const KEYS: usize = 78;

/// Everything that the final score of `student` follows from.
#[must_use]
pub fn explain(policy: &Policy, student: &StudentBook) -> String {
    let mut page = Page {
        policy,
        text: String::new(),
    };
    let who = &student.student;
    page.say(0, &format!("{} {}", who.student, who.name), "");
    page.say(0, &policy.name, "");
    for assignment in &student.assignments {
        page.assignment(assignment);
    }
    page.homework(student);
    page.exam("midterm", &student.midterm);
    page.exam("final", &student.r#final);
    page.total(student);
    page.text
}

/// A share as a percentage, what is pending as what it can be.
fn words(grade: Grade, digits: u32) -> String {
    let percent = |share: f64| fixed(100.0 * share, digits);
    match grade {
        Grade::Scored { share } => format!("{} %", percent(share)),
        Grade::Pending { low, high } => {
            format!("pending, between {} and {} %", percent(low), percent(high))
        }
        Grade::Excused => "excused".into(),
    }
}

struct Page<'a> {
    policy: &'a Policy,
    text: String,
}

impl Page<'_> {
    /// A line, and behind it the keys that it follows.
    fn say(&mut self, depth: usize, sentence: &str, keys: &str) {
        let line = format!("{:indent$}{}", "", one_line(sentence), indent = 2 * depth);
        let keys = if keys.is_empty() {
            String::new()
        } else {
            let gap = KEYS.saturating_sub(line.chars().count()).max(2);
            format!("{:gap$}[{keys}]", "")
        };
        // writing to a String cannot fail
        let _ = writeln!(self.text, "{}{keys}", line.trim_end());
    }

    fn grade(&self, grade: Grade) -> String {
        words(grade, self.policy.totals.digits)
    }

    fn assignment(&mut self, book: &AssignmentBook) {
        let title = self
            .policy
            .assignment(&book.id)
            .map_or("", |a| a.title.as_str());
        self.text.push('\n');
        let heading = if title == book.id {
            book.id.clone()
        } else {
            format!("{}: {title}", book.id)
        };
        self.say(0, &heading, "");
        for part in &book.parts {
            self.part(&book.id, part);
        }
        let parts = book.parts.iter().map(|p| (p.share, p.worth.grade));
        let sum = self.sum(parts);
        let rule = self.excused_rule(book.parts.iter().map(|p| p.worth.grade));
        let key = format!("assignments.{}.practical_share{rule}", book.id);
        self.say(
            1,
            &format!("{} = {}", sum, self.grade(book.worth.computed)),
            &key,
        );
        self.decisions(1, &book.id, &book.worth);
    }

    /// Names the rule about excused items where there is one.
    fn excused_rule(&self, mut grades: impl Iterator<Item = Grade>) -> String {
        if grades.any(|grade| grade == Grade::Excused) {
            format!(", totals.excused = {:?}", self.policy.totals.excused.word())
        } else {
            String::new()
        }
    }

    /// `0.8 x 75.00 % + 0.2 x 100.00 %`
    fn sum(&self, items: impl Iterator<Item = (f64, Grade)>) -> String {
        let terms: Vec<String> = items
            .map(|(weight, grade)| match grade {
                Grade::Pending { .. } => format!("{} x pending", short(weight)),
                grade => format!("{} x {}", short(weight), self.grade(grade)),
            })
            .collect();
        terms.join(" + ")
    }

    fn decisions(&mut self, depth: usize, item: &str, worth: &Worth) {
        for (n, entry) in worth.decisions.iter().enumerate() {
            let last = n + 1 == worth.decisions.len();
            let text = format!(
                "override {} of {item}: {} (by {}, {}: {}){}",
                entry.seq,
                entry.what.decision,
                entry.who,
                self.policy.local(entry.at),
                entry.what.why,
                if last { "" } else { ", superseded" }
            );
            self.say(depth, &text, "");
            if last && entry.what.decision != Decision::Withdrawn {
                self.say(
                    depth,
                    &format!("so {item} is worth {}", self.grade(worth.grade)),
                    "",
                );
            }
        }
    }

    fn homework(&mut self, student: &StudentBook) {
        self.text.push('\n');
        let items = student
            .assignments
            .iter()
            .map(|a| (a.weight, a.worth.grade));
        let rule = self.excused_rule(items.clone().map(|(_, grade)| grade));
        let sum = self.sum(items);
        self.say(
            0,
            &format!("homework: {sum} = {}", self.grade(student.homework)),
            &format!("assignments.*.weight{rule}"),
        );
    }

    fn exam(&mut self, name: &str, exam: &ExamBook) {
        match &exam.mark {
            Some(mark) => {
                let text = format!(
                    "{name}: {} of {} = {} ({}, {}; {})",
                    short(mark.what.points),
                    short(mark.what.max),
                    self.grade(exam.worth.computed),
                    mark.who,
                    self.policy.local(mark.at),
                    mark.what.why
                );
                self.say(0, &text, "");
            }
            None => self.say(0, &format!("{name}: no mark yet"), ""),
        }
        self.decisions(1, name, &exam.worth);
    }

    fn total(&mut self, student: &StudentBook) {
        let weights = self.policy.weights;
        let items = [
            (weights.homework, student.homework),
            (weights.midterm, student.midterm.worth.grade),
            (weights.r#final, student.r#final.worth.grade),
        ];
        self.text.push('\n');
        let sum = self.sum(items.into_iter());
        let rule = self.excused_rule(items.into_iter().map(|(_, grade)| grade));
        let key = format!(
            "weights.homework = {}, weights.midterm = {}, weights.final = {}, totals.digits = {}{rule}",
            short(weights.homework),
            short(weights.midterm),
            short(weights.r#final),
            self.policy.totals.digits
        );
        self.say(
            0,
            &format!("total: {sum} = {}", self.grade(student.total.computed)),
            &key,
        );
        self.decisions(1, "total", &student.total);
    }
}

/// `text` without control characters. Notes, reasons and names are other people's words: none may begin a line of its
/// own or speak to the terminal.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control())
        .collect::<Vec<_>>()
        .join(" ")
}
