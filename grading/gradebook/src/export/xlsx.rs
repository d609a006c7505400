//! A workbook: numbers are numbers, student numbers are text.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use super::ExportError;
use crate::book::{Book, StudentBook};
use crate::grade::Grade;
use crate::number::round;

/// Columns before the scores.
const WHO: [&str; 4] = ["student", "name", "email", "section"];

/// The items without their parts, one row per student, under a header that stays in view.
///
/// # Errors
/// When the workbook cannot be written.
pub fn xlsx(book: &Book) -> Result<Vec<u8>, ExportError> {
    let mut workbook = Workbook::new();
    // otherwise the time of writing is in the file, and the same book gives other bytes
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title(&book.course)
            .set_creation_datetime(&created),
    );
    let sheet = workbook.add_worksheet();
    sheet.set_name("Gradebook")?;
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_column_width(1, 24)?;
    let bold = Format::new().set_bold();
    let items = book.items();
    let header = WHO.into_iter().chain(items.iter().map(String::as_str));
    for (column, name) in (0..).zip(header.chain(["pending"])) {
        sheet.write_string_with_format(0, column, name, &bold)?;
    }
    let decimals = match book.digits {
        0 => "0".to_string(),
        digits => format!("0.{}", "0".repeat(digits as usize)),
    };
    let score = Format::new().set_num_format(decimals);
    for (row, student) in (1..).zip(&book.students) {
        write_student(sheet, row, student, book.digits, &score)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn write_student(
    sheet: &mut Worksheet,
    row: u32,
    student: &StudentBook,
    digits: u32,
    score: &Format,
) -> Result<(), ExportError> {
    let who = &student.student;
    let mut column = 0;
    for text in [&who.student, &who.name, &who.email, &who.section] {
        sheet.write_string(row, column, text)?;
        column += 1;
    }
    for (_, grade) in student.items() {
        match grade {
            Grade::Scored { share } => {
                sheet.write_number_with_format(row, column, round(100.0 * share, digits), score)?;
            }
            Grade::Excused => {
                sheet.write_string(row, column, "excused")?;
            }
            Grade::Pending { .. } => {}
        }
        column += 1;
    }
    sheet.write_string(row, column, student.pending().join(" "))?;
    Ok(())
}
