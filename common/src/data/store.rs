//! Putting verified files into the data folder, whole or not at all.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tempfile::NamedTempFile;

use super::error::{DataError, FormatError};
use super::folder::{DataFolder, zipped};
use super::read;
use super::registry::{DataFile, Dataset};
use super::verify::check;

/// Where a download or an import has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file.
    pub file: &'a str,
    /// Bytes so far.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// What a stored file turned out to be.
pub(super) enum Stored {
    /// It is in the data folder, here.
    Here(PathBuf),
    /// Its contents are not the file's, and why; nothing was kept.
    Refused(String),
}

/// The folder of a set, made when it is not there.
pub(super) fn folder_of(set: &Dataset, folder: &DataFolder) -> Result<PathBuf, DataError> {
    let path = folder.of(set);
    std::fs::create_dir_all(&path).map_err(DataError::io("make folder", &path))?;
    Ok(path)
}

/// Copies `source`, which has `size` bytes, to a temporary file, checks that it is `file`, and only then gives it its name.
pub(super) fn store(
    source: impl Read,
    size: u64,
    file: &DataFile,
    folder: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Stored, DataError> {
    let mut temporary = temporary(folder)?;
    copy(source, temporary.as_file_mut(), |done| {
        let total = done.max(size);
        progress(Progress {
            file: &file.name,
            done,
            total,
        });
    })
    .map_err(DataError::io("write to", folder))?;
    if let Err(problem) = check(temporary.path(), file) {
        return Ok(Stored::Refused(problem));
    }
    let (_, is_zipped) = read::open(temporary.path())?;
    let (target, other) = match is_zipped {
        true => (zipped(folder, &file.name), folder.join(&file.name)),
        false => (folder.join(&file.name), zipped(folder, &file.name)),
    };
    temporary
        .as_file()
        .sync_all()
        .map_err(DataError::io("write", &target))?;
    temporary
        .persist(&target)
        .map_err(|e| DataError::io("write", &target)(e.error))?;
    // The same file in its other form, perhaps a damaged one, must not be found in place of this.
    let _ = std::fs::remove_file(other);
    Ok(Stored::Here(target))
}

/// Unpacks the files of `set` from a `.tar.gz`, each one checked.
pub(super) fn unpack(
    archive: &Path,
    set: &Dataset,
    folder: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<(String, PathBuf)>, DataError> {
    let damaged = |e: io::Error| {
        let problem = FormatError::at(0, format!("the archive cannot be unpacked: {e}"));
        DataError::format(archive)(problem)
    };
    let file = File::open(archive).map_err(DataError::io("read", archive))?;
    let mut tar = tar::Archive::new(MultiGzDecoder::new(io::BufReader::new(file)));
    let mut unpacked = Vec::new();
    for entry in tar.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.into_owned();
        let name = path.file_name().and_then(|name| name.to_str());
        let size = entry.size();
        let Some(file) = name.and_then(|name| set.file(name)) else {
            continue;
        };
        match store(entry, size, file, folder, progress)? {
            Stored::Here(path) => unpacked.push((file.name.clone(), path)),
            Stored::Refused(problem) => {
                let problem = format!("{} in the archive {problem}", file.name);
                return Err(DataError::format(archive)(FormatError::at(0, problem)));
            }
        }
    }
    Ok(unpacked)
}

fn temporary(folder: &Path) -> Result<NamedTempFile, DataError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".part-");
    #[cfg(unix)]
    {
        // A data folder may be shared by a class; the default lets nobody else read.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    builder
        .tempfile_in(folder)
        .map_err(DataError::io("write to", folder))
}

fn copy(
    mut from: impl Read,
    to: &mut impl io::Write,
    mut progress: impl FnMut(u64),
) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 18];
    let mut done = 0;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return to.flush(),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        to.write_all(&buffer[..count])?;
        done += count as u64;
        progress(done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with room for so many bytes.
    struct Disk(usize);

    impl io::Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.0.min(bytes.len()) {
                0 => Err(io::ErrorKind::StorageFull.into()),
                count => {
                    self.0 -= count;
                    Ok(count)
                }
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_fills_up_is_an_error_that_says_what_to_do() {
        let bytes = [1; 1000];
        assert!(copy(&bytes[..], &mut Disk(1000), |_| ()).is_ok());
        let full = copy(&bytes[..], &mut Disk(999), |_| ()).unwrap_err();
        let error = DataError::io("write to", Path::new("sets"))(full).to_string();
        assert!(error.starts_with("cannot write to sets: "), "{error}");
        assert!(
            error.ends_with("make room, or set DL_DATA_DIR to a folder on another disk"),
            "{error}"
        );
    }
}
