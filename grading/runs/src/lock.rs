//! Who may write to a folder of results.

use std::fs::File;
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use crate::RunError;

/// A hold on a folder of results, until it is dropped or the process ends.
///
/// A whole run holds the folder alone. Shards and workers hold it together and each its own share alone.
pub struct Lock(#[allow(dead_code)] Vec<Flock<File>>); // held, never read

impl Lock {
    /// Holds `folder` alone.
    ///
    /// # Errors
    /// [`RunError::Locked`] when somebody else holds it.
    pub fn whole(folder: &Path) -> Result<Self, RunError> {
        Ok(Self(vec![hold(
            folder,
            ".lock",
            FlockArg::LockExclusiveNonblock,
        )?]))
    }

    /// Holds the share called `name` of `folder`, beside the holders of other shares.
    ///
    /// # Errors
    /// [`RunError::Locked`] when somebody else holds this share or the whole.
    pub fn share(folder: &Path, name: &str) -> Result<Self, RunError> {
        Ok(Self(vec![
            hold(folder, ".lock", FlockArg::LockSharedNonblock)?,
            hold(
                folder,
                &format!(".lock-{name}"),
                FlockArg::LockExclusiveNonblock,
            )?,
        ]))
    }

    /// Waits for a turn at `name` in `folder`.
    ///
    /// # Errors
    /// When the file system has no locks.
    pub(crate) fn turn(folder: &Path, name: &str) -> Result<Self, RunError> {
        let name = format!(".lock-{name}");
        Ok(Self(vec![hold(folder, &name, FlockArg::LockExclusive)?]))
    }
}

fn hold(folder: &Path, name: &str, how: FlockArg) -> Result<Flock<File>, RunError> {
    std::fs::create_dir_all(folder).map_err(RunError::io("create", folder))?;
    let path = folder.join(name);
    let file = File::create(&path).map_err(RunError::io("write", &path))?;
    Flock::lock(file, how).map_err(|_| RunError::Locked(folder.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_run_is_alone_and_shares_are_together() {
        let place = tempfile::tempdir().unwrap();
        let refused =
            |lock: Result<Lock, RunError>| matches!(lock.map(drop), Err(RunError::Locked(_)));
        let whole = Lock::whole(place.path()).unwrap();
        assert!(refused(Lock::whole(place.path())));
        assert!(refused(Lock::share(place.path(), "1-of-2")));
        drop(whole);
        let _one = Lock::share(place.path(), "1-of-2").unwrap();
        let _two = Lock::share(place.path(), "2-of-2").unwrap();
        assert!(refused(Lock::share(place.path(), "1-of-2")));
        assert!(refused(Lock::whole(place.path())));
    }
}
