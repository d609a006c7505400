//! What holds of every history, under every rule.

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::*;
use crate::policy::{Extension, ExtensionOf, MoreTime};
use crate::sample::{COURSE, decided, events, hand_in, mark, recorded};

/// Hours after the due date and points of the attempts at an assignment.
type Attempts = Vec<(i64, u32)>;

fn attempts(most: usize) -> impl Strategy<Value = Attempts> {
    prop::collection::vec((-30i64..200, 0u32..=200), 0..=most)
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(words)
}

/// Rules of lateness as they stand in `course.toml`; `closing` says whether late hand-ins can be refused.
fn rules(closing: bool) -> impl Strategy<Value = String> {
    let after: &[&str] = if closing {
        &["penalty", "closed"]
    } else {
        &["penalty"]
    };
    (
        (0u32..6, 0u32..8, 0u32..4, 0u32..101),
        one_of(&["each", "shared"]),
        one_of(&["raw", "max"]),
        one_of(&["additive", "compounding"]),
        prop::sample::select(after),
        one_of(&["kept", "taken"]),
    )
        .prop_map(|((theory, practical, each, rate), scope, base, kind, after, zero)| {
            format!(
                "[late]\ntheory_slack = {theory}\npractical_slack = {practical}\nper_assignment = {each}\n\
                 penalty_per_day = {}\nper_assignment_scope = \"{scope}\"\npenalty_base = \"{base}\"\n\
                 penalty_kind = \"{kind}\"\nafter_slack = \"{after}\"\nslack_for_zero = \"{zero}\"\n",
                f64::from(rate) / 100.0
            )
        })
}

fn class(assignments: [&Attempts; 2]) -> Events {
    let due = [at("2026-10-20T12:00:00Z"), at("2026-11-20T12:00:00Z")];
    let runs = (0..2).map(|n| {
        let hand_ins = (1..).zip(assignments[n]).map(|(attempt, (hours, points))| {
            let time = due[n] + SignedDuration::from_hours(*hours);
            hand_in("1001", attempt, &time.to_string(), f64::from(*points))
        });
        run(n as i64 + 1, ["a1", "a2"][n], hand_ins.collect())
    });
    Events {
        runs: runs.collect(),
        ..Events::default()
    }
}

fn ada(more: &str, events: &Events) -> StudentBook {
    let policy = Policy::from_toml(&format!("{COURSE}{more}"), "course.toml").unwrap();
    compute(&policy, &roster(), events).students[0].clone()
}

fn shares(book: &StudentBook, n: usize) -> Vec<f64> {
    let assignment = &book.assignments[n];
    let parts = assignment.parts.iter().map(|part| part.worth.grade);
    parts
        .chain([assignment.worth.grade])
        .map(|grade| grade.share().unwrap())
        .collect()
}

fn none_lower(after: &[f64], before: &[f64]) -> bool {
    after
        .iter()
        .zip(before)
        .all(|(after, before)| *after >= before - 1e-12)
}

fn extended(mut events: Events, part: ExtensionOf, days: u32) -> Events {
    let extension = Extension {
        student: "1001".into(),
        assignment: "a1".into(),
        part,
        to: MoreTime::Days(days),
        why: "ill".into(),
    };
    events.extensions.push(recorded(1, extension));
    events
}

fn any_part() -> impl Strategy<Value = ExtensionOf> {
    prop::sample::select(
        &[
            ExtensionOf::Practical,
            ExtensionOf::Theory,
            ExtensionOf::Both,
        ][..],
    )
}

proptest! {
    #![proptest_config(Config {
        cases: 256,
        rng_seed: RngSeed::Fixed(20_261_114),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn later_never_increases_any_score(rules in rules(true), (hours, points) in (-30i64..200, 0u32..=200), second in attempts(1), more in 1i64..99) {
        let before = ada(&rules, &class([&vec![(hours, points)], &second]));
        let after = ada(&rules, &class([&vec![(hours + more, points)], &second]));
        prop_assert!(none_lower(&shares(&before, 0), &shares(&after, 0)));
        // shared days that the one budget no longer has are left to the other one in a later assignment
        if rules.contains("\"each\"") {
            prop_assert!(none_lower(&shares(&before, 1), &shares(&after, 1)));
        }
    }

    #[test]
    fn an_extension_never_lowers_a_score_of_its_assignment(rules in rules(true), first in attempts(1), part in any_part(), days in 0u32..9) {
        let events = class([&first, &vec![]]);
        let before = ada(&rules, &events);
        let after = ada(&rules, &extended(events, part, days));
        prop_assert!(none_lower(&shares(&after, 0), &shares(&before, 0)));
    }

    #[test]
    fn nor_with_several_attempts_when_none_is_refused(rules in rules(false), counts in one_of(&["first", "last"]), first in attempts(4), part in any_part(), days in 0u32..9) {
        let rules = format!("{rules}[attempts]\ncounts = \"{counts}\"\n");
        let events = class([&first, &vec![]]);
        let before = ada(&rules, &events);
        let after = ada(&rules, &extended(events, part, days));
        prop_assert!(none_lower(&shares(&after, 0), &shares(&before, 0)));
    }

    #[test]
    fn slack_stays_within_the_budgets_and_scores_within_bounds(rules in rules(true), counts in one_of(&["first", "last", "best"]), first in attempts(4), second in attempts(4)) {
        let more = format!("{rules}[attempts]\ncounts = \"{counts}\"\n");
        let policy = policy(&more);
        let book = ada(&more, &class([&first, &second]));
        for part in Part::BOTH {
            let parts = book.assignments.iter().flat_map(|a| &a.parts).filter(|p| p.part == part);
            let used: u32 = parts.filter_map(|p| p.charge).map(|charge| charge.used).sum();
            let (left, budget) = book.slack(part, &policy);
            prop_assert_eq!(used + left, budget);
        }
        for n in 0..2 {
            prop_assert!(shares(&book, n).iter().all(|share| (0.0..=1.0).contains(share)));
        }
    }

    #[test]
    fn the_order_of_import_means_nothing(first in attempts(5), second in attempts(5), cut in 0usize..6) {
        let events = class([&first, &second]);
        let book = ada("", &events);
        // the same results as two partial ones, in either order
        let hand_ins = &events.runs[0].what.hand_ins;
        let (one, two) = hand_ins.split_at(cut.min(hand_ins.len()));
        for (a, b) in [(one, two), (two, one)] {
            let mut runs = vec![run(9, "a1", b.to_vec()), run(8, "a1", a.to_vec()), events.runs[1].clone()];
            for run in &mut runs[..2] {
                run.what.complete = hand_ins.is_empty();
            }
            let again = ada("", &Events { runs, ..Events::default() });
            prop_assert_eq!(&again, &book);
        }
    }
}

#[test]
fn computing_again_or_from_lists_in_another_order_gives_the_same_book() {
    let mut events = events();
    events.marks.push(mark(6, "1001", "midterm", 3.0));
    events.overrides = vec![
        decided(1, "1001", "a1", "50%"),
        decided(2, "1001", "a1", "60%"),
        decided(3, "1002", "total", "excused"),
    ];
    let book = |events: &Events| compute(&policy(""), &roster(), events);
    let first = book(&events);
    assert_eq!(book(&events), first);
    events.runs.reverse();
    events.marks.reverse();
    events.overrides.reverse();
    for run in &mut events.runs {
        run.what.hand_ins.reverse();
    }
    assert_eq!(book(&events), first);
}
