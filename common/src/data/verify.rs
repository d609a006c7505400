//! What is there, and whether it is what it should be.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::DataError;
use super::folder::DataFolder;
use super::read;
use super::registry::{DataFile, Dataset};

/// What is known of one file of a set.
#[derive(Debug, Clone)]
pub struct FileStatus<'a> {
    /// The file.
    pub file: &'a DataFile,
    /// How it is.
    pub state: FileState,
}

/// How a file of a set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// Not in the data folder.
    Missing,
    /// There; its contents were not looked at.
    Present(PathBuf),
    /// There, with the right contents.
    Good(PathBuf),
    /// There, but not the right contents, or not readable; and why.
    Wrong(PathBuf, String),
}

/// Which files of a set are there, without reading them.
#[must_use]
pub fn status<'a>(set: &'a Dataset, folder: &DataFolder) -> Vec<FileStatus<'a>> {
    each(set, folder, |_, path| FileState::Present(path))
}

/// Which files of a set are there, with all contents checked against the registry's SHA-256.
#[must_use]
pub fn verify<'a>(set: &'a Dataset, folder: &DataFolder) -> Vec<FileStatus<'a>> {
    each(set, folder, |file, path| match check(&path, file) {
        Ok(()) => FileState::Good(path),
        Err(problem) => FileState::Wrong(path, problem),
    })
}

/// Whether every file that the set needs is there, without reading them.
#[must_use]
pub fn is_complete(set: &Dataset, folder: &DataFolder) -> bool {
    let needed = set.files.iter().filter(|file| !file.optional);
    needed
        .into_iter()
        .all(|file| folder.locate(set, file).is_some())
}

fn each<'a>(
    set: &'a Dataset,
    folder: &DataFolder,
    state: impl Fn(&DataFile, PathBuf) -> FileState,
) -> Vec<FileStatus<'a>> {
    let found = |file: &'a DataFile| match folder.locate(set, file) {
        None => FileState::Missing,
        Some(path) => state(file, path),
    };
    set.files
        .iter()
        .map(|file| FileStatus {
            file,
            state: found(file),
        })
        .collect()
}

/// Checks a file's (unzipped) contents; says in words what is wrong.
pub(super) fn check(path: &Path, file: &DataFile) -> Result<(), String> {
    let (stream, _) = read::open(path).map_err(|e| e.to_string())?;
    // One byte more than there should be is enough to know, whatever a gzip file unpacks to.
    let found = digest(stream.take(file.size + 1)).map_err(|e| format!("cannot be read: {e}"))?;
    agree(found, file.size, &file.sha256)
}

/// Checks a file's bytes as they are; says in words what is wrong.
pub(super) fn check_bytes(path: &Path, size: u64, sha256: &str) -> Result<(), String> {
    let file = std::fs::File::open(path).map_err(|e| DataError::io("read", path)(e).to_string())?;
    let found = digest(file.take(size + 1)).map_err(|e| format!("cannot be read: {e}"))?;
    agree(found, size, sha256)
}

fn agree((size, sha256): (u64, String), want: u64, wanted: &str) -> Result<(), String> {
    if size > want {
        Err(format!("has more than the expected {want} bytes"))
    } else if size < want {
        Err(format!("has {size} bytes, expected {want}"))
    } else if sha256 != wanted {
        Err(format!("has SHA-256 {sha256}, expected {wanted}"))
    } else {
        Ok(())
    }
}

/// How many bytes a stream gives, and their SHA-256 in hexadecimal.
fn digest(mut stream: impl Read) -> std::io::Result<(u64, String)> {
    let mut hash = hmac_sha256::Hash::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        match stream.read(&mut buffer)? {
            0 => break,
            count => {
                hash.update(&buffer[..count]);
                size += count as u64;
            }
        }
    }
    let hex = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok((size, hex))
}
