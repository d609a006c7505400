//! The points of a file of answers.

use common::check::Assignment;
use common::theory::{Answer, AnswerFile, Given, Question, Sheet};

use super::Solution;

/// What a theory sheet got. It is a number of its own, beside the points of the parts.
#[derive(Debug, Clone, PartialEq)]
pub struct TheoryPoints {
    /// The questions, in the order of the sheet.
    pub questions: Vec<QuestionPoints>,
    /// Why nothing of the file counts, or what in it does not, one sentence each.
    pub remarks: Vec<String>,
}

/// What one question got.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionPoints {
    /// The question's id.
    pub id: &'static str,
    /// Its part.
    pub part: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its answers, each worth one point.
    pub answers: Vec<AnswerPoint>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerPoint {
    /// Its name in the file.
    pub key: &'static str,
    /// How it was found.
    pub mark: Mark,
    /// The right answer. Not for the student.
    pub expected: f64,
}

/// How an answer was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// It is right.
    Right,
    /// It is another number.
    Wrong(f64),
    /// There is none.
    Missing,
    /// It cannot be read; the sentence says why.
    Unreadable(String),
}

impl QuestionPoints {
    /// The points it got.
    #[must_use]
    pub fn points(&self) -> u32 {
        self.answers
            .iter()
            .map(|answer| u32::from(answer.mark == Mark::Right))
            .sum()
    }

    /// The points it can get.
    #[must_use]
    pub fn max(&self) -> u32 {
        self.answers.len() as u32
    }
}

impl TheoryPoints {
    /// The points of all questions.
    #[must_use]
    pub fn points(&self) -> u32 {
        self.questions.iter().map(QuestionPoints::points).sum()
    }

    /// The points that all questions can get.
    #[must_use]
    pub fn max(&self) -> u32 {
        self.questions.iter().map(QuestionPoints::max).sum()
    }
}

/// Grades the answers of `student`: `file` is the text of `theory.toml` or why it cannot be read, as the
/// end of a sentence, and `None` when the hand-in has none.
///
/// The numbers are those of `student`, whoever the file says that it is of: the answers of somebody else
/// get nothing.
#[must_use]
pub fn grade(
    assignment: &Assignment,
    solutions: &[Solution],
    student: &str,
    file: Option<&Result<String, String>>,
) -> TheoryPoints {
    let sheet = Sheet {
        assignment,
        student,
    };
    let (given, remarks) = match file {
        None => (None, Vec::new()),
        Some(file) => match read(&sheet, file) {
            Ok(file) => (Some(file.given), file.unknown),
            Err(why) => (None, vec![why]),
        },
    };
    let of_file = |remark| format!("{}: {remark}", AnswerFile::NAME);
    let questions = assignment
        .theory
        .iter()
        .enumerate()
        .map(|(index, question)| {
            let solution = solutions.iter().find(|s| s.question == question.id);
            let right = solution
                .map(|solution| solution.right(&sheet))
                .unwrap_or_default();
            let given = given.as_ref().and_then(|given| given.get(index));
            points(
                question,
                given.map(Vec::as_slice).unwrap_or_default(),
                &right,
            )
        });
    TheoryPoints {
        questions: questions.collect(),
        remarks: remarks.into_iter().map(of_file).collect(),
    }
}

fn read(sheet: &Sheet, file: &Result<String, String>) -> Result<AnswerFile, String> {
    let text = file.as_ref().map_err(|why| format!("it {why}"))?;
    let file = AnswerFile::read(&sheet.assignment.theory, text).map_err(|e| e.to_string())?;
    if file.student == sheet.student {
        Ok(file)
    } else {
        let whose: String = file.student.chars().take(40).collect();
        Err(format!(
            "it holds the answers of {whose:?}, and this hand-in is of {:?}, whose numbers are others",
            sheet.student
        ))
    }
}

fn points(question: &Question, given: &[Given], right: &[f64]) -> QuestionPoints {
    let point = |(index, answer): (usize, &Answer)| {
        // What has no solution is never right.
        let expected = right.get(index).copied().unwrap_or(f64::NAN);
        let mark = match given.get(index) {
            None | Some(Given::Nothing) => Mark::Missing,
            Some(Given::Unreadable(why)) => Mark::Unreadable(why.clone()),
            Some(Given::Number(number)) if answer.tolerance().holds(*number, expected) => {
                Mark::Right
            }
            Some(Given::Number(number)) => Mark::Wrong(*number),
        };
        AnswerPoint {
            key: answer.key,
            mark,
            expected,
        }
    };
    QuestionPoints {
        id: question.id,
        part: question.part,
        title: question.title,
        answers: question.answers.iter().enumerate().map(point).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::right_answers;
    use crate::toy;

    fn graded(student: &str, file: Option<Result<String, String>>) -> TheoryPoints {
        let suite = toy::suite();
        grade(&suite.assignment, &suite.solutions, student, file.as_ref())
    }

    fn text(student: &str) -> String {
        let suite = toy::suite();
        let sheet = Sheet {
            assignment: &suite.assignment,
            student,
        };
        right_answers(&sheet, &suite.solutions)
    }

    #[test]
    fn right_answers_get_everything_and_none_nothing() {
        let full = graded("401", Some(Ok(text("401"))));
        assert_eq!((full.points(), full.max()), (3, 3));
        let none = graded("401", None);
        assert_eq!((none.points(), none.max(), none.remarks.len()), (0, 3, 0));
    }

    #[test]
    fn every_answer_counts_for_itself() {
        let half = text("401")
            .replace("tenth = ", "tenth = 1 # ")
            .replace("double", "twice");
        let half = graded("401", Some(Ok(half)));
        assert_eq!(half.points(), 1);
        let marks: Vec<&Mark> = half.questions[0].answers.iter().map(|a| &a.mark).collect();
        assert_eq!(marks, [&Mark::Missing, &Mark::Wrong(1.0)]);
        assert_eq!(
            half.remarks,
            ["theory.toml: line 8: halves asks for no \"twice\""]
        );
    }

    #[test]
    fn the_answers_of_somebody_else_get_nothing_and_it_is_said() {
        let other = graded("402", Some(Ok(text("401"))));
        assert_eq!(other.points(), 0);
        assert!(
            other.remarks[0].contains("the answers of \"401\""),
            "{:?}",
            other.remarks
        );
        // With the name changed they are still answers to other numbers.
        let renamed = text("401").replace("401", "402");
        assert!(graded("402", Some(Ok(renamed))).points() < 3);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_no_answer_and_it_is_said() {
        for (file, words) in [
            (Ok("student = ".to_string()), "theory.toml: line 1: "),
            (
                Err("is not UTF-8 text".to_string()),
                "theory.toml: it is not UTF-8 text",
            ),
            (Ok("x".repeat(70 << 10)), "larger than 64 KiB"),
        ] {
            let bad = graded("401", Some(file));
            assert_eq!((bad.points(), bad.max()), (0, 3));
            assert!(bad.remarks[0].contains(words), "{:?}", bad.remarks);
        }
    }

    #[test]
    fn a_question_without_a_solution_gives_no_point() {
        let suite = toy::suite();
        let points = grade(&suite.assignment, &[], "401", Some(&Ok(text("401"))));
        assert_eq!(points.points(), 0);
    }
}
