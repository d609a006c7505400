//! The theory sheet on the grading side: solutions, points, and the proof that the points are just.
//!
//! - A [`Solution`] turns the numbers of a question into the right answers, and knows what a student
//!   gets who makes one of the usual mistakes.
//! - [`grade`] gives a file of answers its points.
//! - [`agrees`] compares right answers with those of another way, for the tests of solutions.
//! - [`prove`] shows that every student's right answers get all points and no mistake gets any.

mod oracle;
mod points;
mod proof;
mod solution;

pub use oracle::agrees;
pub use points::{AnswerPoint, Mark, QuestionPoints, TheoryPoints, grade};
pub use proof::{TheoryReport, WrongAnswers, prove};
pub use solution::{Mistake, Solution, right_answers};
