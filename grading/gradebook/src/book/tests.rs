//! Scores of small classes, worked out by hand.

use super::*;
use crate::events::Recorded;
use crate::policy::{Extension, ExtensionOf, MoreTime};
use crate::sample::*;
use crate::summary::Summary;

fn close(grade: Grade, share: f64) {
    let found = grade.share().expect("a known grade");
    assert!((found - share).abs() < 1e-12, "{found} is not {share}");
}

/// The book of student 1001 with these results of a1.
fn ada(more: &str, hand_ins: Vec<crate::summary::HandIn>) -> StudentBook {
    let events = Events {
        runs: vec![run(1, "a1", hand_ins)],
        as_of: at("2027-01-02T00:00:00Z"),
        ..Events::default()
    };
    let book = compute(&policy(more), &roster(), &events);
    book.student("1001").unwrap().clone()
}

fn chosen(book: &StudentBook, part: usize) -> (&str, u32) {
    let part = &book.assignments[0].parts[part];
    match &part.source {
        Source::HandIn(chosen) => (&chosen.hand_in, part.charge.unwrap().used),
        other => panic!("not a hand-in: {other:?}"),
    }
}

#[test]
fn the_class_of_the_sample_is_as_worked_out_by_hand() {
    let book = compute(&policy(""), &roster(), &events());
    let ada = book.student("1001").unwrap();
    // a1: 0.8 x 150/200 + 0.2 = 0.8, two slack days of each budget; a2: 1
    close(ada.assignments[0].worth.grade, 0.8);
    close(ada.homework, 0.9);
    // 0.55 x 0.9 + 0.2 x 0.75 + 0.25 x 0.9
    close(ada.total.grade, 0.87);
    assert_eq!(ada.slack(Part::Practical, &policy("")), (8, 10));
    assert_eq!(ada.slack(Part::Theory, &policy("")), (3, 5));

    let eve = book.student("1002").unwrap();
    // five days late, three of them slack: 0.8 of everything; a2 rejected: 0
    close(eve.homework, 0.4);
    close(eve.total.grade, 0.55 * 0.4 + 0.2 + 0.25 * 0.25);

    let sara = book.student("1003").unwrap();
    assert_eq!(sara.pending(), ["a1.practical", "a1.theory", "final"]);
    // a2 is 0.6 of homework's half, the midterm half of 0.2
    let Grade::Pending { low, high } = sara.total.grade else {
        panic!("pending")
    };
    assert!((low - (0.55 * 0.3 + 0.1)).abs() < 1e-12);
    assert!((high - (0.55 * 0.8 + 0.1 + 0.25)).abs() < 1e-12);

    let bob = book.student("1004").unwrap();
    close(bob.homework, 0.0);
    assert_eq!(bob.pending(), ["midterm", "final"]);
    assert_eq!(book.warnings, Vec::<String>::new());
}

