//! The page of one hand-in for the student. It is made of `results.json` alone, which is safe to give away: the
//! function that makes it is not given anything else.

use askama::Template;

use super::frame::{Frame, render};
use super::model::{Public, PublicPart, Test};
use super::{ReportError, filters};

#[derive(Template)]
#[template(path = "student.html")]
struct StudentPage<'a> {
    frame: &'a Frame,
    public: &'a Public,
    sections: Vec<Section<'a>>,
    max: u64,
    passed: usize,
}

/// A part and its checks.
struct Section<'a> {
    part: &'a PublicPart,
    tests: Vec<&'a Test>,
    /// Why no check of the part counts, when all say the same: it does not compile, or breaks a rule.
    reason: Option<&'a str>,
}

/// The student's page of a hand-in.
///
/// # Errors
/// When the template cannot be filled in.
pub(crate) fn student_page(public: &Public, frame: &Frame) -> Result<String, ReportError> {
    let parts = public.extra_data.parts.iter();
    let page = StudentPage {
        frame,
        public,
        sections: parts.map(|part| section(part, &public.tests)).collect(),
        max: public
            .extra_data
            .parts
            .iter()
            .map(|part| u64::from(part.max))
            .sum(),
        passed: public.tests.iter().filter(|test| test.passed()).count(),
    };
    render(&public.extra_data.student, &page)
}

fn section<'a>(part: &'a PublicPart, tests: &'a [Test]) -> Section<'a> {
    let tests: Vec<&Test> = tests.iter().filter(|test| test.number == part.id).collect();
    let reason = match tests.as_slice() {
        [first, _, ..] if tests.iter().all(|test| test.output == first.output) => {
            Some(first.output.as_str())
        }
        _ => None,
    };
    Section {
        part,
        tests,
        reason,
    }
}
