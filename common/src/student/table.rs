//! The report of `check` as text: a table of parts and what to do next, or one part in full.

use super::next::next_step;
use super::report::{PartReport, Progress, Report, is_not_implemented};
use super::style::{Style, columns, labelled, wrap};
use crate::check::CheckResult;

/// All parts in one table, then the first thing to do. `command` is what a student types:
/// `cargo hw`.
#[must_use]
pub fn overview(report: &Report, command: &str, style: Style) -> String {
    let id = report.assignment.to_uppercase();
    let title = style.strong(&format!("{id}: {}", report.title));
    let (hidden, points) = report.hidden();
    let public = report.max();
    let share = format!(
        "{public} of {} points are for these public checks. {hidden} hidden ones give the others:          they look at other inputs, and are graded later.",
        public + points
    );
    format!(
        "{title}\n\n{}\n{}\n{}",
        parts(report, style),
        style.faint(&wrap(&share, 0)),
        next_step(report, command, style)
    )
}

/// One part: each of its checks, those that fail with everything that helps.
#[must_use]
pub fn detail(part: &PartReport, command: &str, style: Style) -> String {
    let points = format!("{} of {} points", part.points(), part.max());
    let mut text = format!("{}   {points}\n\n", style.strong(&heading(part)));
    let violations = violations(part, style);
    if !violations.is_empty() {
        text += &format!("{violations}\n");
    }
    let ids = part.results.iter().map(|result| result.check.id.len());
    let width = ids.max().unwrap_or_default();
    for result in &part.results {
        text += &check_line(result, width, style);
        if !result.passed() && !is_not_implemented(result) {
            text += &explanation(result);
        }
    }
    let (hidden, points) = part.hidden();
    let hidden = format!("{hidden} hidden checks, {points} points, look at other inputs.");
    text + &match part.progress() {
        Progress::NotStarted => {
            format!(
                "\n{hidden}\n{}",
                wrap(&format!("To begin: {}", part.part.start), 0)
            )
        }
        Progress::Partly(..) => format!("\n{hidden}\nHelp: {command} hint {}\n", part.part.module),
        Progress::BreaksRule => String::new(),
        Progress::Done => format!("\nPublic checks pass. {hidden}\n"),
    }
}

fn heading(part: &PartReport) -> String {
    format!("{} {}", part.part.id, part.part.title)
}

fn parts(report: &Report, style: Style) -> String {
    let mut rows: Vec<Vec<String>> = report.parts.iter().map(part_row).collect();
    rows.push(sum_row(report));
    let header = ["part", "title", "points", "state", "hidden points"];
    let mut lines = columns(&header, &[2], &rows).into_iter();
    let mut text = style.faint(&lines.next().unwrap_or_default()) + "\n";
    for (part, line) in report.parts.iter().zip(lines.by_ref()) {
        text += &match part.progress() {
            Progress::Done => style.good(&line),
            Progress::Partly(..) => style.partly(&line),
            Progress::NotStarted => line,
            Progress::BreaksRule => style.bad(&line),
        };
        text.push('\n');
    }
    for sum in lines {
        text += &style.strong(&sum);
        text.push('\n');
    }
    text
}

/// The last row: what all parts give together.
fn sum_row(report: &Report) -> Vec<String> {
    let (hidden, points) = report.hidden();
    vec![
        String::new(),
        "All parts".into(),
        format!("{} of {}", report.points(), report.max()),
        String::new(),
        format!("{points} in {hidden} checks"),
    ]
}

fn part_row(part: &PartReport) -> Vec<String> {
    let (hidden, points) = part.hidden();
    vec![
        part.part.id.into(),
        part.part.title.into(),
        format!("{} of {}", part.points(), part.max()),
        match part.progress() {
            Progress::Done => "all pass".into(),
            Progress::Partly(passed, all) => format!("{passed} of {all} pass"),
            Progress::NotStarted => "not started".into(),
            Progress::BreaksRule => "breaks a rule".into(),
        },
        format!("{points} in {hidden} checks"),
    ]
}

/// The text of the `todo!` that a check ran into: `A1.4 topk_error`.
pub fn unwritten(result: &CheckResult) -> &str {
    let message = result.failure().map_or("", |failure| &failure.message);
    message
        .strip_prefix("not implemented yet: ")
        .unwrap_or(message)
}

/// One line: the verdict, the check in a column of `width`, its points, the sort of failure.
pub fn check_line(result: &CheckResult, width: usize, style: Style) -> String {
    let (verdict, why) = match result.failure() {
        None => (style.good("ok  "), String::new()),
        Some(_) if is_not_implemented(result) => {
            (style.faint("todo"), style.faint(unwritten(result)))
        }
        Some(failure) => (style.bad("FAIL"), style.bad(failure.kind.words())),
    };
    let points = match result.check.points {
        1 => "1 point ".into(),
        n => format!("{n} points"),
    };
    let line = format!("  {verdict} {:<width$}  {points}  {why}", result.check.id);
    line.trim_end().to_string() + "\n"
}

/// Each place of a part that breaks a rule, and what to do instead; each file that could not be searched.
pub fn violations(part: &PartReport, style: Style) -> String {
    let mut text = String::new();
    for violation in &part.scan.violations {
        text += &format!("  {} {}\n", style.bad("RULE"), violation.place());
        text += &labelled("found", &violation.found, 7);
        text += &labelled("rule", violation.rule.rule, 7);
        text += &labelled("instead", violation.rule.instead, 7);
    }
    if !part.scan.is_clean() {
        text += "  While a rule is broken the part gets no points.\n";
    }
    for why in &part.scan.unread {
        text += &wrap(&format!("Not searched for what is forbidden: {why}"), 2);
    }
    text
}

