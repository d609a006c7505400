//! The theory sheet: questions whose numbers are drawn for each student.
//!
//! An assignment writes [`Exercise`]s; a [`Sheet`] is what one student gets of them, as Markdown, as HTML
//! and as a file for the answers; an [`AnswerFile`] is that file when it comes back. The right answers
//! are on the grading side only.

mod answers;
mod html;
mod mathml;
mod question;
mod sheet;

pub use answers::{AnswerFile, FileError, Given};
pub use html::{MarkupError, page};
pub use question::{Answer, Exercise, Question, decimal, fill};
pub use sheet::Sheet;

#[cfg(test)]
pub(crate) mod sample;
