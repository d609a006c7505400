//! From the sources to a grade: publish, solve, check, pack, hand in, grade.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hidden_suite::Suite;
use support::{
    course, grade, grade_assignment, json, lost, printed, program, reference, reference_of,
    replace_body, right_theory, right_theory_of, target, text, turn, write_folder,
};

/// The student's command in a starter.
fn hw(starter: &Path, arguments: &[&str]) -> Output {
    Command::new("cargo")
        .arg("hw")
        .args(arguments)
        .current_dir(starter)
        .env("CARGO_TARGET_DIR", target())
        .env("CARGO_NET_OFFLINE", "true")
        .output()
        .unwrap()
}

/// From publishing an assignment to its grades: what is checked of every one.
fn a_solved_starter_gets_everything_and_an_untouched_one_nothing(suite: &Suite) {
    let id = suite.assignment.id;
    let _turn = turn();
    let place = tempfile::tempdir().unwrap();
    let starter = place.path().join("starter");
    let hand_ins = place.path().join("hand-ins");
    fs::create_dir(&hand_ins).unwrap();

    // The instructor publishes.
    let published = course(&["publish", id, "--out", text(&starter)]);
    assert!(published.status.success(), "{}", printed(&published));
    let folder = starter.join("assignments").join(suite.assignment.package);
    let parts = folder.join("src/parts");
    for part in suite.assignment.parts {
        let stripped = fs::read_to_string(parts.join(format!("{}.rs", part.module))).unwrap();
        let todo = format!("todo!(\"{} ", part.id);
        assert!(stripped.contains(&todo), "{stripped}");
        assert!(!stripped.contains("SOLUTION"), "{stripped}");
    }

    // A student looks, packs what is there, ...
    let look = hw(&starter, &["check", "--json"]);
    assert_eq!(look.status.code(), Some(2), "{}", printed(&look));
    assert_eq!(json(&look)["points"], 0);
    let zip = hand_ins.join("early.zip");
    let packed = hw(
        &starter,
        &["pack", "--student", "early", "--out", text(&zip)],
    );
    assert!(packed.status.success(), "{}", printed(&packed));

    // ... solves everything, and packs again.
    for (name, text) in reference_of(suite) {
        fs::write(parts.join(name), text).unwrap();
    }
    let sheet = hw(&starter, &["theory", "--student", "late"]);
    assert!(sheet.status.success(), "{}", printed(&sheet));
    let page = fs::read_to_string(folder.join("theory-late.html")).unwrap();
    assert!(page.contains("<math"), "{page}");
    let unanswered = hw(&starter, &["theory", "check"]);
    assert_eq!(
        unanswered.status.code(),
        Some(2),
        "{}",
        printed(&unanswered)
    );
    fs::write(folder.join("theory.toml"), right_theory_of(suite, "late")).unwrap();
    let answered = hw(&starter, &["theory", "check"]);
    assert!(answered.status.success(), "{}", printed(&answered));
    let solved = hw(&starter, &["check", "--json"]);
    assert!(solved.status.success(), "{}", printed(&solved));
    assert_eq!(json(&solved)["points"], json(&solved)["max"]);
    let zip = hand_ins.join("late.zip");
    let packed = hw(
        &starter,
        &["pack", "--student", "late", "--out", text(&zip)],
    );
    assert!(packed.status.success(), "{}", printed(&packed));

    // The assistant grades.
    let results = place.path().join("results");
    let graded = grade_assignment(id, &hand_ins, &results, &[]);
    assert!(graded.status.success(), "{}", printed(&graded));
    let rows = json(&graded)["hand_ins"].clone();
    assert_eq!(rows[0]["points"], 0, "{rows}");
    assert_eq!(rows[1]["points"], rows[1]["max"], "{rows}");
    assert_eq!(rows[0]["theory"], 0, "{rows}");
    assert_eq!(rows[1]["theory"], rows[1]["theory_max"], "{rows}");
    assert_eq!(rows[1]["theory_max"], 40, "{rows}");

    // A second run keeps what is graded, and the results are the same to the byte.
    let before = fs::read(results.join("late/results.json")).unwrap();
    let again = grade_assignment(id, &hand_ins, &results, &[]);
    assert_eq!(json(&again)["hand_ins"], rows);
    let elsewhere = place.path().join("elsewhere");
    grade_assignment(id, &hand_ins, &elsewhere, &["-j", "1"]);
    assert_eq!(
        fs::read(elsewhere.join("late/results.json")).unwrap(),
        before
    );
}

