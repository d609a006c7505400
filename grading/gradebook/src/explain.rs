//! The derivation of a student's final score, line by line, each with the keys of `course.toml` that it follows.

use std::fmt::Write;

use crate::book::{AssignmentBook, Chosen, ExamBook, PartBook, Source, StudentBook, Worth};
use crate::events::Decision;
use crate::grade::Grade;
use crate::late::Charge;
use crate::number::{counted, fixed, short};
use crate::policy::{AfterSlack, Counts, Part, PenaltyBase, PenaltyKind, Policy, Scope};
use crate::summary::Status;

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
        let key = format!(
            "assignments.{}.practical_share, totals.excused = {:?}",
            book.id,
            self.policy.totals.excused.word()
        );
        self.say(
            1,
            &format!("{} = {}", sum, self.grade(book.worth.computed)),
            &key,
        );
        self.decisions(1, &book.id, &book.worth);
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

    fn part(&mut self, id: &str, book: &PartBook) {
        let word = book.part.word();
        self.say(1, word, "");
        match &book.source {
            Source::HandIn(chosen) => self.chosen(chosen, book),
            Source::Mark(mark) => {
                let text = format!(
                    "a mark counts: {} ({}, {}; {})",
                    points(book),
                    mark.who,
                    self.policy.local(mark.at),
                    mark.what.why
                );
                self.say(2, &text, "");
            }
            Source::Nothing { why } => {
                let key = format!("totals.missing = {:?}", self.policy.totals.missing.word());
                self.say(2, why, &key);
            }
        }
        let due = self.policy.local(book.due);
        let key = match book.part {
            Part::Practical => format!("assignments.{id}.due"),
            Part::Theory => format!("assignments.{id}.theory_due"),
        };
        match &book.extension {
            None => self.say(2, &format!("due {due}"), &key),
            Some(extension) => {
                let by = extension.granted.as_ref().map_or_else(
                    || "in course.toml".to_string(),
                    |(who, at)| format!("by {who}, {}", self.policy.local(*at)),
                );
                let text = format!("due {due}, extended {by}: {}", extension.why);
                self.say(2, &text, "extensions");
            }
        }
        if let Some(charge) = &book.charge {
            self.lateness(book, charge);
        }
        self.say(2, &format!("worth {}", self.grade(book.worth.computed)), "");
        self.decisions(2, &format!("{id}.{word}"), &book.worth);
    }

    fn chosen(&mut self, chosen: &Chosen, book: &PartBook) {
        let rules = self.policy.attempts;
        let which = match (chosen.passed_over.len(), rules.counts) {
            (0, _) => "the only one",
            (_, Counts::Last) => "the last that can",
            (_, Counts::First) => "the first that can",
            (_, Counts::Best) => "the best that can",
        };
        let attempt = chosen
            .attempt
            .map(|n| format!(", attempt {n}"))
            .unwrap_or_default();
        let text = format!(
            "hand-in {}{attempt} counts, {which}: {}",
            chosen.hand_in,
            points(book)
        );
        let key = format!(
            "attempts.counts = {:?}, attempts.parts = {:?}",
            rules.counts.word(),
            rules.parts.word()
        );
        self.say(2, &text, &key);
        match chosen.status {
            Status::Graded => {}
            Status::Rejected => {
                let key = format!("attempts.rejected = {:?}", rules.rejected.word());
                self.say(3, "it was rejected", &key);
            }
            Status::GraderError => self.say(
                3,
                "the grader failed on it: no score until it is graded again",
                "",
            ),
        }
        for note in &chosen.notes {
            self.say(3, note, "");
        }
        for (hand_in, why) in &chosen.passed_over {
            self.say(3, &format!("not {hand_in}: {why}"), "");
        }
    }

    fn lateness(&mut self, book: &PartBook, charge: &Charge) {
        let late = &self.policy.late;
        let time = match &book.source {
            Source::HandIn(chosen) => chosen.submitted_at,
            Source::Mark(mark) => mark.what.submitted_at,
            Source::Nothing { .. } => None,
        };
        let Some(time) = time else {
            self.say(2, "no time is known of it: it counts as in time", "");
            return;
        };
        let text = format!(
            "handed in {}: {} late",
            self.policy.local(time),
            counted(charge.days, "day")
        );
        self.say(
            2,
            &text,
            &format!("late.grace_minutes = {}", late.grace_minutes),
        );
        if charge.days > 0 {
            self.slack(book, charge);
            self.penalty(book, charge);
        }
    }

    fn slack(&mut self, book: &PartBook, charge: &Charge) {
        let late = &self.policy.late;
        let word = book.part.word();
        let (used, left) = (charge.used, book.slack_left);
        let zero = used == 0 && charge.days > charge.penalised;
        let text = format!(
            "{} of slack used, {} could be; {left} of {} left for {word}",
            counted(used, "day"),
            charge.allowed,
            late.slack(book.part)
        );
        let scope = match late.per_assignment_scope {
            Scope::Each => String::new(),
            Scope::Shared => ", late.per_assignment_scope = \"shared\"".into(),
        };
        let key = if zero {
            format!("late.slack_for_zero = {:?}", late.slack_for_zero.word())
        } else {
            format!(
                "late.{word}_slack = {}, late.per_assignment = {}{scope}",
                late.slack(book.part),
                late.per_assignment
            )
        };
        self.say(2, &text, &key);
    }

    fn penalty(&mut self, book: &PartBook, charge: &Charge) {
        let late = &self.policy.late;
        if charge.closed {
            let key = match (late.after_slack, late.close_after_days) {
                (AfterSlack::Closed, _) if charge.penalised > 0 => {
                    "late.after_slack = \"closed\"".into()
                }
                (_, Some(days)) => format!("late.close_after_days = {days}"),
                _ => String::new(),
            };
            self.say(2, "too late to be accepted: 0 points", &key);
            return;
        }
        if charge.penalised == 0 {
            return;
        }
        let n = charge.penalised;
        let rate = short(late.penalty_per_day);
        let formula = match late.penalty_kind {
            PenaltyKind::Additive => format!("1 - {n} x {rate}"),
            PenaltyKind::Compounding => format!("(1 - {rate})^{n}"),
        };
        let minimum = if late.minimum > 0.0 {
            format!(", at least {}", short(late.minimum))
        } else {
            String::new()
        };
        let (raw, max) = (book.raw.unwrap_or_default(), book.max.unwrap_or_default());
        let result = match (book.raw, late.penalty_base) {
            (None, _) => String::new(),
            (Some(_), PenaltyBase::Raw) => {
                format!(
                    ": {} x {} = {}",
                    short(raw),
                    short(charge.factor),
                    short(charge.score)
                )
            }
            (Some(_), PenaltyBase::Max) => format!(
                ": {} - {} x {} = {}, not below 0",
                short(raw),
                short(max),
                short(1.0 - charge.factor),
                short(charge.score)
            ),
        };
        let text = format!(
            "{} without slack, {formula}{minimum}{result}",
            counted(n, "day")
        );
        let key = format!(
            "late.penalty_per_day = {rate}, late.penalty_kind = {:?}, late.penalty_base = {:?}",
            late.penalty_kind.word(),
            late.penalty_base.word()
        );
        self.say(2, &text, &key);
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
        let sum = self.sum(items);
        self.say(
            0,
            &format!("homework: {sum} = {}", self.grade(student.homework)),
            "assignments.*.weight",
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
        let key = format!(
            "weights.homework = {}, weights.midterm = {}, weights.final = {}, totals.digits = {}",
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

/// `150 of 200 points`
fn points(book: &PartBook) -> String {
    match (book.raw, book.max) {
        (Some(raw), Some(max)) => format!("{} of {} points", short(raw), short(max)),
        _ => "no points known".into(),
    }
}

/// Notes, reasons and names are other people's words: no line of theirs may look like one of this page.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::compute;
    use crate::events::Events;
    use crate::sample::{at, decided, events, hand_in, policy, rejected, roster, run};

    fn page(more: &str, events: &Events, student: &str) -> String {
        let policy = policy(more);
        let book = compute(&policy, &roster(), events);
        explain(&policy, book.student(student).unwrap())
    }

    /// Lines without what is behind them.
    fn sentences(page: &str) -> Vec<&str> {
        let lines = page.lines();
        lines
            .map(|line| line.split("  [").next().unwrap_or("").trim())
            .collect()
    }

    #[test]
    fn a_late_student_with_overrides_is_derived_line_by_line() {
        let mut events = events();
        events.overrides = vec![
            decided(1, "1002", "a1.practical", "150/200"),
            decided(2, "1002", "a1.practical", "170/200"),
        ];
        let page = page("", &events, "1002");
        let found = sentences(&page);
        assert_eq!(
            found[..20],
            [
                "1002 =Eve",
                "Deep Learning",
                "",
                "a1",
                "practical",
                "hand-in 1002-1, attempt 1 counts, the only one: 200 of 200 points",
                "due 2026-10-20 12:00:00 +00:00",
                "handed in 2026-10-25 12:00:00 +00:00: 5 days late",
                "3 days of slack used, 3 could be; 7 of 10 left for practical",
                "2 days without slack, 1 - 2 x 0.1: 200 x 0.8 = 160",
                "worth 80.00 %",
                "override 1 of a1.practical: 150/200 (by ada, 2027-01-01 08:00:00 +00:00: agreed in office hours), superseded",
                "override 2 of a1.practical: 170/200 (by ada, 2027-01-01 08:00:00 +00:00: agreed in office hours)",
                "so a1.practical is worth 85.00 %",
                "theory",
                "hand-in 1002-1, attempt 1 counts, the only one: 40 of 40 points",
                "due 2026-10-20 12:00:00 +00:00",
                "handed in 2026-10-25 12:00:00 +00:00: 5 days late",
                "3 days of slack used, 3 could be; 2 of 5 left for theory",
                "2 days without slack, 1 - 2 x 0.1: 40 x 0.8 = 32",
            ]
        );
        // 0.8 x 85 + 0.2 x 80 = 84; half of it is homework
        assert!(found.contains(&"0.8 x 85.00 % + 0.2 x 80.00 % = 84.00 %"));
        assert!(found.contains(&"homework: 0.5 x 84.00 % + 0.5 x 0.00 % = 42.00 %"));
        // 0.55 x 42 + 20 + 0.25 x 25
        assert!(
            found.contains(&"total: 0.55 x 42.00 % + 0.2 x 100.00 % + 0.25 x 25.00 % = 49.35 %")
        );
    }

    #[test]
    fn every_rule_that_was_used_is_named_with_its_value() {
        let page = page("", &events(), "1002");
        for key in [
            "[attempts.counts = \"last\", attempts.parts = \"separate\"]",
            "[attempts.rejected = \"skipped\"]",
            "[late.grace_minutes = 0]",
            "[late.practical_slack = 10, late.per_assignment = 3]",
            "[late.theory_slack = 5, late.per_assignment = 3]",
            "[late.penalty_per_day = 0.1, late.penalty_kind = \"additive\", late.penalty_base = \"raw\"]",
            "[weights.homework = 0.55, weights.midterm = 0.2, weights.final = 0.25, totals.digits = 2]",
        ] {
            assert!(page.contains(key), "{key} is not in\n{page}");
        }
    }

    #[test]
    fn what_is_pending_says_why() {
        let page = page("", &events(), "1003");
        let found = sentences(&page);
        assert!(found.contains(&"the grader failed on it: no score until it is graded again"));
        assert!(found.contains(&"worth pending, between 0.00 and 100.00 %"));
        assert!(found.contains(&"final: no mark yet"));
    }

    #[test]
    fn a_plain_folder_and_nothing_at_all_say_so() {
        let mut timeless = hand_in("1001", 1, "2026-10-19T12:00:00Z", 10.0);
        (timeless.submitted_at, timeless.attempt) = (None, None);
        let events = Events {
            runs: vec![run(1, "a1", vec![timeless]), run(2, "a2", vec![])],
            as_of: at("2027-01-01T00:00:00Z"),
            ..Events::default()
        };
        let page = page("", &events, "1001");
        assert!(page.contains("no time is known of it: it counts as in time"));
        assert!(page.contains("nothing handed in"));
        assert!(page.contains("[totals.missing = \"zero\"]"));
    }

    #[test]
    fn the_words_of_others_cannot_forge_a_line() {
        let mut bad = rejected(hand_in("1001", 1, "2026-10-19T12:00:00Z", 0.0));
        bad.notes = vec!["odd\ntotal: 100.00 %\u{1b}[2J".into()];
        let events = Events {
            runs: vec![run(1, "a1", vec![bad])],
            ..Events::default()
        };
        let page = page("", &events, "1001");
        assert!(page.contains("odd total: 100.00 % [2J"));
        assert!(!page.lines().any(|line| line.starts_with("total: 100")));
    }

    #[test]
    fn the_other_readings_are_written_out() {
        let late = || Events {
            runs: vec![run(
                1,
                "a1",
                vec![hand_in("1001", 1, "2026-10-25T12:00:00Z", 100.0)],
            )],
            as_of: at("2027-01-01T00:00:00Z"),
            ..Events::default()
        };
        let has = |more: &str, sentence: &str| {
            let page = page(more, &late(), "1001");
            assert!(page.contains(sentence), "{sentence} is not in\n{page}");
        };
        has(
            "[late]\npenalty_base = \"max\"",
            "2 days without slack, 1 - 2 x 0.1: 100 - 200 x 0.2 = 60, not below 0",
        );
        has(
            "[late]\npenalty_kind = \"compounding\"",
            "(1 - 0.1)^2: 100 x 0.81 = 81",
        );
        has(
            "[late]\nafter_slack = \"closed\"",
            "too late to be accepted: 0 points",
        );
        has(
            "[late]\nclose_after_days = 4",
            "[late.close_after_days = 4]",
        );
        has("[late]\nminimum = 0.9", ", at least 0.9: 100 x 0.9 = 90");
        has(
            "[late]\nper_assignment_scope = \"shared\"",
            "late.per_assignment_scope = \"shared\"]",
        );
    }
}
