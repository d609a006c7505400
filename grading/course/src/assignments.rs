//! The assignments of the course. A new one is one line here.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use hidden_suite::Suite;
use judge::Skeleton;

/// An assignment's id and what makes its suite.
type Entry = (&'static str, fn() -> Suite);

/// All assignments.
const SUITES: &[Entry] = &[("a1", hidden_a1::suite), ("a2", hidden_a2::suite)];

/// The ids of all assignments, in their order.
pub fn ids() -> impl Iterator<Item = &'static str> {
    SUITES.iter().map(|(id, _)| *id)
}

/// The suite of assignment `id`.
///
/// # Errors
/// When there is none.
pub fn suite(id: &str) -> Result<Suite> {
    match SUITES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(id))
    {
        Some((_, suite)) => Ok(suite()),
        None => {
            let names: Vec<&str> = ids().collect();
            bail!(
                "there is no assignment {id:?}; there is: {}",
                names.join(", ")
            )
        }
    }
}

/// The given files of an assignment, its solutions stripped, from the sources under `root`.
///
/// # Errors
/// When a file cannot be read, or its solution regions are not well formed.
pub fn skeleton(suite: &Suite, root: &Path) -> Result<Skeleton> {
    Skeleton::new(&suite.assignment, |name| {
        let path = parts_folder(suite, root).join(name);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        publish::strip(&text, name).map_err(anyhow::Error::from)
    })
}

/// The folder of an assignment's parts, with the solutions.
#[must_use]
pub fn parts_folder(suite: &Suite, root: &Path) -> PathBuf {
    root.join("assignments")
        .join(suite.assignment.package)
        .join("src/parts")
}

/// The folder of the assignment once more, in another style, one file per part.
#[must_use]
pub fn alternative_folder(suite: &Suite, root: &Path) -> PathBuf {
    root.join("grading/hidden")
        .join(suite.assignment.id)
        .join("src/alternative")
}
