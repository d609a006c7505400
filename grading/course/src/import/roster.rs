//! The roster as a spreadsheet writes it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use csv_core::{ReadFieldResult, ReaderBuilder};
use intake::import::Person;

/// The students in a CSV file: columns in any order, separated by commas, semicolons or tabs, in UTF-8 with or without
/// its mark. A column for the number must be there: `student`.
///
/// # Errors
/// When the file cannot be read, or has no such column.
pub fn people(path: &Path) -> Result<Vec<Person>> {
    let bytes = fs::read(path).with_context(|| {
        format!(
            "cannot read the roster {}; make one with the columns student,name,email, or name it with --roster",
            path.display()
        )
    })?;
    let text = String::from_utf8(bytes)
        .with_context(|| format!("{} is not UTF-8; save it as \"CSV UTF-8\"", path.display()))?;
    parse(&text).with_context(|| format!("{} cannot be used as the roster", path.display()))
}

fn parse(text: &str) -> Result<Vec<Person>> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let header = text.lines().next().unwrap_or_default();
    let separators = [b',', b';', b'\t'];
    let separator = separators.into_iter().max_by_key(|separator| {
        let count = header.bytes().filter(|byte| byte == separator).count();
        // Of several that are not there at all, any does; a comma first.
        (count, *separator == b',')
    });
    let mut rows = rows(text, separator.unwrap_or(b',')).into_iter();
    let header = rows.next().unwrap_or_default();
    let column = |names: &[&str]| {
        header.iter().position(|title| {
            let title = title.trim().to_lowercase().replace([' ', '-'], "_");
            names.contains(&title.as_str())
        })
    };
    let Some(student) = column(&[
        "student",
        "student_id",
        "student_number",
        "students",
        "sid",
        "شماره_دانشجویی",
    ]) else {
        bail!("it has no column called student, with the students' numbers");
    };
    let name = column(&["name", "full_name", "نام"]);
    let email = column(&["email", "e_mail", "email_address"]);
    let canvas_id = column(&["canvas_id", "canvas"]);
    let moodle_id = column(&["moodle_id", "moodle"]);
    let rows = rows.filter(|row| row.iter().any(|field| !field.trim().is_empty()));
    let people = rows.map(|row| {
        let field = |column: Option<usize>| {
            let field = column.and_then(|column| row.get(column));
            field
                .map(|field| field.trim().to_owned())
                .unwrap_or_default()
        };
        Person {
            student: field(Some(student)),
            name: field(name),
            email: field(email),
            canvas_id: field(canvas_id),
            moodle_id: field(moodle_id),
        }
    });
    Ok(people.collect())
}

fn rows(text: &str, separator: u8) -> Vec<Vec<String>> {
    let mut reader = ReaderBuilder::new().delimiter(separator).build();
    let mut input = text.as_bytes();
    // No field is longer than the file.
    let mut field = vec![0; input.len() + 1];
    let mut filled = 0;
    let mut rows = Vec::new();
    let mut row = Vec::new();
    loop {
        let (result, read, written) = reader.read_field(input, &mut field[filled..]);
        input = &input[read..];
        filled += written;
        match result {
            ReadFieldResult::InputEmpty => {}
            ReadFieldResult::Field { record_end } => {
                row.push(String::from_utf8_lossy(&field[..filled]).into_owned());
                filled = 0;
                if record_end {
                    rows.push(std::mem::take(&mut row));
                }
            }
            ReadFieldResult::OutputFull | ReadFieldResult::End => return rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_in_any_order_with_any_separator() {
        let expected = Person {
            student: "۱۰۰۱".into(),
            name: "Amini, Sara".into(),
            email: "sara@example.org".into(),
            canvas_id: String::new(),
            moodle_id: "501".into(),
        };
        for text in [
            "\u{FEFF}student,name,email,moodle_id\r\n۱۰۰۱,\"Amini, Sara\",sara@example.org,501\r\n\r\n",
            "Moodle ID;Student Number;E-mail;Full name\n501; ۱۰۰۱ ;sara@example.org;Amini, Sara\n;;;\n",
            "name\tmoodle\tstudent\temail\nAmini, Sara\t501\t۱۰۰۱\tsara@example.org",
        ] {
            assert_eq!(parse(text).unwrap(), [expected.clone()], "{text}");
        }
    }

    #[test]
    fn quotes_lines_in_fields_and_short_rows_are_read() {
        let people = parse("student,name\n\"10\"\"01\",\"a\nb\"\n1002\n").unwrap();
        assert_eq!(people[0].student, "10\"01");
        assert_eq!(people[0].name, "a\nb");
        assert_eq!(people[1].name, "");
    }

    #[test]
    fn a_roster_without_numbers_is_refused() {
        for text in ["", "name,email\na,b\n"] {
            assert!(parse(text).unwrap_err().to_string().contains("student"));
        }
        assert_eq!(parse("student\n").unwrap(), []);
    }
}
