//! Totals of random histories against `recompute.py`, which was written from the documentation and computes with
//! exact fractions.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use gradebook::book::{StudentBook, compute};
use gradebook::events::{Events, Mark, Override, Recorded};
use gradebook::grade::Grade;
use gradebook::policy::{Extension, ExtensionOf, MoreTime, Policy};
use gradebook::roster::Roster;
use gradebook::summary::{HandIn, Status, Summary};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const COURSES: u64 = 60;
const STUDENTS: usize = 5;

/// SplitMix64: the same histories on every machine.
struct Draw(u64);

impl Draw {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.bits() % n
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }

    /// True once in `n` times.
    fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// A course: as TOML for the crate, as JSON for the script.
fn course(draw: &mut Draw) -> (String, Value) {
    let weights = draw.of(&[(0.55, 0.2, 0.25), (0.6, 0.4, 0.0), (1.0, 0.0, 0.0)]);
    let mut late = json!({
        "theory_slack": draw.below(8),
        "practical_slack": draw.below(12),
        "per_assignment": draw.below(5),
        "per_assignment_scope": draw.of(&["each", "shared"]),
        "penalty_per_day": draw.of(&[0.1, 0.1, 0.05, 0.25, 1.0, 0.0]),
        "penalty_base": draw.of(&["raw", "max"]),
        "penalty_kind": draw.of(&["additive", "compounding"]),
        "after_slack": draw.of(&["penalty", "penalty", "closed"]),
        "slack_for_zero": draw.of(&["kept", "taken"]),
        "grace_minutes": draw.of(&[0, 10, 90]),
        "minimum": draw.of(&[0.0, 0.0, 0.3]),
    });
    if draw.once_in(3) {
        late["close_after_days"] = json!(draw.below(8));
    }
    let attempts = json!({
        "counts": draw.of(&["last", "first", "best"]),
        "parts": draw.of(&["separate", "same"]),
        "rejected": draw.of(&["skipped", "counts"]),
    });
    let totals = json!({
        "missing": draw.of(&["zero", "pending"]),
        "excused": draw.of(&["redistributed", "full"]),
    });
    let zone = "time_zone = \"UTC\"";
    let mut text = format!("[course]\nname = \"x\"\n{zone}\n");
    text += &format!(
        "[weights]\nhomework = {:?}\nmidterm = {:?}\nfinal = {:?}\n",
        weights.0, weights.1, weights.2
    );
    for (table, keys) in [
        ("late", &late),
        ("attempts", &attempts),
        ("totals", &totals),
    ] {
        text += &format!("[{table}]\n");
        for (key, value) in keys.as_object().unwrap() {
            text += &format!("{key} = {value}\n");
        }
    }
    let list: Vec<Value> = (0..4).map(|n| assignment(draw, n, &mut text)).collect();
    let weights = json!({"homework": weights.0, "midterm": weights.1, "final": weights.2});
    let policy = json!({"weights": weights, "late": late, "attempts": attempts, "totals": totals, "assignments": list});
    (text, policy)
}

fn assignment(draw: &mut Draw, n: usize, text: &mut String) -> Value {
    let id = format!("a{}", n + 1);
    let due: Timestamp = format!("2026-10-{:02}T12:00:00Z", 4 + 6 * n)
        .parse()
        .unwrap();
    let theory_due = due + SignedDuration::from_hours(draw.of(&[0, 0, 24, -30]));
    let practical = draw.of(&[0.8, 0.8, 0.5, 1.0]);
    let theory = 1.0 - practical;
    let weight = [0.25, 0.25, 0.3, 0.2][n];
    let written = |moment: Timestamp| moment.strftime("%Y-%m-%d %H:%M").to_string();
    *text += &format!(
        "[[assignments]]\nid = \"{id}\"\ndue = \"{}\"\ntheory_due = \"{}\"\nweight = {weight}\npractical_share = {practical:?}\n",
        written(due),
        written(theory_due)
    );
    json!({
        "id": id, "weight": weight,
        "practical_due": due.as_second(), "theory_due": theory_due.as_second(),
        "practical_share": practical, "theory_share": if theory > 0.3 { 0.5 } else if theory > 0.0 { 0.2 } else { 0.0 },
    })
}

