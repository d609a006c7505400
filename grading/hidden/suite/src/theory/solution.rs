//! What the answers should be.

use common::rng::Rng;
use common::theory::{Answer, Exercise, Question, Sheet};

/// Draws the numbers of a question and computes something for each of its answers.
type Compute<T> = Box<dyn Fn(&mut Rng) -> Vec<T> + Send + Sync>;

/// The right answers to one question, and wrong ones.
pub struct Solution {
    /// The question's id.
    pub question: &'static str,
    /// What must get nothing.
    pub mistakes: Vec<Mistake>,
    right: Compute<f64>,
}

/// A typical mistake, and what it makes of the answers.
pub struct Mistake {
    /// Unique in the question: `bias_left_out`.
    pub id: &'static str,
    answers: Compute<Option<f64>>,
}

impl Solution {
    /// The right answers from the numbers of the question, in the order in which it asks for them.
    pub fn of<E: Exercise, const N: usize>(
        right: impl Fn(&E) -> [f64; N] + Send + Sync + 'static,
    ) -> Self {
        Self {
            question: E::ID,
            mistakes: Vec::new(),
            right: Box::new(move |rng| right(&E::draw(rng)).to_vec()),
        }
    }

    /// Adds a mistake: the answers that it makes wrong, and `None` for those that it does not touch.
    #[must_use]
    pub fn mistake<E: Exercise, const N: usize>(
        mut self,
        id: &'static str,
        answers: impl Fn(&E) -> [Option<f64>; N] + Send + Sync + 'static,
    ) -> Self {
        assert_eq!(E::ID, self.question, "a mistake in another question");
        self.mistakes.push(Mistake {
            id,
            answers: Box::new(move |rng| answers(&E::draw(rng)).to_vec()),
        });
        self
    }

    /// The right answers on a sheet.
    #[must_use]
    pub fn right(&self, sheet: &Sheet) -> Vec<f64> {
        (self.right)(&mut sheet.rng(self.question))
    }
}

impl Mistake {
    /// What the mistake gives for `question` on a sheet.
    #[must_use]
    pub fn answers(&self, sheet: &Sheet, question: &str) -> Vec<Option<f64>> {
        (self.answers)(&mut sheet.rng(question))
    }
}

/// The file of answers of a student who has everything right, written with four significant digits.
#[must_use]
pub fn right_answers(sheet: &Sheet, solutions: &[Solution]) -> String {
    sheet.answer_file(|question, answer| {
        let solution = solutions.iter().find(|s| s.question == question.id)?;
        let index = question.answers.iter().position(|a| a.key == answer.key)?;
        written(answer, *solution.right(sheet).get(index)?)
    })
}

/// The file of answers with those of one question.
pub(super) fn answers_to(sheet: &Sheet, only: &Question, answers: &[Option<f64>]) -> String {
    sheet.answer_file(|question, answer| {
        let index = question.answers.iter().position(|a| a.key == answer.key)?;
        let value = answers.get(index).copied().flatten()?;
        written(answer, value).filter(|_| question.id == only.id)
    })
}

fn written(answer: &Answer, value: f64) -> Option<String> {
    Some(if answer.whole {
        value.to_string()
    } else {
        format!("{value:.3e}")
    })
}
