//! Marks that people gave, from a CSV file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use thiserror::Error;

use crate::csv::{self, Row};
use crate::digits::{student_number, to_ascii_digits};
use crate::events::Mark;
use crate::policy::Policy;

/// What the marks of a file are about.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// The file, for messages.
    pub path: &'a str,
    /// `midterm`, `final`, or a part such as `a1.theory`.
    pub item: &'a str,
    /// What could be had.
    pub max: f64,
    /// Where the marks come from.
    pub why: &'a str,
}

/// The marks of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Marks {
    /// One for each line with a score.
    pub marks: Vec<Mark>,
    /// Students whose score is empty: they get no mark, and their item stays pending.
    pub without: Vec<String>,
}

/// Why a file of marks cannot be used. Nothing of it is recorded then.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MarksError {
    /// The item has no marks.
    #[error("{item:?} is no item that people mark; there is: {}", known.join(", "))]
    Item {
        /// What was asked for.
        item: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The maximum is not one.
    #[error("the maximum is {0}, but must be a number above 0")]
    Max(String),
    /// It is not CSV.
    #[error("{path}: {source}")]
    Csv {
        /// The file.
        path: String,
        /// What is wrong.
        source: csv::OpenQuote,
    },
    /// A column is not there.
    #[error(
        "{path}: no column is named {wanted:?}; the first line names the columns student, score and, if it is known, submitted_at"
    )]
    NoColumn {
        /// The file.
        path: String,
        /// The name looked for.
        wanted: &'static str,
    },
    /// A line says what cannot be.
    #[error("{path}, line {line}: {what}; nothing was recorded")]
    Line {
        /// The file.
        path: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// Reads marks: columns `student`, `score` and, if it is known, `submitted_at`, in any order. Scores may have Persian
/// digits and a decimal comma. Times are those of the course's clocks, or RFC 3339.
///
/// # Errors
/// With the line, when a score is none, is more than the maximum, or a student is there twice.
pub fn read(text: &str, sheet: &Sheet, policy: &Policy) -> Result<Marks, MarksError> {
    let known = policy.marked_items();
    if !known.iter().any(|item| item == sheet.item) {
        let item = sheet.item.to_string();
        return Err(MarksError::Item { item, known });
    }
    if !(sheet.max.is_finite() && sheet.max > 0.0) {
        return Err(MarksError::Max(sheet.max.to_string()));
    }
    let path = || sheet.path.to_string();
    let rows = csv::read(text).map_err(|source| MarksError::Csv {
        path: path(),
        source,
    })?;
    let column = |wanted: &str| {
        let named = |name: &String| name.trim().eq_ignore_ascii_case(wanted);
        rows.first()
            .and_then(|header| header.fields.iter().position(named))
    };
    let needed = |wanted: &'static str| {
        column(wanted).ok_or_else(|| MarksError::NoColumn {
            path: path(),
            wanted,
        })
    };
    let columns = (needed("student")?, needed("score")?, column("submitted_at"));
    let mut found = Marks {
        marks: Vec::new(),
        without: Vec::new(),
    };
    let mut lines = BTreeMap::new();
    for row in rows.iter().skip(1) {
        let at_line = |what| MarksError::Line {
            path: path(),
            line: row.line,
            what,
        };
        let student = student_number(row.get(Some(columns.0)));
        if student.is_empty() {
            return Err(at_line("the student's number is empty".into()));
        }
        if let Some(first) = lines.insert(student.clone(), row.line) {
            return Err(at_line(format!(
                "student {student} is in line {first} already"
            )));
        }
        match points(row.get(Some(columns.1)), sheet.max).map_err(at_line)? {
            None => found.without.push(student),
            Some(points) => found.marks.push(Mark {
                student,
                item: sheet.item.to_string(),
                points,
                max: sheet.max,
                submitted_at: time(row, columns.2, policy).map_err(at_line)?,
                why: sheet.why.to_string(),
            }),
        }
    }
    Ok(found)
}

fn points(text: &str, max: f64) -> Result<Option<f64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let plain = to_ascii_digits(text).replace([',', '\u{066B}'], ".");
    match plain.parse::<f64>() {
        Ok(points) if (0.0..=max).contains(&points) => Ok(Some(points)),
        Ok(_) => Err(format!(
            "the score is {text}, but must be between 0 and {max}"
        )),
        Err(_) => Err(format!(
            "{text:?} is no score; leave it empty if there is none yet"
        )),
    }
}

fn time(row: &Row, column: Option<usize>, policy: &Policy) -> Result<Option<Timestamp>, String> {
    let text = row.get(column);
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse() {
        Ok(time) => Ok(Some(time)),
        Err(_) => policy
            .moment(text)
            .map(Some)
            .map_err(|what| format!("submitted_at {what}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{at, policy};

    fn sheet(item: &str) -> Sheet<'_> {
        Sheet {
            path: "midterm.csv",
            item,
            max: 20.0,
            why: "sheet of 3 December",
        }
    }

    fn error(text: &str) -> String {
        read(text, &sheet("midterm"), &policy(""))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn persian_digits_commas_and_empty_scores_are_read() {
        let text = "\u{FEFF}score;student\n۱۷٫۲۵;۱۰۰۱\n12,5;1002\n;1003\n0;1004\n";
        let found = read(text, &sheet("midterm"), &policy("")).unwrap();
        let scores: Vec<_> = found
            .marks
            .iter()
            .map(|m| (m.student.as_str(), m.points))
            .collect();
        assert_eq!(scores, [("1001", 17.25), ("1002", 12.5), ("1004", 0.0)]);
        assert_eq!(found.without, ["1003"]);
    }

    #[test]
    fn times_are_those_of_the_course_or_exact() {
        let text = "student,score,submitted_at\n1,1,2026-10-21 12:00\n2,1,2026-10-21T12:00:00+03:30\n3,1,\n";
        let found = read(text, &sheet("a1.theory"), &policy("")).unwrap();
        let times: Vec<_> = found.marks.iter().map(|m| m.submitted_at).collect();
        assert_eq!(
            times,
            [
                Some(at("2026-10-21T12:00:00Z")),
                Some(at("2026-10-21T08:30:00Z")),
                None
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert_eq!(
            error("student,score\n1,20.5\n"),
            "midterm.csv, line 2: the score is 20.5, but must be between 0 and 20; nothing was recorded"
        );
        assert!(error("student,score\n1,ten\n").contains("line 2: \"ten\" is no score"));
        assert!(error("student,score\n1,NaN\n").contains("must be between"));
        assert!(
            error("student,score\n1,1\n۱,2\n").contains("line 3: student 1 is in line 2 already")
        );
        assert!(error("student,score\n,1\n").contains("line 2: the student's number is empty"));
        assert!(
            error("student,score,submitted_at\n1,1,soon\n").contains("submitted_at is \"soon\"")
        );
        assert!(error("student,points\n1,1\n").contains("no column is named \"score\""));
        assert!(error("").contains("no column is named \"student\""));
    }

    #[test]
    fn only_items_with_marks_are_marked() {
        let error = read("", &sheet("total"), &policy(""))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "\"total\" is no item that people mark; there is: a1.practical, a1.theory, a2.practical, a2.theory, midterm, final"
        );
        let endless = Sheet {
            max: f64::INFINITY,
            ..sheet("final")
        };
        assert!(read("", &endless, &policy("")).is_err());
    }
}
