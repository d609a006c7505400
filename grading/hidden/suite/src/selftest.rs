//! Proving a suite: the reference passes whatever the seed, every mutant is noticed.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use common::check::{Check, CheckResult, Kind, run_check};
use common::contract::{Serve, Submission};
use common::device::use_double_precision;
use serde::Serialize;

use crate::theory::{TheoryReport, prove};
use crate::{Mutant, Suite};

/// How many seeds each mutant is run with. Every hand-in is graded with a seed of its own, so a mutant
/// that only some seeds notice is not noticed.
const MUTANT_SEEDS: u64 = 3;
/// On how many students' sheets the solutions of the theory sheet are tried.
const STUDENTS: u64 = 200;

/// How many seeds an alternative is run with at most: it is written to be other, not to be fast.
const ALTERNATIVE_SEEDS: u64 = 10;

/// What [`selftest`] found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// `a1`
    pub assignment: String,
    /// The reference under seed 0.
    pub reference: Score,
    /// The other right implementations under seed 0.
    pub alternatives: Vec<AlternativeScore>,
    /// What became of the mutants.
    pub mutants: Mutants,
    /// Checks that no mutant fails: they prove nothing, or a mutant is missing.
    pub idle_checks: Vec<String>,
    /// The reference and the alternatives under many seeds.
    pub false_rejects: FalseRejects,
    /// The theory sheet.
    pub theory: TheoryReport,
    /// Wall-clock time.
    pub seconds: f64,
}

/// What another right implementation got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlternativeScore {
    /// Its id.
    pub id: String,
    /// Points reached; as many as the reference's, or a check asks for too much.
    pub score: u32,
}

/// Points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Reached.
    pub score: u32,
    /// To be had.
    pub max: u32,
}

/// What became of the mutants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mutants {
    /// How many were noticed under every seed.
    pub killed: usize,
    /// How many there are.
    pub total: usize,
    /// Those that some seed did not notice.
    pub survivors: Vec<String>,
    /// Those that a single check notices: without that check they would live.
    pub killed_by_one_check: Vec<String>,
    /// One row per mutant.
    pub matrix: Vec<MutantResult>,
}

/// One mutant against the checks of its part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MutantResult {
    /// The mutant's id.
    pub id: String,
    /// Its part.
    pub part: String,
    /// Whether under every seed some check noticed it.
    pub killed: bool,
    /// One entry per check of the part, in the suite's order.
    pub kills: Vec<Kill>,
}

/// One check against one mutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kill {
    /// The check's id.
    pub check: String,
    /// Under how many seeds it noticed.
    pub seeds: u64,
    /// Under how many it was run.
    pub of: u64,
}

/// The reference and the alternatives under many seeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FalseRejects {
    /// How many seeds were run.
    pub seeds: u64,
    /// How many checks refused a right implementation, over all seeds.
    pub failures: usize,
    /// Each of them.
    pub rejected: Vec<FalseReject>,
}

/// A check that refused a right implementation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FalseReject {
    /// `reference`, or the id of the alternative.
    pub implementation: String,
    /// The check's id.
    pub check: String,
    /// The seed.
    pub seed: u64,
    /// What the check said.
    pub message: String,
}

impl Report {
    /// Whether nothing falls short.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.reference.score == self.reference.max
            && self
                .alternatives
                .iter()
                .all(|other| other.score == self.reference.max)
            && self.mutants.survivors.is_empty()
            && self.idle_checks.is_empty()
            && self.false_rejects.failures == 0
            && self.theory.is_clean()
    }
}

/// Runs all checks on the reference under the seeds `0..seeds` (at least one), on the alternatives under at
/// most 10 of them, and on every mutant under three. A check that draws no random number is run once for
/// each.
///
/// The same suite and the same number of seeds give the same report, but for the time.
#[must_use]
pub fn selftest(suite: &Suite, seeds: u64) -> Report {
    use_double_precision();
    let start = Instant::now();
    let seeds = seeds.max(1);
    let checks: Vec<Check> = suite.checks().copied().collect();

    let first = run(suite.assignment.table, &checks, 0);
    let random: BTreeSet<&str> = first
        .iter()
        .filter(|result| result.random)
        .map(|result| result.check.id)
        .collect();
    let again: Vec<Check> = checks
        .iter()
        .filter(|check| random.contains(check.id))
        .copied()
        .collect();
    let reference = runs(first, suite.assignment.table, &again, seeds);
    let others: Vec<Runs> = suite
        .alternatives
        .iter()
        .map(|other| {
            let first = run(other.table, &checks, 0);
            runs(first, other.table, &again, seeds.min(ALTERNATIVE_SEEDS))
        })
        .collect();
    let matrix = in_parallel(suite.mutants.len(), |i| {
        against(&suite.mutants[i], &checks, &random)
    });

    let points = |runs: &Runs| runs[0].iter().map(CheckResult::points).sum();
    let named = suite.alternatives.iter().map(|other| other.id).zip(&others);
    let mut rejected = rejections("reference", &reference);
    for (id, runs) in named.clone() {
        rejected.extend(rejections(id, runs));
    }
    Report {
        assignment: suite.assignment.id.to_string(),
        reference: Score {
            score: points(&reference),
            max: checks.iter().map(|check| check.points).sum(),
        },
        alternatives: named
            .map(|(id, runs)| AlternativeScore {
                id: id.to_string(),
                score: points(runs),
            })
            .collect(),
        idle_checks: idle(&checks, &matrix),
        mutants: summary(matrix),
        false_rejects: FalseRejects {
            seeds,
            failures: rejected.len(),
            rejected,
        },
        theory: prove(&suite.assignment, &suite.solutions, STUDENTS),
        seconds: start.elapsed().as_secs_f64(),
    }
}

