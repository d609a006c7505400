//! What every assignment's suite must be, part by part: the tests of a hidden crate in one call.
//!
//! ```ignore
//! #[test]
//! fn norms() {
//!     conformance::part(suite(), A1::FUNCTIONS, nonsense::tables(), "norms").unwrap();
//! }
//! ```

mod theory;

use std::collections::BTreeSet;
use std::path::Path;

use common::check::{Check, CheckResult, Kind, Part, run_check};
use common::contract::{Outcome, Serve, Submission, catch};
use common::device::use_double_precision;

pub use theory::theory;

use crate::{Right, Sources, Suite, prove_rules, render, selftest};

/// The functions of each part's module, as `A1::FUNCTIONS` lists them.
pub type Functions = [(&'static str, &'static [&'static str])];

/// The points of a part's hidden checks.
const HIDDEN_POINTS: u32 = 14;
/// The points of its public checks.
const PUBLIC_POINTS: u32 = 6;
/// Fewer hidden checks than these would make single ones too dear.
const FEWEST_CHECKS: usize = 5;
/// How many seeds right implementations are run with.
const SEEDS: u64 = 20;

/// Whether the part `module` of `suite` is sound: its points and names are as they should be, each of its `functions`
/// has a mutant and is needed by a public check, a public check that fails names a function, right implementations pass, every mutant is noticed, a starter is
/// "not implemented" and nothing else, and `nonsense`, tables of answers of the right type, is wrong and never a
/// failure of the grader.
///
/// # Errors
/// A text that lists what is not.
///
/// # Panics
/// When there is no such part.
pub fn part<T: Serve + Sync + 'static>(
    suite: Suite,
    functions: &Functions,
    nonsense: impl IntoIterator<Item = T>,
    module: &str,
) -> Result<(), String> {
    use_double_precision();
    let parts = suite.assignment.parts;
    let part = parts.iter().find(|part| part.module == module);
    let part = part.expect("a part that exists");
    let (_, functions) = functions
        .iter()
        .find(|(name, _)| *name == module)
        .expect("a table for each part");
    let suite = only(suite, part);

    let mut problems = points(&suite, part);
    problems.extend(names(&suite, part, functions));
    problems.extend(unfinished(&suite, functions));
    for mutant in &suite.mutants {
        problems.extend(nameless(&suite, functions, (mutant.table)()));
    }
    for table in nonsense {
        for function in *functions {
            let one = Mixed {
                table: (suite.assignment.table)(),
                other: &table,
                functions: &[function],
            };
            problems.extend(nameless(&suite, functions, one));
            let one = Mixed {
                table: (suite.assignment.table)(),
                other: &table,
                functions: &[function],
            };
            problems.extend(broken(&suite, one));
        }
        problems.extend(nonsensical(&suite, table));
    }
    // The public checks first, then without them: they must not be what a mutant dies of.
    let reference = ("the reference", (suite.assignment.table)());
    let others = suite.alternatives.iter();
    let others = others.map(|other| (other.id, (other.table)()));
    for (name, table) in std::iter::once(reference).chain(others) {
        let right = Submission::local(table);
        for check in &suite.assignment.checks {
            problems.extend((0..SEEDS).filter_map(|seed| refused(check, name, &right, seed)));
        }
    }
    problems.extend(proof(suite));
    match problems.is_empty() {
        true => Ok(()),
        false => Err(format!("{}\n{}", part.id, problems.join("\n"))),
    }
}

/// Whether the rules of all parts let the files in the folder `reference` pass, and each of those in `alternative` by itself, and
/// notice every shortcut.
///
/// # Errors
/// A text that lists what they do not.
///
/// # Panics
/// When the file of a part cannot be read.
pub fn rules(suite: &Suite, reference: &Path, alternative: &Path) -> Result<(), String> {
    let right = |name: &str, folder: &Path, alone: bool| Right {
        name: name.into(),
        sources: sources(suite, folder),
        alone,
    };
    let right = [
        right("the reference", reference, false),
        right("the alternative", alternative, true),
    ];
    let report = prove_rules(suite, &right);
    match report.is_clean() {
        true => Ok(()),
        false => Err(format!("{report:#?}")),
    }
}

/// The files of all parts in `folder`.
fn sources(suite: &Suite, folder: &Path) -> Sources {
    let read = suite.assignment.parts.iter().map(|part| {
        let name = format!("{}.rs", part.module);
        let text = std::fs::read_to_string(folder.join(&name)).expect("a file for each part");
        (name, text)
    });
    read.collect()
}

/// What of `suite` belongs to `part`.
fn only(mut suite: Suite, part: &Part) -> Suite {
    let questions = &mut suite.assignment.theory;
    questions.retain(|question| question.part == part.id);
    let questions: BTreeSet<&str> = questions.iter().map(|question| question.id).collect();
    suite
        .solutions
        .retain(|solution| questions.contains(solution.question));
    suite
        .assignment
        .checks
        .retain(|check| check.part == part.id);
    suite.hidden.retain(|check| check.part == part.id);
    suite.mutants.retain(|mutant| mutant.part == part.id);
    suite
}

fn points(suite: &Suite, part: &Part) -> Vec<String> {
    let sum = |checks: &[Check]| checks.iter().map(|check| check.points).sum::<u32>();
    let (public, hidden) = (&suite.assignment.checks, &suite.hidden);
    let mut problems = Vec::new();
    let mut ensure = |holds: bool, problem: String| {
        if !holds {
            problems.push(problem);
        }
    };
    ensure(
        sum(public) == PUBLIC_POINTS,
        format!("public checks give {} points", sum(public)),
    );
    ensure(
        (4..=8).contains(&public.len()),
        format!("there are {} public checks", public.len()),
    );
    ensure(
        sum(hidden) == HIDDEN_POINTS,
        format!("hidden checks give {} points", sum(hidden)),
    );
    ensure(
        part.points == PUBLIC_POINTS + HIDDEN_POINTS,
        format!("the part says {} points", part.points),
    );
    ensure(
        part.hidden_checks == hidden.len() && hidden.len() >= FEWEST_CHECKS,
        format!(
            "there are {} hidden checks, and the part says {}",
            hidden.len(),
            part.hidden_checks
        ),
    );
    ensure(
        part.hints.len() == 2 && part.hints.iter().all(|hint| !hint.is_empty()),
        "the part has no two hints".into(),
    );
    problems
}

fn names(suite: &Suite, part: &Part, functions: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for id in suite.checks().map(|check| check.id) {
        if id.split_once('/').map(|(module, _)| module) != Some(part.module) || !seen.insert(id) {
            problems.push(format!("{id} is no name for a check, or there twice"));
        }
    }
    let of = |id: &'static str| id.split_once('/').map_or("", |(function, _)| function);
    for id in suite.mutants.iter().map(|mutant| mutant.id) {
        if !functions.contains(&of(id)) || !seen.insert(id) {
            problems.push(format!("{id} is no name for a mutant, or there twice"));
        }
    }
    for function in functions {
        if !suite
            .mutants
            .iter()
            .any(|mutant| of(mutant.id) == *function)
        {
            problems.push(format!("{function} has no mutant"));
        }
    }
    problems
}

/// The reference but for some functions, which are those of another table.
struct Mixed<'a, T> {
    table: Box<dyn Serve>,
    other: &'a T,
    functions: &'a [&'a str],
}

