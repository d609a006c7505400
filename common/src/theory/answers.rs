//! `theory.toml` as it comes back.

use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Answer, Question};

/// A file of answers. Anybody may have written it.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerFile {
    /// The student's number, as the file says it.
    pub student: String,
    /// What is given for each question of the sheet and each of its answers, in their order.
    pub given: Vec<Vec<Given>>,
    /// What the file has that the sheet has not, one sentence each.
    pub unknown: Vec<String>,
}

/// What is given for one answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// Nothing: there is no such line, or its `?` is still there.
    Nothing,
    /// A finite number, in the unit that was asked for.
    Number(f64),
    /// Something else; the sentence says what is wrong with it, and in which line.
    Unreadable(String),
}

/// Why a file is no file of answers, in one sentence with the line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileError {
    /// It is larger than a file of answers ever is.
    #[error("it is larger than {} KiB", AnswerFile::MAX_BYTES >> 10)]
    TooLarge,
    /// It is not TOML.
    #[error("line {line}: {why}")]
    Toml {
        /// From 1.
        line: usize,
        /// What the reader says.
        why: String,
    },
    /// It does not say whose it is.
    #[error(
        "it does not say whose it is: the line student = \"...\" must stand above the first question"
    )]
    NoStudent,
}

/// The most of a student's text that a message repeats, in characters.
const QUOTED: usize = 40;
/// The most sentences about things that the sheet has not.
const MAX_UNKNOWN: usize = 10;

impl AnswerFile {
    /// The name of the file.
    pub const NAME: &'static str = "theory.toml";
    /// The largest that is read.
    pub const MAX_BYTES: u64 = 64 << 10;

    /// Reads `text` as the answers to `questions`. A single answer that cannot be read costs the others
    /// nothing.
    ///
    /// # Errors
    /// When it is too large, no TOML, or does not say whose it is.
    pub fn read(questions: &[Question], text: &str) -> Result<Self, FileError> {
        if text.len() as u64 > Self::MAX_BYTES {
            return Err(FileError::TooLarge);
        }
        let table = DeTable::parse(text).map_err(|error| FileError::Toml {
            line: line(text, error.span().map_or(0, |span| span.start)),
            why: one_line(error.message()),
        })?;
        let file = File {
            text,
            table: table.get_ref(),
        };
        let student = file
            .get("student")
            .and_then(|value| value.get_ref().as_str());
        let mut unknown = file.unknown(questions);
        unknown.truncate(MAX_UNKNOWN);
        Ok(Self {
            student: student.ok_or(FileError::NoStudent)?.to_string(),
            given: questions
                .iter()
                .map(|question| file.answers(question))
                .collect(),
            unknown,
        })
    }

    /// How many answers can be read.
    #[must_use]
    pub fn count(&self) -> usize {
        let numbers = self.given.iter().flatten();
        numbers
            .filter(|given| matches!(given, Given::Number(_)))
            .count()
    }
}

struct File<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
}

impl<'a> File<'a> {
    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        get(self.table, key)
    }

    fn line(&self, offset: usize) -> usize {
        line(self.text, offset)
    }

    fn answers(&self, question: &Question) -> Vec<Given> {
        let table = self
            .get(question.id)
            .and_then(|value| value.get_ref().as_table());
        let given = |answer: &Answer| {
            let Some(value) = table.and_then(|table| get(table, answer.key)) else {
                return Given::Nothing;
            };
            match read(answer, value.get_ref()) {
                Ok(Some(number)) => Given::Number(number),
                Ok(None) => Given::Nothing,
                Err(why) => {
                    Given::Unreadable(format!("line {}: {why}", self.line(value.span().start)))
                }
            }
        };
        question.answers.iter().map(given).collect()
    }

    /// What the sheet has not.
    fn unknown(&self, questions: &[Question]) -> Vec<String> {
        let mut unknown = Vec::new();
        for (key, value) in self.table {
            let name = key.get_ref().as_ref();
            let at = self.line(key.span().start);
            let question = questions.iter().find(|question| question.id == name);
            match (question, value.get_ref().as_table()) {
                (None, _) if name == "student" => {}
                (None, _) => {
                    unknown.push(format!("line {at}: there is no question {}", quoted(name)));
                }
                (Some(_), None) => unknown.push(format!(
                    "line {at}: {name} is a question, its answers stand in lines below [{name}]"
                )),
                (Some(question), Some(table)) => {
                    let known = |key: &str| question.answers.iter().any(|answer| answer.key == key);
                    unknown.extend(table.keys().filter(|key| !known(key.get_ref())).map(|key| {
                        let at = self.line(key.span().start);
                        format!("line {at}: {name} asks for no {}", quoted(key.get_ref()))
                    }));
                }
            }
        }
        unknown
    }
}

