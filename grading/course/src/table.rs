//! The class's table on a terminal.

use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};
use common::check::Part;
use report::{Summary, SummaryStatus};

/// The widest column of notes; longer ones go on in the next line.
const NOTES_WIDTH: u16 = 72;

/// One row per hand-in. Where `width` columns do not hold them all, the parts are left out.
#[must_use]
pub fn class(rows: &[Summary], parts: &[Part], width: Option<usize>) -> String {
    let table = with_parts(rows, parts);
    let is_wide = |width| table.lines().any(|line| line.chars().count() > width);
    match width.is_some_and(is_wide) {
        true => {
            with_parts(rows, &[])
                + "the points of the parts are in summary.csv: this window is too narrow\n"
        }
        false => table,
    }
}

fn with_parts(rows: &[Summary], parts: &[Part]) -> String {
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

    /// A hand-in with the note `note`.
    fn row(note: &str) -> Summary {
        Summary {
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
        }
    }

    fn table(note: &str) -> String {
        class(&[row(note)], &[], None)
    }

    #[test]
    fn a_narrow_window_has_no_parts() {
        let parts = hidden_a1::suite().assignment.parts;
        let wide = class(&[row("")], parts, None);
        assert!(wide.contains("A1.12"), "{wide}");
        assert_eq!(class(&[row("")], parts, Some(300)), wide);
        let narrow = class(&[row("")], parts, Some(80));
        assert!(
            !narrow.contains("A1.12") && narrow.contains("summary.csv"),
            "{narrow}"
        );
        assert!(
            narrow.lines().all(|line| line.chars().count() <= 80),
            "{narrow}"
        );
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
