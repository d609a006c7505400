//! A folder for what a hand-in is compiled to, for the time of its grading.
//!
//! Who is killed cannot tidy up: the folder's name says whose it is, and the next run removes those of
//! processes that are gone.

use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

const PREFIX: &str = "course-grade-";

/// A new empty folder of this process, removed when it is dropped.
pub(crate) fn folder() -> io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix(&format!("{PREFIX}{}-", std::process::id()))
        .tempdir()
}

/// Removes the folders of processes that are gone. What cannot be removed stays; it is in nobody's way.
pub(crate) fn sweep() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if owner(&name.to_string_lossy()).is_some_and(is_gone) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The number of the process that a folder belongs to.
fn owner(name: &str) -> Option<u32> {
    let (owner, _) = name.strip_prefix(PREFIX)?.split_once('-')?;
    owner.parse().ok()
}

fn is_gone(process: u32) -> bool {
    Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{process}")).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_dead_processes_are_swept() {
        let mine = folder().unwrap();
        // The largest number that a process can have is 2^22.
        let dead = std::env::temp_dir().join(format!("{PREFIX}9999999-x"));
        let other = std::env::temp_dir().join(format!("{PREFIX}notes"));
        for path in [&dead, &other] {
            fs::create_dir_all(path.join("driver")).unwrap();
        }
        sweep();
        assert!(mine.path().exists() && other.exists() && !dead.exists());
        fs::remove_dir_all(other).unwrap();
    }
}
