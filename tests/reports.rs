//! `course report`: from a results folder to pages, JUnit XML and feedback.

#[path = "../grading/report/tests/sample/mod.rs"]
mod sample;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use sample::{class, write_class};

fn report(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_course"))
        .arg("report")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// A course's folder with the results of the made-up class.
fn course() -> tempfile::TempDir {
    let course = tempfile::tempdir().unwrap();
    fs::write(course.path().join("course.toml"), "").unwrap();
    fs::create_dir_all(course.path().join("results/a1")).unwrap();
    write_class(&course.path().join("results/a1"), &class());
    course
}

#[test]
fn reports_lie_in_the_courses_folder_and_the_command_says_where() {
    let course = course();
    let inside = course.path().join("results/a1");
    let output = report(&inside, &["a1"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let index = course.path().join("reports/a1/index.html");
    assert!(index.is_file());
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(
        words.contains("reports/a1/index.html    the class; 125 pages in all"),
        "{words}"
    );
}

#[test]
fn everything_is_written_where_it_is_asked_for_and_twice_the_same() {
    let course = course();
    let write = |to: &str| {
        let (html, feedback) = (format!("{to}/html"), format!("{to}/feedback"));
        let junit = format!("{to}/junit.xml");
        let output = report(
            course.path(),
            &[
                "a1",
                "--json",
                "--html",
                &html,
                "--junit",
                &junit,
                "--feedback",
                &feedback,
            ],
        );
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["hand_ins"], 62);
        assert_eq!(document["feedback"]["zips"], 58);
        assert_eq!(document["index"], format!("{html}/index.html"));
        [
            junit,
            format!("{html}/index.html"),
            format!("{feedback}/zips/40121003.zip"),
        ]
        .map(|file| fs::read(course.path().join(file)).unwrap())
    };
    assert_eq!(write("one"), write("two"));
    assert!(!course.path().join("reports").exists());
}

#[test]
fn what_cannot_be_reported_is_one_sentence_and_exit_code_1() {
    let course = course();
    let refused = |arguments: &[&str], words: &str| {
        let output = report(course.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert!(sentence.contains(words), "{sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    };
    refused(&["a9"], "there is no assignment \"a9\"");
    refused(&["a1", "--results", "nowhere"], "nowhere/summary.json");
    let staff = course.path().join("results/a1/40121003-1/staff.json");
    fs::write(&staff, "{").unwrap();
    refused(
        &["a1"],
        "40121003-1/staff.json is not as the grader writes it",
    );
    let summary = course.path().join("results/a1/summary.json");
    fs::write(
        &summary,
        r#"{"schema":1,"assignment":"a2","grading_key":"","complete":true,"hand_ins":[]}"#,
    )
    .unwrap();
    refused(&["a1"], "holds results of a2, not of a1");
    assert!(!course.path().join("reports").exists());
}
