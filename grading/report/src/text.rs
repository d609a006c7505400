//! `report.txt`: the results as a person reads them, for the student.

use std::fmt::Write;

use hidden_suite::theory::{Mark, QuestionPoints, TheoryPoints};
use judge::{Graded, PartScore, PartState};

use crate::gradescope::{public_words, violations};
use crate::{Record, Verdict};

/// The whole report. It is safe to show: hidden checks carry no message.
#[must_use]
pub fn report_text(record: &Record) -> String {
    let mut text = format!(
        "Assignment {}  hand-in of {}\n\n",
        record.assignment.to_uppercase(),
        record.student
    );
    match &record.verdict {
        Verdict::Graded(graded, theory) => {
            graded_text(graded, &mut text);
            text.push_str(&theory_text(theory));
            text.push('\n');
        }
        Verdict::Rejected(why) => {
            let _ = writeln!(text, "Score: 0. The hand-in was not graded: {why}");
        }
        Verdict::GraderError(_) => text.push_str(
            "No score yet: the grader failed on this hand-in. Your assistants see why.\n",
        ),
    }
    for notice in record.notices {
        let _ = writeln!(text, "Note: {notice}");
    }
    text
}

fn graded_text(graded: &Graded, text: &mut String) {
    let _ = writeln!(
        text,
        "Score of the parts: {} of {}\n",
        graded.points(),
        graded.max()
    );
    for part in &graded.parts {
        let _ = writeln!(
            text,
            "{:5} {:44} {:>3} of {}",
            part.part.id,
            part.part.title,
            part.points(),
            part.max()
        );
    }
    for part in &graded.parts {
        part_text(part, text);
    }
}

/// The theory sheet, empty when there is none. It is safe to show: no right answer is in it.
pub(crate) fn theory_text(theory: &TheoryPoints) -> String {
    if theory.max() == 0 {
        return String::new();
    }
    let mut text = format!(
        "\n\nTheory sheet: {} of {}\n",
        theory.points(),
        theory.max()
    );
    for remark in &theory.remarks {
        let _ = writeln!(text, "  {remark}");
    }
    for question in &theory.questions {
        question_text(question, &mut text);
    }
    text
}

fn question_text(question: &QuestionPoints, text: &mut String) {
    let full = question.points() == question.max();
    let _ = writeln!(
        text,
        "  {} {:>2}/{:<2} {:17} {}",
        if full { "ok  " } else { "FAIL" },
        question.points(),
        question.max(),
        question.id,
        question.title
    );
    for answer in question
        .answers
        .iter()
        .filter(|answer| answer.mark != Mark::Right)
    {
        let _ = writeln!(
            text,
            "         {}: {}",
            answer.key,
            mark_words(&answer.mark)
        );
    }
}

/// How an answer was found, without the right one.
pub(crate) fn mark_words(mark: &Mark) -> String {
    match mark {
        Mark::Right => "right".into(),
        Mark::Wrong(given) => format!("{given} is wrong"),
        Mark::Missing => "no answer".into(),
        Mark::Unreadable(why) => why.clone(),
    }
}

fn part_text(part: &PartScore, text: &mut String) {
    let _ = writeln!(text, "\n{} {}", part.part.id, part.part.title);
    match &part.state {
        PartState::Compiled => {}
        PartState::Missing => {
            let _ = writeln!(text, "  the hand-in has no {}.rs", part.part.module);
            return;
        }
        PartState::DoesNotCompile(message) => {
            let _ = writeln!(text, "  {}.rs does not compile:", part.part.module);
            for line in message.lines() {
                let _ = writeln!(text, "    {line}");
            }
            return;
        }
    }
    if !part.scan.is_clean() {
        for line in violations(part).lines() {
            let _ = writeln!(text, "  {line}");
        }
        return;
    }
    for (result, hidden) in &part.checks {
        let mark = if result.passed() { "ok  " } else { "FAIL" };
        let sort = if *hidden { "hidden" } else { "public" };
        let _ = writeln!(
            text,
            "  {mark} {:>2}/{:<2} {sort}  {}",
            result.points(),
            result.check.points,
            result.check.id
        );
        if !result.passed() {
            for line in public_words(part, result, *hidden).lines() {
                let _ = writeln!(text, "         {line}");
            }
        }
    }
}
