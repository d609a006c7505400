//! What an assignment consists of.

use super::Check;
use crate::contract::Serve;
use crate::rules::Rule;
use crate::theory::Question;

/// One part of an assignment.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// `A1.3`
    pub id: &'static str,
    /// The title in the handout.
    pub title: &'static str,
    /// The module in `src/parts/` that the student writes; the file is `<module>.rs`.
    pub module: &'static str,
    /// What it is worth, public and hidden checks together.
    pub points: u32,
    /// What to do first, for a student who has not begun.
    pub start: &'static str,
    /// Hints in the order in which they are given, each more of a help than the one before.
    pub hints: &'static [&'static str],
    /// How many hidden checks it has; they give the points that the public ones do not.
    pub hidden_checks: usize,
    /// What may not be used in it; see [`crate::rules`].
    pub forbidden: &'static [Rule],
}

impl Part {
    /// Whether `name` means this part: its id (`A1.3`, `a1.3`, `1.3`), its module or the start of it.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let id = self.id.to_lowercase();
        name == id
            || id.strip_prefix('a') == Some(&name)
            || (name.len() >= 3 && self.module.starts_with(&name))
    }
}

/// An assignment: its parts, its public checks, a student's functions, and its theory sheet.
pub struct Assignment {
    /// `a1`
    pub id: &'static str,
    /// The package's name and the folder in `assignments/`.
    pub package: &'static str,
    /// The title of the handout.
    pub title: &'static str,
    /// The parts, in the order of the handout.
    pub parts: &'static [Part],
    /// The public checks, in the order of the parts.
    pub checks: Vec<Check>,
    /// Makes the table of the functions of this crate.
    pub table: fn() -> Box<dyn Serve>,
    /// The questions of the theory sheet, in the order of the parts; none when there is no sheet.
    pub theory: Vec<Question>,
}

impl Assignment {
    /// The part called `name` (see [`Part::is_called`]).
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&'static Part> {
        self.parts.iter().find(|part| part.is_called(name))
    }
}
