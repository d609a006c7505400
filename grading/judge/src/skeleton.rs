//! What surrounds a student's files when they are compiled.

use std::collections::BTreeMap;

use common::check::{Assignment, Part};

/// The given files of an assignment, and for each part the starter's own file.
pub struct Skeleton {
    /// `src/parts/mod.rs` as the course gives it.
    pub parts_mod: String,
    /// The parts, in the order of the handout.
    pub parts: &'static [Part],
    /// The starter's file of each module, whose functions are all `todo!`.
    pub stubs: BTreeMap<&'static str, String>,
}

/// The driver's `main`: it answers the judge's calls and knows nothing else.
pub(crate) const MAIN: &str = "\
mod parts;

fn main() -> std::io::Result<()> {
    common::contract::drive(&parts::table())
}
";

impl Skeleton {
    /// The skeleton of `assignment`, from the stripped text of its given files: `read` gives the
    /// starter's text of a file in `src/parts/`.
    ///
    /// # Errors
    /// The first error of `read`.
    pub fn new<E>(
        assignment: &Assignment,
        mut read: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<Self, E> {
        let stubs = assignment
            .parts
            .iter()
            .map(|part| Ok((part.module, read(&format!("{}.rs", part.module))?)))
            .collect::<Result<_, E>>()?;
        Ok(Self {
            parts_mod: read("mod.rs")?,
            parts: assignment.parts,
            stubs,
        })
    }

    /// The names of the files that a student hands in: `losses.rs`.
    #[must_use]
    pub fn file_names(&self) -> Vec<String> {
        self.parts
            .iter()
            .map(|part| format!("{}.rs", part.module))
            .collect()
    }

    /// Whether `files` holds nothing but the starter.
    #[must_use]
    pub fn is_untouched(&self, files: &BTreeMap<String, String>) -> bool {
        files.iter().all(|(name, text)| {
            name.strip_suffix(".rs")
                .and_then(|module| self.stubs.get(module))
                .is_some_and(|stub| stub == text)
        })
    }
}
