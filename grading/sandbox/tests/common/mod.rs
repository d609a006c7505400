//! How the tests run the probe.
#![allow(dead_code)] // each test file is a crate of its own and uses a part

use std::fs;
use std::path::Path;
use std::time::Duration;

use sandbox::{Ended, Launcher, Limits, Mount, Policy, Program, SandboxError, spawn};

pub const LAUNCHER: &str = env!("CARGO_BIN_EXE_sandbox-launcher");
pub const PROBE: &str = env!("CARGO_BIN_EXE_sandbox-probe");

/// Where the program finds itself.
pub const INSIDE: &str = "/probe";

pub fn launcher() -> Launcher {
    Launcher::new(LAUNCHER)
}

/// The probe at [`INSIDE`] and the libraries it needs; little of everything.
pub fn policy() -> Policy {
    let system = ["/usr", "/lib", "/lib64"]
        .into_iter()
        .filter(|path| Path::new(path).exists());
    let mut read_only: Vec<_> = system.map(Mount::same).collect();
    read_only.push(Mount {
        host: PROBE.into(),
        inside: INSIDE.into(),
    });
    let limits = Limits {
        cpu: Duration::from_secs(20),
        wall: Duration::from_secs(60),
        memory_bytes: 256 << 20,
        processes: 20,
        file_bytes: 64 << 20,
        ..Limits::default()
    };
    Policy {
        read_only,
        work_bytes: 32 << 20,
        work_inodes: 100,
        limits,
        ..Policy::default()
    }
}

pub fn probe(arguments: &[&str]) -> Program {
    let arguments = arguments.iter().map(|a| a.to_string()).collect();
    Program {
        path: INSIDE.into(),
        arguments,
        ..Program::default()
    }
}

/// Runs the probe under `policy`.
pub fn run_with(policy: &Policy, arguments: &[&str]) -> Ended {
    let started: Result<_, SandboxError> = spawn(&launcher(), policy, probe(arguments));
    let ended = started
        .and_then(|running| running.wait())
        .unwrap_or_else(|error| panic!("{error}"));
    println!(
        "{arguments:?}: {:?} {:?}\n{}{}",
        ended.how,
        ended.usage,
        ended.stdout.text(),
        ended.stderr.text()
    );
    ended
}

pub fn run(arguments: &[&str]) -> Ended {
    run_with(&policy(), arguments)
}

/// What the probe prints, without the last newline.
pub fn said(arguments: &[&str]) -> String {
    run(arguments).stdout.text().trim_end().to_string()
}

/// How many processes of this machine have `mark` on their command line.
pub fn alive(mark: &str) -> usize {
    let processes = fs::read_dir("/proc").expect("/proc is there").flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines
        .filter(|line| {
            line.split(|byte| *byte == 0)
                .any(|word| word == mark.as_bytes())
        })
        .count()
}

pub fn running_as_root() -> bool {
    nix::unistd::geteuid().is_root()
}
