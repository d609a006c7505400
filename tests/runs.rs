//! Runs that are killed, divided, resumed, refused: the results are those of a run that nobody disturbed.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use support::{
    course, grade, grade_with, json, printed, program, reference, results_of, small_class, text,
    write_folder,
};

/// `course grade a1` in the background.
fn grading(from: &Path, out: &Path, more: &[&str]) -> Child {
    program(&[
        "grade",
        "a1",
        "--json",
        "--from",
        text(from),
        "--out",
        text(out),
    ])
    .args(more)
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap()
}

fn ended(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

/// The journal of a folder of results, as it is.
fn journal(out: &Path) -> String {
    fs::read_to_string(out.join(".journal.jsonl")).unwrap_or_default()
}

fn wait_until(what: &str, mut reached: impl FnMut() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(
            start.elapsed() < Duration::from_secs(120),
            "{what} never came"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn killed_at_any_point_and_resumed_gives_what_an_undisturbed_run_gives() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    small_class(&from, 5);
    let whole = place.path().join("whole");
    let output = grade(&from, &whole);
    assert!(output.status.success(), "{}", printed(&output));

    let out = place.path().join("killed");
    // Before the first result, between two, in the middle of one.
    for (lines, wait) in [(1, 0), (2, 700), (4, 30), (6, 250)] {
        let mut run = grading(&from, &out, &["-j", "1"]);
        let before = journal(&out).lines().count();
        wait_until("the next hand-in", || {
            journal(&out).lines().count() >= before + lines || matches!(run.try_wait(), Ok(Some(_)))
        });
        std::thread::sleep(Duration::from_millis(wait));
        let _ = run.kill();
        ended(run);
    }
    let resumed = course(&["grade", "a1", "--json", "--out", text(&out), "--resume"]);
    assert!(resumed.status.success(), "{}", printed(&resumed));
    assert_eq!(results_of(&out), results_of(&whole));
    let halves = files_below(&out).into_iter().filter(|file| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with(".tmp")
    });
    // A kill may leave a temporary file, never one that is taken for a result.
    for half in halves {
        assert!(!half.ends_with("staff.json"), "{}", half.display());
    }

    // What is complete is not resumed, and not graded again either.
    let again = course(&["grade", "a1", "--out", text(&out), "--resume"]);
    assert_eq!(again.status.code(), Some(4), "{}", printed(&again));
}

#[test]
fn a_resumed_run_keeps_its_selection_and_refuses_other_checks() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    small_class(&from, 3);
    let out = place.path().join("out");
    let nothing = course(&["grade", "a1", "--out", text(&out), "--resume"]);
    assert_eq!(nothing.status.code(), Some(4), "{}", printed(&nothing));

    let mut run = grading(&from, &out, &["-j", "1", "--students", "student-2"]);
    wait_until("the first hand-in", || journal(&out).contains("started"));
    run.kill().unwrap();
    ended(run);

    let key = place.path().join("key");
    fs::write(&key, "another secret").unwrap();
    let other = course(&[
        "grade",
        "a1",
        "--out",
        text(&out),
        "--resume",
        "--key",
        text(&key),
    ]);
    assert_eq!(other.status.code(), Some(1), "{}", printed(&other));
    assert!(
        printed(&other).contains("have changed"),
        "{}",
        printed(&other)
    );

    let resumed = course(&["grade", "a1", "--json", "--out", text(&out), "--resume"]);
    assert!(resumed.status.success(), "{}", printed(&resumed));
    let rows = json(&resumed)["hand_ins"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(rows[0]["hand_in"], "student-2");
    assert_eq!(
        json(&resumed)["complete"],
        false,
        "two of three have no result"
    );
}

#[test]
fn shards_at_the_same_time_give_what_one_run_gives() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    small_class(&from, 5);
    let whole = place.path().join("whole");
    let output = grade(&from, &whole);
    assert!(output.status.success(), "{}", printed(&output));

    let out = place.path().join("shards");
    let one = grading(&from, &out, &["-j", "1", "--shard", "1/2"]);
    wait_until("the first shard", || out.join(".lock-1-of-2").exists());
    // The whole folder, and a share that is taken, are refused meanwhile.
    for arguments in [&[][..], &["--shard", "1/2"]] {
        let refused = grade_with(&from, &out, arguments);
        assert_eq!(refused.status.code(), Some(8), "{}", printed(&refused));
        assert!(
            printed(&refused).contains("another run"),
            "{}",
            printed(&refused)
        );
    }
    let two = grading(&from, &out, &["-j", "1", "--shard", "2/2"]);
    for shard in [one, two].map(ended) {
        assert!(shard.status.success(), "{}", printed(&shard));
    }
    assert_eq!(results_of(&out), results_of(&whole));
    for wrong in ["0/2", "3/2", "half"] {
        let refused = grade_with(&from, &out, &["--shard", wrong]);
        assert_eq!(refused.status.code(), Some(1), "{}", printed(&refused));
    }
}

