//! A hand-in that is a tar file, compressed or not.
//!
//! A tar file has no list of its entries, so it is read once from its beginning to its end. The files that may be
//! asked for go to one unnamed temporary file, so that neither a large hand-in nor a second reading costs memory
//! or time.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use tar::{Archive, EntryType, PaxExtensions};

use super::listing::{Lister, bad_entry, too_large};
use super::metered::{Meter, Stop};
use super::{Container, Listing, Scope, unreadable};
use crate::{Limits, Rejected};

pub(super) struct TarFile {
    listing: Listing,
    /// Where in `kept` each entry begins.
    places: Vec<u64>,
    kept: File,
}

/// The most bytes of a header that only describes the next one.
const EXTENSION_BYTES: u64 = 64 << 10;

impl TarFile {
    /// Lists a plain tar file after checking it.
    pub(super) fn plain(path: &Path, scope: Scope, limits: &Limits) -> Result<Self, Rejected> {
        let file = File::open(path).map_err(|source| unreadable(path, source))?;
        let meter = Meter::default();
        let reader = meter.output(BufReader::new(file), u64::MAX, u64::MAX);
        Self::list(reader, &meter, scope, limits)
    }

    /// The same for one that is compressed with gzip.
    pub(super) fn gzip(path: &Path, scope: Scope, limits: &Limits) -> Result<Self, Rejected> {
        let file = File::open(path).map_err(|source| unreadable(path, source))?;
        let meter = Meter::default();
        let decoder = MultiGzDecoder::new(BufReader::new(meter.input(file)));
        // Build folders are not counted among the files, but they have to be unpacked to get past them.
        let most = limits.archive_bytes.saturating_add(limits.total_bytes);
        Self::list(
            meter.output(decoder, most, limits.ratio),
            &meter,
            scope,
            limits,
        )
    }

    fn list(
        reader: impl Read,
        meter: &Meter,
        scope: Scope,
        limits: &Limits,
    ) -> Result<Self, Rejected> {
        let mut listing = Reading {
            lister: Lister::new(scope, limits),
            meter,
            limits,
            kept: tempfile::tempfile().map_err(scratch)?,
            kept_bytes: 0,
            next: Next::default(),
            end: 0,
        };
        let mut archive = Archive::new(reader);
        for entry in archive
            .entries()
            .map_err(|e| listing.damaged(&e))?
            .raw(true)
        {
            let entry = entry.map_err(|e| listing.damaged(&e))?;
            listing.entry(entry)?;
        }
        if meter.given_out() <= listing.end {
            return Err(cut_off());
        }
        // What follows the end is nobody's file, but its checksum says whether the upload is complete.
        io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|e| listing.damaged(&e))?;
        let kept = listing.kept;
        let (listing, places) = listing.lister.finish()?;
        Ok(Self {
            listing,
            places,
            kept,
        })
    }
}

impl Container for TarFile {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn read(&mut self, index: usize, limit: u64) -> Result<Option<Vec<u8>>, Rejected> {
        let size = self.listing.entries[index].size;
        if size > limit {
            return Ok(None);
        }
        self.kept
            .seek(SeekFrom::Start(self.places[index]))
            .map_err(scratch)?;
        let mut bytes = Vec::new();
        Read::take(&mut self.kept, size)
            .read_to_end(&mut bytes)
            .map_err(scratch)?;
        Ok(Some(bytes))
    }
}

/// What the headers before an entry say about it.
#[derive(Default)]
struct Next {
    name: Option<Vec<u8>>,
    described: bool,
}

struct Reading<'a> {
    lister: Lister<'a, u64>,
    meter: &'a Meter,
    limits: &'a Limits,
    kept: File,
    kept_bytes: u64,
    next: Next,
    /// Where in the archive the last entry ends.
    end: u64,
}

