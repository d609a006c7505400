//! Nothing is ever lost, changed or recorded twice.

use super::*;
use crate::policy::ExtensionOf;
use crate::summary::{HandIn, Status};

fn now() -> Timestamp {
    "2026-11-02T10:00:00Z".parse().unwrap()
}

fn summary(points: f64) -> Summary {
    Summary {
        schema: 1,
        assignment: "a1".into(),
        grading_key: "key".into(),
        complete: true,
        hand_ins: vec![HandIn {
            hand_in: "1001-1".into(),
            student: "1001".into(),
            attempt: Some(1),
            submitted_at: Some("2026-10-19T12:00:00.25Z".parse().unwrap()),
            submission_sha256: "ab".into(),
            status: Status::Graded,
            points: Some(points),
            max: 240.0,
            theory: None,
            theory_max: 40.0,
            parts: vec![("A1.1".into(), 0.1 + 0.2)],
            notes: vec!["a \"note\"\n".into()],
        }],
    }
}

fn decision(decision: Decision) -> Override {
    Override {
        student: "1001".into(),
        item: "a1.practical".into(),
        decision,
        why: "grader was wrong".into(),
    }
}

/// A store in a folder that is deleted with it.
fn store() -> (tempfile::TempDir, PathBuf, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/gradebook.db");
    let store = Store::open(&path).unwrap();
    (folder, path, store)
}

#[test]
fn what_is_recorded_is_read_back_to_the_last_bit() {
    let (_folder, path, mut store) = store();
    let results = summary(200.0 / 3.0);
    store.add_run(&results, now(), "ada").unwrap();
    let mark = Mark {
        student: "1001".into(),
        item: "midterm".into(),
        points: 17.3,
        max: 20.0,
        submitted_at: None,
        why: "sheet of 3 December".into(),
    };
    store
        .add_marks(std::slice::from_ref(&mark), now(), "ada")
        .unwrap();
    let score = decision(Decision::Score {
        points: 1.1,
        max: 2.2,
    });
    store.add_override(&score, now(), "ada").unwrap();
    store
        .add_override(&decision(Decision::Excused), now(), "bob")
        .unwrap();
    let extension = Extension {
        student: "1001".into(),
        assignment: "a1".into(),
        part: ExtensionOf::Theory,
        to: MoreTime::Days(2),
        why: "ill".into(),
    };
    store.add_extension(&extension, now(), "ada").unwrap();
    drop(store);
    let events = Store::open(&path).unwrap().events(now()).unwrap();
    assert_eq!(events.runs[0].what, results);
    assert_eq!(events.marks[0].what, mark);
    let decisions: Vec<_> = events
        .overrides
        .iter()
        .map(|o| (o.seq, o.who.as_str(), o.what.decision))
        .collect();
    assert_eq!(
        decisions,
        [(1, "ada", score.decision), (2, "bob", Decision::Excused)]
    );
    assert_eq!(events.extensions[0].what, extension);
    assert_eq!(
        (events.extensions[0].at, events.extensions[0].who.as_str()),
        (now(), "ada")
    );
}

#[test]
fn the_same_results_are_recorded_once_but_going_back_is_news() {
    let (_folder, _, mut store) = store();
    let mut add = |points| store.add_run(&summary(points), now(), "ada").unwrap();
    assert_eq!(add(200.0), Added::New(1));
    assert_eq!(add(200.0), Added::Known(1));
    assert_eq!(add(210.0), Added::New(2));
    assert_eq!(add(200.0), Added::New(3));
    assert_eq!(add(200.0), Added::Known(3));
}

#[test]
fn nothing_can_be_changed_or_removed() {
    let (_folder, path, mut store) = store();
    store.add_run(&summary(200.0), now(), "ada").unwrap();
    store
        .add_override(&decision(Decision::Excused), now(), "ada")
        .unwrap();
    let before = store.events(now()).unwrap();
    // a connection without any of the store's settings
    let plain = Connection::open(&path).unwrap();
    for attack in [
        "UPDATE overrides SET why = 'x'",
        "DELETE FROM overrides",
        "INSERT OR REPLACE INTO overrides SELECT * FROM overrides",
        "UPDATE attempts SET points = 240",
        "DELETE FROM attempts",
        "REPLACE INTO attempts SELECT * FROM attempts",
        "UPDATE runs SET grading_key = 'x'",
        "DELETE FROM runs",
    ] {
        let error = plain.execute_batch(attack).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{attack}: {error}");
    }
    assert_eq!(store.events(now()).unwrap(), before);
}

