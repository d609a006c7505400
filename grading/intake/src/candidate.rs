//! What lies in the folder with the hand-ins.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::Attempt;
use crate::names::{self, is_litter};

/// What a hand-in is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A file; whether it is a zip file shows when it is read.
    File,
    /// A symbolic link, a device, a pipe: never opened.
    Other,
}

/// One hand-in that has not been looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The name of the folder, or of the file without `.zip` or `.tar.gz`.
    pub name: String,
    /// What to read.
    pub path: PathBuf,
    /// What `path` is.
    pub kind: Kind,
    /// What is known of an imported hand-in; `None` when it was put there by hand.
    pub attempt: Option<Attempt>,
}

/// The folder with the hand-ins cannot be listed.
#[derive(Debug, Error)]
#[error("Cannot list the hand-ins in {path}: {source}.")]
pub struct ScanError {
    path: PathBuf,
    source: io::Error,
}

impl ScanError {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            source,
        }
    }
}

/// Lists the hand-ins in `dir`, sorted by name. What a file manager leaves behind (`.DS_Store`) and
/// hidden files are no hand-ins; everything else is one, so that nothing is dropped silently.
///
/// # Errors
/// When `dir` is no folder or cannot be read.
pub fn scan(dir: &Path) -> Result<Vec<Candidate>, ScanError> {
    let fail = |source| ScanError::new(dir, source);
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_litter(&name) || name.starts_with('.') {
            continue;
        }
        found.push(candidate(
            name,
            entry.path(),
            kind(entry.file_type().map_err(fail)?),
        ));
    }
    found.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    Ok(found)
}

fn kind(file_type: fs::FileType) -> Kind {
    if file_type.is_dir() {
        Kind::Folder
    } else if file_type.is_file() {
        Kind::File
    } else {
        Kind::Other
    }
}

fn candidate(name: String, path: PathBuf, kind: Kind) -> Candidate {
    match kind {
        Kind::Folder => match only_zip(&path) {
            Some(zip) => Candidate {
                name,
                path: zip,
                kind: Kind::File,
                attempt: None,
            },
            None => Candidate {
                name,
                path,
                kind,
                attempt: None,
            },
        },
        _ => Candidate {
            name: without_zip(&name).to_owned(),
            path,
            kind,
            attempt: None,
        },
    }
}

/// Course systems (Moodle among them) put each upload in a folder with the student's name.
fn only_zip(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.filter_map(|entry| {
        let entry = entry.ok()?;
        (!is_litter(&entry.file_name().to_string_lossy())).then_some(entry)
    });
    let (first, second) = (files.next()?, files.next());
    let name = first.file_name().to_string_lossy().into_owned();
    let zip = first.file_type().ok()?.is_file() && without_zip(&name) != name;
    (zip && second.is_none()).then(|| first.path())
}

fn without_zip(name: &str) -> &str {
    names::archive_stem(name).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hand_ins_sorted_and_skips_litter() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("b.ZIP"), "x").unwrap();
        fs::write(at("c.tar.gz"), "x").unwrap();
        fs::write(at("d.TGZ"), "x").unwrap();
        fs::write(at("notes.txt"), "x").unwrap();
        fs::write(at(".DS_Store"), "x").unwrap();
        fs::create_dir(at("__MACOSX")).unwrap();
        fs::create_dir_all(at("a/src/parts")).unwrap();
        fs::create_dir(at("moodle_7")).unwrap();
        fs::write(at("moodle_7/upload.zip"), "x").unwrap();
        let found = scan(dir.path()).unwrap();
        let names: Vec<_> = found.iter().map(|c| (c.name.as_str(), c.kind)).collect();
        assert_eq!(
            names,
            [
                ("a", Kind::Folder),
                ("b", Kind::File),
                ("c", Kind::File),
                ("d", Kind::File),
                ("moodle_7", Kind::File),
                ("notes.txt", Kind::File)
            ]
        );
        assert_eq!(found[4].path, at("moodle_7/upload.zip"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_listed_but_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc", dir.path().join("link")).unwrap();
        assert_eq!(scan(dir.path()).unwrap()[0].kind, Kind::Other);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let text = scan(Path::new("no/such/folder")).unwrap_err().to_string();
        assert!(text.contains("no/such/folder"), "{text}");
    }
}
