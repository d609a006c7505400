//! Folders and archives that somebody named.

mod bench;
mod class;

use std::fs;

use bench::{gzip, tar_of, zip_of};
use class::{Class, about, assert_noted, codes};
use intake::import::{Code, ImportError, Level, Source};

const LOSSES: &[u8] = b"pub fn mse() {}\n";
const MLP: &[u8] = b"pub fn forward() {}\n";

fn hand_in(text: &str) -> Vec<u8> {
    zip_of(&[("src/parts/losses.rs", text)])
}

#[test]
fn one_archive_or_folder_per_student_becomes_one_attempt() {
    let (zip, tar) = (hand_in("a"), gzip(&tar_of(&[("src/parts/mlp.rs", "b")])));
    let class = Class::new(
        Source::Dir,
        &[
            ("hw-1001.zip", &zip),
            ("۱۰۰۲/upload.tar.gz", &tar),
            ("1003/src/parts/losses.rs", LOSSES),
            ("1003/src/parts/mlp.rs", MLP),
            ("1003/target/debug/x", b"built"),
        ],
    );
    let report = class.import();
    assert_eq!(class.attempts(), ["1001-1", "1002-1", "1003-1"]);
    let kept = class.kept();
    assert_eq!(kept["1001/1/upload.zip"], zip, "byte for byte");
    assert_eq!(kept["1002/1/upload.tar.gz"], tar, "byte for byte");
    assert_eq!(class.read("1003-1").len(), 2);
    assert_eq!(class.read("1002-1")["mlp.rs"], "b");
    assert_eq!(report.fresh(), 3);
    assert_eq!(codes(about(&report, "1003")), [Code::Litter, Code::NoTime]);
}

#[test]
fn an_archive_beside_loose_parts_is_a_backup_and_beside_other_files_the_hand_in() {
    let zip = hand_in("packed");
    let class = Class::new(
        Source::Dir,
        &[
            ("1001/losses.rs", b"loose"),
            ("1001/old/backup.zip", &zip),
            ("1002/hw.zip", &zip),
            ("1002/report.pdf", b"%PDF"),
        ],
    );
    let report = class.import();
    assert_eq!(class.read("1001-1")["losses.rs"], "loose");
    assert_eq!(class.read("1002-1")["losses.rs"], "packed");
    for (path, left) in [("1001", "backup.zip"), ("1002", "report.pdf")] {
        assert_noted(&report, path, Level::Warn, Code::LeftOut);
        assert!(about(&report, path).notes[0].text.contains(left));
    }
}

#[test]
fn item_66_attempts_are_numbered_by_time_and_several_questions_are_one_upload() {
    let class = Class::new(
        Source::Dir,
        &[
            ("1001/1/hw.zip", &hand_in("first")),
            ("1001/2/hw.zip", &hand_in("second")),
            ("1001/10/hw.zip", &hand_in("tenth")),
            ("1002/2026-11-03T10-00-00Z/hw.zip", &hand_in("late")),
            ("1002/2026-11-02T10-00-00Z/hw.zip", &hand_in("early")),
        ],
    );
    let report = class.import();
    assert_eq!(
        class.attempts(),
        ["1001-1", "1001-2", "1001-3", "1002-1", "1002-2"]
    );
    assert_eq!(class.read("1002-1")["losses.rs"], "early");
    assert_eq!(class.read("1002-2")["losses.rs"], "late");
    assert_eq!(class.read("1001-3")["losses.rs"], "tenth");
    let line = about(&report, "1002/2026-11-02T10-00-00Z");
    assert_eq!((line.level, codes(line)), (Level::Ok, vec![]));
}

