//! A part of an assignment: which hand-in counts, and what lateness takes.

use super::Page;
use crate::book::{Absence, Chosen, PartBook, Source};
use crate::late::Charge;
use crate::number::{counted, short};
use crate::policy::{AfterSlack, Counts, Part, PenaltyBase, PenaltyKind, Scope, SlackForZero};
use crate::summary::Status;

impl Page<'_> {
    pub(super) fn part(&mut self, id: &str, book: &PartBook) {
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
                let key = match why {
                    Absence::NotHandedIn => {
                        format!("totals.missing = {:?}", self.policy.totals.missing.word())
                    }
                    Absence::NoResults | Absence::Incomplete => String::new(),
                };
                self.say(2, why.words(), &key);
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
        for note in chosen
            .notes
            .iter()
            .filter(|note| is_about(note, chosen.status, book.part))
        {
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
        let when = match charge.days {
            0 => "in time".to_string(),
            days => format!("{} late", counted(days, "day")),
        };
        let text = format!("handed in {}: {when}", self.policy.local(time));
        self.say(
            2,
            &text,
            &format!("late.grace_minutes = {}", late.grace_minutes),
        );
        let nothing = late.slack_for_zero == SlackForZero::Kept && book.raw == Some(0.0);
        match charge.days {
            0 => {}
            _ if nothing => self.nothing_to_lose(book),
            _ => {
                self.slack(book, charge);
                self.penalty(book, charge);
            }
        }
    }

    /// Without points neither slack nor penalty changes anything.
    fn nothing_to_lose(&mut self, book: &PartBook) {
        let late = &self.policy.late;
        let text = format!(
            "without points no slack is used and nothing is taken off; {} of {} left for {}",
            book.slack_left,
            late.slack(book.part),
            book.part.word()
        );
        let key = format!("late.slack_for_zero = {:?}", late.slack_for_zero.word());
        self.say(2, &text, &key);
    }

    fn slack(&mut self, book: &PartBook, charge: &Charge) {
        let late = &self.policy.late;
        let word = book.part.word();
        let (used, left) = (charge.used, book.slack_left);
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
        let key = format!(
            "late.{word}_slack = {}, late.per_assignment = {}{scope}",
            late.slack(book.part),
            late.per_assignment
        );
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
}

/// Whether a note of grading belongs to `part`. One about the theory sheet begins with its file; one about a hand-in that was
/// not graded is about all of it.
fn is_about(note: &str, status: Status, part: Part) -> bool {
    status != Status::Graded || note.starts_with("theory.toml: ") == (part == Part::Theory)
}

/// `150 of 200 points`
fn points(book: &PartBook) -> String {
    match (book.raw, book.max) {
        (Some(raw), Some(max)) => format!("{} of {} points", short(raw), short(max)),
        _ => "no points known".into(),
    }
}
