//! Hidden checks and mutants of Assignment 1. Never published.

mod alternative;
mod checks;
mod mutants;
#[cfg(test)]
mod nonsense;
mod oracle;
mod shortcuts;
mod theory;

use hidden_suite::{Alternative, Suite};

/// Everything that grades Assignment 1.
#[must_use]
pub fn suite() -> Suite {
    Suite {
        assignment: a1_backprop::assignment(),
        hidden: checks::all(),
        mutants: mutants::all(),
        alternatives: vec![Alternative {
            id: "plain_loops",
            table: || Box::new(alternative::table()),
        }],
        solutions: theory::solutions(),
        shortcuts: shortcuts::all(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use common::check::{CheckResult, Kind, run_check};
    use common::contract::a1::A1;
    use common::contract::{Outcome, Serve, Submission, catch};
    use common::device::use_double_precision;
    use hidden_suite::{Sources, prove_rules, render, selftest};

    /// The files of all parts in `folder`, which lies beside this crate's.
    fn sources(folder: &str) -> Sources {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let parts = suite().assignment.parts.iter();
        let read = parts.map(|part| {
            let name = format!("{}.rs", part.module);
            let text = std::fs::read_to_string(folder.join(&name)).expect("a file for each part");
            (name, text)
        });
        read.collect()
    }

    #[test]
    fn right_implementations_break_no_rule_and_every_shortcut_does() {
        let reference = "../../../assignments/a1_backprop/src/parts";
        let right = [reference, "src/alternative"].map(|folder| (folder.into(), sources(folder)));
        let report = prove_rules(&suite(), &right);
        assert!(report.is_clean(), "{report:#?}");
    }

    /// The hidden checks on their own: the public ones do not help.
    fn hidden_only() -> Suite {
        let mut suite = suite();
        suite.assignment.checks.clear();
        suite
    }

    /// The results of all hidden checks on `table`.
    fn grade(table: impl Serve, seed: u64) -> Vec<CheckResult> {
        use_double_precision();
        let submission = Submission::local(table);
        let checks = suite().hidden;
        checks
            .iter()
            .map(|check| run_check(check, &submission, seed))
            .collect()
    }

    #[test]
    fn right_implementations_pass_and_every_mutant_dies() {
        let report = selftest(&hidden_only(), 20);
        let matrix = render(&report);
        assert!(report.is_clean(), "{matrix}{:#?}", report.false_rejects);
        assert_eq!(
            report.reference.max,
            14 * suite().assignment.parts.len() as u32
        );
        assert!(report.mutants.total >= 200, "{matrix}");
    }

    #[test]
    fn every_part_has_14_points_in_as_many_checks_as_it_says_and_public_ones_for_the_rest() {
        let suite = suite();
        for part in suite.assignment.parts {
            let all = suite.checks().filter(|check| check.part == part.id);
            assert_eq!(all.map(|check| check.points).sum::<u32>(), part.points);
            let own = suite.hidden.iter().filter(|check| check.part == part.id);
            let points: Vec<u32> = own.map(|check| check.points).collect();
            assert_eq!(points.iter().sum::<u32>(), 14, "{}", part.id);
            assert!(points.len() >= 5, "{}", part.id);
            assert_eq!(part.hidden_checks, points.len(), "{}", part.id);
        }
    }

    #[test]
    fn names_are_unique_and_belong_to_their_part() {
        let suite = suite();
        let parts = suite.assignment.parts;
        let checks: BTreeSet<&str> = suite.checks().map(|check| check.id).collect();
        assert_eq!(checks.len(), suite.checks().count());
        for check in &suite.hidden {
            let part = parts.iter().find(|part| part.id == check.part);
            let module = part.expect("a check of a part that exists").module;
            assert_eq!(check.id.split_once('/').map(|(m, _)| m), Some(module));
        }

        let mutants: BTreeSet<&str> = suite.mutants.iter().map(|mutant| mutant.id).collect();
        assert_eq!(mutants.len(), suite.mutants.len());
        for mutant in &suite.mutants {
            let function = mutant
                .id
                .split_once('/')
                .map_or("", |(function, _)| function);
            let (module, _) = A1::FUNCTIONS
                .iter()
                .find(|(_, functions)| functions.contains(&function))
                .expect("a mutant of a function that exists");
            let part = parts.iter().find(|part| part.module == *module);
            assert_eq!(part.map(|part| part.id), Some(mutant.part), "{}", mutant.id);
        }
    }

    #[test]
    fn every_function_has_a_mutant() {
        let mutants = suite().mutants;
        for function in A1::FUNCTIONS.iter().flat_map(|(_, functions)| *functions) {
            let of_it = |m: &hidden_suite::Mutant| m.id.starts_with(&format!("{function}/"));
            assert!(mutants.iter().any(of_it), "{function}");
        }
    }

    #[test]
    fn the_starter_is_not_implemented_and_nothing_else() {
        struct Starter;
        impl Serve for Starter {
            fn serve(&self, function: &str, _: &[u8]) -> Option<Outcome<Vec<u8>>> {
                Some(catch(|| todo!("{function}")))
            }
        }
        for result in grade(Starter, 0) {
            let kind = result.failure().map(|failure| failure.kind);
            assert_eq!(kind, Some(Kind::NotImplemented), "{}", result.check.id);
        }
    }

    /// Answers of the right type that fit no check must be wrong answers, never the grader's failure.
    #[test]
    fn nonsense_is_a_wrong_answer() {
        for nonsense in nonsense::tables() {
            for result in grade(nonsense, 0) {
                let failure = result.failure();
                let kind = failure.map(|failure| failure.kind);
                assert_eq!(kind, Some(Kind::Wrong), "{}: {failure:?}", result.check.id);
            }
        }
    }
}