#[test]
fn question_major_and_student_major_trees_give_the_same_uploads() {
    let by_question = Class::new(
        Source::Dir,
        &[
            ("q1/1001/losses.rs", LOSSES),
            ("q2/1001/mlp.rs", MLP),
            ("q1/1002/losses.rs", LOSSES),
            ("q2/1002.zip", &zip_of(&[("mlp.rs", "x")])),
        ],
    );
    let by_student = Class::new(
        Source::Dir,
        &[
            ("1001/q1/losses.rs", LOSSES),
            ("1001/q2/mlp.rs", MLP),
            ("1002/q1/losses.rs", LOSSES),
            ("1002/q2/hw.zip", &zip_of(&[("mlp.rs", "x")])),
        ],
    );
    let uploads = [&by_question, &by_student].map(|class| {
        class.import();
        assert_eq!(class.attempts(), ["1001-1", "1002-1"]);
        assert_eq!(class.read("1001-1").len(), 2);
        assert_eq!(class.read("1002-1")["mlp.rs"], "x");
        let kept = class.kept();
        ["1001", "1002"].map(|student| kept[&format!("{student}/1/upload.zip")].clone())
    });
    assert_eq!(uploads[0], uploads[1]);
}

#[test]
fn two_questions_with_one_path_are_an_error_of_that_student_only() {
    let class = Class::new(
        Source::Dir,
        &[
            ("q1/1001/losses.rs", LOSSES),
            ("q2/1001/losses.rs", MLP),
            ("q1/1002/losses.rs", LOSSES),
            ("q2/1002/Losses.rs", MLP),
            ("q1/1003/losses.rs", LOSSES),
            ("q2/1003/losses.rs", LOSSES),
        ],
    );
    let report = class.import();
    assert_noted(&report, "q1/1001", Level::Error, Code::Collision);
    assert_noted(&report, "q2/1002", Level::Error, Code::Collision);
    assert_eq!(class.attempts(), ["1003-1"]);
}

#[test]
fn item_66_two_levels_of_students_and_two_numbers_in_a_name_are_errors_that_name_both() {
    let class = Class::new(
        Source::Dir,
        &[
            ("1001/1002/losses.rs", LOSSES),
            ("1002-1003.zip", &hand_in("a")),
            ("1003/hw_1001_1002.zip", &hand_in("b")),
        ],
    );
    let report = class.import();
    for (path, one, other) in [("1001", "1001", "1002"), ("1002-1003.zip", "1002", "1003")] {
        assert_noted(&report, path, Level::Error, Code::TwoNumbers);
        let text = &about(&report, path).notes[0].text;
        assert!(text.contains(one) && text.contains(other), "{text}");
    }
    // What a student calls a file in the student's own folder is no matter.
    assert_eq!(class.attempts(), ["1003-1"]);
}

#[test]
fn item_66_strangers_wrong_assignments_and_wrong_numbers_are_noted() {
    let of = |assignment, student| {
        let manifest = class::manifest(assignment, student);
        zip_of(&[("hand-in.json", &manifest), ("src/parts/mlp.rs", "x")])
    };
    let twice = zip_of(&[
        ("a/hand-in.json", &class::manifest("a1", "1003")),
        ("b/hand-in.json", &class::manifest("a1", "1001")),
        ("a/src/parts/mlp.rs", "x"),
    ]);
    let class = Class::new(
        Source::Dir,
        &[
            ("9999.zip", &of("a1", "9999")),
            ("1001.zip", &of("a2", "1001")),
            ("1002.zip", &of("a1", "1003")),
            ("1003.zip", &twice),
        ],
    );
    let report = class.import();
    assert_noted(&report, "9999.zip", Level::Error, Code::Stranger);
    assert_noted(&report, "1001.zip", Level::Error, Code::WrongAssignment);
    assert_noted(&report, "1002.zip", Level::Warn, Code::OtherNumber);
    assert_noted(&report, "1003.zip", Level::Error, Code::TwoNumbers);
    assert_eq!(class.attempts(), ["1002-1"]);
    let without: Vec<_> = report.lines.iter().filter(|l| l.paths.is_empty()).collect();
    assert_eq!(without.len(), 2, "1001 and 1003 have nothing");
    assert!(
        without
            .iter()
            .all(|line| codes(line) == [Code::Nothing] && line.level == Level::Warn)
    );
}

