//! CSV as spreadsheets and learning platforms read and write it (RFC 4180, UTF-8).

/// The byte order mark without which Excel takes UTF-8 for another encoding.
pub const BOM: &str = "\u{FEFF}";

/// One field: quoted where it must be, and no formula. A spreadsheet runs what begins with `=`, `+`,
/// `-` or `@`, so such a text gets an apostrophe before it.
#[must_use]
pub fn field(text: &str) -> String {
    let guarded = match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_string(),
    };
    quoted(&guarded)
}

/// One field, quoted where it must be, otherwise as it is: for a program that reads names back, to which the
/// apostrophe of [`field`] would be another name.
#[must_use]
pub fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

/// One line of guarded [`field`]s.
pub fn line<S: AsRef<str>>(fields: impl IntoIterator<Item = S>) -> String {
    let fields: Vec<String> = fields.into_iter().map(|f| field(f.as_ref())).collect();
    format!("{}\r\n", fields.join(","))
}

/// A row of a file and the line it begins in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Counted from 1.
    pub line: usize,
    /// Its fields, without their quotes.
    pub fields: Vec<String>,
}

impl Row {
    /// The field of a column, without blanks around it; empty when the row is too short.
    #[must_use]
    pub fn get(&self, column: Option<usize>) -> &str {
        column
            .and_then(|index| self.fields.get(index))
            .map_or("", |text| text.trim())
    }
}

/// A file that is not CSV.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "line {line}: a quote is opened and never closed; close it, or write it twice if it is part of the text"
)]
pub struct OpenQuote {
    /// Where the quote is.
    pub line: usize,
}

/// The rows of `text` that hold something. Fields are separated by `,` or, if the first line has more of these,
/// `;` (Excel in many languages) or a tab. A byte order mark is skipped; lines end in any way.
///
/// # Errors
/// When a quote is not closed.
pub fn read(text: &str) -> Result<Vec<Row>, OpenQuote> {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let separator = separator(text);
    let mut rows = Vec::new();
    let mut reader = Reader::new(text);
    while let Some(row) = reader.row(separator)? {
        if row.fields.iter().any(|f| !f.trim().is_empty()) {
            rows.push(row);
        }
    }
    Ok(rows)
}

fn separator(text: &str) -> char {
    let header = text.lines().next().unwrap_or("");
    let count = |c: char| header.matches(c).count();
    [';', '\t']
        .into_iter()
        .fold(',', |best, c| if count(c) > count(best) { c } else { best })
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let rest = text.chars().peekable();
        Self { rest, line: 1 }
    }

    fn row(&mut self, separator: char) -> Result<Option<Row>, OpenQuote> {
        if self.rest.peek().is_none() {
            return Ok(None);
        }
        let (line, mut fields) = (self.line, Vec::new());
        loop {
            let (field, more) = self.field(separator)?;
            fields.push(field);
            if !more {
                return Ok(Some(Row { line, fields }));
            }
        }
    }

    /// A field, and whether another one follows in this row.
    fn field(&mut self, separator: char) -> Result<(String, bool), OpenQuote> {
        let mut text = String::new();
        while let Some(c) = self.rest.next() {
            match c {
                '"' if text.is_empty() => self.inside_quotes(&mut text)?,
                '\r' if self.rest.peek() == Some(&'\n') => {}
                '\n' | '\r' => {
                    self.line += 1;
                    return Ok((text, false));
                }
                c if c == separator => return Ok((text, true)),
                c => text.push(c),
            }
        }
        Ok((text, false))
    }

    fn inside_quotes(&mut self, text: &mut String) -> Result<(), OpenQuote> {
        let opened = self.line;
        while let Some(c) = self.rest.next() {
            match c {
                '"' if self.rest.peek() == Some(&'"') => {
                    self.rest.next();
                    text.push('"');
                }
                '"' => return Ok(()),
                c => {
                    self.line += usize::from(c == '\n');
                    text.push(c);
                }
            }
        }
        Err(OpenQuote { line: opened })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        read(text)
            .unwrap()
            .into_iter()
            .map(|row| row.fields)
            .collect()
    }

    #[test]
    fn fields_are_quoted_and_no_formula() {
        assert_eq!(field("plain"), "plain");
        assert_eq!(field("a,b \"c\""), "\"a,b \"\"c\"\"\"");
        assert_eq!(field("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(field("-1"), "'-1");
        assert_eq!(field("\t=1"), "'\t=1");
        assert_eq!(quoted("=1,2"), "\"=1,2\"");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let row = ["a,b", "say \"x\"", "two\nlines", "", "علی", "a;b"];
        assert_eq!(fields(&line(row)), [row]);
    }

    #[test]
    fn excel_writes_a_mark_and_semicolons() {
        let text = "\u{FEFF}student;name\r\n1;\"a;b\"\r\n\r\n2;c";
        assert_eq!(
            fields(text),
            [vec!["student", "name"], vec!["1", "a;b"], vec!["2", "c"]]
        );
    }

    #[test]
    fn rows_know_their_lines() {
        let rows = read("a\n\"x\ny\"\n\nb\rc").unwrap();
        let lines: Vec<usize> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [1, 2, 5, 6]);
    }

    #[test]
    fn an_open_quote_is_an_error_with_its_line() {
        assert_eq!(read("a,b\nc,\"d\ne"), Err(OpenQuote { line: 2 }));
    }
}
