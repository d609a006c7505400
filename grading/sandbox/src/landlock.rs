//! Landlock: the program may open only what it was given, even if the file tree should hold more.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};
use nix::errno::Errno;
use nix::libc;

use crate::error::{Failure, Step};
use crate::mounts::DEVICES;

/// The first version whose scopes keep signals and abstract sockets inside.
pub(crate) const WITH_SCOPES: i32 = 6;

/// The version of Landlock that the kernel offers.
///
/// # Errors
/// ENOSYS: not built in; EOPNOTSUPP: not switched on.
pub(crate) fn version() -> nix::Result<i32> {
    const CREATE_RULESET_VERSION: u32 = 1;
    #[allow(unsafe_code)]
    // SAFETY: with this flag the pointer must be null and the length zero.
    let version = unsafe {
        let nothing = std::ptr::null::<libc::c_void>();
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            nothing,
            0_usize,
            CREATE_RULESET_VERSION,
        )
    };
    Errno::result(version).map(|version| version as i32)
}

/// Restricts this process and all that it starts: read and execute below `read_only`, everything
/// but execute below `scratch`, read and write the devices, no TCP, no signal to a process outside.
///
/// Rights that an old kernel does not know are left out; what must be there was asked before, by
/// [`version`].
pub(crate) fn apply(read_only: &[&Path], scratch: &[&Path]) -> Result<(), Failure> {
    let abi = ABI::V6;
    let read = AccessFs::from_read(abi);
    let all = AccessFs::from_all(abi);
    let write = all & !AccessFs::Execute;
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    let restrict = || {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(all)?
            .handle_access(AccessNet::from_all(abi))?
            .scope(Scope::from_all(abi))?
            .create()?
            .add_rules(path_beneath_rules(read_only, read))?
            .add_rules(path_beneath_rules(scratch, write))?
            .add_rules(path_beneath_rules(DEVICES, device))?
            .restrict_self()
    };
    let status = restrict().step("apply Landlock rules")?;
    match status.ruleset {
        RulesetStatus::NotEnforced => {
            Err("the kernel ignored the rules").step("apply Landlock rules")
        }
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}
