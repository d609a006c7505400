//! Whole pages, and what each rule makes of a line.

use super::*;
use crate::book::compute;
use crate::events::Events;
use crate::sample::{at, decided, events, hand_in, policy, rejected, roster, run};

fn page(more: &str, events: &Events, student: &str) -> String {
    let policy = policy(more);
    let book = compute(&policy, &roster(), events);
    explain(&policy, book.student(student).unwrap())
}

/// Lines without what is behind them.
fn sentences(page: &str) -> Vec<&str> {
    let lines = page.lines();
    lines
        .map(|line| line.split("  [").next().unwrap_or("").trim())
        .collect()
}

#[test]
fn a_late_student_with_overrides_is_derived_line_by_line() {
    let mut events = events();
    events.overrides = vec![
        decided(1, "1002", "a1.practical", "150/200"),
        decided(2, "1002", "a1.practical", "170/200"),
    ];
    let page = page("", &events, "1002");
    let found = sentences(&page);
    assert_eq!(
        found[..20],
        [
            "1002 =Eve",
            "Deep Learning",
            "",
            "a1",
            "practical",
            "hand-in 1002-1, attempt 1 counts, the only one: 200 of 200 points",
            "due 2026-10-20 12:00:00 +00:00",
            "handed in 2026-10-25 12:00:00 +00:00: 5 days late",
            "3 days of slack used, 3 could be; 7 of 10 left for practical",
            "2 days without slack, 1 - 2 x 0.1: 200 x 0.8 = 160",
            "worth 80.00 %",
            "override 1 of a1.practical: 150/200 (by ada, 2027-01-01 08:00:00 +00:00: agreed in office hours), superseded",
            "override 2 of a1.practical: 170/200 (by ada, 2027-01-01 08:00:00 +00:00: agreed in office hours)",
            "so a1.practical is worth 85.00 %",
            "theory",
            "hand-in 1002-1, attempt 1 counts, the only one: 40 of 40 points",
            "due 2026-10-20 12:00:00 +00:00",
            "handed in 2026-10-25 12:00:00 +00:00: 5 days late",
            "3 days of slack used, 3 could be; 2 of 5 left for theory",
            "2 days without slack, 1 - 2 x 0.1: 40 x 0.8 = 32",
        ]
    );
    // 0.8 x 85 + 0.2 x 80 = 84; half of it is homework
    assert!(found.contains(&"0.8 x 85.00 % + 0.2 x 80.00 % = 84.00 %"));
    assert!(found.contains(&"homework: 0.5 x 84.00 % + 0.5 x 0.00 % = 42.00 %"));
    // 0.55 x 42 + 20 + 0.25 x 25
    assert!(found.contains(&"total: 0.55 x 42.00 % + 0.2 x 100.00 % + 0.25 x 25.00 % = 49.35 %"));
}

#[test]
fn every_rule_that_was_used_is_named_with_its_value() {
    let page = page("", &events(), "1002");
    for key in [
        "[attempts.counts = \"last\", attempts.parts = \"separate\"]",
        "[attempts.rejected = \"skipped\"]",
        "[late.grace_minutes = 0]",
        "[late.practical_slack = 10, late.per_assignment = 3]",
        "[late.theory_slack = 5, late.per_assignment = 3]",
        "[late.penalty_per_day = 0.1, late.penalty_kind = \"additive\", late.penalty_base = \"raw\"]",
        "[weights.homework = 0.55, weights.midterm = 0.2, weights.final = 0.25, totals.digits = 2]",
    ] {
        assert!(page.contains(key), "{key} is not in\n{page}");
    }
}

#[test]
fn what_is_pending_says_why() {
    let page = page("", &events(), "1003");
    let found = sentences(&page);
    assert!(found.contains(&"the grader failed on it: no score until it is graded again"));
    assert!(found.contains(&"worth pending, between 0.00 and 100.00 %"));
    assert!(found.contains(&"final: no mark yet"));
}

#[test]
fn a_plain_folder_and_nothing_at_all_say_so() {
    let mut timeless = hand_in("1001", 1, "2026-10-19T12:00:00Z", 10.0);
    (timeless.submitted_at, timeless.attempt) = (None, None);
    let events = Events {
        runs: vec![run(1, "a1", vec![timeless]), run(2, "a2", vec![])],
        as_of: at("2027-01-01T00:00:00Z"),
        ..Events::default()
    };
    let page = page("", &events, "1001");
    assert!(page.contains("no time is known of it: it counts as in time"));
    assert!(page.contains("nothing handed in"));
    assert!(page.contains("[totals.missing = \"zero\"]"));
}

