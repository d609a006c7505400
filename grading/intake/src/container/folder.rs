//! A hand-in that is a folder.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::listing::Lister;
use super::{Container, Listing, Scope, unreadable};
use crate::{Limits, Rejected};

pub(super) struct Folder {
    listing: Listing,
    paths: Vec<PathBuf>,
}

impl Folder {
    /// Lists the folder; junk folders of a hand-in are not entered, links never followed.
    pub(super) fn open(path: &Path, scope: Scope, limits: &Limits) -> Result<Self, Rejected> {
        let mut lister = Lister::new(scope, limits);
        enter(&mut lister, path, "")?;
        let (listing, paths) = lister.finish()?;
        Ok(Self { listing, paths })
    }
}

impl Container for Folder {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn read(&mut self, index: usize, limit: u64) -> Result<Option<Vec<u8>>, Rejected> {
        let path = &self.paths[index];
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
            .map_err(|source| unreadable(path, source))?;
        Ok((bytes.len() as u64 <= limit).then_some(bytes))
    }
}

/// `below` is the path of `folder` in the hand-in, with a slash at the end unless it is the top.
fn enter(lister: &mut Lister<'_, PathBuf>, folder: &Path, below: &str) -> Result<(), Rejected> {
    for entry in fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let entry = entry.map_err(|source| unreadable(folder, source))?;
        lister.count()?;
        visit(lister, &entry, below)?;
    }
    Ok(())
}

fn visit(
    lister: &mut Lister<'_, PathBuf>,
    entry: &fs::DirEntry,
    below: &str,
) -> Result<(), Rejected> {
    let path = entry.path();
    let name = entry.file_name();
    let shown = format!("{below}{}", name.to_string_lossy());
    if name.to_str().is_none() {
        return lister.fault(&shown, "has a name that is not UTF-8");
    }
    if !lister.admits(&shown)? {
        return Ok(());
    }
    // The metadata of the entry itself: a link is not followed.
    let metadata = entry
        .metadata()
        .map_err(|source| unreadable(&path, source))?;
    if metadata.is_dir() {
        lister.folder(&shown);
        enter(lister, &path, &format!("{shown}/"))
    } else if metadata.is_file() {
        lister.reserve(metadata.len())?;
        lister.file(shown, metadata.len(), path);
        Ok(())
    } else {
        lister.special(&shown);
        Ok(())
    }
}
