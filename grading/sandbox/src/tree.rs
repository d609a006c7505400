//! The processes below a process, and what they use, as `/proc` shows it.

use std::fs;
use std::time::Duration;

use nix::unistd::{SysconfVar, sysconf};

/// A process's number.
pub(crate) type Pid = i32;

/// The children of `pid`, of all its threads.
pub(crate) fn children(pid: Pid) -> Vec<Pid> {
    let threads = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|p| p.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Whether this kernel tells the children of a process.
pub(crate) fn can_list_children() -> std::io::Result<()> {
    fs::read("/proc/thread-self/children").map(drop)
}

/// All processes below `pid`, without `pid` itself.
pub(crate) fn descendants(pid: Pid) -> Vec<Pid> {
    let mut found = children(pid);
    let mut next = 0;
    while let Some(&pid) = found.get(next) {
        found.extend(children(pid));
        next += 1;
    }
    found
}

/// What processes use at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Use {
    /// Resident memory that is not a file's, and page tables.
    pub memory_bytes: u64,
    /// Processor time, with that of children that were waited for.
    pub cpu: Duration,
}

/// What everything below `init` uses, with what its dead children have used.
pub(crate) fn usage_below(init: Pid) -> Use {
    let mut total = Use {
        cpu: cpu_ticks(init, DEAD_CHILDREN),
        ..Use::default()
    };
    for pid in descendants(init) {
        total.memory_bytes += memory(pid);
        total.cpu += cpu_ticks(pid, SELF_AND_DEAD_CHILDREN);
    }
    total
}

/// Anonymous and shared memory count, since only ending the process frees them; pages of files
/// (the program's own code) do not. Page tables count: mapping huge empty regions fills memory with them.
fn memory(pid: Pid) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let counted = status.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let kilobytes = value.trim().strip_suffix(" kB")?;
        matches!(name, "RssAnon" | "RssShmem" | "VmPTE").then(|| kilobytes.parse::<u64>().ok())?
    });
    counted.sum::<u64>() * 1024
}

/// Fields of `/proc/PID/stat` after the command's name (proc(5) counts from 1, with two fields before it).
const SELF_AND_DEAD_CHILDREN: std::ops::Range<usize> = 11..15;
const DEAD_CHILDREN: std::ops::Range<usize> = 13..15;

fn cpu_ticks(pid: Pid, fields: std::ops::Range<usize>) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let per_second = sysconf(SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100);
    Duration::from_secs_f64(sum_fields(&stat, fields) as f64 / per_second as f64)
}

/// The name is in parentheses and may hold anything, parentheses and spaces too.
fn sum_fields(stat: &str, fields: std::ops::Range<usize>) -> u64 {
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let numbers = after_name
        .split_whitespace()
        .skip(fields.start)
        .take(fields.len());
    numbers.filter_map(|n| n.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_process_name_does_not_shift_the_fields() {
        let stat = "7 (a) 9 9 9 9) S 1 7 7 0 -1 0 0 0 0 0 10 20 300 4000 20 0 1 0 5";
        assert_eq!(sum_fields(stat, SELF_AND_DEAD_CHILDREN), 4330);
        assert_eq!(sum_fields(stat, DEAD_CHILDREN), 4300);
        assert_eq!(sum_fields("", DEAD_CHILDREN), 0);
    }

    #[test]
    fn own_memory_is_counted() {
        assert!(memory(std::process::id() as Pid) > 100_000);
        assert_eq!(memory(-1), 0);
    }

    #[test]
    fn a_child_is_found() {
        let child = std::process::Command::new("sleep").arg("30").spawn();
        let mut child = child.expect("sleep starts");
        let found = descendants(std::process::id() as Pid);
        child.kill().expect("sleep can be ended");
        child.wait().expect("sleep has ended");
        assert!(found.contains(&(child.id() as Pid)));
    }
}
