//! What is said on standard output and on standard error.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use anyhow::{Context, Result};

/// Writes `text` to standard output, with the end of its last line. A reader that has seen enough (`| head`) makes
/// no failure of a command that is done.
///
/// # Errors
/// When standard output cannot be written otherwise: what is there is a piece of what should be.
pub fn say(text: impl Display) -> Result<()> {
    write(&mut io::stdout().lock(), &text.to_string()).context("cannot write to standard output")
}

/// Writes `text` to standard error, with the end of its last line. When nobody reads it, work goes on: a class is
/// graded to its end.
pub fn tell(text: impl Display) {
    let _ = write(&mut io::stderr().lock(), &text.to_string());
}

/// How many columns the terminal has; nothing where there is none.
pub fn width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

fn write(to: &mut impl Write, text: &str) -> io::Result<()> {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    // One piece, so that lines of several threads stay whole.
    let text = format!("{text}{end}");
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_left_is_no_failure_and_a_full_disk_is() {
        assert!(write(&mut Fails(ErrorKind::BrokenPipe), "text").is_ok());
        assert!(write(&mut Fails(ErrorKind::StorageFull), "text").is_err());
    }

    #[test]
    fn a_text_ends_with_one_end_of_line() {
        for text in ["a\nb", "a\nb\n"] {
            let mut to = Vec::new();
            write(&mut to, text).unwrap();
            assert_eq!(to, b"a\nb\n");
        }
    }
}
