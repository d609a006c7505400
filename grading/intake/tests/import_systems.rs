//! Downloads of Quera, Moodle, Canvas and Gradescope.

mod bench;
mod class;

use bench::{zip_of, zip_of_bytes};
use class::{Class, about, assert_noted, codes};
use intake::import::{Code, ImportError, Level, Source};

fn hand_in(text: &str) -> Vec<u8> {
    zip_of(&[("src/parts/losses.rs", text)])
}

fn submitted(class: &Class, index: usize) -> Option<String> {
    let found = intake::hand_ins(&class.to()).unwrap();
    found[index].attempt.clone().unwrap().submitted_at
}

/// As the judge of Quera writes it, without the log of the tests.
fn result(identity: &str, time: &str) -> String {
    format!(
        "------------- user information -------------\nidentity: {identity}\nusername: somebody\n\
         ------------- result -------------\nstate: داوری شد\npenalty: 100%\njudge score: 21\n\
         ------------- judge log -------------\n\nStarting tester...\ntype = judge\n{time}\nLanguage: rust\n"
    )
}

#[test]
fn quera_by_question_is_put_together_by_the_identity_in_its_results() {
    let (early, late) = (
        "Tue Mar 23 02:00:49 +0430 2021",
        "Tue Mar 23 03:00:49 +0430 2021",
    );
    let results = [
        result("۱۰۰۱", early),
        result("1001", late),
        result("1002", early),
        result("5555", early),
        result("1003", early),
        result("1001", early),
    ];
    let of = |index: usize| results[index].as_bytes();
    let class = Class::new(
        Source::Quera,
        &[
            // The folder is called by the user's name, by the number, by the number in Persian digits.
            ("1/somebody/result.txt", of(0)),
            ("1/somebody/losses.rs", b"a"),
            ("2/1001/result.txt", of(1)),
            ("2/1001/mlp.rs", b"b"),
            ("1/۱۰۰۲/result.txt", of(2)),
            ("1/۱۰۰۲/code.zip", &hand_in("c")),
            ("2/assistant/result.txt", of(3)),
            ("2/assistant/code.zip", &hand_in("d")),
            ("1/1003/result.txt", of(4)),
            ("2/1002/result.txt", of(5)),
            ("2/1002/code.zip", &hand_in("e")),
        ],
    );
    let report = class.import();
    assert_eq!(class.attempts(), ["1001-1", "1002-1"]);
    assert_eq!(class.read("1001-1")["losses.rs"], "a");
    assert_eq!(class.read("1001-1")["mlp.rs"], "b");
    assert_eq!(class.read("1002-1")["losses.rs"], "c");
    // The later of the two: 03:00:49 four and a half hours ahead of UTC.
    assert_eq!(
        submitted(&class, 0).as_deref(),
        Some("2021-03-22T22:30:49Z")
    );
    assert_noted(&report, "2/assistant", Level::Warn, Code::Stranger);
    assert_noted(&report, "1/1003", Level::Warn, Code::NoFiles);
    assert_noted(&report, "2/1002", Level::Error, Code::TwoNumbers);
}

#[test]
fn quera_by_student_has_questions_and_no_attempts_in_a_student_s_folder() {
    let time = result("1001", "Tue Mar 23 02:00:49 +0430 2021");
    let other = result("1003", "Tue Mar 23 02:00:49 +0430 2021");
    let class = Class::new(
        Source::Quera,
        &[
            ("1001/1/losses.rs", b"a"),
            ("1001/1/result.txt", time.as_bytes()),
            ("1001/2/mlp.rs", b"b"),
            ("1002/1/code.zip", &hand_in("c")),
            ("somebody/1/losses.rs", b"d"),
            ("somebody/1/result.txt", other.as_bytes()),
            ("somebody/2/mlp.rs", b"e"),
            ("somebody/2/result.txt", other.as_bytes()),
        ],
    );
    let report = class.import();
    assert_eq!(class.attempts(), ["1001-1", "1002-1", "1003-1"]);
    assert_eq!(class.read("1003-1").len(), 2);
    assert_eq!(class.read("1001-1").len(), 2);
    assert_eq!(
        submitted(&class, 0).as_deref(),
        Some("2021-03-22T21:30:49Z")
    );
    assert_noted(&report, "1002", Level::Warn, Code::NoTime);
}

