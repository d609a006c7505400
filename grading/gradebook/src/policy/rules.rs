//! The rules of `course.toml`: one struct per table, one field per key.
//!
//! Where a rule can be read in two ways, the field says both, and which one is the default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::words::words;

/// `[weights]`: what the final score is made of. They sum to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// All assignments together. Default 0.55.
    pub homework: f64,
    /// The midterm examination. Default 0.20.
    pub midterm: f64,
    /// The final examination. Default 0.25.
    pub r#final: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            homework: 0.55,
            midterm: 0.20,
            r#final: 0.25,
        }
    }
}

/// `[late]`: how days late are counted and what they cost.
///
/// A part is `ceil((handed in - due - grace) / 24 h)` days late, 0 if that is negative; in UTC, so that a clock
/// that is put forward changes nothing. Slack is taken in the order of the course's due dates, whatever
/// extensions there are: an extension that moved an assignment behind another one could lower its score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Late {
    /// Slack days for all theory parts of the course. Default 5.
    pub theory_slack: u32,
    /// Slack days for all practical parts of the course. Default 10.
    pub practical_slack: u32,
    /// The most slack days in one assignment. Default 3.
    pub per_assignment: u32,
    /// Whether `per_assignment` is meant for each part or for both together.
    pub per_assignment_scope: Scope,
    /// What each day beyond the slack costs, as a share of `penalty_base`. Default 0.10.
    pub penalty_per_day: f64,
    /// What the penalty is a share of.
    pub penalty_base: PenaltyBase,
    /// How the penalties of several days add up.
    pub penalty_kind: PenaltyKind,
    /// What happens to a hand-in for which there is not slack enough.
    pub after_slack: AfterSlack,
    /// Whether a part with 0 points takes slack days.
    pub slack_for_zero: SlackForZero,
    /// A hand-in more days late than this is not accepted, slack or not. Default: no such limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_after_days: Option<u32>,
    /// Minutes after the due date that are not late. Days are counted from the end of them. Default 0.
    pub grace_minutes: u32,
    /// The smallest share that the penalties leave, however late it is; nothing for a hand-in that is not
    /// accepted. Default 0.
    pub minimum: f64,
}

impl Default for Late {
    fn default() -> Self {
        Self {
            theory_slack: 5,
            practical_slack: 10,
            per_assignment: 3,
            per_assignment_scope: Scope::Each,
            penalty_per_day: 0.10,
            penalty_base: PenaltyBase::Raw,
            penalty_kind: PenaltyKind::Additive,
            after_slack: AfterSlack::Penalty,
            slack_for_zero: SlackForZero::Kept,
            close_after_days: None,
            grace_minutes: 0,
            minimum: 0.0,
        }
    }
}

words! {
    /// `late.per_assignment_scope`: "at most 3 slack days per assignment" of a course with two budgets.
    Scope {
        /// Up to 3 for the practical part and up to 3 for theory: the budgets have nothing to do with each
        /// other. The default.
        Each = "each",
        /// 3 for both parts together; the part that is due first takes its days first, practical before theory
        /// when they are due together.
        Shared = "shared",
    }
}

words! {
    /// `late.penalty_base`: "10 % per day", of what?
    PenaltyBase {
        /// Of the points that the hand-in got: half the work one day late keeps 90 % of its points. The default.
        Raw = "raw",
        /// Of the points that could be had: each day costs everybody the same number of points, down to 0.
        Max = "max",
    }
}

words! {
    /// `late.penalty_kind`: two days late at 10 % a day.
    PenaltyKind {
        /// 80 % is left: 1 - 2 x 0.1. The default.
        Additive = "additive",
        /// 81 % is left: 0.9 x 0.9.
        Compounding = "compounding",
    }
}

words! {
    /// `late.after_slack`: "at most 3 slack days, then 10 % per day".
    AfterSlack {
        /// Days without slack are accepted and cost the penalty. The default.
        Penalty = "penalty",
        /// A hand-in that would need a day without slack is not accepted: 0 points. The slack days in which it was
        /// waited for are gone, so that being later never pays.
        Closed = "closed",
    }
}