#[test]
fn the_words_of_others_cannot_forge_a_line() {
    let mut bad = rejected(hand_in("1001", 1, "2026-10-19T12:00:00Z", 0.0));
    bad.notes = vec!["odd\ntotal: 100.00 %\u{1b}[2J".into()];
    let events = Events {
        runs: vec![run(1, "a1", vec![bad])],
        ..Events::default()
    };
    let page = page("", &events, "1001");
    assert!(page.contains("odd total: 100.00 % [2J"));
    assert!(!page.lines().any(|line| line.starts_with("total: 100")));
}

#[test]
fn each_part_has_its_own_notes_and_a_sheet_without_points_one_line_about_slack() {
    let mut late = hand_in("1001", 1, "2026-10-25T12:00:00Z", 100.0);
    late.theory = Some(0.0);
    late.notes = vec![
        "A1.4: panicked".into(),
        "theory.toml: line 2: no value".into(),
    ];
    let events = Events {
        runs: vec![run(1, "a1", vec![late])],
        as_of: at("2027-01-01T00:00:00Z"),
        ..Events::default()
    };
    let page = page("", &events, "1001");
    let found = sentences(&page);
    assert_eq!(
        found[4..19],
        [
            "practical",
            "hand-in 1001-1, attempt 1 counts, the only one: 100 of 200 points",
            "A1.4: panicked",
            "due 2026-10-20 12:00:00 +00:00",
            "handed in 2026-10-25 12:00:00 +00:00: 5 days late",
            "3 days of slack used, 3 could be; 7 of 10 left for practical",
            "2 days without slack, 1 - 2 x 0.1: 100 x 0.8 = 80",
            "worth 40.00 %",
            "theory",
            "hand-in 1001-1, attempt 1 counts, the only one: 0 of 40 points",
            "theory.toml: line 2: no value",
            "due 2026-10-20 12:00:00 +00:00",
            "handed in 2026-10-25 12:00:00 +00:00: 5 days late",
            "without points no slack is used and nothing is taken off; 5 of 5 left for theory",
            "worth 0.00 %",
        ]
    );
    assert!(page.contains("[late.slack_for_zero = \"kept\"]"), "{page}");
}

#[test]
fn the_other_readings_are_written_out() {
    let late = || Events {
        runs: vec![run(
            1,
            "a1",
            vec![hand_in("1001", 1, "2026-10-25T12:00:00Z", 100.0)],
        )],
        as_of: at("2027-01-01T00:00:00Z"),
        ..Events::default()
    };
    let has = |more: &str, sentence: &str| {
        let page = page(more, &late(), "1001");
        assert!(page.contains(sentence), "{sentence} is not in\n{page}");
    };
    has(
        "[late]\npenalty_base = \"max\"",
        "2 days without slack, 1 - 2 x 0.1: 100 - 200 x 0.2 = 60, not below 0",
    );
    has(
        "[late]\npenalty_kind = \"compounding\"",
        "(1 - 0.1)^2: 100 x 0.81 = 81",
    );
    has(
        "[late]\nafter_slack = \"closed\"",
        "too late to be accepted: 0 points",
    );
    has(
        "[late]\nclose_after_days = 4",
        "[late.close_after_days = 4]",
    );
    has("[late]\nminimum = 0.9", ", at least 0.9: 100 x 0.9 = 90");
    has(
        "[late]\nper_assignment_scope = \"shared\"",
        "late.per_assignment_scope = \"shared\"]",
    );
}

#[test]
fn the_rule_about_excused_items_is_named_where_there_is_one() {
    let mut events = events();
    assert!(!page("", &events, "1001").contains("totals.excused"));
    events.overrides = vec![
        decided(1, "1001", "a1", "excused"),
        decided(2, "1001", "midterm", "excused"),
    ];
    let page = page("", &events, "1001");
    assert!(
        page.contains("[assignments.*.weight, totals.excused = \"redistributed\"]"),
        "{page}"
    );
    assert!(
        page.contains("totals.digits = 2, totals.excused = \"redistributed\"]"),
        "{page}"
    );
    assert!(
        page.contains("total: 0.55 x 100.00 % + 0.2 x excused + 0.25 x 90.00 % = 96.88 %"),
        "{page}"
    );
}
