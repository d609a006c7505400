//! Seccomp: system calls that no graded program needs and that have let programs out of sandboxes.
//!
//! A list of what is denied rather than of what is allowed: a program may be any Rust program or
//! the compiler, and the other layers already decide what it can reach. A denied call fails with
//! EPERM, so that a program that asks in passing goes on.

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use nix::libc;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, apply_filter, sock_filter,
};

use crate::error::{Failure, Step};

/// Denied whatever the arguments.
#[rustfmt::skip]
const DENIED: &[libc::c_long] = &[
    // Network: a program gets connected descriptors or none. `socketpair` has a rule below.
    libc::SYS_socket,
    // Other processes.
    libc::SYS_ptrace, libc::SYS_process_vm_readv, libc::SYS_process_vm_writev, libc::SYS_process_madvise,
    libc::SYS_kcmp, libc::SYS_pidfd_getfd,
    // Init runs as the same user, who may change another process's scheduling (`prlimit64` has a rule below).
    libc::SYS_sched_setscheduler, libc::SYS_sched_setparam, libc::SYS_sched_setattr, libc::SYS_sched_setaffinity,
    libc::SYS_setpriority, libc::SYS_ioprio_set, libc::SYS_migrate_pages, libc::SYS_move_pages,
    // New namespaces and file trees (`clone` has a rule below).
    libc::SYS_unshare, libc::SYS_setns, libc::SYS_chroot, libc::SYS_pivot_root,
    libc::SYS_mount, libc::SYS_umount2, libc::SYS_open_tree, libc::SYS_move_mount, libc::SYS_mount_setattr,
    libc::SYS_fsopen, libc::SYS_fsconfig, libc::SYS_fsmount, libc::SYS_fspick,
    libc::SYS_name_to_handle_at, libc::SYS_open_by_handle_at, libc::SYS_quotactl, libc::SYS_quotactl_fd,
    libc::SYS_swapon, libc::SYS_swapoff, libc::SYS_fanotify_init,
    // Parts of the kernel with a history of holes.
    libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register,
    libc::SYS_bpf, libc::SYS_perf_event_open, libc::SYS_userfaultfd,
    libc::SYS_add_key, libc::SYS_request_key, libc::SYS_keyctl,
    libc::SYS_io_setup, libc::SYS_io_submit,
    // Memory that outlives its mapping and so escapes the supervisor's count.
    libc::SYS_memfd_create, libc::SYS_memfd_secret,
    libc::SYS_shmget, libc::SYS_msgget, libc::SYS_semget, libc::SYS_mq_open,
    // The machine.
    libc::SYS_init_module, libc::SYS_finit_module, libc::SYS_delete_module,
    libc::SYS_kexec_load, libc::SYS_reboot, libc::SYS_syslog, libc::SYS_acct,
    libc::SYS_settimeofday, libc::SYS_clock_settime, libc::SYS_clock_adjtime, libc::SYS_adjtimex,
    libc::SYS_sethostname, libc::SYS_setdomainname, libc::SYS_vhangup, libc::SYS_personality,
    #[cfg(target_arch = "x86_64")] libc::SYS_kexec_file_load,
    #[cfg(target_arch = "x86_64")] libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")] libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")] libc::SYS_modify_ldt,
];

/// Denied besides in the machine's own file tree: changes by path, which Landlock does not govern.
/// Changes by descriptor stay, since a descriptor must have been opened first.
#[rustfmt::skip]
const DENIED_IN_THE_MACHINES_TREE: &[libc::c_long] = &[
    libc::SYS_fchmodat, FCHMODAT2, libc::SYS_fchownat,
    libc::SYS_setxattr, libc::SYS_lsetxattr, libc::SYS_removexattr, libc::SYS_lremovexattr,
    #[cfg(target_arch = "x86_64")] libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")] libc::SYS_chown,
    #[cfg(target_arch = "x86_64")] libc::SYS_lchown,
    #[cfg(target_arch = "x86_64")] libc::SYS_utime,
    #[cfg(target_arch = "x86_64")] libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")] libc::SYS_futimesat,
];
/// The same number everywhere, like every call since Linux 5.1.
const FCHMODAT2: libc::c_long = 452;

