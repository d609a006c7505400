//! One attack, as its file says it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::AttackError;

/// One attack. What is not given is the reference's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// The items of the catalogue that it stands for.
    pub catalogue: Vec<u32>,
    /// What it does.
    pub what: String,
    /// The name of the hand-in; the file's without.
    pub name: Option<String>,

    /// The parts that lose points. All others keep all of theirs.
    #[serde(default)]
    pub loses: Vec<String>,
    /// Whether it loses everything.
    #[serde(default)]
    pub loses_all: bool,
    /// It must be rejected, with a sentence that contains this.
    pub rejected: Option<String>,
    /// The notes or notices must contain this.
    pub notice: Option<String>,
    /// How at least one check of the losing parts must end.
    pub verdict: Option<String>,
    /// The modules that must not compile.
    #[serde(default)]
    pub compile: Vec<String>,
    /// How the places begin that break a rule, as `file: what`. There must be some just where this is given.
    #[serde(default)]
    pub broken: Vec<String>,
    /// Texts that no file for the student may contain.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// Texts that the student may not read of a hidden check.
    #[serde(default)]
    pub hidden_unseen: Vec<String>,

    /// Whether it is the starter and not the reference.
    #[serde(default)]
    pub untouched: bool,
    /// The bodies of functions.
    #[serde(default)]
    pub bodies: BTreeMap<String, String>,
    /// Text at the beginning of modules.
    #[serde(default)]
    pub prepend: BTreeMap<String, String>,
    /// Text at the end of modules.
    #[serde(default)]
    pub append: BTreeMap<String, String>,
    /// Long text at the end of modules.
    #[serde(default)]
    pub generate: BTreeMap<String, Generated>,
    /// Other files of the hand-in.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The odd package that it comes in; a folder without.
    pub package: Option<String>,
}

/// Text that is too long to be written down.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generated {
    /// Before.
    pub before: String,
    /// What is repeated.
    pub repeat: String,
    /// How often.
    pub times: usize,
    /// After.
    pub after: String,
}

impl Generated {
    pub(crate) fn text(&self) -> String {
        format!(
            "\n{}{}{}\n",
            self.before,
            self.repeat.repeat(self.times),
            self.after
        )
    }
}

/// Reads all fixtures in `folder`, by the names of their hand-ins. `@CANARY@` in them becomes the path `canary`.
///
/// # Errors
/// When one cannot be read, is not as it should be, or two have one name.
pub fn read_fixtures(
    folder: &Path,
    canary: &Path,
) -> Result<BTreeMap<String, Fixture>, AttackError> {
    let mut fixtures = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(AttackError::io("read", folder))? {
        let path = entry.map_err(AttackError::io("read", folder))?.path();
        let text = fs::read_to_string(&path).map_err(AttackError::io("read", &path))?;
        let text = text.replace("@CANARY@", &canary.display().to_string());
        let fixture: Fixture = toml::from_str(&text)
            .map_err(|error| AttackError::fixture(&path, error.to_string()))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = fixture.name.clone().unwrap_or_else(|| stem.into_owned());
        if fixtures.insert(name, fixture).is_some() {
            return Err(AttackError::fixture(&path, "another fixture has this name"));
        }
    }
    Ok(fixtures)
}
