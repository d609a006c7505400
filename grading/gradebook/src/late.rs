//! Days late, slack and penalties: pure functions on plain numbers.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::policy::{AfterSlack, Late, PenaltyBase, PenaltyKind, SlackForZero};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What lateness does to a part of a hand-in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Charge {
    /// How many days late it is.
    pub days: u32,
    /// The slack days that could be taken for it.
    pub allowed: u32,
    /// The slack days that are taken.
    pub used: u32,
    /// The days that cost the penalty.
    pub penalised: u32,
    /// Whether it came too late to be accepted: no points.
    pub closed: bool,
    /// The share that the penalty leaves.
    pub factor: f64,
    /// The points that are left.
    pub score: f64,
}

/// `ceil((submitted - due - grace) / 24 h)`, 0 for what is in time.
#[must_use]
pub fn days_late(submitted: Timestamp, due: Timestamp, grace_minutes: u32) -> u32 {
    let grace = SignedDuration::from_mins(i64::from(grace_minutes));
    let over = submitted.duration_since(due).saturating_sub(grace);
    if over <= SignedDuration::ZERO {
        return 0;
    }
    let days = over.as_nanos().div_euclid(DAY.as_nanos());
    let begun = i128::from(over.as_nanos().rem_euclid(DAY.as_nanos()) > 0);
    u32::try_from(days + begun).unwrap_or(u32::MAX)
}

/// What is left of `raw` of `max` points that were handed in `days` late, when at most `allowed` slack days can
/// be taken: the smaller of what is left of the budget and of `late.per_assignment`.
#[must_use]
pub fn charge(rules: &Late, raw: f64, max: f64, days: u32, allowed: u32) -> Charge {
    let covered = days.min(allowed);
    let penalised = days - covered;
    let closed = (rules.after_slack == AfterSlack::Closed && penalised > 0)
        || rules.close_after_days.is_some_and(|limit| days > limit);
    let kept = rules.slack_for_zero == SlackForZero::Kept && raw <= 0.0;
    let factor = if closed {
        0.0
    } else {
        factor(rules, penalised)
    };
    let left = match rules.penalty_base {
        PenaltyBase::Raw => raw * factor,
        PenaltyBase::Max => raw - max * (1.0 - factor),
    };
    Charge {
        days,
        allowed,
        used: if kept { 0 } else { covered },
        penalised,
        closed,
        factor,
        score: left.min(max).max(0.0),
    }
}