#[test]
fn assignment_1_from_publishing_to_a_grade() {
    a_solved_starter_gets_everything_and_an_untouched_one_nothing(&hidden_a1::suite());
}

#[test]
fn assignment_2_from_publishing_to_a_grade() {
    a_solved_starter_gets_everything_and_an_untouched_one_nothing(&hidden_a2::suite());
}

#[test]
fn two_publications_are_the_same_to_the_byte() {
    let _turn = turn();
    let place = tempfile::tempdir().unwrap();
    let zips = [place.path().join("one.zip"), place.path().join("two.zip")];
    for zip in &zips {
        let published = course(&["publish", "a1", "--out", text(zip)]);
        assert!(published.status.success(), "{}", printed(&published));
    }
    assert_eq!(fs::read(&zips[0]).unwrap(), fs::read(&zips[1]).unwrap());

    let verify = || course(&["publish", "a1", "--verify", text(&zips[0])]);
    assert!(verify().status.success(), "{}", printed(&verify()));
    let mut bytes = fs::read(&zips[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&zips[0], bytes).unwrap();
    assert_eq!(verify().status.code(), Some(1), "{}", printed(&verify()));
}

#[test]
fn a_bug_costs_its_own_part_and_a_student_reads_no_hidden_value() {
    let place = tempfile::tempdir().unwrap();
    let hand_ins = place.path().join("hand-ins");
    let mut parts = reference();
    replace_body(&mut parts, "relu_backward", "let _ = x;\n    dy * 3.0");
    replace_body(&mut parts, "param_count", "\"no number\"");
    write_folder(&hand_ins.join("buggy"), &parts);

    let results = place.path().join("results");
    let graded = grade(&hand_ins, &results);
    assert!(graded.status.success(), "{}", printed(&graded));
    let row = json(&graded)["hand_ins"][0].clone();
    assert_eq!(lost(&row), ["A1.3", "A1.5"], "{row}");

    let text = fs::read_to_string(results.join("buggy/report.txt")).unwrap();
    assert!(text.contains("mlp.rs does not compile"), "{text}");
    assert!(text.contains("expected `usize`"), "{text}");
    let report = fs::read_to_string(results.join("buggy/results.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let hidden = report["tests"].as_array().unwrap().iter().filter(|test| {
        test["extra_data"]["hidden"] == true && test["extra_data"]["verdict"] == "wrong answer"
    });
    let mut seen = 0;
    for test in hidden {
        let output = test["output"].as_str().unwrap();
        assert!(
            !output.contains("expected ") && !output.contains("element ["),
            "{output}"
        );
        seen += 1;
    }
    assert!(seen > 0, "no hidden check noticed the bug");
}

#[test]
fn the_theory_sheet_is_graded_beside_the_parts() {
    let place = tempfile::tempdir().unwrap();
    let hand_ins = place.path().join("hand-ins");
    let right = right_theory("right");
    // One number wrong, one in another unit, one line that is not on the sheet.
    let mixed = right_theory("mixed")
        .replace("radius = \"", "radius = \"-")
        .replace(" bit\"", " nat\"")
        .replace("[rbm_energy]", "[rbm_energy]\nheat = 1");
    let deep = format!("student = \"hostile\"\nx = {}", "[".repeat(60_000));
    for (name, answers) in [
        ("right", Some(right.clone().into_bytes())),
        ("mixed", Some(mixed.into_bytes())),
        ("copied", Some(right.into_bytes())),
        ("broken", Some(b"student = ".to_vec())),
        ("hostile", Some(deep.into_bytes())),
        ("binary", Some(vec![0xff; 1000])),
        ("large", Some(vec![b' '; 1 << 20])),
        ("none", None),
    ] {
        write_folder(&hand_ins.join(name), &reference());
        if let Some(bytes) = answers {
            fs::write(hand_ins.join(name).join("theory.toml"), bytes).unwrap();
        }
    }
    let results = place.path().join("results");
    let graded = grade(&hand_ins, &results);
    assert!(graded.status.success(), "{}", printed(&graded));
    let graded = json(&graded);
    for (name, points, note) in [
        ("right", 40, ""),
        ("mixed", 37, "rbm_energy asks for no \"heat\""),
        ("copied", 0, "the answers of \"right\""),
        ("broken", 0, "line 1"),
        ("hostile", 0, "line 2"),
        ("binary", 0, "not UTF-8"),
        ("large", 0, "larger than 64 KiB"),
        ("none", 0, ""),
    ] {
        let rows = graded["hand_ins"].as_array().unwrap();
        let row = rows.iter().find(|row| row["hand_in"] == name).unwrap();
        assert_eq!(row["points"], row["max"], "{row}");
        assert_eq!(row["theory"], points, "{row}");
        let notes = row["notes"].to_string().replace("\\\"", "\"");
        assert!(notes.contains(note), "{notes}");
    }

    // A student reads what is wrong, never what would be right.
    let report = fs::read_to_string(results.join("mixed/report.txt")).unwrap();
    assert!(report.contains("Theory sheet: 37 of 40"), "{report}");
    assert!(report.contains("is asked for in bit"), "{report}");
    let staff = fs::read_to_string(results.join("mixed/staff.json")).unwrap();
    let staff: serde_json::Value = serde_json::from_str(&staff).unwrap();
    let radius = &staff["theory"]["questions"][0]["answers"][0];
    assert_eq!(radius["key"], "radius");
    let expected = radius["expected"].as_f64().unwrap().to_string();
    for file in ["report.txt", "results.json"] {
        let text = fs::read_to_string(results.join("mixed").join(file)).unwrap();
        assert!(!text.contains(&expected[..8]), "{text}");
    }

    // New answers to the same parts are graded anew.
    fs::write(hand_ins.join("none/theory.toml"), right_theory("none")).unwrap();
    let again = json(&grade(&hand_ins, &results));
    let rows = again["hand_ins"].as_array().unwrap();
    let row = rows.iter().find(|row| row["hand_in"] == "none").unwrap();
    assert_eq!(row["theory"], 40, "{row}");
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let place = tempfile::tempdir().unwrap();
    let hand_ins = place.path().join("hand-ins");
    for i in 0..6 {
        write_folder(&hand_ins.join(format!("student-{i}")), &reference());
    }
    let results = place.path().join("results");
    let arguments = [
        "grade",
        "a1",
        "--json",
        "-j",
        "1",
        "--from",
        text(&hand_ins),
        "--out",
        text(&results),
    ];
    let running = program(&arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while !results.join("student-0/staff.json").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let id = nix::unistd::Pid::from_raw(running.id() as i32);
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGINT).unwrap();
    let output = running.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", printed(&output));
    let reached = json(&output)["hand_ins"].as_array().unwrap().len();
    assert!((1..6).contains(&reached), "{reached} were graded");

    let before = fs::read(results.join("student-0/timing.json")).unwrap();
    let again = course(&arguments);
    assert!(again.status.success(), "{}", printed(&again));
    assert_eq!(json(&again)["hand_ins"].as_array().unwrap().len(), 6);
    assert_eq!(json(&again)["complete"], true);
    // What was graded is not graded again.
    assert_eq!(
        fs::read(results.join("student-0/timing.json")).unwrap(),
        before
    );
}