#[test]
fn item_66_a_group_is_declared_in_the_hand_in_and_the_upload_counts_for_each() {
    let zip = zip_of(&[
        ("src/parts/mlp.rs", "x"),
        (
            "collaborators.txt",
            "\u{FEFF}۱۰۰۳  a friend\r\n# comment\r\n1001\r\n7777\r\n",
        ),
    ]);
    let class = Class::new(
        Source::Dir,
        &[("1001.zip", &zip), ("1003.zip", &hand_in("own"))],
    );
    let report = class.import();
    assert_eq!(class.attempts(), ["1001-1", "1003-1", "1003-2"]);
    let line = about(&report, "1001.zip");
    assert_eq!(line.imported.len(), 2);
    assert!(codes(line).contains(&Code::UnknownMember));
    let found = intake::hand_ins(&class.to()).unwrap();
    let with = |index: usize| found[index].attempt.clone().unwrap().collaborators;
    assert_eq!(
        (with(0), with(1)),
        (vec!["1003".to_owned()], vec!["1001".to_owned()])
    );
}

#[test]
fn item_66_times_that_are_missing_equal_or_in_the_future_are_noted() {
    let class = Class::new(
        Source::Dir,
        &[
            ("1001_2026-11-02T10-00-00Z_b.zip", &hand_in("b")),
            ("1001_2026-11-02T13-30-00+03-30_a.zip", &hand_in("a")),
            ("1001_2026-11-02T10-00-00Z_c.zip", &hand_in("c")),
            ("1002_2027-01-01T00-00-00Z.zip", &hand_in("x")),
            ("1003_2026-11-02T10-00.zip", &hand_in("y")),
        ],
    );
    let report = class.import();
    let same = "1001_2026-11-02T10-00-00Z_c.zip";
    assert_noted(&report, same, Level::Warn, Code::SameSecond);
    // The tie is broken by the name, in which 10 o'clock UTC comes before half past one in Tehran.
    for (attempt, text) in [("1001-1", "b"), ("1001-2", "c"), ("1001-3", "a")] {
        assert_eq!(class.read(attempt)["losses.rs"], text);
    }
    assert_noted(
        &report,
        "1002_2027-01-01T00-00-00Z.zip",
        Level::Warn,
        Code::FutureTime,
    );
    let found = intake::hand_ins(&class.to()).unwrap();
    let last = found.last().unwrap().attempt.clone().unwrap();
    assert_eq!(
        last.submitted_at.as_deref(),
        Some("2026-11-02T06:30:00Z"),
        "of Tehran"
    );
}

#[test]
fn importing_twice_changes_nothing_and_a_newer_download_keeps_the_numbers() {
    let class = Class::new(
        Source::Dir,
        &[
            ("1001/2026-11-02T10-00-00Z/hw.zip", &hand_in("a")),
            ("1002.zip", &hand_in("b")),
            ("stranger.zip", b"?"),
            ("Thumbs.db", b"x"),
        ],
    );
    let first = class.import();
    let kept = class.kept();
    let second = class.import();
    assert_eq!(class.kept(), kept);
    assert_eq!((first.fresh(), second.fresh(), second.known()), (2, 0, 2));
    let strip = |mut report: intake::import::Report| {
        report.lines.iter_mut().for_each(|line| line.fresh = false);
        report
    };
    assert_eq!(strip(first), strip(second));

    class.put(&[
        ("1001/2026-11-01T10-00-00Z/hw.zip", &hand_in("older")),
        ("1001/2026-11-04T10-00-00Z/hw.zip", &hand_in("newer")),
        ("1001/2026-11-05T10-00-00Z/hw.zip", &hand_in("newer")),
        ("1001/2026-11-06T10-00-00Z/hw.zip", &hand_in("a")),
        ("1003.zip", &hand_in("c")),
    ]);
    let third = class.import();
    assert_eq!(third.fresh(), 4);
    let texts: Vec<_> = (1..=4)
        .map(|n| class.read(&format!("1001-{n}"))["losses.rs"].clone())
        .collect();
    // The last is a return to the first: which one counts depends on its place.
    assert_eq!(texts, ["a", "older", "newer", "a"]);
    assert_noted(
        &third,
        "1001/2026-11-01T10-00-00Z",
        Level::Warn,
        Code::OutOfOrder,
    );
    assert_noted(
        &third,
        "1001/2026-11-05T10-00-00Z",
        Level::Skipped,
        Code::SameBytes,
    );
    for (path, bytes) in &kept {
        if path != "import.jsonl" {
            assert_eq!(&class.kept()[path], bytes, "{path}");
        }
    }
    let log = |kept: &std::collections::BTreeMap<String, Vec<u8>>| {
        String::from_utf8(kept["import.jsonl"].clone()).unwrap()
    };
    assert!(
        log(&class.kept()).starts_with(&log(&kept)),
        "the log only grows"
    );
    assert_eq!(class.import().fresh(), 0);
}