words! {
    /// `late.slack_for_zero`: a part of a late hand-in got 0 points. A theory sheet that was not handed in with the
    /// practical part is such a part.
    SlackForZero {
        /// It takes no slack days: there is nothing that they could save. The default.
        Kept = "kept",
        /// It takes the days like any other.
        Taken = "taken",
    }
}

/// `[attempts]`: which of several hand-ins counts. Only one that is accepted can count, when there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attempts {
    /// Which one counts.
    pub counts: Counts,
    /// Whether the theory sheet may come from another hand-in than the practical part.
    pub parts: Parts,
    /// What a rejected hand-in (a damaged zip, no part in it) does to the others.
    pub rejected: RejectedAttempt,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            counts: Counts::Last,
            parts: Parts::Separate,
            rejected: RejectedAttempt::Skipped,
        }
    }
}

words! {
    /// `attempts.counts`
    Counts {
        /// The last one, also if it is worse: what a student hands in last is what is meant. The default.
        Last = "last",
        /// The first one: a second look at the assignment's checks is no help.
        First = "first",
        /// The one with the most points after lateness; of equals the one that takes fewer slack days, then the
        /// earlier one. Decided in the order of the due dates, without regard to what later assignments need.
        Best = "best",
    }
}

words! {
    /// `attempts.parts`: differs only where the parts have different deadlines or `counts` is `best`.
    Parts {
        /// Each part takes the attempt that counts for it. The default.
        Separate = "separate",
        /// One attempt counts for both: with `best`, the one that makes most of the whole assignment.
        Same = "same",
    }
}

words! {
    /// `attempts.rejected`
    RejectedAttempt {
        /// It counts only when there is no other: a broken upload after good work costs nothing. The default.
        Skipped = "skipped",
        /// It is an attempt like any other, with 0 points.
        Counts = "counts",
    }
}

/// `[totals]`: how scores are put together and written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Totals {
    /// Decimals in tables and exports. Default 2. Scores are rounded only there, a half away from zero; all
    /// computing is done with what is not rounded.
    pub digits: u32,
    /// What a student without a hand-in has.
    pub missing: Missing,
    /// What becomes of the weight of an item that a student is excused from.
    pub excused: ExcusedWeight,
}

impl Default for Totals {
    fn default() -> Self {
        Self {
            digits: 2,
            missing: Missing::Zero,
            excused: ExcusedWeight::Redistributed,
        }
    }
}

words! {
    /// `totals.missing`: nothing was handed in, and the assignment's results are complete. An examination without a
    /// mark is always pending: whoever was absent gets a written 0, and a forgotten row must not become one.
    Missing {
        /// 0 points. The default.
        Zero = "zero",
        /// No score yet: the total stays open until somebody decides.
        Pending = "pending",
    }
}

words! {
    /// `totals.excused`
    ExcusedWeight {
        /// The other items of the same group carry it, in proportion to their weights. The default.
        Redistributed = "redistributed",
        /// The item counts as full marks.
        Full = "full",
    }
}

/// `[exports]`: names that learning platforms want.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exports {
    /// The heading of an item's column in Canvas, with the number that Canvas gave it: `a1 = "Assignment 1 (4711)"`.
    /// Without, the item's id, of which Canvas makes a new column.
    pub canvas: BTreeMap<String, String>,
}

words! {
    /// The two parts of an assignment.
    Part {
        /// What is programmed.
        Practical = "practical",
        /// The theory sheet.
        Theory = "theory",
    }
}

impl Part {
    /// Both, practical first.
    pub const BOTH: [Self; 2] = [Self::Practical, Self::Theory];
}

words! {
    /// What an extension is for.
    ExtensionOf {
        /// The practical part.
        Practical = "practical",
        /// The theory sheet.
        Theory = "theory",
        /// Both; the default.
        Both = "both",
    }
}

impl ExtensionOf {
    /// Whether `part` is extended.
    #[must_use]
    pub fn covers(self, part: Part) -> bool {
        matches!(
            (self, part),
            (Self::Both, _) | (Self::Practical, Part::Practical) | (Self::Theory, Part::Theory)
        )
    }
}

impl Late {
    /// The slack days of the course for a part.
    #[must_use]
    pub fn slack(&self, part: Part) -> u32 {
        match part {
            Part::Practical => self.practical_slack,
            Part::Theory => self.theory_slack,
        }
    }
}
