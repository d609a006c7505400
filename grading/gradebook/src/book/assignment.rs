//! One assignment after the other: which hand-in counts, and what lateness takes.

use jiff::Timestamp;

use super::index::Index;
use super::{AssignmentBook, Chosen, PartBook, Source, UsedExtension, worth};
use crate::grade::{Grade, combined};
use crate::late::{Charge, charge, days_late};
use crate::policy::{Assignment, Counts, Late, Missing, Part, Parts, RejectedAttempt, Scope};
use crate::summary::{HandIn, Status};

/// The assignments of a student, in the order in which they are due: in it slack is taken.
pub(super) fn all(index: &Index, student: &str) -> Vec<AssignmentBook> {
    let late = &index.policy.late;
    let mut left = Part::BOTH.map(|part| late.slack(part));
    let mut books = Vec::new();
    for assignment in &index.policy.assignments {
        let slack = Slack { left, used: [0, 0] };
        let mut desk = Desk {
            index,
            student,
            assignment,
            slack,
        };
        let parts = desk.parts();
        left = desk.slack.left;
        let shares: Vec<(f64, Grade)> = parts.iter().map(|p| (p.share, p.worth.grade)).collect();
        books.push(AssignmentBook {
            id: assignment.id.clone(),
            weight: assignment.weight,
            worth: worth(index, student, &assignment.id, combined(&shares)),
            parts,
        });
    }
    books
}

/// The slack days that are left in the course, and those that were used in this assignment.
#[derive(Clone, Copy)]
struct Slack {
    left: [u32; 2],
    used: [u32; 2],
}

impl Slack {
    fn allowed(&self, late: &Late, part: Part) -> u32 {
        let used = match late.per_assignment_scope {
            Scope::Each => self.used[part as usize],
            Scope::Shared => self.used.iter().sum(),
        };
        self.left[part as usize].min(late.per_assignment.saturating_sub(used))
    }

    fn take(&mut self, part: Part, days: u32) {
        self.left[part as usize] -= days;
        self.used[part as usize] += days;
    }
}

/// Points of a part, wherever they come from.
#[derive(Clone, Copy)]
struct Points {
    raw: Option<f64>,
    max: f64,
    submitted_at: Option<Timestamp>,
}

impl Points {
    fn of(hand_in: &HandIn, part: Part) -> Self {
        let (raw, max) = match part {
            Part::Practical => (hand_in.points, hand_in.max),
            Part::Theory => (hand_in.theory, hand_in.theory_max),
        };
        let known = hand_in.status != Status::GraderError;
        Self {
            raw: raw.filter(|_| known),
            max,
            submitted_at: hand_in.submitted_at,
        }
    }
}

/// A hand-in, and what would become of the parts that it could count for.
struct Candidate<'a> {
    hand_in: &'a HandIn,
    charges: Vec<(Part, Option<Charge>)>,
    accepted: bool,
    pending: bool,
    value: f64,
    used: u32,
}

/// One assignment of one student.
struct Desk<'a> {
    index: &'a Index<'a>,
    student: &'a str,
    assignment: &'a Assignment,
    slack: Slack,
}

impl<'a> Desk<'a> {
    fn parts(&mut self) -> Vec<PartBook> {
        let mut open: Vec<Part> = Part::BOTH
            .into_iter()
            .filter(|&part| self.assignment.share(part) > 0.0)
            .collect();
        // a stable sort: practical first when both are due together
        open.sort_by_key(|&part| self.assignment.due(part));
        let mut books = Vec::new();
        while let Some(&part) = open.first() {
            let together: Vec<Part> = if self.by_hand_in(part) {
                let same = self.index.policy.attempts.parts == Parts::Same;
                let with = |&other: &Part| other == part || (same && self.by_hand_in(other));
                open.iter().copied().filter(with).collect()
            } else {
                vec![part]
            };
            open.retain(|part| !together.contains(part));
            books.extend(self.settle(&together));
        }
        books.sort_by_key(|book| book.part);
        books
    }

