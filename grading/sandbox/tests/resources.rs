//! Programs that use too much of something, and programs that do not want to end.
#![cfg(target_os = "linux")]

mod common;

use std::time::Duration;

use common::{LAUNCHER, PROBE, alive, launcher, policy, probe, run, run_with, said};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandbox::{How, Limits, Policy, spawn};

fn with(change: impl FnOnce(&mut Limits)) -> Policy {
    let mut policy = policy();
    change(&mut policy.limits);
    policy
}

fn cpu_of(seconds: f64) -> Policy {
    with(|limits| limits.cpu = Duration::from_secs_f64(seconds))
}

fn wall_of(milliseconds: u64) -> Policy {
    with(|limits| limits.wall = Duration::from_millis(milliseconds))
}

/// Waits until the kernel has cleared away what was killed from outside.
fn soon_none_alive(mark: &str) -> bool {
    (0..200).any(|_| {
        alive(mark) == 0 || {
            std::thread::sleep(Duration::from_millis(20));
            false
        }
    })
}

#[test]
fn an_endless_loop_hits_the_cpu_limit() {
    let ended = run_with(&cpu_of(0.3), &["spin"]);
    assert_eq!(ended.how, How::CpuLimit);
    assert!(ended.usage.cpu >= Duration::from_millis(300));
}

#[test]
fn the_kernels_own_cpu_limit_counts_as_one() {
    let kernel_first = How::CpuLimit;
    assert_eq!(
        run_with(&cpu_of(1.0), &["ignore-signals"]).how,
        kernel_first
    );
}

#[test]
fn many_short_processes_are_stopped_too() {
    let policy = with(|limits| {
        limits.cpu = Duration::from_secs(1);
        limits.wall = Duration::from_secs(4);
    });
    let how = run_with(&policy, &["spin-in-children", "mark-spin-children"]).how;
    assert!(matches!(how, How::CpuLimit | How::WallLimit), "{how:?}");
    assert_eq!(alive("mark-spin-children"), 0);
}

#[test]
fn sleeping_hits_the_wall_limit() {
    let ended = run_with(&wall_of(300), &["sleep"]);
    assert_eq!(ended.how, How::WallLimit);
    assert!(ended.usage.cpu < Duration::from_millis(300));
}

#[test]
fn a_program_that_stops_itself_is_ended() {
    assert_eq!(
        run_with(&wall_of(300), &["raise", "19"]).how,
        How::WallLimit
    );
}

#[test]
fn a_program_that_ignores_signals_is_ended() {
    assert_eq!(
        run_with(&wall_of(300), &["ignore-signals"]).how,
        How::WallLimit
    );
}

#[test]
fn one_huge_allocation_hits_the_memory_limit() {
    assert_eq!(run(&["allocate"]).how, How::MemoryLimit);
}

#[test]
fn slow_leaks_of_every_kind_hit_the_memory_limit() {
    for attack in ["leak", "leak-shared", "leak-in-children"] {
        assert_eq!(run(&[attack]).how, How::MemoryLimit, "{attack}");
    }
}

#[test]
fn endless_recursion_is_a_signal_and_not_a_hang() {
    assert!(matches!(run(&["recurse"]).how, How::Signalled(6 | 11)));
}

#[test]
fn a_fork_bomb_is_contained_and_dead_afterwards() {
    let ended = run(&["fork-bomb", "mark-fork-bomb"]);
    assert_eq!(ended.how, How::Exited(0));
    assert_eq!(alive("mark-fork-bomb"), 0);
}

#[test]
fn a_thread_bomb_is_contained() {
    let said = said(&["thread-bomb"]);
    let threads: u64 = said.trim_end_matches(" threads").parse().unwrap();
    assert!((10..=25).contains(&threads), "{said}");
}

#[test]
fn a_daemon_dies_with_the_program() {
    assert_eq!(run(&["daemon", "mark-daemon"]).how, How::Exited(3));
    assert_eq!(alive("mark-daemon"), 0);
}

#[test]
fn killing_everything_in_reach_kills_only_the_program() {
    let ended = run(&["kill-all"]);
    assert!(
        matches!(ended.how, How::Exited(0) | How::Signalled(9)),
        "{:?}",
        ended.how
    );
}

#[test]
fn the_scratch_folders_have_a_size_and_a_number_of_files() {
    for folder in ["/work", "/tmp"] {
        let said = said(&["fill", folder]);
        assert!(
            said.starts_with("31 MiB") || said.starts_with("32 MiB"),
            "{said}"
        );
    }
    let said = said(&["inodes"]);
    let files: u64 = said.trim_end_matches(" files").parse().unwrap();
    assert!((50..=100).contains(&files), "{said}");
}

#[test]
fn one_file_too_large_is_its_own_verdict() {
    assert_eq!(run(&["one-big-file"]).how, How::FileLimit);
}

#[test]
fn a_flood_of_output_is_capped_without_deadlock() {
    let ended = run(&["flood"]);
    assert_eq!(ended.how, How::Exited(0));
    for output in [ended.stdout, ended.stderr] {
        assert!(output.truncated && output.bytes.len() < 66 << 10);
        assert!(output.text().contains("bytes left out"));
    }
}

#[test]
fn the_caller_can_kill_and_dropping_kills() {
    let running = spawn(&launcher(), &policy(), probe(&["sleep", "mark-kill"])).unwrap();
    assert_eq!(alive("mark-kill"), 1);
    running.kill();
    assert_eq!(running.wait().unwrap().how, How::Killed);
    assert_eq!(alive("mark-kill"), 0);

    drop(spawn(&launcher(), &policy(), probe(&["sleep", "mark-drop"])).unwrap());
    assert!(soon_none_alive("mark-drop"));
}

#[test]
fn nothing_outlives_a_caller_that_is_killed() {
    let mut caller = std::process::Command::new(LAUNCHER);
    let mut caller = caller
        .args([PROBE, "sleep", "mark-orphan"])
        .spawn()
        .unwrap();
    // The caller itself has the mark, and so has the program.
    let started = (0..500).any(|_| {
        alive("mark-orphan") == 2 || {
            std::thread::sleep(Duration::from_millis(10));
            false
        }
    });
    assert!(started);
    kill(Pid::from_raw(caller.id() as i32), Signal::SIGKILL).unwrap();
    caller.wait().unwrap();
    assert!(soon_none_alive("mark-orphan"));
}

#[test]
fn a_program_may_outlive_the_thread_that_started_it() {
    let spawned = std::thread::spawn(|| spawn(&launcher(), &policy(), probe(&["sleep"])).unwrap());
    let running = spawned.join().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    running.kill();
    assert_eq!(running.wait().unwrap().how, How::Killed);
}
