//! The labs that need seconds and no data, with the reference's functions: each keeps its promise.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs a lab and gives the lines that it printed.
fn train(out: &Path, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_a1"))
        .arg("train")
        .args(arguments)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().map(str::to_string).collect()
}

fn reaches_its_target(lines: &[String]) {
    assert!(lines[0].starts_with("target: "), "{lines:?}");
    let last = &lines[lines.len() - 1];
    assert!(last.ends_with("is reached"), "{last}");
}

fn is_a_picture(path: &Path) -> String {
    let png = fs::read(path.with_extension("png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"), "{}", path.display());
    fs::read_to_string(path.with_extension("svg")).unwrap()
}

#[test]
fn autodiff_draws_the_graph() {
    let folder = tempfile::tempdir().unwrap();
    reaches_its_target(&train(folder.path(), &["autodiff", "--seed", "5"]));
    let svg = is_a_picture(&folder.path().join("graph"));
    assert!(svg.contains("weight decay") && svg.contains("gradient 1.0000"));
}

#[test]
fn the_perceptron_learns_what_a_line_separates_and_not_xor() {
    let folder = tempfile::tempdir().unwrap();
    let lines = train(folder.path(), &["perceptron", "--epochs", "300"]);
    reaches_its_target(&lines);
    assert!(lines[1].starts_with("separable: converged"), "{lines:?}");
    assert!(
        lines[2].starts_with("XOR: not converged in 300"),
        "{lines:?}"
    );
    let svg = is_a_picture(&folder.path().join("boundary"));
    assert!(svg.contains("epoch 300"));
}

#[test]
fn optimisers_reach_the_end_of_the_valley_and_learn_digits_and_resume() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let epochs = |n: &'static str| ["optimisers", "--epochs", n, "--hidden", "16", "--resume"];
    train(out, &epochs("1"));
    let lines = train(out, &epochs("2"));
    assert!(
        lines[0].starts_with("target: below 0.1 in the valley"),
        "{lines:?}"
    );
    let last = &lines[lines.len() - 1];
    assert!(last.starts_with("at worst 0.078 in the valley"), "{last}");
    assert!(is_a_picture(&out.join("valley")).contains("SGD, clipped: 2.7e-2"));
    assert!(is_a_picture(&out.join("curves")).contains("Nesterov"));
    for name in [
        "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw",
    ] {
        let csv = fs::read_to_string(out.join(name).join("history.csv")).unwrap();
        assert_eq!(csv.lines().count(), 3, "{name}");
    }
}

#[test]
fn data_where_there_is_no_use_for_it_is_refused() {
    for lab in ["autodiff", "perceptron"] {
        let output = Command::new(env!("CARGO_BIN_EXE_a1"))
            .args(["train", lab, "--data", "mnist"])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("leave out --data"), "{error}");
        assert_eq!(output.status.code(), Some(1));
    }
}