    fn item(&self, part: Part) -> String {
        format!("{}.{}", self.assignment.id, part.word())
    }

    /// Whether the part is worth what a hand-in of it is worth.
    fn by_hand_in(&self, part: Part) -> bool {
        let item = self.item(part);
        self.index.mark(self.student, &item).is_none() && !self.excused(part)
    }

    fn excused(&self, part: Part) -> bool {
        let excused = |item: &str| self.index.excused(self.student, item);
        excused(&self.item(part)) || excused(&self.assignment.id)
    }

    fn settle(&mut self, parts: &[Part]) -> Vec<PartBook> {
        let mut books = Vec::new();
        if let [part] = *parts
            && let Some(mark) = self.index.mark(self.student, &self.item(part))
        {
            let points = Points {
                raw: Some(mark.what.points),
                max: mark.what.max,
                submitted_at: mark.what.submitted_at,
            };
            let charge = self.charge(&mut self.slack.clone(), part, points);
            books.push(self.book(part, Source::Mark(mark.clone()), Some(points), charge));
        } else if let Some((chosen, candidate)) = self.choose(parts) {
            for (part, charge) in candidate.charges {
                let points = Points::of(candidate.hand_in, part);
                books.push(self.book(part, Source::HandIn(chosen.clone()), Some(points), charge));
            }
        } else {
            for &part in parts {
                let why = self.nothing().1.to_string();
                books.push(self.book(part, Source::Nothing { why }, None, None));
            }
        }
        books
    }

    /// What a part is worth for which there is neither a hand-in nor a mark, and why.
    fn nothing(&self) -> (Grade, &'static str) {
        let results = self.index.results.get(self.assignment.id.as_str());
        match (results, self.index.policy.totals.missing) {
            (Some(results), _) if !results.any => (Grade::OPEN, "no results yet"),
            (Some(results), _) if !results.complete => (
                Grade::OPEN,
                "nothing found, but the results are not complete",
            ),
            (_, Missing::Pending) => (Grade::OPEN, "nothing handed in"),
            (_, Missing::Zero) => (Grade::Scored { share: 0.0 }, "nothing handed in"),
        }
    }

    /// Takes slack for real, and writes down what became of a part.
    fn book(
        &mut self,
        part: Part,
        source: Source,
        points: Option<Points>,
        charge: Option<Charge>,
    ) -> PartBook {
        if let Some(charge) = &charge {
            self.slack.take(part, charge.used);
        }
        let computed = match (&points, &charge) {
            (None, _) => self.nothing().0,
            (Some(points), Some(charge)) if points.raw.is_none() && !charge.closed => {
                Grade::Pending {
                    low: 0.0,
                    high: charge.score / points.max,
                }
            }
            (Some(points), Some(charge)) => Grade::of(charge.score, points.max),
            (Some(points), None) => match points.raw.filter(|_| points.max > 0.0) {
                Some(raw) => Grade::of(raw, points.max),
                None => Grade::OPEN,
            },
        };
        let (due, extension) = self.due(part);
        PartBook {
            part,
            share: self.assignment.share(part),
            due,
            extension,
            source,
            raw: points.and_then(|p| p.raw),
            max: points.map(|p| p.max),
            charge,
            slack_left: self.slack.left[part as usize],
            worth: worth(self.index, self.student, &self.item(part), computed),
        }
    }

    fn due(&self, part: Part) -> (Timestamp, Option<UsedExtension>) {
        self.index.due(self.student, self.assignment, part)
    }

    /// What lateness does to points, taking the slack from `slack`. Nothing when the part does not exist in the
    /// results or the student is excused from it. Points that are not known yet are taken for full marks.
    fn charge(&self, slack: &mut Slack, part: Part, points: Points) -> Option<Charge> {
        if points.max <= 0.0 || self.excused(part) {
            return None;
        }
        let late = &self.index.policy.late;
        let days = points.submitted_at.map_or(0, |time| {
            days_late(time, self.due(part).0, late.grace_minutes)
        });
        let raw = points.raw.unwrap_or(points.max);
        let charge = charge(late, raw, points.max, days, slack.allowed(late, part));
        slack.take(part, charge.used);
        Some(charge)
    }

