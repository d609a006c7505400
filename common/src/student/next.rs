//! `next`: the one thing to do now. `check` of all parts ends with the same lines.

use std::io;

use super::report::{PartReport, Progress, Report, is_not_implemented};
use super::style::{Style, labelled, wrap};
use super::table::{check_line, explanation, unwritten, violations};
use super::{Ended, Homework, check, print};
use crate::check::{CheckResult, Part};

/// Says what to do now, in `only` or as [`next_step`] chooses. Parts after one that is begun are not run.
pub fn next(homework: &Homework, only: Option<&'static Part>, seed: u64) -> anyhow::Result<Ended> {
    let mut report = check::run(homework, &[], seed);
    let parts = match only {
        Some(part) => vec![part],
        None => homework.assignment.parts.iter().collect(),
    };
    for part in parts {
        report
            .parts
            .extend(check::run(homework, &[part], seed).parts);
        if report.parts.last().is_some_and(is_begun) {
            break;
        }
    }
    let style = Style::of(&io::stdout());
    print(&next_step(&report, &homework.command(), style))?;
    Ok(Ended::Well)
}

/// Whether a student works on the part: something is written, and not everything is right.
fn is_begun(part: &PartReport) -> bool {
    matches!(part.progress(), Progress::Partly(..) | Progress::BreaksRule)
}

/// The first part that is begun and not done, or else the first that is not begun: its first failing check or
/// what to write first, and where to read, to check and to get help. Without such a part, what is left. `command` is
/// what a student types.
///
/// Parts can be written in any order, so one that was left out does not come before the one at hand.
#[must_use]
pub fn next_step(report: &Report, command: &str, style: Style) -> String {
    let parts = || report.parts.iter();
    let not_begun = || parts().find(|part| part.progress() == Progress::NotStarted);
    let Some(part) = parts().find(|part| is_begun(part)).or_else(not_begun) else {
        return finished(report, command, style);
    };
    let title = style.strong(&format!("Next: {} {}", part.part.id, part.part.title));
    let what = match (part.progress(), part.next()) {
        (Progress::BreaksRule, _) => violations(part, style),
        (Progress::NotStarted, _) => wrap(part.part.start, 2),
        (_, Some(result)) if is_not_implemented(result) => to_write(result),
        (_, Some(result)) => check_line(result, 0, style) + &explanation(result),
        (_, None) => String::new(),
    };
    let (id, module) = (part.part.id, part.part.module);
    let steps = [
        ("Handout:", format!("{}, {id}", report.handout)),
        ("Check it:", format!("{command} check {module}")),
        ("Help:", format!("{command} hint {module}")),
    ];
    format!("{title}\n{what}\n{}", list(&steps))
}

/// What to write next, in a part that is begun.
fn to_write(result: &CheckResult) -> String {
    labelled("to write", unwritten(result), 2) + &labelled("so that", result.check.proves, 2)
}

fn finished(report: &Report, command: &str, style: Style) -> String {
    let (checks, points) = report.hidden();
    let title = style.strong("Next: train, try inputs of your own, hand in");
    let left = wrap(
        &format!(
            "Every public check passes. {checks} hidden checks with {points} points remain: other \
             sizes, large numbers, corner cases that the comments above your functions speak of."
        ),
        2,
    );
    let steps = [
        ("Labs:", format!("{command} train")),
        ("Hand in:", format!("{command} pack")),
    ];
    format!("{title}\n{left}\n{}", list(&steps))
}

fn list(steps: &[(&str, String)]) -> String {
    let line = |(label, text): &(&str, String)| format!("{label:<11}{text}\n");
    steps.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::report::TIME_LIMIT;
    use super::super::sample;
    use super::*;
    use crate::contract::Serve;

    fn step(table: fn() -> Box<dyn Serve>) -> String {
        let parts: Vec<&Part> = sample::PARTS.iter().collect();
        let (assignment, sources) = (sample::assignment(table), BTreeMap::new());
        let report = Report::run(&assignment, &parts, &sources, 0, TIME_LIMIT, &|_| ());
        next_step(&report, "cargo hw", Style::PLAIN)
    }

    #[test]
    fn the_first_failing_check_comes_next() {
        assert_eq!(
            step(sample::begun),
            "\
Next: S1.1 Adding and taking away
  FAIL adding/subtract  1 point   wrong answer
       proves   The function gives what the handout's equation says.
       result   subtract: expected -1.0, got 1.0
                  input: a = 1, b = 2
       hint     Look at the sign.

Handout:   assignments/s1_sums/HANDOUT.md, S1.1
Check it:  cargo hw check adding
Help:      cargo hw hint adding
"
        );
    }

    #[test]
    fn a_part_that_is_begun_comes_before_one_that_was_left_out() {
        let text = step(sample::elsewhere);
        assert!(
            text.starts_with("Next: S1.2 Doubling\n  FAIL doubling/double"),
            "{text}"
        );
        let text = step(sample::doubled);
        assert!(
            text.starts_with("Next: S1.1 Adding and taking away\n  Open"),
            "{text}"
        );
    }

    #[test]
    fn the_starter_is_told_where_to_begin() {
        let text = step(sample::starter);
        assert!(
            text.contains("\n  Open src/parts/adding.rs and write add.\n"),
            "{text}"
        );
        assert!(!text.contains("FAIL"), "{text}");
    }

    #[test]
    fn a_part_without_mistakes_is_told_what_to_write() {
        let text = step(sample::half);
        assert!(
            text.contains("\n  to write S1.1 subtract\n  so that  The function gives"),
            "{text}"
        );
        assert!(!text.contains("FAIL"), "{text}");
    }

    #[test]
    fn passing_is_not_called_all_well() {
        let text = step(sample::right);
        assert!(
            text.contains("6 hidden checks with 34 points remain"),
            "{text}"
        );
        assert!(text.contains("\nLabs:      cargo hw train\n"), "{text}");
        assert!(text.contains("\nHand in:   cargo hw pack\n"), "{text}");
    }
}
