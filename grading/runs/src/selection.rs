//! Which hand-ins of a class a run grades.

use std::str::FromStr;

use intake::{Candidate, student_id};
use report::{Summary, SummaryStatus};
use serde::{Deserialize, Serialize};

/// Which hand-ins. All without anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Those of these students, or with these names. Everybody's when empty.
    pub students: Vec<String>,
    /// Those whose last result is no score of checks: rejected, or a fault of the grader.
    pub only_failed: bool,
    /// Those that met a fault of the grader.
    pub only_grader_error: bool,
    /// One share of them.
    pub shard: Option<Shard>,
}

/// Share `k` of `n`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which share.
    pub k: usize,
    /// Of how many.
    pub n: usize,
}

impl Selection {
    /// Whether the hand-in at `index` of the class's list is selected; `before` is its result so far.
    #[must_use]
    pub fn takes(&self, index: usize, name: &str, student: &str, before: Option<&Summary>) -> bool {
        let named = self.students.is_empty()
            || self
                .students
                .iter()
                .any(|wanted| is_of(wanted, name, student));
        let status = before.map(|row| row.status);
        let failed = status.is_none_or(|status| status != SummaryStatus::Graded);
        let faulty = status == Some(SummaryStatus::GraderError);
        named
            && (!self.only_failed || failed)
            && (!self.only_grader_error || faulty)
            && self
                .shard
                .is_none_or(|shard| index % shard.n == shard.k - 1)
    }

    /// The students that are asked for by name and have no hand-in in the class.
    #[must_use]
    pub fn without_hand_in(&self, hand_ins: &[(String, Candidate)]) -> Vec<&str> {
        let there = |wanted: &str| {
            hand_ins
                .iter()
                .any(|(name, candidate)| is_of(wanted, name, student_of(name, candidate)))
        };
        let wanted = self.students.iter().map(String::as_str);
        wanted.filter(|wanted| !there(wanted)).collect()
    }
}

/// Whose a hand-in called `name` is, as far as that is known before it is read.
pub(crate) fn student_of<'a>(name: &'a str, candidate: &'a Candidate) -> &'a str {
    candidate.attempt.as_ref().map_or(name, |a| &a.student)
}

/// Whether somebody who types `wanted` means this hand-in: on a Persian keyboard too, and with spaces around.
fn is_of(wanted: &str, name: &str, student: &str) -> bool {
    let wanted = student_id(wanted);
    wanted == student_id(name) || wanted == student_id(student)
}

impl Shard {
    /// A name for files: `1-of-4`.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}-of-{}", self.k, self.n)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (k, n) = text.split_once('/').unwrap_or_default();
        match (k.parse(), n.parse()) {
            (Ok(k), Ok(n)) if 0 < k && k <= n => Ok(Self { k, n }),
            _ => Err(format!("{text:?} is no share; the second of four is 2/4")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_every_hand_in_once() {
        let shards = ["1/3", "2/3", "3/3"].map(|text| Selection {
            shard: Some(text.parse().unwrap()),
            ..Selection::default()
        });
        for index in 0..20 {
            let takers = shards.iter().filter(|s| s.takes(index, "x", "x", None));
            assert_eq!(takers.count(), 1);
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn failed_are_those_without_a_score_of_checks() {
        let with = |status| Summary {
            hand_in: "a".into(),
            student: "a".into(),
            attempt: None,
            submitted_at: None,
            submission_sha256: String::new(),
            status,
            points: None,
            max: 0,
            theory: None,
            theory_max: 0,
            parts: vec![],
            notes: vec![],
        };
        let takes = |selection: &Selection| {
            [
                selection.takes(0, "a", "a", None),
                selection.takes(0, "a", "a", Some(&with(SummaryStatus::Graded))),
                selection.takes(0, "a", "a", Some(&with(SummaryStatus::Rejected))),
                selection.takes(0, "a", "a", Some(&with(SummaryStatus::GraderError))),
            ]
        };
        let mut selection = Selection {
            only_failed: true,
            ..Selection::default()
        };
        assert_eq!(takes(&selection), [true, false, true, true]);
        selection.only_grader_error = true;
        assert_eq!(takes(&selection), [false, false, false, true]);
        assert_eq!(takes(&Selection::default()), [true; 4]);
        let other = Selection {
            students: vec!["b".into()],
            ..Selection::default()
        };
        assert_eq!(takes(&other), [false; 4]);
    }

    #[test]
    fn a_number_is_found_however_it_is_typed_and_one_of_nobody_is_said() {
        let hand_in = |name: &str| Candidate {
            name: name.into(),
            path: "x".into(),
            kind: intake::Kind::File,
            attempt: None,
        };
        let class = [("40123001".to_owned(), hand_in("40123001"))];
        let typed = ["۴۰۱۲۳۰۰۱", " 40123001", "4012300x"];
        let selection = Selection {
            students: typed.map(String::from).into(),
            ..Selection::default()
        };
        assert_eq!(selection.without_hand_in(&class), ["4012300x"]);
        for typed in &typed[..2] {
            let only = Selection {
                students: vec![(*typed).into()],
                ..Selection::default()
            };
            assert!(only.takes(0, "40123001", "40123001", None), "{typed:?}");
            assert!(!only.takes(0, "40123002", "40123002", None), "{typed:?}");
        }
    }
}