#[test]
fn impossible_or_nameless_events_are_refused_whole() {
    let (_folder, _, mut store) = store();
    let over = decision(Decision::Score {
        points: 3.0,
        max: 2.0,
    });
    assert!(store.add_override(&over, now(), "ada").is_err());
    let error = store
        .add_override(&decision(Decision::Excused), now(), " ")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "who is empty; what is recorded says who decided and why"
    );
    let nameless = Override {
        why: String::new(),
        ..decision(Decision::Excused)
    };
    assert!(matches!(
        store.add_override(&nameless, now(), "ada"),
        Err(StoreError::Empty("why"))
    ));
    let mark = |points| Mark {
        student: "1".into(),
        item: "final".into(),
        points,
        max: 20.0,
        submitted_at: None,
        why: "x".into(),
    };
    assert!(
        store
            .add_marks(&[mark(20.0), mark(21.0)], now(), "ada")
            .is_err()
    );
    assert!(store.add_marks(&[mark(f64::NAN)], now(), "ada").is_err());
    let events = store.events(now()).unwrap();
    assert!(events.marks.is_empty() && events.overrides.is_empty());
}

#[test]
fn an_older_store_is_brought_up_to_date_with_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let mut old = connect(&path).unwrap();
    schema::migrate(&mut old, 1).unwrap();
    insert_run(&mut old, &summary(200.0), now(), "ada").unwrap();
    assert!(old.execute_batch("SELECT * FROM extensions").is_err());
    drop(old);
    let store = Store::open(&path).unwrap();
    let events = store.events(now()).unwrap();
    assert_eq!((events.runs.len(), events.extensions.len()), (1, 0));
    let version: u32 = store
        .connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version as usize, schema::VERSION);
}

#[test]
fn a_newer_store_is_refused_and_left_alone() {
    let (_folder, path, store) = store();
    store
        .connection
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    drop(store);
    let error = Store::open(&path).unwrap_err().to_string();
    assert!(
        error.contains("newer version of the toolkit (version 99"),
        "{error}"
    );
}

#[test]
fn another_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.db");
    std::fs::write(
        &text,
        "not a database at all, but long enough to look at ".repeat(40),
    )
    .unwrap();
    assert!(matches!(
        Store::open(&text),
        Err(StoreError::Foreign { .. })
    ));
    let other = folder.path().join("other.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    assert!(matches!(
        Store::open(&other),
        Err(StoreError::Foreign { .. })
    ));
}

#[test]
fn a_damaged_store_is_said_with_what_to_do() {
    let (_folder, path, store) = store();
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..5000]).unwrap();
    let error = Store::open(&path).unwrap_err().to_string();
    assert!(
        error.contains("is damaged") && error.contains("bring back a copy"),
        "{error}"
    );
}

#[test]
fn an_emptied_store_is_no_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gradebook.db");
    let file = std::fs::File::create(&path).unwrap();
    // Another command may have made it this moment.
    assert!(Store::open(&path).is_ok());
    file.set_len(0).unwrap();
    let before = std::time::SystemTime::now() - 2 * PATIENCE;
    file.set_modified(before).unwrap();
    assert!(matches!(
        Store::open(&path),
        Err(StoreError::Damaged { .. })
    ));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn the_store_is_a_log_that_is_written_ahead_with_foreign_keys() {
    let (_folder, path, store) = store();
    let text = |sql| {
        store
            .connection
            .query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
            .unwrap()
    };
    assert_eq!(text("PRAGMA journal_mode"), "wal".to_string().into());
    assert_eq!(text("PRAGMA foreign_keys"), 1.into());
    assert_eq!(text("PRAGMA busy_timeout"), 5000.into());
    // two programs at once
    let mut second = Store::open(&path).unwrap();
    second.add_run(&summary(1.0), now(), "bob").unwrap();
    assert_eq!(store.events(now()).unwrap().runs.len(), 1);
    assert!(matches!(
        store.run(7),
        Err(StoreError::NoRun { seq: 7, .. })
    ));
}
