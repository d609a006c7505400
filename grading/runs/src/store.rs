//! What was graded, by what decided it.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use common::files::{sha256_hex, write_atomically};
use report::Summary;
use serde::{Deserialize, Serialize};

use crate::RunError;

/// Graded hand-ins by their keys. An entry is one file: the SHA-256 of the rest on the first line.
pub struct Store {
    folder: PathBuf,
}

/// What a hand-in got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The files of its results but `timing.json`, by name.
    pub files: BTreeMap<String, String>,
    /// Its line in the class's table.
    pub summary: Summary,
}

/// What the store holds under a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// An entry as it was written.
    Entry(Box<Entry>),
    /// Something else: a disk or a hand changed it. It counts as nothing.
    Damaged,
}

impl Store {
    /// The store in `folder`, which need not be there yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What is stored under `key`.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn get(&self, key: &str) -> Result<Found, RunError> {
        let path = self.path(key);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(RunError::io("read", &path)(error)),
        };
        Ok(whole(&bytes).map_or(Found::Damaged, |entry| Found::Entry(Box::new(entry))))
    }

    /// Stores `entry` under `key`, in the place of what is there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn put(&self, key: &str, entry: &Entry) -> Result<(), RunError> {
        let path = self.path(key);
        let body =
            serde_json::to_string(entry).map_err(|e| RunError::io("write", &path)(e.into()))?;
        let text = format!("{}\n{body}", sha256_hex(body.as_bytes()));
        write_atomically(&path, text.as_bytes()).map_err(RunError::io("write", &path))
    }

    /// Two hundred and fifty-six folders, so that none grows long.
    fn path(&self, key: &str) -> PathBuf {
        let folder = key.get(..2).unwrap_or("__");
        self.folder.join(folder).join(key)
    }

    /// Where the store is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

fn whole(bytes: &[u8]) -> Option<Entry> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (hash, body) = text.split_once('\n')?;
    if hash != sha256_hex(body.as_bytes()) {
        return None;
    }
    serde_json::from_str(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use report::SummaryStatus;

    fn entry() -> Entry {
        Entry {
            files: BTreeMap::from([("report.txt".into(), "all is well\n".into())]),
            summary: Summary {
                hand_in: "ada-1".into(),
                student: "ada".into(),
                attempt: Some(1),
                submitted_at: None,
                submission_sha256: "00".into(),
                status: SummaryStatus::Graded,
                points: Some(7),
                max: 20,
                theory: Some(0),
                theory_max: 0,
                parts: vec![("A1.1".into(), 7)],
                notes: vec![],
            },
        }
    }

    #[test]
    fn an_entry_comes_back_as_it_was_put() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::new(place.path().join("store"));
        assert_eq!(store.get("abc").unwrap(), Found::Nothing);
        store.put("abc", &entry()).unwrap();
        assert_eq!(store.get("abc").unwrap(), Found::Entry(Box::new(entry())));
        assert_eq!(store.get("abd").unwrap(), Found::Nothing);
    }

    #[test]
    fn one_changed_byte_anywhere_is_found() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::new(place.path().to_owned());
        store.put("abc", &entry()).unwrap();
        let path = place.path().join("ab/abc");
        let right = fs::read(&path).unwrap();
        for at in 0..right.len() {
            let mut wrong = right.clone();
            wrong[at] ^= 1;
            fs::write(&path, wrong).unwrap();
            assert_eq!(store.get("abc").unwrap(), Found::Damaged, "byte {at}");
        }
        fs::write(&path, &right[..right.len() - 1]).unwrap();
        assert_eq!(store.get("abc").unwrap(), Found::Damaged, "a byte short");
        fs::write(&path, "").unwrap();
        assert_eq!(store.get("abc").unwrap(), Found::Damaged, "empty");
    }
}