/// What a failing check proves, what came, where to look.
pub fn explanation(result: &CheckResult) -> String {
    let message = result.failure().map_or("", |failure| &failure.message);
    labelled("proves", result.check.proves, 7)
        + &labelled("result", message, 7)
        + &labelled("hint", result.check.hint, 7)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::check::{Assignment, Part};
    use crate::contract::Serve;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn report(table: fn() -> Box<dyn Serve>, parts: &[&'static Part]) -> Report {
        let assignment = sample::assignment(table);
        report_on(&assignment, parts, &BTreeMap::new())
    }

    fn report_on(
        assignment: &Assignment,
        parts: &[&'static Part],
        sources: &BTreeMap<String, String>,
    ) -> Report {
        Report::run(
            assignment,
            parts,
            sources,
            0,
            Duration::from_secs(10),
            &|_| (),
        )
    }

    fn all(table: fn() -> Box<dyn Serve>) -> String {
        let parts: Vec<&Part> = sample::PARTS.iter().collect();
        overview(&report(table, &parts), "cargo hw", Style::PLAIN)
    }

    #[test]
    fn the_overview_is_a_table_and_the_next_step() {
        let text = all(sample::begun);
        let (table, next) = text.split_once("\nNext: ").unwrap();
        assert_eq!(
            table,
            "\
S1: Sums

 part  title                   points  state        hidden points
 S1.1  Adding and taking away  2 of 3  1 of 2 pass  17 in 4 checks
 S1.2  Doubling                0 of 3  not started  17 in 2 checks
       All parts               2 of 6               34 in 6 checks

6 of 40 points are for these public checks. 6 hidden ones give the others: they
look at other inputs, and are graded later.
"
        );
        assert!(next.starts_with("S1.1 Adding and taking away\n"), "{next}");
    }

    #[test]
    fn a_broken_rule_comes_first() {
        let assignment = sample::assignment(sample::right);
        let parts: Vec<&Part> = sample::PARTS.iter().collect();
        let report = report_on(&assignment, &parts, &sample::with_std_sums());
        let place = "  RULE adding.rs:3
       found    `Add::add`, which is `std::ops::Add::add`
       rule     no sums of std's
       instead  add the numbers yourself
  While a rule is broken the part gets no points.
";
        let text = overview(&report, "cargo hw", Style::PLAIN);
        assert!(text.contains("0 of 3  breaks a rule"), "{text}");
        assert!(text.contains("3 of 6"), "{text}");
        assert!(
            text.contains(&format!(
                "Next: S1.1 Adding and taking away\n{place}\nHandout:"
            )),
            "{text}"
        );
        let text = detail(&report.parts[0], "cargo hw", Style::PLAIN);
        assert!(
            text.contains(&format!("0 of 3 points\n\n{place}\n  ok")),
            "{text}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_searched_is_said() {
        let assignment = sample::assignment(sample::right);
        let sources = BTreeMap::from([("adding.rs".into(), "fn".into())]);
        let report = report_on(&assignment, &[&sample::PARTS[0]], &sources);
        let text = detail(&report.parts[0], "cargo hw", Style::PLAIN);
        assert!(
            text.contains(
                "3 of 3 points\n\n  Not searched for what is forbidden: adding.rs: line 1"
            ),
            "{text}"
        );
    }

    #[test]
    fn passing_is_not_called_all_well() {
        let text = all(sample::right);
        assert!(text.contains("3 of 3  all pass  17 in 4 checks"), "{text}");
        assert!(text.contains("6 of 6            34 in 6 checks"), "{text}");
        assert!(text.contains("6 hidden ones give the others"), "{text}");
        let part = &report(sample::right, &[&sample::PARTS[0]]).parts[0];
        let text = detail(part, "cargo hw", Style::PLAIN);
        assert!(
            text.ends_with(
                "\nPublic checks pass. 4 hidden checks, 17 points, look at other inputs.\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn one_part_shows_every_check() {
        let text = detail(
            &report(sample::begun, &[&sample::PARTS[0]]).parts[0],
            "cargo hw",
            Style::PLAIN,
        );
        assert_eq!(
            text,
            "\
S1.1 Adding and taking away   2 of 3 points

  ok   adding/add       2 points
  FAIL adding/subtract  1 point   wrong answer
       proves   The function gives what the handout's equation says.
       result   subtract: expected -1.0, got 1.0
                  input: a = 1, b = 2
       hint     Look at the sign.

4 hidden checks, 17 points, look at other inputs.
Help: cargo hw hint adding
"
        );
    }

    #[test]
    fn what_is_not_written_yet_is_no_failure() {
        let text = detail(
            &report(sample::begun, &[&sample::PARTS[1]]).parts[0],
            "cargo hw",
            Style::PLAIN,
        );
        assert!(
            text.contains("  todo doubling/double  3 points  S1.2 double\n"),
            "{text}"
        );
        assert!(
            text.contains("To begin: Open src/parts/doubling.rs"),
            "{text}"
        );
        assert!(!text.contains("FAIL"), "{text}");
    }
}
