//! A small course for tests: two assignments, four students.

use jiff::Timestamp;

use crate::events::{Decision, Events, Mark, Override, Recorded};
use crate::policy::Policy;
use crate::roster::Roster;
use crate::summary::{HandIn, Status, Summary};

pub(crate) const COURSE: &str = r#"
[course]
name = "Deep Learning"
time_zone = "UTC"
[[assignments]]
id = "a1"
due = "2026-10-20 12:00"
[[assignments]]
id = "a2"
due = "2026-11-20 12:00"
"#;

pub(crate) fn policy(more: &str) -> Policy {
    Policy::from_toml(&format!("{COURSE}{more}"), "course.toml").unwrap()
}

pub(crate) fn roster() -> Roster {
    let text = "student,name,email,section,canvas_id,canvas_login,moodle_id\n\
        1001,\"Lovelace, Ada\",ada@example.org,1,501,ada,71\n\
        1002,=Eve,eve@example.org,1,502,eve,72\n\
        1003,سارا رضایی,sara@example.org,2,,,\n\
        1004,Bob,bob@example.org,2,,,\n";
    Roster::from_csv(text, "roster.csv").unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Attempt `n` of a student at `time`, all of the theory sheet right.
pub(crate) fn hand_in(student: &str, n: u32, time: &str, points: f64) -> HandIn {
    HandIn {
        hand_in: format!("{student}-{n}"),
        student: student.into(),
        attempt: Some(n),
        submitted_at: Some(at(time)),
        submission_sha256: format!("{student}{n}"),
        status: Status::Graded,
        points: Some(points),
        max: 200.0,
        theory: Some(40.0),
        theory_max: 40.0,
        parts: Vec::new(),
        notes: Vec::new(),
    }
}

pub(crate) fn failed(hand_in: HandIn) -> HandIn {
    HandIn {
        status: Status::GraderError,
        points: None,
        theory: None,
        ..hand_in
    }
}

pub(crate) fn rejected(hand_in: HandIn) -> HandIn {
    HandIn {
        status: Status::Rejected,
        points: Some(0.0),
        theory: Some(0.0),
        notes: vec!["The zip file is damaged.".into()],
        ..hand_in
    }
}

pub(crate) fn recorded<T>(seq: i64, what: T) -> Recorded<T> {
    Recorded {
        seq,
        at: at("2027-01-01T08:00:00Z"),
        who: "ada".into(),
        what,
    }
}

pub(crate) fn run(seq: i64, assignment: &str, hand_ins: Vec<HandIn>) -> Recorded<Summary> {
    let summary = Summary {
        schema: 1,
        assignment: assignment.into(),
        grading_key: "key".into(),
        complete: true,
        hand_ins,
    };
    recorded(seq, summary)
}

pub(crate) fn mark(seq: i64, student: &str, item: &str, points: f64) -> Recorded<Mark> {
    let mark = Mark {
        student: student.into(),
        item: item.into(),
        points,
        max: 20.0,
        submitted_at: None,
        why: "sheet of December".into(),
    };
    recorded(seq, mark)
}

pub(crate) fn decided(seq: i64, student: &str, item: &str, decision: &str) -> Recorded<Override> {
    let decision: Decision = decision.parse().unwrap();
    let what = Override {
        student: student.into(),
        item: item.into(),
        decision,
        why: "agreed in office hours".into(),
    };
    recorded(seq, what)
}

/// Ada is two days late in a1 and in time in a2; Eve is five days late in a1 and was rejected in a2; the grader failed
/// on Sara's a1; Bob handed in nothing. The midterm is marked but for Bob, the final for Ada and Eve.
pub(crate) fn events() -> Events {
    Events {
        runs: vec![
            run(
                1,
                "a1",
                vec![
                    hand_in("1001", 1, "2026-10-22T12:00:00Z", 150.0),
                    hand_in("1002", 1, "2026-10-25T12:00:00Z", 200.0),
                    failed(hand_in("1003", 1, "2026-10-20T12:00:00Z", 0.0)),
                ],
            ),
            run(
                2,
                "a2",
                vec![
                    hand_in("1001", 1, "2026-11-20T11:59:59Z", 200.0),
                    rejected(hand_in("1002", 1, "2026-11-20T10:00:00Z", 0.0)),
                    hand_in("1003", 1, "2026-11-20T10:00:00Z", 100.0),
                ],
            ),
        ],
        marks: vec![
            mark(1, "1001", "midterm", 15.0),
            mark(2, "1002", "midterm", 20.0),
            mark(3, "1003", "midterm", 10.0),
            mark(4, "1001", "final", 18.0),
            mark(5, "1002", "final", 5.0),
        ],
        overrides: Vec::new(),
        extensions: Vec::new(),
        as_of: at("2027-01-02T00:00:00Z"),
    }
}
