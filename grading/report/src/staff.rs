//! `staff.json` and `timing.json`: everything, for assistants.

use std::collections::BTreeMap;

use hidden_suite::theory::{Mark, TheoryPoints};
use judge::{Graded, PartState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::text::mark_words;
use crate::{Record, Summary, Verdict};

/// Everything that was seen, with the line for the class's table.
#[must_use]
pub fn staff_json(record: &Record, summary: &Summary) -> Value {
    let parts: Vec<Value> = match &record.verdict {
        Verdict::Graded(graded, _) => graded
            .parts
            .iter()
            .map(|part| {
                let compile = match &part.state {
                    PartState::Compiled => json!({"verdict": "compiled"}),
                    PartState::Missing => json!({"verdict": "missing"}),
                    PartState::DoesNotCompile(message) => {
                        json!({"verdict": "does_not_compile", "message": message})
                    }
                };
                let checks: Vec<Value> = part
                    .checks
                    .iter()
                    .map(|(result, hidden)| {
                        json!({
                            "id": result.check.id,
                            "hidden": hidden,
                            "points": result.points(),
                            "max": result.check.points,
                            "verdict": result.failure().map_or("passed", |f| f.kind.words()),
                            "message": result.failure().map(|f| &f.message),
                        })
                    })
                    .collect();
                json!({
                    "part": part.part.id,
                    "title": part.part.title,
                    "compile": compile,
                    "violations": part.scan.violations,
                    "unread": part.scan.unread,
                    "points": part.points(),
                    "earned": part.earned(),
                    "max": part.max(),
                    "checks": checks,
                })
            })
            .collect(),
        _ => Vec::new(),
    };
    json!({
        "schema": 1,
        "assignment": record.assignment,
        "submission_sha256": record.sha256,
        "grading_key": record.key,
        "sandbox": record.sandbox,
        "notices": record.notices,
        "summary": summary,
        "parts": parts,
        "theory": record.theory().map(theory),
    })
}

/// The theory sheet with the right answers.
fn theory(theory: &TheoryPoints) -> Value {
    let questions: Vec<Value> = theory
        .questions
        .iter()
        .map(|question| {
            let answers = question.answers.iter().map(|answer| {
                let given = match answer.mark {
                    Mark::Wrong(given) => Some(given),
                    _ => None,
                };
                json!({
                    "key": answer.key,
                    "verdict": mark_words(&answer.mark),
                    "given": given,
                    "expected": answer.expected,
                })
            });
            json!({
                "id": question.id,
                "title": question.title,
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

/// What grading one hand-in took, in seconds by the clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Reading the package.
    pub read: f64,
    /// All calls of the compiler.
    pub compile: f64,
    /// Running and checking.
    pub check: f64,
    /// Each check that was run, by its id.
    #[serde(default)]
    pub checks: BTreeMap<String, f64>,
}

impl Timing {
    /// The times of `graded`, with `read` seconds before it.
    #[must_use]
    pub fn new(read: f64, graded: Option<&Graded>) -> Self {
        Self {
            read,
            compile: graded.map_or(0.0, |g| g.compile_time.as_secs_f64()),
            check: graded.map_or(0.0, |g| g.check_time.as_secs_f64()),
            checks: graded.map(check_seconds).unwrap_or_default(),
        }
    }
}

/// The checks of the parts that could be run.
fn check_seconds(graded: &Graded) -> BTreeMap<String, f64> {
    let run = graded.parts.iter();
    let run = run.filter(|part| part.state == PartState::Compiled);
    run.flat_map(|part| &part.checks)
        .map(|(result, _)| (result.check.id.to_string(), result.time.as_secs_f64()))
        .collect()
}
