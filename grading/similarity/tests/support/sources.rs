//! Three solutions of Assignment 1 by different hands: the reference, the alternative, the oracles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use similarity::{Base, Entry};

/// Sources by file name.
pub type Files = BTreeMap<String, String>;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The files of `path` that are named like a part.
fn parts(path: &str) -> Files {
    let entries = std::fs::read_dir(folder("assignments/a1_backprop/src/parts")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let parts = names.filter(|name| name != "mod.rs");
    parts
        .map(|name| {
            let text = std::fs::read_to_string(folder(path).join(&name)).unwrap();
            (name, text)
        })
        .collect()
}

pub fn reference() -> Files {
    parts("assignments/a1_backprop/src/parts")
}

pub fn alternative() -> Files {
    parts("grading/hidden/a1/src/alternative")
}

pub fn oracle() -> Files {
    parts("grading/hidden/a1/src/oracle")
}

/// The reference without what lies between `BEGIN SOLUTION` and `END SOLUTION`.
pub fn starter() -> Files {
    let strip = |text: &str| {
        let mut inside = false;
        let mut kept = String::new();
        for line in text.lines() {
            if line.contains("BEGIN SOLUTION") {
                inside = true;
                kept.push_str("    todo!()\n");
            }
            if !inside {
                kept.push_str(line);
                kept.push('\n');
            }
            inside &= !line.contains("END SOLUTION");
        }
        kept
    };
    reference()
        .into_iter()
        .map(|(name, text)| (name, strip(&text)))
        .collect()
}

/// What every student was given.
pub fn base() -> Base {
    Base {
        texts: starter().into_values().collect(),
    }
}

/// A hand-in of the student of the same name.
pub fn entry(name: &str, files: Files) -> Entry {
    Entry {
        name: name.to_string(),
        student: name.to_string(),
        files,
        collaborators: vec![],
    }
}
