//! Grading one hand-in.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use common::check::{Check, CheckResult, Failure, Kind, Part, Status, run_check};
use common::contract::Submission;
use common::rules::{Scan, scan};
use hidden_suite::Suite;
use sandbox::{Launcher, Level};

use crate::{Compiler, Driver, DriverLimits, JudgeError, Layer, PartState, Skeleton};

/// Grades hand-ins of one assignment. It is made once and used for a whole class, by several threads.
pub struct Judge<'a> {
    /// The checks.
    pub suite: &'a Suite,
    /// The assignment's given files.
    pub skeleton: &'a Skeleton,
    /// The prebuilt dependencies.
    pub layer: &'a Layer,
    /// How to start a sandbox.
    pub launcher: &'a Launcher,
    /// The level of the sandbox.
    pub level: Level,
    /// What a driver may use.
    pub limits: DriverLimits,
}

/// A hand-in that was graded.
#[derive(Debug)]
pub struct Graded {
    /// The parts, in the order of the handout.
    pub parts: Vec<PartScore>,
    /// How long compiling took.
    pub compile_time: Duration,
    /// How long running the checks took.
    pub check_time: Duration,
}

/// What one part got.
#[derive(Debug)]
pub struct PartScore {
    /// The part.
    pub part: &'static Part,
    /// What became of its file.
    pub state: PartState,
    /// What its source contains that is forbidden.
    pub scan: Scan,
    /// Its checks, with whether each is hidden.
    pub checks: Vec<(CheckResult, bool)>,
}

impl PartScore {
    /// The points it got: none where a rule is broken.
    #[must_use]
    pub fn points(&self) -> u32 {
        if self.scan.is_clean() {
            self.earned()
        } else {
            0
        }
    }

    /// The points of the checks it passed, whatever rule is broken.
    #[must_use]
    pub fn earned(&self) -> u32 {
        self.checks.iter().map(|(result, _)| result.points()).sum()
    }

    /// The points it can get.
    #[must_use]
    pub fn max(&self) -> u32 {
        self.checks
            .iter()
            .map(|(result, _)| result.check.points)
            .sum()
    }
}

impl Graded {
    /// The points of all parts.
    #[must_use]
    pub fn points(&self) -> u32 {
        self.parts.iter().map(PartScore::points).sum()
    }

    /// The points that all parts can get.
    #[must_use]
    pub fn max(&self) -> u32 {
        self.parts.iter().map(PartScore::max).sum()
    }
}

impl Judge<'_> {
    /// Compiles and checks `files` (`losses.rs` and its text). `scratch` is an empty folder for the
    /// driver. The inputs of the checks are those of `seed`.
    ///
    /// # Errors
    /// When the grader's own side fails; then there is no score.
    pub fn grade(
        &self,
        files: &BTreeMap<String, String>,
        seed: u64,
        scratch: &Path,
    ) -> Result<Graded, JudgeError> {
        let compiled = Compiler {
            launcher: self.launcher,
            level: self.level,
            layer: self.layer,
            skeleton: self.skeleton,
        }
        .compile(files, &scratch.join("driver"))?;
        let start = Instant::now();
        // What the driver is made of: the starter's files, in the place of those that do not compile, break no rule.
        let mut inside = files.clone();
        inside.retain(|name, _| {
            let state = name
                .strip_suffix(".rs")
                .and_then(|module| compiled.parts.get(module));
            state == Some(&PartState::Compiled)
        });
        let parts = self
            .skeleton
            .parts
            .iter()
            .map(|part| {
                let state = compiled.parts[part.module].clone();
                let checks = match &state {
                    PartState::Compiled => self.run_part(part, &compiled.program, seed)?,
                    absent => self.without_running(part, absent),
                };
                Ok(PartScore {
                    part,
                    state,
                    scan: scan(part, &inside),
                    checks,
                })
            })
            .collect::<Result<_, JudgeError>>()?;
        Ok(Graded {
            parts,
            compile_time: compiled.time,
            check_time: start.elapsed(),
        })
    }

    /// Each part gets a fresh driver, so that one cannot disturb another.
    fn run_part(
        &self,
        part: &Part,
        program: &Path,
        seed: u64,
    ) -> Result<Vec<(CheckResult, bool)>, JudgeError> {
        let driver = Driver::new(
            self.launcher,
            self.level,
            program.to_path_buf(),
            self.limits,
        );
        let submission = Submission::new(driver);
        self.checks_of(part)
            .map(|(check, hidden)| {
                let mut result = run_check(check, &submission, seed);
                if let Status::Failed(failure) = &mut result.status {
                    if failure.kind == Kind::Grader {
                        return Err(JudgeError::Check(failure.message.clone()));
                    }
                    // Parts of it are the driver's own words.
                    failure.message = sandbox::sanitize(failure.message.as_bytes());
                }
                Ok((result, hidden))
            })
            .collect()
    }

    fn without_running(&self, part: &Part, state: &PartState) -> Vec<(CheckResult, bool)> {
        let message = match state {
            PartState::Missing => format!("the hand-in has no {}.rs", part.module),
            _ => format!("{}.rs does not compile", part.module),
        };
        self.checks_of(part)
            .map(|(check, hidden)| {
                let result = CheckResult {
                    check: *check,
                    status: Status::Failed(Failure {
                        kind: Kind::NotImplemented,
                        message: message.clone(),
                    }),
                    random: false,
                    time: Duration::ZERO,
                };
                (result, hidden)
            })
            .collect()
    }

    fn checks_of<'s>(&'s self, part: &Part) -> impl Iterator<Item = (&'s Check, bool)> + use<'s> {
        let id = part.id;
        let public = self
            .suite
            .assignment
            .checks
            .iter()
            .map(|check| (check, false));
        let hidden = self.suite.hidden.iter().map(|check| (check, true));
        public
            .chain(hidden)
            .filter(move |(check, _)| check.part == id)
    }
}
