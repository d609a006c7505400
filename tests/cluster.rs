//! The same class by one machine and by a real Slurm: the same results to the byte.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use support::{course, grade, json, printed, program, results_of, root, small_class, text};

/// A Slurm on this machine, until it is dropped.
struct Slurm {
    folder: tempfile::TempDir,
}

impl Slurm {
    /// Starts it, or says why it cannot be had.
    fn start() -> Result<Self, String> {
        let slurm = Self {
            folder: tempfile::Builder::new().prefix("slurm").tempdir().unwrap(),
        };
        let output = slurm.script("start");
        match output.status.code() {
            Some(0) => Ok(slurm),
            Some(77) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            _ => panic!("{}", printed(&output)),
        }
    }

    fn script(&self, what: &str) -> std::process::Output {
        Command::new(root().join("tests/slurm/cluster.sh"))
            .args([what, text(self.folder.path())])
            .output()
            .expect("the script starts")
    }

    fn conf(&self) -> PathBuf {
        self.folder.path().join("slurm.conf")
    }

    /// `course` on the cluster.
    fn course(&self, arguments: &[&str]) -> std::process::Output {
        program(arguments)
            .env("SLURM_CONF", self.conf())
            .output()
            .expect("the program starts")
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        self.script("stop");
    }
}

#[test]
fn a_class_graded_by_slurm_is_the_same_to_the_byte() {
    let slurm = match Slurm::start() {
        Ok(slurm) => slurm,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    small_class(&from, 4);
    fs::write(from.join("student-9.zip"), "no zip").unwrap();
    let whole = place.path().join("local");
    let local = grade(&from, &whole);
    assert!(local.status.success(), "{}", printed(&local));

    let out = place.path().join("slurm");
    let arguments = [
        "grade",
        "a1",
        "--json",
        "--from",
        text(&from),
        "--out",
        text(&out),
        "--engine",
        "slurm",
        "--chunk",
        "2",
    ];
    let graded = slurm.course(&arguments);
    assert!(graded.status.success(), "{}", printed(&graded));
    assert!(
        printed(&graded).contains("with 3 tasks"),
        "{}",
        printed(&graded)
    );
    assert_eq!(json(&graded)["hand_ins"], json(&local)["hand_ins"]);
    assert_eq!(results_of(&out), results_of(&whole));

    // A worker may be called again: it finds all in the store.
    let work = out.join(".work.json");
    let again = slurm.course(&["grade-one", "--work", text(&work), "--chunk", "0"]);
    assert!(again.status.success(), "{}", printed(&again));
    assert!(
        printed(&again).contains("2 from the store"),
        "{}",
        printed(&again)
    );
    assert_eq!(results_of(&out), results_of(&whole));
    let beyond = slurm.course(&["grade-one", "--work", text(&work), "--chunk", "3"]);
    assert_ne!(beyond.status.code(), Some(0), "{}", printed(&beyond));
}

#[test]
fn without_a_cluster_the_sentence_says_so() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    small_class(&from, 1);
    let out = place.path().join("out");
    let path = std::env::var("PATH").unwrap();
    let without: Vec<&str> = path
        .split(':')
        .filter(|folder| !PathBuf::from(folder).join("sbatch").exists())
        .collect();
    // cc and ld may lie in the folder that is left out with sbatch: the libraries must be built by now.
    let _ = course(&["doctor"]);
    let output = program(&[
        "grade",
        "a1",
        "--from",
        text(&from),
        "--out",
        text(&out),
        "--engine",
        "slurm",
    ])
    .env("PATH", without.join(":"))
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("cannot run sbatch"), "{error}");
    assert!(!out.join("summary.json").exists());
}
