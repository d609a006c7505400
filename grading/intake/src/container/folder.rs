//! A hand-in that is a folder.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Container, Entry, Junk, bad_entry, sorted, too_large, too_many_entries};
use crate::{Limits, Rejected, names};

pub(crate) struct Folder {
    entries: Vec<Entry>,
    paths: Vec<PathBuf>,
    junk: Junk,
}

impl Folder {
    /// Lists the folder; junk folders are not entered, links not followed.
    pub(crate) fn open(path: &Path, limits: &Limits) -> Result<Self, Rejected> {
        let mut walk = Walk {
            limits,
            found: Vec::new(),
            junk: Junk::default(),
            seen: 0,
            bytes: 0,
        };
        walk.enter(path, "")?;
        let (entries, paths) = sorted(walk.found)?;
        Ok(Self {
            entries,
            paths,
            junk: walk.junk,
        })
    }
}

impl Container for Folder {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn junk(&self) -> &Junk {
        &self.junk
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

struct Walk<'a> {
    limits: &'a Limits,
    found: Vec<(Entry, PathBuf)>,
    junk: Junk,
    seen: usize,
    bytes: u64,
}

impl Walk<'_> {
    /// `below` is the path of `folder` in the hand-in, with a slash at the end unless it is the top.
    fn enter(&mut self, folder: &Path, below: &str) -> Result<(), Rejected> {
        for entry in fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
            let entry = entry.map_err(|source| unreadable(folder, source))?;
            self.seen += 1;
            if self.seen > self.limits.entries {
                return Err(too_many_entries(self.limits.entries));
            }
            self.visit(&entry, below)?;
        }
        Ok(())
    }

    fn visit(&mut self, entry: &fs::DirEntry, below: &str) -> Result<(), Rejected> {
        let path = entry.path();
        let name = entry.file_name();
        let shown = format!("{below}{}", name.to_string_lossy());
        let Some(name) = name.to_str() else {
            return Err(bad_entry(&shown, "has a name that is not UTF-8"));
        };
        if names::is_junk(name) {
            self.junk.add(name);
            return Ok(());
        }
        if let Some(why) = names::fault(&shown, self.limits) {
            return Err(bad_entry(&shown, why));
        }
        // The metadata of the entry itself: a link is not followed.
        let metadata = entry
            .metadata()
            .map_err(|source| unreadable(&path, source))?;
        if metadata.is_dir() {
            self.enter(&path, &format!("{shown}/"))
        } else if metadata.is_file() {
            self.bytes = self.bytes.saturating_add(metadata.len());
            if self.bytes > self.limits.total_bytes {
                return Err(too_large(self.bytes, self.limits.total_bytes));
            }
            self.found.push((
                Entry {
                    path: shown,
                    size: metadata.len(),
                },
                path,
            ));
            Ok(())
        } else {
            self.junk.add("links and special files");
            Ok(())
        }
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> Rejected {
    Rejected::Unreadable {
        path: path.to_owned(),
        source,
    }
}
