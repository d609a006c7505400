//! What `course import` keeps of an upload, and how a folder of hand-ins is listed.
//!
//! ```text
//! submissions/a1/
//!   import.jsonl                  what was imported and what was odd, a line each
//!   1001/1/attempt.json           whose it is and when it came
//!   1001/1/upload.zip             the upload, byte for byte (a folder is packed)
//! ```

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::candidate::{self, Candidate, ScanError};

/// One upload of one student, as the course system and the roster vouch for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The version of this format: [`Attempt::SCHEMA`].
    pub schema: u32,
    /// `a1`
    pub assignment: String,
    /// The student's number in the roster.
    pub student: String,
    /// 1 for the student's first, by time.
    pub number: u32,
    /// When it was handed in (RFC 3339, UTC), where the source says it.
    pub submitted_at: Option<String>,
    /// Where it was imported from: `moodle`.
    pub source: String,
    /// What it was called there.
    pub original: String,
    /// The SHA-256 of the upload in hexadecimal.
    pub sha256: String,
    /// The numbers of those it was made with, as far as they are declared.
    #[serde(default)]
    pub collaborators: Vec<String>,
}

impl Attempt {
    /// The version of the format.
    pub const SCHEMA: u32 = 1;
    /// The file's name.
    pub const FILE: &str = "attempt.json";
    /// The file that says that a folder was written by an import.
    pub const LOG: &str = "import.jsonl";
    /// How the name of the upload begins; `.zip` or `.tar.gz` follows where it is one.
    pub const UPLOAD: &str = "upload";
}

/// The hand-ins in `folder`: every attempt of an imported folder, else what [`scan`](crate::scan) finds.
/// Sorted by student and number.
///
/// # Errors
/// When the folder cannot be listed, or an attempt's folder is not as the import wrote it.
pub fn hand_ins(folder: &Path) -> Result<Vec<Candidate>, ScanError> {
    if !folder.join(Attempt::LOG).is_file() {
        return candidate::scan(folder);
    }
    let mut found = Vec::new();
    for student in folders(folder)? {
        for attempt in folders(&student)? {
            found.push(imported(&attempt)?);
        }
    }
    let order = |c: &Candidate| {
        let attempt = c.attempt.as_ref();
        attempt.map(|attempt| (attempt.student.clone(), attempt.number))
    };
    found.sort_by_key(order);
    Ok(found)
}

fn folders(folder: &Path) -> Result<Vec<std::path::PathBuf>, ScanError> {
    let fail = |source| ScanError::new(folder, source);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && entry.file_type().map_err(fail)?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn imported(folder: &Path) -> Result<Candidate, ScanError> {
    let fail = |source| ScanError::new(folder, source);
    let changed = |why: String| {
        fail(std::io::Error::other(format!(
            "{why}; bring it back as the import wrote it, or remove this folder and import the download again"
        )))
    };
    let attempt: Attempt = fs::read(folder.join(Attempt::FILE))
        .and_then(|text| Ok(serde_json::from_slice(&text)?))
        .map_err(|error| changed(format!("{} cannot be read ({error})", Attempt::FILE)))?;
    let upload = fs::read_dir(folder).map_err(fail)?.find_map(|entry| {
        let entry = entry.ok()?;
        let name = entry.file_name();
        let upload = name.to_string_lossy().starts_with(Attempt::UPLOAD);
        upload.then(|| entry.path())
    });
    let path = upload.ok_or_else(|| changed("the upload is missing".into()))?;
    Ok(Candidate {
        name: format!("{}-{}", attempt.student, attempt.number),
        path,
        kind: candidate::Kind::File,
        attempt: Some(attempt),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, student: &str, number: u32) {
        let place = folder.join(student).join(number.to_string());
        fs::create_dir_all(&place).unwrap();
        let attempt = Attempt {
            schema: Attempt::SCHEMA,
            assignment: "a1".into(),
            student: student.into(),
            number,
            submitted_at: None,
            source: "dir".into(),
            original: "x".into(),
            sha256: String::new(),
            collaborators: vec![],
        };
        let text = serde_json::to_vec(&attempt).unwrap();
        fs::write(place.join(Attempt::FILE), text).unwrap();
        fs::write(place.join("upload.zip"), "zip").unwrap();
    }

    #[test]
    fn what_was_changed_by_hand_is_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(Attempt::LOG), "").unwrap();
        write(folder.path(), "a", 1);
        let error = || hand_ins(folder.path()).unwrap_err().to_string();
        fs::remove_file(folder.path().join("a/1/upload.zip")).unwrap();
        assert!(error().contains("the upload is missing"), "{}", error());
        fs::write(folder.path().join("a/1").join(Attempt::FILE), "{").unwrap();
        let error = error();
        for word in ["a/1", "attempt.json", "import the download again"] {
            assert!(error.contains(word), "no {word:?} in {error}");
        }
    }

    #[test]
    fn attempts_are_listed_by_student_and_number() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(Attempt::LOG), "").unwrap();
        for number in [10, 2] {
            write(folder.path(), "b", number);
        }
        write(folder.path(), "a", 1);
        let found = hand_ins(folder.path()).unwrap();
        let names: Vec<&str> = found.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["a-1", "b-2", "b-10"]);
        assert!(found[0].path.ends_with("a/1/upload.zip"));
    }

    #[test]
    fn a_folder_without_its_upload_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(Attempt::LOG), "").unwrap();
        write(folder.path(), "a", 1);
        fs::remove_file(folder.path().join("a/1/upload.zip")).unwrap();
        let text = hand_ins(folder.path()).unwrap_err().to_string();
        assert!(
            text.contains("a/1") && text.contains("the upload is missing"),
            "{text}"
        );
    }
}