impl<T: Serve + Sync> Serve for Mixed<'_, T> {
    fn serve(&self, function: &str, arguments: &[u8]) -> Option<Outcome<Vec<u8>>> {
        match self.functions.contains(&function) {
            true => self.other.serve(function, arguments),
            false => self.table.serve(function, arguments),
        }
    }
}

/// Every function still is the starter's.
struct Unwritten;

impl Serve for Unwritten {
    fn serve(&self, function: &str, _: &[u8]) -> Option<Outcome<Vec<u8>>> {
        Some(catch(|| todo!("{function}")))
    }
}

/// A starter must be "not implemented" everywhere, and each function must be what some public check needs.
fn unfinished(suite: &Suite, functions: &[&str]) -> Vec<String> {
    let run = |without: &[&str], checks: &[Check]| -> Vec<CheckResult> {
        let submission = Submission::local(Mixed {
            table: (suite.assignment.table)(),
            other: &Unwritten,
            functions: without,
        });
        let results = checks.iter().map(|check| run_check(check, &submission, 0));
        results.collect()
    };
    let kind = |result: &CheckResult| result.failure().map(|failure| failure.kind);
    let mut problems = Vec::new();
    for checks in [&suite.assignment.checks, &suite.hidden] {
        for result in run(functions, checks) {
            if kind(&result) != Some(Kind::NotImplemented) {
                problems.push(format!(
                    "{} on a starter: {:?}",
                    result.check.id, result.status
                ));
            }
        }
    }
    for function in functions {
        let results = run(&[function], &suite.assignment.checks);
        let said = |result: &CheckResult| {
            let failure = result.failure();
            failure.is_some_and(|failure| failure.message.contains(function))
        };
        if !results.iter().any(said) {
            problems.push(format!("no public check calls {function}"));
        }
    }
    problems
}

