//! A hand-in that is a zip file. Only the files that are graded are unpacked, in memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFileEntry;
use zip::result::ZipError;

use super::{Container, Entry, Junk, bad_entry, sniff, sorted, too_large, too_many_entries};
use crate::{Limits, Rejected, names};

pub(crate) struct ZipFile {
    archive: ZipArchive<BufReader<File>>,
    entries: Vec<Entry>,
    /// The place in the archive of each of `entries`.
    places: Vec<usize>,
    junk: Junk,
}

impl ZipFile {
    /// Lists the zip file after checking it.
    pub(crate) fn open(path: &Path, limits: &Limits) -> Result<Self, Rejected> {
        let unreadable = |source| Rejected::Unreadable {
            path: path.to_owned(),
            source,
        };
        let mut file = File::open(path).map_err(unreadable)?;
        let length = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
        if length == 0 {
            return Err(Rejected::Empty);
        }
        if length > limits.archive_bytes {
            return Err(too_large(length, limits.archive_bytes));
        }
        file.rewind().map_err(unreadable)?;
        let survey = survey(&mut file).map_err(unreadable)?;
        if let Some(what) = sniff::foreign(&survey.head) {
            return Err(Rejected::NotAZip { what });
        }
        if survey.headers > limits.entries {
            return Err(too_many_entries(limits.entries));
        }
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
        let (listed, junk) = list(&mut archive, limits)?;
        let (entries, places) = sorted(listed)?;
        if entries
            .iter()
            .any(|entry| entry.path == "[Content_Types].xml")
        {
            return Err(Rejected::NotAZip {
                what: "an Office document",
            });
        }
        Ok(Self {
            archive,
            entries,
            places,
            junk,
        })
    }
}

impl Container for ZipFile {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn junk(&self) -> &Junk {
        &self.junk
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

struct Survey {
    head: Vec<u8>,
    headers: usize,
}

/// Reads the file once for its first bytes and to count what could be headers of entries: the number that
/// the zip file states may be a lie, and its reader makes room for what it believes.
fn survey(file: &mut File) -> io::Result<Survey> {
    const SIGNATURE: [u8; 4] = *b"PK\x01\x02";
    let mut found = Survey {
        head: Vec::new(),
        headers: 0,
    };
    let mut buffer = vec![0; 1 << 16];
    let mut kept = 0;
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 {
            return Ok(found);
        }
        let filled = kept + read;
        if found.head.is_empty() {
            found.head = buffer[..filled.min(sniff::HEAD)].to_vec();
        }
        found.headers += buffer[..filled]
            .windows(4)
            .filter(|window| *window == SIGNATURE)
            .count();
        kept = filled.min(3);
        buffer.copy_within(filled - kept..filled, 0);
    }
}

type Listed = (Vec<(Entry, usize)>, Junk);

fn list(archive: &mut ZipArchive<BufReader<File>>, limits: &Limits) -> Result<Listed, Rejected> {
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
    let mut found = Vec::new();
    let mut junk = Junk::default();
    let mut bytes = 0_u64;
    for place in 0..archive.len() {
        let entry = archive
            .by_index_data(place)
            .map_err(|error| damaged(&error))?;
        let path = entry.name().map_err(|error| damaged(&error))?.into_owned();
        if let Some(why) = names::fault(&path, limits) {
            return Err(bad_entry(&path, why));
        }
        if let Some(what) = names::junk(&path) {
            junk.add(what);
            continue;
        }
        if let Some(why) = entry_fault(&entry, limits) {
            return Err(bad_entry(&path, why));
        }
        bytes = bytes.saturating_add(entry.size());
        if bytes > limits.total_bytes {
            return Err(too_large(bytes, limits.total_bytes));
        }
        if !entry.is_dir() {
            found.push((
                Entry {
                    path,
                    size: entry.size(),
                },
                place,
            ));
        }
    }
    Ok((found, junk))
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
