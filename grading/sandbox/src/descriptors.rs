//! Descriptors: which ones a process keeps, and under which numbers.

use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::libc;

use crate::error::{Failure, Step};

/// Lets `fd` survive the next `execve` of this process. Async-signal-safe.
pub(crate) fn inherit(fd: RawFd) -> nix::Result<()> {
    #[allow(unsafe_code)]
    // SAFETY: changes a flag of a number; a number that is not open gives EBADF.
    Errno::result(unsafe { libc::fcntl(fd, libc::F_SETFD, 0) }).map(drop)
}

/// Makes every descriptor from 3 on close itself at the next `execve`.
pub(crate) fn close_all_on_exec() -> Result<(), Failure> {
    #[allow(unsafe_code)]
    // SAFETY: no pointers; sets a flag on numbers that are open.
    let code = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3,
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    Errno::result(code)
        .map(drop)
        .step("mark descriptors close-on-exec")
}

/// Closes `fd`.
pub(crate) fn close(fd: RawFd) {
    drop(adopt(fd));
}

/// Takes `fd`, a number that came with the spec and that nothing else in this process owns.
pub(crate) fn adopt(fd: RawFd) -> File {
    #[allow(unsafe_code)]
    // SAFETY: the launcher is a fresh process; the spec names each descriptor once.
    unsafe {
        File::from_raw_fd(fd)
    }
}

/// The lowest number above all that `pairs` mention.
pub(crate) fn above(pairs: &[(RawFd, RawFd)]) -> RawFd {
    pairs
        .iter()
        .map(|(from, to)| *from.max(to))
        .max()
        .unwrap_or(0)
        .max(2)
        + 1
}

/// The same descriptor under a number that [`arrange`] does not touch.
pub(crate) fn lift(fd: OwnedFd, pairs: &[(RawFd, RawFd)]) -> Result<File, Failure> {
    duplicate_above(fd.as_raw_fd(), above(pairs))
        .map(adopt)
        .step("move a descriptor")
}

/// Puts each descriptor `from` at its number `to`, and the null device at 0. All others must be
/// close-on-exec already; those that are still needed must be above (see [`lift`]).
pub(crate) fn arrange(pairs: &[(RawFd, RawFd)]) -> Result<(), Failure> {
    let null = File::open("/dev/null").step("open /dev/null")?;
    let mut pairs = [pairs, &[(null.as_raw_fd(), 0)]].concat();
    // First out of the way of every target, then into place.
    let above = above(&pairs);
    for (from, to) in &mut pairs {
        *from = duplicate_above(*from, above).step(format!("move descriptor for {to}"))?;
    }
    // Its number may be a target.
    drop(null);
    for (from, to) in pairs {
        duplicate_to(from, to).step(format!("place descriptor {to}"))?;
    }
    Ok(())
}

fn duplicate_above(fd: RawFd, lowest: RawFd) -> nix::Result<RawFd> {
    #[allow(unsafe_code)]
    // SAFETY: makes a new descriptor; no existing one is touched.
    Errno::result(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, lowest) })
}

fn duplicate_to(fd: RawFd, to: RawFd) -> nix::Result<RawFd> {
    #[allow(unsafe_code)]
    // SAFETY: may close what is open at `to`; this process is about to execute another program
    // and uses nothing but the duplicates made by `arrange` and close-on-exec descriptors above them.
    Errno::result(unsafe { libc::dup2(fd, to) })
}
