//! Scores by student number, as they are entered in Quera.

use super::{ExportError, check_item, percent};
use crate::book::Book;
use crate::csv::line;

/// Two columns, `Students` and `Score`, for one item.
///
/// # Errors
/// When there is no such item.
pub fn quera(book: &Book, item: &str) -> Result<String, ExportError> {
    check_item(book, item)?;
    let mut text = line(["Students", "Score"]);
    for student in &book.students {
        let score = percent(student.grade(item), book.digits, "");
        text += &line([&student.student.student, &score]);
    }
    Ok(text)
}
