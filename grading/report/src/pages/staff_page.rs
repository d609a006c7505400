//! The page of one hand-in for assistants: everything of `staff.json`.

use askama::Template;

use super::frame::{Frame, render};
use super::model::HandInResults;
use super::words::{handed_in, points, tone};
use super::{LateSummary, ReportError, filters};

#[derive(Template)]
#[template(path = "staff.html")]
struct StaffPage<'a> {
    frame: &'a Frame,
    hand_in: &'a HandInResults,
    file: String,
    points: String,
    tone: &'static str,
    /// The points of the theory sheet, where there is one.
    theory: Option<u32>,
    handed_in: String,
    late: Option<&'a LateSummary>,
}

/// The page of `hand_in`, which may hold what students must not see.
///
/// # Errors
/// When the template cannot be filled in.
pub(crate) fn staff_page(
    hand_in: &HandInResults,
    late: Option<&LateSummary>,
    frame: &Frame,
) -> Result<String, ReportError> {
    let summary = &hand_in.summary;
    let page = StaffPage {
        frame,
        hand_in,
        file: hand_in.file(),
        points: points(summary),
        tone: tone(summary),
        theory: summary.theory.filter(|_| summary.theory_max > 0),
        handed_in: handed_in(summary),
        late,
    };
    render(&summary.hand_in, &page)
}
