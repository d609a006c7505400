//! The class of all attacks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::archive::{Files, zip_bytes};
use tempfile::TempDir;

use crate::{AttackError, Fixture, packages, read_fixtures};

/// A secret in a file that no hand-in may read or change.
pub(crate) const SECRET: &str = "canary-5e1f0c9a7b";
/// The honest hand-ins before and after all others.
pub(crate) const HONEST: [&str; 2] = ["000-honest", "zzz-honest"];

/// A temporary place with the class of all attacks, to be graded from [`Bench::hand_ins`] to
/// [`Bench::results`].
pub struct Bench {
    place: TempDir,
    pub(crate) fixtures: BTreeMap<String, Fixture>,
}

/// The files of an assignment's parts, by name: `losses.rs`.
pub type Sources = BTreeMap<String, String>;

impl Bench {
    /// Writes the class of the fixtures in `folder`, made of the `reference` and the `starter`.
    ///
    /// # Errors
    /// When a fixture is not as it should be, or something cannot be written.
    pub fn new(folder: &Path, reference: &Sources, starter: &Sources) -> Result<Self, AttackError> {
        let place = TempDir::new().map_err(AttackError::io("write in", &std::env::temp_dir()))?;
        let canary = place.path().join("canary.txt");
        fs::write(&canary, SECRET).map_err(AttackError::io("write", &canary))?;
        let bench = Self {
            fixtures: read_fixtures(folder, &canary)?,
            place,
        };
        for (name, fixture) in &bench.fixtures {
            let path = folder.join(format!("{name}.toml"));
            let sources = if fixture.untouched {
                starter
            } else {
                reference
            };
            write_hand_in(&bench.hand_ins(), name, &path, fixture, sources)?;
        }
        for name in HONEST {
            let files = tree(reference.clone(), BTreeMap::new());
            write_folder(&bench.hand_ins().join(name), &files)?;
        }
        Ok(bench)
    }

    /// The folder of the hand-ins.
    #[must_use]
    pub fn hand_ins(&self) -> PathBuf {
        self.place.path().join("hand-ins")
    }

    /// The folder for the results.
    #[must_use]
    pub fn results(&self) -> PathBuf {
        self.place.path().join("results")
    }

    pub(crate) fn place(&self) -> &Path {
        self.place.path()
    }
}

/// Writes the hand-in `name` of the fixture in the file `path` into the folder `hand_ins`, made of `sources`.
///
/// # Errors
/// When the fixture is not as it should be, or something cannot be written.
pub fn write_hand_in(
    hand_ins: &Path,
    name: &str,
    path: &Path,
    fixture: &Fixture,
    sources: &Sources,
) -> Result<(), AttackError> {
    let files = files_of(path, fixture, sources)?;
    let Some(package) = &fixture.package else {
        return write_folder(&hand_ins.join(name), &files);
    };
    let zip = zip_bytes(&files).map_err(AttackError::io("pack", path))?;
    let bytes = packages::bytes(package, &files, zip)
        .ok_or_else(|| AttackError::fixture(path, format!("there is no package {package:?}")))?;
    let file = hand_ins.join(format!("{name}.zip"));
    fs::create_dir_all(hand_ins).map_err(AttackError::io("create", hand_ins))?;
    fs::write(&file, bytes).map_err(AttackError::io("write", &file))
}

/// The files of the hand-in.
fn files_of(path: &Path, fixture: &Fixture, sources: &Sources) -> Result<Files, AttackError> {
    let mut parts = sources.clone();
    for (function, body) in &fixture.bodies {
        replace_body(&mut parts, function, body).ok_or_else(|| {
            AttackError::fixture(path, format!("there is no solution region for {function}"))
        })?;
    }
    let generated = fixture
        .generate
        .iter()
        .map(|(name, text)| (name, text.text()));
    let appended = fixture
        .append
        .iter()
        .map(|(name, text)| (name, text.clone()));
    for (name, text) in &fixture.prepend {
        module(path, &mut parts, name)?.insert_str(0, text);
    }
    for (name, text) in appended.chain(generated) {
        module(path, &mut parts, name)?.push_str(&text);
    }
    Ok(tree(parts, fixture.files.clone()))
}

fn module<'p>(
    path: &Path,
    parts: &'p mut Sources,
    name: &str,
) -> Result<&'p mut String, AttackError> {
    parts
        .get_mut(&format!("{name}.rs"))
        .ok_or_else(|| AttackError::fixture(path, format!("there is no module {name}")))
}

fn tree(parts: Sources, others: BTreeMap<String, String>) -> Files {
    let parts = parts
        .into_iter()
        .map(|(name, text)| (format!("src/parts/{name}"), text));
    parts
        .chain(others)
        .map(|(path, text)| (path, text.into_bytes()))
        .collect()
}

fn write_folder(folder: &Path, files: &Files) -> Result<(), AttackError> {
    for (name, bytes) in files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(AttackError::io("create", parent))?;
        fs::write(&path, bytes).map_err(AttackError::io("write", &path))?;
    }
    Ok(())
}

/// Puts `body` in the place of a function's solution region, in whichever file it is. `None` when it is in none.
#[must_use]
pub fn replace_body(parts: &mut Sources, function: &str, body: &str) -> Option<()> {
    parts.values_mut().find_map(|text| {
        let begin = text.lines().find(|line| {
            let region = line.trim_start().starts_with("// BEGIN SOLUTION");
            region && line.ends_with(&format!(" {function}"))
        })?;
        let (before, rest) = text.split_once(&format!("{begin}\n"))?;
        let (_, after) = rest.split_once("// END SOLUTION")?;
        *text = format!("{before}    {body}\n{after}");
        Some(())
    })
}