#[test]
fn moodle_is_matched_by_number_or_name_in_both_forms() {
    let mut class = Class::new(
        Source::Moodle,
        &[
            (
                "Sara Amini_501_assignsubmission_file_/hw.zip",
                &hand_in("a"),
            ),
            ("علي كاظمی_502_assignsubmission_file/losses.rs", b"b"),
            (
                "علي كاظمی_502_assignsubmission_onlinetext/onlinetext.html",
                b"<p>",
            ),
            (
                "Renamed Since_503_assignsubmission_file_hw.zip",
                &hand_in("c"),
            ),
            ("Nobody_504_assignsubmission_file_/hw.zip", &hand_in("d")),
            (
                "Participant_505_assignsubmission_file_/hw.zip",
                &hand_in("e"),
            ),
            ("grades.csv", b"x"),
        ],
    );
    for (person, (name, id)) in
        class
            .people
            .iter_mut()
            .zip([("sara amini", ""), ("علی کاظمی", ""), ("Someone", "۵۰۳")])
    {
        person.name = name.into();
        person.moodle_id = id.into();
    }
    let report = class.import();
    assert_eq!(class.attempts(), ["1001-1", "1002-1", "1003-1"]);
    assert_eq!(class.read("1002-1")["losses.rs"], "b");
    assert_eq!(class.read("1003-1")["losses.rs"], "c");
    let text = "علي كاظمی_502_assignsubmission_onlinetext";
    assert_noted(&report, text, Level::Warn, Code::OnlineText);
    let stranger = "Nobody_504_assignsubmission_file_";
    assert_noted(&report, stranger, Level::Error, Code::Stranger);
    assert_noted(
        &report,
        "Participant_505_assignsubmission_file_",
        Level::Error,
        Code::Stranger,
    );
    assert_noted(&report, "grades.csv", Level::Error, Code::Stranger);
}

#[test]
fn item_66_two_students_of_one_name_are_an_error_until_their_numbers_are_known() {
    let path = "Sara Amini_501_assignsubmission_file_/hw.zip";
    let mut class = Class::new(Source::Moodle, &[(path, &hand_in("a"))]);
    class.people[0].name = "Sara Amini".into();
    class.people[1].name = "Sara Amini".into();
    let report = class.import();
    assert_noted(&report, path, Level::Error, Code::SameName);
    let text = &about(&report, path).notes[0].text;
    assert!(text.contains("1001") && text.contains("1002"), "{text}");
    class.people[1].moodle_id = "501".into();
    class.import();
    assert_eq!(class.attempts(), ["1002-1"]);
}

#[test]
fn canvas_is_matched_by_the_user_and_loose_files_are_one_upload() {
    let class = Class::new(
        Source::Canvas,
        &[
            ("aminisara_71001_900_hw-3.zip", &hand_in("a")),
            ("kazemiali_LATE_71002_901_losses-1.rs", b"b"),
            ("kazemiali_LATE_71002_902_mlp.rs", b"c"),
            ("amini_71003_text.html", b"<p>"),
            ("nobody_79999_904_hw.zip", &hand_in("d")),
            ("anon_x1_905_hw.zip", &hand_in("e")),
        ],
    );
    let report = class.import();
    assert_eq!(class.attempts(), ["1001-1", "1002-1"]);
    assert_eq!(
        class.read("1002-1").len(),
        2,
        "the -1 of Canvas is taken off"
    );
    assert_noted(
        &report,
        "kazemiali_LATE_71002_902_mlp.rs",
        Level::Warn,
        Code::Late,
    );
    assert_noted(
        &report,
        "amini_71003_text.html",
        Level::Warn,
        Code::OnlineText,
    );
    assert_noted(
        &report,
        "nobody_79999_904_hw.zip",
        Level::Error,
        Code::Stranger,
    );
    assert_noted(&report, "anon_x1_905_hw.zip", Level::Error, Code::Stranger);
}

#[test]
fn two_archives_in_one_hand_in_are_an_error_that_names_both() {
    let class = Class::new(
        Source::Canvas,
        &[
            ("a_71001_900_hw.zip", &hand_in("a")),
            ("a_71001_901_hw-1.zip", &hand_in("b")),
            ("b_71002_902_hw.zip", &hand_in("c")),
            ("b_71002_903_notes.pdf", b"%PDF"),
        ],
    );
    let report = class.import();
    assert_noted(
        &report,
        "a_71001_900_hw.zip",
        Level::Error,
        Code::TwoArchives,
    );
    assert_noted(&report, "b_71002_903_notes.pdf", Level::Warn, Code::LeftOut);
    assert_eq!(class.attempts(), ["1002-1"]);
}

