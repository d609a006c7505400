//! Files that come back, and things that are not files.
#![cfg(target_os = "linux")]

mod common;

use std::fs;

use common::{policy, run_with};
use sandbox::{Collect, Fate, How, Policy};

#[test]
fn regular_files_come_back_and_nothing_else() {
    let results = tempfile::tempdir().unwrap();
    let names = [
        "good",
        "folder/good",
        "large",
        "closed",
        "folder",
        "link",
        "linked-folder/passwd",
        "inner-link/good",
        "fifo",
        "device",
        "absent",
        "absent/too",
    ];
    let collect = |name: &str| Collect {
        inside: name.into(),
        host: results.path().join(name.replace('/', "-")),
        max_bytes: 1000,
    };
    let policy = Policy {
        collect: names.map(collect).to_vec(),
        ..policy()
    };
    let ended = run_with(&policy, &["leave"]);
    assert_eq!(ended.how, How::Exited(0));

    for (name, collected) in names.iter().zip(&ended.collected) {
        let there = collected.request.host.exists();
        match (*name, &collected.fate) {
            ("good", Fate::Taken(4)) | ("folder/good", Fate::Taken(1)) => assert!(there, "{name}"),
            // Device nodes cannot even be made.
            ("absent" | "absent/too" | "device", Fate::Missing) => assert!(!there, "{name}"),
            (
                "large"
                | "closed"
                | "folder"
                | "link"
                | "linked-folder/passwd"
                | "inner-link/good"
                | "fifo",
                Fate::Refused(_),
            ) => {
                assert!(!there, "{name}");
            }
            (_, fate) => panic!("{name}: {fate:?}"),
        }
    }
    assert_eq!(fs::read(results.path().join("good")).unwrap(), b"good");
    assert_eq!(
        fs::read_dir(results.path()).unwrap().count(),
        2,
        "no temporary file is left"
    );
}

#[test]
fn files_come_back_from_a_program_that_failed() {
    let results = tempfile::tempdir().unwrap();
    let host = results.path().join("fill0");
    let collect = vec![Collect {
        inside: "fill0".into(),
        host: host.clone(),
        max_bytes: 64 << 20,
    }];
    let mut policy = Policy {
        collect,
        ..policy()
    };
    policy.limits.file_bytes = 1000;
    assert_eq!(run_with(&policy, &["fill", "."]).how, How::FileLimit);
    assert_eq!(fs::metadata(&host).unwrap().len(), 1000);
}
