//! The report of `check` as text: a table of parts and what to do next, or one part in full.

use super::report::{PartReport, Progress, Report, is_not_implemented};
use super::style::{Style, columns, labelled, wrap};
use crate::check::CheckResult;

/// All parts in one table, then the first thing to do. `command` is what a student types:
/// `cargo hw`.
#[must_use]
pub fn overview(report: &Report, command: &str, style: Style) -> String {
    let id = report.assignment.to_uppercase();
    let title = style.strong(&format!("{id}: {}", report.title));
    let worth = report.parts.iter().map(|part| part.part.points).sum();
    format!(
        "{title}\n\n{}\n{}\n\n{}",
        parts(report, style),
        style.faint(&share(report.max(), worth)),
        next(report, command, style)
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
    text += &format!("\n{}\n", style.faint(&share(part.max(), part.part.points)));
    text + &match part.progress() {
        Progress::NotStarted => wrap(&format!("To begin: {}", part.part.start), 0),
        Progress::Partly(..) => help(part, command),
        Progress::BreaksRule | Progress::Done => String::new(),
    }
}

fn heading(part: &PartReport) -> String {
    format!("{} {}", part.part.id, part.part.title)
}

fn parts(report: &Report, style: Style) -> String {
    let rows: Vec<Vec<String>> = report.parts.iter().map(part_row).collect();
    let mut lines = columns(&["part", "title", "points", "state"], &[2], &rows).into_iter();
    let mut text = style.faint(&lines.next().unwrap_or_default()) + "\n";
    for (part, line) in report.parts.iter().zip(lines) {
        text += &match part.progress() {
            Progress::Done => style.good(&line),
            Progress::Partly(..) => style.partly(&line),
            Progress::NotStarted => line,
            Progress::BreaksRule => style.bad(&line),
        };
        text.push('\n');
    }
    text
}

fn part_row(part: &PartReport) -> Vec<String> {
    vec![
        part.part.id.into(),
        part.part.title.into(),
        format!("{} of {}", part.points(), part.max()),
        match part.progress() {
            Progress::Done => "done".into(),
            Progress::Partly(passed, all) => format!("{passed} of {all} checks pass"),
            Progress::NotStarted => "not started".into(),
            Progress::BreaksRule => "breaks a rule".into(),
        },
    ]
}

fn share(public: u32, all: u32) -> String {
    format!("Public checks are {public} of the {all} points. Hidden ones use other data.")
}

/// The first thing to do.
fn next(report: &Report, command: &str, style: Style) -> String {
    let unfinished = report
        .parts
        .iter()
        .find(|part| part.progress() != Progress::Done);
    let Some(part) = unfinished else {
        return wrap(
            &format!(
                "Every public check passes. They cannot see everything: try inputs of your own, \
                 then hand in what `{command} pack` makes."
            ),
            0,
        );
    };
    let title = style.strong(&format!("Next: {}", heading(part)));
    let what = match (part.progress(), part.next()) {
        (Progress::BreaksRule, _) => violations(part, style),
        (Progress::NotStarted, _) => wrap(part.part.start, 2),
        (_, Some(result)) if is_not_implemented(result) => to_write(result),
        (_, Some(result)) => check_line(result, 0, style) + &explanation(result),
        (_, None) => String::new(),
    };
    format!("{title}\n{what}\n{}", stuck(part, command))
}

fn stuck(part: &PartReport, command: &str) -> String {
    let module = part.part.module;
    format!(
        "All its checks:  {command} check {module}\n{}",
        help(part, command)
    )
}

fn help(part: &PartReport, command: &str) -> String {
    format!("Help:            {command} hint {}\n", part.part.module)
}

/// What to write next, for a part that is begun.
fn to_write(result: &CheckResult) -> String {
    labelled("to write", unwritten(result), 2) + &labelled("so that", result.check.proves, 2)
}

/// The text of the `todo!` that a check ran into: `A1.4 topk_error`.
fn unwritten(result: &CheckResult) -> &str {
    let message = result.failure().map_or("", |failure| &failure.message);
    message
        .strip_prefix("not implemented yet: ")
        .unwrap_or(message)
}

/// One line: the verdict, the check in a column of `width`, its points, the sort of failure.
fn check_line(result: &CheckResult, width: usize, style: Style) -> String {
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
fn violations(part: &PartReport, style: Style) -> String {
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
fn explanation(result: &CheckResult) -> String {
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
    fn the_overview_ends_with_the_first_failing_check() {
        assert_eq!(
            all(sample::begun),
            "\
S1: Sums

 part  title                   points  state
 S1.1  Adding and taking away  2 of 3  1 of 2 checks pass
 S1.2  Doubling                0 of 3  not started

Public checks are 6 of the 40 points. Hidden ones use other data.

Next: S1.1 Adding and taking away
  FAIL adding/subtract  1 point   wrong answer
       proves   The function gives what the handout's equation says.
       result   subtract: expected -1.0, got 1.0
                  input: a = 1, b = 2
       hint     Look at the sign.

All its checks:  cargo hw check adding
Help:            cargo hw hint adding
"
        );
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
        assert!(
            text.contains(&format!(
                "Next: S1.1 Adding and taking away\n{place}\nAll its"
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
    fn the_starter_is_told_where_to_begin() {
        let text = all(sample::starter);
        assert!(text.contains("0 of 3  not started"), "{text}");
        assert!(
            text.contains("\n  Open src/parts/adding.rs and write add.\n"),
            "{text}"
        );
        assert!(!text.contains("FAIL"), "{text}");
    }

    #[test]
    fn a_part_without_mistakes_is_told_what_to_write() {
        let text = all(sample::half);
        assert!(
            text.contains("\n  to write S1.1 subtract\n  so that  The function gives"),
            "{text}"
        );
        assert!(!text.contains("FAIL"), "{text}");
    }

    #[test]
    fn passing_is_not_called_all_well() {
        let text = all(sample::right);
        assert!(text.contains("3 of 3  done"), "{text}");
        assert!(text.contains("Hidden ones use other data."), "{text}");
        assert!(text.contains("cargo hw pack"), "{text}");
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

Public checks are 3 of the 20 points. Hidden ones use other data.
Help:            cargo hw hint adding
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
