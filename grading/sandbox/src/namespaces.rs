//! Namespaces: a machine of its own for the program, with nobody else on it.

use nix::sched::{CloneFlags, unshare};
use nix::unistd::sethostname;

use crate::error::{Failure, Step};
use crate::privileges::{Identity, own_process_folder};

/// The name of every box, so that programs cannot tell one machine or run from another.
const HOST_NAME: &str = "box";

/// Leaves the machine's namespaces; the next child is process 1 of a new process namespace. In the
/// new network namespace not even the loopback device is up.
///
/// Root has the powers that this and the file tree need, and gives them up later ([`settle`]).
/// Anybody else gets them from a user namespace, which therefore comes first.
pub(crate) fn leave(identity: Identity) -> Result<Identity, Failure> {
    let identity = if identity.is_from_root() {
        identity
    } else {
        identity.enter_user_namespace(&own_process_folder()?)?
    };
    let flags = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWCGROUP;
    unshare(flags).step("enter new namespaces")?;
    sethostname(HOST_NAME).step("set the host name")?;
    Ok(identity)
}
