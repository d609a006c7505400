//! What is missing, decided, excused, extended or odd.

use super::*;
use crate::events::Recorded;
use crate::policy::{Extension, ExtensionOf, MoreTime};
use crate::sample::*;
use crate::summary::Summary;

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
    assert_eq!(sara.pending(), ["a1"]);
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
fn an_extension_that_frees_slack_changes_a_later_assignment_and_that_is_listed() {
    let mut events = events();
    // five days late twice: of two slack days the first assignment takes both
    events.runs[1].what.hand_ins[1] = hand_in("1002", 1, "2026-11-25T12:00:00Z", 200.0);
    let rules = "[late]\npractical_slack = 2\ntheory_slack = 0\n";
    let eve = |events: &Events| {
        let book = compute(&policy(rules), &roster(), events);
        book.student("1002").unwrap().clone()
    };
    let before = eve(&events);
    events.extensions = vec![recorded(
        1,
        Extension {
            student: "1002".into(),
            assignment: "a1".into(),
            part: ExtensionOf::Practical,
            to: MoreTime::Days(5),
            why: "ill".into(),
        },
    )];
    let changed = before.changed(&eve(&events));
    let names: Vec<&str> = changed.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "a1.practical",
            "a2.practical",
            "a1",
            "a2",
            "homework",
            "total"
        ]
    );
    close(changed[1].1, 0.5);
    close(changed[1].2, 0.7);
    assert_eq!(before.changed(&before), []);
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
    events.extensions = vec![recorded(1, extension(ExtensionOf::Both, MoreTime::Days(0)))];
    let book = compute(&policy(""), &roster(), &events);
    let eve = book.student("1002").unwrap();
    assert_eq!(
        eve.assignments[0].parts[0].extension, None,
        "it moves nothing"
    );
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
fn an_attempt_that_made_way_for_a_later_one_is_nothing_odd() {
    let runs = [1, 2].map(|n| {
        run(
            i64::from(n),
            "a1",
            vec![hand_in("1001", n, "2026-10-19T12:00:00Z", 100.0)],
        )
    });
    let events = Events {
        runs: runs.to_vec(),
        as_of: at("2027-01-01T00:00:00Z"),
        ..Events::default()
    };
    assert_eq!(
        compute(&policy(""), &roster(), &events).warnings,
        Vec::<String>::new()
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
