//! Canvas's gradebook as it is imported there.

use super::percent;
use crate::book::Book;
use crate::csv::{line, quoted};
use crate::policy::Policy;

/// What Canvas marks an excused item with.
const EXCUSED: &str = "EX";

/// The items but the total, which Canvas computes, as Canvas's gradebook. It finds a student by `ID`, else by
/// `SIS User ID`, which is the student's number, else by `SIS Login ID`.
#[must_use]
pub fn canvas(book: &Book, policy: &Policy) -> String {
    let mut items = book.items();
    items.retain(|item| item != "homework" && item != "total");
    let heading = |item: &String| {
        let named = policy.exports.canvas.get(item);
        quoted(named.unwrap_or(item))
    };
    let headings: Vec<String> = items.iter().map(heading).collect();
    let mut text = format!(
        "Student,ID,SIS User ID,SIS Login ID,Section,{}\r\n",
        headings.join(",")
    );
    text += &format!(
        "    Points Possible,,,,,{}\r\n",
        vec!["100"; items.len()].join(",")
    );
    for book_of in &book.students {
        let who = &book_of.student;
        let mut cells: Vec<String> = vec![
            who.name.clone(),
            who.canvas_id.clone(),
            who.student.clone(),
            who.canvas_login.clone(),
            who.section.clone(),
        ];
        cells.extend(
            items
                .iter()
                .map(|item| percent(book_of.grade(item), book.digits, EXCUSED)),
        );
        text += &line(cells);
    }
    text
}
