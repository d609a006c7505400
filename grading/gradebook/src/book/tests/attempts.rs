//! Which hand-in counts, and what slack it takes.

use super::*;
use crate::sample::*;

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
