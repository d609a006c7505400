//! Limits that the kernel enforces on each process. Those on all processes together (processor
//! time, resident memory, wall-clock time) are the supervisor's.

use std::fs;
use std::os::unix::fs::MetadataExt;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::geteuid;

use crate::error::{Failure, Step};
use crate::policy::Limits;

/// The launcher and init may count as processes of the program's user.
const OUR_PROCESSES: u64 = 2;
const STACK_BYTES: u64 = 8 << 20;

/// Applies `limits` to this process and all that it starts.
///
/// Memory is limited by `RLIMIT_DATA` (private writable memory) and not `RLIMIT_AS` (address space):
/// allocators reserve address space that they never touch, mimalloc 1 GiB at a time, rustc with
/// LLVM several GiB, and the reservation is no harm. The bound is twice the policy's plus 2 GiB:
/// it stops one huge allocation at once, while the supervisor, which looks at resident memory,
/// enforces the exact figure on whatever grows more slowly.
///
/// `alone` says whether the user has no processes outside the sandbox that count.
pub(crate) fn apply(limits: &Limits, alone: bool) -> Result<(), Failure> {
    let cpu_seconds = limits.cpu.as_secs_f64().ceil() as u64;
    let others = if alone { 0 } else { tasks_of_this_user() };
    let table = [
        (Resource::RLIMIT_CPU, cpu_seconds.max(1)),
        (
            Resource::RLIMIT_DATA,
            limits
                .memory_bytes
                .saturating_mul(2)
                .saturating_add(2 << 30),
        ),
        (Resource::RLIMIT_FSIZE, limits.file_bytes),
        (Resource::RLIMIT_NOFILE, limits.open_files),
        (
            Resource::RLIMIT_NPROC,
            limits.processes + OUR_PROCESSES + others,
        ),
        (Resource::RLIMIT_STACK, STACK_BYTES),
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_MEMLOCK, 0),
        (Resource::RLIMIT_MSGQUEUE, 0),
        (Resource::RLIMIT_RTPRIO, 0),
    ];
    for (resource, value) in table {
        let step = || format!("limit {resource:?}");
        let (_, hard) = getrlimit(resource).step(step())?;
        // One second between SIGXCPU, which tells what happened, and SIGKILL.
        let slack = u64::from(resource == Resource::RLIMIT_CPU);
        setrlimit(resource, value.min(hard), (value + slack).min(hard)).step(step())?;
    }
    Ok(())
}

/// Processes and threads of this user on the whole machine.
fn tasks_of_this_user() -> u64 {
    let uid = geteuid().as_raw();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = processes.filter(|entry| entry.metadata().is_ok_and(|m| m.uid() == uid));
    own.filter_map(|entry| fs::read_dir(entry.path().join("task")).ok())
        .map(|threads| threads.count() as u64)
        .sum()
}
