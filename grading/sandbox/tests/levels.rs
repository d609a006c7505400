//! What the machine offers, what is refused, and running with less than everything.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use common::{LAUNCHER, PROBE, alive, launcher, policy, probe, running_as_root};
use sandbox::{
    Collect, CopyIn, Ended, Fate, How, Launcher, Level, Mount, Policy, SandboxError, layers, level,
    spawn,
};

fn refusal(launcher: &Launcher, policy: &Policy, program: sandbox::Program) -> SandboxError {
    match spawn(launcher, policy, program) {
        Ok(_) => panic!("this should not have started"),
        Err(error) => error,
    }
}

#[test]
fn this_machine_has_every_layer() {
    let layers = layers(&launcher()).unwrap();
    println!("{layers:#?}");
    assert!(layers.iter().all(|layer| layer.active));
    assert_eq!(level(&launcher()).unwrap(), Level::Full);
}

#[test]
fn less_than_required_is_refused_by_name() {
    let poor = launcher().without("namespaces");
    assert_eq!(level(&poor).unwrap(), Level::Kernel);
    let error = refusal(&poor, &policy(), probe(&["exit", "0"]));
    assert!(matches!(
        error,
        SandboxError::Unavailable {
            required: Level::Full,
            available: Level::Kernel,
            ..
        }
    ));
    assert!(error.to_string().contains("missing: namespaces"), "{error}");

    let poorer = launcher().without("seccomp");
    assert_eq!(level(&poorer).unwrap(), Level::None);
    let kernel = Policy {
        require: Level::Kernel,
        ..policy()
    };
    assert!(
        refusal(&poorer, &kernel, probe(&["exit", "0"]))
            .to_string()
            .contains("missing: seccomp")
    );
}

#[test]
fn mistakes_of_the_caller_are_not_verdicts() {
    let mut absent = policy();
    absent.read_only.push(Mount::same("/no/such/folder"));
    let error = refusal(&launcher(), &absent, probe(&["exit", "0"]));
    assert!(
        matches!(&error, SandboxError::Invalid(text) if text.contains("/no/such/folder")),
        "{error}"
    );

    let mut hidden = policy();
    hidden.read_only.push(Mount {
        host: "/usr".into(),
        inside: "/work/usr".into(),
    });
    assert!(matches!(
        refusal(&launcher(), &hidden, probe(&["exit", "0"])),
        SandboxError::Invalid(_)
    ));

    let upwards = Policy {
        copy_in: vec![CopyIn {
            path: "../x".into(),
            bytes: vec![],
        }],
        ..policy()
    };
    assert!(matches!(
        refusal(&launcher(), &upwards, probe(&["exit", "0"])),
        SandboxError::Invalid(_)
    ));

    let mut program = probe(&[]);
    program.path = "/no/such/program".into();
    let error = refusal(&launcher(), &policy(), program);
    assert!(
        matches!(&error, SandboxError::SetUp(_)) && error.to_string().contains("/no/such/program"),
        "{error}"
    );

    let no_launcher = Launcher::new("/bin/true");
    assert!(matches!(
        refusal(&no_launcher, &policy(), probe(&[])),
        SandboxError::SetUp(_)
    ));

    let small = Policy {
        copy_in: vec![CopyIn {
            path: "x".into(),
            bytes: vec![0; 64 << 20],
        }],
        ..policy()
    };
    assert!(matches!(
        refusal(&launcher(), &small, probe(&[])),
        SandboxError::SetUp(_)
    ));
}

/// A copy of the probe where every user may go: without namespaces the program has the machine's paths,
/// and this build may lie in root's home.
fn reachable_probe() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let copy = folder.path().join("probe");
    fs::copy(PROBE, &copy).unwrap();
    (folder, copy)
}

