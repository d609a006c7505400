//! The use that matters most: compiling an untrusted program, and running what came out.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::launcher;
use sandbox::{Collect, CopyIn, Ended, Fate, How, Limits, Mount, Policy, Program, spawn};

/// The compiler itself: the `rustc` on the path may be rustup's, which needs a home folder.
fn sysroot() -> PathBuf {
    let rustc = std::env::var("RUSTC").unwrap_or("rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .output()
        .expect("rustc runs");
    String::from_utf8(output.stdout)
        .expect("a path")
        .trim()
        .into()
}

/// What a compiler needs to see: its own files, and the system's linker and C library (on
/// Debian `cc` is a link through `/etc/alternatives`).
fn compiler_mounts() -> Vec<Mount> {
    let system = ["/usr", "/bin", "/lib", "/lib64", "/etc/alternatives"]
        .into_iter()
        .filter(|path| Path::new(path).exists());
    let mut mounts: Vec<_> = system.map(Mount::same).collect();
    mounts.push(Mount {
        host: sysroot(),
        inside: "/toolchain".into(),
    });
    mounts
}

fn compile(source: &str, to: &Path) -> Ended {
    let policy = Policy {
        read_only: compiler_mounts(),
        proc: true,
        copy_in: vec![CopyIn {
            path: "main.rs".into(),
            bytes: source.into(),
        }],
        collect: vec![Collect {
            inside: "main".into(),
            host: to.into(),
            max_bytes: 64 << 20,
        }],
        limits: Limits {
            cpu: Duration::from_secs(60),
            wall: Duration::from_secs(120),
            ..Limits::default()
        },
        ..Policy::default()
    };
    let program = Program {
        path: "/toolchain/bin/rustc".into(),
        arguments: ["main.rs", "-C", "opt-level=1"].map(String::from).to_vec(),
        // The linker is found on the path.
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        descriptors: Vec::new(),
    };
    let ended = spawn(&launcher(), &policy, program)
        .unwrap()
        .wait()
        .unwrap();
    println!("{:?} {:?}\n{}", ended.how, ended.usage, ended.stderr.text());
    ended
}

#[test]
fn a_program_is_compiled_taken_out_and_run() {
    let results = tempfile::tempdir().unwrap();
    let driver = results.path().join("driver");
    let source = "fn main() { println!(\"{:?}\", (1..5).map(|x| x * x).collect::<Vec<_>>()); }";
    let compiled = compile(source, &driver);
    assert_eq!(compiled.how, How::Exited(0));
    assert!(matches!(compiled.collected[0].fate, Fate::Taken(bytes) if bytes > 1000));

    let mut read_only = compiler_mounts();
    read_only.pop();
    read_only.push(Mount {
        host: driver,
        inside: "/driver".into(),
    });
    let policy = Policy {
        read_only,
        ..Policy::default()
    };
    let program = Program {
        path: "/driver".into(),
        ..Program::default()
    };
    let ran = spawn(&launcher(), &policy, program)
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(
        (ran.how, ran.stdout.text().as_str()),
        (How::Exited(0), "[1, 4, 9, 16]\n")
    );
}

#[test]
fn the_compiler_cannot_be_made_to_read_a_secret() {
    let results = tempfile::tempdir().unwrap();
    let secret = results.path().join("secret.rs");
    fs::write(&secret, "const CANARY: &str = \"canary\";").unwrap();
    let path = secret.display();
    for source in [
        format!(
            "const TEXT: &str = include_str!(\"{path}\"); fn main() {{ println!(\"{{TEXT}}\"); }}"
        ),
        format!("#[path = \"{path}\"] mod secret; fn main() {{}}"),
        "const HOME: &str = env!(\"HOME\"); fn main() {}".into(),
    ] {
        let compiled = compile(&source, &results.path().join("driver"));
        assert_eq!(compiled.how, How::Exited(1), "{source}");
        assert_eq!(compiled.collected[0].fate, Fate::Missing);
        assert!(!compiled.stderr.text().contains("canary"));
    }
}
