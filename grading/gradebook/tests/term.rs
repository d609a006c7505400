//! A small course from its folder to the exports, as the command line drives it.

use std::fs;
use std::path::Path;

use gradebook::class::{Class, ClassError, read_summary};
use gradebook::diff::{Why, diff};
use gradebook::events::Override;
use gradebook::grade::Grade;
use gradebook::marks::{self, Sheet};
use gradebook::policy::{Extension, ExtensionOf, MoreTime};
use gradebook::store::Added;
use gradebook::{explain, export};
use jiff::Timestamp;

const COURSE: &str = r#"
[course]
name = "Deep Learning"
[[assignments]]
id = "a1"
due = "2026-10-20 23:59:59"
"#;

const ROSTER: &str = "student,name\n۱۰۰۱,Ada\n1002,Eve\n";

fn summary(points: u32, key: &str) -> String {
    format!(
        r#"{{"schema":1,"assignment":"a1","grading_key":"{key}","complete":true,"hand_ins":[
        {{"hand_in":"1001-1","student":"1001","attempt":1,"submitted_at":"2026-10-22T12:00:00Z","submission_sha256":"ab",
         "status":"graded","points":{points},"max":240,"theory":40,"theory_max":40,"parts":[["A1.1",20]],"notes":[]}},
        {{"hand_in":"x","student":"7777","attempt":null,"submitted_at":null,"submission_sha256":"",
         "status":"graded","points":1,"max":240,"theory":0,"theory_max":40,"parts":[],"notes":[]}}]}}"#
    )
}

fn now() -> Timestamp {
    "2027-02-20T10:00:00Z".parse().unwrap()
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn course() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "course.toml", COURSE);
    write(folder.path(), "roster.csv", ROSTER);
    folder
}

fn total(class: &Class, student: &str) -> Grade {
    let book = class.book(&class.store().unwrap(), now()).unwrap();
    book.student(student).unwrap().total.grade
}

#[test]
fn a_term() {
    let folder = course();
    let class = Class::open(folder.path()).unwrap();
    let mut store = class.store().unwrap();
    assert_eq!(class.record(&mut store, now(), "ada").unwrap(), []);
    assert!(total(&class, "1001").is_pending());

    // grading, twice: the second time says nothing new
    write(folder.path(), "results/a1/summary.json", &summary(120, "k"));
    write(
        folder.path(),
        "results/a1/1001-1/report.txt",
        "not a summary",
    );
    for added in [Added::New(1), Added::Known(1)] {
        assert_eq!(
            class.record(&mut store, now(), "ada").unwrap(),
            [("a1".to_string(), added)]
        );
    }

    // examinations
    for (item, scores) in [
        ("midterm", "student,score\n1001,15\n1002,10\n"),
        ("final", "student,score\n1001,۱۸\n1002,\n"),
    ] {
        let sheet = Sheet {
            path: "sheet.csv",
            item,
            max: 20.0,
            why: "sheet",
        };
        let found = marks::read(scores, &sheet, &class.policy).unwrap();
        store.add_marks(&found.marks, now(), "ada").unwrap();
    }
    // two days late, all slack: homework 0.8 x 0.5 + 0.2 = 0.6; total 0.55 x 0.6 + 0.2 x 0.75 + 0.25 x 0.9
    assert!((total(&class, "1001").share().unwrap() - 0.705).abs() < 1e-12);
    assert!(total(&class, "1002").is_pending());

    // better checks, a decision and an extension
    write(folder.path(), "results/a1/summary.json", &summary(180, "l"));
    assert_eq!(
        class.record(&mut store, now(), "ada").unwrap()[0].1,
        Added::New(2)
    );
    let decision = Override {
        student: "1002".into(),
        item: "a1".into(),
        decision: "excused".parse().unwrap(),
        why: "joined late".into(),
    };
    store.add_override(&decision, now(), "ada").unwrap();
    let extension = Extension {
        student: "1001".into(),
        assignment: "a1".into(),
        part: ExtensionOf::Both,
        to: MoreTime::Days(2),
        why: "ill".into(),
    };
    store.add_extension(&extension, now(), "ada").unwrap();
    assert!((total(&class, "1001").share().unwrap() - (0.55 * 0.8 + 0.15 + 0.225)).abs() < 1e-12);

    let [before, after] = [1, 2].map(|seq| store.run(seq).unwrap().what);
    let changes = diff(&before, &after);
    assert_eq!((changes.len(), changes[0].why), (1, Why::Checks));
    assert_eq!(
        read_summary(&folder.path().join("results/a1/summary.json")).unwrap(),
        after
    );

    let book = class.book(&store, now()).unwrap();
    assert_eq!(book.warnings.len(), 2, "{:?}", book.warnings);
    assert!(book.warnings[0].contains("\"7777\" is not in the roster"));
    let page = explain::explain(&class.policy, book.student("۱۰۰۱").unwrap());
    assert!(
        page.contains("due 2026-10-22 23:59:59 +03:30, extended by ada"),
        "{page}"
    );
    let text = export::quera(&book, "total").unwrap();
    assert_eq!(text, "Students,Score\r\n1001,81.50\r\n1002,\r\n");
}

#[test]
fn a_folder_that_is_not_a_course_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let error = |folder: &Path| Class::open(folder).unwrap_err().to_string();
    assert!(error(folder.path()).contains("course.toml"));
    write(folder.path(), "course.toml", COURSE);
    let sentence = error(folder.path());
    assert!(
        sentence.contains("roster.csv") && sentence.contains("it lists the students"),
        "{sentence}"
    );
    write(folder.path(), "roster.csv", "student\n1\n1\n");
    assert!(error(folder.path()).contains("line 3: student 1 is in line 2 already"));
}

#[test]
fn results_that_are_damaged_or_in_the_wrong_folder_stop_everything() {
    let folder = course();
    let class = Class::open(folder.path()).unwrap();
    write(folder.path(), "results/a2/summary.json", &summary(1, "k"));
    assert!(matches!(
        class.summaries(),
        Err(ClassError::Elsewhere { .. })
    ));
    write(folder.path(), "results/a2/summary.json", "{\"schema\":1,");
    let error = class.summaries().unwrap_err().to_string();
    assert!(
        error.contains("a2/summary.json") && error.contains("grade again"),
        "{error}"
    );
}