fn get<'a>(table: &'a DeTable<'a>, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
    table
        .iter()
        .find(|(known, _)| known.get_ref() == key)
        .map(|(_, value)| value)
}

/// The number that `value` gives for `answer`, if it gives one.
fn read(answer: &Answer, value: &DeValue) -> Result<Option<f64>, String> {
    let text = match value {
        DeValue::String(text) => text.trim(),
        DeValue::Float(number) => number.as_str(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        other => {
            return Err(format!(
                "{} is a number, not {}",
                answer.key,
                match other.type_str() {
                    kind @ ("array" | "integer") => format!("an {kind}"),
                    kind => format!("a {kind}"),
                }
            ));
        }
    };
    if text.is_empty() || text.starts_with('?') {
        return Ok(None);
    }
    // A minus that was copied from the sheet.
    let text = text.replace('\u{2212}', "-");
    let (number, unit) = number_and_unit(&text).ok_or_else(|| {
        format!(
            "{} = {} is no decimal number: write it like {}",
            answer.key,
            quoted(&text),
            example(answer)
        )
    })?;
    if !number.is_finite() {
        return Err(format!("{} = {} is too large", answer.key, quoted(&text)));
    }
    check_unit(answer, unit, &text)?;
    Ok(Some(number))
}

/// The longest beginning that is a decimal number, and what follows it.
fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let belongs = |c: char| c.is_ascii_digit() || ['.', '+', '-', 'e', 'E'].contains(&c);
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    // All of these characters are one byte long.
    (1..=end.min(QUOTED)).rev().find_map(|end| {
        let number = text[..end].parse().ok()?;
        Some((number, text[end..].trim()))
    })
}

fn check_unit(answer: &Answer, unit: &str, text: &str) -> Result<(), String> {
    let singular = |unit: &str| unit.to_lowercase().trim_end_matches('s').to_string();
    if singular(unit) == singular(answer.unit) {
        return Ok(());
    }
    let (key, quoted, example) = (answer.key, quoted(text), example(answer));
    Err(match (unit, answer.unit) {
        (unit, _) if unit.starts_with([',', '/', '*', '^', '×', '·']) => {
            format!("{key} = {quoted} is no decimal number: write it like {example}")
        }
        ("", wanted) => format!(
            "{key} = {quoted} has no unit, and is asked for in {wanted}: write it like {example}"
        ),
        (_, "") => format!(
            "{key} = {quoted} has a unit, and this number has none: write it like {example}"
        ),
        (_, wanted) => {
            format!("{key} = {quoted} is asked for in {wanted}: write it like {example}")
        }
    })
}

/// How an answer is written.
fn example(answer: &Answer) -> String {
    let number = if answer.whole { "12" } else { "1.25" };
    format!("{:?}", format!("{number} {}", answer.unit).trim_end())
}

/// The beginning of `text` in quotes, without a character that could do something on a terminal.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(QUOTED).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// A message in one line, without a character that could do something on a terminal.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}

