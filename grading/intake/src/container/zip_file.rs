//! A hand-in that is a zip file. Only the files that are graded are unpacked, in memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFileEntry;
use zip::result::ZipError;

use super::listing::{Lister, too_many_entries};
use super::{Container, Listing, Scope, unreadable};
use crate::{Limits, Rejected};

pub(super) struct ZipFile {
    archive: ZipArchive<BufReader<File>>,
    listing: Listing,
    /// The place in the archive of each entry.
    places: Vec<usize>,
}

impl ZipFile {
    /// Lists the zip file after checking it.
    pub(super) fn open(path: &Path, scope: Scope, limits: &Limits) -> Result<Self, Rejected> {
        let unreadable = |source| unreadable(path, source);
        let mut file = File::open(path).map_err(unreadable)?;
        if headers(&mut file).map_err(unreadable)? > limits.entries {
            return Err(too_many_entries(limits.entries));
        }
        file.rewind().map_err(unreadable)?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
        let (listing, places) = list(&mut archive, scope, limits)?;
        if listing
            .entries
            .iter()
            .any(|entry| entry.path == "[Content_Types].xml")
        {
            return Err(Rejected::NotAnArchive {
                what: "an Office document",
            });
        }
        Ok(Self {
            archive,
            listing,
            places,
        })
    }
}

impl Container for ZipFile {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn read(&mut self, index: usize, limit: u64) -> Result<Option<Vec<u8>>, Rejected> {
        let file = self
            .archive
            .by_index(self.places[index])
            .map_err(|error| damaged(&error))?;
        let mut bytes = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| damaged(&error.into()))?;
        Ok((bytes.len() as u64 <= limit).then_some(bytes))
    }
}

/// Counts what could be headers of entries: the number that the zip file states may be a lie, and its reader
/// makes room for what it believes.
fn headers(file: &mut File) -> io::Result<usize> {
    const SIGNATURE: [u8; 4] = *b"PK\x01\x02";
    let mut found = 0;
    let mut buffer = vec![0; 1 << 16];
    let mut kept = 0;
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 {
            return Ok(found);
        }
        let filled = kept + read;
        found += buffer[..filled]
            .windows(4)
            .filter(|window| *window == SIGNATURE)
            .count();
        kept = filled.min(3);
        buffer.copy_within(filled - kept..filled, 0);
    }
}

fn list(
    archive: &mut ZipArchive<BufReader<File>>,
    scope: Scope,
    limits: &Limits,
) -> Result<(Listing, Vec<usize>), Rejected> {
    if archive.has_duplicate_names() {
        return Err(Rejected::Damaged {
            why: "two entries have the same name".to_owned(),
        });
    }
    if archive
        .has_overlapping_files()
        .map_err(|error| damaged(&error))?
    {
        return Err(Rejected::Damaged {
            why: "entries overlap".to_owned(),
        });
    }
    let mut lister = Lister::new(scope, limits);
    for place in 0..archive.len() {
        let entry = archive
            .by_index_data(place)
            .map_err(|error| damaged(&error))?;
        let path = entry.name().map_err(|error| damaged(&error))?.into_owned();
        if !lister.admits(&path)? {
            continue;
        }
        if let Some(why) = entry_fault(&entry, limits) {
            lister.fault(&path, why)?;
        } else if entry.is_dir() {
            lister.folder(&path);
        } else {
            lister.reserve(entry.size())?;
            lister.file(path, entry.size(), place);
        }
    }
    lister.finish()
}

/// Why the entry is no ordinary file or folder of an honest zip file.
fn entry_fault(entry: &ZipFileEntry<'_>, limits: &Limits) -> Option<&'static str> {
    const KIND: u32 = 0o170_000;
    let suspicious =
        entry.size() > 1 << 20 && entry.size() / limits.ratio.max(1) > entry.compressed_size();
    match entry.unix_mode().unwrap_or(0) & KIND {
        0 | 0o100_000 | 0o040_000 => {}
        0o120_000 => return Some("is a symbolic link"),
        _ => return Some("is a device or another special file"),
    }
    if entry.encrypted() {
        return Some("is encrypted");
    }
    suspicious.then_some("is a zip bomb: it unpacks to far more than a source file can hold")
}

fn damaged(error: &ZipError) -> Rejected {
    let why = match error {
        ZipError::UnsupportedArchive(why) => (*why).to_owned(),
        ZipError::InvalidArchive(why) => why.to_string(),
        other => other.to_string(),
    };
    Rejected::Damaged { why }
}
