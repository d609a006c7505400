//! A hand-in, or what a course system gives for a class, as a list of files, whatever it is stored in.

mod folder;
mod listing;
mod metered;
mod sniff;
mod tar_file;
mod zip_file;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(crate) use listing::{Entry, Junk, Listing, Scope, folded};

use crate::{Limits, Rejected};

/// Something that files can be read from.
pub(crate) trait Container {
    /// What lies in it.
    fn listing(&self) -> &Listing;

    /// The bytes of one of the listing's entries, or `None` when there are more than `limit`.
    fn read(&mut self, index: usize, limit: u64) -> Result<Option<Vec<u8>>, Rejected>;

    /// The files, sorted by path.
    fn entries(&self) -> &[Entry] {
        &self.listing().entries
    }

    /// What was ignored.
    fn junk(&self) -> &Junk {
        &self.listing().junk
    }
}

/// Opens a folder or an archive of the kind it is.
pub(crate) fn open(
    path: &Path,
    folder: bool,
    scope: Scope,
    limits: &Limits,
) -> Result<Box<dyn Container>, Rejected> {
    if folder {
        return Ok(Box::new(folder::Folder::open(path, scope, limits)?));
    }
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    let length = file
        .metadata()
        .map_err(|source| unreadable(path, source))?
        .len();
    if length == 0 {
        return Err(Rejected::Empty);
    }
    if length > limits.archive_bytes {
        return Err(listing::too_large(length, limits.archive_bytes));
    }
    let mut head = Vec::new();
    file.take(sniff::HEAD)
        .read_to_end(&mut head)
        .map_err(|source| unreadable(path, source))?;
    match sniff::kind(&head) {
        sniff::Kind::Zip => Ok(Box::new(zip_file::ZipFile::open(path, scope, limits)?)),
        sniff::Kind::Tar => Ok(Box::new(tar_file::TarFile::plain(path, scope, limits)?)),
        sniff::Kind::Gzip => Ok(Box::new(tar_file::TarFile::gzip(path, scope, limits)?)),
        sniff::Kind::Foreign(what) => Err(Rejected::NotAnArchive { what }),
    }
}

/// Whether bytes are an archive, or something else that is no text.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(512)];
    !bytes.is_empty() && sniff::kind(head) != sniff::Kind::Foreign(sniff::TEXT)
}

fn unreadable(path: &Path, source: std::io::Error) -> Rejected {
    Rejected::Unreadable {
        path: path.to_owned(),
        source,
    }
}