impl Reading<'_> {
    fn entry<R: Read>(&mut self, mut entry: tar::Entry<'_, R>) -> Result<(), Rejected> {
        self.lister.count()?;
        let size = entry.header().entry_size().map_err(|e| self.damaged(&e))?;
        let blocks = size.div_ceil(512).saturating_mul(512);
        self.end = entry.raw_file_position().saturating_add(blocks);
        let kind = entry.header().entry_type();
        match kind {
            EntryType::GNULongName => self.long_name(&mut entry, size),
            // The long name of a link's target: of no use, links are refused.
            EntryType::GNULongLink => self.extension(&mut entry, size).map(drop),
            EntryType::XHeader => self.described(&mut entry, size, false),
            EntryType::XGlobalHeader => self.described(&mut entry, size, true),
            _ => self.ordinary(entry, size, kind),
        }
    }

    /// The next entry's name, when it is too long for a header.
    fn long_name(&mut self, entry: &mut impl Read, size: u64) -> Result<(), Rejected> {
        let mut name = self.extension(entry, size)?;
        while name.last() == Some(&0) {
            name.pop();
        }
        self.name(name)
    }

    fn name(&mut self, name: Vec<u8>) -> Result<(), Rejected> {
        match self.next.name.replace(name) {
            Some(_) => Err(twice()),
            None => Ok(()),
        }
    }

    /// POSIX's way to say more about the next entry or, in the global form, all entries.
    fn described(
        &mut self,
        entry: &mut impl Read,
        size: u64,
        global: bool,
    ) -> Result<(), Rejected> {
        let bytes = self.extension(entry, size)?;
        if !global && std::mem::replace(&mut self.next.described, true) {
            return Err(twice());
        }
        for extension in PaxExtensions::new(&bytes) {
            let extension = extension.map_err(|e| self.damaged(&e))?;
            let key = extension.key_bytes();
            match key {
                b"path" if !global => self.name(extension.value_bytes().to_vec())?,
                // Readers that do and do not know it would see different files.
                b"path" | b"size" => {
                    let name = String::from_utf8_lossy(key).into_owned();
                    return Err(bad_entry(
                        "PaxHeader",
                        format!("overrides the {name} of entries"),
                    ));
                }
                _ if key.starts_with(b"GNU.sparse") => {
                    return Err(bad_entry("PaxHeader", "describes a sparse file"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn extension(&self, entry: &mut impl Read, size: u64) -> Result<Vec<u8>, Rejected> {
        if size > EXTENSION_BYTES {
            return Err(bad_entry(
                "a header",
                format!("is longer than {} KiB", EXTENSION_BYTES >> 10),
            ));
        }
        let mut bytes = Vec::new();
        entry
            .read_to_end(&mut bytes)
            .map_err(|e| self.damaged(&e))?;
        if bytes.len() as u64 == size {
            Ok(bytes)
        } else {
            Err(cut_off())
        }
    }

    fn ordinary<R: Read>(
        &mut self,
        mut entry: tar::Entry<'_, R>,
        size: u64,
        kind: EntryType,
    ) -> Result<(), Rejected> {
        let name = match std::mem::take(&mut self.next).name {
            Some(name) => name,
            None => entry.path_bytes().into_owned(),
        };
        let Ok(path) = std::str::from_utf8(&name) else {
            let shown = String::from_utf8_lossy(&name);
            return self.lister.fault(&shown, "has a name that is not UTF-8");
        };
        // `tar -C hand-in -czf x.tar.gz .` begins every name with it.
        let path = path.strip_prefix("./").unwrap_or(path);
        if kind.is_dir() && matches!(path, "" | ".") {
            return Ok(());
        }
        if !self.lister.admits(path)? {
            return Ok(());
        }
        match kind {
            EntryType::Regular | EntryType::Continuous if path.ends_with('/') => self
                .lister
                .fault(path, "is a file with the name of a folder"),
            EntryType::Regular | EntryType::Continuous => self.keep(&mut entry, path, size),
            EntryType::Directory => {
                self.lister.folder(path);
                Ok(())
            }
            EntryType::Symlink => self.lister.fault(path, "is a symbolic link"),
            EntryType::Link => self.lister.fault(path, "is a hard link"),
            EntryType::GNUSparse => self.lister.fault(path, "is a sparse file"),
            _ => self
                .lister
                .fault(path, "is a device or another special file"),
        }
    }

    fn keep(&mut self, entry: &mut impl Read, path: &str, size: u64) -> Result<(), Rejected> {
        self.lister.reserve(size)?;
        let place = self.kept_bytes;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = entry.read(&mut buffer).map_err(|e| self.damaged(&e))?;
            if read == 0 {
                break;
            }
            self.kept.write_all(&buffer[..read]).map_err(scratch)?;
            self.kept_bytes += read as u64;
        }
        if self.kept_bytes - place != size {
            return Err(cut_off());
        }
        self.lister.file(path.to_owned(), size, place);
        Ok(())
    }

    fn damaged(&self, error: &io::Error) -> Rejected {
        match self.meter.stop() {
            Some(Stop::TooMuch) => too_large(self.meter.given_out(), self.limits.total_bytes),
            Some(Stop::Bomb) => bad_entry(
                "the archive",
                "is a bomb: it unpacks to far more than source files can hold",
            ),
            None => Rejected::Damaged {
                why: error.to_string(),
            },
        }
    }
}

fn cut_off() -> Rejected {
    Rejected::Damaged {
        why: "it ends too early".to_owned(),
    }
}

fn twice() -> Rejected {
    Rejected::Damaged {
        why: "an entry is described twice".to_owned(),
    }
}

/// The temporary file failed, and not the hand-in.
fn scratch(source: io::Error) -> Rejected {
    unreadable(&std::env::temp_dir(), source)
}