/// The results under each seed. Those of checks without random numbers are under seed 0 only.
type Runs = Vec<Vec<CheckResult>>;

/// The results under `seeds` seeds: `first` under seed 0, those of the checks in `again` under the others.
fn runs(
    first: Vec<CheckResult>,
    table: fn() -> Box<dyn Serve>,
    again: &[Check],
    seeds: u64,
) -> Runs {
    let others = in_parallel(seeds as usize - 1, |i| run(table, again, i as u64 + 1));
    std::iter::once(first).chain(others).collect()
}

fn run(table: fn() -> Box<dyn Serve>, checks: &[Check], seed: u64) -> Vec<CheckResult> {
    let submission = Submission::local(table());
    checks
        .iter()
        .map(|check| run_check(check, &submission, seed))
        .collect()
}

/// A mutant is noticed by a wrong answer or a panic; a failure of the grader proves nothing.
fn noticed(result: &CheckResult) -> bool {
    result
        .failure()
        .is_some_and(|failure| matches!(failure.kind, Kind::Wrong | Kind::Panicked))
}

/// Under the first seed every check of the mutant's part is run. Under the others those that noticed then are
/// asked again, and the rest only where none of these notices: whether a mutant is killed stays exact.
fn against(mutant: &Mutant, checks: &[Check], random: &BTreeSet<&str>) -> MutantResult {
    let own = checks.iter().filter(|check| check.part == mutant.part);
    let submission = Submission::local((mutant.table)());
    let notices = |check: &Check, seed| noticed(&run_check(check, &submission, seed));

    let mut kills: Vec<(&Check, Kill)> = own
        .map(|check| (check, Kill::first(check.id, notices(check, 0))))
        .collect();
    let (mut noticing, mut blind): (Vec<_>, Vec<_>) =
        kills.iter_mut().partition(|(_, kill)| kill.seeds > 0);
    // All are asked, not only up to the first that notices.
    let ask = |kills: &mut [&mut (&Check, Kill)], seed| {
        let mut noticed = false;
        for (check, kill) in kills {
            let notices = match random.contains(check.id) {
                true => notices(check, seed),
                false => kill.seeds > 0,
            };
            kill.of += 1;
            kill.seeds += u64::from(notices);
            noticed |= notices;
        }
        noticed
    };
    let mut killed = !noticing.is_empty();
    for seed in 1..MUTANT_SEEDS {
        killed &= ask(&mut noticing, seed) || ask(&mut blind, seed);
    }
    MutantResult {
        id: mutant.id.to_string(),
        part: mutant.part.to_string(),
        killed,
        kills: kills.into_iter().map(|(_, kill)| kill).collect(),
    }
}

impl Kill {
    fn first(check: &str, noticed: bool) -> Self {
        Self {
            check: check.to_string(),
            seeds: u64::from(noticed),
            of: 1,
        }
    }
}

fn summary(matrix: Vec<MutantResult>) -> Mutants {
    let ids = |keep: fn(&MutantResult) -> bool| -> Vec<String> {
        let kept = matrix.iter().filter(|mutant| keep(mutant));
        kept.map(|mutant| mutant.id.clone()).collect()
    };
    let survivors = ids(|mutant| !mutant.killed);
    Mutants {
        killed: matrix.len() - survivors.len(),
        total: matrix.len(),
        survivors,
        killed_by_one_check: ids(|mutant| {
            mutant.killed && mutant.kills.iter().filter(|kill| kill.seeds > 0).count() == 1
        }),
        matrix,
    }
}

fn idle(checks: &[Check], matrix: &[MutantResult]) -> Vec<String> {
    let busy: BTreeSet<&str> = matrix
        .iter()
        .flat_map(|mutant| &mutant.kills)
        .filter(|kill| kill.seeds > 0)
        .map(|kill| kill.check.as_str())
        .collect();
    let idle = checks.iter().filter(|check| !busy.contains(check.id));
    idle.map(|check| check.id.to_string()).collect()
}

