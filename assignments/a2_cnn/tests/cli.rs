//! The student's command line as a program: what Assignment 2 hands over to it.

use std::process::{Command, Output, Stdio};

const HANDOUT: &str = include_str!("../HANDOUT.md");

/// Runs `cargo a2` where no data sets are.
fn hw(arguments: &[&str]) -> Output {
    let no_data = tempfile::tempdir().expect("a folder");
    Command::new(env!("CARGO_BIN_EXE_a2"))
        .args(arguments)
        .env("DL_DATA_DIR", no_data.path())
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

#[test]
fn the_reference_has_every_public_point() {
    let check = hw(&["check"]);
    let out = text(&check.stdout);
    let mut rows = out.lines().map(str::trim);
    let sum = rows.find(|row| row.starts_with("All parts"));
    let sum: Vec<&str> = sum.expect("a sum").split_whitespace().collect();
    assert_eq!(sum[2..7], ["72", "of", "72", "168", "in"], "{out}");
    assert_eq!(check.status.code(), Some(0));
}

#[test]
fn the_labs_are_those_of_the_handout() {
    let (_, labs) = HANDOUT.split_once("| lab | needs |").expect("a table");
    let rows = labs.lines().filter_map(|row| row.strip_prefix("| `"));
    let told: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();

    let train = hw(&["train"]);
    let lines = text(&train.stdout).lines().skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let there: Vec<&str> = lines
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for lab in &told {
        assert!(there.contains(lab), "there is no lab {lab}: {there:?}");
    }
    for lab in there {
        // The labs of eight pictures are not in the table, but in the text of their part.
        let in_text = HANDOUT.contains(&format!("{lab}` lets"));
        assert!(
            told.contains(&lab) || in_text,
            "the handout does not tell of {lab}"
        );
    }
}

#[test]
fn a_lab_without_its_data_names_the_command_that_gets_them() {
    let output = hw(&["train", "lenet1989", "--data", "zipcode"]);
    let error = text(&output.stderr);
    assert!(
        error.contains("get it with `cargo a2 data fetch zipcode`, or with `cargo a2 data import"),
        "{error}"
    );
    assert_eq!(output.status.code(), Some(1));
}
