//! Taking files that are already on this machine: from a stick, a browser's downloads, a colleague.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::DataError;
use super::folder::DataFolder;
use super::registry::{DataFile, Dataset, Download};
use super::store::{Progress, Stored, folder_of, store, unpack};
use super::verify::check_bytes;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The files that were taken, at least one.
    pub taken: Vec<Imported>,
    /// Files with a right name and wrong contents, and what is wrong, where nothing better was found.
    pub refused: Vec<String>,
}

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its name in the registry.
    pub file: String,
    /// Where it was found.
    pub from: PathBuf,
    /// Where it is now.
    pub to: PathBuf,
}

/// How deep folders are searched, and how many files are looked at.
const DEPTH: usize = 4;
const MOST: usize = 20_000;

/// Copies the files of `set` that are in `from` (a folder with its subfolders, or one file) into the
/// data folder. A file is known by its name or its size, with `.gz` or without; a download's archive
/// will do as well. It is taken only when its contents have the registry's SHA-256.
///
/// # Errors
/// When nothing of the set is found, `from` cannot be read, or the data folder cannot be written.
/// What is missing after a success is what [`status`](super::status) says.
pub fn import(
    set: &Dataset,
    from: &Path,
    folder: &DataFolder,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Import, DataError> {
    if set.files.is_empty() {
        return Err(DataError::Synthetic {
            name: set.name.clone(),
        });
    }
    let target = folder_of(set, folder)?;
    let mut search = Search {
        set,
        found: files_in(from)?,
        target,
        refused: Vec::new(),
    };
    let mut taken = Vec::new();
    for file in &set.files {
        taken.extend(search.file(file, progress)?);
    }
    for archive in set
        .downloads
        .iter()
        .filter(|download| download.is_archive())
    {
        let has = |name: &String| taken.iter().any(|one: &Imported| one.file == *name);
        if !archive.gives.iter().all(has) {
            taken.extend(search.archive(archive, progress)?);
        }
    }
    match taken.is_empty() {
        true => Err(search.nothing_in(from)),
        false => Ok(Import {
            taken,
            refused: search.refused,
        }),
    }
}

/// A search for the files of one set.
struct Search<'a> {
    set: &'a Dataset,
    found: Vec<Candidate>,
    /// The set's folder in the data folder.
    target: PathBuf,
    /// Files with a right name and wrong contents, and what is wrong.
    refused: Vec<String>,
}

impl Search<'_> {
    /// Takes the first candidate that is `file`.
    fn file(
        &mut self,
        file: &DataFile,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Option<Imported>, DataError> {
        let names = [file.name.clone(), format!("{}.gz", file.name)];
        let alone = self
            .set
            .downloads
            .iter()
            .filter(|d| d.gives == [file.name.clone()]);
        let sizes: Vec<u64> = alone.map(|d| d.size).chain([file.size]).collect();
        let mut refused = Vec::new();
        for candidate in candidates(&self.found, &names, &sizes) {
            let path = &candidate.path;
            let source = File::open(path).map_err(DataError::io("read", path))?;
            match store(source, candidate.size, file, &self.target, progress)? {
                Stored::Here(to) => {
                    return Ok(Some(Imported {
                        file: file.name.clone(),
                        from: path.clone(),
                        to,
                    }));
                }
                Stored::Refused(problem) if names.contains(&candidate.name) => {
                    refused.push(format!("{} {problem}", path.display()));
                }
                Stored::Refused(_) => (),
            }
        }
        self.refused.append(&mut refused);
        Ok(None)
    }

    /// Unpacks the first candidate that is `archive`.
    fn archive(
        &mut self,
        archive: &Download,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Vec<Imported>, DataError> {
        let names = std::slice::from_ref(&archive.name);
        for candidate in candidates(&self.found, names, &[archive.size]) {
            let path = &candidate.path;
            match check_bytes(path, archive.size, &archive.sha256) {
                Ok(()) => {
                    let unpacked = unpack(path, self.set, &self.target, progress)?.into_iter();
                    let from = || path.clone();
                    return Ok(unpacked
                        .map(|(file, to)| Imported {
                            file,
                            from: from(),
                            to,
                        })
                        .collect());
                }
                Err(problem) => self.refused.push(format!("{} {problem}", path.display())),
            }
        }
        Ok(Vec::new())
    }

    fn nothing_in(self, from: &Path) -> DataError {
        let files = self.set.files.iter().map(|file| file.name.as_str());
        let archives = self
            .set
            .downloads
            .iter()
            .filter(|download| download.is_archive());
        let wanted: Vec<&str> = files.chain(archives.map(|a| a.name.as_str())).collect();
        DataError::NothingToImport {
            name: self.set.name.clone(),
            from: from.to_owned(),
            wanted: wanted.join(", "),
            refused: self.refused,
        }
    }
}

struct Candidate {
    path: PathBuf,
    name: String,
    size: u64,
}

/// The files that may be the one wanted, those with its name first.
fn candidates<'a>(
    found: &'a [Candidate],
    names: &[String],
    sizes: &[u64],
) -> impl Iterator<Item = &'a Candidate> {
    let (by_name, others): (Vec<_>, Vec<_>) = found.iter().partition(|c| names.contains(&c.name));
    let by_size: Vec<_> = others
        .into_iter()
        .filter(|c| sizes.contains(&c.size))
        .collect();
    by_name.into_iter().chain(by_size)
}

/// All files in `from`, in the order of their paths; links to folders are not followed.
fn files_in(from: &Path) -> Result<Vec<Candidate>, DataError> {
    let metadata = std::fs::metadata(from).map_err(DataError::io("read", from))?;
    let mut found = Vec::new();
    match metadata.is_dir() {
        true => walk(from, DEPTH, &mut found)?,
        false => found.push(candidate(from, &metadata)),
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<Candidate>) -> Result<(), DataError> {
    for entry in std::fs::read_dir(folder).map_err(DataError::io("read", folder))? {
        let entry = entry.map_err(DataError::io("read", folder))?;
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth > 0 {
            // A folder that may not be read is no reason to give up on the others.
            let _ = walk(&path, depth - 1, found);
        } else if let Ok(metadata) = std::fs::metadata(&path)
            && metadata.is_file()
            && found.len() < MOST
        {
            found.push(candidate(&path, &metadata));
        }
    }
    Ok(())
}

fn candidate(path: &Path, metadata: &std::fs::Metadata) -> Candidate {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let (path, size) = (path.to_owned(), metadata.len());
    Candidate { path, name, size }
}
