//! Checkpoints: everything that a run needs to go on exactly where it was.
//!
//! A file is a header and a body. The header: eight bytes of magic whose last is the version, the
//! body's length (`u64`, little endian), the body's CRC-32 (`u32`). The body: values in the
//! contract's [`Wire`] form, in which floating point numbers keep every bit.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::contract::{Reader, Wire, WireError};
use crate::files::write_atomically;

const MAGIC: [u8; 8] = *b"DLCHECK\x01";

/// Why a checkpoint could not be written or read.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// There is none.
    #[error("there is no checkpoint at {0}: start the run without --resume")]
    Missing(PathBuf),
    /// The file system said no.
    #[error("cannot {doing} the checkpoint {path}: {source}")]
    Io {
        /// `read` or `write`
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The file is something else, or of another version of the toolkit.
    #[error("{0} is no checkpoint of this version: start the run without --resume")]
    Foreign(PathBuf),
    /// The bytes are not those that were written.
    #[error("the checkpoint {path} is damaged ({what}): start the run without --resume")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How one can tell.
        what: String,
    },
    /// The checkpoint belongs to another run.
    #[error(
        "the checkpoint {path} is of a run with other settings:\n  then: {then}\n  now:  {now}\nuse the same settings, or start without --resume"
    )]
    OtherSettings {
        /// The file.
        path: PathBuf,
        /// The settings of the run that wrote it.
        then: String,
        /// The settings of this run.
        now: String,
    },
}

/// Writes `body` with its header to `path`, atomically.
pub(super) fn save(path: &Path, body: &[u8]) -> Result<(), CheckpointError> {
    let mut bytes = MAGIC.to_vec();
    (body.len() as u64).write(&mut bytes);
    checksum(body).write(&mut bytes);
    bytes.extend_from_slice(body);
    write_atomically(path, &bytes).map_err(|source| CheckpointError::Io {
        doing: "write",
        path: path.into(),
        source,
    })
}

/// Reads the body of the checkpoint at `path`, which is what was written, bit for bit.
pub(super) fn load(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => CheckpointError::Missing(path.into()),
        _ => CheckpointError::Io {
            doing: "read",
            path: path.into(),
            source,
        },
    })?;
    let Some(rest) = bytes.strip_prefix(&MAGIC) else {
        return Err(CheckpointError::Foreign(path.into()));
    };
    let mut input = Reader::new(rest);
    let header = <(u64, u32)>::read(&mut input).map_err(|error| damaged(path, &error))?;
    let body = &rest[rest.len() - input.left()..];
    let what = match header {
        (length, _) if length != body.len() as u64 => {
            format!("{} bytes of {length}", body.len())
        }
        (_, sum) if sum != checksum(body) => "its checksum does not match".to_string(),
        _ => return Ok(body.to_vec()),
    };
    Err(CheckpointError::Damaged {
        path: path.into(),
        what,
    })
}

/// The error for a body that cannot be read as what it should hold.
pub(super) fn damaged(path: &Path, error: &WireError) -> CheckpointError {
    CheckpointError::Damaged {
        path: path.into(),
        what: error.to_string(),
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.bin");
        save(&path, b"the body").unwrap();
        (folder, path)
    }

    #[test]
    fn the_body_comes_back() {
        let (_folder, path) = saved();
        assert_eq!(load(&path).unwrap(), b"the body");
    }

    #[test]
    fn every_flipped_bit_and_every_lost_byte_is_noticed() {
        let (_folder, path) = saved();
        let bytes = fs::read(&path).unwrap();
        for i in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[i] ^= 0x10;
            fs::write(&path, &flipped).unwrap();
            assert!(load(&path).is_err(), "bit in byte {i}");
            fs::write(&path, &bytes[..i]).unwrap();
            assert!(load(&path).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn messages_say_what_is_wrong_and_what_to_do() {
        let (_folder, path) = saved();
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("damaged (5 bytes of 8)"), "{error}");
        fs::write(&path, "epoch,steps\n").unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("no checkpoint of this version"), "{error}");
        fs::remove_file(&path).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("without --resume"), "{error}");
    }
}
