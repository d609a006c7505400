//! Folders that are read and written: damaged results, feedback, what is removed and what stays.

mod disk;
mod sample;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use disk::{files, graded};
use report::pages::{ClassResults, Extras, write_pages};
use report::write_feedback;
use sample::{HandIn, Outcome, class, write_class};

#[test]
fn feedback_is_of_the_newest_attempt_or_of_the_one_that_was_chosen() {
    let (_results, class) = graded(&class());
    let second = class
        .hand_ins
        .iter()
        .find(|h| h.summary.attempt == Some(2))
        .unwrap();
    let student = second.summary.student.clone();
    let given = |extras: &Extras| {
        let out = tempfile::tempdir().unwrap();
        let feedback = write_feedback(&class, extras, out.path()).unwrap();
        assert_eq!((feedback.zips, feedback.unclear.len()), (58, 0));
        files(out.path())
    };
    let file = format!("folders/{student}/results.json");
    let newest = given(&Extras::default());
    assert_eq!(newest[&file], second.results_json);
    assert_eq!(newest, given(&Extras::default()), "the same bytes again");
    let first = format!("{student}-1");
    let chosen = Extras {
        counting: BTreeMap::from([(student.clone(), first.clone())]),
        ..Extras::default()
    };
    let first = class
        .hand_ins
        .iter()
        .find(|h| h.summary.hand_in == first)
        .unwrap();
    assert_eq!(given(&chosen)[&file], first.results_json);
}

#[test]
fn two_who_give_the_same_number_each_get_their_own() {
    let claims = |name: &str, student: &str| HandIn {
        student: student.into(),
        ..HandIn::named(name, Outcome::Chance(70))
    };
    // The third is called as one of the unclear ones is.
    let class = [
        claims("ada", "7"),
        claims("bob", "7"),
        claims("carl", "ada"),
    ];
    let (_results, class) = graded(&class);
    let out = tempfile::tempdir().unwrap();
    let feedback = write_feedback(&class, &Extras::default(), out.path()).unwrap();
    assert_eq!(feedback.unclear, ["ada", "bob"]);
    let files = files(out.path());
    for (name, index) in [("ada-again", 0), ("bob", 1), ("ada", 2)] {
        let file = format!("folders/{name}/results.json");
        assert_eq!(files[&file], class.hand_ins[index].results_json, "{name}");
    }
}

#[test]
fn what_is_gone_is_removed_and_what_is_not_ours_stays() {
    let out = tempfile::tempdir().unwrap();
    let (pages, feedback) = (out.path().join("pages"), out.path().join("feedback"));
    let two = [
        HandIn::named("1", Outcome::Chance(90)),
        HandIn::named("2", Outcome::Chance(90)),
    ];
    let (_results, both) = graded(&two);
    write_pages(&both, &Extras::default(), &pages).unwrap();
    write_feedback(&both, &Extras::default(), &feedback).unwrap();
    let theirs = [
        pages.join("staff/notes.html"),
        feedback.join("zips/notes.zip"),
        feedback.join("folders/2/marked-by-hand.pdf"),
    ];
    for path in &theirs {
        fs::write(path, "<p>not ours").unwrap();
    }
    let (_results, one) = graded(&two[..1]);
    let again = write_pages(&one, &Extras::default(), &pages).unwrap();
    assert_eq!((again.pages, again.removed), (3, 2));
    assert_eq!(
        write_feedback(&one, &Extras::default(), &feedback)
            .unwrap()
            .removed,
        2
    );
    assert!(!pages.join("staff/2.html").exists() && pages.join("staff/1.html").exists());
    assert!(!feedback.join("zips/2.zip").exists());
    assert!(!feedback.join("folders/2/report.txt").exists());
    for path in &theirs {
        assert!(path.exists(), "{}", path.display());
    }
    // Pages of another assignment in the same folder are not ours to remove.
    let other = ClassResults {
        assignment: "a2".into(),
        ..one
    };
    assert_eq!(
        write_pages(&other, &Extras::default(), &pages)
            .unwrap()
            .removed,
        0
    );
}

/// What is done to the text of a file.
type Harm = fn(&str) -> String;

#[test]
fn a_damaged_or_half_written_folder_is_named_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let error = |folder: &Path| ClassResults::read(folder).unwrap_err().to_string();
    assert!(error(folder.path()).contains("summary.json"));
    let class = [HandIn::named("1", Outcome::Chance(90))];
    let damage: [(&str, Harm, &str); 7] = [
        (
            "1/results.json",
            |text| text[..text.len() / 2].into(),
            "EOF",
        ),
        (
            "1/results.json",
            |_| "[]".into(),
            "not as the grader writes it",
        ),
        (
            "1/staff.json",
            |text| text.replace("\"points\": 2", "\"points\": -2"),
            "-2",
        ),
        (
            "1/staff.json",
            |text| text.replace("\"student\": \"1\"", "\"student\": \"9\""),
            "another grading",
        ),
        ("1/timing.json", |_| String::new(), "EOF"),
        (
            "summary.json",
            |text| text.replace("\"1\"", "\"../1\""),
            "no name of a folder",
        ),
        (
            "summary.json",
            |text| text.replace("\"schema\": 1", "\"schema\": 2"),
            "format is 2",
        ),
    ];
    for (file, harm, words) in damage {
        write_class(folder.path(), &class);
        assert!(ClassResults::read(folder.path()).is_ok());
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, harm(&text)).unwrap();
        let sentence = error(folder.path());
        assert!(
            sentence.contains(file) && sentence.contains(words),
            "{file}: {sentence}"
        );
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
    for file in ["results.json", "staff.json", "timing.json", "report.txt"] {
        write_class(folder.path(), &class);
        fs::remove_file(folder.path().join("1").join(file)).unwrap();
        let sentence = error(folder.path());
        assert!(sentence.contains(file), "{sentence}");
    }
}

#[test]
fn a_page_that_cannot_be_written_is_named() {
    let (_results, class) = graded(&[HandIn::named("1", Outcome::Chance(90))]);
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("staff"), "a file where a folder should be").unwrap();
    let error = write_pages(&class, &Extras::default(), out.path()).unwrap_err();
    assert!(error.to_string().contains("staff/1.html"), "{error}");
}

#[test]
fn numbers_as_large_as_can_be_are_no_trouble() {
    let folder = tempfile::tempdir().unwrap();
    write_class(folder.path(), &[HandIn::named("1", Outcome::Chance(90))]);
    for file in ["1/results.json", "1/staff.json", "1/timing.json"] {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        let huge = text
            .replace("\"max\": 20", "\"max\": 4294967295")
            .replace("\"points\": 20", "\"points\": 4294967295")
            .replace("\"max_score\": 2", "\"max_score\": 4294967295")
            .replace("\"read\": 0.001", "\"read\": -1e308");
        assert_ne!(huge, text, "{file}");
        fs::write(&path, huge).unwrap();
    }
    let class = ClassResults::read(folder.path()).unwrap();
    write_pages(&class, &Extras::default(), &folder.path().join("html")).unwrap();
    write_feedback(&class, &Extras::default(), &folder.path().join("feedback")).unwrap();
    assert!(report::junit_xml(&class, true).ends_with("</testsuites>\n"));
}
