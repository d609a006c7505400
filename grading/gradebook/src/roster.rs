//! Who is in the course: `roster.csv`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::csv::{self, Row};
use crate::digits::student_number;

/// One student.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Student {
    /// The number that results are filed under, in ASCII digits.
    pub student: String,
    /// As it is to be shown.
    pub name: String,
    /// Empty when the roster does not say.
    pub email: String,
    /// Empty when the roster does not say.
    pub section: String,
    /// Canvas's column `ID`; empty when the roster does not say.
    pub canvas_id: String,
    /// Canvas's column `SIS Login ID`; empty when the roster does not say.
    pub canvas_login: String,
    /// The number after `Participant` in Moodle's worksheet; empty when the roster does not say.
    pub moodle_id: String,
}

/// The students of the course, in the order of their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    students: BTreeMap<String, Student>,
}

/// Why a roster cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RosterError {
    /// It is not CSV.
    #[error("{path}: {source}")]
    Csv {
        /// The file.
        path: String,
        /// What is wrong.
        source: csv::OpenQuote,
    },
    /// There is nobody in it.
    #[error(
        "{path}: there is no student in it; the first line names the columns, then one line per student"
    )]
    Empty {
        /// The file.
        path: String,
    },
    /// The column that everything depends on is not there.
    #[error("{path}: no column is named {wanted:?}; the first line has: {found}")]
    NoColumn {
        /// The file.
        path: String,
        /// The name looked for.
        wanted: &'static str,
        /// The names that are there.
        found: String,
    },
    /// Two columns have the same name.
    #[error("{path}: two columns are named {name:?}; rename one of them")]
    TwoColumns {
        /// The file.
        path: String,
        /// The name.
        name: String,
    },
    /// A line without a number.
    #[error("{path}, line {line}: the student's number is empty; fill it in, or remove the line")]
    NoNumber {
        /// The file.
        path: String,
        /// The line.
        line: usize,
    },
    /// A number that cannot be one.
    #[error("{path}, line {line}: {student:?} is no student number: use letters, digits, - and _")]
    BadNumber {
        /// The file.
        path: String,
        /// The line.
        line: usize,
        /// What is there.
        student: String,
    },
    /// Two lines for one student.
    #[error(
        "{path}, line {line}: student {student} is in line {first} already; remove one of the two"
    )]
    Twice {
        /// The file.
        path: String,
        /// The later line.
        line: usize,
        /// The earlier line.
        first: usize,
        /// The number.
        student: String,
    },
}

impl Roster {
    /// Reads a roster: a line with the columns' names in any order, then one line per student. Only `student` is
    /// needed; columns with other names are not used. `path` is for messages.
    ///
    /// # Errors
    /// With the line, when somebody is in it twice or has no number.
    pub fn from_csv(text: &str, path: &str) -> Result<Self, RosterError> {
        let in_file = || path.to_string();
        let rows = csv::read(text).map_err(|source| RosterError::Csv {
            path: in_file(),
            source,
        })?;
        let (header, rows) = match rows.split_first() {
            Some((header, rows)) if !rows.is_empty() => (header, rows),
            _ => return Err(RosterError::Empty { path: in_file() }),
        };
        let columns = Columns::find(header, path)?;
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        let mut students = BTreeMap::new();
        for row in rows {
            let entry = columns.student(row);
            check_number(&entry.student, row.line, path)?;
            if let Some(first) = lines.insert(entry.student.clone(), row.line) {
                return Err(RosterError::Twice {
                    path: in_file(),
                    line: row.line,
                    first,
                    student: entry.student,
                });
            }
            students.insert(entry.student.clone(), entry);
        }
        Ok(Self { students })
    }

    /// All students, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Student> {
        self.students.values()
    }

    /// The student with this number, however its digits are written.
    #[must_use]
    pub fn get(&self, student: &str) -> Option<&Student> {
        self.students.get(&student_number(student))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.students.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.students.is_empty()
    }
}

fn check_number(student: &str, line: usize, path: &str) -> Result<(), RosterError> {
    let path = path.to_string();
    if student.is_empty() {
        return Err(RosterError::NoNumber { path, line });
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !student.chars().all(allowed) {
        let student = student.to_string();
        return Err(RosterError::BadNumber {
            path,
            line,
            student,
        });
    }
    Ok(())
}

/// Where the columns of a roster are.
struct Columns(BTreeMap<String, usize>);

impl Columns {
    fn find(header: &Row, path: &str) -> Result<Self, RosterError> {
        let mut columns = BTreeMap::new();
        for (index, name) in header.fields.iter().enumerate() {
            let name = name.trim().to_lowercase().replace([' ', '-'], "_");
            if !name.is_empty() && columns.insert(name.clone(), index).is_some() {
                let path = path.to_string();
                return Err(RosterError::TwoColumns { path, name });
            }
        }
        if columns.contains_key("student") {
            Ok(Self(columns))
        } else {
            Err(RosterError::NoColumn {
                path: path.to_string(),
                wanted: "student",
                found: header.fields.join(", "),
            })
        }
    }

    fn student(&self, row: &Row) -> Student {
        let text = |name: &str| row.get(self.0.get(name).copied()).to_string();
        Student {
            student: student_number(&text("student")),
            name: text("name"),
            email: text("email"),
            section: text("section"),
            canvas_id: text("canvas_id"),
            canvas_login: text("canvas_login"),
            moodle_id: text("moodle_id"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Roster::from_csv(text, "roster.csv")
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn columns_come_in_any_order_with_any_digits_and_separator() {
        let text = "\u{FEFF}Name;Student;Moodle ID\n\"Rezaei; Sara\";۴۰۱۲\u{200E};77\nAda;1001;\n";
        let roster = Roster::from_csv(text, "r").unwrap();
        assert_eq!(roster.len(), 2);
        let sara = roster.get("4012").unwrap();
        assert_eq!(
            (sara.name.as_str(), sara.moodle_id.as_str()),
            ("Rezaei; Sara", "77")
        );
        assert_eq!(roster.get("۱۰۰۱").unwrap().name, "Ada");
        let order: Vec<&str> = roster.iter().map(|s| s.student.as_str()).collect();
        assert_eq!(order, ["1001", "4012"]);
    }

    #[test]
    fn the_same_number_in_other_digits_is_twice() {
        assert_eq!(
            error("student,name\n1001,a\n\n۱۰۰۱,b\n"),
            "roster.csv, line 4: student 1001 is in line 2 already; remove one of the two"
        );
    }

    #[test]
    fn a_line_without_a_number_or_with_a_bad_one_is_named() {
        assert!(
            error("student,name\n1,a\n,b\n")
                .starts_with("roster.csv, line 3: the student's number is empty")
        );
        assert!(error("student\n../x\n").contains("line 2: \"../x\" is no student number"));
    }

    #[test]
    fn a_file_without_what_is_needed_is_refused() {
        assert!(error("").contains("no student"));
        assert!(error("student\n").contains("no student"));
        assert!(
            error("number,name\n1,a\n")
                .contains("no column is named \"student\"; the first line has: number, name")
        );
        assert!(error("student,Student\n1,2\n").contains("two columns are named \"student\""));
        assert!(error("student\n\"1\n").contains("line 2: a quote"));
    }
}
