//! What a program may see, reach and become.
#![cfg(target_os = "linux")]

mod common;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

use common::{launcher, policy, probe, run, run_with, said};
use nix::fcntl::OFlag;
use nix::unistd::pipe2;
use sandbox::{CopyIn, How, Mount, Policy, spawn};

#[test]
fn exit_codes_and_signals_pass_through() {
    assert_eq!(run(&["exit", "0"]).how, How::Exited(0));
    assert_eq!(run(&["exit", "37"]).how, How::Exited(37));
    assert_eq!(run(&["abort"]).how, How::Signalled(6));
    let real_time = "40";
    assert_eq!(run(&["raise", real_time]).how, How::Signalled(40));
}

#[test]
fn the_environment_is_only_what_was_given() {
    assert_eq!(said(&["environment"]), "");
    let mut program = probe(&["environment"]);
    program.environment = vec![("LANG".into(), "C".into()), ("HOME".into(), "/work".into())];
    let ended = spawn(&launcher(), &policy(), program)
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(ended.stdout.text(), "LANG=C\nHOME=/work\n");
}

#[test]
fn arguments_arrive_and_the_scratch_folder_is_the_working_directory() {
    assert_eq!(
        said(&["arguments", "", "a b"]),
        r#"["arguments", "", "a b"] in /work"#
    );
}

#[test]
fn what_was_not_given_does_not_exist() {
    let outside = tempfile::tempdir().unwrap();
    let canary = outside.path().join("canary");
    fs::write(&canary, "secret").unwrap();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for path in [
        canary.to_str().unwrap(),
        "/etc/shadow",
        "/etc/passwd",
        "/proc/self/environ",
        "/proc/1/mem",
        "/home",
        "/root",
        manifest,
        "/sys/kernel",
    ] {
        let said = said(&["read", path]);
        assert!(
            said.starts_with("Err") && said.contains("NotFound"),
            "{path}: {said}"
        );
    }
    assert_eq!(said(&["list", "/work"]), "Ok([])");
}

#[test]
fn given_files_can_be_read_and_not_written() {
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("given");
    fs::write(&file, "12345").unwrap();
    let mut policy = policy();
    policy.read_only.push(Mount {
        host: outside.path().into(),
        inside: "/data".into(),
    });
    let text = |arguments: &[&str]| run_with(&policy, arguments).stdout.text();
    assert_eq!(text(&["read", "/data/given"]), "Ok(5)\n");
    assert!(text(&["write", "/data/given"]).starts_with("Err"));
    assert!(text(&["write", "/data/new"]).starts_with("Err"));
    assert_eq!(fs::read(&file).unwrap(), b"12345");
}

#[test]
fn only_the_scratch_folders_can_be_written() {
    for path in ["/x", "/usr/x", "/dev/x", "/work/../x", "/.old"] {
        let said = said(&["write", path]);
        assert!(said.starts_with("Err"), "{path}: {said}");
    }
    for path in ["/work/x", "x", "/tmp/x", "/dev/null"] {
        assert_eq!(said(&["write", path]), "Ok(())", "{path}");
    }
}

#[test]
fn files_are_copied_in() {
    let copy_in = vec![
        CopyIn {
            path: "src/lib.rs".into(),
            bytes: b"fn main() {}".to_vec(),
        },
        CopyIn {
            path: "large".into(),
            bytes: vec![1; 3 << 20],
        },
    ];
    let policy = Policy {
        copy_in,
        ..policy()
    };
    assert_eq!(
        run_with(&policy, &["read", "/work/src/lib.rs"])
            .stdout
            .text(),
        "Ok(12)\n"
    );
    assert_eq!(
        run_with(&policy, &["read", "large"]).stdout.text(),
        format!("Ok({})\n", 3 << 20)
    );
}

#[test]
fn there_is_no_network_of_any_family() {
    assert_eq!(said(&["network"]), "0 of 4 connections; pair: true");
}

#[test]
fn other_processes_cannot_be_seen() {
    assert_eq!(said(&["processes"]), "0 others");
}

#[test]
fn proc_shows_the_program_and_nothing_else() {
    let with_proc = Policy {
        proc: true,
        ..policy()
    };
    let text = |arguments: &[&str]| run_with(&with_proc, arguments).stdout.text();
    let shown = text(&["list", "/proc"]);
    assert_eq!(
        shown.matches('"').count(),
        2 * 3,
        "itself, self and thread-self: {shown}"
    );
    for path in [
        "/proc/1/environ",
        "/proc/1/mem",
        "/proc/meminfo",
        "/proc/sys/kernel/hostname",
    ] {
        assert!(text(&["read", path]).starts_with("Err"), "{path}");
    }
    assert!(text(&["read", "/proc/self/maps"]).starts_with("Ok"));
    assert!(text(&["write", "/proc/self/oom_score_adj"]).starts_with("Err"));
}

#[test]
fn dangerous_calls_are_refused_and_ordinary_ones_work() {
    assert_eq!(said(&["calls"]), "1 children started");
}

#[test]
fn the_program_is_nobody_on_a_machine_without_a_name() {
    let said = said(&["identity"]);
    let expected =
        "root: false, capabilities: [[0, 0, 0], [0, 0, 0]], may gain: false\nuid 65534 on box";
    assert_eq!(said, expected);
}

#[test]
fn only_given_descriptors_are_open() {
    assert_eq!(said(&["descriptors"]), "[0, 1, 2]");
    let mut program = probe(&["descriptors"]);
    let null = || OwnedFd::from(File::open("/dev/null").unwrap());
    program.descriptors = vec![(null(), 3), (null(), 9)];
    let ended = spawn(&launcher(), &policy(), program)
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(ended.stdout.text(), "[0, 1, 2, 3, 9]\n");
}

#[test]
fn caller_and_program_talk_over_given_descriptors() {
    let (request, to_program) = pipe2(OFlag::O_CLOEXEC).unwrap();
    let (answer, from_program) = pipe2(OFlag::O_CLOEXEC).unwrap();
    let mut program = probe(&["relay"]);
    program.descriptors = vec![(request, 3), (from_program, 4)];
    let running = spawn(&launcher(), &policy(), program).unwrap();
    File::from(to_program).write_all(b"a question").unwrap();
    let mut text = String::new();
    File::from(answer).read_to_string(&mut text).unwrap();
    assert_eq!(text, "got a question");
    assert_eq!(running.wait().unwrap().how, How::Exited(0));
}

#[test]
fn two_programs_do_not_see_each_others_files() {
    let (done, tell) = pipe2(OFlag::O_CLOEXEC).unwrap();
    let mut program = probe(&["hold"]);
    program.descriptors = vec![(tell, 3)];
    let first = spawn(&launcher(), &policy(), program).unwrap();
    File::from(done).read_exact(&mut [0; 4]).unwrap();
    assert_eq!(said(&["list", "/tmp"]), "Ok([])");
    assert_eq!(said(&["list", "/work"]), "Ok([])");
    assert!(said(&["list", "/dev/shm"]).contains("NotFound"));
    assert!(!Path::new("/tmp/held").exists());
    first.kill();
    assert_eq!(first.wait().unwrap().how, How::Killed);
}
