//! The student's number: given once, remembered for the next time.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::{Context, ensure};

use super::print;
use crate::files::write_atomically;

/// The file at the root of the workspace that remembers the number.
const REMEMBERED: &str = ".hw-student";

/// The student's number: from the command line, from the last time, or asked for.
pub fn student(given: Option<&str>, root: &Path) -> anyhow::Result<String> {
    if let Some(given) = given {
        return student_id(given);
    }
    if let Ok(remembered) = fs::read_to_string(root.join(REMEMBERED)) {
        return student_id(&remembered)
            .with_context(|| format!("in {}", root.join(REMEMBERED).display()));
    }
    ensure!(
        io::stdin().is_terminal(),
        "your student number is needed: add --student ID"
    );
    print("Your student number: ")?;
    let mut line = String::new();
    io::stdin()
        .read_line(&mut line)
        .context("cannot read your student number")?;
    student_id(&line)
}

/// `text` as a student number that can be part of a file's name, with ASCII digits.
fn student_id(text: &str) -> anyhow::Result<String> {
    let id: String = text.trim().chars().map(ascii_digit).collect();
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    ensure!(
        id.len() <= 32
            && id.chars().all(allowed)
            && is_end(id.chars().next())
            && is_end(id.chars().last()),
        "{:?} is no student number: use 1 to 32 letters and digits, with - or _ between them",
        text.trim()
    );
    Ok(id)
}

/// Persian and Arabic digits as ASCII ones; everything else as it is.
fn ascii_digit(c: char) -> char {
    let zero = match c {
        '\u{06f0}'..='\u{06f9}' => '\u{06f0}',
        '\u{0660}'..='\u{0669}' => '\u{0660}',
        _ => return c,
    };
    char::from_digit(c as u32 - zero as u32, 10).unwrap_or(c)
}

/// Remembers a number for the next time.
pub fn remember(student: &str, root: &Path) -> anyhow::Result<()> {
    let path = root.join(REMEMBERED);
    write_atomically(&path, format!("{student}\n").as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_could_name_another_folder_is_refused() {
        for id in [
            "",
            "../401",
            "a b",
            "a/b",
            "_4",
            "4-",
            &"9".repeat(33),
            "علی",
        ] {
            assert!(student_id(id).is_err(), "{id:?} is accepted");
        }
        assert_eq!(student_id(" ۴۰۱٢ \n").unwrap(), "4012");
    }
}
