//! What a person gets wrong: one clear sentence, a code of its own, nothing half-written.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{course, grade, json, printed, program, reference, text, write_folder};

fn refused(arguments: &[&str], code: i32, words: &[&str]) {
    let output = course(arguments);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}: {}",
        printed(&output)
    );
    let error = String::from_utf8_lossy(&output.stderr);
    for word in words {
        assert!(
            error.contains(word),
            "{arguments:?}: no {word:?} in {error}"
        );
    }
    assert!(!error.contains("panicked"), "{error}");
}

#[test]
fn unknown_names_are_said() {
    refused(&["selftest", "a9"], 1, &["a9", "a1"]);
    refused(&["grade", "a9", "--from", "x", "--out", "y"], 1, &["a9"]);
    refused(&["publish", "nothing", "--out", "x"], 1, &["nothing"]);
}

#[test]
fn a_missing_folder_is_said() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let from = place.path().join("not-there");
    refused(
        &["grade", "a1", "--from", text(&from), "--out", text(&out)],
        1,
        &["not-there"],
    );
    assert!(!out.exists());
}

#[test]
fn results_among_the_hand_ins_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("deep/results");
    let from = text(place.path());
    refused(
        &["grade", "a1", "--from", from, "--out", text(&out)],
        1,
        &["inside the folder of the hand-ins", "--out"],
    );
    assert!(!out.exists());
    refused(
        &["grade", "a1", "--from", from, "--out", from],
        1,
        &["inside the folder of the hand-ins"],
    );
}

#[test]
fn a_damaged_download_is_not_put_on_the_students() {
    let place = tempfile::tempdir().unwrap();
    let [download, roster] = ["download.zip", "roster.csv"].map(|name| place.path().join(name));
    fs::write(&download, b"PK\x03\x04 cut off").unwrap();
    fs::write(&roster, "student\n1001\n").unwrap();
    let to = place.path().join("to");
    let mut arguments = vec!["import", "moodle", text(&download), "--assignment", "a1"];
    arguments.extend(["--roster", text(&roster), "--to", text(&to)]);
    refused(&arguments, 1, &["download.zip", "the download itself"]);
}

#[test]
fn numbers_of_hand_ins_begin_with_one() {
    for option in ["--jobs", "--chunk"] {
        refused(&["grade", "a1", option, "0"], 1, &[option, "from 1 on"]);
    }
}

#[test]
fn a_reader_who_left_ends_nothing_and_a_full_disk_is_said() {
    let place = tempfile::tempdir().unwrap();
    fs::write(
        place.path().join("course.toml"),
        "[course]\nname = \"c\"\n[[assignments]]\nid = \"a1\"\ndue = \"2026-10-20 23:59:59\"\n",
    )
    .unwrap();
    fs::write(place.path().join("roster.csv"), "student\n1001\n").unwrap();
    let show = |stdout: std::process::Stdio| {
        let mut command = program(&["gradebook", "show"]);
        command.current_dir(place.path()).stdout(stdout);
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), error)
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(show(writer.into()), (Some(0), String::new()));
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let (code, error) = show(full.into());
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("cannot write to standard output"), "{error}");
}

#[test]
fn a_class_is_graded_to_its_end_when_nobody_reads_the_progress() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    for name in ["1.zip", "2.zip", "3.zip"] {
        fs::create_dir_all(&from).unwrap();
        fs::write(from.join(name), "no zip").unwrap();
    }
    let out = place.path().join("out");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = program(&["grade", "a1", "--from", text(&from), "--out", text(&out)])
        .stdout(writer.try_clone().unwrap())
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    let summary = fs::read_to_string(out.join("summary.csv")).unwrap();
    assert_eq!(summary.lines().count(), 4, "{summary}");
}

#[test]
fn the_demo_keeps_off_a_folder_that_is_not_its_own() {
    let place = tempfile::tempdir().unwrap();
    let real = place.path().join("hand-ins/401.zip");
    fs::create_dir(real.parent().unwrap()).unwrap();
    fs::write(&real, "a student's work").unwrap();
    let out = text(place.path());
    refused(&["demo", "--out", out], 1, &[out, "--out"]);
    assert_eq!(fs::read_to_string(&real).unwrap(), "a student's work");
}

#[test]
fn an_empty_folder_is_nothing_to_do() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("empty");
    fs::create_dir(&from).unwrap();
    let out = place.path().join("out");
    let output = grade(&from, &out);
    assert_eq!(output.status.code(), Some(4), "{}", printed(&output));
}

