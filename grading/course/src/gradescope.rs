//! `course gradescope`: one hand-in, as Gradescope lays it out and wants its results.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use intake::Candidate;
use runs::Journal;
use serde_json::{Value, json};

use crate::GradescopeArgs;
use crate::exit::Exit;
use crate::setup::{self, Setup};

/// Grades the hand-in and writes `results.json`. Nothing is written when the grader fails, so that Gradescope says
/// so and shows no score.
///
/// # Errors
/// When the hand-in is not there, or the grader fails.
pub fn run(args: &GradescopeArgs) -> Result<Exit> {
    let key = setup::read_key(&args.key)?;
    let setup = Setup::new(&args.assignment, args.sandbox.into(), key)?;
    let candidate = candidate(&args.submission, args.metadata.as_deref())?;
    let place = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (journal, _) = Journal::open(&place.path().join("journal"))?;
    let grader = setup.grader(place.path(), true);
    grader.grade("submission", &candidate, &journal)?;
    let text = fs::read(place.path().join("submission/results.json"))?;
    let mut results: Value = serde_json::from_slice(&text)?;
    if results["score"].is_null() {
        let staff = fs::read_to_string(place.path().join("submission/staff.json"))?;
        let staff: Value = serde_json::from_str(&staff)?;
        bail!("the grader failed: {}", staff["summary"]["notes"][0]);
    }
    hide(&mut results);
    let text = serde_json::to_string_pretty(&results)? + "\n";
    common::files::write_atomically(&args.results, text.as_bytes())
        .with_context(|| format!("cannot write {}", args.results.display()))?;
    Ok(Exit::Done)
}

/// The hand-in, under the name that Gradescope knows its author by.
fn candidate(submission: &Path, metadata: Option<&Path>) -> Result<Candidate> {
    let submission = fs::canonicalize(submission)
        .with_context(|| format!("cannot read {}", submission.display()))?;
    let parent = submission.parent().unwrap_or(&submission);
    // Looked at from outside, so that a single zip in the folder counts as the hand-in.
    let found = intake::hand_ins(parent)?
        .into_iter()
        .find(|candidate| candidate.path.starts_with(&submission));
    let mut candidate =
        found.with_context(|| format!("there is no hand-in at {}", submission.display()))?;
    if let Some(author) = metadata.and_then(author) {
        candidate.name = author;
    }
    Ok(candidate)
}

/// The first author's address up to the `@`, or their number, of `submission_metadata.json`.
fn author(metadata: &Path) -> Option<String> {
    let document: Value = serde_json::from_slice(&fs::read(metadata).ok()?).ok()?;
    let user = document["users"].get(0)?;
    match user["email"]
        .as_str()
        .and_then(|email| email.split('@').next())
    {
        Some(name) if !name.is_empty() => Some(name.to_owned()),
        _ => Some(user["id"].to_string()),
    }
}

/// A student who hands in again and again would learn a bit of a hidden check each time: these are shown after
/// the due date, and so is the score, which adds them up.
fn hide(results: &mut Value) {
    let Some(tests) = results["tests"]
        .as_array_mut()
        .filter(|tests| !tests.is_empty())
    else {
        return; // rejected: nothing was asked
    };
    for test in tests {
        if test["extra_data"]["hidden"] == true {
            test["visibility"] = json!("after_due_date");
        }
    }
    // Gradescope adds the tests up itself, and shows no sum while some are hidden.
    if let Some(document) = results.as_object_mut() {
        document.remove("score");
    }
    results["output"] = json!(
        "The checks that you have are shown now, the hidden ones after the due date; the theory sheet is graded apart."
    );
    if let Some(extra) = results["extra_data"].as_object_mut() {
        extra.remove("theory");
    }
}