/// Most public checks look at several functions: what a student reads must say which one is wrong.
fn nameless(suite: &Suite, functions: &[&str], table: impl Serve) -> Vec<String> {
    let submission = Submission::local(table);
    let results = suite.assignment.checks.iter();
    let results = results.map(|check| run_check(check, &submission, 0));
    let unnamed = |result: &CheckResult| {
        let failure = result.failure();
        failure.is_some_and(|failure| !functions.iter().any(|name| failure.message.contains(name)))
    };
    let unnamed = results.filter(unnamed);
    unnamed
        .map(|result| format!("{} names no function: {:?}", result.check.id, result.status))
        .collect()
}

/// A student's nonsense may be what a check calculates with; that must not be the grader's failure.
fn broken(suite: &Suite, table: impl Serve) -> Vec<String> {
    let submission = Submission::local(table);
    let results = suite.checks().map(|check| run_check(check, &submission, 0));
    let broken = results.filter(|result| {
        let failure = result.failure();
        failure.is_some_and(|failure| failure.kind == Kind::Grader)
    });
    broken
        .map(|result| {
            format!(
                "{} on one function's nonsense: {:?}",
                result.check.id, result.status
            )
        })
        .collect()
}

fn nonsensical(suite: &Suite, table: impl Serve + 'static) -> Vec<String> {
    let submission = Submission::local(table);
    let results = suite
        .hidden
        .iter()
        .map(|check| run_check(check, &submission, 0));
    let wrong =
        |result: &CheckResult| result.failure().map(|failure| failure.kind) == Some(Kind::Wrong);
    let other = results.filter(|result| !wrong(result));
    other
        .map(|result| format!("{} on nonsense: {:?}", result.check.id, result.status))
        .collect()
}

fn refused(check: &Check, name: &str, submission: &Submission, seed: u64) -> Option<String> {
    let result = run_check(check, submission, seed);
    let failed = !result.passed();
    failed.then(|| {
        format!(
            "{} refuses {name} under seed {seed}: {:?}",
            check.id, result.status
        )
    })
}

/// The hidden checks on their own: right implementations pass, every mutant is noticed, every check notices one.
fn proof(mut suite: Suite) -> Option<String> {
    suite.assignment.checks.clear();
    let report = selftest(&suite, SEEDS);
    (!report.is_clean()).then(|| {
        format!(
            "{}{:#?}\n{:#?}",
            render(&report),
            report.false_rejects,
            report.theory
        )
    })
}
