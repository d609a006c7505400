//! The class's table on a terminal.

use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};
use common::check::Part;
use report::{Summary, SummaryStatus};

/// The widest column of notes; longer ones go on in the next line.
const NOTES_WIDTH: u16 = 72;

/// One row per hand-in.
#[must_use]
pub fn class(rows: &[Summary], parts: &[Part]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    let mut header = vec!["hand-in".to_string(), "points".to_string()];
    header.extend(parts.iter().map(|part| part.id.to_string()));
    header.extend(["theory".into(), "notes".into()]);
    table.set_header(header);
    for row in rows {
        let mut cells = vec![row.hand_in.clone(), points(row)];
        cells.extend(parts.iter().map(|part| {
            row.parts
                .iter()
                .find(|(id, _)| id == part.id)
                .map_or_else(|| "-".into(), |(_, points)| points.to_string())
        }));
        cells.extend([theory(row), row.notes.join("\n")]);
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1).take(parts.len() + 2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    if let Some(notes) = table.column_iter_mut().last() {
        notes.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(NOTES_WIDTH)));
    }
    format!("{table}\n")
}

/// One hand-in as a line of progress.
#[must_use]
pub fn line(row: &Summary) -> String {
    format!("{} {}", row.hand_in, points(row))
}

fn theory(row: &Summary) -> String {
    match row.theory {
        Some(points) if row.theory_max > 0 => format!("{points}/{}", row.theory_max),
        _ => "-".into(),
    }
}

fn points(row: &Summary) -> String {
    match (row.status, row.points) {
        (SummaryStatus::Rejected, _) => "rejected".into(),
        (_, Some(points)) => format!("{points}/{}", row.max),
        (_, None) => "grader error".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A class of one with the note `note`.
    fn table(note: &str) -> String {
        let row = Summary {
            hand_in: "1004-mse".into(),
            student: "1004-mse".into(),
            attempt: None,
            submitted_at: None,
            submission_sha256: String::new(),
            status: SummaryStatus::Graded,
            points: Some(238),
            max: 240,
            theory: Some(0),
            theory_max: 40,
            parts: vec![],
            notes: vec![note.into()],
        };
        class(&[row], &[])
    }

    #[test]
    fn a_long_remark_goes_on_in_the_next_line_and_is_whole() {
        let remark = "theory.toml: it holds the answers of \"1001-reference\", and this hand-in is of \
                      \"1004-mse\", whose numbers are others";
        let word = "x".repeat(500);
        let widest = |table: &str| table.lines().map(|line| line.chars().count()).max();
        // Borders, the other columns and the spaces between them come before the notes.
        let others = widest(&table(".")).unwrap();
        for note in [remark, &word] {
            let table = table(note);
            let notes = usize::from(NOTES_WIDTH);
            assert!(widest(&table).unwrap() <= others + notes, "{table}");
            let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
            let without = letters(&table) - letters(note);
            assert_eq!(without, letters(&self::table("")), "{table}");
        }
    }
}