/// What the checks refused of a right implementation.
fn rejections(implementation: &str, runs: &Runs) -> Vec<FalseReject> {
    let mut rejected = Vec::new();
    for (seed, results) in runs.iter().enumerate() {
        for result in results {
            let Some(failure) = result.failure() else {
                continue;
            };
            rejected.push(FalseReject {
                implementation: implementation.to_string(),
                check: result.check.id.to_string(),
                seed: seed as u64,
                message: format!("{}: {failure}", failure.kind.words()),
            });
        }
    }
    rejected
}

/// `work(0), ..., work(n - 1)` in this order, on all cores.
fn in_parallel<T: Send>(n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(n));
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(n) {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= n {
                        break;
                    }
                    let result = work(i);
                    done.lock()
                        .expect("no thread panics here")
                        .push((i, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no thread panics here");
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::{self, Arithmetic};
    use common::check::equal;
    use common::rng::Rng;

    /// The toy suite without its flaky check, so that what is left is certain.
    fn steady() -> Suite {
        let mut suite = toy::suite();
        suite.hidden.retain(|check| check.id != "arithmetic/flaky");
        suite
    }

    #[test]
    fn the_same_seeds_give_the_same_report() {
        let [one, two] = [0, 1].map(|_| Report {
            seconds: 0.0,
            ..selftest(&toy::suite(), 20)
        });
        assert_eq!(one, two);
    }

    #[test]
    fn a_flaky_check_is_a_false_reject_with_its_seed() {
        let found = selftest(&toy::suite(), 40).false_rejects;
        assert_eq!(found.seeds, 40);
        assert_eq!(found.failures, found.rejected.len());
        // About half of the seeds, for the reference and for the alternative alike.
        assert!((10..=70).contains(&found.failures), "{}", found.failures);
        for reject in &found.rejected {
            assert_eq!(reject.check, "arithmetic/flaky");
            assert_eq!(
                Rng::named(reject.seed, &reject.check).next_u64() % 2,
                1,
                "{reject:?}"
            );
        }
    }

    #[test]
    fn a_check_that_refuses_another_right_implementation_falls_short() {
        let mut suite = steady();
        suite.hidden.retain(|check| check.id == "arithmetic/negate");
        suite.mutants.truncate(2);
        assert!(selftest(&suite, 1).is_clean());

        // Asks for the sign of zero, which the contract does not promise.
        suite.hidden[0].run = |s, _| {
            equal(&s.negate(-1.0)?.signum(), &1.0)
                .and_then(|()| equal(&s.negate(0.0)?.to_bits(), &(-0.0f64).to_bits()))
        };
        let report = selftest(&suite, 1);
        assert!(!report.is_clean());
        assert_eq!(
            report.alternatives,
            [AlternativeScore {
                id: "difference".into(),
                score: 2
            }]
        );
        assert_eq!(
            report.false_rejects.rejected[0].implementation,
            "difference"
        );
    }

    #[test]
    fn a_check_that_panics_kills_nobody() {
        let report = selftest(&steady(), 1);
        assert_eq!(report.reference, Score { score: 8, max: 8 });
        assert_eq!(
            report.mutants.survivors,
            ["negate/only_the_broken_check_sees_it"]
        );
        assert_eq!((report.mutants.killed, report.mutants.total), (2, 3));
        assert!(!report.is_clean());
    }

    /// Two checks that draw the same number; one notices when it is odd, the other when it is even.
    #[test]
    fn a_mutant_is_killed_by_other_checks_under_other_seeds() {
        let mut suite = steady();
        suite.mutants.truncate(1);
        suite.hidden.truncate(2);
        suite.assignment.checks.clear();
        suite.hidden[0].run = |s, rng| equal(&s.add(1.0, (rng.next_u64() % 2) as f64)?, &1.0);
        suite.hidden[1] = suite.hidden[0];
        let killed = |suite: &Suite| {
            let random = BTreeSet::from([suite.hidden[0].id]);
            let result = against(&suite.mutants[0], &suite.hidden, &random);
            (
                result.killed,
                result.kills.iter().map(|kill| kill.of).sum::<u64>(),
            )
        };
        assert_eq!(
            killed(&suite),
            (false, 2 * MUTANT_SEEDS),
            "both are blind under an even number"
        );
        suite.hidden[1].run = |s, rng| equal(&s.add(1.0, (1 - rng.next_u64() % 2) as f64)?, &1.0);
        let (killed, runs) = killed(&suite);
        assert!(killed && runs < 2 * MUTANT_SEEDS, "{runs} runs");
    }

    #[test]
    fn idle_checks_and_single_killers_are_listed() {
        let report = selftest(&steady(), 1);
        assert_eq!(report.idle_checks, ["arithmetic/idle", "arithmetic/broken"]);
        assert_eq!(
            report.mutants.killed_by_one_check,
            ["add/minus", "negate/panics"]
        );
    }

    #[test]
    fn work_comes_back_in_order() {
        let squares = in_parallel(100, |i| i * i);
        assert_eq!(squares, (0..100).map(|i| i * i).collect::<Vec<_>>());
        assert!(in_parallel(0, |i| i).is_empty());
    }
}
