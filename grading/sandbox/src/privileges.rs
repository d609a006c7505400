//! Who the program is: an ordinary user without capabilities, never root.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::libc;
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::stat::Mode;
use nix::unistd::{Gid, Uid, getegid, geteuid, getpid, setgroups, setresgid, setresuid};

use crate::error::{Failure, Step};

/// Inside a user namespace every program is `nobody`.
const NOBODY: u32 = 65_534;
/// Root hands the program over to one of these users, which no system gives out; so nothing runs
/// as root, and the limit on processes, which root is exempt from, holds.
const FIRST_UID: u32 = 60_000;
const UIDS: u32 = 5_000;

/// The user and group that own the scratch folder and run the program, as the launcher names them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    pub uid: u32,
    pub gid: u32,
    from_root: bool,
}

impl Identity {
    /// For root an unused identity, one per launcher, so that two programs share no per-user
    /// limit; for anybody else, and for the root of a container that has no such users, its own.
    pub(crate) fn choose() -> Self {
        let uid = geteuid().as_raw();
        let unused = FIRST_UID + getpid().as_raw() as u32 % UIDS;
        if uid == 0 && exists("uid_map", unused) && exists("gid_map", unused) {
            return Self {
                uid: unused,
                gid: unused,
                from_root: true,
            };
        }
        Self {
            uid,
            gid: getegid().as_raw(),
            from_root: false,
        }
    }

    /// Whether the launcher runs as root.
    pub(crate) fn is_from_root(self) -> bool {
        self.from_root
    }

    /// Enters a user namespace in which this identity, and nothing else, exists as `nobody`.
    pub(crate) fn enter_user_namespace(self, process: &OwnedFd) -> Result<Self, Failure> {
        unshare(CloneFlags::CLONE_NEWUSER).step("enter a user namespace")?;
        self.map(process)?;
        Ok(Self {
            uid: NOBODY,
            gid: NOBODY,
            ..self
        })
    }

    /// `process` is this process's folder in `/proc`.
    fn map(self, process: &OwnedFd) -> Result<(), Failure> {
        // The kernel wants "deny" before an unprivileged process may map its group.
        write_at(process, "setgroups", "deny")?;
        write_at(process, "uid_map", &format!("{NOBODY} {} 1", self.uid))?;
        write_at(process, "gid_map", &format!("{NOBODY} {} 1", self.gid))
    }

    /// Root becomes this identity for good. Everybody else is it already.
    pub(crate) fn assume(self) -> Result<(), Failure> {
        if !self.from_root {
            return Ok(());
        }
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        setgroups(&[]).step("leave root's groups")?;
        setresgid(gid, gid, gid).step("leave root's group")?;
        setresuid(uid, uid, uid).step("stop being root")?;
        // The change hid this process's files in /proc from itself; `map` needs them.
        prctl::set_dumpable(true).step("stay dumpable")
    }
}

/// Whether the user namespace that this process is in has a user or group of this number. `map` is the
/// name of its table: lines of first number inside, first number outside, count.
fn exists(map: &str, id: u32) -> bool {
    let table = std::fs::read_to_string(format!("/proc/self/{map}")).unwrap_or_default();
    table.lines().any(|line| {
        let mut numbers = line.split_whitespace().map(str::parse::<u64>);
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(first)), Some(Ok(_)), Some(Ok(count))) => {
                (first..first + count).contains(&u64::from(id))
            }
            _ => false,
        }
    })
}

/// This process's folder in `/proc`, which stays usable when the file tree is exchanged.
pub(crate) fn own_process_folder() -> Result<OwnedFd, Failure> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    open("/proc/self", flags, Mode::empty()).step("open /proc/self")
}

fn write_at(folder: impl AsFd, name: &str, text: &str) -> Result<(), Failure> {
    let step = || format!("write {name} of the user namespace");
    let file = openat(
        folder,
        name,
        OFlag::O_WRONLY | OFlag::O_CLOEXEC,
        Mode::empty(),
    )
    .step(step())?;
    File::from(file).write_all(text.as_bytes()).step(step())
}

/// Gives up every capability, now and for all programs executed later, and closes this process to
/// inspection by others of the same user.
pub(crate) fn drop_capabilities() -> Result<(), Failure> {
    // The bounding set first: changing it takes a capability. EINVAL: past the last one there is.
    for capability in 0..64 {
        match prctl_number(libc::PR_CAPBSET_DROP, capability) {
            Ok(()) => {}
            Err(Errno::EINVAL) => break,
            // Without CAP_SETPCAP (an ordinary user outside a user namespace) there is nothing to drop.
            Err(Errno::EPERM) => break,
            Err(error) => return Err(error).step("drop capabilities from the bounding set"),
        }
    }
    clear_capabilities().step("give up capabilities")?;
    prctl::set_no_new_privs().step("forbid new privileges")?;
    prctl::set_dumpable(false).step("close the process to inspection")
}

fn prctl_number(option: libc::c_int, value: libc::c_ulong) -> nix::Result<()> {
    #[allow(unsafe_code)]
    // SAFETY: both arguments are numbers.
    Errno::result(unsafe { libc::prctl(option, value, 0, 0, 0) }).map(drop)
}

/// Empties the effective, permitted and inheritable sets (and with them the ambient one).
fn clear_capabilities() -> nix::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    const VERSION_3: u32 = 0x2008_0522; // capget(2): two words per set
    let header = Header {
        version: VERSION_3,
        pid: 0,
    };
    let empty = [[0_u32; 3]; 2];
    #[allow(unsafe_code)]
    // SAFETY: both arguments are laid out as capset(2) says for version 3 and are only read.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &header, &empty) }).map(drop)
}