#[test]
fn a_changed_entry_of_the_store_is_found_and_graded_anew() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    small_class(&from, 2);
    let out = place.path().join("out");
    assert!(grade(&from, &out).status.success());
    let right = results_of(&out);

    // A score is raised in one entry; a result is edited; another loses a file.
    let entry = files_below(&out.join(".store"))
        .into_iter()
        .find(|file| fs::read_to_string(file).unwrap().contains("student-0"))
        .unwrap();
    let forged = fs::read_to_string(&entry)
        .unwrap()
        .replace("\"points\":", "\"points\":1");
    fs::write(&entry, &forged).unwrap();
    let staff = out.join("student-1/staff.json");
    let edited = fs::read_to_string(&staff)
        .unwrap()
        .replace("\"points\": ", "\"points\": 1");
    fs::write(&staff, edited).unwrap();
    fs::remove_file(out.join("student-1/report.txt")).unwrap();

    let again = grade(&from, &out);
    assert!(again.status.success(), "{}", printed(&again));
    assert_eq!(results_of(&out), right);
    assert!(journal(&out).contains("\"event\":\"damaged\",\"hand_in\":\"student-0\""));
    assert_ne!(fs::read_to_string(&entry).unwrap(), forged);
}

#[test]
fn a_selection_grades_its_own_and_the_table_shows_all() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    small_class(&from, 2);
    fs::write(from.join("student-9.zip"), "no zip").unwrap();
    let out = place.path().join("out");
    let all = json(&grade(&from, &out));
    assert_eq!(all["hand_ins"].as_array().unwrap().len(), 3);

    // The rejected one is handed in again, right; only it is looked at.
    fs::remove_file(from.join("student-9.zip")).unwrap();
    write_folder(&from.join("student-9"), &reference());
    let before = journal(&out).lines().count();
    let output = grade_with(&from, &out, &["--only-failed"]);
    assert!(output.status.success(), "{}", printed(&output));
    let started = journal(&out)
        .lines()
        .skip(before)
        .filter(|line| line.contains("started"))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    assert!(
        started.len() == 1 && started[0].contains("student-9"),
        "{started:?}"
    );
    let rows = json(&output)["hand_ins"].clone();
    assert_eq!(rows[2]["points"], rows[2]["max"], "{rows}");
    assert_eq!(rows.as_array().unwrap().len(), 3);

    let nothing = grade_with(&from, &out, &["--only-grader-error"]);
    assert_eq!(nothing.status.code(), Some(4), "{}", printed(&nothing));
}

#[test]
fn an_empty_key_and_a_file_for_a_folder_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    small_class(&from, 1);
    let key = place.path().join("key");
    fs::write(&key, "\n").unwrap();
    let out = place.path().join("out");
    let empty = grade_with(&from, &out, &["--key", text(&key)]);
    assert_eq!(empty.status.code(), Some(1), "{}", printed(&empty));
    assert!(printed(&empty).contains("is empty"), "{}", printed(&empty));
    let file = grade(&from, &key);
    assert_eq!(file.status.code(), Some(1), "{}", printed(&file));
    assert_eq!(fs::read_to_string(&key).unwrap(), "\n");
}

/// All files below `folder`, hidden ones included.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = BTreeMap::new();
    support::walk(folder, &mut |path, _| {
        found.insert(path.to_owned(), ());
    });
    found.into_keys().collect()
}