#[test]
fn after_an_interruption_the_same_import_goes_on() {
    let files: Vec<(String, Vec<u8>)> = ["1001", "1002", "1003"]
        .iter()
        .map(|student| (format!("{student}.zip"), hand_in(student)))
        .collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(p, b)| (p.as_str(), &b[..])).collect();
    let class = Class::new(Source::Dir, &files);
    class.import();
    let whole = class.kept();
    // As a crash leaves it: the log ends in a piece or is empty, an attempt is missing, another is half written.
    let log = class.to().join("import.jsonl");
    for cut in [0, 10, whole["import.jsonl"].len() - 5] {
        fs::write(&log, &whole["import.jsonl"][..cut]).unwrap();
        fs::remove_dir_all(class.to().join("1002")).unwrap();
        fs::create_dir_all(class.to().join("1002")).unwrap();
        fs::create_dir_all(class.to().join(".import-x")).unwrap();
        fs::write(class.to().join(".import-x/upload.zip"), "half").unwrap();
        class.import();
        assert_eq!(class.kept(), whole);
    }
}

#[test]
fn two_imports_at_once_into_one_folder_are_refused() {
    let class = Class::new(Source::Dir, &[("1001.zip", &hand_in("a"))]);
    class.import();
    let other = fs::File::open(class.to().join("import.jsonl")).unwrap();
    other.lock().unwrap();
    let error = class.try_import().unwrap_err();
    assert!(matches!(error, ImportError::Locked { .. }), "{error}");
    other.unlock().unwrap();
    assert_eq!(class.import().known(), 1);
}

#[test]
fn a_folder_that_no_import_made_is_left_alone() {
    let class = Class::new(Source::Dir, &[("1001.zip", &hand_in("a"))]);
    fs::create_dir_all(class.to()).unwrap();
    fs::write(class.to().join("precious.txt"), "x").unwrap();
    let error = class.try_import().unwrap_err().to_string();
    assert!(error.contains("--to"), "{error}");
    assert_eq!(class.kept().len(), 1);
}

/// The order in which a file system or an archive lists files must not matter.
#[test]
fn the_order_of_files_is_irrelevant() {
    let (a, b, c) = (hand_in("a"), hand_in("b"), hand_in("c"));
    let mut files: Vec<(&str, &[u8])> = vec![
        ("q1/1001/losses.rs", LOSSES),
        ("q2/1001/mlp.rs", MLP),
        ("q1/1002/hw.zip", &a),
        ("q1/1003.zip", &b),
        ("q1/.DS_Store", b"x"),
        ("q2/9999/mlp.rs", MLP),
        ("q2/1003/hw.zip", &c),
    ];
    let mut seen = None;
    let mut rng = common::rng::Rng::new(66);
    for _ in 0..12 {
        for i in (1..files.len()).rev() {
            files.swap(i, rng.below(i + 1));
        }
        let class = Class::archived(Source::Dir, &bench::zip_of_bytes(&files));
        class.import();
        let kept = class.kept();
        assert_eq!(seen.get_or_insert_with(|| kept.clone()), &kept);
    }
}