/// The machine's paths are the program's, and those of these tests may begin with `/work`.
fn run_without_namespaces(change: impl FnOnce(&mut Policy), arguments: &[&str]) -> Ended {
    let (_folder, reachable) = reachable_probe();
    let mut policy = Policy {
        require: Level::Kernel,
        work: "/scratch".into(),
        ..policy()
    };
    policy.read_only.retain(|mount| mount.host == mount.inside);
    policy.read_only.push(Mount::same(&reachable));
    change(&mut policy);
    let mut program = probe(arguments);
    program.path = reachable;
    let running = spawn(&launcher().without("namespaces"), &policy, program);
    let ended = running
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

#[test]
fn without_namespaces_nothing_else_can_be_read_or_written() {
    let said = |arguments: &[&str]| run_without_namespaces(|_| {}, arguments).stdout.text();
    let outside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let canary = outside.path().join("canary");
    fs::write(&canary, "secret").unwrap();
    fs::set_permissions(outside.path(), fs::Permissions::from_mode(0o777)).unwrap();
    for path in [
        canary.to_str().unwrap(),
        "/etc/passwd",
        "/proc/self/environ",
    ] {
        assert!(said(&["read", path]).contains("PermissionDenied"), "{path}");
        assert!(
            said(&["write", path]).contains("PermissionDenied"),
            "{path}"
        );
    }
    assert_eq!(fs::read(&canary).unwrap(), b"secret");
    assert_eq!(said(&["write", "/scratch/x"]), "Ok(())\n");
    assert_eq!(said(&["write", "/tmp/x"]), "Ok(())\n");
    assert_eq!(said(&["write", "x"]), "Ok(())\n");
    assert_eq!(said(&["change", "."]), "false true\n");
    assert_eq!(said(&["network"]), "0 of 4 connections; pair: true\n");
    assert_eq!(said(&["calls"]), "1 children started\n");
    assert!(said(&["identity"]).contains("capabilities: [[0, 0, 0], [0, 0, 0]], may gain: false"));
}

#[test]
fn without_namespaces_nothing_outlives_the_program() {
    for attack in ["fork-bomb", "daemon"] {
        let mark = format!("mark-bare-{attack}");
        run_without_namespaces(|_| {}, &[attack, &mark]);
        assert_eq!(alive(&mark), 0);
    }
    let ended = run_without_namespaces(|_| {}, &["kill-all", "mark-bare-kill-all"]);
    assert!(
        matches!(ended.how, How::Exited(0) | How::Signalled(9)),
        "{:?}",
        ended.how
    );
    let limited = |p: &mut Policy| p.limits.wall = std::time::Duration::from_millis(300);
    assert_eq!(
        run_without_namespaces(limited, &["sleep"]).how,
        How::WallLimit
    );
    assert_eq!(
        run_without_namespaces(|_| {}, &["leak"]).how,
        How::MemoryLimit
    );
}

#[test]
fn without_namespaces_links_out_of_the_scratch_folder_are_not_followed() {
    let results = tempfile::tempdir().unwrap();
    let names = ["good", "link", "linked-folder/passwd"];
    let collect = |name: &str| Collect {
        inside: name.into(),
        host: results.path().join(name.replace('/', "-")),
        max_bytes: 10_000,
    };
    let ended = run_without_namespaces(
        |policy| policy.collect = names.map(collect).to_vec(),
        &["leave"],
    );
    let fates: Vec<_> = ended
        .collected
        .iter()
        .map(|c| matches!(c.fate, Fate::Taken(_)))
        .collect();
    assert_eq!(fates, [true, false, false]);
}

/// Copies of the binaries where everybody may execute them.
fn for_everybody() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(LAUNCHER, folder.path().join("launcher")).unwrap();
    fs::copy(PROBE, folder.path().join("probe")).unwrap();
    folder
}

#[test]
fn an_ordinary_user_has_the_same_sandbox() {
    let folder = for_everybody();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(folder.path().join("launcher"));
        command
            .arg(folder.path().join("probe"))
            .args(arguments)
            .current_dir("/");
        if running_as_root() {
            command.uid(65_534).gid(65_534);
        }
        let output = command.output().unwrap();
        println!("{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(run(&["exit", "7"]).trim(), "Exited(7)");
    assert!(run(&["read", "/etc/passwd"]).contains("NotFound"));
    assert!(run(&["processes"]).contains("0 others"));
    assert!(run(&["network"]).contains("0 of 4 connections"));
    assert!(run(&["calls"]).contains("1 children started"));
    assert!(
        run(&["identity"])
            .contains("capabilities: [[0, 0, 0], [0, 0, 0]], may gain: false\nuid 65534 on box")
    );
    assert!(run(&["fork-bomb", "mark-nobody"]).contains("Exited(0)"));
    assert_eq!(alive("mark-nobody"), 0);
}