#[test]
fn the_golden_table_of_five_assignments() {
    let mut course = String::from("[course]\nname = \"x\"\ntime_zone = \"Asia/Tehran\"\n");
    let mut runs = Vec::new();
    for (n, days) in [(1, 2), (2, 4), (3, 3), (4, 3), (5, 1)] {
        course += &format!(
            "[[assignments]]\nid = \"a{n}\"\ndue = \"2026-10-0{n} 15:30\"\npractical_share = 1.0\n"
        );
        let day = n + days;
        // noon in UTC is 15:30 in Tehran
        let time = format!("2026-10-{day:02}T12:00:00Z");
        runs.push(run(
            n,
            &format!("a{n}"),
            vec![hand_in("1001", 1, &time, 200.0)],
        ));
    }
    let policy = Policy::from_toml(&course, "course.toml").unwrap();
    let events = Events {
        runs,
        ..Events::default()
    };
    let book = compute(&policy, &roster(), &events);
    let ada = book.student("1001").unwrap();
    let rows: Vec<_> = ada
        .assignments
        .iter()
        .map(|a| {
            let part = &a.parts[0];
            let charge = part.charge.unwrap();
            (
                charge.used,
                charge.penalised,
                charge.score / 2.0,
                part.slack_left,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (2, 0, 100.0, 8),
            (3, 1, 90.0, 5),
            (3, 0, 100.0, 2),
            (2, 1, 90.0, 0),
            (0, 1, 90.0, 0)
        ]
    );
    close(ada.homework, 0.94);
}

#[test]
fn which_attempt_counts_is_a_rule() {
    let attempts = || {
        vec![
            hand_in("1001", 1, "2026-10-19T12:00:00Z", 100.0),
            // four days late: 180 less 10 % are 162
            hand_in("1001", 2, "2026-10-24T12:00:00Z", 180.0),
            hand_in("1001", 3, "2026-10-25T12:00:00Z", 40.0),
        ]
    };
    let rule = |counts: &str| ada(&format!("[attempts]\ncounts = \"{counts}\""), attempts());
    assert_eq!(chosen(&rule("last"), 0), ("1001-3", 3));
    assert_eq!(chosen(&rule("first"), 0), ("1001-1", 0));
    let best = rule("best");
    assert_eq!(chosen(&best, 0), ("1001-2", 3));
    // the theory sheet was right each time: the one in time takes no slack
    assert_eq!(chosen(&best, 1), ("1001-1", 0));
    let same = ada(
        "[attempts]\ncounts = \"best\"\nparts = \"same\"",
        attempts(),
    );
    // 0.8 x 0.81 + 0.2 x 0.9 = 0.828 against 0.8 x 0.5 + 0.2 = 0.6
    assert_eq!(
        (chosen(&same, 0), chosen(&same, 1)),
        (("1001-2", 3), ("1001-2", 3))
    );
    close(same.assignments[0].worth.grade, 0.828);
}

#[test]
fn of_equally_good_attempts_the_one_that_takes_less_slack_counts() {
    let attempts = vec![
        hand_in("1001", 1, "2026-10-22T12:00:00Z", 100.0),
        hand_in("1001", 2, "2026-10-21T12:00:00Z", 100.0),
    ];
    assert_eq!(
        chosen(&ada("[attempts]\ncounts = \"best\"", attempts), 0),
        ("1001-2", 1)
    );
}

#[test]
fn equally_good_is_not_a_matter_of_the_last_bit() {
    // six days late: three are slack, and 100 x (1 - 3 x 0.1) is 70.00000000000001 in binary
    let attempts = vec![
        hand_in("1001", 1, "2026-10-26T12:00:00Z", 100.0),
        hand_in("1001", 2, "2026-10-19T12:00:00Z", 70.0),
    ];
    assert_eq!(
        chosen(&ada("[attempts]\ncounts = \"best\"", attempts), 0),
        ("1001-2", 0)
    );
}

#[test]
fn a_rejected_attempt_hides_another_one_only_if_the_policy_says_so() {
    let attempts = || {
        vec![
            hand_in("1001", 1, "2026-10-19T12:00:00Z", 100.0),
            rejected(hand_in("1001", 2, "2026-10-20T11:00:00Z", 0.0)),
        ]
    };
    let skipped = ada("", attempts());
    assert_eq!(chosen(&skipped, 0).0, "1001-1");
    close(
        ada("[attempts]\nrejected = \"counts\"", attempts()).assignments[0]
            .worth
            .grade,
        0.0,
    );
    let alone = ada(
        "",
        vec![rejected(hand_in("1001", 1, "2026-10-19T12:00:00Z", 0.0))],
    );
    close(alone.assignments[0].worth.grade, 0.0);
}

#[test]
fn a_fault_of_the_grader_is_pending_and_never_a_score() {
    let good = || hand_in("1001", 1, "2026-10-19T12:00:00Z", 100.0);
    let fault = || failed(hand_in("1001", 2, "2026-10-24T12:00:00Z", 0.0));
    for counts in ["last", "best"] {
        let book = ada(
            &format!("[attempts]\ncounts = \"{counts}\""),
            vec![good(), fault()],
        );
        // four days late: full marks would be 90 %
        assert_eq!(
            book.grade("a1.practical"),
            Some(Grade::Pending {
                low: 0.0,
                high: 0.9
            })
        );
    }
    let first = ada("[attempts]\ncounts = \"first\"", vec![good(), fault()]);
    close(first.grade("a1.practical").unwrap(), 0.5);
    // what is not accepted is worth nothing, whatever the grader would have said
    let closed = ada("[late]\nafter_slack = \"closed\"", vec![fault()]);
    close(closed.grade("a1.practical").unwrap(), 0.0);
}

#[test]
fn a_hand_in_after_closing_does_not_replace_one_that_was_accepted() {
    let attempts = vec![
        hand_in("1001", 1, "2026-10-19T12:00:00Z", 100.0),
        hand_in("1001", 2, "2026-10-29T12:00:00Z", 200.0),
    ];
    let book = ada("[late]\nafter_slack = \"closed\"", attempts);
    assert_eq!(chosen(&book, 0), ("1001-1", 0));
    let Source::HandIn(chosen) = &book.assignments[0].parts[0].source else {
        panic!()
    };
    assert_eq!(
        chosen.passed_over,
        [("1001-2".to_string(), "too late to be accepted")]
    );
}

#[test]
fn shared_slack_is_taken_by_the_part_that_is_due_first() {
    let attempts = || vec![hand_in("1001", 1, "2026-10-22T12:00:00Z", 200.0)];
    let used = |more: &str| {
        let book = ada(more, attempts());
        [chosen(&book, 0).1, chosen(&book, 1).1]
    };
    assert_eq!(used(""), [2, 2]);
    assert_eq!(used("[late]\nper_assignment_scope = \"shared\""), [2, 1]);
    let earlier = crate::sample::COURSE.replacen(
        "due = \"2026-10-20 12:00\"",
        "due = \"2026-10-20 12:00\"\ntheory_due = \"2026-10-20 11:00\"",
        1,
    );
    let text = format!("{earlier}[late]\nper_assignment_scope = \"shared\"");
    let policy = Policy::from_toml(&text, "course.toml").unwrap();
    let events = Events {
        runs: vec![run(1, "a1", attempts())],
        ..Events::default()
    };
    let book = compute(&policy, &roster(), &events);
    let ada = book.student("1001").unwrap();
    // theory is due an hour earlier: 3 days late, and takes all three
    assert_eq!([chosen(ada, 0).1, chosen(ada, 1).1], [0, 3]);
}

#[test]
fn nothing_is_zero_only_when_the_results_are_complete() {
    let none = ada("", vec![]);
    close(none.assignments[0].worth.grade, 0.0);
    assert!(
        none.assignments[1].worth.grade.is_pending(),
        "a2 has no results"
    );
    assert!(
        ada("[totals]\nmissing = \"pending\"", vec![]).assignments[0]
            .worth
            .grade
            .is_pending()
    );
    let mut results = run(1, "a1", vec![]);
    results.what.complete = false;
    let events = Events {
        runs: vec![results],
        ..Events::default()
    };
    let book = compute(&policy(""), &roster(), &events);
    assert!(book.students[0].assignments[0].worth.grade.is_pending());
    assert!(book.warnings[0].contains("a1: the latest results are not complete"));
}

#[test]
fn an_override_counts_until_a_later_one_and_all_stay() {
    let mut events = events();
    events.overrides = vec![
        // later numbers first: the order of the list means nothing
        decided(2, "1001", "a1.practical", "180/200"),
        decided(1, "1001", "a1.practical", "10/200"),
        decided(3, "1002", "total", "60%"),
        decided(4, "1004", "a1", "50%"),
        decided(5, "1004", "a1", "withdrawn"),
        decided(6, "1003", "final", "excused"),
    ];
    let book = compute(&policy(""), &roster(), &events);
    let part = &book.student("1001").unwrap().assignments[0].parts[0];
    close(part.worth.grade, 0.9);
    close(part.worth.computed, 0.75);
    assert_eq!(part.worth.decisions.len(), 2);
    close(book.student("1002").unwrap().total.grade, 0.6);
    close(
        book.student("1004").unwrap().assignments[0].worth.grade,
        0.0,
    );
    let sara = book.student("1003").unwrap();
    assert_eq!(sara.pending(), ["a1.practical", "a1.theory"]);
}

#[test]
fn who_is_excused_takes_no_slack_and_the_others_carry_the_weight() {
    let mut events = events();
    events.overrides = vec![decided(1, "1002", "a1", "excused")];
    let eve = |more: &str| {
        let policy = policy(more);
        let book = compute(&policy, &roster(), &events);
        let eve = book.student("1002").unwrap();
        (eve.homework, eve.slack(Part::Practical, &policy))
    };
    let (homework, slack) = eve("");
    close(homework, 0.0);
    assert_eq!(slack, (10, 10));
    close(eve("[totals]\nexcused = \"full\"").0, 0.5);
}

#[test]
fn a_mark_takes_the_place_of_a_hand_in() {
    let mut events = events();
    let mut theory = mark(9, "1001", "a1.theory", 10.0);
    events.marks.push(theory.clone());
    let grade = |events: &Events| {
        let book = compute(&policy(""), &roster(), events);
        book.student("1001").unwrap().grade("a1.theory").unwrap()
    };
    close(grade(&events), 0.5);
    // handed in on paper five days late: three days are slack
    theory.seq = 10;
    theory.what.submitted_at = Some(at("2026-10-25T12:00:00Z"));
    events.marks.push(theory);
    close(grade(&events), 0.4);
}

#[test]
fn the_longest_extension_counts_wherever_it_is_written() {
    let extension = |part, to| Extension {
        student: "1002".into(),
        assignment: "a1".into(),
        part,
        to,
        why: "ill".into(),
    };
    let mut events = events();
    events.extensions = vec![
        recorded(1, extension(ExtensionOf::Both, MoreTime::Days(1))),
        recorded(
            2,
            extension(
                ExtensionOf::Theory,
                MoreTime::Until(at("2026-10-25T12:00:00Z")),
            ),
        ),
    ];
    let written = "[[extensions]]\nstudent = \"1002\"\nassignment = \"a1\"\ndays = 2\nwhy = \"ill\"\npart = \"practical\"\n";
    let book = compute(&policy(written), &roster(), &events);
    let [practical, theory] = book.student("1002").unwrap().assignments[0]
        .parts
        .as_slice()
    else {
        panic!()
    };
    assert_eq!(
        (practical.charge.unwrap().days, theory.charge.unwrap().days),
        (3, 0)
    );
    assert_eq!(practical.extension.as_ref().unwrap().granted, None);
    assert!(theory.extension.as_ref().unwrap().granted.is_some());
}

#[test]
fn the_latest_complete_results_stand_and_what_vanished_is_said() {
    let first = run(
        1,
        "a1",
        vec![
            hand_in("1001", 1, "2026-10-19T12:00:00Z", 100.0),
            hand_in("1002", 1, "2026-10-19T12:00:00Z", 100.0),
        ],
    );
    let mut more = run(
        2,
        "a1",
        vec![hand_in("1001", 1, "2026-10-19T12:00:00Z", 150.0)],
    );
    more.what.complete = false;
    let points = |runs: Vec<Recorded<Summary>>| {
        let events = Events {
            runs,
            as_of: at("2027-01-01T00:00:00Z"),
            ..Events::default()
        };
        let book = compute(&policy(""), &roster(), &events);
        let raw = |n: usize| book.students[n].assignments[0].parts[0].raw;
        ([raw(0), raw(1)], book.warnings)
    };
    let (raw, _) = points(vec![more.clone(), first.clone()]);
    assert_eq!(raw, [Some(150.0), Some(100.0)]);
    more.what.complete = true;
    let (raw, warnings) = points(vec![first, more]);
    assert_eq!(raw, [Some(150.0), None]);
    assert_eq!(
        warnings,
        [
            "a1: hand-in \"1002-1\" was in run 1 and is not in the latest results: it no longer counts"
        ]
    );
}

#[test]
fn everything_odd_is_said() {
    let mut other_max = hand_in("1002", 1, "2028-01-01T00:00:00Z", 10.0);
    other_max.max = 100.0;
    let mut timeless = hand_in("1003", 1, "2026-10-19T12:00:00Z", 10.0);
    timeless.submitted_at = None;
    let events = Events {
        runs: vec![
            run(
                1,
                "a1",
                vec![
                    hand_in("1001", 1, "2026-10-19T12:00:00.1Z", 10.0),
                    hand_in("1001", 2, "2026-10-19T12:00:00.9Z", 10.0),
                    other_max,
                    timeless,
                    hand_in("9999", 1, "2026-10-19T12:00:00Z", 10.0),
                ],
            ),
            run(2, "a9", vec![]),
        ],
        marks: vec![
            mark(1, "8888", "midterm", 1.0),
            mark(2, "1001", "total", 1.0),
        ],
        overrides: vec![decided(1, "1001", "a3", "excused")],
        extensions: vec![],
        as_of: at("2027-01-01T00:00:00Z"),
    };
    let warnings = compute(&policy(""), &roster(), &events).warnings;
    for (warning, wanted) in warnings.iter().zip([
        "\"8888\" is not in the roster: the mark of midterm is in no score",
        "\"9999\" is not in the roster: hand-in \"9999-1\" of a1 is in no score",
        "a mark of \"total\", which course.toml does not have, is in no score",
        "a1: 1001 handed in \"1001-1\" and \"1001-2\" in the same second",
        "a1: hand-in \"1002-1\" is from the future (2028-01-01 00:00:00 +00:00)",
        "a1: no time is known of hand-in \"1003-1\"; it counts as in time",
        "a1: not all hand-ins have the same maximum for practical",
        "an override of \"a3\", which course.toml does not have",
        "the results of \"a9\", which course.toml does not have",
    ]) {
        assert!(warning.starts_with(wanted), "{warning:?} is not {wanted:?}");
    }
    assert_eq!(warnings.len(), 9, "{warnings:#?}");
}

#[test]
fn without_a_sheet_in_the_results_theory_stays_pending_and_takes_no_slack() {
    let mut late = hand_in("1001", 1, "2026-10-22T12:00:00Z", 200.0);
    (late.theory, late.theory_max) = (Some(0.0), 0.0);
    let book = ada("", vec![late]);
    assert!(book.grade("a1.theory").unwrap().is_pending());
    assert_eq!(book.slack(Part::Theory, &policy("")), (5, 5));
}

#[test]
fn names_of_items_are_those_of_the_policy() {
    let book = compute(&policy(""), &roster(), &events());
    assert_eq!(
        book.items(),
        ["a1", "a2", "homework", "midterm", "final", "total"]
    );
    for item in policy("").items() {
        assert!(book.students[0].grade(&item).is_some(), "{item}");
    }
    assert_eq!(book.students[0].grade("a3"), None);
}
