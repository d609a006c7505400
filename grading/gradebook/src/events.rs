//! What happened: everything but the policy and the roster that a score depends on.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::number::short;
use crate::policy::Extension;
use crate::summary::Summary;

/// An event with its place in the order of recording, and who recorded it when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded<T> {
    /// Later events have greater numbers.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who recorded it.
    pub who: String,
    /// The event.
    #[serde(flatten)]
    pub what: T,
}

/// Everything that was recorded. The order within the lists means nothing: `seq` does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Events {
    /// Results of grading.
    pub runs: Vec<Recorded<Summary>>,
    /// Marks given by people.
    pub marks: Vec<Recorded<Mark>>,
    /// Decisions about single students.
    pub overrides: Vec<Recorded<Override>>,
    /// Extensions granted after `course.toml` was written.
    pub extensions: Vec<Recorded<Extension>>,
    /// The moment that counts as now. It changes no score: a hand-in from after it is only warned of.
    pub as_of: Timestamp,
}

/// A mark given by a person: of an examination, or of a part that was marked by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The student's number.
    pub student: String,
    /// `midterm`, `final`, `a1.practical` or `a1.theory`.
    pub item: String,
    /// 0 to `max`.
    pub points: f64,
    /// What could be had.
    pub max: f64,
    /// When it was handed in; a mark without is not late.
    pub submitted_at: Option<Timestamp>,
    /// Where it comes from.
    pub why: String,
}

/// A decision about one item of one student. A later one on the same item takes its place; both stay recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Override {
    /// The student's number.
    pub student: String,
    /// `a1.practical`, `a1.theory`, `a1`, `midterm`, `final` or `total`.
    pub item: String,
    /// What was decided.
    pub decision: Decision,
    /// Why.
    pub why: String,
}

/// What is decided about an item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is worth this, whatever is computed; lateness costs nothing more.
    Score {
        /// 0 to `max`.
        points: f64,
        /// What could be had; more than 0.
        max: f64,
    },
    /// It does not count, see `totals.excused`; no slack is taken for it.
    Excused,
    /// The decisions before are void: what is computed counts.
    Withdrawn,
}

/// A decision that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} is no score; write points and maximum as in 180/240, a percentage as in 75%, excused, or withdrawn"
)]
pub struct NoDecision(String);

impl FromStr for Decision {
    type Err = NoDecision;

    fn from_str(text: &str) -> Result<Self, NoDecision> {
        let plain = crate::digits::to_ascii_digits(text.trim())
            .replace('\u{066A}', "%")
            .replace([',', '\u{066B}'], ".");
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        let (points, max) = match plain.as_str() {
            "excused" => return Ok(Self::Excused),
            "withdrawn" => return Ok(Self::Withdrawn),
            score => match (score.split_once('/'), score.strip_suffix('%')) {
                (Some((points, max)), _) => (number(points), number(max)),
                (None, Some(percent)) => (number(percent), Some(100.0)),
                (None, None) => (None, None),
            },
        };
        match (points, max) {
            (Some(points), Some(max)) if max > 0.0 && (0.0..=max).contains(&points) => {
                Ok(Self::Score { points, max })
            }
            _ => Err(NoDecision(text.to_string())),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Score { points, max } => write!(f, "{}/{}", short(*points), short(*max)),
            Self::Excused => f.write_str("excused"),
            Self::Withdrawn => f.write_str("withdrawn"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_read_and_written() {
        for (text, written) in [
            ("180/240", "180/240"),
            (" ۷۵% ", "75/100"),
            ("۷۵٫۵٪", "75.5/100"),
            ("17,25/20", "17.25/20"),
            ("0 / 20", "0/20"),
            ("17.25/20", "17.25/20"),
            ("excused", "excused"),
            ("withdrawn", "withdrawn"),
        ] {
            assert_eq!(text.parse::<Decision>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_could_be_meant_in_two_ways_or_cannot_be_is_refused() {
        for text in [
            "180", "", "241/240", "-1/20", "1/0", "nan/20", "1/inf", "101%", "Excused!",
        ] {
            assert!(text.parse::<Decision>().is_err(), "{text}");
        }
    }
}