const METADATA: &str = "---
submission_11:
  :submitters:
  - :name: Student One
    :sid: '1001'
    :email: 1001@example.org
  :created_at: 2026-11-02 18:04:32.119182000 Z
  :score: 10.0
  :history:
  - :id: 5
    :created_at: 2026-11-01 18:04:32.000000000 Z
submission_12:
  :submitters:
  - :name: Student Two
    :sid:
    :email: 1002@EXAMPLE.org
  - :name: Student Three
    :sid: '1003'
    :email:
  - :name: Student Four
    :sid: '4444'
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: &1 2026-11-03 10:00:00.000000000 Z
    zone: !ruby/object:ActiveSupport::TimeZone
      name: Asia/Tehran
    time: 2026-11-03 13:30:00.000000000 Z
submission_13:
  :submitters:
  - :name: Stranger
    :sid: '9'
  :created_at: 2026-11-02 18:04:32 Z
submission_14:
  :submitters: []
submission_15:
  :submitters:
  - :name: Student One
    :sid: '1001'
";

#[test]
fn gradescope_is_matched_by_its_metadata_and_groups_count_for_each() {
    let class = Class::new(
        Source::Gradescope,
        &[
            ("export/submission_metadata.yml", METADATA.as_bytes()),
            ("export/submission_11/src/parts/losses.rs", b"a"),
            ("export/submission_12/hw.zip", &hand_in("b")),
            ("export/submission_13/hw.zip", &hand_in("c")),
            ("export/submission_14/hw.zip", &hand_in("d")),
            ("export/submission_99/hw.zip", &hand_in("e")),
        ],
    );
    let report = class.import();
    assert_eq!(class.attempts(), ["1001-1", "1002-1", "1003-1"]);
    let line = about(&report, "export/submission_11");
    assert_eq!(
        (line.level, codes(line)),
        (Level::Ok, vec![Code::EarlierUploads])
    );
    assert_eq!(
        submitted(&class, 0).as_deref(),
        Some("2026-11-02T18:04:32Z")
    );
    assert_eq!(
        submitted(&class, 1).as_deref(),
        Some("2026-11-03T10:00:00Z")
    );
    let line = about(&report, "export/submission_12");
    assert_eq!(
        (line.level, codes(line)),
        (Level::Warn, vec![Code::UnknownMember])
    );
    assert_eq!(line.imported.len(), 2);
    for (number, code) in [
        ("13", Code::Stranger),
        ("14", Code::Stranger),
        ("99", Code::Stranger),
    ] {
        let path = format!("export/submission_{number}");
        assert_noted(&report, &path, Level::Error, code);
    }
    let missing = report
        .lines
        .iter()
        .find(|line| codes(line) == [Code::NoFolder]);
    assert_eq!(missing.unwrap().level, Level::Error);
}

#[test]
fn gradescope_s_metadata_that_is_missing_or_no_yaml_ends_the_import_with_a_sentence() {
    for (files, word) in [
        (vec![("x/hw.zip", "PK")], "Export Submissions"),
        (vec![("submission_metadata.yml", "a: [")], "cannot be used"),
        (
            vec![("submission_metadata.yml", "- a")],
            "no list of submissions",
        ),
        (vec![("submission_metadata.yml", "")], "empty"),
        (
            vec![
                ("a/submission_metadata.yml", "a: b"),
                ("b/submission_metadata.yml", "a: b"),
            ],
            "twice",
        ),
    ] {
        let files: Vec<_> = files.iter().map(|(p, t)| (*p, t.as_bytes())).collect();
        let class = Class::new(Source::Gradescope, &files);
        let error = class.try_import().unwrap_err();
        assert!(matches!(error, ImportError::Metadata { .. }));
        assert!(error.to_string().contains(word), "{error}");
    }
}

/// A class as a zip gives what the same class as a folder gives.
#[test]
fn an_archive_of_the_class_is_imported_like_a_folder() {
    let files: [(&str, &[u8]); 3] = [
        (
            "Student 1001_501_assignsubmission_file_/hw.zip",
            &hand_in("a"),
        ),
        ("Student 1002_502_assignsubmission_file_/losses.rs", b"b"),
        ("__MACOSX/._x", b"x"),
    ];
    let folder = Class::new(Source::Moodle, &files);
    let archive = Class::archived(Source::Moodle, &zip_of_bytes(&files));
    folder.import();
    archive.import();
    assert_eq!(folder.kept(), archive.kept());
}
