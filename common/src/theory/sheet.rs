//! One student's sheet, and the file for the answers.

use std::fmt::Write;

use super::{Answer, MarkupError, Question, html};
use crate::check::Assignment;
use crate::rng::Rng;

/// The theory sheet of one student.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// The assignment whose questions these are.
    pub assignment: &'a Assignment,
    /// The student's number: the same number, the same sheet.
    pub student: &'a str,
}

impl Sheet<'_> {
    /// The random numbers of a question.
    #[must_use]
    pub fn rng(&self, question: &str) -> Rng {
        let (assignment, student) = (self.assignment.id, self.student);
        Rng::named(0, &format!("{assignment}/{student}/{question}"))
    }

    /// How many numbers the sheet asks for.
    #[must_use]
    pub fn size(&self) -> usize {
        let questions = self.assignment.theory.iter();
        questions.map(|question| question.answers.len()).sum()
    }

    fn title(&self) -> String {
        let assignment = self.assignment.id.to_uppercase();
        format!("Theory sheet {assignment} of {}", self.student)
    }

    /// The sheet as Markdown with TeX. `command` is what a student types: `cargo hw`.
    #[must_use]
    pub fn markdown(&self, command: &str) -> String {
        let mut text = format!(
            "# {}\n\n{} numbers are asked for, each worth one point. The numbers in the questions are yours \
             alone. Write the answers into `theory.toml`, each in the place of its `?`, and leave the unit \
             behind it where there is one:\n\n```toml\ninformation = \"2.585 bit\"\n```\n\nFour significant \
             digits are enough (`0.01234`, `-1.5e-4`); what is counted must be exact. Keep two digits more on the \
             way. `{command} theory check` says whether every answer can be read, not whether it is right. \
             `{command} pack` takes the file along.\n",
            self.title(),
            self.size(),
        );
        for (number, question) in (1..).zip(&self.assignment.theory) {
            // Writing to a String does not fail.
            let _ = write!(
                text,
                "\n## {number}. {} ({})\n\n{}\n\n| `{}` | answer | unit |\n|---|---|---|\n",
                question.title,
                question.part,
                (question.text)(&mut self.rng(question.id)).trim(),
                question.id,
            );
            for answer in question.answers {
                let _ = writeln!(
                    text,
                    "| `{}` | {} | {} |",
                    answer.key, answer.what, answer.unit
                );
            }
        }
        text
    }

    /// The sheet as one HTML file that needs nothing else.
    ///
    /// # Errors
    /// When the text of a question is not in the Markdown that [`page`](super::page) reads.
    pub fn html(&self, command: &str) -> Result<String, MarkupError> {
        html::page(&self.title(), &self.markdown(command))
    }

    /// The file for the answers, with none in it.
    #[must_use]
    pub fn template(&self) -> String {
        self.answer_file(|_, _| None)
    }

    /// The file for the answers with those that `value` gives: the text of a number.
    #[must_use]
    pub fn answer_file(&self, value: impl Fn(&Question, &Answer) -> Option<String>) -> String {
        let mut text = format!(
            "# {}. Put a decimal number in the place of each ? and leave the unit:\n\
             # \"0.25\", \"-1.5e-4\", \"2.585 bit\". A ? that stays is no answer.\n\n\
             student = \"{}\"\n",
            self.title(),
            self.student
        );
        for (number, question) in (1..).zip(&self.assignment.theory) {
            let _ = write!(
                text,
                "\n# {number}. {}\n[{}]\n",
                question.title, question.id
            );
            for answer in question.answers {
                let value = value(question, answer).unwrap_or_else(|| "?".into());
                let value = format!("{value} {}", answer.unit);
                let _ = writeln!(text, "{} = \"{}\"", answer.key, value.trim_end());
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn text(student: &str) -> String {
        let assignment = sample::assignment();
        Sheet {
            assignment: &assignment,
            student,
        }
        .markdown("cargo hw")
    }

    #[test]
    fn a_student_gets_the_same_sheet_again_and_another_one_another() {
        assert_eq!(text("401"), text("401"));
        assert_ne!(text("401"), text("402").replace("402", "401"));
    }

    #[test]
    fn the_sheet_has_every_question_with_its_answers() {
        let text = text("401");
        assert!(
            text.starts_with("# Theory sheet S1 of 401\n\n3 numbers"),
            "{text}"
        );
        assert!(
            text.contains("\n## 1. A product (S1.1)\n\nLet $a = "),
            "{text}"
        );
        assert!(text.contains("\n| `n` | how many | steps |\n"), "{text}");
    }

    #[test]
    fn the_template_has_a_place_for_every_answer() {
        let assignment = sample::assignment();
        let sheet = Sheet {
            assignment: &assignment,
            student: "401",
        };
        assert_eq!(
            sheet.template(),
            "\
# Theory sheet S1 of 401. Put a decimal number in the place of each ? and leave the unit:
# \"0.25\", \"-1.5e-4\", \"2.585 bit\". A ? that stays is no answer.

student = \"401\"

# 1. A product
[product]
value = \"?\"
information = \"? bit\"

# 2. A count
[count]
n = \"? steps\"
"
        );
    }
}