fn hand_in(draw: &mut Draw, student: &str, assignment: &Value, attempt: u32) -> HandIn {
    let due = Timestamp::from_second(assignment["practical_due"].as_i64().unwrap()).unwrap();
    let status = match draw.below(12) {
        0 => Status::GraderError,
        1 | 2 => Status::Rejected,
        _ => Status::Graded,
    };
    let points = |n: u64| match status {
        Status::Graded => Some(n as f64),
        Status::Rejected => Some(0.0),
        Status::GraderError => None,
    };
    let seconds = draw.of(&[
        0,
        0,
        86_400,
        2 * 86_400,
        600,
        draw.0 as i64 & 0xF_FFFF,
        -50_000,
    ]);
    HandIn {
        hand_in: format!("{student}-{attempt}"),
        student: student.into(),
        attempt: Some(attempt),
        // a second apart at least: the script knows times and attempts only
        submitted_at: Some(
            due + SignedDuration::from_secs(seconds + i64::from(attempt) * draw.of(&[0, 86_400])),
        ),
        submission_sha256: String::new(),
        status,
        points: points(draw.of(&[0, 100, 180, 200, 140])),
        max: 200.0,
        theory: points(draw.of(&[0, 20, 38, 40])),
        theory_max: 40.0,
        parts: Vec::new(),
        notes: Vec::new(),
    }
}

/// Everything that happens in a course, and the script's view of each student.
fn history(draw: &mut Draw, policy: &Value) -> (Events, Vec<Value>) {
    let mut events = Events::default();
    let assignments = policy["assignments"].as_array().unwrap();
    let students: Vec<String> = (0..STUDENTS).map(|n| format!("{}", 1001 + n)).collect();
    let mut seen: Vec<Value> = students
        .iter()
        .map(|s| json!({"student": s, "hand_ins": {}, "marks": {}, "overrides": [], "extensions": []}))
        .collect();
    for assignment in assignments {
        let id = assignment["id"].as_str().unwrap();
        let mut hand_ins = Vec::new();
        for (student, seen) in students.iter().zip(&mut seen) {
            let list: Vec<HandIn> = (0..draw.below(4))
                .map(|n| hand_in(draw, student, assignment, n as u32 + 1))
                .collect();
            seen["hand_ins"][id] = list.iter().map(script_view).collect();
            hand_ins.extend(list);
        }
        let summary = Summary {
            schema: 1,
            assignment: id.into(),
            grading_key: "k".into(),
            complete: true,
            hand_ins,
        };
        events.runs.push(recorded(events.runs.len(), summary));
    }
    for (student, seen) in students.iter().zip(&mut seen) {
        decisions(draw, student, seen, &mut events);
    }
    (events, seen)
}

fn script_view(hand_in: &HandIn) -> Value {
    json!({
        "attempt": hand_in.attempt, "status": match hand_in.status { Status::Rejected => "rejected", _ => "graded" },
        "submitted_at": hand_in.submitted_at.map(|time| time.as_second()),
        "practical": hand_in.points, "practical_max": hand_in.max,
        "theory": hand_in.theory, "theory_max": hand_in.theory_max,
    })
}

