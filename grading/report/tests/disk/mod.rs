//! Folders of results and of reports, for the tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use report::pages::ClassResults;
use tempfile::TempDir;

use crate::sample::{HandIn, write_class};

/// A results folder of `hand_ins`, and the same read back.
pub fn graded(hand_ins: &[HandIn]) -> (TempDir, ClassResults) {
    let folder = tempfile::tempdir().unwrap();
    write_class(folder.path(), hand_ins);
    let class = ClassResults::read(folder.path()).unwrap();
    (folder, class)
}

/// All files below `folder` with their bytes.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        if path.is_dir() {
            let inner = files(&path).into_iter();
            found.extend(inner.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}
