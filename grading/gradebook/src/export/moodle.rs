//! Moodle's offline grading worksheet.
//!
//! Moodle takes a grade only for the participant that `Identifier` names, and leaves a grade alone that was changed
//! in Moodle after `Last modified (grade)`. Both are in the worksheet that it offers for download, so that is the one
//! to fill in. The numbers of participants are others for each assignment.

use std::collections::BTreeSet;

use super::{ExportError, Exported, check_item};
use crate::book::{Book, StudentBook};
use crate::csv::{Row, field, line, quoted, read};
use crate::digits::student_number;
use crate::grade::Grade;
use crate::number::fixed;

const HEADER: [&str; 10] = [
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
];

const PARTICIPANT: &str = "Participant ";

/// A worksheet that was downloaded from Moodle.
#[derive(Debug, Clone, Copy)]
pub struct Worksheet<'a> {
    /// The file, for messages.
    pub path: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// The scores of one item. With a worksheet, that file with its column `Grade` filled in and all else as it was;
/// without, one made from the roster's `moodle_id`.
///
/// # Errors
/// When there is no such item, the worksheet is none, or nobody has a `moodle_id`.
pub fn moodle(
    book: &Book,
    item: &str,
    worksheet: Option<&Worksheet>,
) -> Result<Exported, ExportError> {
    check_item(book, item)?;
    match worksheet {
        Some(worksheet) => filled(book, item, worksheet),
        None => made(book, item),
    }
}

/// The grade of a student, `max` being full marks. Nothing when it is pending or does not count.
fn grade(book: &Book, student: &StudentBook, item: &str, max: f64) -> String {
    match student.grade(item) {
        Some(Grade::Scored { share }) => fixed(max * share, book.digits),
        _ => String::new(),
    }
}

fn made(book: &Book, item: &str) -> Result<Exported, ExportError> {
    let mut text = line(HEADER);
    let mut notes = Vec::new();
    for student in &book.students {
        let who = &student.student;
        if who.moodle_id.is_empty() {
            notes.push(format!(
                "{} has no moodle_id in the roster and is not in the file",
                who.student
            ));
            continue;
        }
        let identifier = field(&format!("{PARTICIPANT}{}", who.moodle_id));
        let grade = grade(book, student, item, 100.0);
        let max = fixed(100.0, book.digits);
        // the name and address are guarded; the guard would make '- of the -
        let (name, email) = (field(&who.name), field(&who.email));
        text += &format!("{identifier},{name},{email},,{grade},{max},Yes,-,-,\r\n");
    }
    if notes.len() == book.students.len() {
        return Err(ExportError::NoMoodleId);
    }
    Ok(Exported { text, notes })
}

/// Where the columns of a worksheet are.
struct Columns {
    identifier: usize,
    grade: usize,
    email: Option<usize>,
    number: Option<usize>,
    max: Option<usize>,
}

impl Columns {
    fn find(header: &Row) -> Result<Self, String> {
        let column = |name: &str| header.fields.iter().position(|field| field.trim() == name);
        let needed = |name: &str| column(name).ok_or_else(|| format!("it has no column {name:?}"));
        needed("Last modified (grade)")?;
        Ok(Self {
            identifier: needed("Identifier")?,
            grade: needed("Grade")?,
            email: column("Email address"),
            number: column("ID number"),
            max: column("Maximum Grade"),
        })
    }

    fn student<'a>(&self, book: &'a Book, row: &Row) -> Option<&'a StudentBook> {
        let number = student_number(row.get(self.number));
        let email = row.get(self.email).to_lowercase();
        let participant = row
            .get(Some(self.identifier))
            .strip_prefix(PARTICIPANT)
            .unwrap_or("");
        let same = |known: &str, found: &str| !found.is_empty() && known == found;
        book.students.iter().find(|student| {
            let who = &student.student;
            same(&who.student, &number)
                || same(&who.email.to_lowercase(), &email)
                || same(&who.moodle_id, participant)
        })
    }
}

fn filled(book: &Book, item: &str, worksheet: &Worksheet) -> Result<Exported, ExportError> {
    let wrong = |what: String| ExportError::Worksheet {
        path: worksheet.path.to_string(),
        what,
    };
    let rows = read(worksheet.text).map_err(|error| wrong(error.to_string()))?;
    let (header, rows) = rows
        .split_first()
        .ok_or_else(|| wrong("it is empty".into()))?;
    let columns = Columns::find(header).map_err(wrong)?;
    let mut text = raw_line(&header.fields);
    let (mut notes, mut seen) = (Vec::new(), BTreeSet::new());
    for row in rows {
        let mut cells = row.fields.clone();
        match columns.student(book, row) {
            Some(student) => {
                let max = max(row, columns.max).map_err(wrong)?;
                let grade = grade(book, student, item, max);
                if !grade.is_empty()
                    && let Some(cell) = cells.get_mut(columns.grade)
                {
                    *cell = grade;
                }
                seen.insert(&student.student.student);
            }
            None => notes.push(format!(
                "line {}: {:?} is not in the roster; its grade is left as it is",
                row.line,
                row.get(Some(columns.identifier))
            )),
        }
        text += &raw_line(&cells);
    }
    let absent = book
        .students
        .iter()
        .map(|s| &s.student.student)
        .filter(|number| !seen.contains(number));
    notes.extend(absent.map(|number| format!("{number} is not in the worksheet")));
    Ok(Exported { text, notes })
}

fn max(row: &Row, column: Option<usize>) -> Result<f64, String> {
    let text = row.get(column);
    match text.replace(',', ".").parse::<f64>() {
        Ok(max) if max.is_finite() && max > 0.0 => Ok(max),
        _ if text.is_empty() => Ok(100.0),
        _ => Err(format!("line {}: the maximum grade is {text:?}", row.line)),
    }
}

/// Not guarded against formulas: Moodle must find what it wrote.
fn raw_line(fields: &[String]) -> String {
    let fields: Vec<String> = fields.iter().map(|text| quoted(text)).collect();
    format!("{}\r\n", fields.join(","))
}
