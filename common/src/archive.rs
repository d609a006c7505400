//! Zip files of a few small files: hand-ins and starters.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};

/// Files by their path in an archive.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The time of every file: the earliest that a zip can hold.
const EARLIEST: UtcDateTime = match UtcDateTime::from_components(1980, 1, 1, 0, 0, 0, 0) {
    Some(time) => time,
    None => panic!("the first of January is a date"),
};

/// A zip of `files`: in the order of their paths, with one time for all, so that the same files always are the
/// same bytes.
///
/// # Errors
/// When a path or a file is too long for a zip.
pub fn zip_bytes(files: &Files) -> io::Result<Vec<u8>> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (path, bytes) in files {
        let (mut entry, checks) = archive
            .new_file(path)
            .compression_method(CompressionMethod::DEFLATE)
            .last_modified(EARLIEST)
            .unix_permissions(0o644)
            .start()
            .map_err(io::Error::other)?;
        let mut writer = checks.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        writer.write_all(bytes)?;
        let (encoder, checks) = writer.finish().map_err(io::Error::other)?;
        encoder.finish()?;
        entry.finish(checks).map_err(io::Error::other)?;
    }
    archive.finish().map_err(io::Error::other)
}

/// The file `path` in the archive `zip`, or nothing when it is not there. Only for archives as
/// [`zip_bytes`] makes them.
///
/// # Errors
/// When `zip` is no archive, or the file is damaged or longer than `most` bytes.
pub fn unzip_one(zip: &[u8], path: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
    let archive = ZipArchive::from_slice(zip).map_err(io::Error::other)?;
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(io::Error::other)? {
        if entry.file_path().as_ref() != path.as_bytes() {
            continue;
        }
        let local = archive
            .get_entry(entry.wayfinder())
            .map_err(io::Error::other)?;
        let mut file = Vec::new();
        let mut reader = local.verifying_reader(DeflateDecoder::new(local.data()));
        reader.by_ref().take(most + 1).read_to_end(&mut file)?;
        if file.len() as u64 > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        return Ok(Some(file));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Files {
        Files::from([("b".into(), vec![1]), ("a/c".into(), vec![2; 1000])])
    }

    #[test]
    fn the_same_files_are_the_same_zip() {
        assert_eq!(zip_bytes(&sample()).unwrap(), zip_bytes(&sample()).unwrap());
    }

    #[test]
    fn a_file_comes_out_as_it_went_in() {
        let zip = zip_bytes(&sample()).unwrap();
        assert_eq!(unzip_one(&zip, "a/c", 1000).unwrap(), Some(vec![2; 1000]));
        assert_eq!(unzip_one(&zip, "c", 1000).unwrap(), None);
    }

    #[test]
    fn what_is_too_long_damaged_or_no_zip_is_refused() {
        let mut zip = zip_bytes(&sample()).unwrap();
        assert!(unzip_one(&zip, "a/c", 999).is_err());
        assert!(unzip_one(b"no zip", "a/c", 1000).is_err());
        let first_byte = zip.windows(3).position(|bytes| bytes == b"a/c").unwrap() + 3;
        zip[first_byte] ^= 0xff;
        assert!(unzip_one(&zip, "a/c", 1000).is_err());
    }
}
