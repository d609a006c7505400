//! The gradebook as files for other programs.
//!
//! Scores are percentages with the policy's decimals and a dot. What is pending is an empty cell, never 0. Students
//! come by number, so that the same book gives the same bytes.

mod canvas;
mod moodle;
mod quera;
mod table;
mod xlsx;

pub use canvas::canvas;
pub use moodle::{Worksheet, moodle};
pub use quera::quera;
pub use table::csv;
pub use xlsx::xlsx;

use thiserror::Error;

use crate::book::{Book, StudentBook};
use crate::grade::Grade;
use crate::number::fixed;

/// Why a file cannot be made.
#[derive(Debug, Error)]
pub enum ExportError {
    /// There is no such item.
    #[error("{item:?} is no item of the course; there is: {}", known.join(", "))]
    Item {
        /// What was asked for.
        item: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The worksheet is not one of Moodle's.
    #[error(
        "{path}: {what}; download the grading worksheet of the assignment from Moodle, in English, and give that file"
    )]
    Worksheet {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// Nobody would be in it.
    #[error(
        "no student of the roster has a moodle_id; give the worksheet that Moodle offers for download, or fill in that column"
    )]
    NoMoodleId,
    /// Writing the workbook failed.
    #[error("cannot write the workbook: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
}

/// A file, and who is not in it as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The file's text.
    pub text: String,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
}

/// A score as a percentage; nothing while it is pending, `excused` for what does not count.
fn percent(grade: Option<Grade>, digits: u32, excused: &str) -> String {
    match grade {
        Some(Grade::Scored { share }) => fixed(100.0 * share, digits),
        Some(Grade::Excused) => excused.to_string(),
        Some(Grade::Pending { .. }) | None => String::new(),
    }
}

/// Refuses an item that the book does not have.
fn check_item(book: &Book, item: &str) -> Result<(), ExportError> {
    let known = |student: &StudentBook| student.grade(item).is_some();
    if book.students.iter().any(known) {
        return Ok(());
    }
    Err(ExportError::Item {
        item: item.to_string(),
        known: book.items(),
    })
}

#[cfg(test)]
mod tests;
