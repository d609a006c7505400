//! `summary.json`: what grading says about the hand-ins of an assignment.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digits::student_number;

/// The layout that is understood.
const SCHEMA: u32 = 1;

/// The results of an assignment at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The version of the layout.
    pub schema: u32,
    /// `a1`
    pub assignment: String,
    /// Names what graded: program, checks, libraries, key.
    pub grading_key: String,
    /// Whether every hand-in of the class is in it: only then is nothing from a student a result.
    pub complete: bool,
    /// One for each, in the order of their names.
    pub hand_ins: Vec<HandIn>,
}

/// What became of a hand-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandIn {
    /// The name of the folder or zip.
    pub hand_in: String,
    /// The student's number.
    pub student: String,
    /// Which attempt of the student's it is, if that is known.
    #[serde(default)]
    pub attempt: Option<u32>,
    /// When it was handed in, if that is known.
    #[serde(default)]
    pub submitted_at: Option<Timestamp>,
    /// The SHA-256 of the graded files, in hexadecimal; empty when there are none.
    #[serde(default)]
    pub submission_sha256: String,
    /// How grading ended.
    pub status: Status,
    /// Of the practical parts; nothing when the grader failed.
    #[serde(default)]
    pub points: Option<f64>,
    /// What could be had in them.
    pub max: f64,
    /// Of the theory sheet; nothing when the grader failed.
    #[serde(default)]
    pub theory: Option<f64>,
    /// What could be had in it; 0 when there is none.
    #[serde(default)]
    pub theory_max: f64,
    /// The points of each part.
    #[serde(default)]
    pub parts: Vec<(String, f64)>,
    /// What a person should know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// How grading a hand-in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has a score.
    Graded,
    /// It was no hand-in that can be graded; its score is 0.
    Rejected,
    /// The grader failed; there is no score.
    GraderError,
}

impl Status {
    /// The word in files and tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Graded => "graded",
            Self::Rejected => "rejected",
            Self::GraderError => "grader_error",
        }
    }
}

/// Why a summary cannot be used.
#[derive(Debug, Error)]
pub enum SummaryError {
    /// It is another sort of file.
    #[error(
        "{path} is no summary.json as grading writes it: {source}; name that file, or grade again if this was it"
    )]
    Other {
        /// The file.
        path: String,
        /// What the parser says, with line and column.
        source: serde_json::Error,
    },
    /// It is a summary, but not of the layout.
    #[error("{path}: {source}; grade again, which writes it anew")]
    Json {
        /// The file.
        path: String,
        /// What the parser says, with line and column.
        source: serde_json::Error,
    },
    /// It was written by another version of the toolkit.
    #[error(
        "{path}: it has schema {found}, but only {SCHEMA} is understood; use the toolkit that wrote it, or grade again"
    )]
    Schema {
        /// The file.
        path: String,
        /// What it has.
        found: u32,
    },
    /// Something in it cannot be.
    #[error("{path}: hand-in {hand_in:?} {what}; grade again, which writes the file anew")]
    HandIn {
        /// The file.
        path: String,
        /// Its name.
        hand_in: String,
        /// Goes on after the name.
        what: String,
    },
}

/// Only the version, so that a newer layout is called that and not a mistake.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

impl Summary {
    /// Reads a `summary.json`. `path` is for messages.
    ///
    /// # Errors
    /// When it is of another version, is damaged, or says what cannot be.
    pub fn from_json(text: &str, path: &str) -> Result<Self, SummaryError> {
        let json = |source| SummaryError::Json {
            path: path.to_string(),
            source,
        };
        let version: Version =
            serde_json::from_str(text).map_err(|source| SummaryError::Other {
                path: path.to_string(),
                source,
            })?;
        if version.schema != SCHEMA {
            return Err(SummaryError::Schema {
                path: path.to_string(),
                found: version.schema,
            });
        }
        let mut summary: Self = serde_json::from_str(text).map_err(json)?;
        let mut names = BTreeSet::new();
        for hand_in in &mut summary.hand_ins {
            hand_in.student = student_number(&hand_in.student);
            let twice = !names.insert(hand_in.hand_in.clone());
            let wrong = if twice {
                Some("is there twice".into())
            } else {
                hand_in.impossible()
            };
            if let Some(what) = wrong {
                return Err(SummaryError::HandIn {
                    path: path.to_string(),
                    hand_in: hand_in.hand_in.clone(),
                    what,
                });
            }
        }
        summary.hand_ins.sort_by(|a, b| a.hand_in.cmp(&b.hand_in));
        Ok(summary)
    }
}

