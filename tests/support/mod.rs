//! What the journeys share: the program, a temporary place, hand-ins made of the reference.

#![allow(dead_code)] // each journey uses its own half

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hidden_suite::Suite;
use serde_json::Value;

/// What each part is worth.
pub const PART_POINTS: u64 = 20;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("grading/course is two folders down")
        .to_path_buf()
}

/// The folder in which cargo built this test, so that nothing is built twice.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_course"))
        .ancestors()
        .nth(2)
        .expect("the program is in target/debug")
        .to_path_buf()
}

/// A turn at building starters in the tests' target folder, until it is dropped. Cargo takes starters that
/// were published of the same sources for one and the same, so a test that runs a starter's program would
/// meanwhile get that of another test.
pub fn turn() -> fs::File {
    let lock = fs::File::create(target().join("journeys.lock")).expect("a file");
    lock.lock().expect("a lock");
    lock
}

/// The `course` program, to be run at the root of the repository.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
    command
        .args(arguments)
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target());
    command
}

/// What `course` says.
pub fn course(arguments: &[&str]) -> Output {
    program(arguments).output().expect("the program starts")
}

/// `course grade a1 --json` on the hand-ins in `from`, with results in `out`.
pub fn grade(from: &Path, out: &Path) -> Output {
    grade_with(from, out, &[])
}

/// The same with more arguments.
pub fn grade_with(from: &Path, out: &Path, more: &[&str]) -> Output {
    grade_assignment("a1", from, out, more)
}

/// The same for any assignment.
pub fn grade_assignment(id: &str, from: &Path, out: &Path, more: &[&str]) -> Output {
    let mut arguments = vec![
        "grade",
        id,
        "--json",
        "--from",
        text(from),
        "--out",
        text(out),
    ];
    arguments.extend(more);
    course(&arguments)
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("the tests' paths are text")
}

/// Standard output as JSON; panics with everything that was printed when it is none.
pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("no JSON ({error}): {}", printed(output));
    })
}

/// Everything that was printed.
pub fn printed(output: &Output) -> String {
    format!(
        "exit {:?}\n{}\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The files of Assignment 1's reference, with their solution regions.
pub fn reference() -> BTreeMap<String, String> {
    reference_of(&hidden_a1::suite())
}

/// The reference's files, with their solution regions.
pub fn reference_of(suite: &Suite) -> BTreeMap<String, String> {
    let package = suite.assignment.package;
    let folder = root().join("assignments").join(package).join("src/parts");
    let parts = suite.assignment.parts;
    parts
        .iter()
        .map(|part| {
            let name = format!("{}.rs", part.module);
            let text = fs::read_to_string(folder.join(&name)).expect("the reference is there");
            (name, text)
        })
        .collect()
}

/// The file of a student who has the whole theory sheet of Assignment 1 right.
pub fn right_theory(student: &str) -> String {
    right_theory_of(&hidden_a1::suite(), student)
}

/// The file of a student who has the whole theory sheet right.
pub fn right_theory_of(suite: &Suite, student: &str) -> String {
    let sheet = common::theory::Sheet {
        assignment: &suite.assignment,
        student,
    };
    hidden_suite::theory::right_answers(&sheet, &suite.solutions)
}

/// Puts `body` in the place of a function's solution region. The function's file is found by the region.
pub fn replace_body(files: &mut BTreeMap<String, String>, function: &str, body: &str) {
    attacks::replace_body(files, function, body)
        .unwrap_or_else(|| panic!("no solution region for {function}"));
}

/// Writes a hand-in as a folder.
pub fn write_folder(folder: &Path, parts: &BTreeMap<String, String>) {
    let parts_folder = folder.join("src/parts");
    fs::create_dir_all(&parts_folder).expect("a folder");
    for (name, text) in parts {
        fs::write(parts_folder.join(name), text).expect("a file");
    }
}

/// Writes `n` hand-ins that differ in what they get: `student-0` has everything, the next lose some points.
pub fn small_class(from: &Path, n: usize) {
    let mistakes = [
        ("novikoff_bound", "radius / margin"),
        ("relu_backward", "let _ = x;\n    dy"),
        ("log_softmax", "panic!(\"not today\")"),
        ("param_count", "\"no number\""),
    ];
    for i in 0..n {
        let mut parts = reference();
        if let Some((function, body)) = i.checked_sub(1).and_then(|i| mistakes.get(i)) {
            replace_body(&mut parts, function, body);
        }
        write_folder(&from.join(format!("student-{i}")), &parts);
    }
}

/// Calls `file` with the path of each file below `folder`, and the path from there.
pub fn walk(folder: &Path, file: &mut dyn FnMut(&Path, &Path)) {
    fn enter(top: &Path, folder: &Path, file: &mut dyn FnMut(&Path, &Path)) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => enter(top, &path, file),
                false => file(&path, path.strip_prefix(top).expect("below the top")),
            }
        }
    }
    enter(folder, folder, file);
}

/// What a class got, file by file: everything in a folder of results but times and what a run keeps for itself.
pub fn results_of(out: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    walk(out, &mut |path, below| {
        let hidden = below.to_string_lossy().starts_with('.');
        let temporary = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && !temporary && !below.ends_with("timing.json") {
            found.insert(below.to_owned(), fs::read_to_string(path).expect("text"));
        }
    });
    found
}

/// The points of each part of one hand-in, by its id, from `course grade --json`.
pub fn part_points(row: &Value) -> BTreeMap<String, u64> {
    row["parts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair[0].as_str()?.to_string(), pair[1].as_u64()?)))
        .collect()
}

/// The ids of the parts in which a hand-in lost points.
pub fn lost(row: &Value) -> Vec<String> {
    part_points(row)
        .into_iter()
        .filter(|(_, points)| *points < PART_POINTS)
        .map(|(id, _)| id)
        .collect()
}
