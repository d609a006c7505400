//! The class's summary, of the results that are there.

use std::collections::BTreeSet;

use common::check::Part;
use common::files::write_atomically;
use intake::Candidate;
use report::{Summary, SummaryStatus};
use serde_json::json;

use crate::{Lock, Results, RunError};

/// The results of a class.
pub struct Class {
    /// One row per hand-in that has results, in the order of the list.
    pub rows: Vec<Summary>,
    /// Whether every hand-in has.
    pub complete: bool,
    /// How many results are of another grading: other checks, libraries, key or program.
    pub outdated: usize,
}

impl Class {
    /// Whether a hand-in met a fault of the grader.
    #[must_use]
    pub fn has_grader_error(&self) -> bool {
        let mut status = self.rows.iter().map(|row| row.status);
        status.any(|status| status == SummaryStatus::GraderError)
    }
}

/// Files of the class in the folder of the results: no hand-in may be called so.
const OF_THE_CLASS: [&str; 2] = ["summary.csv", "summary.json"];

/// Gives each hand-in a name of its own: `ada` may be there as a folder and as `ada.zip`.
#[must_use]
pub fn named(candidates: Vec<Candidate>) -> Vec<(String, Candidate)> {
    let mut taken: BTreeSet<String> = OF_THE_CLASS.map(String::from).into();
    candidates
        .into_iter()
        .map(|candidate| {
            let mut name = candidate.name.clone();
            while !taken.insert(name.clone()) {
                name.push_str("-again");
            }
            (name, candidate)
        })
        .collect()
}

/// Reads the rows of `hand_ins` and writes `summary.csv` and `summary.json`.
///
/// # Errors
/// When these cannot be written.
pub fn collect(
    assignment: &str,
    parts: &[Part],
    grading_key: &str,
    results: &Results,
    hand_ins: &[(String, Candidate)],
) -> Result<Class, RunError> {
    // Of shards that end together the last must see the results of all.
    let _turn = Lock::turn(results.folder(), "summary")?;
    let found: Vec<(Summary, String)> = hand_ins
        .iter()
        .filter_map(|(name, _)| results.row(name))
        .collect();
    let outdated = found.iter().filter(|(_, key)| key != grading_key).count();
    let rows: Vec<Summary> = found.into_iter().map(|(row, _)| row).collect();
    let complete = rows.len() == hand_ins.len();
    let ids: Vec<&str> = parts.iter().map(|part| part.id).collect();
    let document = json!({
        "schema": 1,
        "assignment": assignment,
        "grading_key": grading_key,
        "complete": complete,
        "hand_ins": rows,
    });
    let [csv, json] = OF_THE_CLASS.map(|file| results.folder().join(file));
    let text = serde_json::to_string_pretty(&document)
        .map_err(|e| RunError::io("write", &json)(e.into()))?;
    for (path, text) in [(csv, report::summary_csv(&rows, &ids)), (json, text + "\n")] {
        write_atomically(&path, text.as_bytes()).map_err(RunError::io("write", &path))?;
    }
    Ok(Class {
        rows,
        complete,
        outdated,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use intake::Kind;

    #[test]
    fn every_hand_in_has_a_name_of_its_own() {
        let candidate = |name: &str| Candidate {
            name: name.into(),
            path: "x".into(),
            kind: Kind::File,
            attempt: None,
        };
        let names = ["ada", "ada", "ada-again", "summary.csv"].map(candidate);
        let names: Vec<String> = named(names.into()).into_iter().map(|(n, _)| n).collect();
        assert_eq!(
            names,
            ["ada", "ada-again", "ada-again-again", "summary.csv-again"]
        );
    }
}