impl HandIn {
    /// What cannot be, as the end of a sentence.
    fn impossible(&self) -> Option<String> {
        let pairs = [
            ("points", self.points, self.max),
            ("theory", self.theory, self.theory_max),
        ];
        for (what, points, max) in pairs {
            if max < 0.0 {
                return Some(format!("has a maximum of {max} for its {what}"));
            }
            if let Some(points) = points.filter(|points| !(0.0..=max).contains(points)) {
                return Some(format!("has {points} of {max} as its {what}"));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"hand_in":"1001-2","student":"۱۰۰۱","attempt":2,"submitted_at":"2026-11-01T12:00:00Z",
        "submission_sha256":"ab","status":"graded","points":200,"max":240,"theory":38,"theory_max":40,
        "parts":[["A1.1",20]],"notes":["x"],"something_new":1}"#;

    fn summary(hand_ins: &str) -> String {
        format!(
            r#"{{"schema":1,"assignment":"a1","grading_key":"k","complete":true,"hand_ins":[{hand_ins}],"more":{{}}}}"#
        )
    }

    fn error(text: &str) -> String {
        Summary::from_json(text, "s.json").unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_known_is_ignored_and_digits_become_ascii() {
        let read = Summary::from_json(&summary(ONE), "s.json").unwrap();
        assert_eq!(read.hand_ins[0].student, "1001");
        assert_eq!(read.hand_ins[0].parts, [("A1.1".to_string(), 20.0)]);
        let again = Summary::from_json(&serde_json::to_string(&read).unwrap(), "s.json").unwrap();
        assert_eq!(again, read);
    }

    #[test]
    fn a_plain_folder_has_no_attempt_and_no_time_and_a_fault_no_points() {
        let text = r#"{"hand_in":"x","student":"1","attempt":null,"submitted_at":null,"submission_sha256":"",
            "status":"grader_error","points":null,"max":240,"theory":null,"theory_max":40,"parts":[],"notes":[]}"#;
        let read = Summary::from_json(&summary(text), "s.json").unwrap();
        let hand_in = &read.hand_ins[0];
        assert_eq!(
            (hand_in.attempt, hand_in.submitted_at, hand_in.points),
            (None, None, None)
        );
    }

    #[test]
    fn the_order_in_the_file_changes_nothing() {
        let other = ONE.replace("1001-2", "1001-1");
        let read = |text: String| Summary::from_json(&summary(&text), "s").unwrap();
        assert_eq!(
            read(format!("{ONE},{other}")),
            read(format!("{other},{ONE}"))
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for other in ["{", "hand_in,student\n", r#"{"points":3}"#] {
            let error = error(other);
            assert!(
                error.starts_with("s.json is no summary.json as "),
                "{error}"
            );
            assert!(error.contains("name that file, or grade again"), "{error}");
        }
        let damaged = error(r#"{"schema":1,"assignment":"a1"}"#);
        assert!(damaged.starts_with("s.json: missing field"), "{damaged}");
        let newer = r#"{"schema":2,"results":"elsewhere"}"#;
        assert!(error(newer).contains("schema 2, but only 1 is understood"));
        assert!(error(&summary(&format!("{ONE},{ONE}"))).contains("\"1001-2\" is there twice"));
        let too_much = ONE.replace("\"points\":200", "\"points\":241");
        assert!(error(&summary(&too_much)).contains("has 241 of 240 as its points"));
        let negative = ONE.replace("\"theory\":38", "\"theory\":-1");
        assert!(error(&summary(&negative)).contains("has -1 of 40 as its theory"));
        let time = ONE.replace("2026-11-01T12:00:00Z", "yesterday");
        assert!(Summary::from_json(&summary(&time), "s").is_err());
        let status = ONE.replace("\"graded\"", "\"fine\"");
        assert!(Summary::from_json(&summary(&status), "s").is_err());
    }
}
