//! The folder that uploads are imported to.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::ImportError;
use super::line::Line;
use super::packing::Packed;
use crate::Attempt;

/// The attempts that are there, and the log.
pub(super) struct Keep {
    /// Held as long as something may be written.
    _lock: File,
    folder: PathBuf,
    attempts: BTreeMap<String, Vec<Attempt>>,
    logged: Vec<Line>,
}

impl Keep {
    /// Opens the folder, which is made when it is not there. An import that was interrupted leaves nothing but
    /// complete attempts, and a log that may not know the last of them.
    pub(super) fn open(folder: &Path) -> Result<Self, ImportError> {
        let log = folder.join(Attempt::LOG);
        if folder.is_dir() && !log.is_file() {
            let mut things = fs::read_dir(folder).map_err(|source| read(folder, source))?;
            if things.next().is_some() {
                return Err(ImportError::Foreign {
                    path: folder.to_owned(),
                });
            }
        }
        fs::create_dir_all(folder).map_err(|source| write(folder, source))?;
        // First of all, so that a folder that holds attempts is always known as such.
        let lock = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(|source| write(&log, source))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ImportError::Locked {
                    path: folder.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(write(&log, source)),
        }
        clear(folder)?;
        let mut keep = Self {
            _lock: lock,
            folder: folder.to_owned(),
            attempts: BTreeMap::new(),
            logged: logged(&log)?,
        };
        let there = crate::hand_ins(folder).map_err(|error| ImportError::Damaged {
            what: error.to_string(),
        })?;
        for attempt in there.into_iter().filter_map(|candidate| candidate.attempt) {
            let student = attempt.student.clone();
            keep.attempts.entry(student).or_default().push(attempt);
        }
        Ok(keep)
    }

    /// A student's attempts by number.
    pub(super) fn of(&self, student: &str) -> &[Attempt] {
        self.attempts.get(student).map_or(&[], Vec::as_slice)
    }

    /// Puts an upload where nobody takes it for an attempt, so that it can be looked into.
    pub(super) fn stage(&self, packed: &Packed) -> Result<Staged, ImportError> {
        let place = tempfile::Builder::new()
            .prefix(STAGED)
            .tempdir_in(&self.folder)
            .map_err(|source| write(&self.folder, source))?;
        let upload = place
            .path()
            .join(format!("{}{}", Attempt::UPLOAD, packed.ending));
        fs::write(&upload, &packed.bytes).map_err(|source| write(&upload, source))?;
        Ok(Staged { place, upload })
    }

    /// Makes an attempt of a staged upload, at once or not at all.
    pub(super) fn add(&mut self, packed: &Packed, attempt: Attempt) -> Result<(), ImportError> {
        let staged = self.stage(packed)?;
        let json = serde_json::to_vec_pretty(&attempt).map_err(|source| ImportError::Write {
            path: staged.upload.clone(),
            source: source.into(),
        })?;
        let file = staged.place.path().join(Attempt::FILE);
        fs::write(&file, &json).map_err(|source| write(&file, source))?;
        for file in [&file, &staged.upload] {
            let synced = File::open(file).and_then(|file| file.sync_all());
            synced.map_err(|source| write(file, source))?;
        }
        let student = self.folder.join(&attempt.student);
        fs::create_dir_all(&student).map_err(|source| write(&student, source))?;
        let target = student.join(attempt.number.to_string());
        readable(staged.place.path()).map_err(|source| write(&target, source))?;
        fs::rename(staged.place.keep(), &target).map_err(|source| write(&target, source))?;
        let _ = File::open(&student).and_then(|folder| folder.sync_all());
        let student = attempt.student.clone();
        self.attempts.entry(student).or_default().push(attempt);
        Ok(())
    }

    /// Adds to the log what it does not know yet.
    pub(super) fn log(&mut self, lines: &[Line]) -> Result<(), ImportError> {
        let path = self.folder.join(Attempt::LOG);
        let mut text = Vec::new();
        for line in lines {
            if !self.logged.iter().any(|known| line.repeats(known)) {
                serde_json::to_writer(&mut text, line).map_err(|e| write(&path, e.into()))?;
                text.push(b'\n');
            }
        }
        if text.is_empty() {
            return Ok(());
        }
        let append = || -> io::Result<()> {
            let mut file = OpenOptions::new().append(true).open(&path)?;
            file.write_all(&text)?;
            file.sync_all()
        };
        append().map_err(|source| write(&path, source))
    }
}

/// How the names of folders begin that hold no attempt yet.
const STAGED: &str = ".import-";

/// Removes what a killed import left.
fn clear(folder: &Path) -> Result<(), ImportError> {
    for entry in fs::read_dir(folder).map_err(|source| read(folder, source))? {
        let entry = entry.map_err(|source| read(folder, source))?;
        if entry.file_name().to_string_lossy().starts_with(STAGED) {
            let path = entry.path();
            fs::remove_dir_all(&path).map_err(|source| write(&path, source))?;
        }
    }
    Ok(())
}

/// An upload that is no attempt yet; gone when dropped.
pub(super) struct Staged {
    place: TempDir,
    pub upload: PathBuf,
}

/// The lines of the log. Only the last can be cut off, by a crash: it is written again, and the piece is cleared.
fn logged(path: &Path) -> Result<Vec<Line>, ImportError> {
    let text = fs::read_to_string(path).map_err(|source| read(path, source))?;
    let whole = text.rfind('\n').map_or(0, |at| at + 1);
    if whole < text.len() {
        let file = OpenOptions::new().write(true).open(path);
        file.and_then(|file| file.set_len(whole as u64))
            .map_err(|source| write(path, source))?;
    }
    let lines = text[..whole].lines().enumerate();
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| ImportError::Damaged {
                what: format!("line {} of {}: {error}", index + 1, path.display()),
            })
        })
        .collect()
}

/// Temporary folders are private; an attempt is as readable as what the process makes otherwise.
fn readable(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let like = folder.parent().unwrap_or(folder);
        let mode = fs::metadata(like)?.permissions().mode() & 0o777;
        fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

fn read(path: &Path, source: io::Error) -> ImportError {
    ImportError::Read {
        path: path.to_owned(),
        source,
    }
}

fn write(path: &Path, source: io::Error) -> ImportError {
    ImportError::Write {
        path: path.to_owned(),
        source,
    }
}