#[test]
fn what_is_no_hand_in_is_rejected_with_a_reason_and_the_rest_is_graded() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    write_folder(&from.join("honest"), &reference());
    fs::write(from.join("empty.zip"), b"").unwrap();
    fs::write(from.join("picture.zip"), b"\x89PNG\r\n\x1a\n not a zip").unwrap();
    fs::write(
        from.join("archive.zip"),
        b"Rar!\x1a\x07\x00 not a zip either",
    )
    .unwrap();
    fs::create_dir(from.join("nothing-in-it")).unwrap();
    slip(&from.join("slip.zip"));

    let out = place.path().join("out");
    let output = grade(&from, &out);
    assert!(output.status.success(), "{}", printed(&output));
    for row in json(&output)["hand_ins"].as_array().unwrap() {
        let name = row["hand_in"].as_str().unwrap();
        if name == "honest" {
            assert_eq!(row["points"], row["max"], "{row}");
        } else {
            assert_eq!(row["status"], "rejected", "{row}");
            assert_eq!(row["points"], 0, "{row}");
            assert!(row["notes"][0].as_str().unwrap().len() > 20, "{row}");
        }
    }
    assert!(!place.path().join("slipped.rs").exists());
}

fn slip(path: &Path) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    zip.start_file("../slipped.rs", zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.finish().unwrap();
}

#[test]
fn a_second_grader_stays_off_the_folder() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    write_folder(&from.join("honest"), &reference());
    let out = place.path().join("out");
    fs::create_dir(&out).unwrap();
    let file = fs::File::create(out.join(".lock")).unwrap();
    file.lock().unwrap();
    refused(
        &["grade", "a1", "--from", text(&from), "--out", text(&out)],
        8,
        &["another run"],
    );
}

#[test]
fn a_fault_of_the_grader_is_no_score() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    write_folder(&from.join("honest"), &reference());
    let out = place.path().join("out");
    let output = program(&["grade", "a1", "--json", "--from", text(&from)])
        .args(["--out", text(&out)])
        .env("TMPDIR", place.path().join("not-there"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", printed(&output));
    let row = json(&output)["hand_ins"][0].clone();
    assert_eq!(row["status"], "grader_error", "{row}");
    assert!(row["points"].is_null(), "{row}");
    let student = fs::read_to_string(out.join("honest/report.txt")).unwrap();
    assert!(student.contains("No score yet"), "{student}");

    // Once the fault is mended, the same command grades it.
    let again = grade(&from, &out);
    let row = json(&again)["hand_ins"][0].clone();
    assert_eq!(row["points"], row["max"], "{row}");
}

/// What `course grade` of `from` prints when `small` is a file system of `size`; `None` without the means to make one.
fn grade_beside_a_small_disk(
    small: &Path,
    size: &str,
    from: &Path,
    out: &Path,
) -> Option<std::process::Output> {
    fs::create_dir_all(small).unwrap();
    let script = format!(
        "mount -t tmpfs -o size={size} none {small} && {course} grade a1 --json --from {from} --out {out}",
        small = small.display(),
        from = from.display(),
        out = out.display(),
        course = env!("CARGO_BIN_EXE_course"),
    );
    Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .current_dir(support::root())
        .env("CARGO_TARGET_DIR", support::target())
        .env("TMPDIR", small)
        .output()
        .ok()
}

#[test]
fn a_full_temporary_folder_costs_no_student_a_point() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    write_folder(&from.join("honest"), &reference());
    let (small, out) = (place.path().join("small"), place.path().join("out"));
    let Some(output) = grade_beside_a_small_disk(&small, "64k", &from, &out) else {
        println!("skipped: there is no unshare here to make a small disk with");
        return;
    };
    assert_eq!(output.status.code(), Some(3), "{}", printed(&output));
    let row = json(&output)["hand_ins"][0].clone();
    assert_eq!(row["status"], "grader_error", "{row}");
    let note = row["notes"][0].as_str().unwrap();
    assert!(
        note.contains("No space left") && note.contains("TMPDIR"),
        "{note}"
    );
}

#[test]
fn a_full_disk_is_said_and_leaves_no_piece_of_a_file() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    write_folder(&from.join("honest"), &reference());
    let out = place.path().join("small");
    fs::create_dir(&out).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=12k none {out} && {course} grade a1 --from {from} --out {out}; code=$?; \
         find {out} -type f -name '*.json' -size 0; exit $code",
        out = out.display(),
        from = from.display(),
        course = env!("CARGO_BIN_EXE_course"),
    );
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .current_dir(support::root())
        .env("CARGO_TARGET_DIR", support::target())
        .output();
    let Ok(output) = output else {
        println!("skipped: there is no unshare here to make a small disk with");
        return;
    };
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("No space left") || error.contains("os error 28"),
        "{error}"
    );
    assert!(output.stdout.is_empty(), "{}", printed(&output));
}