    fn candidate(&self, hand_in: &'a HandIn, parts: &[Part]) -> Candidate<'a> {
        let mut slack = self.slack;
        let mut candidate = Candidate {
            hand_in,
            charges: Vec::new(),
            accepted: false,
            pending: false,
            value: 0.0,
            used: 0,
        };
        for &part in parts {
            let points = Points::of(hand_in, part);
            let charge = self.charge(&mut slack, part, points);
            candidate.pending |= points.raw.is_none();
            candidate.accepted |= charge.is_none_or(|charge| !charge.closed);
            if let Some(charge) = charge {
                candidate.value += self.assignment.share(part) * charge.score / points.max;
                candidate.used += charge.used;
            }
            candidate.charges.push((part, charge));
        }
        candidate
    }

    /// The hand-in that counts for these parts.
    fn choose(&self, parts: &[Part]) -> Option<(Chosen, Candidate<'a>)> {
        let results = self.index.results.get(self.assignment.id.as_str())?;
        let hand_ins = results.of.get(self.student)?;
        let mut candidates: Vec<Candidate> = hand_ins
            .iter()
            .map(|hand_in| self.candidate(hand_in, parts))
            .collect();
        let rules = &self.index.policy.attempts;
        let mut passed_over = Vec::new();
        if rules.rejected == RejectedAttempt::Skipped {
            prefer(&mut candidates, &mut passed_over, "rejected", |c| {
                c.hand_in.status != Status::Rejected
            });
        }
        prefer(
            &mut candidates,
            &mut passed_over,
            "too late to be accepted",
            |c| c.accepted,
        );
        let (at, why_not) = match rules.counts {
            Counts::Last => (candidates.len().checked_sub(1)?, "not the last"),
            Counts::First => (0, "not the first"),
            Counts::Best => (best(&candidates)?, "not the best"),
        };
        let candidate = candidates.remove(at);
        passed_over.extend(
            candidates
                .iter()
                .map(|c| (c.hand_in.hand_in.clone(), why_not)),
        );
        passed_over.sort();
        let hand_in = candidate.hand_in;
        let chosen = Chosen {
            hand_in: hand_in.hand_in.clone(),
            attempt: hand_in.attempt,
            submitted_at: hand_in.submitted_at,
            status: hand_in.status,
            notes: hand_in.notes.clone(),
            passed_over,
        };
        Some((chosen, candidate))
    }
}

/// Passes over the candidates that are not `good`, unless there would be none left.
fn prefer(
    candidates: &mut Vec<Candidate>,
    passed_over: &mut Vec<(String, &'static str)>,
    why_not: &'static str,
    good: impl Fn(&Candidate) -> bool,
) {
    if candidates.iter().any(&good) {
        let bad = candidates.iter().filter(|candidate| !good(candidate));
        passed_over.extend(bad.map(|c| (c.hand_in.hand_in.clone(), why_not)));
        candidates.retain(good);
    }
}

/// The best: one that is pending, since it may be; else the most points, the fewest slack days, the earliest.
fn best(candidates: &[Candidate]) -> Option<usize> {
    let pending = candidates.iter().rposition(|candidate| candidate.pending);
    pending.or_else(|| {
        // 1 - 3 x 0.1 is 0.7000000000000001: what differs only by that is equal
        let points = |candidate: &Candidate| (candidate.value * 1e9).round() as i64;
        let order = |c: &Candidate| (std::cmp::Reverse(points(c)), c.used);
        let (at, _) = candidates
            .iter()
            .enumerate()
            .min_by_key(|(_, c)| order(c))?;
        Some(at)
    })
}
