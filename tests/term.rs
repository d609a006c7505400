//! A term of an assistant: import a download, grade it, account for late days, decide, report, compare.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::archive::zip_bytes;
use serde_json::Value;
use support::{json, printed, program, reference, replace_body, right_theory, text};

/// `course` in the folder of a course.
fn course(folder: &Path, arguments: &[&str]) -> Output {
    program(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

fn done(folder: &Path, arguments: &[&str]) -> Output {
    let output = course(folder, arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        printed(&output)
    );
    output
}

/// A zip as a student uploads it, with a mistake in `mistake` and, with `sheet`, all answers right.
fn upload(path: &Path, student: &str, mistake: Option<(&str, &str)>, sheet: bool) {
    let mut parts = reference();
    if let Some((function, body)) = mistake {
        replace_body(&mut parts, function, body);
    }
    let parts = parts.into_iter();
    let mut files: common::archive::Files = parts
        .map(|(name, text)| (format!("src/parts/{name}"), text.into_bytes()))
        .collect();
    if sheet {
        files.insert("theory.toml".into(), right_theory(student).into_bytes());
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, zip_bytes(&files).unwrap()).unwrap();
}

fn student<'b>(book: &'b Value, number: &str) -> &'b Value {
    let students = book["students"].as_array().unwrap();
    students
        .iter()
        .find(|student| student["student"] == number)
        .unwrap()
}

/// What the first assignment of a student is worth, in per cent, as the tables show it.
fn a1(folder: &Path, number: &str) -> String {
    let table = done(folder, &["gradebook", "export", "--format", "csv"]);
    let table = String::from_utf8(table.stdout).unwrap();
    let mut lines = table.lines();
    let column = lines
        .next()
        .unwrap()
        .split(',')
        .position(|name| name == "a1");
    let row = lines.find(|line| line.starts_with(number)).unwrap();
    row.split(',')
        .nth(column.expect("a column a1"))
        .unwrap()
        .to_owned()
}

#[test]
fn from_a_download_to_the_marks() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("course");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("course.toml"),
        "[course]\nname = \"Deep Learning\"\ntime_zone = \"Asia/Tehran\"\nroster = \"roster.csv\"\n\
         [[assignments]]\nid = \"a1\"\ntitle = \"Backprop\"\ndue = \"2026-10-20 23:59:59\"\n",
    )
    .unwrap();
    fs::write(
        folder.join("roster.csv"),
        "student,name,email\n1001,Sara,s@example.org\n۱۰۰۲,Ali,a@example.org\n1003,Mina,m@example.org\n",
    )
    .unwrap();

    // In time with a mistake and again four days late; in time, in Persian digits; a stranger. 1003: nothing.
    let download = place.path().join("download");
    let late = Some(("relu_backward", "let _ = x;\n    dy"));
    upload(
        &download.join("1001/2026-10-20T10-00-00Z/hw.zip"),
        "1001",
        Some(("param_count", "0")),
        true,
    );
    upload(
        &download.join("1001/2026-10-24T10-00-00Z/hw.zip"),
        "1001",
        late,
        true,
    );
    upload(
        &download.join("۱۰۰۲/2026-10-20T10-00-00Z/hw.zip"),
        "1002",
        None,
        true,
    );
    upload(
        &download.join("9999/2026-10-20T10-00-00Z/hw.zip"),
        "9999",
        None,
        true,
    );
    let imported = done(
        &folder,
        &[
            "import",
            "dir",
            text(&download),
            "--assignment",
            "a1",
            "--json",
        ],
    );
    let report = json(&imported);
    assert_eq!(report["imported"], 3, "{report}");
    assert_eq!(report["errors"], 1, "the stranger: {report}");
    let strict = course(
        &folder,
        &[
            "import",
            "dir",
            text(&download),
            "--assignment",
            "a1",
            "--strict",
        ],
    );
    assert_eq!(strict.status.code(), Some(6), "{}", printed(&strict));

    // Graded in the course's own folders.
    let graded = json(&done(&folder, &["grade", "a1", "--json"]));
    let names: Vec<&str> = graded["hand_ins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["hand_in"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["1001-1", "1001-2", "1002-1"]);
    assert_eq!(graded["hand_ins"][0]["theory"], 40, "{graded}");

    // 4 days late: 3 of slack, one that costs 10 % of (240 - x) / 240 x 80 %; for theory the same.
    let book = json(&done(&folder, &["gradebook", "compute", "--json"]));
    let parts = &student(&book, "1001")["assignments"][0]["parts"];
    assert_eq!(parts[0]["source"]["hand_in"], "1001-2", "{parts}");
    assert_eq!(parts[0]["charge"]["days"], 4);
    assert_eq!(parts[0]["charge"]["used"], 3);
    let raw = graded["hand_ins"][1]["points"].as_f64().unwrap() / 240.0;
    let wanted = format!("{:.2}", 100.0 * 0.9 * (0.8 * raw + 0.2));
    assert_eq!(a1(&folder, "1001"), wanted);
    assert_eq!(a1(&folder, "1002"), "100.00");
    assert_eq!(a1(&folder, "1003"), "0.00");
    let explained = done(&folder, &["gradebook", "explain", "1001"]);
    let explained = String::from_utf8(explained.stdout).unwrap();
    for words in ["1001-2", "4 days late", "late.per_assignment"] {
        assert!(explained.contains(words), "no {words:?} in {explained}");
    }

    // An extension and an override, each with who and why; both survive another grading.
    done(
        &folder,
        &[
            "gradebook",
            "extend",
            "1001",
            "a1",
            "--days",
            "4",
            "--why",
            "ill",
            "--who",
            "ta",
        ],
    );
    assert_eq!(
        a1(&folder, "1001"),
        format!("{:.2}", 100.0 * (0.8 * raw + 0.2))
    );
    done(
        &folder,
        &[
            "gradebook",
            "override",
            "1003",
            "a1",
            "75%",
            "--why",
            "oral",
            "--who",
            "ta",
        ],
    );
    done(
        &folder,
        &["grade", "a1", "--force", "--students", "1002", "--json"],
    );
    done(&folder, &["gradebook", "compute"]);
    assert_eq!(a1(&folder, "1003"), "75.00");
    let exam = place.path().join("midterm.csv");
    fs::write(&exam, "student,score\n1001,18\n1002,15\n1003,10\n").unwrap();
    done(
        &folder,
        &[
            "gradebook",
            "import-manual",
            "midterm",
            "--from",
            text(&exam),
            "--max",
            "20",
        ],
    );

    // Reports, feedback and similarity find the same class.
    let feedback = place.path().join("feedback");
    done(&folder, &["report", "a1", "--feedback", text(&feedback)]);
    let page = fs::read_to_string(folder.join("reports/a1/index.html")).unwrap();
    assert!(
        page.contains("1001-2") && page.contains("Days late") && page.contains("Sara"),
        "{page}"
    );
    let own = fs::read_to_string(folder.join("reports/a1/students/1001-2.html")).unwrap();
    assert!(
        !own.contains("Sara"),
        "a name on a page that is passed on: {own}"
    );
    let of_late = fs::read_to_string(feedback.join("folders/1001/report.txt")).unwrap();
    assert!(of_late.contains("A1.3"), "{of_late}");
    let similar = json(&done(&folder, &["similarity", "a1", "--json"]));
    assert!(similar.is_object(), "{similar}");
}
