//! A sheet of two questions for tests.

use super::{Answer, Exercise, Question, decimal, fill};
use crate::check::Assignment;
use crate::rng::Rng;
use crate::student::sample;

/// Two functions of one number.
pub struct Product {
    a: f64,
}

impl Exercise for Product {
    const ID: &'static str = "product";
    const PART: &'static str = "S1.1";
    const TITLE: &'static str = "A product";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("value", "$3 a$"),
        Answer::number("information", r"$\log_2 a$").unit("bit"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        Self {
            a: decimal(rng, 1.0, 9.0, 1),
        }
    }

    fn text(&self) -> String {
        fill("Let $a = @a$.", &[("a", &self.a)])
    }
}

/// A whole number.
pub struct Count;

impl Exercise for Count {
    const ID: &'static str = "count";
    const PART: &'static str = "S1.2";
    const TITLE: &'static str = "A count";
    const ANSWERS: &'static [Answer] = &[Answer::whole("n", "how many").unit("steps")];

    fn draw(_: &mut Rng) -> Self {
        Self
    }

    fn text(&self) -> String {
        "Count.".into()
    }
}

/// Both questions.
pub fn questions() -> Vec<Question> {
    vec![Question::of::<Product>(), Question::of::<Count>()]
}

/// An assignment with this sheet.
pub fn assignment() -> Assignment {
    Assignment {
        theory: questions(),
        ..sample::assignment(sample::right)
    }
}
