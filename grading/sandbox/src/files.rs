//! Files that go into the scratch folder before the program runs, and those that come out of it.
//!
//! All names in the scratch folder are hostile afterwards: nothing is followed, only regular files
//! are opened, and no more is read than was agreed.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::{Component, Path};

use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};

use crate::error::{Failure, Step};
use crate::policy::{Collect, CopyIn, Fate};

/// Whether `path` stays inside the folder it is relative to: plain names only.
pub(crate) fn is_plain(path: &Path) -> bool {
    path.components().count() > 0 && path.components().all(|c| matches!(c, Component::Normal(_)))
}

/// Writes `files` into `work`.
pub(crate) fn put_in(files: &[CopyIn], work: &Path) -> Result<(), Failure> {
    for file in files {
        let step = || format!("copy {} in", file.path.display());
        let path = work.join(&file.path);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .step(step())?;
        fs::write(&path, &file.bytes).step(step())?;
    }
    Ok(())
}

/// Copies what `wanted` names in `work` to `to`. Runs when every process of the program is dead.
pub(crate) fn take_out(wanted: &Collect, work: &File, to: File) -> Fate {
    let file = match open_plainly(work, &wanted.inside) {
        Ok(file) => file,
        Err(Errno::ENOENT | Errno::ENOTDIR) => return Fate::Missing,
        Err(Errno::ELOOP | Errno::EXDEV) => return Fate::Refused("a symbolic link".into()),
        Err(error) => return Fate::Refused(error.desc().into()),
    };
    copy_regular(file, to, wanted.max_bytes)
}

/// Opens without following a link anywhere in the path, without leaving the folder, and without
/// waiting for the other end of a FIFO.
fn open_plainly(folder: impl AsFd, path: &Path) -> nix::Result<File> {
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let stay = ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS;
    openat2(folder, path, OpenHow::new().flags(flags).resolve(stay)).map(File::from)
}

fn copy_regular(from: File, mut to: File, max_bytes: u64) -> Fate {
    let about = match from.metadata() {
        Ok(about) => about,
        Err(error) => return Fate::Refused(error.to_string()),
    };
    if !about.is_file() {
        return Fate::Refused("not a regular file".into());
    }
    if about.len() > max_bytes {
        return Fate::Refused(format!(
            "{} bytes, at most {max_bytes} are taken",
            about.len()
        ));
    }
    // A regular file can be read; what fails is the disk that it goes to.
    io::copy(&mut from.take(max_bytes), &mut to)
        .map_or_else(|error| Fate::Failed(error.to_string()), Fate::Taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_paths_are_plain() {
        assert!(is_plain(Path::new("src/lib.rs")));
        for bad in ["", "/etc/passwd", "../up", "a/../../b", ".", "./a/.."] {
            assert!(!is_plain(Path::new(bad)), "{bad}");
        }
    }

    #[test]
    fn a_full_disk_is_not_the_programs_fault() {
        let work = tempfile::tempdir().unwrap();
        fs::write(work.path().join("driver"), "bytes").unwrap();
        let wanted = Collect {
            inside: "driver".into(),
            host: "unused".into(),
            max_bytes: 100,
        };
        let full = File::options().write(true).open("/dev/full").unwrap();
        let fate = take_out(&wanted, &File::open(work.path()).unwrap(), full);
        assert!(
            matches!(&fate, Fate::Failed(why) if why.contains("No space left")),
            "{fate:?}"
        );
    }
}
