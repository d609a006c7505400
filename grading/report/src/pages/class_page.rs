//! The page of the class, for assistants.

use std::collections::BTreeMap;

use askama::Template;

use super::counting::{Attempts, attempts};
use super::flags::{Flag, flags};
use super::frame::{Frame, render};
use super::histogram::histogram;
use super::model::HandInResults;
use super::rates::{self, CheckRate, PartRate};
use super::slow::{self, SlowCheck, SlowHandIn};
use super::stats::{Bins, Figures};
use super::words::{handed_in, points, tone};
use super::{ClassResults, Extras, LateSummary, ReportError, filters};
use crate::{Summary, SummaryStatus};

#[derive(Template)]
#[template(path = "class.html")]
struct ClassPage<'a> {
    frame: Frame,
    class: &'a ClassResults,
    students: usize,
    /// Whether somebody said which hand-ins count.
    chosen: bool,
    graded: usize,
    rejected: usize,
    grader_errors: usize,
    /// How many hand-ins the rates are of.
    scored: usize,
    max: u32,
    theory_max: u32,
    figures: Option<Figures>,
    theory_figures: Option<Figures>,
    histogram: String,
    theory_histogram: Option<String>,
    problems: Vec<Row<'a>>,
    rows: Vec<Row<'a>>,
    show_students: bool,
    show_names: bool,
    show_attempts: bool,
    show_late: bool,
    part_rates: Vec<PartRate>,
    check_rates: Vec<CheckRate>,
    slow_hand_ins: Vec<SlowHandIn<'a>>,
    slow_checks: Vec<SlowCheck<'a>>,
    flags: Vec<Flag<'a>>,
}

/// A hand-in in the table.
#[derive(Clone)]
struct Row<'a> {
    hand_in: &'a HandInResults,
    /// The name of its pages, without the ending.
    file: String,
    name: Option<&'a str>,
    /// Whether it is the one that counts, as far as anybody can tell.
    counts: bool,
    points: String,
    /// Below all points for those that have none.
    sort_points: i64,
    tone: &'static str,
    handed_in: String,
    cells: Vec<Cell>,
    late: Option<&'a LateSummary>,
}

/// The points of a part in the table.
#[derive(Clone)]
struct Cell {
    text: String,
    tone: &'static str,
}

/// The page of `class`.
///
/// # Errors
/// When the template cannot be filled in.
pub(crate) fn class_page(class: &ClassResults, extras: &Extras) -> Result<String, ReportError> {
    let students = attempts(class, &extras.counting);
    let counting = counting(class, &students);
    let graded: Vec<&HandInResults> = counting
        .iter()
        .copied()
        .filter(|h| h.summary.status == SummaryStatus::Graded)
        .collect();
    let most = |of: fn(&Summary) -> u32| {
        let all = class.hand_ins.iter();
        all.map(|h| of(&h.summary)).max().unwrap_or(0)
    };
    let (max, theory_max) = (most(|s| s.max), most(|s| s.theory_max));
    let got: Vec<u32> = graded.iter().filter_map(|h| h.summary.points).collect();
    let theory: Vec<u32> = graded.iter().filter_map(|h| h.summary.theory).collect();
    let figures = Figures::of(&got);
    let theory_figures = Figures::of(&theory).filter(|_| theory_max > 0);
    let part_rates = rates::parts(&graded);
    let rows: Vec<Row> = class
        .hand_ins
        .iter()
        .enumerate()
        .map(|(index, hand_in)| {
            let attempts = students.get(hand_in.summary.student.as_str());
            let counting = attempts.and_then(|attempts| attempts.counts);
            let counts = counting.is_none_or(|one| one == index);
            row(hand_in, counts, &part_rates, extras)
        })
        .collect();
    let with = |status| move |h: &&HandInResults| h.summary.status == status;
    let count = |status| class.hand_ins.iter().filter(with(status)).count();
    let all: Vec<&HandInResults> = class.hand_ins.iter().collect();
    let page = ClassPage {
        frame: Frame::new(&class.assignment, true),
        class,
        students: students.len(),
        chosen: !extras.counting.is_empty(),
        graded: count(SummaryStatus::Graded),
        rejected: count(SummaryStatus::Rejected),
        grader_errors: count(SummaryStatus::GraderError),
        scored: graded.len(),
        max,
        theory_max,
        histogram: histogram(&Bins::of(&got, max), figures.as_ref()),
        theory_histogram: (theory_max > 0)
            .then(|| histogram(&Bins::of(&theory, theory_max), theory_figures.as_ref())),
        figures,
        theory_figures,
        problems: problems(&rows),
        rows,
        show_names: all
            .iter()
            .any(|h| extras.names.contains_key(&h.summary.student)),
        show_students: all.iter().any(|h| !says_the_student(&h.summary)),
        show_attempts: all.iter().any(|h| h.summary.attempt.is_some()),
        show_late: !extras.late.is_empty(),
        part_rates,
        check_rates: rates::checks(&graded),
        slow_hand_ins: slow::hand_ins(&all),
        slow_checks: slow::checks(&all),
        flags: flags(class, &students),
    };
    render("index.html", &page)
}

/// The hand-ins that the figures are of: one of each student, and all where nobody can tell which counts.
fn counting<'a>(
    class: &'a ClassResults,
    students: &BTreeMap<&str, Attempts>,
) -> Vec<&'a HandInResults> {
    let indices = students
        .values()
        .flat_map(|attempts| match attempts.counts {
            Some(one) => vec![one],
            None => attempts.all.clone(),
        });
    indices.map(|index| &class.hand_ins[index]).collect()
}

/// Whether the name of the hand-in is the student's number, as it is of one that was imported.
fn says_the_student(summary: &Summary) -> bool {
    let rest = summary.hand_in.strip_prefix(&summary.student);
    let attempt = summary.attempt.map(|attempt| format!("-{attempt}"));
    rest.is_some_and(|rest| rest == attempt.unwrap_or_default())
}

/// The rows without a score, the grader's errors first.
fn problems<'a>(rows: &[Row<'a>]) -> Vec<Row<'a>> {
    let of = |status| {
        let rows = rows.iter();
        rows.filter(move |row| row.hand_in.summary.status == status)
            .cloned()
    };
    of(SummaryStatus::GraderError)
        .chain(of(SummaryStatus::Rejected))
        .collect()
}

fn row<'a>(
    hand_in: &'a HandInResults,
    counts: bool,
    parts: &[PartRate],
    extras: &'a Extras,
) -> Row<'a> {
    let summary = &hand_in.summary;
    Row {
        hand_in,
        file: hand_in.file(),
        name: extras.names.get(&summary.student).map(String::as_str),
        counts,
        points: points(summary),
        sort_points: summary.points.map_or(-1, i64::from),
        tone: tone(summary),
        handed_in: handed_in(summary),
        cells: parts.iter().map(|part| cell(summary, part)).collect(),
        late: extras.late.get(&summary.student).filter(|_| counts),
    }
}

fn cell(summary: &Summary, part: &PartRate) -> Cell {
    let found = summary.parts.iter().find(|(id, _)| *id == part.id);
    let Some((_, points)) = found else {
        return Cell {
            text: "–".into(),
            tone: "",
        };
    };
    let tone = match *points {
        0 => "zero",
        points if points == part.max => "full",
        _ => "some",
    };
    Cell {
        text: points.to_string(),
        tone,
    }
}
