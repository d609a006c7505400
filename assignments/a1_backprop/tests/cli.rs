//! The student's command line as a program.

use std::process::{Command, Output, Stdio};

fn hw(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_a1"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

#[test]
fn check_prints_a_table_and_json_agrees_with_its_exit_code() {
    let table = hw(&["check"]);
    let out = text(&table.stdout);
    let rows = out.lines().map(|row| row.split_whitespace());
    let mut titles = rows.map(|words| words.take(4).collect::<Vec<_>>().join(" "));
    let title = "A1.4 Losses and metrics";
    assert!(titles.any(|row| row == title), "{out}");
    assert!(
        !out.contains('\x1b'),
        "colours where there is no terminal: {out}"
    );

    let json = hw(&["check", "losses", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(report["parts"][0]["id"], "A1.4");
    let passed = report["points"] == report["max"];
    assert_eq!(json.status.code(), Some(if passed { 0 } else { 2 }));
}

#[test]
fn next_says_what_to_do_in_a_few_lines() {
    let next = hw(&["next"]);
    let out = text(&next.stdout);
    assert!(out.starts_with("Next: "), "{out}");
    assert!(out.lines().count() < 20, "{out}");
    assert!(text(&hw(&["check"]).stdout).ends_with(out), "{out}");
    assert_eq!(next.status.code(), Some(0));
}

#[test]
fn mistakes_on_the_command_line_get_one_sentence_and_code_1() {
    for (arguments, sentence) in [
        (
            &["check", "cnn"][..],
            "error: there is no part \"cnn\"; the parts are A1.1 perceptron,",
        ),
        (&["hint", "cnn"], "error: there is no part \"cnn\""),
        (
            &["data", "fetch", "mnst"],
            "error: there is no data set \"mnst\"; known are ",
        ),
        (&["train", "gan"], "error: there is no lab \"gan\""),
        (&["check", "--seed", "x"], "error: invalid value 'x'"),
        (
            &["pack", "--student", "../x"],
            "error: \"../x\" is no student number",
        ),
    ] {
        let output = hw(arguments);
        let error = text(&output.stderr);
        assert!(error.starts_with(sentence), "{arguments:?}: {error}");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_is_no_error() {
    let output = hw(&["pack", "--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("Examples:"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_a1"))
        .arg("check")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(text(&output.stderr), "");
    // 2 where checks fail and the text was out before the pipe was closed.
    assert!(matches!(output.status.code(), Some(0 | 2)), "{output:?}");
}