/// The line of a byte, from 1.
fn line(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    1 + before.filter(|&&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::super::{Sheet, sample};
    use super::*;

    fn file(body: &str) -> AnswerFile {
        AnswerFile::read(&sample::questions(), &format!("student = \"401\"\n{body}")).unwrap()
    }

    /// What is given for `product.information` and the unit bit.
    fn information(value: &str) -> Given {
        file(&format!("[product]\ninformation = {value}\n")).given[0][1].clone()
    }

    #[test]
    fn the_template_can_be_read_and_has_no_answer() {
        let assignment = sample::assignment();
        let sheet = Sheet {
            assignment: &assignment,
            student: "401",
        };
        let file = AnswerFile::read(&assignment.theory, &sheet.template()).unwrap();
        assert_eq!((file.student.as_str(), file.count()), ("401", 0));
        assert_eq!(file.given, [vec![Given::Nothing; 2], vec![Given::Nothing]]);
        assert_eq!(file.unknown, Vec::<String>::new());
    }

    #[test]
    fn numbers_are_read_in_every_usual_form() {
        for (value, number) in [
            ("\"2.5 bit\"", 2.5),
            ("\" 2.5bits \"", 2.5),
            ("'-1.5e-4 Bit'", -1.5e-4),
            ("\"\u{2212}3 bit\"", -3.0),
            ("\".5 bit\"", 0.5),
            ("\"1E3 bit\"", 1000.0),
        ] {
            assert_eq!(information(value), Given::Number(number), "{value}");
        }
        for value in ["2.5", "\"2.5\"", "25e-1"] {
            let given = file(&format!("product.value = {value}")).given;
            assert_eq!(given[0][0], Given::Number(2.5), "{value}");
        }
    }

    #[test]
    fn what_is_no_number_is_said_with_its_line() {
        for (value, words) in [
            (
                "\"about 2 bit\"",
                "no decimal number: write it like \"1.25 bit\"",
            ),
            ("\"2,5 bit\"", "no decimal number"),
            ("\"1/3 bit\"", "no decimal number"),
            ("\"NaN bit\"", "no decimal number"),
            ("\"inf bit\"", "no decimal number"),
            ("\"1e999 bit\"", "too large"),
            ("nan", "no decimal number"),
            ("2.5", "has no unit, and is asked for in bit"),
            ("\"2.5 nat\"", "is asked for in bit"),
            ("true", "is a number, not a boolean"),
            ("[1]", "is a number, not an array"),
            ("{ a = 1 }", "is a number, not a table"),
            ("0x10", "is a number, not an integer"),
        ] {
            let Given::Unreadable(why) = information(value) else {
                panic!("{value} is read");
            };
            assert!(why.starts_with("line 3: information"), "{why}");
            assert!(why.contains(words), "{value}: {why}");
        }
        let value = &file("product.value = '2 bit'").given[0][0];
        assert!(
            matches!(value, Given::Unreadable(why) if why.contains("this number has none")),
            "{value:?}"
        );
    }

    #[test]
    fn a_question_mark_or_nothing_is_no_answer() {
        for value in ["\"? bit\"", "\"\"", "\"  \""] {
            assert_eq!(information(value), Given::Nothing);
        }
    }

    #[test]
    fn what_the_sheet_has_not_is_named() {
        let file = file("name = 'x'\ncount = 3\n[product]\nvalue = 1\nvlaue = 2\n[other]\n");
        assert_eq!(
            file.unknown,
            [
                "line 3: count is a question, its answers stand in lines below [count]",
                "line 2: there is no question \"name\"",
                "line 7: there is no question \"other\"",
                "line 6: product asks for no \"vlaue\"",
            ]
        );
        assert_eq!(file.count(), 1);
    }

    #[test]
    fn a_file_that_is_none_is_said_in_one_sentence() {
        let read = |text: &str| AnswerFile::read(&sample::questions(), text);
        for (text, words) in [
            ("student = \"4\"\n[product\n", "line 2: "),
            (
                "student = \"4\"\nstudent = \"5\"\n",
                "line 2: duplicate key",
            ),
            ("value = ?\n", "line 1: "),
            ("[product]\nvalue = 1\n", "does not say whose it is"),
            ("student = 4\n", "does not say whose it is"),
        ] {
            let why = read(text).unwrap_err().to_string();
            assert!(why.contains(words), "{text}: {why}");
            assert!(!why.contains('\n'), "{why}");
        }
        assert_eq!(read(&" ".repeat(65 << 10)), Err(FileError::TooLarge));
    }

    #[test]
    fn no_text_makes_the_reader_panic() {
        let deep = format!("student = \"4\"\na = {}", "[".repeat(60_000));
        assert!(AnswerFile::read(&sample::questions(), &deep).is_err());
        let dotted = format!("student = \"4\"\n{}a = 1", "a.".repeat(30_000));
        let _ = AnswerFile::read(&sample::questions(), &dotted);
        let many: String = (0..5000).map(|i| format!("k{i} = 1\n")).collect();
        assert_eq!(file(&many).unknown.len(), MAX_UNKNOWN);

        let whole = "student = \"4\"\n[product]\nvalue = \"1.5\"\ninformation = \"۲٫۵ bit\"\n";
        let mut rng = crate::rng::Rng::new(1);
        for _ in 0..2000 {
            let mut bytes = whole.as_bytes().to_vec();
            for _ in 0..3 {
                let at = rng.below(bytes.len());
                bytes[at] = rng.below(256) as u8;
            }
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(file) = AnswerFile::read(&sample::questions(), &text) {
                let sentences = file
                    .given
                    .into_iter()
                    .flatten()
                    .filter_map(|given| match given {
                        Given::Unreadable(why) => Some(why),
                        _ => None,
                    });
                for sentence in sentences.chain(file.unknown) {
                    assert!(!sentence.contains(char::is_control), "{sentence:?}");
                }
            }
        }
    }
}
