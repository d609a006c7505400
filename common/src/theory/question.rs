//! What a question is.

use std::fmt::{Display, Write};

use crate::check::Tolerance;
use crate::rng::Rng;

/// One number that a question asks for. It is worth one point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Its name in the file of answers: `radius`.
    pub key: &'static str,
    /// What it is, in a few words of Markdown.
    pub what: &'static str,
    /// Its unit: `bit`. Empty when it has none.
    pub unit: &'static str,
    /// Whether it is counted, and so must be exact.
    pub whole: bool,
}

impl Answer {
    /// A number without a unit.
    #[must_use]
    pub const fn number(key: &'static str, what: &'static str) -> Self {
        Self {
            key,
            what,
            unit: "",
            whole: false,
        }
    }

    /// A whole number without a unit.
    #[must_use]
    pub const fn whole(key: &'static str, what: &'static str) -> Self {
        Self {
            whole: true,
            ..Self::number(key, what)
        }
    }

    /// The same in `unit`.
    #[must_use]
    pub const fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// How far an answer may be from the right one. Four significant digits are off by 0.05 % at most;
    /// the rest is for what was rounded on the way.
    #[must_use]
    pub fn tolerance(&self) -> Tolerance {
        Tolerance {
            absolute: 0.0,
            relative: if self.whole { 0.0 } else { 2e-3 },
        }
    }
}

/// A question as an assignment writes it: the numbers that differ from student to student, and the text.
pub trait Exercise {
    /// Its name in the file of answers: `perceptron_bound`.
    const ID: &'static str;
    /// The part whose matter it is: `A1.1`.
    const PART: &'static str;
    /// Its title.
    const TITLE: &'static str;
    /// What it asks for.
    const ANSWERS: &'static [Answer];

    /// Draws the numbers. They must leave every right answer well away from zero, where rounding on the
    /// way would show.
    fn draw(rng: &mut Rng) -> Self;

    /// The text with the numbers, in the Markdown that [`page`](super::page) reads.
    fn text(&self) -> String;
}

/// Any [`Exercise`].
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Its name in the file of answers: `perceptron_bound`.
    pub id: &'static str,
    /// The part whose matter it is: `A1.1`.
    pub part: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it asks for.
    pub answers: &'static [Answer],
    /// The text with the numbers that the generator gives.
    pub text: fn(&mut Rng) -> String,
}

impl Question {
    /// The question that `E` is.
    #[must_use]
    pub fn of<E: Exercise>() -> Self {
        Self {
            id: E::ID,
            part: E::PART,
            title: E::TITLE,
            answers: E::ANSWERS,
            text: |rng| E::draw(rng).text(),
        }
    }
}

/// A decimal number from `low` to `high` with so many `places` after the point, all alike probable.
///
/// # Panics
/// When `high` is less than `low`.
pub fn decimal(rng: &mut Rng, low: f64, high: f64, places: i32) -> f64 {
    let scale = 10f64.powi(places);
    let (low, high) = ((low * scale).round(), (high * scale).round());
    assert!(low <= high, "no decimal from {low} to {high}");
    (low + rng.between(0, (high - low) as usize) as f64) / scale
}

/// `text` with a value in the place of each `@name`. A name is of lower-case letters and digits; one
/// that has no value stays.
#[must_use]
pub fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut pieces = text.split('@');
    let mut filled = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let end = piece.find(|c| !is_name(c)).unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        // Writing to a String does not fail.
        let _ = match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => write!(filled, "{value}{rest}"),
            None => write!(filled, "@{piece}"),
        };
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_places_of_their_names() {
        let text = fill(
            r"$\frac{@a}{@b1} + @a_1$, @c",
            &[("a", &-0.5), ("b1", &2), ("b", &7)],
        );
        assert_eq!(text, r"$\frac{-0.5}{2} + -0.5_1$, @c");
    }

    #[test]
    fn decimals_print_as_they_were_drawn() {
        let mut rng = Rng::new(1);
        for _ in 0..1000 {
            let x = decimal(&mut rng, -0.3, 1.2, 2);
            assert!((-0.3..=1.2).contains(&x));
            assert!(x.to_string().trim_start_matches('-').len() <= 4, "{x}");
        }
    }

    #[test]
    fn four_digits_are_enough_and_three_wrong_ones_are_not() {
        let answer = Answer::number("x", "");
        assert!(answer.tolerance().holds(0.1235, 0.123_456_7));
        assert!(!answer.tolerance().holds(0.124, 0.123_456_7));
        assert!(!answer.tolerance().holds(f64::NAN, 1.0));
        let whole = Answer::whole("n", "");
        assert!(whole.tolerance().holds(12_345.0, 12_345.0));
        assert!(!whole.tolerance().holds(12_346.0, 12_345.0));
    }
}
