//! The starter as bytes: the list of sums, and a zip file that depends on nothing but the files.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use common::archive::Files;
use common::files::sha256_hex;
use zip::ZipArchive;

use crate::PublishError;
use crate::leak::{Secrets, scan_for_leaks};

/// The file with the SHA-256 of every other file, as `sha256sum --check` reads it.
pub const SUMS: &str = "STARTER.sha256";

/// The contents of [`SUMS`].
pub(crate) fn sums(files: &Files) -> String {
    let listed = files.iter().filter(|(path, _)| *path != SUMS);
    listed
        .map(|(path, bytes)| format!("{}  {path}\n", sha256_hex(bytes)))
        .collect()
}

/// A zip file of `files` in the folder `root`, the same bytes for the same files.
///
/// # Errors
/// When a path or a file is too long for a zip file.
pub(crate) fn zip_bytes(files: &Files, root: &str) -> io::Result<Vec<u8>> {
    let inside = files
        .iter()
        .map(|(path, bytes)| (format!("{root}/{path}"), bytes.clone()))
        .collect();
    common::archive::zip_bytes(&inside)
}

/// Checks that a zip file is a starter as [`publish`](crate::publish()) makes it, byte by byte, with files
/// as their sums say and nothing that must not be published. Gives its SHA-256.
///
/// # Errors
/// [`PublishError::Verify`], [`PublishError::Leaks`], or [`PublishError::Io`].
pub fn verify(path: &Path) -> Result<String, PublishError> {
    let fail = |why: String| PublishError::Verify {
        path: path.to_owned(),
        why,
    };
    let mut bytes = Vec::new();
    let mut file = File::open(path).map_err(PublishError::io("read", path))?;
    file.read_to_end(&mut bytes)
        .map_err(PublishError::io("read", path))?;
    let (root, files) = unzip(&bytes).map_err(fail)?;
    if files.get(SUMS).map(Vec::as_slice) != Some(sums(&files).as_bytes()) {
        return Err(fail(format!(
            "{SUMS} is missing or does not agree with the files"
        )));
    }
    if zip_bytes(&files, &root).ok().as_ref() != Some(&bytes) {
        return Err(fail("zipping its files again gives other bytes".to_owned()));
    }
    let leaks = scan_for_leaks(&files, &Secrets::default());
    if leaks.is_empty() {
        Ok(sha256_hex(&bytes))
    } else {
        Err(PublishError::Leaks(leaks))
    }
}

fn unzip(bytes: &[u8]) -> Result<(String, Files), String> {
    let text = |error: zip::result::ZipError| error.to_string();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(text)?;
    let mut files = Files::new();
    let mut root = None;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(text)?;
        let name = entry.name().map_err(text)?.into_owned();
        let (top, path) = name
            .split_once('/')
            .ok_or_else(|| format!("{name} is not in a folder"))?;
        if root.get_or_insert_with(|| top.to_owned()) != top {
            return Err(format!("{name} is in a second folder"));
        }
        let mut contents = Vec::new();
        entry
            .read_to_end(&mut contents)
            .map_err(|error| format!("{name}: {error}"))?;
        files.insert(path.to_owned(), contents);
    }
    root.map(|root| (root, files))
        .ok_or_else(|| "it is empty".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Files {
        let mut files = Files::from([
            ("b/x.rs".to_owned(), b"fn x() {}".to_vec()),
            ("a".to_owned(), vec![0; 5000]),
        ]);
        files.insert(SUMS.to_owned(), sums(&files).into_bytes());
        files
    }

    fn verified(bytes: &[u8]) -> Result<String, PublishError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.zip");
        std::fs::write(&path, bytes).unwrap();
        verify(&path)
    }

    #[test]
    fn the_same_files_give_the_same_bytes_and_verify() {
        let bytes = zip_bytes(&sample(), "a1-starter").unwrap();
        assert_eq!(bytes, zip_bytes(&sample(), "a1-starter").unwrap());
        assert_eq!(verified(&bytes).unwrap(), sha256_hex(&bytes));
        assert!(bytes.len() < 1000);
    }

    #[test]
    fn a_changed_file_or_other_bytes_do_not_verify() {
        let mut files = sample();
        files.insert("a".to_owned(), b"other".to_vec());
        assert!(
            verified(&zip_bytes(&files, "s").unwrap())
                .unwrap_err()
                .to_string()
                .contains(SUMS)
        );
        let mut bytes = zip_bytes(&sample(), "s").unwrap();
        let header = bytes
            .windows(4)
            .rposition(|window| window == b"PK\x01\x02")
            .unwrap();
        bytes[header + 12] ^= 1; // the time
        assert!(
            verified(&bytes)
                .unwrap_err()
                .to_string()
                .contains("other bytes")
        );
        assert!(verified(b"no zip").is_err());
    }

    #[test]
    fn a_starter_with_a_marker_does_not_verify() {
        let mut files = sample();
        files.insert("c.md".to_owned(), b"// BEGIN HIDDEN".to_vec());
        files.insert(SUMS.to_owned(), sums(&files).into_bytes());
        let error = verified(&zip_bytes(&files, "s").unwrap()).unwrap_err();
        assert!(matches!(error, PublishError::Leaks(_)), "{error}");
    }
}
