//! Everything as one CSV table.

use super::percent;
use crate::book::Book;
use crate::csv::{BOM, line};
use crate::policy::{Part, Policy};

/// The whole gradebook, one line per student. With `bom`, Excel reads it as UTF-8.
#[must_use]
pub fn csv(book: &Book, policy: &Policy, bom: bool) -> String {
    let mut items = policy.items();
    let exams = items.iter().position(|item| item == "midterm");
    items.insert(exams.unwrap_or(items.len()), "homework".into());
    let mut header: Vec<&str> = vec!["student", "name", "email", "section"];
    header.extend(items.iter().map(String::as_str));
    header.extend(["practical_slack_left", "theory_slack_left", "pending"]);
    let mut text = String::from(if bom { BOM } else { "" });
    text += &line(header);
    for book_of in &book.students {
        let who = &book_of.student;
        let mut cells: Vec<String> = [&who.student, &who.name, &who.email, &who.section]
            .into_iter()
            .cloned()
            .collect();
        cells.extend(
            items
                .iter()
                .map(|item| percent(book_of.grade(item), book.digits, "excused")),
        );
        cells.extend(Part::BOTH.map(|part| book_of.slack(part, policy).0.to_string()));
        cells.push(book_of.pending().join(" "));
        text += &line(cells);
    }
    text
}