fn decisions(draw: &mut Draw, student: &str, seen: &mut Value, events: &mut Events) {
    for item in ["midterm", "final"] {
        if !draw.once_in(4) {
            let points = draw.below(21) as f64;
            let mark = Mark {
                student: student.into(),
                item: item.into(),
                points,
                max: 20.0,
                submitted_at: None,
                why: "x".into(),
            };
            events.marks.push(recorded(events.marks.len(), mark));
            seen["marks"][item] = json!([points, 20.0]);
        }
    }
    for _ in 0..draw.of(&[0, 0, 1, 3]) {
        let item = draw.of(&[
            "a1.practical",
            "a2.theory",
            "a3",
            "a3",
            "midterm",
            "final",
            "total",
            "a4",
        ]);
        let text = draw.of(&["excused", "withdrawn", "3/7", "excused"]);
        let decision = Override {
            student: student.into(),
            item: item.into(),
            decision: text.parse().unwrap(),
            why: "x".into(),
        };
        events
            .overrides
            .push(recorded(events.overrides.len(), decision));
        let view = if text == "3/7" {
            json!([3, 7])
        } else {
            json!(text)
        };
        seen["overrides"]
            .as_array_mut()
            .unwrap()
            .push(json!([item, view]));
    }
    if draw.once_in(3) {
        let (id, days) = (draw.of(&["a1", "a2", "a3"]), draw.below(5) as u32);
        let part = draw.of(&[
            ExtensionOf::Practical,
            ExtensionOf::Theory,
            ExtensionOf::Both,
        ]);
        let extension = Extension {
            student: student.into(),
            assignment: id.into(),
            part,
            to: MoreTime::Days(days),
            why: "x".into(),
        };
        events
            .extensions
            .push(recorded(events.extensions.len(), extension));
        seen["extensions"]
            .as_array_mut()
            .unwrap()
            .push(json!([id, part.word(), days]));
    }
}

fn recorded<T>(before: usize, what: T) -> Recorded<T> {
    Recorded {
        seq: before as i64 + 1,
        at: Timestamp::UNIX_EPOCH,
        who: "x".into(),
        what,
    }
}

/// What the script says, or nothing when there is no python3.
fn script(input: &Value) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recompute.py");
    let mut command = Command::new("python3");
    command
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => panic!("cannot run python3: {error}"),
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the script failed");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn agree(book: &StudentBook, expected: &Value) -> bool {
    let close = |found: f64, key: &str| (found - expected[key].as_f64().unwrap()).abs() < 1e-9;
    match book.total.grade {
        Grade::Scored { share } => close(share, "low") && close(share, "high"),
        Grade::Pending { low, high } => close(low, "low") && close(high, "high"),
        Grade::Excused => expected.is_null(),
    }
}

#[test]
fn three_hundred_random_histories_have_the_same_totals() {
    let mut draw = Draw(20_261_020);
    let (mut courses, mut inputs) = (Vec::new(), Vec::new());
    for _ in 0..COURSES {
        let (text, policy) = course(&mut draw);
        let (events, students) = history(&mut draw, &policy);
        inputs.push(json!({"policy": policy, "students": students}));
        courses.push((text, events));
    }
    let Some(totals) = script(&json!(inputs)) else {
        eprintln!("skipped: python3 is not installed");
        return;
    };
    let list: String = (0..STUDENTS).map(|n| format!("{}\n", 1001 + n)).collect();
    let roster = Roster::from_csv(&format!("student\n{list}"), "roster.csv").unwrap();
    let (mut scored, mut pending) = (0, 0);
    for (number, (text, events)) in courses.iter().enumerate() {
        let policy = Policy::from_toml(text, "course.toml").unwrap();
        for student in compute(&policy, &roster, events).students {
            let expected = &totals[number][&student.student.student];
            let found = student.total.grade;
            assert!(
                agree(&student, expected),
                "course {number}: {found:?} is not {expected}\n{text}\n{student:#?}"
            );
            match found {
                Grade::Scored { .. } => scored += 1,
                Grade::Pending { .. } => pending += 1,
                Grade::Excused => {}
            }
        }
    }
    // the histories are of both kinds, so both are compared
    assert!(
        scored >= 75 && pending >= 75,
        "{scored} scored, {pending} pending"
    );
}