fn factor(rules: &Late, penalised: u32) -> f64 {
    let days = f64::from(penalised);
    let left = match rules.penalty_kind {
        PenaltyKind::Additive => 1.0 - rules.penalty_per_day * days,
        PenaltyKind::Compounding => (1.0 - rules.penalty_per_day).powf(days),
    };
    left.max(rules.minimum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The charges of hand-ins with these days late, each of 100 points, in the order in which they are due.
    fn account(rules: &Late, budget: u32, days: &[u32]) -> Vec<Charge> {
        let mut left = budget;
        days.iter()
            .map(|&days| {
                let charge = charge(rules, 100.0, 100.0, days, left.min(rules.per_assignment));
                left -= charge.used;
                charge
            })
            .collect()
    }

    #[test]
    fn the_golden_table() {
        let charges = account(&Late::default(), 10, &[2, 4, 3, 3, 1]);
        let rows: Vec<_> = charges
            .iter()
            .map(|c| (c.used, c.penalised, c.score))
            .collect();
        let golden = [
            (2, 0, 100.0),
            (3, 1, 90.0),
            (3, 0, 100.0),
            (2, 1, 90.0),
            (0, 1, 90.0),
        ];
        assert_eq!(rows, golden);
    }

    #[test]
    fn a_begun_day_is_a_day() {
        let due = at("2026-10-20T20:29:00Z");
        let days = |time: &str| days_late(at(time), due, 0);
        assert_eq!(days("2026-10-01T00:00:00Z"), 0);
        assert_eq!(days("2026-10-20T20:29:00Z"), 0);
        assert_eq!(days("2026-10-20T20:29:00.000000001Z"), 1);
        assert_eq!(days("2026-10-21T20:29:00Z"), 1);
        assert_eq!(days("2026-10-21T20:29:01Z"), 2);
        // twenty thousand years are counted, not a panic
        assert!(days_late(Timestamp::MAX, Timestamp::MIN, 0) > 7_300_000);
    }

    #[test]
    fn days_are_counted_from_the_end_of_the_grace() {
        let due = at("2026-10-20T20:00:00Z");
        assert_eq!(days_late(at("2026-10-20T20:10:00Z"), due, 10), 0);
        assert_eq!(days_late(at("2026-10-20T20:10:01Z"), due, 10), 1);
        assert_eq!(days_late(at("2026-10-21T20:10:00Z"), due, 10), 1);
        assert_eq!(days_late(at("2026-10-21T20:10:01Z"), due, 10), 2);
    }

    #[test]
    fn a_clock_that_is_put_forward_changes_no_day() {
        // Tehran, 21 March 2021, 23:59 (+03:30); clocks went forward at midnight, and 23 hours of the
        // clock's later, on 22 March 23:59 (+04:30), 23 hours have passed
        let due = at("2021-03-21T23:59:00+03:30");
        assert_eq!(days_late(at("2021-03-22T23:59:00+04:30"), due, 0), 1);
        assert_eq!(days_late(at("2021-03-23T00:59:00+04:30"), due, 0), 1);
        assert_eq!(days_late(at("2021-03-23T00:59:01+04:30"), due, 0), 2);
    }

    #[test]
    fn the_other_readings_worked_out_by_hand() {
        let rules = |change: fn(&mut Late)| {
            let mut rules = Late::default();
            change(&mut rules);
            rules
        };
        // 60 of 100, two days without slack
        let score = |rules: &Late| charge(rules, 60.0, 100.0, 2, 0).score;
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
        close(score(&Late::default()), 48.0);
        close(score(&rules(|r| r.penalty_base = PenaltyBase::Max)), 40.0);
        close(
            score(&rules(|r| r.penalty_kind = PenaltyKind::Compounding)),
            48.6,
        );
        close(score(&rules(|r| r.minimum = 0.9)), 54.0);
        close(score(&rules(|r| r.after_slack = AfterSlack::Closed)), 0.0);
        close(score(&rules(|r| r.close_after_days = Some(1))), 0.0);
        close(score(&rules(|r| r.close_after_days = Some(2))), 48.0);
        // eleven days at 10 % are not less than nothing
        close(charge(&Late::default(), 60.0, 100.0, 11, 0).score, 0.0);
        // one of 100 points, 10 % of the maximum
        close(
            charge(
                &rules(|r| r.penalty_base = PenaltyBase::Max),
                1.0,
                100.0,
                1,
                0,
            )
            .score,
            0.0,
        );
    }

    #[test]
    fn nothing_takes_no_slack_unless_the_policy_says_so() {
        let kept = charge(&Late::default(), 0.0, 40.0, 2, 3);
        assert_eq!((kept.used, kept.penalised), (0, 0));
        let rules = Late {
            slack_for_zero: SlackForZero::Taken,
            ..Late::default()
        };
        assert_eq!(charge(&rules, 0.0, 40.0, 2, 3).used, 2);
    }

    #[test]
    fn what_is_not_accepted_has_used_up_its_slack() {
        let rules = Late {
            after_slack: AfterSlack::Closed,
            ..Late::default()
        };
        let closed = charge(&rules, 100.0, 100.0, 4, 3);
        assert_eq!((closed.used, closed.closed, closed.score), (3, true, 0.0));
        assert_eq!(charge(&rules, 100.0, 100.0, 3, 3).score, 100.0);
    }

    fn config() -> Config {
        Config {
            cases: 512,
            rng_seed: RngSeed::Fixed(20_261_020),
            failure_persistence: None,
            ..Config::default()
        }
    }

    prop_compose! {
        fn any_rules()(
            per_assignment in 0u32..5,
            penalty_per_day in 0.0..=1.0,
            minimum in prop_oneof![Just(0.0), 0.0..=1.0],
            base in prop_oneof![Just(PenaltyBase::Raw), Just(PenaltyBase::Max)],
            kind in prop_oneof![Just(PenaltyKind::Additive), Just(PenaltyKind::Compounding)],
            after in prop_oneof![Just(AfterSlack::Penalty), Just(AfterSlack::Closed)],
            zero in prop_oneof![Just(SlackForZero::Kept), Just(SlackForZero::Taken)],
            close_after_days in prop::option::of(0u32..12),
        ) -> Late {
            Late {
                per_assignment,
                penalty_per_day,
                minimum,
                penalty_base: base,
                penalty_kind: kind,
                after_slack: after,
                slack_for_zero: zero,
                close_after_days,
                ..Late::default()
            }
        }
    }

    fn any_days() -> impl Strategy<Value = Vec<u32>> {
        prop::collection::vec(0u32..14, 1..7)
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn later_never_increases_a_score(rules in any_rules(), days in any_days(), at in 0usize..7, more in 1u32..9, budget in 0u32..12) {
            let at = at % days.len();
            let mut later = days.clone();
            later[at] += more;
            for (before, after) in account(&rules, budget, &days).iter().zip(account(&rules, budget, &later)) {
                prop_assert!(after.score <= before.score);
            }
        }

        #[test]
        fn slack_stays_within_the_budget_and_the_limit(rules in any_rules(), days in any_days(), budget in 0u32..12) {
            let charges = account(&rules, budget, &days);
            prop_assert!(charges.iter().map(|c| c.used).sum::<u32>() <= budget);
            prop_assert!(charges.iter().all(|c| c.used <= rules.per_assignment && c.used + c.penalised == c.days));
        }

        #[test]
        fn a_score_is_between_nothing_and_everything(rules in any_rules(), days in 0u32..40, raw in 0.0..=240.0, allowed in 0u32..5) {
            let score = charge(&rules, raw, 240.0, days, allowed).score;
            prop_assert!((0.0..=raw).contains(&score));
        }

        #[test]
        fn an_extension_never_lowers_the_score_it_is_for(rules in any_rules(), late in -400_000i64..2_000_000, longer in 0i64..2_000_000, allowed in 0u32..5) {
            let due = Timestamp::UNIX_EPOCH;
            let handed_in = due + SignedDuration::from_secs(late);
            let score = |due| charge(&rules, 50.0, 100.0, days_late(handed_in, due, 0), allowed).score;
            prop_assert!(score(due + SignedDuration::from_secs(longer)) >= score(due));
        }
    }
}
