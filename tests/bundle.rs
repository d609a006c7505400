//! What other systems need: Gradescope's autograder, a Kubernetes job.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{course, printed, program, reference, replace_body, small_class, text, write_folder};

/// Grades a hand-in as the bundle's `run_autograder` does; gives `results.json`.
fn gradescope(place: &Path) -> Value {
    let key = place.join("key");
    fs::write(&key, "secret").unwrap();
    let metadata = place.join("submission_metadata.json");
    fs::write(
        &metadata,
        r#"{"id": 7, "users": [{"email": "ada@example.org", "id": 1}]}"#,
    )
    .unwrap();
    let results = place.join("results/results.json");
    let output = course(&[
        "gradescope",
        "a1",
        "--submission",
        text(&place.join("submission")),
        "--metadata",
        text(&metadata),
        "--key",
        text(&key),
        "--results",
        text(&results),
    ]);
    assert!(output.status.success(), "{}", printed(&output));
    serde_json::from_slice(&fs::read(&results).unwrap()).unwrap()
}

#[test]
fn hidden_checks_are_shown_after_the_due_date_only() {
    let place = tempfile::tempdir().unwrap();
    let mut parts = reference();
    replace_body(&mut parts, "relu_backward", "let _ = x;\n    dy");
    write_folder(&place.path().join("submission"), &parts);
    let results = gradescope(place.path());
    assert_eq!(results["extra_data"]["student"], "ada");
    assert!(
        results.get("score").is_none(),
        "a sum would tell of the hidden checks: {}",
        results["score"]
    );
    let tests = results["tests"].as_array().unwrap();
    for test in tests {
        let hidden = test["extra_data"]["hidden"] == true;
        let wanted = if hidden { "after_due_date" } else { "visible" };
        assert_eq!(test["visibility"], wanted, "{test}");
    }
    let score = |key: &str| -> u64 { tests.iter().filter_map(|test| test[key].as_u64()).sum() };
    assert!(score("score") < score("max_score") && score("max_score") == 240);
    assert!(
        tests
            .iter()
            .any(|test| test["extra_data"]["hidden"] == true)
    );
}

#[test]
fn what_cannot_be_graded_gets_nothing_and_a_sentence() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("submission")).unwrap();
    fs::write(place.path().join("submission/essay.txt"), "my essay").unwrap();
    let results = gradescope(place.path());
    assert_eq!(results["score"], 0);
    assert!(
        results["output"]
            .as_str()
            .unwrap()
            .contains("None of the files"),
        "{results}"
    );
}

#[test]
fn the_autograder_holds_all_that_git_tracks_and_two_scripts() {
    let place = tempfile::tempdir().unwrap();
    let key = place.path().join("key");
    fs::write(&key, "secret").unwrap();
    let out = place.path().join("autograder.zip");
    let output = course(&[
        "bundle",
        "a1",
        "--target",
        "gradescope",
        "--key",
        text(&key),
        "--out",
        text(&out),
    ]);
    assert!(output.status.success(), "{}", printed(&output));
    let mut zip = zip::ZipArchive::new(fs::File::open(&out).unwrap()).unwrap();
    let names: Vec<String> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    for needed in [
        "setup.sh",
        "run_autograder",
        "key",
        "toolkit/Cargo.lock",
        "toolkit/common/src/lib.rs",
        "toolkit/grading/hidden/a1/src/lib.rs",
    ] {
        assert!(
            names.iter().any(|name| name == needed),
            "{needed} is missing"
        );
    }
    assert!(
        names
            .iter()
            .all(|name| !name.contains("/target/") && !name.contains(".course"))
    );
    for script in ["setup.sh", "run_autograder"] {
        let mut file = zip.by_name(script).unwrap();
        let mut script = String::new();
        std::io::Read::read_to_string(&mut file, &mut script).unwrap();
        assert!(
            script.starts_with("#!/usr/bin/env bash\n") && !script.contains('@'),
            "{script}"
        );
    }
}

#[test]
fn a_job_of_kubernetes_has_a_pod_for_each_chunk() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("hand-ins");
    small_class(&from, 1);
    for i in 0..24 {
        fs::write(from.join(format!("student-x{i}.zip")), "no zip").unwrap();
    }
    let results = place.path().join("results");
    let out = place.path().join("job.yaml");
    let output = course(&[
        "bundle",
        "a1",
        "--target",
        "kubernetes",
        "--out",
        text(&out),
        "--from",
        text(&from),
        "--results",
        text(&results),
    ]);
    assert!(output.status.success(), "{}", printed(&output));
    let job = fs::read_to_string(&out).unwrap();
    assert!(
        job.contains("completions: 2\n") && !job.contains('@'),
        "{job}"
    );

    // What the pods would do, with the number that Kubernetes gives them.
    let work = results.join(".work.json");
    for chunk in ["0", "1"] {
        let pod = program(&["grade-one", "--work", text(&work)])
            .env("JOB_COMPLETION_INDEX", chunk)
            .output()
            .unwrap();
        assert!(pod.status.success(), "{}", printed(&pod));
    }
    let collected = course(&["collect", "--work", text(&work), "--json"]);
    assert!(collected.status.success(), "{}", printed(&collected));
    assert_eq!(support::json(&collected)["complete"], true);
    assert_eq!(
        support::json(&collected)["hand_ins"]
            .as_array()
            .unwrap()
            .len(),
        25
    );
}

#[test]
fn an_empty_key_makes_no_bundle() {
    let place = tempfile::tempdir().unwrap();
    let (key, out) = (
        place.path().join("key"),
        place.path().join("autograder.zip"),
    );
    fs::write(&key, "\n").unwrap();
    let key = text(&key);
    let output = course(&[
        "bundle",
        "a1",
        "--target",
        "gradescope",
        "--key",
        key,
        "--out",
        text(&out),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
    assert!(
        printed(&output).contains("is empty"),
        "{}",
        printed(&output)
    );
    assert!(!out.exists());
}
