//! `results.json`: Gradescope's autograder format, for the student.

use common::check::{CheckResult, Kind};
use hidden_suite::theory::TheoryPoints;
use judge::{PartScore, PartState};
use serde_json::{Value, json};

use crate::text::{mark_words, theory_text};
use crate::{RULE_VIOLATION, Record, Verdict};

/// Gradescope's document. It can be uploaded as it is; what Gradescope does not know is in `extra_data`.
///
/// It is safe to show: hidden checks carry no message.
#[must_use]
pub fn results_json(record: &Record) -> Value {
    let mut parts = Vec::new();
    let (score, output, tests) = match &record.verdict {
        Verdict::Graded(graded, theory) => {
            parts = graded.parts.iter().map(part).collect();
            let tests = graded
                .parts
                .iter()
                .flat_map(|part| {
                    part.checks
                        .iter()
                        .map(|(result, hidden)| test(part, result, *hidden))
                })
                .collect();
            (
                json!(graded.points()),
                format!(
                    "{} of {} points{}",
                    graded.points(),
                    graded.max(),
                    theory_text(theory)
                ),
                tests,
            )
        }
        Verdict::Rejected(why) => (
            json!(0),
            format!("The hand-in was not graded: {why}"),
            vec![],
        ),
        Verdict::GraderError(_) => (
            Value::Null,
            "The grader failed on this hand-in. It has no score yet; your assistants see why."
                .into(),
            vec![],
        ),
    };
    json!({
        "score": score,
        "output": output,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {
            "schema": 1,
            "assignment": record.assignment,
            "student": record.student,
            "submission_sha256": record.sha256,
            "grading_key": record.key,
            "notices": record.notices,
            "parts": parts,
            "theory": record.theory().map(theory),
        },
    })
}

/// What a student may read of a part. The compiler's message is about the student's own file.
fn part(part: &PartScore) -> Value {
    let compiler = match &part.state {
        PartState::DoesNotCompile(message) => Some(message),
        PartState::Compiled | PartState::Missing => None,
    };
    json!({
        "id": part.part.id,
        "title": part.part.title,
        "points": part.points(),
        "max": part.max(),
        "compiler": compiler,
    })
}

/// What a student may read of the theory sheet: everything but the right answers.
fn theory(theory: &TheoryPoints) -> Value {
    let questions: Vec<Value> = theory
        .questions
        .iter()
        .map(|question| {
            let answers = question
                .answers
                .iter()
                .map(|answer| json!({"key": answer.key, "verdict": mark_words(&answer.mark)}));
            json!({
                "id": question.id,
                "title": question.title,
                "part": question.part,
                "points": question.points(),
                "max": question.max(),
                "answers": answers.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "points": theory.points(),
        "max": theory.max(),
        "remarks": theory.remarks,
        "questions": questions,
    })
}

fn test(part: &PartScore, result: &CheckResult, hidden: bool) -> Value {
    let counts = part.scan.is_clean();
    let verdict = match result.failure() {
        _ if !counts => RULE_VIOLATION,
        None => "passed",
        Some(failure) => failure.kind.words(),
    };
    json!({
        "number": result.check.part,
        "name": result.check.id,
        "score": if counts { result.points() } else { 0 },
        "max_score": result.check.points,
        "status": if counts && result.passed() { "passed" } else { "failed" },
        "visibility": "visible",
        "output": public_words(part, result, hidden),
        "extra_data": {
            "hidden": hidden,
            "verdict": verdict,
        },
    })
}

/// What a student may read of a check.
pub(crate) fn public_words(part: &PartScore, result: &CheckResult, hidden: bool) -> String {
    if !part.scan.is_clean() {
        return violations(part);
    }
    let check = &result.check;
    let Some(failure) = result.failure() else {
        return check.proves.to_string();
    };
    if let PartState::DoesNotCompile(_) = part.state {
        return failure.message.clone();
    }
    let what_happened = if hidden && failure.kind != Kind::NotImplemented {
        format!(
            "{} (hidden check: its data is not shown)",
            failure.kind.words()
        )
    } else {
        failure.message.clone()
    };
    format!("{}\n{what_happened}\nHint: {}", check.proves, check.hint)
}

/// Why a part has no points although its checks may pass: each place that breaks a rule on a line.
pub(crate) fn violations(part: &PartScore) -> String {
    let places = part.scan.violations.iter().map(ToString::to_string);
    let lines = std::iter::once(format!("{RULE_VIOLATION}, so no points:")).chain(places);
    lines.collect::<Vec<_>>().join("\n")
}
