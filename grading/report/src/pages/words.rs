//! What tables and pages say of a hand-in in a word.

use super::file_names::file_name;
use super::model::{HandInResults, PublicPart, StaffPart};
use super::stats::percent;
use crate::{Summary, SummaryStatus};

/// The points, or why there are none.
pub(super) fn points(summary: &Summary) -> String {
    match (summary.status, summary.points) {
        (SummaryStatus::Rejected, _) => "rejected".into(),
        (_, Some(points)) => points.to_string(),
        (_, None) => "grader error".into(),
    }
}

/// The class of the style sheet that goes with the points.
pub(super) fn tone(summary: &Summary) -> &'static str {
    match summary.status {
        SummaryStatus::Graded => "",
        SummaryStatus::Rejected => "warn",
        SummaryStatus::GraderError => "bad",
    }
}

/// When it was handed in: `2026-03-14 21:03` of `2026-03-14T21:03:44Z`, and any other text as it is.
pub(super) fn handed_in(summary: &Summary) -> String {
    let time = summary.submitted_at.as_deref().unwrap_or_default();
    let in_utc = time.ends_with('Z') && time.is_ascii() && time.len() >= 17;
    match time.get(..16) {
        Some(minutes) if in_utc && &time[10..11] == "T" => minutes.replacen('T', " ", 1),
        _ => time.to_string(),
    }
}

impl HandInResults {
    /// The name of its pages, without the ending.
    pub(super) fn file(&self) -> String {
        file_name(&self.summary.hand_in)
    }

    /// What grading it took.
    pub(super) fn seconds(&self) -> f64 {
        self.timing.read + self.timing.compile + self.timing.check
    }
}

impl PublicPart {
    /// The share of its points.
    pub(super) fn percent(&self) -> u64 {
        percent(self.points, self.max)
    }
}

impl StaffPart {
    /// The share of its points.
    pub(super) fn percent(&self) -> u64 {
        percent(self.points, self.max)
    }

    /// How many of its checks failed.
    pub(super) fn failed(&self) -> usize {
        self.checks.iter().filter(|check| !check.passed()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_to_the_minute_and_an_odd_one_as_it_is() {
        let shown = |time: &str| {
            handed_in(&Summary {
                hand_in: "1".into(),
                student: "1".into(),
                attempt: None,
                submitted_at: Some(time.into()),
                submission_sha256: String::new(),
                status: SummaryStatus::Rejected,
                points: None,
                max: 0,
                theory: None,
                theory_max: 0,
                parts: vec![],
                notes: vec![],
            })
        };
        assert_eq!(shown("2026-03-14T21:03:44Z"), "2026-03-14 21:03");
        let elsewhere = "2026-03-14T21:03:44+03:30";
        assert_eq!(shown(elsewhere), elsewhere);
        assert_eq!(shown("دیروز ساعت نهZ"), "دیروز ساعت نهZ");
        assert_eq!(shown("Z"), "Z");
    }
}
