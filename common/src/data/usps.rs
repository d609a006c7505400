//! The zip-code digits (USPS) as *The Elements of Statistical Learning* gives them: text.
//!
//! One digit a line: its class, then 256 grey values from -1 (paper) to 1 (ink), 16 rows of 16, with
//! blanks between. The training file writes the class as `6.0000` and ends each line with a blank; the
//! test file writes `9`. Source: hastie.su.domains/ElemStatLearn, zip.info.txt; LeCun et al. 1990.

use super::error::FormatError;
use super::images::Images;

/// Rows and columns of a digit.
const SIDE: usize = 16;
const PIXELS: usize = SIDE * SIDE;
const CLASSES: usize = 10;

/// Reads a file of zip-code digits (unzipped). Grey values -1 to 1 become `[0, 1]`.
///
/// # Errors
/// When a line has not 257 numbers, a class is none of 0 to 9, a grey value is outside [-1, 1], or
/// there is no line.
pub fn parse(bytes: &[u8]) -> Result<Images, FormatError> {
    let mut pixels = Vec::new();
    let mut labels = Vec::new();
    let mut offset = 0;
    for (number, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        if !line.trim_ascii().is_empty() {
            row(line, &mut labels, &mut pixels).map_err(|(at, problem)| {
                FormatError::at(offset + at, format!("line {}: {problem}", number + 1))
            })?;
        }
        offset += line.len();
    }
    if labels.is_empty() {
        return Err(FormatError::at(
            0,
            "expected lines of a class and 256 grey values, found none",
        ));
    }
    Ok(Images {
        pixels,
        height: SIDE,
        width: SIDE,
        channels: 1,
        labels,
        classes: CLASSES,
    })
}

/// Reads one line; an error has its place in the line.
fn row(line: &[u8], labels: &mut Vec<u8>, pixels: &mut Vec<f32>) -> Result<(), (usize, String)> {
    let mut words = Words { line, at: 0 };
    let Some((at, word)) = words.next() else {
        return Err((0, "expected a class, found nothing".into()));
    };
    let label = (0..CLASSES as u8).find(|&class| number(word) == Some(f32::from(class)));
    let Some(label) = label else {
        return Err((
            at,
            format!("expected a class from 0 to 9, found {}", shown(word)),
        ));
    };
    let mut found = 0;
    for (at, word) in words {
        match number(word) {
            Some(grey) if (-1.0..=1.0).contains(&grey) => pixels.push(0.5 * (grey + 1.0)),
            _ => {
                let shown = shown(word);
                return Err((
                    at,
                    format!("expected a grey value from -1 to 1, found {shown}"),
                ));
            }
        }
        found += 1;
        if found > PIXELS {
            return Err((at, format!("expected {PIXELS} grey values, more follow")));
        }
    }
    if found < PIXELS {
        let end = line.trim_ascii_end().len();
        return Err((
            end,
            format!("expected {PIXELS} grey values, the line has {found}"),
        ));
    }
    labels.push(label);
    Ok(())
}

fn number(word: &[u8]) -> Option<f32> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// A word for a message: printable and not too long.
fn shown(word: &[u8]) -> String {
    format!("\"{}\"", word[..word.len().min(20)].escape_ascii())
}

/// The words of a line, each with its place.
struct Words<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let blanks = self.line[self.at..]
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())?;
        let start = self.at + blanks;
        let rest = &self.line[start..];
        let length = rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(rest.len());
        self.at = start + length;
        Some((start, &rest[..length]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, greys: usize) -> String {
        let greys: Vec<String> = (0..greys)
            .map(|i| format!("{:.3}", i as f64 / 255.0 - 0.5))
            .collect();
        format!("{label} {}", greys.join(" "))
    }

    #[test]
    fn both_spellings_of_the_class_are_read() {
        let text = format!("{} \n{}\r\n", line("6.0000", 256), line("9", 256));
        let images = parse(text.as_bytes()).unwrap();
        assert_eq!(
            (&images.labels[..], images.shape()),
            (&[6, 9][..], [1, 16, 16])
        );
        assert_eq!(images.image(1)[0], 0.25);
        assert_eq!(images.pixels.len(), 512);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_place() {
        let good = line("3", 256);
        let second = good.len() + 1;
        for (line, place, words) in [
            (line("3", 255), line("3", 255).len(), "the line has 255"),
            (line("3", 257), good.len() + 1, "more follow"),
            (line("10", 256), 0, "from 0 to 9, found \"10\""),
            (line("2.5", 256), 0, "found \"2.5\""),
            (line("NaN", 256), 0, "found \"NaN\""),
            (
                line("3", 256).replacen("-0.500", "-1.001", 1),
                2,
                "found \"-1.001\"",
            ),
            (
                line("3", 256).replacen("-0.500", "x\u{1b}", 1),
                2,
                "found \"x\\x1b\"",
            ),
        ] {
            let error = parse(format!("{good}\n{line}\n").as_bytes()).unwrap_err();
            assert!(
                error.problem.starts_with("line 2: ") && error.problem.contains(words),
                "{error}"
            );
            assert_eq!(error.offset, second + place, "{error}");
        }
        assert!(parse(b" \n\n").unwrap_err().problem.contains("found none"));
    }
}
