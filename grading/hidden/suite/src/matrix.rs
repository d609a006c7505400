//! The kill matrix as text.

use std::fmt::Write;

use crate::selftest::{MutantResult, Report};

/// The widest line, in characters: what a terminal and a printed page hold.
const WIDTH: usize = 100;

/// The kill matrix, one block per part: its checks with a letter each, then one row per mutant.
///
/// `#` a check that notices the mutant under every seed it was run with, `+` under some, `.` under none. A row that
/// begins with `!` is a survivor.
///
/// ```text
/// A1.3: 2 of 2 mutants killed
///   a tensor_layers/forward           1
///   b tensor_layers/linear_gradient   1
///                                     ab
///   linear_forward/no_bias            #.
///   linear_backward/db_averaged       .#
/// ```
#[must_use]
pub fn render(report: &Report) -> String {
    let mutants = &report.mutants.matrix;
    let mut text = String::new();
    let mut rest = mutants.as_slice();
    while let Some(first) = rest.first() {
        let of_part = rest.iter().take_while(|m| m.part == first.part).count();
        let (block, after) = rest.split_at(of_part);
        part(&mut text, block);
        rest = after;
    }
    let _ = writeln!(
        text,
        "{} of {} mutants killed, {} by one check only; {} checks kill nothing",
        report.mutants.killed,
        report.mutants.total,
        report.mutants.killed_by_one_check.len(),
        report.idle_checks.len(),
    );
    text
}

fn part(text: &mut String, mutants: &[MutantResult]) {
    let checks = &mutants[0].kills;
    let killed = mutants.iter().filter(|mutant| mutant.killed).count();
    let names = checks.iter().map(|kill| kill.check.chars().count() + 2);
    let ids = mutants.iter().map(|mutant| mutant.id.chars().count());
    let width = names
        .chain(ids)
        .max()
        .unwrap_or(0)
        .min(WIDTH.saturating_sub(checks.len() + 4));

    // Writing to a String does not fail.
    let _ = writeln!(
        text,
        "{}: {killed} of {} mutants killed",
        mutants[0].part,
        mutants.len()
    );
    for (i, kill) in checks.iter().enumerate() {
        let kills = mutants.iter().filter(|m| m.kills[i].seeds > 0).count();
        let name = cut(&format!("{} {}", letter(i), kill.check), width);
        let _ = writeln!(text, "  {name:width$}  {kills}");
    }
    let letters: String = (0..checks.len()).map(letter).collect();
    let _ = writeln!(text, "  {:width$}  {letters}", "");
    for mutant in mutants {
        let mark = if mutant.killed { ' ' } else { '!' };
        let cells: String = mutant
            .kills
            .iter()
            .map(|kill| match kill.seeds {
                0 => '.',
                seeds if seeds == kill.of => '#',
                _ => '+',
            })
            .collect();
        let _ = writeln!(text, "{mark} {:width$}  {cells}", cut(&mutant.id, width));
    }
    text.push('\n');
}

/// a, b, ..., z, A, ..., Z, then `?`.
fn letter(i: usize) -> char {
    ('a'..='z').chain('A'..='Z').nth(i).unwrap_or('?')
}

fn cut(name: &str, width: usize) -> String {
    name.chars().take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selftest::selftest;
    use crate::toy;

    #[test]
    fn every_mutant_is_a_row_and_every_check_a_column() {
        let mut suite = toy::suite();
        suite.hidden.retain(|check| check.id != "arithmetic/flaky");
        let text = render(&selftest(&suite, 1));
        assert_eq!(
            text,
            "\
A0.1: 2 of 3 mutants killed
  a arithmetic/add                      1
  b arithmetic/negate                   1
  c arithmetic/idle                     0
  d arithmetic/broken                   0
                                        abcd
  add/minus                             #...
  negate/panics                         .#..
! negate/only_the_broken_check_sees_it  ....

2 of 3 mutants killed, 2 by one check only; 2 checks kill nothing
"
        );
    }

    #[test]
    fn long_names_are_cut_to_the_page() {
        let mut suite = toy::suite();
        suite.mutants[0].id = Box::leak("long/".repeat(60).into_boxed_str());
        let text = render(&selftest(&suite, 1));
        assert!(text.contains("long/long/"));
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
    }
}
