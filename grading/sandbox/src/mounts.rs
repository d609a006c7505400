//! The program's file tree: an empty one, with what it was given bound into it.

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{chdir, pivot_root};

use crate::error::{Failure, Step};
use crate::policy::{Mount, Policy};
use crate::privileges::Identity;

/// Any folder will do to build the new tree on: the mount is seen by nobody else.
const BUILDING_SITE: &str = "/tmp";
/// Where the machine's tree is while the new one is built.
const OLD: &str = "/.old";
/// The devices a program may use.
pub(crate) const DEVICES: [&str; 5] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/urandom",
    "/dev/random",
];
/// Scratch space besides the policy's own folder.
pub(crate) const TEMPORARY: &str = "/tmp";
/// Where the program finds its own processes, when the policy says so.
pub(crate) const PROC: &str = "/proc";

/// Exchanges the file tree of this process, which must be alone in its mount namespace, for a
/// read-only one that holds what `policy` gives, five devices, and two empty scratch folders.
pub(crate) fn build(policy: &Policy, owner: Identity) -> Result<(), Failure> {
    let sources = resolve(&policy.read_only)?;
    let nothing = None::<&str>;
    mount(
        nothing,
        "/",
        nothing,
        MsFlags::MS_REC | MsFlags::MS_PRIVATE,
        nothing,
    )
    .step("separate the mounts from the machine's")?;
    tmpfs(
        Path::new(BUILDING_SITE),
        "mode=755,size=1m,nr_inodes=4096",
        MsFlags::empty(),
    )?;
    let old_inside = format!("{BUILDING_SITE}{OLD}");
    fs::create_dir(&old_inside).step("make room for the old file tree")?;
    pivot_root(BUILDING_SITE, old_inside.as_str()).step("exchange the file tree")?;
    chdir("/").step("enter the new file tree")?;

    for (source, given) in sources.iter().zip(&policy.read_only) {
        bind(
            source,
            &given.inside,
            libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NODEV,
        )?;
    }
    for device in DEVICES {
        bind(
            Path::new(device),
            Path::new(device),
            libc::MOUNT_ATTR_NOEXEC,
        )?;
    }
    let options = format!(
        "mode=755,size={},nr_inodes={},uid={},gid={}",
        policy.work_bytes, policy.work_inodes, owner.uid, owner.gid
    );
    for scratch in [policy.work.as_path(), Path::new(TEMPORARY)] {
        fs::create_dir_all(scratch).step(format!("make {}", scratch.display()))?;
        tmpfs(scratch, &options, MsFlags::MS_NOEXEC)?;
    }

    if policy.proc {
        mount_proc()?;
    }
    umount2(OLD, MntFlags::MNT_DETACH).step("let go of the old file tree")?;
    fs::remove_dir(OLD).step("remove the old tree's folder")?;
    set_attributes(
        Path::new("/"),
        libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOEXEC,
        0,
    )
}

/// The real paths, looked up while the old tree is still in place: a link with an absolute target
/// would lead elsewhere afterwards.
fn resolve(mounts: &[Mount]) -> Result<Vec<PathBuf>, Failure> {
    let resolved = |m: &Mount| fs::canonicalize(&m.host).step(format!("find {}", m.host.display()));
    mounts.iter().map(resolved).collect()
}

fn tmpfs(at: &Path, options: &str, flags: MsFlags) -> Result<(), Failure> {
    let flags = flags | MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("tmpfs"), at, Some("tmpfs"), flags, Some(options))
        .step(format!("mount scratch space at {}", at.display()))
}

/// Only processes, none of the machine's settings; only those that the program may inspect, which
/// leaves out init.
fn mount_proc() -> Result<(), Failure> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let options = Some("subset=pid,hidepid=4");
    fs::create_dir(PROC).step("make /proc")?;
    mount(Some("proc"), PROC, Some("proc"), flags, options).step("mount /proc")
}

/// Shows `source` of the old tree at `inside`, with everything mounted below it.
fn bind(source: &Path, inside: &Path, attributes: u64) -> Result<(), Failure> {
    let step = || format!("bind {} to {}", source.display(), inside.display());
    let source = Path::new(OLD).join(source.strip_prefix("/").step(step())?);
    make_mount_point(inside, source.is_dir()).step(step())?;
    let nothing = None::<&str>;
    mount(
        Some(&source),
        inside,
        nothing,
        MsFlags::MS_BIND | MsFlags::MS_REC,
        nothing,
    )
    .step(step())?;
    set_attributes(
        inside,
        attributes | libc::MOUNT_ATTR_NOSUID,
        libc::AT_RECURSIVE,
    )
}

fn make_mount_point(at: &Path, is_folder: bool) -> std::io::Result<()> {
    if at.exists() {
        return Ok(());
    }
    if is_folder {
        return fs::create_dir_all(at);
    }
    at.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::File::create(at).map(drop)
}

/// Adds attributes to a mount. Unlike a remount, this keeps those that are there and, with
/// `AT_RECURSIVE`, reaches the mounts below.
fn set_attributes(at: &Path, attributes: u64, flags: libc::c_int) -> Result<(), Failure> {
    let step = || format!("restrict the mount {}", at.display());
    let path = CString::new(at.as_os_str().as_bytes()).step(step())?;
    let change = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    #[allow(unsafe_code)]
    // SAFETY: mount_setattr(2) reads a string that ends in NUL and a structure of the size given.
    let code = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &change,
            size_of_val(&change),
        )
    };
    Errno::result(code).map(drop).step(step())
}
