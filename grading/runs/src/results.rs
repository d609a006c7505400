//! The folder of results: one folder per hand-in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::files::write_atomically;
use report::{Summary, Timing};
use serde_json::Value;

use crate::RunError;

/// A folder of results.
pub struct Results {
    folder: PathBuf,
}

/// The file that says that a hand-in is done, so it is written last.
const LAST: &str = "staff.json";
const TIMING: &str = "timing.json";

impl Results {
    /// The results in `folder`, which need not be there yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The line in the class's table that the hand-in has so far, and what decided it besides the hand-in.
    /// `None` when there is none, or none that can be read: then it has to be graded.
    #[must_use]
    pub fn row(&self, hand_in: &str) -> Option<(Summary, String)> {
        let staff = self.json(hand_in, LAST)?;
        let row = serde_json::from_value(staff["summary"].clone()).ok()?;
        Some((row, staff["grading_key"].as_str()?.to_owned()))
    }

    /// How long grading took, in seconds, as far as it is known.
    #[must_use]
    pub fn seconds(&self, hand_in: &str) -> Option<f64> {
        let timing = self.json(hand_in, TIMING)?;
        Some(timing["compile"].as_f64()? + timing["check"].as_f64()?)
    }

    fn json(&self, hand_in: &str, file: &str) -> Option<Value> {
        let text = fs::read(self.folder.join(hand_in).join(file)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Writes the files of a hand-in. Those that are as they should be stay untouched.
    ///
    /// # Errors
    /// When one cannot be written; then the hand-in does not count as done.
    pub fn write(
        &self,
        hand_in: &str,
        files: &BTreeMap<String, String>,
        timing: Option<Timing>,
    ) -> Result<(), RunError> {
        let folder = self.folder.join(hand_in);
        if let Some(timing) = timing {
            let path = folder.join(TIMING);
            let text = serde_json::to_string_pretty(&timing)
                .map_err(|e| RunError::io("write", &path)(e.into()))?;
            write(&path, &(text + "\n"))?;
        }
        let (last, first): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| *name == LAST);
        for (name, text) in first.into_iter().chain(last) {
            let path = folder.join(name);
            if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
                write(&path, text)?;
            }
        }
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> Result<(), RunError> {
    write_atomically(path, text.as_bytes()).map_err(RunError::io("write", path))
}
