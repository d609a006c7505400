//! What changed from one grading to another, and why.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::number::short;
use crate::summary::{HandIn, Status, Summary};

/// A hand-in whose result changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its name.
    pub hand_in: String,
    /// The student's number.
    pub student: String,
    /// What changed.
    pub what: Vec<Difference>,
    /// Why, as far as that is known.
    pub why: Why,
}

/// A number or word that is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `points`, `theory`, `status`, or the id of a part.
    pub of: String,
    /// Before; `-` when there was none.
    pub before: String,
    /// After; `-` when there is none.
    pub after: String,
}

/// Why a result changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Only the second run has it.
    Appeared,
    /// Only the first run has it.
    Disappeared,
    /// The grader failed in one of the runs.
    GraderError,
    /// The hand-in's files are others.
    Files,
    /// The program, its checks, libraries or key are others.
    Checks,
    /// Both are others.
    FilesAndChecks,
    /// Neither is: the result is not reproducible, and somebody should look.
    Neither,
}

impl Why {
    /// As a sentence for a table.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Appeared => "it is in the second run only",
            Self::Disappeared => "it is in the first run only",
            Self::GraderError => "the grader failed in one of the runs",
            Self::Files => "its files changed",
            Self::Checks => "the checks changed",
            Self::FilesAndChecks => "its files and the checks changed",
            Self::Neither => "neither its files nor the checks changed: the result is flaky",
        }
    }
}

/// Every hand-in whose status or points changed from `before` to `after`, by name.
#[must_use]
pub fn diff(before: &Summary, after: &Summary) -> Vec<Change> {
    let mut pairs: BTreeMap<&str, (Option<&HandIn>, Option<&HandIn>)> = BTreeMap::new();
    for hand_in in &before.hand_ins {
        pairs.entry(&hand_in.hand_in).or_default().0 = Some(hand_in);
    }
    for hand_in in &after.hand_ins {
        pairs.entry(&hand_in.hand_in).or_default().1 = Some(hand_in);
    }
    let checks = before.grading_key != after.grading_key;
    let changes = pairs.into_values().filter_map(|(old, new)| {
        let what = differences(old, new);
        let any = old.or(new).filter(|_| !what.is_empty())?;
        Some(Change {
            hand_in: any.hand_in.clone(),
            student: any.student.clone(),
            what,
            why: why(old, new, checks),
        })
    });
    changes.collect()
}

fn why(old: Option<&HandIn>, new: Option<&HandIn>, checks: bool) -> Why {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (Some(_), None) => return Why::Disappeared,
        (None, _) => return Why::Appeared,
    };
    if [old.status, new.status].contains(&Status::GraderError) {
        return Why::GraderError;
    }
    match (old.submission_sha256 != new.submission_sha256, checks) {
        (true, true) => Why::FilesAndChecks,
        (true, false) => Why::Files,
        (false, true) => Why::Checks,
        (false, false) => Why::Neither,
    }
}

fn differences(old: Option<&HandIn>, new: Option<&HandIn>) -> Vec<Difference> {
    let (old, new) = (values(old), values(new));
    let mut names: Vec<&String> = old.iter().map(|(name, _)| name).collect();
    names.extend(
        new.iter()
            .map(|(name, _)| name)
            .filter(|name| !old.iter().any(|(known, _)| known == *name)),
    );
    let find = |values: &[(String, String)], name: &String| {
        let value = values.iter().find(|(known, _)| known == name);
        value.map_or_else(|| "-".to_string(), |(_, value)| value.clone())
    };
    names
        .into_iter()
        .map(|name| Difference {
            of: name.clone(),
            before: find(&old, name),
            after: find(&new, name),
        })
        .filter(|difference| difference.before != difference.after)
        .collect()
}

/// All that a result says, by name.
fn values(hand_in: Option<&HandIn>) -> Vec<(String, String)> {
    let Some(hand_in) = hand_in else {
        return Vec::new();
    };
    let of = |points: Option<f64>, max: f64| match points {
        Some(points) => format!("{}/{}", short(points), short(max)),
        None => "-".into(),
    };
    let mut values = vec![
        ("status".to_string(), hand_in.status.word().to_string()),
        ("points".to_string(), of(hand_in.points, hand_in.max)),
        ("theory".to_string(), of(hand_in.theory, hand_in.theory_max)),
    ];
    let parts = hand_in.parts.iter();
    values.extend(parts.map(|(id, points)| (id.clone(), short(*points))));
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{failed, hand_in, run};

    fn summary(key: &str, hand_ins: Vec<HandIn>) -> Summary {
        let mut summary = run(1, "a1", hand_ins).what;
        summary.grading_key = key.into();
        summary
    }

    fn one(points: f64, sha256: &str) -> HandIn {
        HandIn {
            submission_sha256: sha256.into(),
            parts: vec![("A1.1".into(), points)],
            ..hand_in("1001", 1, "2026-10-19T12:00:00Z", points)
        }
    }

    fn why_of(before: (&str, HandIn), after: (&str, HandIn)) -> Why {
        let changes = diff(
            &summary(before.0, vec![before.1]),
            &summary(after.0, vec![after.1]),
        );
        assert_eq!(changes.len(), 1);
        changes[0].why
    }

    #[test]
    fn each_reason_is_told_from_the_others() {
        let (old, new) = (one(10.0, "a"), one(20.0, "a"));
        assert_eq!(why_of(("k", old.clone()), ("k", new.clone())), Why::Neither);
        assert_eq!(why_of(("k", old.clone()), ("l", new.clone())), Why::Checks);
        assert_eq!(
            why_of(("k", old.clone()), ("k", one(20.0, "b"))),
            Why::Files
        );
        assert_eq!(
            why_of(("k", old.clone()), ("l", one(20.0, "b"))),
            Why::FilesAndChecks
        );
        assert_eq!(
            why_of(("k", old.clone()), ("l", failed(new))),
            Why::GraderError
        );
    }

    #[test]
    fn what_changed_is_said_and_what_did_not_is_left_out() {
        let same = hand_in("1002", 1, "2026-10-19T12:00:00Z", 5.0);
        let before = summary("k", vec![one(10.0, "a"), same.clone()]);
        let after = summary("l", vec![one(20.0, "a"), same]);
        let changes = diff(&before, &after);
        assert_eq!(changes.len(), 1);
        let what: Vec<_> = changes[0]
            .what
            .iter()
            .map(|d| format!("{} {} {}", d.of, d.before, d.after))
            .collect();
        assert_eq!(what, ["points 10/200 20/200", "A1.1 10 20"]);
        assert_eq!(diff(&before, &before), []);
    }

    #[test]
    fn what_comes_and_goes_is_named() {
        let before = summary("k", vec![one(10.0, "a")]);
        let after = summary("k", vec![]);
        assert_eq!(diff(&before, &after)[0].why, Why::Disappeared);
        let appeared = &diff(&after, &before)[0];
        assert_eq!(
            (appeared.why, appeared.what[0].before.as_str()),
            (Why::Appeared, "-")
        );
    }
}