/// Calls from this number on (`setxattrat`, Linux 6.13) are newer than the lists above and do not
/// exist here. It also covers, on x86-64, the second set of numbers with bit 30 set (x32), which
/// would go round every number in them.
const FIRST_UNKNOWN: u32 = 463;

/// Flags of `clone` that make a namespace. `clone3` passes its flags in memory, where a filter
/// cannot look, so it does not exist here and libraries fall back to `clone`.
const NEW_NAMESPACE: &[libc::c_int] = &[
    libc::CLONE_NEWNS,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Installs the filters on this process and all that it starts. `own_tree` says whether it has a
/// file tree of its own.
pub(crate) fn apply(own_tree: bool) -> Result<(), Failure> {
    let step = "install the system-call filter";
    let denied = compile_denied(own_tree).step(step)?;
    apply_filter(&denied).step(step)?;
    apply_filter(&missing_calls()).step(step)
}

type Rules = Result<Vec<SeccompRule>, BackendError>;

fn compile_denied(own_tree: bool) -> Result<BpfProgram, BackendError> {
    use SeccompCmpArgLen::{Dword, Qword};
    use SeccompCmpOp::{Eq, MaskedEq, Ne};
    let more = if own_tree {
        &[]
    } else {
        DENIED_IN_THE_MACHINES_TREE
    };
    let always = DENIED.iter().chain(more);
    let mut rules: BTreeMap<i64, _> = always.map(|call| (*call, Vec::new())).collect();

    let flags = NEW_NAMESPACE.iter().map(|flag| u64::from(*flag as u32));
    let clone = flags
        .map(|flag| when(0, Dword, MaskedEq(flag), flag))
        .collect::<Rules>()?;
    rules.insert(libc::SYS_clone, clone);
    rules.insert(
        libc::SYS_socketpair,
        vec![when(0, Dword, Ne, libc::AF_UNIX as u64)?],
    );
    // Limits of other processes: init could be made to fail.
    rules.insert(libc::SYS_prlimit64, vec![when(0, Dword, Ne, 0)?]);
    // Typing into the terminal of whoever started the grader.
    let typing = [libc::TIOCSTI, libc::TIOCLINUX];
    rules.insert(
        libc::SYS_ioctl,
        typing
            .map(|request| when(1, Dword, Eq, request))
            .into_iter()
            .collect::<Rules>()?,
    );
    if !own_tree {
        // Without a path it is a change by descriptor.
        rules.insert(libc::SYS_utimensat, vec![when(1, Qword, Ne, 0)?]);
    }

    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, ARCH.try_into()?)?.try_into()
}

/// Matches when argument `index`, of the given length, compares to `value` as `operator` says.
fn when(
    index: u8,
    length: SeccompCmpArgLen,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(index, length, operator, value)?])
}

/// A filter for which some calls do not exist (ENOSYS): `clone3` and all from [`FIRST_UNKNOWN`] on.
fn missing_calls() -> BpfProgram {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W};
    const CALL_NUMBER: u32 = 0; // offset in `struct seccomp_data`
    let statement = |code: u32, k: u32| sock_filter {
        code: code as u16,
        jt: 0,
        jf: 0,
        k,
    };
    // Jumps this many instructions further when the comparison holds.
    let jump = |code: u32, k: u32, jt: u8| sock_filter {
        code: code as u16,
        jt,
        jf: 0,
        k,
    };
    vec![
        statement(BPF_LD | BPF_W | BPF_ABS, CALL_NUMBER),
        jump(BPF_JMP | BPF_JGE | BPF_K, FIRST_UNKNOWN, 2),
        jump(BPF_JMP | BPF_JEQ | BPF_K, libc::SYS_clone3 as u32, 1),
        statement(BPF_RET | BPF_K, libc::SECCOMP_RET_ALLOW),
        statement(
            BPF_RET | BPF_K,
            libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32,
        ),
    ]
}
