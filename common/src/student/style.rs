//! How text looks: colours on a terminal, lines that fit into 80 columns, aligned columns.

use std::io::IsTerminal;

use comfy_table::{CellAlignment, Table, presets};

/// The width that text is wrapped to. Wider terminals get no longer lines: they are harder to read.
const WIDTH: usize = 80;

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    coloured: bool,
}

impl Style {
    /// No colours.
    #[cfg(test)]
    pub const PLAIN: Self = Self { coloured: false };

    /// Colours when `stream` is a terminal that shows them, and the user has not set `NO_COLOR`
    /// (<https://no-color.org>).
    #[must_use]
    pub fn of(stream: &impl IsTerminal) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            coloured: stream.is_terminal() && !refused && !dumb,
        }
    }

    /// Something that is as it should be.
    #[must_use]
    pub fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Something that is wrong.
    #[must_use]
    pub fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// Something half done.
    #[must_use]
    pub fn partly(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// Something that can be read later.
    #[must_use]
    pub fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Something to read first.
    #[must_use]
    pub fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.coloured {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_string()
        }
    }
}

/// `text` in lines of at most 80 columns, every one indented by `indent` columns and ended. Lines
/// of the text stay lines and keep the indentation they have.
#[must_use]
pub fn wrap(text: &str, indent: usize) -> String {
    text.lines().map(|line| wrap_line(line, indent)).collect()
}

fn wrap_line(line: &str, indent: usize) -> String {
    let indent = indent + line.len() - line.trim_start().len();
    let margin = " ".repeat(indent);
    let mut wrapped = String::new();
    let mut column = 0;
    for word in line.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            wrapped.push('\n');
            column = 0;
        }
        let before = if column == 0 { &margin } else { " " };
        wrapped.push_str(before);
        wrapped.push_str(word);
        column += before.len() + length;
    }
    wrapped.push('\n');
    wrapped
}

/// `label` and a text of one or more lines beside it:
/// ```text
///     hint     Where to look,
///              in several lines.
/// ```
#[must_use]
pub fn labelled(label: &str, text: &str, indent: usize) -> String {
    const LABELS: usize = 9;
    let block = wrap(text, indent + LABELS);
    let label = format!("{:indent$}{label:<LABELS$}", "");
    match block.get(label.len()..) {
        Some(rest) => label + rest,
        None => label + "\n",
    }
}

/// Rows in aligned columns, one line each, the header first. `right` are the columns of numbers.
#[must_use]
pub fn columns(header: &[&str], right: &[usize], rows: &[Vec<String>]) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header.to_vec());
    table.add_rows(rows.iter().cloned());
    for &column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
        .lines()
        .map(|line| line.trim_end().to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_wrapped_with_their_indentation() {
        let words = ["word"; 40].join(" ");
        let wrapped = wrap(&format!("first\n  {words}"), 3);
        let lines: Vec<&str> = wrapped.lines().collect();
        assert_eq!(lines[0], "   first");
        assert!(lines[1].starts_with("     word word"), "{wrapped}");
        assert!(lines[2].starts_with("     word word"), "{wrapped}");
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{wrapped}");
    }

    #[test]
    fn a_word_longer_than_a_line_is_kept_whole() {
        let word = "x".repeat(2 * WIDTH);
        assert_eq!(wrap(&word, 0), format!("{word}\n"));
    }

    #[test]
    fn a_label_stands_beside_the_first_line() {
        assert_eq!(
            labelled("hint", "look\n  there", 2),
            "  hint     look\n             there\n"
        );
        assert_eq!(labelled("hint", "", 2), "  hint     \n");
    }

    #[test]
    fn numbers_stand_at_the_right() {
        let rows = [vec!["a".into(), "1".into()], vec!["b".into(), "10".into()]];
        assert_eq!(
            columns(&["name", "points"], &[1], &rows),
            [" name  points", " a          1", " b         10"]
        );
    }

    #[test]
    fn colours_only_where_they_are_shown() {
        assert_eq!(Style::PLAIN.bad("no"), "no");
        assert_eq!(Style { coloured: true }.bad("no"), "\x1b[31mno\x1b[0m");
    }
}
